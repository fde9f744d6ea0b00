//! Supervised training of a network for classification, one epoch at a time.

use crate::data::{Batches, ImageSet, Splits};
use crate::error::{Error, Result};
use crate::models::{trainable, variables};
use crate::optim::{Cosine, Optimizer, OptimizerConfig, SgdConfig};
use crate::state::{self, State};
use candle_core::D;
use candle_nn::{ModuleT, VarMap};
use serde::{Deserialize, Serialize};

/// How a network is trained; the default suits a ResNet-8 on the embedded digits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Passes over the training part.
    pub epochs: usize,
    /// Images a step.
    pub batch: usize,
    /// The learning rate of the first step; it falls to zero along half a cosine.
    pub learning_rate: f64,
    /// What turns gradients into steps.
    pub optimizer: OptimizerConfig,
    /// Seed of the order of the images.
    pub seed: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 15,
            batch: 64,
            learning_rate: 0.1,
            optimizer: OptimizerConfig::Sgd(SgdConfig {
                momentum: 0.9,
                weight_decay: 1e-4,
            }),
            seed: 0,
        }
    }
}

/// How well a network does on a set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Mean cross-entropy, in nats an image.
    pub loss: f64,
    /// The share of images whose class has the largest logit.
    pub accuracy: f64,
}

/// What an epoch brought.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// Epochs done, this one included.
    pub epoch: usize,
    /// Mean cross-entropy over the epoch's images, each at the step that saw it, in nats.
    pub train_loss: f64,
    /// The score on the test part after the epoch.
    pub test: Score,
}

/// A training run.
///
/// The run is a pure function of the initial weights, the data and the configuration: a run that is resumed with
/// [`Trainer::load_state`] ends with the same bits as one that was not interrupted.
pub struct Trainer<'a> {
    model: &'a dyn ModuleT,
    vars: VarMap,
    data: &'a Splits,
    config: TrainConfig,
    optimizer: Box<dyn Optimizer>,
    batches: Batches,
    epochs_done: usize,
}

impl<'a> Trainer<'a> {
    /// A run that has not started, of the model whose variables are `vars`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the configuration has no epochs, empty batches or a learning rate that is not positive.
    pub fn new(
        model: &'a dyn ModuleT,
        vars: &VarMap,
        data: &'a Splits,
        config: TrainConfig,
    ) -> Result<Self> {
        if config.epochs == 0 {
            return Err(Error::Invalid(
                "training takes at least one epoch".to_owned(),
            ));
        }
        if !(config.learning_rate > 0.0 && config.learning_rate.is_finite()) {
            return Err(Error::Invalid(format!(
                "a learning rate is positive, not {}",
                config.learning_rate
            )));
        }
        let batches = Batches::new(
            data.train.len(),
            config.batch,
            config.seed,
            "training order",
        )?;
        if config.epochs.checked_mul(batches.per_epoch()).is_none() {
            return Err(Error::Invalid(format!(
                "the steps of {} epochs pass the largest count: choose fewer",
                config.epochs
            )));
        }
        Ok(Self {
            model,
            vars: vars.clone(),
            data,
            optimizer: config.optimizer.build(trainable(vars))?,
            batches,
            config,
            epochs_done: 0,
        })
    }

    /// Epochs done so far.
    pub fn epochs_done(&self) -> usize {
        self.epochs_done
    }

    /// Whether all epochs are done.
    pub fn is_finished(&self) -> bool {
        self.epochs_done >= self.config.epochs
    }

