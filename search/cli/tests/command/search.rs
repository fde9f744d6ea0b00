//! `actsmith search` with tiny budgets: what it prints, going on after an interruption, refusals.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use actsmith_cli::plot;
use actsmith_codegen::Formula;
use actsmith_search::experiment::{Folder, Registry};
use tempfile::TempDir;

use crate::documented::undocumented;
use crate::runs::{Files, config, files, straight};

/// The files of a run that nobody interrupted.
pub(crate) static STRAIGHT: LazyLock<Files> =
    LazyLock::new(|| straight(&config(), &[plot::PICTURE]));

pub(crate) fn actsmith(directory: &Path, arguments: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_actsmith"))
        .current_dir(directory)
        .args(arguments)
        .output();
    command.expect("the command runs")
}

/// What a command says, but for the warnings of so few steps.
pub(crate) fn without_warnings(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines = text.lines().filter(|line| !line.starts_with("warning: "));
    lines.map(|line| format!("{line}\n")).collect()
}

/// A process that may write no file past a size: a line of the metrics is cut, a checkpoint or the plot not written.
#[cfg(unix)]
#[test]
fn what_cannot_be_written_loses_nothing() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    let limited = |blocks: usize| {
        let script =
            format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" search --resume run --quiet");
        let output = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_actsmith")])
            .current_dir(directory.path())
            .output()
            .expect("a shell");
        assert_eq!(output.status.code(), Some(1));
        without_warnings(&output)
    };
    drop(Folder::create(&path, &config()).expect("a new folder"));
    for (blocks, file) in [
        (1, "metrics.jsonl"),
        (8, "search.safetensors"),
        (72, "activation.svg"),
    ] {
        let message = limited(blocks);
        for part in [file, "ulimit -f", "--resume run"] {
            assert!(message.contains(part), "{message}");
        }
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    let (mut folder, experiment) = Folder::open(&path, &Registry::default()).expect("the folder");
    let rest = experiment.run(&mut folder, &[plot::PICTURE], &mut |_| {});
    rest.expect("the rest");
    drop(folder);
    assert!(files(&path) == *STRAIGHT);
}

#[test]
fn the_command_refuses_what_makes_no_sense() {
    let directory = TempDir::new().expect("a folder");
    fs::create_dir(directory.path().join("other")).expect("a folder");
    fs::write(directory.path().join("file"), "text").expect("a file");
    for (arguments, parts) in [
        (&["--out", "other"][..], &["--resume other", "--out"][..]),
        (&["--resume", "other"], &["not a run folder"]),
        (&["--resume", "nowhere"], &["not a run folder"]),
        (&["--resume", "other", "--seed", "2"], &["--seed"]),
        (&["--epochs", "2"], &["at least 3 epochs"]),
        (&["--epochs", "0"], &["at least 3 epochs"]),
        (&["--retrain-seeds", "0"], &["retrain seeds", "from 1"]),
        (&["--retrain-seeds", "1001"], &["retrain seeds", "1000"]),
        (
            &["--epochs", "18446744073709551615"],
            &["epochs", "at most"],
        ),
        (
            &["--retrain-epochs", "4611686018427387904"],
            &["retrain epochs", "at most"],
        ),
        (&["--batch", "18446744073709551615"], &["batch", "1797"]),
        (&["--batch", "1798"], &["batch", "1797"]),
        (&["--out", "file/run"], &["file", "--out"]),
        (&["--out", "file"], &["file", "--out"]),
        (&["--out", "other/.."], &["other/..", "--out"]),
        (&["--rate", "-1"], &["rate is -1"]),
        (&["--batch", "0"], &["batch"]),
        (&["--rate", "nan"], &["rate"]),
        (&["--arch-rate", "0"], &["architecture rate"]),
        (&["--relaxation", "gumbel"], &["drnas", "darts", "reinmax"]),
        (
            &["--strategy", "evolution"],
            &["gradient", "random", "halving"],
        ),
        (&["--candidates", "4"], &["--strategy random"]),
        (
            &["--strategy", "random", "--candidates", "1"],
            &["at least 2"],
        ),
        (
            &["--strategy", "halving", "--candidates", "99999"],
            &["too few", "choose fewer"],
        ),
        (&["--base", "tanh"], &["relu", "gelu"]),
        (&["--pick", "best"], &["number of a point", "`simplest`"]),
        (&["--pick", "-1"], &["--pick", "from 0"]),
        (&["--pick", "1", "--no-front"], &["--no-front"]),
        (
            &["--pick", "1", "--set", "search.front=false"],
            &["`retrain.pick` is 1", "`search.front` is false"],
        ),
        (
            &["--set", "retrain.pick=best"],
            &["`retrain.pick=best`", "`simplest`"],
        ),
        (
            &["--set", "retrain.pick=1", "--pick", "1"],
            &["`--pick` gives `retrain.pick` too"],
        ),
    ] {
        let output = actsmith(directory.path(), &[&["search"], arguments].concat());
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(
            parts.iter().all(|part| message.contains(part)),
            "{arguments:?}: {message}"
        );
        assert!(!directory.path().join("runs").exists(), "{arguments:?}");
    }
}

