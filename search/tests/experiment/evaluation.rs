//! Evaluations: trainings that go on, parts that are put together, and what is refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use actsmith_search::error::{Error, Result};
use actsmith_search::evaluate::{Evaluation, Plan, Report, collect};
use actsmith_search::experiment::{Experiment, Folder, Registry, Update};
use tempfile::TempDir;

use crate::support::config;

fn plan(candidates: &[&str], seeds: u64) -> Plan {
    Plan::new(config(), candidates, &["relu", "silu"], seeds).expect("a plan")
}

/// Runs every training, or every second one from `first` on.
fn run(evaluation: &Evaluation, first: usize, step: usize) {
    let units = evaluation.plan().units();
    for unit in units.iter().skip(first).step_by(step) {
        let ran = evaluation.run(unit, &Registry::default(), false, &mut |_| {});
        ran.expect("a score");
    }
}

/// The bytes of all files, but for what the clock says and who did the work.
fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            let varies = ["timing.json", "provenance.json"].map(|name| path.ends_with(name));
            if path.is_dir() {
                folders.push(path);
            } else if varies == [false; 2] {
                let name = path.strip_prefix(folder).expect("inside").to_owned();
                files.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

fn json(evaluations: &[Evaluation]) -> Result<String> {
    let report = Report::new(&collect(evaluations)?);
    Ok(serde_json::to_string(&report).expect("JSON"))
}

fn refused<T>(of: Result<T>, part: &str) {
    let error = of.err().expect(part).to_string();
    assert!(error.contains(part), "{error}");
}

#[test]
fn an_interrupted_training_ends_with_the_same_bytes() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let plan = plan(&["tanh"], 1);
    let whole = Evaluation::create(&directory.path().join("whole"), plan.clone())?;
    run(&whole, 0, 1);
    let expected = bytes(whole.path());
    let kept = expected
        .keys()
        .filter(|name| name.starts_with("units/tanh-seed1"));
    let kept: Vec<&str> = kept.filter_map(|name| name.file_name()?.to_str()).collect();
    assert_eq!(
        kept,
        ["config.toml", "metrics.jsonl", "result.json", "unit.json"]
    );
    for lines in 1..=2 {
        let path = directory.path().join(format!("stopped{lines}"));
        let stopped = Evaluation::create(&path, plan.clone())?;
        let mut seen = 0;
        let interruption = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let unit = &plan.units()[0];
            stopped.run(unit, &Registry::default(), false, &mut |update| {
                seen += usize::from(matches!(update, Update::Record(_)));
                if seen == lines {
                    std::panic::resume_unwind(Box::new(()));
                }
            })
        }));
        assert!(interruption.is_err());
        refused(
            json(&[stopped]),
            "3 of 3 trainings are not finished (tanh, seed 1; ",
        );
        // The same plan opens the folder again.
        let again = Evaluation::create(&path, plan.clone())?;
        run(&again, 0, 1);
        assert!(bytes(&path) == expected, "{lines} lines");
    }
    // A finished training is not made again, and what an interruption has left of its weights goes.
    fs::write(whole.folder(&plan.units()[0]).join("model.safetensors"), "").expect("a file");
    run(&whole, 0, 1);
    assert!(bytes(whole.path()) == expected);
    Ok(())
}

#[test]
fn shards_are_put_together() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let plan = plan(&["tanh"], 2);
    let folder = |name: &str| Evaluation::create(&directory.path().join(name), plan.clone());
    let [whole, one, two] = [folder("whole")?, folder("one")?, folder("two")?];
    run(&whole, 0, 1);
    run(&one, 0, 2);
    run(&two, 1, 2);
    let expected = json(std::slice::from_ref(&whole))?;
    assert_eq!(json(&[one.clone(), two.clone()])?, expected);
    assert_eq!(json(&[two.clone(), one.clone()])?, expected);
    refused(
        json(std::slice::from_ref(&one)),
        "3 of 6 trainings are not finished (relu, seed 1; ",
    );
    // Whatever two folders have counts once.
    assert_eq!(json(&[whole.clone(), one.clone()])?, expected);
    // Shards may share a folder.
    let shared = folder("shared")?;
    run(&shared, 0, 2);
    run(&folder("shared")?, 1, 2);
    assert_eq!(json(&[shared])?, expected);

    let score = one.folder(&plan.units()[0]).join("unit.json");
    let text = fs::read_to_string(&score).expect("a score");
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{text}");
        fs::write(&score, text.replacen(from, to, 1)).expect("a file");
    };
    changed("\"loss\": ", "\"loss\": 1");
    refused(
        json(&[whole.clone(), one.clone()]),
        "have different scores for tanh, seed 1: remove",
    );
    changed("\"seed\": 1", "\"seed\": 2");
    refused(
        json(&[whole.clone(), one.clone()]),
        "is of tanh, seed 2, not of tanh, seed 1",
    );
    changed("\"seed\"", "\"speed\"");
    refused(
        json(&[whole.clone(), one]),
        "unit.json is damaged (unknown field `speed`",
    );
    let other = Plan::new(config(), &["tanh"], &["relu", "silu"], 3)?;
    let other = Evaluation::create(&directory.path().join("other"), other)?;
    refused(
        json(&[whole, other]),
        "are parts of different evaluations (`seeds`)",
    );
    refused(json(&[]), "there is no evaluation to collect");
    Ok(())
}

