//! Trainings with activations that are given: going on after an interruption, parts, text.

use std::path::Path;

use actsmith_search::error::{Error, Result};
use actsmith_search::experiment::{Chosen, Experiment, Folder, Registry, Specification, Update};
use actsmith_search::models::Sampling;
use tempfile::TempDir;

use crate::support::{config, files, prepared};

fn training(activation: &[&str]) -> Result<Specification> {
    let mut specification = config();
    specification.retrain.epochs = 3;
    specification.activation = Some(Chosen::parse(activation)?);
    Ok(specification)
}

#[test]
fn an_interrupted_training_ends_with_the_same_bytes() -> Result<()> {
    let directory = TempDir::new().expect("a folder");
    let specification = training(&["stem=relu, inner=x * sigmoid(1.5 * x), outer=gelu"])?;
    let whole = directory.path().join("whole");
    let mut folder = Folder::create(&whole, &specification)?;
    let trained = prepared(specification.clone())?.train(&mut folder, &mut |_| {})?;
    let trained = trained.trained;
    assert_eq!((trained.epochs, trained.held_out), (3, 360 - 1));
    assert_eq!(
        trained.activation,
        "inner: x * sigmoid(1.5 * x); outer: gelu(x); stem: relu(x)"
    );
    assert_eq!(trained.bits_per_character, None);
    assert!(trained.score.accuracy > Some(0.2), "{trained}");
    let expected = files(&whole);
    assert!(expected.contains_key(Path::new("model.safetensors")));
    for lines in 1..=3 {
        let stopped = directory.path().join(format!("stopped{lines}"));
        let mut folder = Folder::create(&stopped, &specification)?;
        let mut seen = 0;
        let interruption = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let experiment = prepared(specification.clone())?;
            experiment.train(&mut folder, &mut |update| {
                seen += usize::from(matches!(update, Update::Record(_)));
                if seen == lines {
                    std::panic::resume_unwind(Box::new(()));
                }
            })
        }));
        assert!(interruption.is_err());
        drop(folder);
        let (mut folder, experiment) = Folder::open(&stopped, &Registry::default())?;
        experiment.train(&mut folder, &mut |_| {})?;
        assert!(files(&stopped) == expected, "{lines} lines");
    }
    // A finished one is read again, and nothing changes.
    drop(folder);
    let (mut folder, experiment) = Folder::open(&whole, &Registry::default())?;
    let again = experiment.train(&mut folder, &mut |_| {})?;
    assert_eq!(again.trained, trained);
    assert!(files(&whole) == expected);
    Ok(())
}

/// The networks of a search's comparison are those of a training with the same activation.
#[test]
fn a_training_is_that_of_the_comparison() -> Result<()> {
    let mut specification = training(&["relu"])?;
    specification.retrain.epochs = config().retrain.epochs;
    let directory = TempDir::new().expect("a folder");
    let mut folder = Folder::create(&directory.path().join("run"), &specification)?;
    let trained = prepared(specification)?.train(&mut folder, &mut |_| {})?;
    let compared: serde_json::Value =
        serde_json::from_slice(&crate::STRAIGHT[Path::new("result.json")]).expect("an object");
    let relu = &compared["retrained"][1];
    assert_eq!(relu["activation"], "relu");
    assert_eq!(relu["scores"][0]["loss"], trained.trained.score.loss);
    Ok(())
}

#[test]
fn a_network_that_learned_text_goes_on_with_it() -> Result<()> {
    let settings = [
        "data=austen",
        "batch=16",
        "rate=3e-3",
        "retrain.epochs=2",
        "retrain.steps_per_epoch=20",
        "network.family=gpt",
        "network.layers=1",
        "network.heads=1",
        "network.width=16",
        "network.context=128",
        "network.vocabulary=75",
        "optimizer.adam.betas=[0.9, 0.99]",
        "optimizer.adam.epsilon=1e-8",
        "optimizer.adam.decay={decoupled=0.1}",
        "activation=relu(x)",
    ];
    let specification = Specification::overlaid("", &settings)?;
    let experiment = Experiment::new(specification.clone(), &Registry::default())?;
    let directory = TempDir::new().expect("a folder");
    let mut folder = Folder::create(&directory.path().join("run"), &specification)?;
    let training = experiment.train(&mut folder, &mut |_| {})?;
    let trained = &training.trained;
    assert_eq!(trained.steps, 40);
    let bits = trained.bits_per_character.expect("of a text");
    assert!((bits * std::f64::consts::LN_2 - trained.score.loss).abs() < 1e-9);
    // A guess needs log2 75 = 6.2 bits.
    assert!(bits < 6.2, "{bits}");
    let sample =
        |temperature, seed| experiment.sample(&training, 150, &Sampling { temperature, seed });
    let text = sample(0.8, 1)?;
    assert_eq!(text.chars().count(), 150);
    assert_eq!(text, sample(0.8, 1)?);
    assert_ne!(text, sample(0.8, 2)?);
    assert_eq!(sample(0.0, 1)?, sample(0.0, 2)?);
    assert!(matches!(sample(-1.0, 1), Err(Error::Invalid(_))));
    assert!(matches!(sample(f64::NAN, 1), Err(Error::Invalid(_))));
    Ok(())
}

#[test]
fn a_training_that_makes_no_sense_is_refused() -> Result<()> {
    let refused = |specification: Specification, part: &str| {
        let error = prepared(specification).err().expect(part).to_string();
        assert!(error.contains(part), "{error}");
    };
    refused(training(&["mlp=relu"])?, "no activation in a part `mlp`");
    refused(training(&["stem=relu"])?, "has no activation: add one");
    let mut short = training(&["relu"])?;
    short.retrain.epochs = 0;
    refused(short, "`retrain.epochs` from 1");
    let mut seeds = training(&["relu"])?;
    seeds.retrain.seeds = 2;
    refused(seeds, "one seed, not 3 and 2");
    let mut steps = training(&["relu"])?;
    steps.retrain.steps_per_epoch = Some(0);
    refused(steps, "an epoch of `retrain` has 0 steps");
    // A search is no training, and the other way round.
    let directory = TempDir::new().expect("a folder");
    let mut folder = Folder::create(&directory.path().join("search"), &config())?;
    let no_training = prepared(config())?.train(&mut folder, &mut |_| {});
    assert!(matches!(no_training.map(|_| ()), Err(Error::Invalid(_))));
    let specification = training(&["relu"])?;
    let mut folder = Folder::create(&directory.path().join("training"), &specification)?;
    let no_search = prepared(specification)?.run(&mut folder, &[], &mut |_| {});
    assert!(matches!(no_search.map(|_| ()), Err(Error::Invalid(_))));
    Ok(())
}
