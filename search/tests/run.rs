//! Runs of the command `actsmith search` with tiny budgets: what lies in the folder, going on after an interruption, refusals.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use actsmith_codegen::Formula;
use actsmith_search::cell::{Cell, Mode};
use actsmith_search::engine::StrategyKind;
use actsmith_search::error::{Error, Result};
use actsmith_search::genotype::{Constants, Genotype};
use actsmith_search::report::Function;
use actsmith_search::run::{self, Folder, RowEvent, RunConfig, Stage, Update};
use actsmith_search::sampler::RelaxationKind;
use candle_core::{Device, Module, Tensor};
use support::{Files, bytes, config, files, straight};
use tempfile::TempDir;

/// Every file of a finished run, but for those of the times and of who did the work.
const FILES: [&str; 11] = [
    "activation.rs",
    "activation.svg",
    "checkpoint/retrain-found-seed1.safetensors",
    "checkpoint/retrain-gelu-seed1.safetensors",
    "checkpoint/retrain-relu-seed1.safetensors",
    "checkpoint/search.safetensors",
    "config.toml",
    "formula.txt",
    "genotype.json",
    "metrics.jsonl",
    "result.json",
];

/// The files of a run that nobody interrupted.
static STRAIGHT: LazyLock<Files> = LazyLock::new(|| straight(&config()));

/// The folder as it was when the metrics had so many lines, and not one more thing was done.
fn interrupted(path: &Path, lines: usize) {
    let mut folder = Folder::create(path, &config()).expect("a new folder");
    let mut seen = 0;
    let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        run::run(&config(), &mut folder, &mut |update| {
            seen += usize::from(matches!(update, Update::Row(_)));
            if seen == lines {
                // Past everything that could still write.
                std::panic::resume_unwind(Box::new(()));
            }
        })
    }));
    assert!(stopped.is_err(), "the run has fewer than {lines} lines");
}

fn resume(path: &Path) -> Result<()> {
    let (mut folder, config) = Folder::open(path)?;
    run::run(&config, &mut folder, &mut |_| {}).map(|_| ())
}

fn actsmith(directory: &Path, arguments: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_actsmith"))
        .current_dir(directory)
        .args(arguments)
        .output();
    command.expect("the command runs")
}

/// What a command says, but for the warnings of so few steps.
fn without_warnings(output: &Output) -> String {
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
        (60, "activation.svg"),
    ] {
        let message = limited(blocks);
        for part in [file, "ulimit -f", "--resume run"] {
            assert!(message.contains(part), "{message}");
        }
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    resume(&path).expect("the rest");
    assert!(files(&path) == *STRAIGHT);
}

/// A folder is made whole or not at all: what failed once may be tried again.
#[test]
fn a_folder_that_cannot_be_made_is_not_there() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    let failed = actsmith_search::files::make_folder(&path, |hidden| {
        fs::write(hidden.join("config.toml"), "half").expect("a file");
        Err(Error::Failure("no space".to_owned()))
    });
    assert!(failed.is_err());
    let left = fs::read_dir(directory.path()).expect("a folder").count();
    assert_eq!(left, 0);
    Folder::create(&path, &config())?;
    Ok(())
}

#[test]
fn a_finished_run_has_all_files() {
    let names: Vec<_> = STRAIGHT
        .keys()
        .map(|name| name.to_str().expect("text"))
        .collect();
    assert_eq!(names, FILES);
    let text = |name: &str| String::from_utf8_lossy(&STRAIGHT[Path::new(name)]).into_owned();
    // 104 removals, 3 epochs of search, 3 trainings of 2 epochs.
    assert_eq!(text("metrics.jsonl").lines().count(), 104 + 3 + 6);
    assert!(text("activation.svg").starts_with("<svg"));
    assert_eq!(
        RunConfig::from_toml(&text("config.toml")).expect("settings"),
        config()
    );
}

