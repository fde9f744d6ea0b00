use super::*;
use std::sync::Arc;

use crate::data::{ImageSet, digits};
use crate::models::{ResNet, ResNetConfig, variables};
use crate::objective::Classification;
use candle_core::{DType, Device, Module, Tensor};
use candle_nn::{Activation, ModuleT, VarBuilder, VarMap};

/// A classifier with the variables that it was built from.
fn supervised(model: impl ModuleT + 'static, vars: &VarMap) -> Supervised {
    Supervised::new(Box::new(model), vars.clone(), Box::new(Classification))
}

/// One linear layer on the pixels.
struct Softmax(candle_nn::Linear);

impl Softmax {
    fn new(vars: &VarMap, seed: u64) -> Result<Self> {
        let builder = VarBuilder::from_varmap(vars, DType::F32, &Device::Cpu);
        let layer = Self(candle_nn::linear(64, 10, builder)?);
        crate::models::initialize(vars, seed)?;
        Ok(layer)
    }
}

impl ModuleT for Softmax {
    fn forward_t(&self, images: &Tensor, _train: bool) -> candle_core::Result<Tensor> {
        self.0.forward(&images.flatten_from(1)?)
    }
}

fn splits() -> Result<Splits> {
    Splits::new(&digits()?, 0)
}

fn config(epochs: usize) -> TrainConfig {
    TrainConfig {
        epochs,
        ..TrainConfig::default()
    }
}

#[test]
fn a_residual_network_learns_the_digits() -> Result<()> {
    let (data, vars) = (splits()?, VarMap::new());
    let shape = ResNetConfig {
        depth: 8,
        width: 8,
        channels: 1,
        classes: 10,
    };
    let relu = |_: &str| -> candle_core::Result<Box<dyn Module + Send + Sync>> {
        Ok(Box::new(Activation::Relu))
    };
    let model = ResNet::new(&shape, &relu, &vars, &Device::Cpu, 1)?;
    let model = supervised(model, &vars);
    let mut trainer = Trainer::new(&model, &data, config(4))?;
    let reports = (0..4)
        .map(|_| trainer.epoch())
        .collect::<Result<Vec<_>>>()?;
    assert!(trainer.is_finished() && matches!(trainer.epoch(), Err(Error::Invalid(_))));
    let losses: Vec<_> = reports.iter().map(|report| report.train_loss).collect();
    assert!(
        losses.is_sorted_by(|earlier, later| earlier > later),
        "{losses:?}"
    );
    // A nearest-neighbour classifier reaches about 98 %; guessing 10 %.
    assert!(reports[3].test.accuracy > Some(0.95), "{reports:?}");
    Ok(())
}

#[test]
fn a_resumed_run_ends_with_the_same_bits() -> Result<()> {
    let data = splits()?;
    let (straight_vars, resumed_vars) = (VarMap::new(), VarMap::new());
    let (straight, resumed) = (
        supervised(Softmax::new(&straight_vars, 1)?, &straight_vars),
        supervised(Softmax::new(&resumed_vars, 2)?, &resumed_vars),
    );
    let mut straight = Trainer::new(&straight, &data, config(3))?;
    straight.epoch()?;
    let saved = straight.state()?;
    let reports = [straight.epoch()?, straight.epoch()?];
    let mut resumed = Trainer::new(&resumed, &data, config(3))?;
    resumed.load_state(&saved)?;
    assert_eq!(resumed.epochs_done(), 1);
    assert_eq!([resumed.epoch()?, resumed.epoch()?], reports);
    for ((name, left), (_, right)) in straight.state()?.iter().zip(&resumed.state()?) {
        let bytes = |t: &Tensor| -> Result<Vec<f64>> {
            Ok(t.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?)
        };
        assert_eq!(bytes(left)?, bytes(right)?, "{name}");
    }
    let model = supervised(Softmax::new(&straight_vars, 1)?, &straight_vars);
    let mut shorter = Trainer::new(&model, &data, config(1))?;
    assert!(matches!(
        shorter.load_state(&resumed.state()?),
        Err(Error::State(_))
    ));
    Ok(())
}

#[test]
fn a_loss_that_is_not_finite_names_its_step() -> Result<()> {
    let (mut data, vars) = (splits()?, VarMap::new());
    let model = supervised(Softmax::new(&vars, 1)?, &vars);
    let before = state::save(&variables(&vars))?;
    let all: Vec<u32> = (0..data.train.len() as u32).collect();
    let (images, labels) = data.train.batch(&all)?;
    data.train = Arc::new(ImageSet::new((images * f64::INFINITY)?, labels, 10)?);
    let mut trainer = Trainer::new(&model, &data, config(1))?;
    assert!(matches!(
        trainer.epoch(),
        Err(Error::Diverged { step: 0, .. })
    ));
    let weights =
        |state: &State| -> Result<Vec<f32>> { Ok(state["weight"].flatten_all()?.to_vec1()?) };
    assert_eq!(
        weights(&state::save(&variables(&vars))?)?,
        weights(&before)?
    );
    Ok(())
}

/// `√(x − x)` adds 0 to the loss and ∞ − ∞ to the gradient.
#[test]
fn a_weight_that_is_not_finite_names_its_step() -> Result<()> {
    struct Steep(Softmax);
    impl ModuleT for Steep {
        fn forward_t(&self, images: &Tensor, train: bool) -> candle_core::Result<Tensor> {
            let logits = self.0.forward_t(images, train)?;
            &logits + logits.sub(&logits)?.sqrt()?
        }
    }
    let (data, vars) = (splits()?, VarMap::new());
    let model = supervised(Steep(Softmax::new(&vars, 1)?), &vars);
    let mut trainer = Trainer::new(&model, &data, config(1))?;
    match trainer.epoch() {
        Err(error @ Error::Diverged { step: 0, .. }) => {
            let message = error.to_string();
            assert!(
                message.contains("`bias`") && message.contains("lower `rate`"),
                "{message}"
            );
        }
        other => panic!("{other:?}"),
    }
    Ok(())
}

#[test]
fn impossible_runs_are_usage_errors() -> Result<()> {
    let (data, vars) = (splits()?, VarMap::new());
    let model = supervised(Softmax::new(&vars, 1)?, &vars);
    for wrong in [
        config(0),
        TrainConfig {
            batch: 0,
            ..config(1)
        },
        config(usize::MAX),
        TrainConfig {
            learning_rate: 0.0,
            ..config(1)
        },
        TrainConfig {
            learning_rate: f64::NAN,
            ..config(1)
        },
        TrainConfig {
            options: TrainingOptions {
                accumulate: 0,
                ..TrainingOptions::default()
            },
            ..config(1)
        },
        TrainConfig {
            options: TrainingOptions {
                accumulate: usize::MAX,
                ..TrainingOptions::default()
            },
            ..config(2)
        },
    ] {
        assert!(matches!(
            Trainer::new(&model, &data, wrong),
            Err(Error::Invalid(_))
        ));
    }
    Ok(())
}
