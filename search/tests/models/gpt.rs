//! The language model.

use actsmith_search::data::Kind;
use actsmith_search::models::{Architecture, Configuration, GptConfig};
use candle_core::{Device, Result, Tensor};

use super::support::{Case, assert_footprint, build, overfit, parameters};

fn small() -> GptConfig {
    GptConfig {
        layers: 2,
        heads: 3,
        width: 12,
        context: 6,
        vocabulary: 11,
        tied: false,
        bias: false,
        gated: false,
        dropout: 0.0,
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
        gated: false,
        dropout: 0.0,
    };
    assert_eq!(parameters(&config(6, 384))? - 256 * 384, 10_646_784);
    // A layer has 12 w² + 2 w, the last normalisation w.
    assert_eq!(
        parameters(&config(3, 192))?,
        3 * (12 * 192 * 192 + 2 * 192) + 192 + (65 + 256) * 192
    );
    assert_eq!(
        parameters(&config(9, 576))?,
        9 * (12 * 576 * 576 + 2 * 576) + 576 + (65 + 256) * 576
    );
    Ok(())
}

/// `tests/data/gpt.py` says how the numbers came about.
#[test]
fn logits_and_gradients_are_those_of_pytorch() -> Result<()> {
    let cases = include_str!("../data/gpt.json");
    let cases: Vec<Case<GptConfig>> = serde_json::from_str(cases).expect("cases");
    assert_eq!(cases.len(), 3);
    for case in cases {
        let count = 2 * (case.config.context - 1);
        let cycle = |step: u32, start: u32| -> Result<Tensor> {
            let tokens = (0..count as u32).map(|i| (i * step + start) % 11);
            Tensor::from_vec(tokens.collect::<Vec<_>>(), (2, count / 2), &Device::Cpu)
        };
        case.check(&cycle(7, 3)?, &cycle(5, 1)?)?;
    }
    Ok(())
}

#[test]
fn its_size_is_known_before_it_is_built() -> Result<()> {
    let kind = Kind::Text {
        vocabulary: 11,
        context: 6,
    };
    for (tied, bias, gated) in [
        (false, false, false),
        (true, true, false),
        (false, true, true),
    ] {
        let config = GptConfig {
            tied,
            bias,
            gated,
            ..small()
        };
        assert_footprint(&config, &kind)?;
    }
    // A large one is evaluated on few examples at a time.
    let large = GptConfig {
        layers: 9,
        heads: 9,
        width: 576,
        context: 1024,
        vocabulary: 50_257,
        ..small()
    };
    let kind = Kind::Text {
        vocabulary: 50_257,
        context: 1024,
    };
    let footprint = large.footprint(&kind).expect("of text");
    assert_eq!(footprint.evaluation_batch(), 1);
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
fn one_batch_is_learned_by_heart() -> Result<()> {
    let [first, last] = overfit(&small(), &tokens(7, (2, 6))?, &tokens(5, (2, 6))?)?;
    // About ln 11: the first logits are nearly alike.
    assert!((first - 2.398).abs() < 0.1, "{first}");
    assert!(last < 0.02, "{last}");
    Ok(())
}

/// In training mode numbers are dropped, each pass others; in evaluation mode none are, and the number of passes is a buffer.
#[test]
fn dropout_is_of_training_alone() -> Result<()> {
    let with = |dropout| GptConfig { dropout, ..small() };
    let (plain, variables) = build(&with(0.0))?;
    let (model, same) = build(&with(0.2))?;
    assert_eq!(variables.len(), same.len());
    let text = tokens(7, (2, 6))?;
    let logits = |model: &dyn candle_nn::ModuleT, train| -> Result<Vec<f32>> {
        model.forward_t(&text, train)?.flatten_all()?.to_vec1()
    };
    assert_eq!(logits(&*model, false)?, logits(&*plain, false)?);
    assert_eq!(logits(&*plain, true)?, logits(&*plain, false)?);
    let first = logits(&*model, true)?;
    assert_ne!(first, logits(&*model, false)?);
    assert_ne!(first, logits(&*model, true)?);
    assert_eq!(first, logits(&*build(&with(0.2))?.0, true)?);
    let [_, last] = overfit(&with(0.1), &tokens(7, (2, 6))?, &tokens(5, (2, 6))?)?;
    assert!(last < 0.5, "{last}");
    Ok(())
}

/// A gated perceptron has as many weights as another: three matrices of 8/3 the width instead of two of 4 times the width.
#[test]
fn a_gated_model_has_as_many_parameters() -> Result<()> {
    let gated = |gated| GptConfig { gated, ..small() };
    assert_eq!(parameters(&gated(true))?, parameters(&gated(false))?);
    let [_, last] = overfit(&gated(true), &tokens(7, (2, 6))?, &tokens(5, (2, 6))?)?;
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
                dropout: 1.0,
                ..small()
            },
            "dropout of a GPT is a share from 0 to below 1, not 1",
        ),
        (
            GptConfig {
                dropout: f64::NAN,
                ..small()
            },
            "not NaN",
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