#[test]
fn an_interrupted_run_ends_with_the_same_bytes() -> Result<()> {
    // In the search with a line that no checkpoint knows; between a removal and its epoch; in the first and last training.
    for lines in [1, 60, 104 + 3, 104 + 4, 104 + 9] {
        let directory = TempDir::new().expect("a folder");
        let path = directory.path().join("run");
        interrupted(&path, lines);
        resume(&path)?;
        for (name, bytes) in &*STRAIGHT {
            assert!(
                files(&path)[name] == *bytes,
                "{} after {lines} lines",
                name.display()
            );
        }
    }
    Ok(())
}

#[test]
fn damage_is_refused_and_nothing_is_lost() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    // With two epochs of training behind it.
    interrupted(&path, 104 + 6);
    let whole = bytes(&path);
    let refused = |name: &str, content: Option<&[u8]>, part: &str| {
        let file = path.join(name);
        match content {
            Some(content) => fs::write(&file, content),
            None => fs::remove_file(&file),
        }
        .expect("changed");
        let damaged = bytes(&path);
        let message = match resume(&path) {
            Err(error @ (Error::State(_) | Error::Usage(_))) => error.to_string(),
            other => panic!("{name}: {other:?}"),
        };
        assert!(message.contains(part), "{message}");
        assert_eq!(bytes(&path), damaged);
        if let Some(content) = whole.get(Path::new(name)) {
            fs::write(&file, content).expect("mended");
        }
    };
    let half = |name: &str| {
        let bytes = &whole[Path::new(name)];
        &bytes[..bytes.len() / 2]
    };
    for name in [
        "checkpoint/search.safetensors",
        "checkpoint/retrain-found-seed1.safetensors",
    ] {
        refused(name, Some(half(name)), name);
        refused(name, Some(b""), name);
    }
    refused("checkpoint/search.safetensors", None, "metrics.jsonl");
    refused("metrics.jsonl", None, "metrics.jsonl");
    refused("metrics.jsonl", Some(b"{}\n"), "line 1");
    let metrics = &whole[Path::new("metrics.jsonl")];
    let broken = [metrics, &b"\xff\n"[..]].concat();
    refused("metrics.jsonl", Some(&broken), "line 111 is damaged");
    refused("config.toml", Some(b"seed = 1\xff"), "utf-8");
    refused("result.json", Some(b"{"), "remove it");
    fs::remove_file(path.join("result.json")).expect("removed");
    let config = String::from_utf8_lossy(&whole[Path::new("config.toml")]).into_owned();
    refused(
        "config.toml",
        Some(config.replace("seed = 1\n", "").as_bytes()),
        "seed",
    );
    refused(
        "config.toml",
        Some(format!("speed = 1\n{config}").as_bytes()),
        "speed",
    );
    refused(
        "config.toml",
        Some(config.replace("batch = 256", "batch = 0").as_bytes()),
        "batch",
    );
    for (setting, wrong) in [
        ("seed = 1", "seed = 2"),
        ("width = 2", "width = 9000000000000000000"),
        ("depth = 8", "depth = 9000000000000000000"),
        ("classes = 10", "classes = 11"),
        ("momentum = 0.9", "momentum = nan"),
        ("epochs = 3", "epochs = 9000000000000000000"),
        ("seeds = 1", "seeds = 0"),
    ] {
        let name = setting.split(' ').next().expect("a name");
        let changed = config.replace(setting, wrong);
        assert_ne!(changed, config, "{setting}");
        refused("config.toml", Some(changed.as_bytes()), name);
    }
    // Settings that are possible, and not those of the checkpoint: no network of another size is built to find out.
    for (setting, other, difference) in [
        ("depth = 8", "depth = 800", "`network.depth` (8, not 800)"),
        (
            "width = 2",
            "width = 60000",
            "`network.width` (2, not 60000)",
        ),
        ("batch = 256", "batch = 128", "`batch` (256, not 128)"),
        ("epochs = 2", "epochs = 4", "`retrain.epochs` (2, not 4)"),
        ("seeds = 1", "seeds = 2", "`retrain.seeds` (1, not 2)"),
        (
            "momentum = 0.9",
            "momentum = 0.5",
            "`optimizer.sgd.momentum` (0.9, not 0.5)",
        ),
    ] {
        let changed = config.replace(setting, other);
        assert_ne!(changed, config, "{setting}");
        refused("config.toml", Some(changed.as_bytes()), difference);
    }
    // What is no file where one should be.
    let checkpoint = path.join("checkpoint/search.safetensors");
    fs::rename(&checkpoint, path.join("away")).expect("moved");
    fs::create_dir(&checkpoint).expect("a folder");
    let message = resume(&path).expect_err("a folder").to_string();
    assert!(message.contains("put a copy of it back"), "{message}");
    fs::remove_dir(&checkpoint).expect("removed");
    fs::rename(path.join("away"), &checkpoint).expect("moved back");
    resume(&path).expect("a whole folder goes on");
}

