//! The other stages: the network trained from scratch with one activation.
//!
//! The comparison is fair: with each seed the same network from the same initial weights, on the same images in the same order,
//! for the same number of epochs, with activations that all run the same way, from their formulas. Further seeds draw other
//! weights and another order; what is held out stays, for the search has seen all else. The held-out part decides nothing; the score
//! is that after the last epoch.

use std::path::Path;
use std::time::Instant;

use actsmith_codegen::Interpreted;
use candle_core::{DType, Device, Module};
use candle_nn::{VarBuilder, VarMap};

use super::chosen;
use super::discovery::Discovery;
use super::{
    Chosen, EpochId, Experiment, FOUND, Folder, Groups, Record, RecordEvent, Specification, Stage,
    TRAINING, Update,
};
use crate::checkpoint::{self, Header};
use crate::error::{Error, Result};
use crate::objective::Metrics;
use crate::report::Function;
use crate::task::Supervised;
use crate::train::{TrainConfig, Trainer};

/// An activation that takes part in the comparison.
pub(super) struct Contestant {
    pub(super) name: String,
    /// Its formula; those of several groups one after the other, each after the name of its group.
    pub(super) formula: String,
    /// What runs at the sites of each group.
    activations: Vec<(Option<String>, Interpreted)>,
    /// How the parts are found that the activations are for, if they are chosen by hand.
    chosen: Option<Chosen>,
}

impl Contestant {
    /// The activation of the stages of this name.
    pub(super) fn new(
        name: &str,
        specification: &Specification,
        found: &Discovery,
    ) -> Result<Self> {
        if name == FOUND {
            let picked = found.functions.iter();
            let picked = picked.map(|of| Ok((of.group.clone(), of.picked()?)));
            let picked = picked.collect::<Result<Vec<_>>>()?;
            return Self::of(picked.iter().map(|(group, of)| (group.clone(), of)));
        }
        let mut formulas: Vec<(Option<String>, String)> = Vec::new();
        let mut activations = Vec::new();
        let baselines = specification.retrain.baselines.iter();
        for baseline in baselines.filter(|baseline| baseline.name() == name) {
            let formula = baseline.formula();
            let activation = chosen::activation(&formula)
                .map_err(|error| Error::Failure(format!("`{formula}`: {error}")))?;
            formulas.push((None, formula));
            activations.push((None, activation));
        }
        Ok(Self {
            name: name.to_owned(),
            formula: joined(&formulas),
            activations,
            chosen: None,
        })
    }

    /// The functions that were found, as they were found.
    pub(super) fn found(found: &Discovery) -> Result<Self> {
        let functions = found.functions.iter();
        Self::of(functions.map(|of| (of.group.clone(), &of.function)))
    }

    /// Functions of groups of sites.
    pub(super) fn of<'a>(
        functions: impl Iterator<Item = (Option<String>, &'a Function)>,
    ) -> Result<Self> {
        let (mut formulas, mut activations) = (Vec::new(), Vec::new());
        for (group, function) in functions {
            formulas.push((group.clone(), function.formulas().raw));
            activations.push((group, function.activation()?));
        }
        Ok(Self {
            name: FOUND.to_owned(),
            formula: joined(&formulas),
            activations,
            chosen: None,
        })
    }

    /// Activations that are chosen by hand.
    pub(super) fn chosen(chosen: &Chosen) -> Result<Self> {
        Ok(Self {
            name: TRAINING.to_owned(),
            formula: joined(&chosen.formulas()),
            activations: chosen.interpreted()?,
            chosen: Some(chosen.clone()),
        })
    }

    /// What runs at a site; constants that are trained are variables among `vars`.
    pub(super) fn module(
        &self,
        site: &str,
        groups: &Groups,
        vars: &VarMap,
        device: &Device,
    ) -> Result<Box<dyn Module + Send + Sync>> {
        if let Some(Chosen::Trained(trained)) = &self.chosen {
            let vb = VarBuilder::from_varmap(vars, DType::F32, device);
            return Ok(Box::new(trained.layer(&vb.pp("activation").pp(site))?));
        }
        Ok(Box::new(self.at(site, groups)?.clone()))
    }

    /// What runs at a site, where nothing of it is trained.
    pub(super) fn at(&self, site: &str, groups: &Groups) -> Result<&Interpreted> {
        if let Some(chosen) = &self.chosen {
            return chosen.at(site, groups, &self.activations);
        }
        let activation = self.of_group(groups.name_of(site));
        activation.ok_or_else(|| {
            Error::Failure(format!("the site `{site}` is in no group with a function"))
        })
    }

    /// What runs at the sites of a group.
    fn of_group(&self, group: &str) -> Option<&Interpreted> {
        let of = |(known, _): &&(Option<String>, Interpreted)| {
            known.as_deref().is_none_or(|known| known == group)
        };
        self.activations
            .iter()
            .find(of)
            .map(|(_, activation)| activation)
    }
}

