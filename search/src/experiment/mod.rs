//! An experiment: a search, then the network trained from scratch with the found function and with those that it is compared with, with
//! one seed or several; with no epochs for that, the search alone.
//!
//! A [`Specification`] says what an experiment is, as plain data; an [`Experiment`] has it checked, with the data loaded and split. All
//! that comes of it lies in a [`Folder`]. Each stage is a pure function of the specification and of the stages before: whoever
//! opens the folder again goes on from the last checkpoint, and on the same type of processor the files in it end as the same bytes,
//! but for what the clock says (`timing.json`, and `steps_per_second` in `metrics.jsonl`) and for who did the work
//! (`provenance.json`).
//!
//! ```
//! use std::sync::Arc;
//!
//! use actsmith_search::experiment::{Experiment, Folder, Network, Registry, Specification};
//! use actsmith_search::models::ResNetConfig;
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("run");
//! let mut specification = Specification::default();
//! specification.network =
//!     Network::new(&ResNetConfig { depth: 8, width: 2, channels: 1, classes: 10 })?;
//! specification.search.epochs = 3;
//! specification.retrain.epochs = 0;
//! specification.batch = 512;
//! let experiment = Experiment::new(specification, &Registry::default())?;
//! let mut folder = Folder::create(&path, experiment.specification())?;
//! let outcome = experiment.run(&mut folder, &[], &mut |_| {})?;
//! println!("{outcome}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chosen;
mod data;
mod description;
mod discovery;
mod folder;
mod front;
mod groups;
mod metrics;
mod named;
mod network;
mod overlay;
mod provenance;
mod range;
mod registry;
mod retrain;
mod search;
mod specification;
mod stage;
mod trained;

pub use chosen::{Chosen, Trained as TrainedFormula, part, pieces};
pub use data::Data;
pub use description::{DESCRIPTIONS, Description};
pub use discovery::{Discovery, FoundFunction};
pub use folder::{Folder, Timing, files};
pub use groups::Groups;
pub use metrics::{ByGroup, EpochId, GroupState, Record, RecordEvent};
pub use named::{NamedTask, TASKS};
pub use network::Network;
pub use provenance::Provenance;
pub use registry::Registry;
pub use specification::{RetrainSettings, SearchSettings, Specification};
pub use stage::{Baseline, DeviceName, FOUND, SEARCH, Stage, TRAINING};
pub use trained::{Trained, Training};

use std::sync::Arc;

use crate::data::{Batches, DataSet, Examples, Kind, Splits, available_memory};
use crate::error::{Error, Result, counted};
use crate::models::{Architecture, Footprint};
use crate::report::{Measure, Outcome, Retrained, SeedScore};
use crate::task::Supervised;
use candle_core::{DType, Tensor};
use candle_nn::{ModuleT, VarMap};
use retrain::{Contestant, Retraining};

/// The share of the examples to learn from that the weights are trained on; the architecture is trained on the rest.
const TRAINING_SHARE: f64 = 0.75;
/// Fewer steps than this leave a network half trained: the default one gets nine digits in ten right after 23.
const FEW_STEPS: usize = 20;

/// A specification that makes sense, with its data.
pub struct Experiment {
    specification: Specification,
    stages: Vec<Stage>,
    architecture: Box<dyn Architecture>,
    data_set: Arc<dyn DataSet>,
    /// What is learned from, and what is held out.
    data: Splits,
    /// What is learned from, for the search: the training split and the validation split.
    splits: [Arc<dyn Examples>; 2],
}

/// What those who watch an experiment are told.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Update<'a> {
    /// A stage begins, or goes on.
    Begin {
        /// Which.
        stage: &'a Stage,
        /// Epochs in all.
        epochs: usize,
        /// Epochs done.
        done: usize,
        /// Steps of an epoch.
        steps_per_epoch: usize,
    },
    /// A step was made; of the search only.
    Step,
    /// A line was added to `metrics.jsonl`.
    Record(&'a Record),
}