#[test]
fn folders_of_something_else_stay_as_they_are() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("evaluation");
    let evaluation = Evaluation::create(&path, plan(&["tanh"], 1))?;
    let unit = &evaluation.plan().units()[0];
    run(&evaluation, 0, 1);
    let before = bytes(&path);
    let mut other = config();
    other.rate = 0.05;
    let other = Plan::new(other, &["tanh"], &["relu", "silu"], 1)?;
    refused(
        Evaluation::create(&path, other.clone()),
        "other settings (`task.rate`)",
    );
    refused(
        Evaluation::open(directory.path()),
        "it has no evaluation.toml",
    );
    fs::create_dir(directory.path().join("full")).expect("a folder");
    refused(
        Evaluation::create(&directory.path().join("full"), other.clone()),
        "is not the folder of an evaluation",
    );
    assert!(bytes(&path) == before);
    // A training from an evaluation with another rate.
    let foreign = Evaluation::create(&directory.path().join("foreign"), other)?;
    run(&foreign, 0, 1);
    let file = |name: &str| {
        (
            evaluation.folder(unit).join(name),
            foreign.folder(unit).join(name),
        )
    };
    let (to, from) = file("config.toml");
    fs::copy(from, to).expect("copied");
    refused(
        json(std::slice::from_ref(&evaluation)),
        "has other settings than its evaluation",
    );
    fs::remove_file(file("unit.json").0).expect("removed");
    let ran = evaluation.run(unit, &Registry::default(), false, &mut |_| {});
    refused(ran, "holds a training of another evaluation");
    // Another process is at work.
    let unit = &evaluation.plan().units()[1];
    fs::remove_file(evaluation.folder(unit).join("unit.json")).expect("removed");
    let (_held, _) = Folder::open(&evaluation.folder(unit), &Registry::default())?;
    let ran = evaluation.run(unit, &Registry::default(), false, &mut |_| {});
    refused(ran, "another process is using");
    Ok(())
}

/// The initial weights, the order of the examples and what is held out are those of the comparison at the end of a search.
#[test]
fn a_score_is_that_of_the_comparison_of_a_search() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let evaluation = Evaluation::create(&directory.path().join("one"), plan(&["tanh"], 1))?;
    run(&evaluation, 0, 1);
    let relu = evaluation
        .score(&evaluation.unit("relu-seed1")?)?
        .expect("a score");
    let compared: serde_json::Value =
        serde_json::from_slice(&crate::STRAIGHT[Path::new("result.json")]).expect("an object");
    let compared = &compared["retrained"][1];
    assert_eq!(compared["activation"], "relu");
    assert_eq!(compared["scores"][0]["loss"].as_f64(), relu.loss);
    Ok(())
}

#[test]
fn seeds_share_what_is_held_out() -> Result<()> {
    let plan = plan(&["tanh"], 2);
    assert_eq!((plan.task.seed, plan.task.splits()), (1, 1));
    let mut second = plan.task.clone();
    second.seed = 2;
    let experiment = Experiment::new(second, &Registry::default())?;
    assert!(experiment.holds_out_the_same(1)?);
    assert!(!experiment.holds_out_the_same(2)?);
    Ok(())
}

