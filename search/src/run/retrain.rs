//! The other stages: the network trained from scratch with one function.
//!
//! The comparison is fair: with each seed the same network from the same initial weights, on the same images in the same order,
//! for the same number of epochs, with activations that all run the same way, from their formulas. Further seeds draw other
//! weights and another order; what is held out stays, for the search has seen all else. The held-out part decides nothing; the score
//! is that after the last epoch.

use std::path::Path;
use std::time::Instant;

use actsmith_codegen::Formula;
use candle_core::{Device, Module};
use candle_nn::VarMap;

use super::search::Discovery;
use super::{Folder, Place, Row, RowEvent, RunConfig, Stage, Update};
use crate::data::Splits;
use crate::engine::checkpoint::{self, Header};
use crate::error::{Error, Result};
use crate::models::ResNet;
use crate::train::{self, Score, Trainer};

/// The training of one network.
pub(super) struct Retraining<'a> {
    config: &'a RunConfig,
    data: &'a Splits,
    stage: Stage,
    seed: u64,
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
        seed: u64,
        found: &Discovery,
    ) -> Result<Self> {
        let formula = formula(stage, found);
        let activation = Formula::parse(&formula).and_then(|formula| formula.activation());
        let activation =
            activation.map_err(|error| Error::Failure(format!("`{formula}`: {error}")))?;
        let activations = move |_: &str| -> candle_core::Result<Box<dyn Module + Send + Sync>> {
            Ok(Box::new(activation.clone()))
        };
        let vars = VarMap::new();
        let model = ResNet::new(&config.network, &activations, &vars, &Device::Cpu, seed)?;
        Ok(Self {
            config,
            data,
            stage,
            seed,
            formula,
            vars,
            model,
        })
    }

    /// The training's last epoch.
    pub(super) fn end(&self) -> Place {
        self.place(self.config.retrain.epochs)
    }

    fn place(&self, epoch: usize) -> Place {
        let Self { stage, seed, .. } = *self;
        Place { seed, stage, epoch }
    }

    /// Trains on from the checkpoint, if there is one, and scores the network on the held-out part; `before` is the last epoch of
    /// what precedes.
    pub(super) fn run(
        &self,
        before: Place,
        folder: &mut Folder,
        watch: &mut dyn FnMut(Update<'_>),
    ) -> Result<Score> {
        let (stage, epochs) = (self.stage, self.config.retrain.epochs);
        let settings = self.config.retrain(self.seed);
        let mut trainer = Trainer::new(&self.model, &self.vars, self.data, settings)?;
        let checkpoint = folder.checkpoint(stage, self.seed);
        if checkpoint.exists() {
            self.load(&mut trainer, &checkpoint)?;
        }
        let done = trainer.epochs_done();
        if done < epochs {
            let saved = if done == 0 { before } else { self.place(done) };
            folder.rewind(Some(saved))?;
        }
        watch(Update::Begin {
            stage,
            seed: self.seed,
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
                place: self.place(report.epoch),
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
        let mut settings = self.config.to_json()?;
        settings["seed of the training"] = self.seed.into();
        Ok(settings)
    }

    fn diverged(&self, error: &Error, checkpoint: &Path) -> Error {
        let mut message = format!("training with {}: {error}", self.stage.name());
        if checkpoint.exists() {
            message += &format!("; the last good checkpoint is {}", checkpoint.display());
        }
        Error::Failure(message)
    }
}

/// The formula of the activation that a stage trains with.
pub(super) fn formula(stage: Stage, found: &Discovery) -> String {
    match stage {
        Stage::Search | Stage::Found => found.function.formulas().raw,
        Stage::Relu | Stage::Gelu => format!("{}(x)", stage.name()),
    }
}
