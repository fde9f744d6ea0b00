//! Trainings with every option, step by step beside PyTorch's.

use std::sync::Arc;

use candle_core::{DType, Device, Tensor};
use candle_nn::{ModuleT, VarBuilder, VarMap};
use serde::Deserialize;

use super::{TrainConfig, Trainer};
use crate::data::{ImageSet, Splits};
use crate::error::Result;
use crate::objective::Classification;
use crate::task::Supervised;

/// What PyTorch makes of a training; `tests/data/training.py` says how the numbers came about.
#[derive(Deserialize)]
struct Case {
    name: String,
    config: TrainConfig,
    rates: Vec<f64>,
    losses: Vec<f64>,
    /// Biases and weights.
    r#final: [Vec<f64>; 2],
    averaged: [Vec<f64>; 2],
}

struct Linear(candle_nn::Linear);

impl ModuleT for Linear {
    fn forward_t(&self, images: &Tensor, _train: bool) -> candle_core::Result<Tensor> {
        candle_core::Module::forward(&self.0, &images.flatten_from(1)?)
    }
}

fn assert_close(name: &str, found: &[f64], expected: &[f64]) {
    // Eight steps in f32 of numbers of order one.
    let close = |(found, expected): (&f64, &f64)| (found - expected).abs() < 2e-6;
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(close),
        "{name}: {found:?}, not {expected:?}"
    );
}

#[test]
fn every_option_is_that_of_pytorch() -> Result<()> {
    let cases = include_str!("../../tests/data/training.json");
    let cases: Vec<Case> = serde_json::from_str(cases).expect("cases");
    assert_eq!(cases.len(), 10);
    let values = |count: usize, value: &dyn Fn(usize) -> f64| -> Vec<f32> {
        (0..count).map(|i| value(i) as f32).collect()
    };
    let images = values(24, &|i| (1.3 * (i / 4) as f64 + 0.7 * (i % 4) as f64).sin());
    let images = Tensor::from_vec(images, (6, 1, 2, 2), &Device::Cpu)?;
    let labels = Tensor::new(&[0u32, 1, 2, 0, 1, 2], &Device::Cpu)?;
    let set = Arc::new(ImageSet::new(images, labels, 3)?);
    let splits = Splits {
        train: set.clone(),
        test: set,
    };
    for case in cases {
        let vars = VarMap::new();
        let builder = VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu);
        let model = Linear(candle_nn::linear(4, 3, builder)?);
        let model = Supervised::new(Box::new(model), vars, Box::new(Classification));
        let variables = model.trained();
        let numbers = || -> Result<Vec<Vec<f64>>> {
            let of = |(_, var): &(String, candle_core::Var)| {
                Ok(var.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?)
            };
            variables.iter().map(of).collect()
        };
        let start = [
            values(3, &|_| 0.0),
            values(12, &|k| 0.3 * (0.37 * k as f64).sin()),
        ];
        for ((_, var), start) in variables.iter().zip(start) {
            var.set(&Tensor::from_vec(start, var.shape(), &Device::Cpu)?)?;
        }
        let Case { name, config, .. } = case;
        let rates = (config.options).rates(config.learning_rate, config.epochs);
        let rates: Vec<f64> = (0..config.epochs).map(|step| rates.at(step)).collect();
        assert_close(&name, &rates, &case.rates);
        let averages = config.options.average.is_some();
        let mut trainer = Trainer::new(&model, &splits, config)?;
        let mut losses = Vec::new();
        let mut last = None;
        while !trainer.is_finished() {
            let report = trainer.epoch()?;
            losses.push(report.train_loss);
            last = Some(report.test);
        }
        // Steps that accumulate are made of the same examples as those of PyTorch.
        assert_close(&name, &losses, &case.losses);
        let [biases, weights] = &case.r#final;
        let found = numbers()?;
        assert_close(&name, &found[0], biases);
        assert_close(&name, &found[1], weights);
        trainer.finish()?;
        let ended = numbers()?;
        let [biases, weights] = if averages {
            &case.averaged
        } else {
            &case.r#final
        };
        assert_close(&name, &ended[0], biases);
        assert_close(&name, &ended[1], weights);
        assert_eq!(ended != found, averages, "{name}");
        // What was reported is the score of what is kept.
        assert_eq!(last, Some(model.evaluate(&*splits.test)?), "{name}");
    }
    Ok(())
}
