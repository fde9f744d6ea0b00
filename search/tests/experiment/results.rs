//! What a run tells and finds.

use std::fs;
use std::path::Path;

use actsmith_codegen::Formula;
use actsmith_search::cell::{Cell, Mode};
use actsmith_search::error::Result;
use actsmith_search::experiment::{ByGroup, Folder, RecordEvent, Specification, Update};
use actsmith_search::genotype::{Constants, Genotype};
use actsmith_search::report::Function;
use candle_core::{Device, Module, Tensor};
use tempfile::TempDir;

use crate::STRAIGHT;
use crate::support::{config, prepared, run};

#[test]
fn a_search_of_few_steps_is_warned_of() -> Result<()> {
    let warnings = |batch: usize, epochs: usize, retrain: usize| {
        let mut config = Specification {
            batch,
            ..Specification::default()
        };
        config.search.epochs = epochs;
        config.retrain.epochs = retrain;
        prepared(config).map(|experiment| experiment.warnings())
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

/// Of 850 steps of search and 920 of each training.
#[test]
fn options_that_outlast_the_training_are_warned_of() -> Result<()> {
    let warnings = |settings: &[&str]| {
        let config = Specification::overlaid("", settings)?;
        prepared(config).map(|experiment| experiment.warnings())
    };
    let fine = ["training.warmup=0.05", "training.average=0.99"];
    assert_eq!(warnings(&fine)?, [""; 0]);
    let warmup = warnings(&["training.warmup=900"])?;
    assert_eq!(warmup.len(), 1, "{warmup:?}");
    assert!(
        warmup[0].contains("the search makes 850 steps, and `training.warmup` takes them all"),
        "{warmup:?}"
    );
    let average = warnings(&["training.average=0.999"])?;
    assert_eq!(average.len(), 1, "{average:?}");
    assert!(
        average[0].contains("makes 920 steps, and `training.average` spans about 1000 of them"),
        "{average:?}"
    );
    Ok(())
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
        actsmith_search::checkpoint::load(&file)?
    };
    let cell = Cell::new(config().space, 0)?;
    let group = cell.site_group();
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
    run(&config(), &mut folder, &mut |update| match update {
        Update::Begin { stage, .. } => stages.push(stage.name.clone()),
        Update::Record(record) => {
            if let RecordEvent::Searched {
                groups: ByGroup::One(group),
                steps_per_second,
                ..
            } = &record.event
            {
                rows.push((group.entropy["u0"], group.weights["u0"].clone()));
                assert!(*steps_per_second > 0.0);
            }
        }
        _ => {}
    })?;
    assert_eq!(stages, ["search", "found", "relu", "gelu"]);
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