#[test]
fn a_loss_that_is_not_finite_ends_the_run() {
    let directory = TempDir::new().expect("a folder");
    let output = actsmith(
        directory.path(),
        &[
            "search", "--quiet", "--epochs", "3", "--batch", "256", "--rate", "1e30",
        ],
    );
    let message = without_warnings(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("at step") && message.contains("--rate") && message.lines().count() == 1,
        "{message}"
    );
}

/// The command prints what the folder holds, and prints it again without doing anything.
#[test]
fn a_finished_run_prints_its_result_again() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    for (name, bytes) in &*STRAIGHT {
        let file = path.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, bytes).expect("copied");
    }
    let output = actsmith(directory.path(), &["search", "--resume", "run", "--json"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    let result: serde_json::Value =
        serde_json::from_slice(&STRAIGHT[Path::new("result.json")]).expect("an object");
    assert_eq!(printed["result"], result);
    let missing = undocumented("search", &output.stdout);
    assert!(missing.is_empty(), "{missing:?}");
    let text = actsmith(directory.path(), &["search", "--resume", "run", "--quiet"]).stdout;
    let text = String::from_utf8_lossy(&text);
    for part in [
        "genotype",
        "derivative",
        "gelu costs",
        "inputs",
        "simplest",
        "found",
        "relu",
        "gelu",
        "The found function is not told apart from relu and gelu: one seed tells nothing",
        "`actsmith evaluate run --seeds 8` compares it",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(files(&path), *STRAIGHT);
}

/// The command adds a picture to the files of a run, and draws it again where it has gone missing.
#[test]
fn a_run_has_a_picture_of_the_function() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    for (name, bytes) in &*STRAIGHT {
        let file = path.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, bytes).expect("copied");
    }
    let picture = path.join("activation.svg");
    assert!(STRAIGHT[Path::new("activation.svg")].starts_with(b"<svg"));
    fs::remove_file(&picture).expect("removed");
    actsmith(directory.path(), &["search", "--resume", "run", "--quiet"]);
    assert!(files(&path) == *STRAIGHT);
}

#[test]
fn several_seeds_are_printed_with_their_spread() {
    let mut config = config();
    config.retrain.seeds = 2;
    let directory = TempDir::new().expect("a folder");
    let whole = directory.path().join("whole");
    drop(Folder::create(&whole, &config).expect("a new folder"));
    let text = actsmith(
        directory.path(),
        &["search", "--resume", "whole", "--quiet"],
    )
    .stdout;
    let text = String::from_utf8_lossy(&text);
    for part in ["over 2 seeds", "found − relu", " ± "] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        text.contains("not told apart from relu and gelu: 2 seeds are too few for a test."),
        "{text}"
    );
}