#[test]
fn a_folder_has_one_process() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    let _first = Folder::create(&path, &config())?;
    match Folder::open(&path) {
        Err(Error::Usage(message)) => assert!(message.contains("another process"), "{message}"),
        _ => panic!("the folder was opened twice"),
    }
    Ok(())
}

#[test]
fn the_command_refuses_what_makes_no_sense() {
    let directory = TempDir::new().expect("a folder");
    fs::create_dir(directory.path().join("other")).expect("a folder");
    fs::write(directory.path().join("file"), "text").expect("a file");
    for (arguments, parts) in [
        (&["--out", "other"][..], &["--resume other", "--out"][..]),
        (&["--resume", "other"], &["no run folder"]),
        (&["--resume", "nowhere"], &["no run folder"]),
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
    let text = actsmith(directory.path(), &["search", "--resume", "run", "--quiet"]).stdout;
    let text = String::from_utf8_lossy(&text);
    for part in [
        "genotype",
        "derivative",
        "found",
        "relu",
        "gelu",
        "One seed",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(files(&path), *STRAIGHT);
}

/// What describes the function is made again from the results, and nothing else is touched.
#[test]
fn a_finished_run_gets_its_lost_files_back() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    for (name, bytes) in &*STRAIGHT {
        let file = path.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, bytes).expect("copied");
    }
    // Without any checkpoint, too.
    fs::remove_dir_all(path.join("checkpoint")).expect("removed");
    for lost in [
        &["activation.svg"][..],
        &["genotype.json"],
        &["formula.txt", "activation.rs"],
    ] {
        for name in lost {
            fs::remove_file(path.join(name)).expect("removed");
        }
        resume(&path)?;
        for name in lost {
            let made = fs::read(path.join(name)).expect("the file");
            assert!(made == STRAIGHT[Path::new(name)], "{name}");
        }
    }
    assert!(!path.join("checkpoint").exists());
    Ok(())
}

/// Trainings with several seeds go on like those with one, and each seed is a training of its own.
#[test]
fn functions_are_compared_over_several_seeds() -> Result<()> {
    let mut config = config();
    config.retrain.seeds = 2;
    let directory = TempDir::new().expect("a folder");
    let [whole, stopped] = ["whole", "stopped"].map(|name| directory.path().join(name));
    let outcome = run::run(&config, &mut Folder::create(&whole, &config)?, &mut |_| {})?;
    for (activation, retrained) in ["found", "relu", "gelu"].iter().zip(&outcome.retrained) {
        assert_eq!(retrained.activation, *activation);
        let seeds: Vec<u64> = retrained.scores.iter().map(|score| score.seed).collect();
        assert_eq!(seeds, [1, 2]);
        let [first, second] = [0, 1].map(|i| retrained.scores[i].score);
        assert_ne!(first.loss, second.loss, "{activation}");
    }
    // The first seed is that of a run with one alone.
    let alone: serde_json::Value =
        serde_json::from_slice(&STRAIGHT[Path::new("result.json")]).expect("an object");
    let loss = &alone["retrained"][1]["scores"][0]["loss"];
    assert_eq!(*loss, outcome.retrained[1].scores[0].score.loss);
    // In the last training with the first seed, and in the first with the second.
    for lines in [104 + 3 + 6, 104 + 3 + 7] {
        let mut folder = Folder::create(&stopped, &config)?;
        let mut seen = 0;
        let interruption = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run::run(&config, &mut folder, &mut |update| {
                seen += usize::from(matches!(update, Update::Row(_)));
                if seen == lines {
                    std::panic::resume_unwind(Box::new(()));
                }
            })
        }));
        assert!(interruption.is_err());
        drop(folder);
        resume(&stopped)?;
        assert!(files(&stopped) == files(&whole), "{lines} lines");
        fs::remove_dir_all(&stopped).expect("removed");
    }
    let text = actsmith(
        directory.path(),
        &["search", "--resume", "whole", "--quiet"],
    )
    .stdout;
    let text = String::from_utf8_lossy(&text);
    for part in ["over 2 seeds", "found − relu", " ± "] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("One seed"), "{text}");
    Ok(())
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

