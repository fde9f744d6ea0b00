//! Runs with every option of training: going on after an interruption, and what is refused.

use std::path::Path;

use actsmith_search::error::Result;
use actsmith_search::experiment::{Experiment, Folder, Registry, Specification, Update};
use candle_core::Device;
use tempfile::TempDir;

use crate::resume;
use crate::support::{Files, config, files, prepared};

/// All options that a residual network has.
const RESNET: [&str; 8] = [
    "training.schedule={multistep={milestones=[0.5, 5], factor=0.3}}",
    "training.warmup=2",
    "training.clip=0.5",
    "training.accumulate=2",
    "training.label_smoothing=0.1",
    "training.average=0.6",
    "optimizer.sgd.nesterov=true",
    "optimizer.sgd.momentum=0.8",
];

/// All options of a transformer.
const GPT: [&str; 19] = [
    "data=austen",
    "batch=8",
    "rate=3e-3",
    "retrain.epochs=3",
    "retrain.steps_per_epoch=4",
    "network.family=gpt",
    "network.layers=1",
    "network.heads=1",
    "network.width=12",
    "network.context=128",
    "network.vocabulary=75",
    "network.dropout=0.1",
    "network.gated=true",
    "optimizer.adam={betas=[0.9, 0.99], epsilon=1e-8, decay={decoupled=0.1}, decay_matrices_only=true}",
    "training.warmup=0.25",
    "training.final_rate=1e-4",
    "training.clip=1",
    "training.average=0.6",
    "activation=silu(x)",
];

/// The tiny settings with others.
fn with(settings: &[&str]) -> Result<Specification> {
    Specification::overlaid(&config().to_toml()?, settings)
}

/// The files of a run, stopped when the metrics had so many lines and gone on with, or not stopped.
fn run(specification: &Specification, stop: Option<usize>) -> Result<Files> {
    let directory = TempDir::new().expect("a folder");
    let path = directory.path().join("run");
    let mut folder = Folder::create(&path, specification)?;
    let mut seen = 0;
    let mut watch = |update: Update<'_>| {
        seen += usize::from(matches!(update, Update::Record(_)));
        if Some(seen) == stop {
            std::panic::resume_unwind(Box::new(()));
        }
    };
    let trains = specification.activation.is_some();
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let experiment = prepared(specification.clone())?;
        match trains {
            true => experiment.train(&mut folder, &mut watch).map(|_| ()),
            false => experiment.run(&mut folder, &[], &mut watch).map(|_| ()),
        }
    }));
    drop(folder);
    match (ended, stop) {
        (Ok(ended), None) => ended?,
        (Err(_), Some(_)) if trains => {
            let (mut folder, experiment) = Folder::open(&path, &Registry::default())?;
            experiment.train(&mut folder, &mut |_| {})?;
        }
        (Err(_), Some(_)) => resume(&path)?,
        (ended, _) => panic!("{ended:?} at {stop:?}"),
    }
    Ok(files(&path))
}

#[test]
fn a_run_with_all_options_goes_on_with_the_same_bytes() -> Result<()> {
    let specification = with(&RESNET)?;
    assert_eq!(
        Specification::from_toml(&specification.to_toml()?)?,
        specification
    );
    let whole = run(&specification, None)?;
    // In the search, between its removals, and in the first and last training.
    for lines in [40, 104 + 4, 104 + 8] {
        let stopped = run(&specification, Some(lines))?;
        assert!(stopped == whole, "{lines} lines");
    }
    Ok(())
}

#[test]
fn a_training_with_dropout_and_averages_goes_on_with_the_same_bytes() -> Result<()> {
    let specification = with(&GPT)?;
    let whole = run(&specification, None)?;
    for lines in 1..=3 {
        assert!(run(&specification, Some(lines))? == whole, "{lines} lines");
    }
    // The weights that are kept are the averages, not those of the last step.
    let load = |name: &str| {
        let tensors = candle_core::safetensors::load_buffer(&whole[Path::new(name)], &Device::Cpu);
        tensors.expect("tensors")
    };
    let (kept, checkpoint) = (
        load("model.safetensors"),
        load("checkpoint/training.safetensors"),
    );
    let name = "transformer.h.0.mlp.c_gate.weight";
    let values = |tensor: &candle_core::Tensor| tensor.flatten_all()?.to_vec1::<f32>();
    let of = |prefix: &str| values(&checkpoint[&format!("{prefix}.{name}")]);
    assert_eq!(values(&kept[name])?, of("average")?);
    assert_ne!(of("model")?, of("average")?);
    Ok(())
}

/// Without a word on training, a run has the bytes of one with the default spelled out, but for the settings themselves.
#[test]
fn each_option_changes_what_is_trained() -> Result<()> {
    let base = ["retrain.epochs=1", "activation=relu(x)"];
    let result = |settings: &[&str]| -> Result<Vec<u8>> {
        let settings = [&base[..], settings].concat();
        Ok(run(&with(&settings)?, None)?[Path::new("model.safetensors")].clone())
    };
    let plain = result(&[])?;
    assert!(plain == result(&["training.schedule=cosine", "training.accumulate=1"])?);
    for setting in RESNET {
        // A training of two epochs in place of one for what ends the first.
        assert!(plain != result(&[setting])?, "{setting}");
    }
    Ok(())
}

#[test]
fn options_that_make_no_sense_are_refused() -> Result<()> {
    for (setting, part) in [
        ("training.warmup=1.5", "`warmup` is 1.5"),
        ("training.clip=0", "`clip` is 0"),
        ("training.accumulate=0", "`accumulate` is 0"),
        ("training.label_smoothing=2", "`label_smoothing` is 2"),
        ("training.average=1", "`average` is 1"),
        ("training.final_rate=-1", "`final_rate` is -1"),
        (
            "optimizer.sgd={momentum=0, weight_decay=0, nesterov=true}",
            "`nesterov` needs",
        ),
    ] {
        let error = prepared(with(&[setting])?)
            .err()
            .expect(setting)
            .to_string();
        assert!(error.contains(part) && !error.contains('\n'), "{error}");
    }
    for (setting, part) in [
        ("training.schedule=linear", "unknown variant `linear`"),
        ("training.warmup=-3", "a whole number of steps, or a share"),
        ("training.ema=0.9", "unknown field `ema`"),
        ("network.dropout=1.5", "unknown field `dropout`"),
    ] {
        let made = with(&[setting]).and_then(|with| Experiment::new(with, &Registry::default()));
        let error = made.err().expect(setting).to_string();
        assert!(error.contains(part), "{error}");
    }
    Ok(())
}