/// On the digits, trainings take seconds: there are enough of them for a test, and a sentence says what came of it.
#[test]
fn the_default_ends_with_a_verdict() {
    let directory = TempDir::new().expect("a folder");
    let small = "search --epochs 3 --retrain-epochs 1 --batch 512 --set network.width=2 --quiet";
    let search = |more: &[&str]| {
        let small: Vec<&str> = small.split(' ').collect();
        let output = actsmith(directory.path(), &[&small, more].concat());
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let text = search(&["--set", "search.shrink_start=1"]);
    assert!(
        text.contains("mean ± standard deviation over 5 seeds"),
        "{text}"
    );
    let verdict = text
        .lines()
        .find(|line| line.starts_with("The found function is "));
    let verdict = verdict.unwrap_or_else(|| panic!("{text}"));
    assert!(
        verdict.ends_with(", by the paired t test, corrected for 2 comparisons."),
        "{verdict}"
    );
    // A task has one seed, unless more are asked for.
    let config = directory.path().join("short.toml");
    fs::write(&config, "[search]\nshrink_start = 1").expect("a file");
    let text = search(&["short.toml", "--out", "short"]);
    assert!(text.contains("one seed tells nothing"), "{text}");
}

/// What was found is a file that every command takes for the formula.
#[test]
fn the_found_formula_is_read_back() {
    let directory = TempDir::new().expect("a folder");
    let file = directory.path().join("formula.txt");
    let written = &STRAIGHT[Path::new("formula.txt")];
    fs::write(&file, written).expect("copied");
    let saved: serde_json::Value =
        serde_json::from_slice(&STRAIGHT[Path::new("result.json")]).expect("an object");
    let simplified = saved["formulas"]["simplified"].as_str().expect("a formula");
    let output = actsmith(directory.path(), &["simplify", "@formula.txt", "--json"]);
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    let parsed = Formula::parse(simplified).expect("a formula").to_string();
    assert_eq!(read["input"], parsed);
    let text = String::from_utf8_lossy(written);
    for form in ["raw", "derivative"] {
        let formula = saved["formulas"][form].as_str().expect("a formula");
        assert!(text.contains(formula), "{form}: {text}");
    }
}

/// The path of a run stands in messages as a shell takes it.
#[cfg(unix)]
#[test]
fn a_path_with_blanks_is_quoted() {
    let directory = TempDir::new().expect("a folder");
    let mut config = config();
    config.retrain.epochs = 0;
    let name = "it's my run";
    drop(Folder::create(&directory.path().join(name), &config).expect("a new folder"));
    let output = actsmith(directory.path(), &["search", "--out", name]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    let quoted = message
        .split("`--resume ")
        .nth(1)
        .and_then(|rest| rest.split('`').next())
        .expect("a hint")
        .to_owned();
    // The shell gives the hint back as one argument, which is the folder.
    let script = format!("\"$0\" search --resume {quoted}");
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_actsmith")])
        .current_dir(directory.path())
        .output()
        .expect("a shell");
    let progress = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{progress}");
    assert!(
        progress.contains(&format!("actsmith search --resume {quoted}`")),
        "{progress}"
    );
}

/// A function that is as good as none, or far behind, is not passed over in silence.
#[test]
fn a_poor_function_is_remarked_upon() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    for (name, bytes) in &*STRAIGHT {
        let file = path.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, bytes).expect("copied");
    }
    let mut result: serde_json::Value =
        serde_json::from_slice(&STRAIGHT[Path::new("result.json")]).expect("an object");
    result["formulas"] = serde_json::json!({ "raw": "x", "simplified": "x", "derivative": "1" });
    for (index, accuracy) in [(0, 0.886), (1, 0.972), (2, 0.92)] {
        result["retrained"][index]["scores"][0]["accuracy"] = accuracy.into();
    }
    fs::write(path.join("result.json"), result.to_string()).expect("written");
    let output = actsmith(directory.path(), &["search", "--resume", "run", "--json"]);
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    let remarks: Vec<&str> = printed["remarks"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(serde_json::Value::as_str)
        .collect();
    assert!(remarks[0].contains("straight line"), "{remarks:?}");
    assert!(
        remarks[1].contains("worse than relu by 8.6 percentage points"),
        "{remarks:?}"
    );
    assert!(
        remarks[2].contains("not told apart from gelu: one seed tells nothing"),
        "{remarks:?}"
    );
    assert!(
        remarks[3].contains("`actsmith evaluate run --seeds 8`"),
        "{remarks:?}"
    );
    assert_eq!(remarks.len(), 4);
}

/// A search alone, with its progress on the one stream and its result on the other.
#[test]
fn no_epochs_of_training_is_a_search_alone() {
    let directory = TempDir::new().expect("a folder");
    let mut config = config();
    config.retrain.epochs = 0;
    drop(Folder::create(&directory.path().join("run"), &config).expect("a new folder"));
    let output = actsmith(directory.path(), &["search", "--resume", "run", "--json"]);
    let progress = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{progress}");
    assert!(
        progress.contains("search  3/3") && !progress.contains("train found"),
        "{progress}"
    );
    // How long it takes is told after each epoch but the last.
    let left = progress.lines().filter(|line| line.ends_with(" left"));
    assert_eq!(left.count(), 2, "{progress}");
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert_eq!(printed["result"]["retrain_epochs"], 0);
    assert_eq!(printed["result"]["retrained"], serde_json::json!([]));
    let text = actsmith(directory.path(), &["search", "--resume", "run", "--quiet"]);
    let summary = String::from_utf8_lossy(&text.stdout);
    assert!(
        summary.contains("--retrain-epochs 0") && text.stderr.is_empty(),
        "{summary}"
    );
    assert!(
        !directory
            .path()
            .join("run/checkpoint/retrain-found-seed1.safetensors")
            .exists()
    );
}

/// Streams that nobody reads, or that are closed or full, lose nothing and break nothing.
#[cfg(unix)]
#[test]
fn closed_streams_are_no_failure() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    for (streams, code) in [
        ("2>&- >&-", 0),
        ("2>&1 | head -n 1", 0),
        ("2>/dev/full", 0),
        ("2>/dev/null >/dev/full", 1),
    ] {
        let mut config = config();
        config.retrain.epochs = 0;
        drop(Folder::create(&path, &config).expect("a new folder"));
        // The exit code of the command, and not that of `head`.
        let script = format!("(\"$0\" search --resume run; echo $? >code) {streams}");
        let shell = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_actsmith")])
            .current_dir(directory.path())
            .output();
        assert!(shell.is_ok());
        let found = fs::read_to_string(directory.path().join("code")).expect("a code");
        assert_eq!(found.trim(), code.to_string(), "{streams}");
        assert!(path.join("result.json").exists(), "{streams}");
        fs::remove_dir_all(&path).expect("removed");
    }
}