impl Experiment {
    /// Checks a specification, loads its data and splits them.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the setting, if one makes no sense; whatever loading the data fails with.
    pub fn new(specification: Specification, registry: &Registry) -> Result<Self> {
        let invalid = |message: String| Err(Error::Invalid(message));
        let Specification { batch, data, .. } = &specification;
        let seed = specification.splits();
        let network = &specification.network;
        let family = registry.family(&network.family)?;
        let architecture = family.configure(&network.settings)?;
        let data_set = registry.data_set(&data.name)?;
        let splits = data_set.load_with(&data.settings, seed)?;
        architecture.accepts(&splits.train.kind())?;
        let examples = splits.train.len() + splits.test.len();
        if !(1..=examples).contains(batch) {
            return invalid(format!(
                "the batch is {batch}: choose from 1 to {examples}, the examples of {data}"
            ));
        }
        specification.validate()?;
        // The name of the split is that of its stream of random numbers.
        let (training, validation) =
            splits
                .train
                .split(TRAINING_SHARE, seed, "architecture part")?;
        let splits = match specification.on_validation {
            true => Splits {
                train: training.clone(),
                test: validation.clone(),
            },
            false => splits,
        };
        if let Some(chosen) = &specification.activation {
            // To see its sites, the network is built.
            memory(&*architecture, &splits.train.kind(), &specification)?;
            chosen.check(&*architecture, &specification.groups)?;
        }
        let experiment = Self {
            stages: specification.stages(),
            specification,
            architecture,
            data_set,
            data: splits,
            splits: [training, validation],
        };
        let steps = experiment.search_steps_per_epoch();
        experiment.specification.search(steps).validate()?;
        Ok(experiment)
    }

    /// What the experiment is.
    pub fn specification(&self) -> &Specification {
        &self.specification
    }

    /// Its stages, in the order in which they follow each other.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// What the network is called.
    pub fn title(&self) -> String {
        self.architecture.title()
    }

