//! The other stages: the network trained from scratch with one function.
//!
//! The comparison is fair: the same network from the same initial weights, on the same images in the same order, for the same
//! number of epochs. The held-out part decides nothing; the score is that after the last epoch.

use std::path::Path;
use std::time::Instant;

use candle_core::{Device, Module};
use candle_nn::{Activation, VarMap};

use super::search::Discovery;
use super::{Folder, Place, Row, RowEvent, RunConfig, Stage, Update};
use crate::data::Splits;
use crate::engine::checkpoint::{self, Header};
use crate::error::{Error, Result};
use crate::models::{Activations, ResNet};
use crate::train::{self, Score, Trainer};

/// The training of one network.
pub(super) struct Retraining<'a> {
    config: &'a RunConfig,
    data: &'a Splits,
    stage: Stage,
    formula: String,
    vars: VarMap,
    model: ResNet,
}

impl<'a> Retraining<'a> {
    /// The network at its start.
    pub(super) fn new(
        config: &'a RunConfig,
        data: &'a Splits,
        stage: Stage,
        found: &Discovery,
    ) -> Result<Self> {
        let fixed = |activation: Activation| {
            move |_: &str| -> candle_core::Result<Box<dyn Module + Send + Sync>> {
                Ok(Box::new(activation))
            }
        };
        let (relu, gelu) = (fixed(Activation::Relu), fixed(Activation::Gelu));
        let (formula, activations): (_, &dyn Activations) = match stage {
            Stage::Search | Stage::Found => (found.function.formulas().raw, &found.cell),
            Stage::Relu => ("relu(x)".to_owned(), &relu),
            Stage::Gelu => ("gelu(x)".to_owned(), &gelu),
        };
        let vars = VarMap::new();
        let model = ResNet::new(
            &config.network,
            activations,
            &vars,
            &Device::Cpu,
            config.seed,
        )?;
        Ok(Self {
            config,
            data,
            stage,
            formula,
            vars,
            model,
        })
    }

    /// The formula of the network's activation.
    pub(super) fn formula(&self) -> &str {
        &self.formula
    }

    /// Trains on from the checkpoint, if there is one, and scores the network on the held-out part.
    pub(super) fn run(
        &self,
        folder: &mut Folder,
        watch: &mut dyn FnMut(Update<'_>),
    ) -> Result<Score> {
        let (stage, epochs) = (self.stage, self.config.retrain.epochs);
        let mut trainer = Trainer::new(&self.model, &self.vars, self.data, self.config.retrain())?;
        let checkpoint = folder.checkpoint(stage);
        if checkpoint.exists() {
            self.load(&mut trainer, &checkpoint)?;
        }
        let done = trainer.epochs_done();
        if done < epochs {
            folder.rewind(Place { stage, epoch: done })?;
        }
        watch(Update::Begin {
            stage,
            epochs,
            done,
            steps_per_epoch: self.data.train.len().div_ceil(self.config.batch),
        });
        while !trainer.is_finished() {
            let start = Instant::now();
            let report = trainer.epoch().map_err(|error| match error {
                Error::Diverged { .. } => self.diverged(&error, &checkpoint),
                other => other,
            })?;
            let row = Row {
                place: Place {
                    stage,
                    epoch: report.epoch,
                },
                event: RowEvent::Trained {
                    train_loss: report.train_loss,
                    test_loss: report.test.loss,
                    test_accuracy: report.test.accuracy,
                },
            };
            folder.append(&row)?;
            watch(Update::Row(&row));
            self.save(&trainer, &checkpoint)?;
            folder.spent(stage, start.elapsed().as_secs_f64())?;
        }
        train::evaluate(&self.model, &self.data.test)
    }

    fn save(&self, trainer: &Trainer<'_>, path: &Path) -> Result<()> {
        let header = Header::new(
            trainer.epochs_done(),
            self.settings()?,
            self.formula.clone(),
        );
        checkpoint::save(path, &header, &trainer.state()?)
    }

    fn load(&self, trainer: &mut Trainer<'_>, path: &Path) -> Result<()> {
        let (header, state) = checkpoint::load(path)?;
        let refused = |reason: &str| Error::State(format!("{}: {reason}", path.display()));
        if header.config != self.settings()? || header.genotype != self.formula {
            return Err(refused(
                "was written with another function or configuration",
            ));
        }
        trainer.load_state(&state).map_err(|error| match error {
            Error::State(reason) => refused(&reason),
            other => other,
        })
    }

    fn settings(&self) -> Result<serde_json::Value> {
        serde_json::to_value(self.config).map_err(|error| Error::Failure(error.to_string()))
    }

    fn diverged(&self, error: &Error, checkpoint: &Path) -> Error {
        let mut message = format!("training with {}: {error}", self.stage.name());
        if checkpoint.exists() {
            message += &format!("; the last good checkpoint is {}", checkpoint.display());
        }
        Error::Failure(message)
    }
}