/// A folder names the program and the machine once, however often the run goes on there.
#[test]
fn a_run_says_who_did_it() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    interrupted(&path, 104 + 3);
    resume(&path)?;
    let text = fs::read(path.join("provenance.json")).expect("the file");
    let known: Vec<run::Provenance> = serde_json::from_slice(&text).expect("a list");
    assert_eq!(known, [run::Provenance::here()]);
    let here = &known[0];
    assert_eq!(here.version, env!("CARGO_PKG_VERSION"));
    assert!(here.threads > 0 && !here.architecture.is_empty());
    Ok(())
}

#[test]
fn a_search_of_few_steps_is_warned_of() -> Result<()> {
    let warnings = |batch: usize, epochs: usize, retrain: usize| {
        let mut config = RunConfig {
            batch,
            ..RunConfig::default()
        };
        config.search.epochs = epochs;
        config.retrain.epochs = retrain;
        config.warnings()
    };
    assert_eq!(warnings(64, 50, 40)?, [""; 0]);
    // One step an epoch, however many of them.
    let one = warnings(1500, 500, 500)?;
    assert_eq!(one.len(), 2, "{one:?}");
    assert!(
        one[0].contains("the search makes only 500 steps, 1 in each epoch"),
        "{one:?}"
    );
    let few = warnings(256, 3, 0)?;
    assert_eq!(few.len(), 1, "{few:?}");
    assert!(few[0].contains("only 15 steps, 5 in each epoch"), "{few:?}");
    Ok(())
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
    for (place, accuracy) in [(0, 0.886), (1, 0.972), (2, 0.92)] {
        result["retrained"][place]["scores"][0]["accuracy"] = accuracy.into();
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
    assert!(remarks[2].contains("--retrain-seeds 5"), "{remarks:?}");
    assert_eq!(remarks.len(), 3);
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

/// The formulas in the folder are the function that the cell computes.
#[test]
fn the_formulas_are_the_found_function() -> Result<()> {
    let saved: serde_json::Value =
        serde_json::from_slice(&STRAIGHT[Path::new("result.json")]).expect("an object");
    let (_, state) = {
        let directory = TempDir::new().expect("a folder");
        let file = directory.path().join("search.safetensors");
        fs::write(&file, &STRAIGHT[Path::new("checkpoint/search.safetensors")]).expect("copied");
        actsmith_search::engine::checkpoint::load(&file)?
    };
    let cell = Cell::new(config().space, 0)?;
    let group = cell.own_group();
    group.load_state(&actsmith_search::state::part(&state, "network.cell.cell"))?;
    assert_eq!(saved["genotype"], group.genotype()?.to_string());
    cell.set_mode(Mode::Found);
    let xs: Vec<f64> = (-60..=60).map(|i| 0.1 * f64::from(i) + 0.01).collect();
    let computed = cell
        .site("x")
        .forward(&Tensor::new(&xs[..], &Device::Cpu)?)?;
    for form in ["raw", "simplified"] {
        let text = saved["formulas"][form].as_str().expect("a formula");
        let formula = Formula::parse(text).expect("a formula");
        for (x, y) in xs.iter().zip(computed.to_vec1::<f64>()?) {
            let value = formula.dag().eval(&[*x])[0];
            // The formula's constants are rounded to f32: relative errors of 2⁻²⁵, enlarged by slopes of at most 30.
            assert!(
                (value - y).abs() < 30.0 * 2f64.powi(-24) * (1.0 + y.abs()),
                "{text} at {x}: {value}, {y}"
            );
        }
    }
    Ok(())
}

#[test]
fn a_function_knows_its_derivative_and_constants() -> Result<()> {
    let genotype: Genotype = "mul_beta-exp-mul-silu-tanh-mix".parse()?;
    let constants = Constants {
        beta: [0.1 + 1e-12, 9.0, 9.0, 9.0],
        mix: [9.0, -0.5],
    };
    let function = Function::new(&genotype, &constants)?;
    let named = [("beta0".to_owned(), 0.1), ("mix1".to_owned(), -0.5)];
    assert_eq!(*function.constants(), named.into());
    let step = 1e-5;
    for x in [-3.0, -0.7, 0.2, 1.3] {
        let [_, slope] = function.at(x);
        let difference = (function.at(x + step)[0] - function.at(x - step)[0]) / (2.0 * step);
        // The central difference is off by f‴·step²/6 and by roundings of 2⁻⁵³/step.
        assert!(
            (slope - difference).abs() < 1e-8,
            "{x}: {slope}, {difference}"
        );
    }
    Ok(())
}

/// A removal is told with the epoch that it begins, and the entropy falls to zero.
#[test]
fn the_watcher_sees_every_stage() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    let mut folder = Folder::create(&path, &config())?;
    let (mut stages, mut rows) = (Vec::new(), Vec::new());
    run::run(&config(), &mut folder, &mut |update| match update {
        Update::Begin { stage, .. } => stages.push(stage),
        Update::Row(row) => {
            if let RowEvent::Searched {
                entropy,
                weights,
                steps_per_second,
                ..
            } = &row.event
            {
                rows.push((entropy["u0"], weights["u0"].clone()));
                assert!(*steps_per_second > 0.0);
            }
        }
        Update::Step => {}
    })?;
    assert_eq!(
        stages,
        [Stage::Search, Stage::Found, Stage::Relu, Stage::Gelu]
    );
    // 23 operations of nearly equal weight at first.
    let [(entropy, weights), _, (decided, last)] = &rows[..] else {
        panic!("{} epochs", rows.len());
    };
    assert!((entropy - 23f64.ln()).abs() < 0.01 && *decided == 0.0);
    assert_eq!((weights.len(), last.len()), (23, 1));
    assert!((weights.values().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(last.values().all(|weight| *weight == 1.0));
    let sum: f64 = weights.values().map(|p| -p * p.ln()).sum();
    assert_eq!(sum, *entropy);
    Ok(())
}

/// Whatever spends the steps and relaxes the cell: the settings come back from their text, and a run that goes on ends as one that
/// nobody interrupted.
#[test]
fn baselines_and_relaxations_are_runs_too() -> Result<()> {
    for (strategy, relaxation, epochs) in [
        (StrategyKind::Random(3), RelaxationKind::DrNas, 6),
        (StrategyKind::Halving(4), RelaxationKind::DrNas, 6),
        (StrategyKind::Gradient, RelaxationKind::ReinMax, 3),
        (StrategyKind::Gradient, RelaxationKind::Darts, 3),
    ] {
        let mut config = config();
        config.retrain.epochs = 0;
        config.search.strategy = strategy;
        config.search.relaxation = relaxation;
        assert_eq!(RunConfig::from_toml(&config.to_toml()?)?, config);
        let directory = TempDir::new().expect("a folder");
        let [whole, stopped] = ["whole", "stopped"].map(|name| directory.path().join(name));
        run::run(&config, &mut Folder::create(&whole, &config)?, &mut |_| {})?;
        let mut folder = Folder::create(&stopped, &config)?;
        let mut seen = 0;
        let interruption = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run::run(&config, &mut folder, &mut |update| {
                if let Update::Row(row) = update {
                    seen = row.place.epoch;
                }
                if seen == 3 {
                    std::panic::resume_unwind(Box::new(()));
                }
            })
        }));
        assert!(interruption.is_err());
        drop(folder);
        resume(&stopped)?;
        assert!(
            files(&stopped) == files(&whole),
            "{strategy:?} {relaxation:?}"
        );
        let lines = fs::read_to_string(whole.join("metrics.jsonl")).expect("lines");
        let epochs_told = lines
            .lines()
            .filter(|line| line.contains("\"searched\""))
            .count();
        assert_eq!(epochs_told, epochs);
    }
    Ok(())
}