    /// Whether the same examples are held out where the data are split by another seed.
    ///
    /// # Errors
    /// Whatever loading the data fails with.
    pub fn holds_out_the_same(&self, split_seed: u64) -> Result<bool> {
        if split_seed == self.specification.splits() {
            return Ok(true);
        }
        let settings = &self.specification.data.settings;
        let [own, other] = [
            &self.data.test,
            &self.data_set.load_with(settings, split_seed)?.test,
        ];
        if own.len() != other.len() {
            return Ok(false);
        }
        let indices: Vec<u32> = (0..own.len() as u32).collect();
        for indices in indices.chunks(1024) {
            let numbers = |set: &Arc<dyn Examples>| -> Result<[Vec<f32>; 2]> {
                let (inputs, targets) = set.batch(indices)?;
                let flat = |of: Tensor| of.to_dtype(DType::F32)?.flatten_all()?.to_vec1();
                Ok([flat(inputs)?, flat(targets)?])
            };
            if numbers(own)? != numbers(other)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How many examples a network is judged by.
    pub fn held_out(&self) -> usize {
        self.data.test.len()
    }

    /// What the network learns from.
    pub fn kind(&self) -> Kind {
        self.data.train.kind()
    }

    /// Whether the network learns from text.
    pub fn learns_text(&self) -> bool {
        self.data.test.writing().is_some()
    }

    /// A network of the experiment, built with these variables.
    fn supervised(&self, model: Box<dyn ModuleT>, vars: VarMap) -> Supervised {
        let of = Supervised::new(model, vars, self.data_set.objective());
        match self.architecture.footprint(&self.data.train.kind()) {
            Some(footprint) => of.with_evaluation_batch(footprint.evaluation_batch()),
            None => of,
        }
    }

    /// Steps in which each example of a set is seen once.
    fn steps_through(&self, set: &dyn Examples) -> usize {
        let Specification {
            batch, training, ..
        } = &self.specification;
        Batches::count(set.len(), *batch).div_ceil(training.accumulate)
    }

    /// Steps of an epoch of the search.
    fn search_steps_per_epoch(&self) -> usize {
        let given = self.specification.search.steps_per_epoch;
        given.unwrap_or_else(|| self.steps_through(&*self.splits[0]))
    }

    /// Steps of an epoch of a training from scratch.
    fn training_steps_per_epoch(&self) -> usize {
        let given = self.specification.retrain.steps_per_epoch;
        given.unwrap_or_else(|| self.steps_through(&*self.data.train))
    }

    /// Steps of a training from scratch; without one, of as many epochs on the whole training set as the search has.
    pub fn training_steps(&self) -> usize {
        let Specification {
            search, retrain, ..
        } = &self.specification;
        match (retrain.epochs, search.steps_per_epoch) {
            (0, None) => search
                .epochs
                .saturating_mul(self.steps_through(&*self.data.train)),
            (0, Some(steps)) => search.epochs.saturating_mul(steps),
            (epochs, _) => epochs.saturating_mul(self.training_steps_per_epoch()),
        }
    }

    /// Refuses steps that need more memory than there is, as far as model and system tell. [`Self::run`] does so, too, before it builds
    /// the network.
    ///
    /// # Errors
    /// [`Error::Invalid`], with the largest batch that fits.
    pub fn check_memory(&self) -> Result<()> {
        memory(
            &*self.architecture,
            &self.data.train.kind(),
            &self.specification,
        )
    }

    /// What is allowed, and hardly meant.
    pub fn warnings(&self) -> Vec<String> {
        let Specification {
            search,
            retrain,
            training,
            ..
        } = &self.specification;
        let (trainings, retrain_epochs) = match self.specification.activation {
            None => ("each training from scratch", "retrain epochs"),
            Some(_) => ("the training", "epochs"),
        };
        let parts = [
            (
                "the search",
                "epochs",
                self.search_steps_per_epoch(),
                search.epochs,
            ),
            (
                trainings,
                retrain_epochs,
                self.training_steps_per_epoch(),
                retrain.epochs,
            ),
        ];
        let warning = |(what, name, steps, epochs): (&str, &str, usize, usize)| {
            let few = steps == 1 || epochs.saturating_mul(steps) < FEW_STEPS;
            let few = epochs > 0 && few;
            few.then(|| {
                format!(
                    "{what} makes only {}, {steps} in each epoch: choose a smaller batch or more {name}",
                    counted(epochs.saturating_mul(steps), "step")
                )
            })
        };
        let searches = self.specification.activation.is_none();
        let parts = || parts.into_iter().skip(usize::from(!searches));
        let mut warnings: Vec<String> = parts().filter_map(warning).collect();
        for (what, _, steps, epochs) in parts() {
            let steps = steps.saturating_mul(epochs);
            if steps > 0 && training.warmup.of(steps) >= steps {
                warnings.push(format!(
                    "{what} makes {}, and `training.warmup` takes them all: choose a shorter one",
                    counted(steps, "step")
                ));
            }
            // An average that spans most of a training holds much of where it started.
            let span = training.average.map_or(0.0, |keep| 1.0 / (1.0 - keep));
            if what == trainings && steps > 0 && 3.0 * span > steps as f64 {
                warnings.push(format!(
                    "{what} makes {}, and `training.average` spans about {span:.0} of them: choose a smaller one",
                    counted(steps, "step")
                ));
            }
        }
        warnings
    }

    /// Runs what is left of the experiment. Of a finished one nothing is, but for files that describe the function and have gone
    /// missing: those of [`DESCRIPTIONS`], and `also` others.
    ///
    /// # Errors
    /// Whatever fails in a stage; the folder then holds all epochs that have a checkpoint.
    pub fn run(
        &self,
        folder: &mut Folder,
        also: &[Description],
        watch: &mut dyn FnMut(Update<'_>),
    ) -> Result<Outcome> {
        let files = || DESCRIPTIONS.iter().chain(also).copied();
        if self.specification.activation.is_some() {
            return Err(Error::Invalid(
                "the experiment is a training with the setting `activation`, not a search: leave it out to search".to_owned(),
            ));
        }
        if let Some(outcome) = folder.outcome()? {
            let names = outcome.functions.names();
            let missing = |file: &Description| {
                let mut names = names.iter().map(|group| file.file(group.as_deref()));
                names.any(|name| !folder.has(&name))
            };
            let missing: Vec<Description> = files().filter(missing).collect();
            if !missing.is_empty() {
                self.describe(&Discovery::of(&outcome)?, folder, missing)?;
            }
            return Ok(outcome);
        }
        folder.note(Provenance::here())?;
        let (found, before) = search::run(self, folder, watch)?;
        let mut before = Some(before);
        self.describe(&found, folder, files())?;
        let trainings = &self.stages[1..];
        let first = |stage: &&Stage| stage.seed == self.specification.seed;
        let contestants = trainings.iter().filter(first);
        let contestants: Vec<Contestant> = contestants
            .map(|stage| Contestant::new(&stage.name, &self.specification, &found))
            .collect::<Result<_>>()?;
        let mut retrained: Vec<Retrained> = contestants
            .iter()
            .map(|contestant| Retrained {
                activation: contestant.name.clone(),
                formula: contestant.formula.clone(),
                scores: Vec::new(),
            })
            .collect();
        for (number, stage) in trainings.iter().enumerate() {
            let number = number % contestants.len();
            let retraining = Retraining::new(self, stage, &contestants[number])?;
            let score = retraining.run(before, folder, watch)?;
            let seed = stage.seed;
            retrained[number].scores.push(SeedScore { seed, score });
            before = Some(retraining.end());
        }
        let outcome = self.outcome(&found, retrained);
        folder.finish(&outcome)?;
        Ok(outcome)
    }

    /// Writes these files for each function.
    fn describe(
        &self,
        found: &Discovery,
        folder: &Folder,
        files: impl IntoIterator<Item = Description>,
    ) -> Result<()> {
        for description in files {
            for function in &found.functions {
                let text = (description.text)(function, found, &self.specification)?;
                folder.write(&description.file(function.group.as_deref()), &text)?;
            }
        }
        Ok(())
    }

    fn outcome(&self, found: &Discovery, retrained: Vec<Retrained>) -> Outcome {
        let specification = &self.specification;
        let depth = self.architecture.depth();
        let title = self.architecture.title();
        Outcome {
            seed: specification.seed,
            data: specification.data.name.clone(),
            network: (title != Outcome::resnet(depth)).then_some(title),
            depth,
            search_epochs: specification.search.epochs,
            retrain_epochs: specification.retrain.epochs,
            training_steps: self.training_steps(),
            held_out: self.data.test.len(),
            measure: Measure::of(&self.kind()),
            functions: found.findings(),
            searched: found.metrics,
            retrained,
        }
    }
}

/// Refuses a training step that needs more memory than there is, as far as model and system tell.
fn memory(architecture: &dyn Architecture, kind: &Kind, of: &Specification) -> Result<()> {
    match (architecture.footprint(kind), available_memory()) {
        (Some(footprint), Some(free)) => fits(&architecture.title(), footprint, of.batch, free),
        _ => Ok(()),
    }
}

fn fits(title: &str, footprint: Footprint, batch: usize, free: u64) -> Result<()> {
    let needed = footprint.bytes(batch);
    if needed <= free as f64 {
        return Ok(());
    }
    let [needed, free_text] = [needed, free as f64].map(gigabytes);
    let remedy = match footprint.largest_batch(free as f64) {
        0 => "its weights alone are too many: choose a smaller `network`, or a machine with more memory".to_owned(),
        most => format!(
            "lower `batch` to at most {most}, and set `training.accumulate` for as many examples in a step"
        ),
    };
    Err(Error::Invalid(format!(
        "a step of the {title} on {} needs about {needed} of memory, and {free_text} are free: {remedy}",
        counted(batch, "example")
    )))
}

/// Bytes for a reader.
fn gigabytes(bytes: f64) -> String {
    format!("{:.1} GB", bytes / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_that_does_not_fit_is_refused_with_the_largest_that_does() {
        let footprint = Footprint {
            parameters: 1e8,
            per_example: 1e6,
        };
        let fits =
            |batch, free| fits("ResNet-8", footprint, batch, free).map_err(|e| e.to_string());
        assert_eq!(fits(500, 4_000_000_000), Ok(()));
        assert_eq!(
            fits(501, 4_000_000_000).expect_err("too large"),
            "a step of the ResNet-8 on 501 examples needs about 4.0 GB of memory, and 4.0 GB are free: lower `batch` to at most 500, and \
             set `training.accumulate` for as many examples in a step"
        );
        assert!(
            fits(1, 2_000_000_000)
                .expect_err("too large")
                .contains("choose a smaller `network`")
        );
    }
}
