//! `actsmith train` with tiny budgets.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn actsmith(directory: &Path, arguments: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_actsmith"))
        .current_dir(directory)
        .args(arguments)
        .output();
    command.expect("the command runs")
}

const SMALL: [&str; 6] = [
    "--set",
    "network.width=2",
    "--set",
    "batch=256",
    "--epochs",
    "2",
];

#[test]
fn a_network_is_trained_and_kept() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path();
    fs::write(path.join("found.txt"), "relu(x) // found\n").expect("a file");
    let train = |activation: &str| {
        let arguments = [
            &["train", "--quiet", "--activation", activation][..],
            &SMALL,
        ]
        .concat();
        let output = actsmith(path, &arguments);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{message}");
        String::from_utf8(output.stdout).expect("text")
    };
    let text = train("@found.txt");
    assert!(text.contains("activation  relu(x)\n"), "{text}");
    assert!(text.contains("accuracy "), "{text}");
    let folder = path.join("runs/train-digits-seed1");
    let weights = fs::read(folder.join("model.safetensors")).expect("weights");
    let again = actsmith(
        path,
        &["train", "--resume", "runs/train-digits-seed1", "--json"],
    );
    let missing = crate::documented::undocumented("train", &again.stdout);
    assert!(missing.is_empty(), "{missing:?}");
    let again: serde_json::Value = serde_json::from_slice(&again.stdout).expect("an object");
    assert_eq!(again["result"]["activation"], "relu(x)");
    assert!(again["sample"].is_null());
    assert_eq!(
        fs::read(folder.join("model.safetensors")).expect("weights"),
        weights
    );
    fs::remove_dir_all(&folder).expect("removed");
    train("stem=ReLU,inner=relu,outer=max0(x)");
}

#[test]
fn text_is_sampled() {
    let directory = TempDir::new().expect("a folder");
    let arguments = "train --task austen-gpt --activation mlp=relu2 --sample 80 --temperature 0.5 --quiet --epochs 1 --set \
                     retrain.steps_per_epoch=20 --set network.layers=1 --set network.width=12";
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let output = actsmith(directory.path(), &arguments);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains("bits per character"), "{text}");
    let (_, sample) = text.split_once("examples\n\n").expect("a sample");
    let (sample, _) = sample.split_once("\n\nEverything is in").expect("an end");
    assert_eq!(sample.chars().count(), 80, "{text}");
}

#[test]
fn mistakes_are_named() {
    let directory = TempDir::new().expect("a folder");
    fs::write(directory.path().join("search.toml"), "batch = 512\n").expect("a file");
    for (arguments, part) in [
        (&[][..], "add `--activation`"),
        (&["--activation", "reluu"], "did you mean `relu`?"),
        (&["--activation", "x * beta"], "beta"),
        (
            &["--activation", "relu, gelu"],
            "for no part of the network",
        ),
        (
            &["--activation", "attention=relu"],
            "its sites are `stem`, ",
        ),
        (&["--activation", "stem=relu"], "has no activation: add one"),
        (&["--activation", "@none.txt"], "none.txt"),
        (
            &["--activation", "relu", "--sample", "10"],
            "leave out `--sample`",
        ),
        (&["--activation", "relu", "--sample", "0"], "--sample"),
        (&["--activation", "relu", "--temperature", "1"], "--sample"),
        (
            &["--activation", "relu", "--epochs", "0"],
            "`retrain.epochs` from 1",
        ),
        (
            &[
                "--activation",
                "relu",
                "--set",
                "retrain.epochs=2",
                "--epochs",
                "3",
            ],
            "give it once",
        ),
        (
            &["--activation", "relu", "--set", "activation=gelu"],
            "give it once",
        ),
        (
            &["--activation", "relu", "--task", "austen"],
            "did you mean `austen-gpt`?",
        ),
        (
            &[
                "--task",
                "austen-gpt",
                "--activation",
                "relu",
                "--sample",
                "9",
                "--temperature",
                "-1",
            ],
            "`--temperature` is a finite number from 0",
        ),
        (&["--resume", "runs"], "not a run folder"),
    ] {
        let output = actsmith(directory.path(), &[&["train"], arguments].concat());
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(part), "{arguments:?}: {message}");
        assert!(!directory.path().join("runs").exists(), "{arguments:?}");
    }
    let search = actsmith(directory.path(), &["search", "--set", "activation=relu"]);
    assert_eq!(search.status.code(), Some(2));
    // A folder of one command is refused by the other.
    let small = [
        &["--quiet", "--activation", "relu", "--out", "run"][..],
        &SMALL,
    ]
    .concat();
    let output = actsmith(directory.path(), &[&["train"], &small[..]].concat());
    assert!(output.status.success());
    let output = actsmith(directory.path(), &["search", "--resume", "run"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("`actsmith train --resume run`"),
        "{message}"
    );
    assert_eq!(output.status.code(), Some(2));
}
