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

/// Every file of a finished run, but for that of the times.
const FILES: [&str; 11] = [
    "activation.rs",
    "activation.svg",
    "checkpoint/retrain-found.safetensors",
    "checkpoint/retrain-gelu.safetensors",
    "checkpoint/retrain-relu.safetensors",
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
        String::from_utf8(output.stderr).expect("text")
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
        "checkpoint/retrain-found.safetensors",
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
    ] {
        let name = setting.split(' ').next().expect("a name");
        let changed = config.replace(setting, wrong);
        assert_ne!(changed, config, "{setting}");
        refused("config.toml", Some(changed.as_bytes()), name);
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
        (&["--epochs", "2"], &["epochs"]),
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
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("at step") && message.lines().count() == 1,
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
        "raw",
        "simplified",
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
            .join("run/checkpoint/retrain-found.safetensors")
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
    assert_eq!(function.constants(), named);
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
