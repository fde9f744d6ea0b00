//! Whether a program is at work in a run folder.

use std::path::Path;

/// Whether the settings of a run are locked, as by every program that works in its folder. The list of locks is only read: to try the lock
/// would be in the way of a program that starts at that moment.
#[cfg(target_os = "linux")]
pub(super) fn is_at_work(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(about) = std::fs::metadata(folder.join("config.toml")) else {
        return false;
    };
    let locks = std::fs::read_to_string("/proc/locks").unwrap_or_default();
    let inode = format!(":{}", about.ino());
    let is_held = |line: &str| {
        let mut words = line.split_whitespace();
        words.any(|word| word == "FLOCK") && words.any(|word| word.ends_with(&inode))
    };
    locks.lines().any(is_held)
}

/// The same by the clock: an epoch hardly takes longer than this.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_at_work(folder: &Path) -> bool {
    let changed =
        std::fs::metadata(folder.join("metrics.jsonl")).and_then(|about| about.modified());
    let age = changed.ok().and_then(|changed| changed.elapsed().ok());
    age.is_some_and(|age| age.as_secs() < 300)
}