/// Formulas in one text, each after the name of its group.
fn joined(formulas: &[(Option<String>, String)]) -> String {
    let text = |(group, formula): &(Option<String>, String)| match group {
        Some(group) => format!("{group}: {formula}"),
        None => formula.clone(),
    };
    formulas.iter().map(text).collect::<Vec<_>>().join("; ")
}

/// The training of one network.
pub(super) struct Retraining<'a> {
    experiment: &'a Experiment,
    stage: &'a Stage,
    contestant: &'a Contestant,
    pub(super) model: Supervised,
}

impl<'a> Retraining<'a> {
    /// The network at its start.
    pub(super) fn new(
        experiment: &'a Experiment,
        stage: &'a Stage,
        contestant: &'a Contestant,
    ) -> Result<Self> {
        let groups = &experiment.specification.groups;
        let vars = VarMap::new();
        let device = stage.device.device();
        let activations = |site: &str| -> candle_core::Result<Box<dyn Module + Send + Sync>> {
            Ok(contestant.module(site, groups, &vars, &device)?)
        };
        let architecture = &experiment.architecture;
        let model = architecture.build(&activations, &vars, &device, stage.seed)?;
        Ok(Self {
            model: experiment.supervised(model, vars),
            experiment,
            stage,
            contestant,
        })
    }

    /// The training's last epoch.
    pub(super) fn end(&self) -> EpochId {
        EpochId::new(self.stage, self.epochs())
    }

    fn epochs(&self) -> usize {
        self.experiment.specification.retrain.epochs
    }

    fn config(&self) -> TrainConfig {
        self.experiment.specification.retrain(self.stage.seed)
    }

    /// Trains on from the checkpoint, if there is one, and scores the network on the held-out part; `before` is the last epoch of
    /// what precedes, if anything does.
    pub(super) fn run(
        &self,
        before: Option<EpochId>,
        folder: &mut Folder,
        watch: &mut dyn FnMut(Update<'_>),
    ) -> Result<Metrics> {
        let (stage, epochs) = (self.stage, self.epochs());
        let data = &self.experiment.data;
        let mut trainer = Trainer::new(&self.model, data, self.config())?;
        let checkpoint = folder.checkpoint(stage);
        if checkpoint.exists() {
            self.load(&mut trainer, &checkpoint)?;
        }
        let done = trainer.epochs_done();
        if done < epochs {
            let saved = if done == 0 {
                before
            } else {
                Some(EpochId::new(stage, done))
            };
            folder.rewind(&self.experiment.stages, saved.as_ref())?;
        }
        watch(Update::Begin {
            stage,
            epochs,
            done,
            steps_per_epoch: self.experiment.training_steps_per_epoch(),
        });
        while !trainer.is_finished() {
            let start = Instant::now();
            let report = trainer.epoch().map_err(|error| match error {
                Error::Diverged { what, step } => self.diverged(what, step, &checkpoint),
                other => other,
            })?;
            let record = Record {
                epoch: EpochId::new(stage, report.epoch),
                event: RecordEvent::Trained {
                    train_loss: report.train_loss,
                    test_loss: report.test.loss,
                    test_accuracy: report.test.accuracy,
                },
            };
            folder.append(&record)?;
            watch(Update::Record(&record));
            self.save(&trainer, &checkpoint)?;
            folder.spent(&stage.name, start.elapsed().as_secs_f64())?;
        }
        trainer.finish()?;
        self.model.evaluate(&*data.test)
    }

    fn save(&self, trainer: &Trainer<'_>, path: &Path) -> Result<()> {
        let header = Header::new(
            trainer.epochs_done(),
            self.settings()?,
            self.contestant.formula.clone(),
        );
        checkpoint::save(path, &header, &trainer.state()?)
    }

    fn load(&self, trainer: &mut Trainer<'_>, path: &Path) -> Result<()> {
        let (header, state) = checkpoint::load(path)?;
        let refused = |reason: &str| Error::State(format!("{}: {reason}", path.display()));
        if header.config != self.settings()? || header.genotype != self.contestant.formula {
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
        let mut settings = self.experiment.specification.to_json()?;
        settings["seed of the training"] = self.stage.seed.into();
        Ok(settings)
    }

    fn diverged(&self, what: String, step: usize, checkpoint: &Path) -> Error {
        let error = Error::Diverged {
            what: what.clone(),
            step,
        };
        let mut message = match self.stage.name.as_str() {
            TRAINING => error.to_string(),
            name => format!("training with {name}: {error}"),
        };
        if checkpoint.exists() {
            message += &format!("; the last good checkpoint is {}", checkpoint.display());
        }
        Error::TrainingDiverged {
            message,
            what,
            step,
        }
    }
}
