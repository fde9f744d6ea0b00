//! The residual network.

use actsmith_search::data::Kind;
use actsmith_search::models::ResNetConfig;
use candle_core::{Device, Result, Tensor};

use super::support::{Case, assert_footprint, overfit};

/// Three images of waves, as `tests/data/resnet.py` makes them, and their classes.
fn waves() -> Result<(Tensor, Tensor)> {
    let values: Vec<f32> = (0..384)
        .map(|i| (0.7 * f64::from(i)).sin() as f32)
        .collect();
    let images = Tensor::from_vec(values, (3, 2, 8, 8), &Device::Cpu)?;
    Ok((images, Tensor::new(&[1u32, 4, 0], &Device::Cpu)?))
}

#[test]
fn logits_and_gradients_are_those_of_pytorch() -> Result<()> {
    let case = include_str!("../data/resnet.json");
    let case: Case<ResNetConfig> = serde_json::from_str(case).expect("a case");
    let (images, classes) = waves()?;
    case.check(&images, &classes)
}

#[test]
fn its_size_is_known_before_it_is_built() -> Result<()> {
    for depth in [8, 20] {
        let config = ResNetConfig {
            depth,
            width: 4,
            channels: 2,
            classes: 5,
        };
        let kind = Kind::Images {
            channels: 2,
            height: 9,
            width: 8,
            classes: 5,
        };
        assert_footprint(&config, &kind)?;
    }
    Ok(())
}

#[test]
fn one_batch_is_learned_by_heart() -> Result<()> {
    let config = ResNetConfig {
        depth: 8,
        width: 4,
        channels: 2,
        classes: 5,
    };
    let (images, classes) = waves()?;
    let [first, last] = overfit(&config, &images, &classes)?;
    assert!(first > 0.5, "{first}");
    assert!(last < 0.05, "{last}");
    Ok(())
}