    /// Trains for one epoch and evaluates.
    ///
    /// # Errors
    /// [`Error::Diverged`] if the loss or what a step moved is not finite (no step is made after that), and
    /// [`Error::Invalid`] if all epochs are done.
    pub fn epoch(&mut self) -> Result<EpochReport> {
        if self.is_finished() {
            return Err(Error::Invalid(format!(
                "all {} epochs are done",
                self.config.epochs
            )));
        }
        let per_epoch = self.batches.per_epoch();
        let schedule = Cosine {
            start: self.config.learning_rate,
            end: 0.0,
            steps: self.config.epochs * per_epoch,
        };
        let mut total = 0.0;
        for step in self.epochs_done * per_epoch..(self.epochs_done + 1) * per_epoch {
            let (images, labels) = self.data.train.batch(self.batches.at(step))?;
            let logits = self.model.forward_t(&images, true)?;
            let loss = candle_nn::loss::cross_entropy(&logits, &labels)?;
            let value = f64::from(loss.to_scalar::<f32>()?);
            if !value.is_finite() {
                let what = format!("the loss is {value}");
                return Err(Error::Diverged { what, step });
            }
            total += value * labels.elem_count() as f64;
            self.optimizer.step(&loss.backward()?, schedule.at(step))?;
            let moved = variables(&self.vars);
            let moved = moved.iter().map(|(name, var)| (name, var.as_tensor()));
            if let Some(name) = state::not_finite(moved)? {
                let what = format!("`{name}` becomes NaN or infinite");
                return Err(Error::Diverged { what, step });
            }
        }
        self.epochs_done += 1;
        Ok(EpochReport {
            epoch: self.epochs_done,
            train_loss: total / self.data.train.len() as f64,
            test: evaluate(self.model, &self.data.test)?,
        })
    }

    /// Everything that the remaining epochs depend on, besides data and configuration: `model.*` (weights and running
    /// statistics), `optimizer.*`, and the number of epochs done.
    ///
    /// # Errors
    /// If tensors cannot be copied.
    pub fn state(&self) -> Result<State> {
        let mut state: State = state::nest("model", state::save(&variables(&self.vars))?).collect();
        state.extend(state::nest("optimizer", self.optimizer.state()?));
        state.insert(EPOCHS_DONE.to_owned(), state::count(self.epochs_done)?);
        Ok(state)
    }

    /// Continues from a saved state.
    ///
    /// # Errors
    /// [`Error::State`] if it belongs to another model or another optimiser, or to a longer run.
    pub fn load_state(&mut self, state: &State) -> Result<()> {
        let epochs_done = state::get_count(state, EPOCHS_DONE)?;
        if epochs_done > self.config.epochs {
            let epochs = self.config.epochs;
            return Err(Error::State(format!(
                "{epochs_done} epochs are done, but the run has {epochs}"
            )));
        }
        self.optimizer
            .load_state(&state::part(state, "optimizer"))?;
        state::restore(&variables(&self.vars), &state::part(state, "model"))?;
        self.epochs_done = epochs_done;
        Ok(())
    }
}

/// The name of the number of epochs in a saved state.
const EPOCHS_DONE: &str = "epochs_done";

/// Images a batch where nothing is learned.
const EVALUATION_BATCH: usize = 256;