#[test]
fn a_divergence_is_a_score() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let mut task = config();
    task.rate = 1e4;
    let plan = Plan::new(task, &["cube(x) = x * x * x"], &["relu"], 1)?;
    let evaluation = Evaluation::create(&directory.path().join("evaluation"), plan)?;
    run(&evaluation, 0, 1);
    let report = Report::new(&collect(std::slice::from_ref(&evaluation))?);
    assert_eq!(report.activations[0].diverged, 1);
    let score = &report.activations[0].scores[0];
    assert_eq!(
        (score.loss, score.accuracy, score.merit()),
        (None, None, 0.1)
    );
    assert!(
        score.diverged.as_ref().is_some_and(|of| of.step < 12),
        "{score:?}"
    );
    let before = bytes(evaluation.path());
    run(&evaluation, 0, 1);
    assert!(bytes(evaluation.path()) == before);
    Ok(())
}

#[test]
fn rates_are_chosen_on_the_validation_split() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let plan = plan(&["tanh"], 1).with_rates(&[1e-4, 0.1])?;
    let evaluation = Evaluation::create(&directory.path().join("evaluation"), plan)?;
    let scored = &evaluation.plan().scored()[0];
    assert!(!evaluation.is_ready(scored)?);
    let early = evaluation.run(scored, &Registry::default(), false, &mut |_| {});
    refused(early, "the learning rate of tanh is not known yet");
    run(&evaluation, 0, 1);
    assert_eq!(evaluation.rate("tanh")?, Some(0.1));
    let report = Report::new(&collect(std::slice::from_ref(&evaluation))?);
    assert_eq!(report.tuning.len(), 6);
    // Two epochs over three quarters of the 1,438 examples to learn from, 256 at a time; a score takes 12 steps.
    let on_validation = report.tuning.iter();
    assert!(on_validation.clone().all(|score| score.seed == 2));
    assert!(on_validation.clone().all(|score| score.steps == 10));
    assert_eq!(report.steps, 12);
    assert!(report.activations.iter().all(|row| row.rate == 0.1));
    let text = report.to_string().replace('\n', " ");
    assert!(
        text.contains("chosen by the loss on the validation split"),
        "{text}"
    );
    Ok(())
}

/// Each of the seven sites of a ResNet-8 has a constant of its own, which starts where it is told and moves.
#[test]
fn constants_are_trained() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let plan = Plan::new(
        config(),
        &["f(x; beta = 1) = x * sigmoid(beta * x)"],
        &["silu"],
        1,
    )?;
    Evaluation::check(&plan, &Registry::default())?;
    let evaluation = Evaluation::create(&directory.path().join("evaluation"), plan)?;
    run(&evaluation, 0, 1);
    let report = Report::new(&collect(std::slice::from_ref(&evaluation))?);
    let [trained, fixed] = [0, 1].map(|index| report.activations[index].scores[0].clone());
    let count = |score: &actsmith_search::evaluate::Score| score.parameters.expect("a count");
    assert_eq!(count(&trained), count(&fixed) + 7);
    // It began as SiLU, from the same weights.
    let lines = |name: &str| {
        let file = evaluation
            .path()
            .join("units")
            .join(name)
            .join("metrics.jsonl");
        fs::read_to_string(file).expect("lines")
    };
    let loss = |name: &str| -> f64 {
        let text = lines(name);
        let line: serde_json::Value =
            serde_json::from_str(text.lines().next().expect("a line")).expect("an object");
        line["train_loss"].as_f64().expect("a number")
    };
    let [trained, fixed] = ["f-seed1", "silu-seed1"].map(loss);
    assert!(
        (trained - fixed).abs() < 0.05 * fixed && trained != fixed,
        "{trained} {fixed}"
    );
    Ok(())
}

#[test]
fn activations_have_values_where_the_network_needs_them() -> Result<()> {
    let check = |candidate: &str| {
        let plan = Plan::new(config(), &[candidate], &["relu"], 1)?;
        Evaluation::check(&plan, &Registry::default())
    };
    check("tanh")?;
    check("x / (1 + abs(x))")?;
    refused(check("ln(x)"), "candidate: `ln(x)` is not finite at x = -");
    refused(
        check("sqrt(x)"),
        "which the first batch brings to `stem`: choose a formula",
    );
    refused(check("exp(exp(exp(x * x)))"), "is not finite at x = ");
    assert!(matches!(check("iner=relu"), Err(Error::Invalid(_))));
    Ok(())
}
