//! The command `actsmith search`, killed at any moment: it goes on, and ends with the bytes of a run that nobody interrupted.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use actsmith_cli::plot;
use actsmith_search::experiment::Folder;
use actsmith_search::seed;
use rand::RngExt;
use tempfile::TempDir;

use crate::runs::{config, files, straight};

/// Every process is killed after 0 to 2 lines of its progress and a moment more. A line stands between what is added to the
/// metrics and the checkpoint, so that some are killed right there, others within a step, while loading or between two stages;
/// whoever prints two lines has saved an epoch. The clock only varies the moments: the end is the same.
#[test]
fn a_run_killed_at_any_moment_ends_with_the_same_bytes() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    drop(Folder::create(&path, &config()).expect("a new folder"));
    let mut rng = seed::rng(1, "kills", 0);
    let (mut kills, mut hit) = (0, BTreeSet::new());
    loop {
        let mut process = Command::new(env!("CARGO_BIN_EXE_actsmith"))
            .current_dir(directory.path())
            .args(["search", "--resume", "run"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let progress = BufReader::new(process.stderr.take().expect("its progress")).lines();
        let progress = progress.map(|line| line.expect("text"));
        // `search  1/3  train …`, and not `search: 1 of 3 epochs are done`.
        let mut epochs = progress.filter(|line| line.contains("  train "));
        let wanted = rng.random_range(0..=2);
        let moment = Duration::from_micros(rng.random_range(0..=40_000));
        let seen: Vec<String> = epochs.by_ref().take(wanted).collect();
        let last = seen.len() < wanted;
        if !last {
            sleep(moment);
            process.kill().expect("killed");
            kills += 1;
            hit.extend(
                seen.last()
                    .and_then(|line| line.split("  ").next().map(str::to_owned)),
            );
        }
        let status = process.wait().expect("an end");
        if last {
            assert!(
                status.success(),
                "{}",
                epochs.collect::<Vec<_>>().join("\n")
            );
            break;
        }
    }
    assert!(kills >= 2 && hit.len() >= 2, "{kills} kills, in {hit:?}");
    let (killed, straight) = (files(&path), straight(&config(), &[plot::PICTURE]));
    assert!(killed.keys().eq(straight.keys()), "{:?}", killed.keys());
    for (name, bytes) in straight {
        assert!(killed[&name] == bytes, "{}", name.display());
    }
}
