//! Training from scratch, one epoch at a time.
//!
//! ```
//! use actsmith_search::data::{Splits, digits};
//! use actsmith_search::models::initialize;
//! use actsmith_search::objective::Classification;
//! use actsmith_search::task::Supervised;
//! use actsmith_search::train::{TrainConfig, Trainer};
//! use candle_core::{DType, Device};
//! use candle_nn::{VarBuilder, VarMap, linear, seq};
//!
//! let vars = VarMap::new();
//! let vb = VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu);
//! let model = seq().add_fn(|images| images.flatten_from(1)).add(linear(64, 10, vb.pp("head"))?);
//! initialize(&vars, 0)?;
//! let model = Supervised::new(Box::new(model), vars, Box::new(Classification));
//! let splits = Splits::new(&digits()?, 0)?;
//! let mut trainer = Trainer::new(&model, &splits, TrainConfig { epochs: 1, ..TrainConfig::default() })?;
//! assert!(trainer.epoch()?.test.accuracy > Some(0.7));
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```

use crate::data::{Batches, Splits};
use crate::error::{Error, Result};
use crate::objective::Metrics;
use crate::optim::{Average, Optimizer, OptimizerConfig, SgdConfig, TrainingOptions, clip};
use crate::state::{self, State};
use crate::task::Supervised;
use candle_core::backprop::GradStore;
use serde::{Deserialize, Serialize};

/// How a network is trained; the default suits a ResNet-8 on the embedded digits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Passes over the training part.
    pub epochs: usize,
    /// Steps of an epoch; without it, as many as show each example once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps_per_epoch: Option<usize>,
    /// Examples of a batch.
    pub batch: usize,
    /// The learning rate of the first step, or after the warm-up.
    pub learning_rate: f64,
    /// What turns gradients into steps.
    pub optimizer: OptimizerConfig,
    /// What else there is to training: the schedule of the learning rate, clipping, accumulation, label smoothing, averages.
    #[serde(default, skip_serializing_if = "TrainingOptions::is_default")]
    pub options: TrainingOptions,
    /// Seed of the order of the images.
    pub seed: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 15,
            steps_per_epoch: None,
            batch: 64,
            learning_rate: 0.1,
            optimizer: OptimizerConfig::Sgd(SgdConfig {
                momentum: 0.9,
                weight_decay: 1e-4,
                nesterov: false,
            }),
            options: TrainingOptions::default(),
            seed: 0,
        }
    }
}

/// What an epoch brought.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EpochReport {
    /// Epochs done, this one included.
    pub epoch: usize,
    /// The mean loss over the epoch's examples, each at the step that saw it.
    pub train_loss: f64,
    /// The score on the test part after the epoch, of the averaged weights if there are such.
    pub test: Metrics,
}

/// A training run.
///
/// The run is a pure function of the initial weights, the data and the configuration: a run that is resumed with
/// [`Trainer::load_state`] ends with the same bits as one that was not interrupted.
pub struct Trainer<'a> {
    model: &'a Supervised,
    data: &'a Splits,
    config: TrainConfig,
    optimizer: Box<dyn Optimizer>,
    average: Option<Average>,
    batches: Batches,
    steps_per_epoch: usize,
    epochs_done: usize,
}

impl<'a> Trainer<'a> {
    /// A run that has not started.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the configuration has no epochs, empty batches, a learning rate that is not positive, or options that make
    /// no sense.
    pub fn new(model: &'a Supervised, data: &'a Splits, config: TrainConfig) -> Result<Self> {
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
        config.options.validate()?;
        let batches = Batches::new(
            data.train.len(),
            config.batch,
            config.seed,
            "training order",
        )?;
        let accumulate = config.options.accumulate;
        let whole = batches.per_epoch().div_ceil(accumulate);
        let steps_per_epoch = config.steps_per_epoch.unwrap_or(whole);
        if steps_per_epoch == 0 {
            return Err(Error::Invalid("an epoch has at least one step".to_owned()));
        }
        let steps = config.epochs.checked_mul(steps_per_epoch);
        let count = steps.and_then(|steps| steps.checked_mul(accumulate));
        if count.is_none() {
            return Err(Error::Invalid(format!(
                "the steps of {} epochs exceed the largest count: choose fewer",
                config.epochs
            )));
        }
        Ok(Self {
            model,
            data,
            optimizer: config.optimizer.build(model.trained())?,
            average: (config.options.average)
                .map(|keep| Average::new(model.trained(), keep))
                .transpose()?,
            batches,
            steps_per_epoch,
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
        let per_epoch = self.steps_per_epoch;
        let rates =
            (self.config.options).rates(self.config.learning_rate, self.config.epochs * per_epoch);
        let mut mean = Mean::default();
        for step in self.epochs_done * per_epoch..(self.epochs_done + 1) * per_epoch {
            let mut gradients = self.gradients(step, &mut mean)?;
            if let Some(limit) = self.config.options.clip {
                clip(&self.model.trained(), &mut gradients, limit)?;
            }
            self.optimizer.step(&gradients, rates.at(step))?;
            let moved = self.model.variables();
            let moved = moved.iter().map(|(name, var)| (name, var.as_tensor()));
            if let Some(name) = state::not_finite(moved)? {
                let what = format!("`{name}` becomes NaN or infinite");
                return Err(Error::Diverged { what, step });
            }
            if let Some(average) = &mut self.average {
                average.update()?;
            }
        }
        self.epochs_done += 1;
        let evaluate = || self.model.evaluate(&*self.data.test);
        Ok(EpochReport {
            epoch: self.epochs_done,
            train_loss: mean.sum / mean.count as f64,
            test: match &self.average {
                Some(average) => average.during(evaluate)?,
                None => evaluate()?,
            },
        })
    }

    /// The gradients of a step, averaged over its batches.
    fn gradients(&mut self, step: usize, mean: &mut Mean) -> Result<GradStore> {
        let TrainingOptions {
            accumulate,
            label_smoothing,
            ..
        } = self.config.options;
        let mut gradients = GradStore::default();
        for i in 0..accumulate {
            let batch = (self.batches).of(&*self.data.train, step * accumulate + i)?;
            let count = batch.0.dim(0)?;
            let loss = self.model.smoothed_loss(&batch, label_smoothing)?;
            let value = f64::from(loss.to_scalar::<f32>()?);
            if !value.is_finite() {
                let what = format!("the loss is {value}");
                return Err(Error::Diverged { what, step });
            }
            mean.sum += value * count as f64;
            mean.count += count;
            if accumulate == 1 {
                return Ok(loss.backward()?);
            }
            gradients.extend((loss / accumulate as f64)?.backward()?)?;
        }
        Ok(gradients)
    }

    /// Ends the training: the model keeps the averages of its weights, if there are such.
    ///
    /// # Errors
    /// If a tensor cannot be copied.
    pub fn finish(self) -> Result<()> {
        self.average.map_or(Ok(()), |average| average.apply())
    }

    /// Everything that the remaining epochs depend on, besides data and configuration: `model.*` (weights and running
    /// statistics), `optimizer.*`, `average.*` if there are averages, and the number of epochs done.
    ///
    /// # Errors
    /// If tensors cannot be copied.
    pub fn state(&self) -> Result<State> {
        let mut state: State =
            state::nest("model", state::save(&self.model.variables())?).collect();
        state.extend(state::nest("optimizer", self.optimizer.state()?));
        if let Some(average) = &self.average {
            state.extend(state::nest("average", average.state()?));
        }
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
        if let Some(average) = &mut self.average {
            average.load_state(&state::part(state, "average"), epochs_done > 0)?;
        }
        state::restore(&self.model.variables(), &state::part(state, "model"))?;
        self.epochs_done = epochs_done;
        Ok(())
    }
}

/// A mean over examples.
#[derive(Default)]
struct Mean {
    sum: f64,
    count: usize,
}

/// The name of the number of epochs in a saved state.
const EPOCHS_DONE: &str = "epochs_done";

#[cfg(test)]
mod pytorch;
#[cfg(test)]
mod tests;
