//! How much memory is left.

use std::fs;

/// Bytes of memory that can be had, as far as the system says: what Linux counts as available, within the limit of the container.
pub(crate) fn available() -> Option<u64> {
    let system = fs::read_to_string("/proc/meminfo").ok()?;
    let system = of_meminfo(&system)?;
    let number = |name: &str| -> Option<u64> {
        let text = fs::read_to_string(format!("/sys/fs/cgroup/{name}")).ok()?;
        text.trim().parse().ok()
    };
    let group = number("memory.max").zip(number("memory.current"));
    Some(group.map_or(system, |(most, used)| system.min(most.saturating_sub(used))))
}

fn of_meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// What there is always room for; nobody has to be asked.
const SMALL: u64 = 64 << 20;

/// Refuses what needs more bytes than there are.
///
/// # Errors
/// What to say of it.
pub(super) fn check(needed: u64) -> Result<(), String> {
    if needed <= SMALL {
        return Ok(());
    }
    match available() {
        Some(free) if needed > free => Err(format!(
            "needs {} of memory, and {} are free: use a part of the data, or a machine with more memory",
            size(needed),
            size(free)
        )),
        _ => Ok(()),
    }
}

/// A number of bytes for a reader.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..10_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        10_000_000..1_000_000_000 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_says_what_is_available() {
        let text = "MemTotal:       24000000 kB\nMemFree: 1 kB\nMemAvailable:   18000000 kB\n";
        assert_eq!(of_meminfo(text), Some(18_000_000 * 1024));
        for damaged in [
            "",
            "MemAvailable: x kB",
            "MemAvailable: 18446744073709551615 kB",
        ] {
            assert_eq!(of_meminfo(damaged), None);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_both_numbers() {
        if let Some(free) = available() {
            assert!(check(free / 2).is_ok());
            let refused = check(1 << 60).expect_err("too much");
            assert!(
                refused.starts_with("needs 1152921504.6 GB of memory, and "),
                "{refused}"
            );
        }
    }

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!(size(47_040_016), "47 MB");
        assert_eq!(size(1_234), "0.0 MB");
        assert_eq!(size(24_000_000_000), "24.0 GB");
    }
}
