//! Run folders in place of formulas, and points of their fronts.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::search::{STRAIGHT, actsmith};
use crate::support::{fails, succeeds};

/// A folder with a finished run in `run`, and the same in `old`, of a version that knew no fronts.
fn runs() -> TempDir {
    let directory = TempDir::new().expect("a folder");
    for run in ["run", "old"] {
        for (name, bytes) in &*STRAIGHT {
            let file = directory.path().join(run).join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, bytes).expect("copied");
        }
    }
    let mut result = result();
    for key in ["cost", "sites", "front"] {
        result
            .as_object_mut()
            .expect("an object")
            .remove(key)
            .expect(key);
    }
    let old = directory.path().join("old");
    fs::write(old.join("result.json"), result.to_string()).expect("a file");
    fs::remove_file(old.join("histogram.json")).expect("removed");
    directory
}

fn result() -> Value {
    serde_json::from_slice(&STRAIGHT[Path::new("result.json")]).expect("an object")
}

fn point(number: usize) -> String {
    let formula = &result()["front"]["points"][number]["formula"];
    formula.as_str().expect("a formula").to_owned()
}

/// What a command prints that succeeds.
fn printed(directory: &Path, arguments: &str) -> String {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let output = actsmith(directory, &arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {message}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_found_function_and_points_of_its_front_are_emitted() {
    let directory = runs();
    let path = directory.path();
    let exact = printed(path, "emit run");
    assert!(exact.contains("pub struct Found;"), "{exact}");
    assert_eq!(printed(path, "emit old"), exact);
    assert_eq!(printed(path, "emit run --pick 0"), exact);
    let raw = result()["formulas"]["raw"]
        .as_str()
        .expect("a formula")
        .to_owned();
    let json: Value = serde_json::from_str(&printed(path, "emit run --json")).expect("an object");
    assert_eq!(json["input"], raw);
    let named = printed(path, "emit run --pick 1 --name Cheap --standalone");
    assert!(named.contains("pub struct Cheap;"), "{named}");
    let json = printed(path, "emit run --pick 1 --json");
    let json: Value = serde_json::from_str(&json).expect("an object");
    let formula = actsmith_codegen::Formula::parse(&point(1)).expect("a formula");
    assert_eq!(json["input"], formula.to_string());
    let simplest = result()["front"]["simplest"].as_u64().expect("a number");
    let by_number = printed(path, &format!("emit run --pick {simplest}"));
    assert_eq!(printed(path, "emit run --pick simplest"), by_number);
}

#[test]
fn networks_are_trained_with_points_of_a_front() {
    let directory = runs();
    let path = directory.path();
    let small = "--quiet --set network.width=2 --set batch=256 --epochs 1";
    let trained = |arguments: &str| {
        let text = printed(path, &format!("train {arguments} {small}"));
        let line = text.lines().find(|line| line.starts_with("activation"));
        line.expect("the activation").to_owned()
    };
    let last = result()["front"]["points"]
        .as_array()
        .expect("a list")
        .len()
        - 1;
    let line = trained(&format!("--activation run --pick {last} --out a"));
    assert_eq!(line, format!("activation  {}", point(last)));
    let line = trained("--activation stem=run,inner=relu,outer=relu --out b");
    let raw = result()["formulas"]["raw"]
        .as_str()
        .expect("a formula")
        .to_owned();
    assert!(line.contains(&format!("stem: {raw}")), "{line}");
    trained("--activation old --out c");
    let text = printed(
        path,
        "evaluate run --pick 1 --seeds 1 --epochs 1 --baselines relu --quiet --out d --json",
    );
    let value: Value = serde_json::from_str(&text).expect("an object");
    assert_eq!(value["result"]["activations"][0]["formula"], point(1));
}

/// The histogram of a run is one that `front` reads.
#[test]
fn the_front_of_a_run_is_looked_for_again() {
    let directory = runs();
    let text = printed(
        directory.path(),
        "front @run/formula.txt --histogram run/histogram.json",
    );
    assert!(
        text.contains("histogram of ") && text.contains("\nrms "),
        "{text}"
    );
}

#[test]
fn picks_that_there_are_none_of_are_refused() {
    let directory = runs();
    fs::create_dir(directory.path().join("unfinished")).expect("a folder");
    let config = &STRAIGHT[Path::new("config.toml")];
    fs::write(directory.path().join("unfinished/config.toml"), config).expect("a file");
    for (arguments, part) in [
        (
            "emit run --pick 99",
            "--pick: run: the front has no point 99: choose from 0",
        ),
        ("emit old --pick 1", "--pick: old: the run has no front"),
        (
            "emit old --pick simplest",
            "--pick: old: the run has no front",
        ),
        (
            "emit run --pick -1",
            "number of a point of the front, from 0",
        ),
        ("emit run --pick best", "`simplest`"),
        (
            "emit x --name A --pick 1",
            "`--pick 1` takes a point of the front of a search",
        ),
        (
            "emit unfinished",
            "unfinished holds a search that is not finished",
        ),
        (
            "train --activation run --pick 99",
            "the front has no point 99",
        ),
        ("train --activation old --pick 1", "the run has no front"),
        (
            "train --activation relu --pick 1",
            "give the folder of one, or leave it out",
        ),
        ("evaluate run --pick 99", "the front has no point 99"),
        ("evaluate old --pick simplest", "the run has no front"),
        (
            "evaluate relu --pick 1",
            "give the folder of one, or leave it out",
        ),
        (
            "evaluate run --pick 1 --train-constants",
            "cannot be used with",
        ),
    ] {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let output = actsmith(directory.path(), &words);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments}: {message}");
        assert!(message.contains(part), "{arguments}: {message}");
        assert!(output.stdout.is_empty(), "{arguments}");
    }
}

/// A folder in place of a formula, with a message that tells what to do.
#[test]
fn folders_that_hold_no_function_are_named() {
    let directory = runs();
    let path = directory.path();
    for (folder, file) in [
        ("runs/ev", "evaluation.toml"),
        ("chosen", "selection.toml"),
        ("empty", "other"),
    ] {
        fs::create_dir_all(path.join(folder)).expect("a folder");
        fs::write(path.join(folder).join(file), "").expect("a file");
    }
    let missing = "there is no folder `runs/nosuch`; if it is a formula, write it with spaces, as `runs / nosuch`";
    for command in [
        "emit {} --name F",
        "train --activation {}",
        "train --activation stem={},inner=relu",
        "evaluate {}",
        "evaluate relu2 --baselines relu,{}",
        "select {} tanh",
        "transfer {} --to digits-vit",
        "simplify {}",
        "simplify {} --tolerance 0.1",
        "front {}",
        "passport {}",
        "eval {} --at 1",
        "equiv x {}",
        "verify {}",
    ] {
        let of = |folder: &str| command.replace("{}", folder);
        fails(path, &of("runs/nosuch"), 2, missing);
        fails(
            path,
            &of("./runs/x-seed1"),
            2,
            "there is no folder `./runs/x-seed1`",
        );
        let is_run_taken = ["emit", "train", "evaluate", "select", "transfer"]
            .iter()
            .any(|taking| command.starts_with(taking));
        let (evaluation, empty) = match is_run_taken {
            true => (
                "runs/ev holds an evaluation, not a single function: give the folder of a search, or a formula",
                "empty is not a run folder (it has no config.toml)",
            ),
            false => (
                "runs/ev is a folder, and a formula is wanted",
                "empty is a folder",
            ),
        };
        fails(path, &of("runs/ev"), 2, evaluation);
        fails(path, &of("empty"), 2, empty);
        if is_run_taken {
            fails(path, &of("chosen"), 2, "chosen holds a selection");
        } else {
            fails(
                path,
                &of("run"),
                2,
                "`@run/formula.txt` is what was found there",
            );
        }
    }
    for option in ["train --activation", "evaluate relu2 --baselines"] {
        let name = option.split_whitespace().last().expect("an option");
        fails(
            path,
            &format!("{option} runs/nosuch"),
            2,
            &format!("error: {name}: there is no folder"),
        );
    }
    fails(
        path,
        "emit run/formula.txt",
        2,
        "`@run/formula.txt` reads a formula from it",
    );
    // Formulas with a slash.
    fs::create_dir(path.join("x")).expect("a folder");
    for formula in ["x", "x/2", "pi/x", "1/2", "x/beta", "x/-2"] {
        succeeds(path, &format!("simplify {formula}"));
    }
    succeeds(path, "eval a/b --set a=1 --set b=2 --at 1");
    fails(path, "simplify tanh/x", 2, "`tanh` is a function");
}

#[test]
fn a_function_of_several_groups_is_chosen_by_its_name() {
    let directory = runs();
    let path = directory.path();
    let mut result = result();
    let fields = result.as_object_mut().expect("an object");
    let finding: serde_json::Map<String, Value> = [
        "genotype",
        "constants",
        "formulas",
        "cost",
        "sites",
        "front",
    ]
    .into_iter()
    .map(|key| (key.to_owned(), fields.remove(key).expect(key)))
    .collect();
    fields.insert(
        "groups".to_owned(),
        serde_json::json!({ "cell": finding.clone(), "stem": finding }),
    );
    fs::write(path.join("run/result.json"), result.to_string()).expect("a file");
    fails(
        path,
        "emit run",
        2,
        "run holds several functions: give one of them, `cell=run` or `stem=run`",
    );
    succeeds(path, "emit stem=run");
    fails(
        path,
        "train --activation run",
        2,
        "run holds several functions: name the one of each part, as `cell=run,stem=run`",
    );
}

/// Searches whose trainings from scratch differ are compared where the difference does not matter.
#[test]
fn what_is_asked_for_is_no_difference_between_searches() {
    let directory = runs();
    let path = directory.path();
    let config = fs::read_to_string(path.join("old/config.toml")).expect("settings");
    let (head, retrain) = config.split_once("[retrain]").expect("its settings");
    let longer = retrain.replacen("epochs = ", "epochs = 1", 1);
    fs::write(
        path.join("old/config.toml"),
        format!("{head}[retrain]{longer}"),
    )
    .expect("a file");
    fails(
        path,
        "select run old",
        2,
        "run and old are searches on different tasks (`retrain.epochs`)",
    );
    // Both found one function.
    for options in ["--epochs 1", "--set retrain.epochs=2"] {
        fails(
            path,
            &format!("select run old {options}"),
            2,
            "there is nothing to choose from",
        );
    }
    let grouped = format!("{config}\n[groups]\nstem = [\"stem\"]\n");
    fs::write(path.join("old/config.toml"), grouped).expect("a file");
    fails(
        path,
        "select run old --epochs 1",
        2,
        "run and old have found functions for different groups of sites (`groups`)",
    );
    fails(
        path,
        "select run run",
        2,
        "run is given twice; give it once",
    );
    fails(
        path,
        "evaluate run ./run",
        2,
        "./run is given twice; give it once",
    );
}
