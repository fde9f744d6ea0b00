//! Models with the weights that the scripts in `tests/data` give them, compared with what PyTorch makes of these.

use std::collections::BTreeMap;
use std::f64::consts::PI;

use actsmith_search::data::Kind;
use actsmith_search::models::{Architecture, trainable};
use actsmith_search::objective::{Classification, Objective};
use actsmith_search::optim::{AdamConfig, OptimizerConfig};
use candle_core::{Device, Module, Result, Tensor, Var};
use candle_nn::{ModuleT, VarMap};
use serde::Deserialize;

pub(crate) type Variables = Vec<(String, Var)>;

pub(crate) fn gelu(_site: &str) -> Result<Box<dyn Module + Send + Sync>> {
    Ok(Box::new(actsmith::zoo::Gelu))
}

fn relu(_site: &str) -> Result<Box<dyn Module + Send + Sync>> {
    Ok(Box::new(candle_nn::Activation::Relu))
}

/// The activation of the scripts: ReLU in residual networks, GELU elsewhere.
fn of_the_paper(config: &dyn Architecture) -> fn(&str) -> Result<Box<dyn Module + Send + Sync>> {
    match config.title().starts_with("ResNet") {
        true => relu,
        false => gelu,
    }
}

pub(crate) fn build(config: &dyn Architecture) -> Result<(Box<dyn ModuleT>, Variables)> {
    let vars = VarMap::new();
    let model = config.build(&of_the_paper(config), &vars, &Device::Cpu, 1)?;
    Ok((model, trainable(&vars)))
}

pub(crate) fn parameters(config: &dyn Architecture) -> Result<usize> {
    let (_, variables) = build(config)?;
    Ok(variables.iter().map(|(_, var)| var.elem_count()).sum())
}

/// A model says how many parameters it has before it is built.
pub(crate) fn assert_footprint(config: &dyn Architecture, kind: &Kind) -> Result<()> {
    let footprint = config.footprint(kind).expect("a model of images or text");
    assert_eq!(
        footprint.parameters,
        parameters(config)? as f64,
        "{}",
        config.title()
    );
    let bytes = footprint.bytes(100);
    assert!((99..=100).contains(&footprint.largest_batch(bytes)));
    assert_eq!(footprint.largest_batch(0.0), 0);
    assert_eq!(footprint.evaluation_batch(), 256);
    Ok(())
}

/// What PyTorch makes of a model.
#[derive(Deserialize)]
pub(crate) struct Case<C> {
    pub(crate) config: C,
    loss: f64,
    logits: Vec<f64>,
    /// Of each gradient the sum of `g cos(0.11 i)`, and that of squares.
    gradients: BTreeMap<String, [f64; 2]>,
}

impl<C: Architecture> Case<C> {
    pub(crate) fn check(&self, inputs: &Tensor, targets: &Tensor) -> Result<()> {
        let (model, variables) = build(&self.config)?;
        assert_eq!(variables.len(), self.gradients.len());
        for (k, (name, var)) in variables.iter().enumerate() {
            let is_scale = ["ln_", "norm", "bn"].iter().any(|part| name.contains(part))
                && name.ends_with("weight");
            let shift = f64::from(u8::from(is_scale));
            let value = |i: usize| (0.3 * (0.37 * i as f64 + k as f64).sin() + shift) as f32;
            let values: Vec<f32> = (0..var.elem_count()).map(value).collect();
            var.set(&Tensor::from_vec(values, var.shape(), &Device::Cpu)?)?;
        }
        let logits = model.forward_t(inputs, true)?;
        // f32 through two blocks with logits of order ten.
        let found = logits.flatten_all()?.to_vec1::<f32>()?;
        assert_eq!(found.len(), self.logits.len());
        for (found, expected) in found.iter().zip(&self.logits) {
            assert!(
                (f64::from(*found) - expected).abs() < 2e-5,
                "{found}, not {expected}"
            );
        }
        let loss = Classification.loss(&logits, targets).expect("a loss");
        assert!((f64::from(loss.to_scalar::<f32>()?) - self.loss).abs() < 1e-5);
        let gradients = loss.backward()?;
        for (name, var) in &variables {
            let gradient = gradients.get(var).expect("every variable has a gradient");
            let gradient = gradient.flatten_all()?.to_vec1::<f32>()?;
            let [sum, squares] = self.gradients[name];
            let (mut found, mut found_squares) = (0.0, 0.0);
            for (i, g) in gradient.into_iter().map(f64::from).enumerate() {
                found += g * (0.11 * i as f64).cos();
                found_squares += g * g;
            }
            let size = squares.sqrt().max(1e-3);
            assert!(
                (found - sum).abs() < 1e-4 * size,
                "{name}: {found}, not {sum}"
            );
            assert!(
                (found_squares.sqrt() - squares.sqrt()).abs() < 1e-4 * size,
                "{name}: {found_squares}, not {squares}"
            );
        }
        Ok(())
    }
}

/// The loss on one batch before and after many steps on it.
pub(crate) fn overfit(
    config: &dyn Architecture,
    inputs: &Tensor,
    targets: &Tensor,
) -> Result<[f32; 2]> {
    let (model, variables) = build(config)?;
    let optimizer = OptimizerConfig::Adam(AdamConfig::default()).build(variables);
    let mut optimizer = optimizer.expect("an optimiser");
    let loss = || {
        let outputs = model.forward_t(inputs, true)?;
        Ok::<_, candle_core::Error>(Classification.loss(&outputs, targets).expect("a loss"))
    };
    let first = loss()?.to_scalar::<f32>()?;
    // At a rate that does not fall, how such small networks end depends on roundings.
    let (steps, start) = (400, 0.006);
    for step in 0..steps {
        let rate = 0.5 * start * (1.0 + (PI * f64::from(step) / f64::from(steps)).cos());
        optimizer.step(&loss()?.backward()?, rate).expect("a step");
    }
    Ok([first, loss()?.to_scalar::<f32>()?])
}