/// The score of a model on a set.
///
/// # Errors
/// If the model does not fit the images.
pub fn evaluate(model: &dyn ModuleT, set: &ImageSet) -> Result<Score> {
    let indices: Vec<u32> = (0..set.len() as u32).collect();
    let (mut loss, mut hits) = (0.0, 0.0);
    for indices in indices.chunks(EVALUATION_BATCH) {
        let (images, labels) = set.batch(indices)?;
        let logits = model.forward_t(&images, false)?.detach();
        let mean = candle_nn::loss::cross_entropy(&logits, &labels)?.to_scalar::<f32>()?;
        loss += f64::from(mean) * indices.len() as f64;
        let right = logits.argmax(D::Minus1)?.eq(&labels)?;
        hits += f64::from(
            right
                .to_dtype(candle_core::DType::F32)?
                .sum_all()?
                .to_scalar::<f32>()?,
        );
    }
    let count = set.len() as f64;
    Ok(Score {
        loss: loss / count,
        accuracy: hits / count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digits;
    use crate::models::{ResNet, ResNetConfig};
    use candle_core::{DType, Device, Module, Tensor};
    use candle_nn::{Activation, VarBuilder};

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
        let mut trainer = Trainer::new(&model, &vars, &data, config(4))?;
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
        assert!(reports[3].test.accuracy > 0.95, "{reports:?}");
        Ok(())
    }

    #[test]
    fn a_resumed_run_ends_with_the_same_bits() -> Result<()> {
        let data = splits()?;
        let (straight_vars, resumed_vars) = (VarMap::new(), VarMap::new());
        let (straight, resumed) = (
            Softmax::new(&straight_vars, 1)?,
            Softmax::new(&resumed_vars, 2)?,
        );
        let mut straight = Trainer::new(&straight, &straight_vars, &data, config(3))?;
        straight.epoch()?;
        let saved = straight.state()?;
        let reports = [straight.epoch()?, straight.epoch()?];
        let mut resumed = Trainer::new(&resumed, &resumed_vars, &data, config(3))?;
        resumed.load_state(&saved)?;
        assert_eq!(resumed.epochs_done(), 1);
        assert_eq!([resumed.epoch()?, resumed.epoch()?], reports);
        for ((name, left), (_, right)) in straight.state()?.iter().zip(&resumed.state()?) {
            let bytes = |t: &Tensor| -> Result<Vec<f64>> {
                Ok(t.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?)
            };
            assert_eq!(bytes(left)?, bytes(right)?, "{name}");
        }
        let model = Softmax::new(&straight_vars, 1)?;
        let mut shorter = Trainer::new(&model, &straight_vars, &data, config(1))?;
        assert!(matches!(
            shorter.load_state(&resumed.state()?),
            Err(Error::State(_))
        ));
        Ok(())
    }

    #[test]
    fn a_loss_that_is_not_finite_names_its_step() -> Result<()> {
        let (mut data, vars) = (splits()?, VarMap::new());
        let model = Softmax::new(&vars, 1)?;
        let before = state::save(&variables(&vars))?;
        let images = (data.train.images() * f64::INFINITY)?;
        data.train = ImageSet::new(images, data.train.labels().clone(), 10)?;
        let mut trainer = Trainer::new(&model, &vars, &data, config(1))?;
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
        let model = Steep(Softmax::new(&vars, 1)?);
        let mut trainer = Trainer::new(&model, &vars, &data, config(1))?;
        match trainer.epoch() {
            Err(error @ Error::Diverged { step: 0, .. }) => {
                let message = error.to_string();
                assert!(
                    message.contains("`bias`") && message.contains("lower learning rate"),
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
        let model = Softmax::new(&vars, 1)?;
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
        ] {
            assert!(matches!(
                Trainer::new(&model, &vars, &data, wrong),
                Err(Error::Invalid(_))
            ));
        }
        Ok(())
    }

    #[test]
    fn scores_are_means_over_all_images() -> Result<()> {
        /// Logits `(0, ln 3)` for every image: probabilities 1/4 and 3/4.
        struct Constant;
        impl ModuleT for Constant {
            fn forward_t(&self, images: &Tensor, _train: bool) -> candle_core::Result<Tensor> {
                Tensor::new(&[[0f32, 3f32.ln()]], images.device())?.repeat((images.dim(0)?, 1))
            }
        }
        // More than one evaluation batch, three quarters of the images in class 1.
        let labels: Vec<u32> = (0..1000).map(|i| u32::from(i % 4 > 0)).collect();
        let images = Tensor::zeros((1000, 1, 1, 1), DType::F32, &Device::Cpu)?;
        let score = evaluate(
            &Constant,
            &ImageSet::new(images, Tensor::new(labels, &Device::Cpu)?, 2)?,
        )?;
        let loss = -(0.25 * 0.25f64.ln() + 0.75 * 0.75f64.ln());
        assert_eq!(score.accuracy, 0.75);
        // One f32 rounding of each batch's mean.
        assert!((score.loss - loss).abs() < 1e-6, "{score:?}");
        Ok(())
    }
}
