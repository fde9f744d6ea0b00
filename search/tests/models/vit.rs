//! The vision transformer.

use actsmith_search::data::Kind;
use actsmith_search::models::{Architecture, Configuration, ViTConfig};
use candle_core::{Device, Result, Tensor};

use super::support::{Case, assert_footprint, overfit, parameters};

fn small() -> ViTConfig {
    ViTConfig {
        patch: 2,
        layers: 2,
        heads: 3,
        width: 12,
        side: 6,
        channels: 2,
        classes: 5,
        gated: false,
        dropout: 0.0,
    }
}

/// Three images of waves, as `tests/data/vit.py` makes them, and their classes.
fn waves() -> Result<(Tensor, Tensor)> {
    let values: Vec<f32> = (0..216)
        .map(|i| (0.7 * f64::from(i)).sin() as f32)
        .collect();
    let images = Tensor::from_vec(values, (3, 2, 6, 6), &Device::Cpu)?;
    Ok((images, Tensor::new(&[1u32, 4, 0], &Device::Cpu)?))
}

/// timm counts 5,717,416 parameters in ViT-Tiny and 22,050,664 in ViT-Small, for images of 224 pixels and 1,000 classes.
#[test]
fn the_sizes_are_the_published_ones() -> Result<()> {
    let config = |heads| ViTConfig {
        patch: 16,
        layers: 12,
        heads,
        width: 64 * heads,
        side: 224,
        channels: 3,
        classes: 1000,
        gated: false,
        dropout: 0.0,
    };
    assert_eq!(parameters(&config(3))?, 5_717_416);
    assert_eq!(parameters(&config(6))?, 22_050_664);
    Ok(())
}

#[test]
fn logits_and_gradients_are_those_of_pytorch() -> Result<()> {
    let cases = include_str!("../data/vit.json");
    let cases: Vec<Case<ViTConfig>> = serde_json::from_str(cases).expect("cases");
    let (images, classes) = waves()?;
    for (case, gated) in cases.iter().zip([false, true]) {
        assert_eq!(case.config, ViTConfig { gated, ..small() });
        case.check(&images, &classes)?;
    }
    assert_eq!(cases.len(), 2);
    Ok(())
}

#[test]
fn its_size_is_known_before_it_is_built() -> Result<()> {
    let kind = Kind::Images {
        channels: 2,
        height: 6,
        width: 6,
        classes: 5,
    };
    for gated in [false, true] {
        assert_footprint(&ViTConfig { gated, ..small() }, &kind)?;
    }
    Ok(())
}

#[test]
fn gates_and_dropout_learn_too() -> Result<()> {
    let (images, classes) = waves()?;
    let config = ViTConfig {
        gated: true,
        dropout: 0.05,
        ..small()
    };
    // 8/3 of 12 by 12 three times, and a bias more for each of 32 numbers, less 48 − 32 of the first layer.
    assert_eq!(parameters(&config)?, parameters(&small())? + 2 * (32 - 16));
    let [_, last] = overfit(&config, &images, &classes)?;
    assert!(last < 0.5, "{last}");
    Ok(())
}

#[test]
fn one_batch_is_learned_by_heart() -> Result<()> {
    let (images, classes) = waves()?;
    let [first, last] = overfit(&small(), &images, &classes)?;
    // About ln 5: the first logits are nearly alike.
    assert!((first - 1.609).abs() < 0.1, "{first}");
    assert!(last < 0.05, "{last}");
    Ok(())
}

#[test]
fn shapes_that_are_no_network_are_errors() {
    let wrong = [
        (
            ViTConfig {
                layers: 0,
                ..small()
            },
            "layers of a ViT are",
        ),
        (ViTConfig { side: 0, ..small() }, "side of a ViT is"),
        (
            ViTConfig {
                heads: 5,
                ..small()
            },
            "multiple of its heads",
        ),
        (
            ViTConfig {
                dropout: -0.1,
                ..small()
            },
            "dropout of a ViT is a share from 0 to below 1, not -0.1",
        ),
        (
            ViTConfig {
                patch: 4,
                ..small()
            },
            "not 6 for patches of 4",
        ),
    ];
    for (config, part) in wrong {
        let error = config.validate().expect_err("no network").to_string();
        assert!(error.contains(part), "{error}");
    }
    let text = Kind::Text {
        vocabulary: 3,
        context: 4,
    };
    let error = small().accepts(&text).expect_err("text").to_string();
    assert!(
        error.contains("a ViT learns from images, not from text"),
        "{error}"
    );
}
