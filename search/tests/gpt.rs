//! The language model against PyTorch, and what has to hold of any model.

use std::collections::BTreeMap;

use actsmith_search::models::{Architecture, GptConfig, trainable};
use actsmith_search::objective::{Classification, Objective};
use actsmith_search::optim::{AdamConfig, OptimizerConfig};
use candle_core::{Device, Module, Result, Tensor, Var};
use candle_nn::{ModuleT, VarMap};
use serde::Deserialize;

fn gelu(_site: &str) -> Result<Box<dyn Module + Send + Sync>> {
    Ok(Box::new(actsmith::zoo::Gelu))
}

fn build(config: &GptConfig) -> Result<(Box<dyn ModuleT>, Vec<(String, Var)>)> {
    let vars = VarMap::new();
    let model = config.build(&gelu, &vars, &Device::Cpu, 1)?;
    Ok((model, trainable(&vars)))
}

fn parameters(config: &GptConfig) -> Result<usize> {
    let (_, variables) = build(config)?;
    Ok(variables.iter().map(|(_, var)| var.elem_count()).sum())
}

fn small() -> GptConfig {
    GptConfig {
        layers: 2,
        heads: 3,
        width: 12,
        context: 6,
        vocabulary: 11,
        tied: false,
        bias: false,
    }
}

fn tokens(step: u32, shape: (usize, usize)) -> Result<Tensor> {
    let count = (shape.0 * shape.1) as u32;
    let tokens: Vec<u32> = (0..count).map(|i| (i * step + step / 2) % 11).collect();
    Tensor::from_vec(tokens, shape, &Device::Cpu)
}

/// nanoGPT counts 10.65 million parameters, its positions left out, in a model of 6 layers and width 384 for 65 characters.
#[test]
fn the_sizes_are_the_published_ones() -> Result<()> {
    let config = |layers, width| GptConfig {
        layers,
        heads: layers,
        width,
        context: 256,
        vocabulary: 65,
        tied: true,
        bias: false,
    };
    assert_eq!(parameters(&config(6, 384))? - 256 * 384, 10_646_784);
    // A layer has 12 w² + 2 w, the last normalisation w.
    assert_eq!(
        parameters(&config(3, 192))?,
        3 * (12 * 192 * 192 + 2 * 192) + 192 + (65 + 256) * 192
    );
    Ok(())
}

#[derive(Deserialize)]
struct Case {
    config: GptConfig,
    loss: f64,
    logits: Vec<f64>,
    gradients: BTreeMap<String, [f64; 2]>,
}

/// `tests/data/gpt.py` says how the numbers came about.
#[test]
fn logits_and_gradients_are_those_of_pytorch() -> std::result::Result<(), Box<dyn std::error::Error>>
{
    let cases: Vec<Case> = serde_json::from_str(include_str!("data/gpt.json"))?;
    for case in cases {
        let (model, variables) = build(&case.config)?;
        assert_eq!(variables.len(), case.gradients.len());
        for (k, (name, var)) in variables.iter().enumerate() {
            let shift = if name.contains(".ln_") && name.ends_with("weight") {
                1.0
            } else {
                0.0
            };
            let value = |i: usize| (0.3 * (0.37 * i as f64 + k as f64).sin() + shift) as f32;
            let values: Vec<f32> = (0..var.elem_count()).map(value).collect();
            var.set(&Tensor::from_vec(values, var.shape(), &Device::Cpu)?)?;
        }
        let count = 2 * (case.config.context - 1);
        let cycle = |step: u32, start: u32| -> Result<Tensor> {
            let tokens = (0..count as u32).map(|i| (i * step + start) % 11);
            Tensor::from_vec(tokens.collect::<Vec<_>>(), (2, count / 2), &Device::Cpu)
        };
        let logits = model.forward_t(&cycle(7, 3)?, true)?;
        // f32 through two blocks with logits of order ten.
        let found = logits.flatten_all()?.to_vec1::<f32>()?;
        for (found, expected) in found.iter().zip(&case.logits) {
            assert!(
                (f64::from(*found) - expected).abs() < 2e-5,
                "{found}, not {expected}"
            );
        }
        let loss = Classification.loss(&logits, &cycle(5, 1)?)?;
        assert!((f64::from(loss.to_scalar::<f32>()?) - case.loss).abs() < 1e-5);
        let gradients = loss.backward()?;
        for (name, var) in &variables {
            let gradient = gradients.get(var).expect("every variable has a gradient");
            let gradient = gradient.flatten_all()?.to_vec1::<f32>()?;
            let values = gradient.iter().map(|&g| f64::from(g)).enumerate();
            let [sum, squares] = case.gradients[name];
            let found: f64 = values
                .clone()
                .map(|(i, g)| g * (0.11 * i as f64).cos())
                .sum();
            let found_squares: f64 = values.map(|(_, g)| g * g).sum();
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
    }
    Ok(())
}

#[test]
fn a_token_sees_nothing_after_it() -> Result<()> {
    let (model, _) = build(&small())?;
    let (text, other) = (tokens(7, (1, 6))?, tokens(4, (1, 6))?);
    let changed = Tensor::cat(&[&text.narrow(1, 0, 4)?, &other.narrow(1, 4, 2)?], 1)?;
    let logits = |tokens: &Tensor| -> Result<Vec<Vec<f32>>> {
        model.forward_t(tokens, false)?.get(0)?.to_vec2::<f32>()
    };
    let (before, after) = (logits(&text)?, logits(&changed)?);
    assert_eq!(before[..4], after[..4]);
    assert_ne!(before[4..], after[4..]);
    Ok(())
}

#[test]
fn one_batch_is_learned_by_heart() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let (model, variables) = build(&small())?;
    let mut optimizer = OptimizerConfig::Adam(AdamConfig::default()).build(variables)?;
    let (inputs, targets) = (tokens(7, (2, 6))?, tokens(5, (2, 6))?);
    let loss = || Classification.loss(&model.forward_t(&inputs, true)?, &targets);
    let first = loss()?.to_scalar::<f32>()?;
    // About ln 11: the first logits are nearly alike.
    assert!((first - 2.398).abs() < 0.1, "{first}");
    for _ in 0..200 {
        optimizer.step(&loss()?.backward()?, 0.01)?;
    }
    let last = loss()?.to_scalar::<f32>()?;
    assert!(last < 0.02, "{last}");
    Ok(())
}

#[test]
fn shapes_that_are_no_network_are_errors() {
    let wrong = [
        (
            GptConfig {
                layers: 0,
                ..small()
            },
            "layers of a GPT are",
        ),
        (
            GptConfig {
                context: 0,
                ..small()
            },
            "context of a GPT is",
        ),
        (
            GptConfig {
                heads: 5,
                ..small()
            },
            "multiple of its heads",
        ),
        (
            GptConfig {
                width: 1 << 30,
                ..small()
            },
            "width of a GPT is from 1 to",
        ),
    ];
    for (config, part) in wrong {
        let error = config.validate().expect_err("no network").to_string();
        assert!(error.contains(part), "{error}");
    }
}
