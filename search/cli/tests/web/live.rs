//! A search that is at work while the page is looked at.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::page::Page;

/// From the first sight of the folder to the result, the page follows the run.
#[test]
#[cfg(target_os = "linux")]
fn a_run_is_followed_while_it_is_at_work() {
    let directory = tempfile::tempdir().expect("a folder");
    let settings = directory.path().join("small.toml");
    let text = "batch = 512\n[network]\nwidth = 2\n[search]\nepochs = 12\nshrink_start = 1\nreport_every = 1\nfront = false\n[retrain]\nepochs = 0\n";
    std::fs::write(&settings, text).expect("a file");
    let runs = directory.path().join("runs");
    std::fs::create_dir(&runs).expect("a folder");
    let page = Page::of(&[&runs]);
    assert_eq!(page.json("/api/runs")["runs"], serde_json::json!([]));
    let mut search = Command::new(env!("CARGO_BIN_EXE_actsmith"))
        .arg("search")
        .arg(&settings)
        .args(["--quiet", "--out"])
        .arg(runs.join("live"))
        .stdout(Stdio::null())
        .spawn()
        .expect("the command runs");
    let mut states = Vec::new();
    let mut epochs = Vec::new();
    loop {
        let list = page.json("/api/runs");
        let row = &list["runs"][0];
        let state = row["state"].as_str().unwrap_or("none").to_owned();
        assert_ne!(state, "broken", "{row}");
        epochs.extend(row["epoch"].as_u64().filter(|_| state == "running"));
        let done = state == "finished";
        states.push(state);
        if done {
            break;
        }
        let over = search.try_wait().expect("a state").is_some();
        assert!(!over || states.len() < 20_000, "{states:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(search.wait().expect("an end").success());
    states.dedup();
    assert!(
        states.ends_with(&["running".to_owned(), "finished".to_owned()]),
        "{states:?}"
    );
    epochs.dedup();
    assert!(epochs.len() > 2 && epochs.is_sorted(), "{epochs:?}");
    let detail = page.json("/api/runs/0/live");
    assert_eq!(detail["detail"]["result"]["search_epochs"], 12);
}
