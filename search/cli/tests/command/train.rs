//! `actsmith train` with tiny budgets.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::actsmith_in;

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
        (
            &["--activation", "x * beta"],
            "`beta` of `x * beta` has no value, and only the weights are trained here: write a number in its place",
        ),
        (
            &["--activation", "nope"],
            "write a name such as `gelu`, a formula such as",
        ),
        (&["--activation", "swiglu"], "set `network.gated=true`"),
        (
            &["--activation", "silu-silu-sigmoid_mull-gelu-silu-mul"],
            "did you mean `sigmoid_mul`?",
        ),
        (&["--activation", "iner=relu"], "did you mean `inner`?"),
        (
            &["--activation", "relu", "--set", "retrain.seeds=2"],
            "a training has one seed: leave it out",
        ),
        (
            &["--activation", "relu", "--set", "retrain={seeds=2}"],
            "a training has one seed: leave it out",
        ),
        (
            &["--task", "list", "--activation", "relu"],
            "leave out `--activation`",
        ),
        (
            &["--activation", "relu, gelu"],
            "for no part of the network",
        ),
        (
            &["--activation", "attention=relu"],
            "its parts are `stem`, `layer1`, `inner`, `outer`, `layer2`, `layer3`",
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

/// Messages about activations name nothing of the library.
#[test]
fn messages_are_those_of_a_command() {
    let directory = TempDir::new().expect("a folder");
    let no_value = |option: &str| [option.to_owned(), "no value".to_owned()];
    let mut mistakes: Vec<[String; 2]> = [
        "nope",
        "x * beta",
        "a - b",
        "prelu",
        "swiglu",
        "attention=relu",
    ]
    .iter()
    .map(|activation| [format!("train --activation '{activation}'"), String::new()])
    .collect();
    mistakes.extend([
        no_value("train --set 'activation=\"x * beta\"'"),
        no_value("train --set 'activation={formula=\"x * beta\", start={}}'"),
        no_value("search --set 'retrain.baselines=[\"f(x) = x * beta\"]'"),
        no_value("evaluate 'x * beta'"),
        no_value("evaluate tanh --baselines 'x * beta'"),
        no_value("bench activations 'x * beta'"),
    ]);
    for [arguments, part] in mistakes {
        let output = actsmith_in(directory.path(), &arguments);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments}: {message}");
        assert!(message.contains(&part), "{arguments}: {message}");
        for of_library in [
            "zoo",
            "with_constant",
            "layer()",
            "`scalar`",
            "Formula",
            "new(vb)",
        ] {
            assert!(!message.contains(of_library), "{arguments}: {message}");
        }
    }
}

#[test]
fn a_training_that_diverges_says_so_once() {
    let directory = TempDir::new().expect("a folder");
    let arguments = [
        &[
            "train",
            "--quiet",
            "--activation",
            "cube(x)",
            "--set",
            "rate=1e9",
        ][..],
        &SMALL,
    ]
    .concat();
    let output = actsmith(directory.path(), &arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(!message.contains("training with training"), "{message}");
    assert!(
        message.contains("start anew with a lower `rate`"),
        "{message}"
    );
}

/// A genotype, and the folder of the search that found it.
#[test]
fn what_a_search_found_is_trained() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path();
    let small = ["--set", "network.width=2", "--set", "batch=512", "--quiet"];
    let search = [
        "search",
        "--epochs",
        "3",
        "--retrain-epochs",
        "0",
        "--out",
        "found",
    ];
    assert!(
        actsmith(path, &[&search[..], &small].concat())
            .status
            .success()
    );
    let result = fs::read(path.join("found/result.json")).expect("a result");
    let result: serde_json::Value = serde_json::from_slice(&result).expect("an object");
    let raw = result["formulas"]["raw"].as_str().expect("a formula");
    let train = |activation: &str, out: &str| {
        let train = [
            "train",
            "--epochs",
            "1",
            "--out",
            out,
            "--activation",
            activation,
            "--json",
        ];
        let output = actsmith(path, &[&train[..], &small].concat());
        let message = [output.stderr, output.stdout].concat();
        let message = String::from_utf8(message).expect("text");
        let result = message.find('{').map(|start| &message[start..]);
        let result = result.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
        let result = result.map(|all| all["result"].clone());
        (message, result.filter(|result| !result.is_null()))
    };
    let (message, trained) = train("found", "one");
    assert_eq!(trained.expect(&message)["activation"], raw);
    let (message, trained) = train("stem=found,inner=found,outer=relu", "two");
    let by_part = format!("inner: {raw}; outer: relu(x); stem: {raw}");
    assert_eq!(trained.expect(&message)["activation"], by_part);
    let parts = ["--activation", "stem=found", "--activation", "layer1=relu"];
    let parts = [
        &parts[..],
        &[
            "--activation",
            "layer2=relu",
            "--activation",
            "layer3=found",
        ],
    ]
    .concat();
    let arguments = [
        &["train", "--epochs", "1", "--out", "three"][..],
        &parts,
        &small,
    ]
    .concat();
    assert!(actsmith(path, &arguments).status.success());
    // A training is no search, and a run that is not finished has found nothing.
    let (message, _) = train("one", "four");
    assert!(message.contains("one holds no search"), "{message}");
    fs::remove_file(path.join("found/result.json")).expect("removed");
    let (message, _) = train("found", "four");
    assert!(
        message.contains("`actsmith search --resume found`"),
        "{message}"
    );
    let (message, trained) = train("silu-silu-mul-max0-identity-add", "five");
    let trained = trained.expect(&message);
    let formula = trained["activation"].as_str().expect("a formula");
    assert!(formula.starts_with("relu(clamp(silu(x)"), "{formula}");
}

/// Options of the training are settings like others, and one epoch is not `1 epochs`.
#[test]
fn a_training_takes_options_and_goes_on_from_another_folder() {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path();
    fs::create_dir(path.join("texts")).expect("a folder");
    fs::write(
        path.join("texts/a.txt"),
        "the quick brown fox\n".repeat(200),
    )
    .expect("a file");
    let arguments = "train --task text-gpt --data texts --activation mlp=relu --epochs 1 --quiet --out run --set network.width=12 \
                     --set network.layers=1 --set retrain.steps_per_epoch=1 --set training.average=0.9 --set training.accumulate=2 \
                     --set training.schedule=constant --set network.dropout=0.1 --set network.gated=true";
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let output = actsmith(path, &arguments);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains(" parameters, 1 epoch, 1 step\n"), "{text}");
    let config = fs::read_to_string(path.join("run/config.toml")).expect("settings");
    assert!(
        config.contains("[training]\nschedule = \"constant\"\n"),
        "{config}"
    );
    let elsewhere = TempDir::new().expect("a folder");
    let run = path.join("run");
    let run = run.to_str().expect("UTF-8");
    let again = actsmith(elsewhere.path(), &["train", "--resume", run, "--quiet"]);
    assert!(
        again.status.success(),
        "{}",
        String::from_utf8_lossy(&again.stderr)
    );
    // What a text is too short for is said before anything starts.
    fs::write(path.join("texts/a.txt"), "short").expect("a file");
    let arguments: Vec<&str> = arguments
        .iter()
        .map(|a| if *a == "run" { "short" } else { a })
        .collect();
    let output = actsmith(path, &arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("texts: a text of 5 tokens has no piece of 128"),
        "{message}"
    );
    assert!(!path.join("short").exists());
}
