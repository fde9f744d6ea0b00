//! Settings of `actsmith search`: files, tasks, `--set` and options.

use std::fs;

use actsmith_search::experiment::{Folder, Registry, TASKS};
use tempfile::TempDir;

use crate::documented::undocumented;
use crate::search::{actsmith, without_warnings};

/// A file of settings, one more setting and an option, from the weakest to the strongest; the run folder has what came of them.
#[test]
fn settings_come_from_a_file_and_from_options() {
    let directory = TempDir::new().expect("a folder");
    let text = "seed = 7\nbatch = 512\n[network]\nwidth = 2\n[search]\nepochs = 9\n[retrain]\nepochs = 5\n";
    fs::write(directory.path().join("small.toml"), text).expect("a file");
    let output = actsmith(
        directory.path(),
        &[
            "search",
            "small.toml",
            "--quiet",
            "--set",
            "retrain.epochs=0",
            "--set",
            "seed=8",
            "--epochs",
            "3",
        ],
    );
    let message = without_warnings(&output);
    assert!(output.status.success(), "{message}");
    let path = directory.path().join("runs/digits-seed8");
    let (_, experiment) = Folder::open(&path, &Registry::default()).expect("the folder");
    let found = experiment.specification();
    assert_eq!((found.seed, found.batch), (8, 512));
    assert_eq!((found.search.epochs, found.retrain.epochs), (3, 0));
    assert_eq!(found.network.settings["width"].as_integer(), Some(2));
    assert_eq!(found.network.settings["depth"].as_integer(), Some(8));
    for (arguments, part) in [
        (&["none.toml"][..], "none.toml"),
        (&["small.toml", "--set", "speed=3"], "unknown field `speed`"),
        (
            &["small.toml", "--set", "speed=3"],
            "error: `speed=3`: unknown field",
        ),
        (&["--set", "batch=many"], "`batch=many`"),
        (&["--set", "batch=64\nrate=0.5"], "it has several lines"),
        (&["--set", "batch=64\n"], "it has several lines"),
        (&["--set", "=64"], "a key is missing"),
        (&["--set", "batch"], "it has no `=`"),
        (&["--set", "batch="], "the value is missing"),
        (
            &["--set", "batch=64 # images"],
            "it is a whole number from 0, not the text \"64 # images\"",
        ),
        (
            &["--set", "batch.size=64"],
            "`batch.size=64`: it is a whole number from 0, not a table",
        ),
        (
            &["--set", "batch=64", "--set", "batch=32"],
            "`batch` is given twice; give it once",
        ),
        (
            &["--set", "search.epochs=5", "--epochs", "6"],
            "`--epochs` gives `search.epochs` too",
        ),
        (
            &["--set", "search={epochs=5}", "--epochs", "6"],
            "`--epochs` gives `search.epochs` too",
        ),
        (
            &[
                "--set",
                "retrain = { epochs = 5, seeds = 2 }",
                "--retrain-seeds",
                "6",
            ],
            "`--retrain-seeds` gives `retrain.seeds` too",
        ),
        (
            &["--set", "network.depth=eight"],
            "`depth`: it is a whole number from 0, not the text",
        ),
        (
            &["--set", "optimizer=adam"],
            "it is a table of settings, not a name alone",
        ),
        (&["--set", "data=austin"], "did you mean `austen`?"),
        (
            &["--set", "training.warmup=-1"],
            "a whole number of steps, or a share",
        ),
        (
            &["--set", "training.clip=0"],
            "`clip` is 0: choose a finite number above 0",
        ),
        (
            &["--set", "network.width=65536"],
            "its weights alone are too many: choose a smaller `network`",
        ),
        (
            &["--task", "list", "--seed", "4"],
            "`--task list` prints the tasks and runs nothing: leave out `--seed`",
        ),
        (
            &["small.toml", "--task", "list"],
            "leave out the file of settings",
        ),
        (
            &["--set", "data=letters"],
            "choose `digits` or `fashion-small` or `austen`",
        ),
        (
            &["--set", "data=austen"],
            "a ResNet learns from images, not from text",
        ),
    ] {
        let output = actsmith(directory.path(), &[&["search"], arguments].concat());
        let message = without_warnings(&output);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(part), "{message}");
    }
}

/// A task is a file of settings that is built in: a file, `--set` and options come on top of it.
#[test]
fn a_task_is_searched_by_its_name() {
    let directory = TempDir::new().expect("a folder");
    fs::write(
        directory.path().join("small.toml"),
        "batch = 512\n[search]\nepochs = 9\n[network]\nwidth = 6\nlayers = 1\nheads = 3\n",
    )
    .expect("a file");
    let arguments = [
        "search",
        "small.toml",
        "--task",
        "digits-vit",
        "--quiet",
        "--set",
        "retrain.epochs=0",
        "--epochs",
        "3",
    ];
    let output = actsmith(directory.path(), &arguments);
    let message = without_warnings(&output);
    assert!(output.status.success(), "{message}");
    let path = directory.path().join("runs/digits-vit-seed1");
    let (_, experiment) = Folder::open(&path, &Registry::default()).expect("the folder");
    let found = experiment.specification();
    assert_eq!(found.network.family, "vit");
    assert_eq!(found.network.settings["width"].as_integer(), Some(6));
    assert_eq!(found.network.settings["heads"].as_integer(), Some(3));
    assert_eq!((found.batch, found.rate), (512, 1e-3));
    assert_eq!((found.search.epochs, found.retrain.epochs), (3, 0));
}

#[test]
fn tasks_are_listed_and_others_are_refused() {
    let directory = TempDir::new().expect("a folder");
    let list = actsmith(directory.path(), &["search", "--task", "list"]);
    let text = String::from_utf8(list.stdout).expect("text");
    let json = actsmith(directory.path(), &["search", "--task", "list", "--json"]);
    let missing = undocumented("search", &json.stdout);
    assert!(missing.is_empty(), "{missing:?}");
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("an object");
    let tasks = json["tasks"].as_array().expect("a list");
    for task in TASKS {
        assert!(text.contains(&format!("{}\n", task.name)), "{text}");
        let entry = tasks.iter().find(|entry| entry["name"] == task.name);
        let entry = entry.expect(task.name);
        assert!(
            entry["model"].is_string() && entry["minutes"].is_u64(),
            "{entry}"
        );
        assert_eq!(entry["files"].is_string(), entry["origin"].is_string());
    }
    for (arguments, part) in [
        (
            &["--task", "digits-resnet"][..],
            "did you mean `digits-resnet8`?",
        ),
        (&["--task", "translation"], "`--task list` explains them"),
        (
            &["--task", "digits-vit", "--data", "."],
            "leave out `--data`",
        ),
        (
            &["--set", "data=mnist"],
            "give their folder with `--data DIR`",
        ),
        (
            &["--set", "data=mnist", "--set", "data.dir=a", "--data", "b"],
            "both name a folder",
        ),
        (
            &["--task", "digits-vit", "--set", "network.width=7"],
            "a multiple of its heads",
        ),
        (
            &["--task", "digits-vit", "--resume", "x"],
            "cannot be used with",
        ),
    ] {
        let output = actsmith(directory.path(), &[&["search"], arguments].concat());
        let message = without_warnings(&output);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(part), "{message}");
    }
}
