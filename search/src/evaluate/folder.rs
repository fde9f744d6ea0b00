//! The folder of an evaluation, and the trainings in it.
//!
//! `evaluation.toml` has the plan, `units` a run folder for each training, `tuning` one for each trial of a learning rate. A training is
//! finished once its folder has `unit.json`, which is written whole; its weights and checkpoint are removed then.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::score::{Divergence, Score};
use super::{Plan, Unit};
use crate::data::Kind;
use crate::error::{Error, Result};
use crate::experiment::{Experiment, Folder, Registry, Update};
use crate::files::{self, at};
use crate::report::Measure;

/// The plan; a folder without it is not an evaluation.
const PLAN: &str = "evaluation.toml";
const UNITS: &str = "units";
const TUNING: &str = "tuning";
const SCORE: &str = "unit.json";
/// Of a training that ran beside others on one machine, at least for a time: its times say nothing.
const BESIDE: &str = "beside-others";
/// What only a training that goes on needs.
const NEEDED: [&str; 2] = ["model.safetensors", "checkpoint"];

/// An evaluation and its folder.
#[derive(Clone, Debug)]
pub struct Evaluation {
    path: PathBuf,
    plan: Plan,
}

impl Evaluation {
    /// Makes the folder of an evaluation, or opens the one that is there if it is of the same plan.
    ///
    /// # Errors
    /// [`Error::Invalid`] if something else is there, naming the settings that differ. [`Error::Io`] if the folder cannot be made.
    pub fn create(path: &Path, plan: Plan) -> Result<Self> {
        let text = plan.to_toml()?;
        if path.symlink_metadata().is_err() {
            if let Some(parent) = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
            {
                fs::create_dir_all(parent).map_err(at(parent))?;
            }
            let made = files::make_folder(path, |hidden| {
                for folder in [UNITS, TUNING] {
                    fs::create_dir(hidden.join(folder)).map_err(at(path))?;
                }
                files::write(&hidden.join(PLAN), text.as_bytes())
            });
            match made {
                Ok(()) => {
                    return Ok(Self {
                        path: path.to_owned(),
                        plan,
                    });
                }
                // Another shard was faster.
                Err(_) if path.join(PLAN).is_file() => {}
                Err(error) => return Err(error),
            }
        }
        let there = Self::open(path)?;
        let different = there.plan.differences(&plan)?;
        if different.is_empty() {
            return Ok(there);
        }
        Err(Error::Invalid(format!(
            "{} holds an evaluation with other settings (`{}`): choose another folder",
            path.display(),
            different.join("`, `")
        )))
    }

    /// Opens the folder of an evaluation.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is none, or its plan is damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let file = path.join(PLAN);
        let text = fs::read_to_string(&file).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Error::Invalid(format!(
                "{} is not the folder of an evaluation (it has no {PLAN}): give one, or choose another folder",
                path.display()
            )),
            _ => at(&file)(error),
        })?;
        let plan = Plan::from_toml(&text).map_err(|error| match error {
            Error::Invalid(reason) => Error::Invalid(format!("{}: {reason}", file.display())),
            other => other,
        })?;
        Ok(Self {
            path: path.to_owned(),
            plan,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it trains.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The training of this name.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is none.
    pub fn unit(&self, name: &str) -> Result<Unit> {
        let units = self.plan.units();
        let unit = units.into_iter().find(|unit| unit.name() == name);
        unit.ok_or_else(|| {
            Error::Invalid(format!("{} has no training `{name}`", self.path.display()))
        })
    }

    /// The folder of a training.
    pub fn folder(&self, unit: &Unit) -> PathBuf {
        let kind = if unit.rate.is_some() { TUNING } else { UNITS };
        self.path.join(kind).join(unit.name())
    }

    /// What a training has come to, if it is finished.
    ///
    /// # Errors
    /// [`Error::State`] if the file is damaged, or that of another training.
    pub fn score(&self, unit: &Unit) -> Result<Option<Score>> {
        let file = self.folder(unit).join(SCORE);
        let Some(score) = read::<Score>(&file)? else {
            return Ok(None);
        };
        if (score.activation.as_str(), score.seed) != (unit.activation.as_str(), unit.seed) {
            return Err(Error::State(format!(
                "{} is of {}, seed {}, not of {unit}: remove its folder, and run the evaluation again",
                file.display(),
                score.activation,
                score.seed
            )));
        }
        Ok(Some(score))
    }

    /// The learning rate of an activation: that of the task, or the one with the lowest loss on the validation split. None as long as a
    /// trial is not finished.
    ///
    /// # Errors
    /// As [`Self::score`].
    pub fn rate(&self, activation: &str) -> Result<Option<f64>> {
        if self.plan.rates.is_empty() {
            return Ok(Some(self.plan.task.rate));
        }
        let mut best: Option<Score> = None;
        for unit in self.plan.tunings() {
            if unit.activation != activation {
                continue;
            }
            let Some(score) = self.score(&unit)? else {
                return Ok(None);
            };
            // A guess may be as good as the loss of a training that did not diverge.
            let key = |score: &Score| (score.diverged.is_some(), score.loss());
            if best.as_ref().is_none_or(|best| key(&score) < key(best)) {
                best = Some(score);
            }
        }
        Ok(best.map(|score| score.rate))
    }

    /// Whether nothing is left of a training but to run it: its activation has a learning rate.
    ///
    /// # Errors
    /// As [`Self::score`].
    pub fn is_ready(&self, unit: &Unit) -> Result<bool> {
        Ok(unit.rate.is_some() || self.rate(&unit.activation)?.is_some())
    }

    /// Refuses activations that have no value at numbers which the network passes to them.
    ///
    /// # Errors
    /// [`Error::Invalid`], with such a number; whatever loading the data fails with.
    pub fn check(plan: &Plan, registry: &Registry) -> Result<()> {
        let first = plan.scored().into_iter().take(plan.activations.len());
        for unit in first {
            let experiment = Experiment::new(plan.specification(&unit, plan.task.rate)?, registry)?;
            experiment.check_memory()?;
            experiment.check_range().map_err(|error| match error {
                Error::Invalid(reason) => Error::Invalid(format!("{}: {reason}", unit.activation)),
                other => other,
            })?;
        }
        Ok(())
    }

    /// Runs what is left of a training; of a finished one nothing is. One that runs `beside_others` on this machine is not timed.
    ///
    /// # Errors
    /// [`Error::Invalid`] if another process is at work on it, its folder is of another evaluation, or its learning rate is not known yet.
    /// Whatever fails while training, but for a divergence, which is a score as good as any.
    pub fn run(
        &self,
        unit: &Unit,
        registry: &Registry,
        beside_others: bool,
        watch: &mut dyn FnMut(Update<'_>),
    ) -> Result<Score> {
        if let Some(score) = self.score(unit)? {
            self.tidy(unit)?;
            return Ok(score);
        }
        let (mut folder, experiment) = self.prepared(unit, registry)?;
        if beside_others {
            files::write(&folder.path().join(BESIDE), b"")?;
        }
        let kind = experiment.kind();
        let mut score = Score {
            network: experiment.title(),
            activation: unit.activation.clone(),
            seed: unit.seed,
            rate: experiment.specification().rate,
            measure: Measure::of(&kind),
            classes: match kind {
                Kind::Images { classes, .. } => classes,
                Kind::Text { vocabulary, .. } => vocabulary,
            },
            held_out: experiment.held_out(),
            steps: experiment.training_steps(),
            parameters: None,
            loss: None,
            accuracy: None,
            bits_per_character: None,
            diverged: None,
        };
        match experiment.train(&mut folder, watch) {
            Ok(training) if training.trained.score.loss.is_finite() => {
                let trained = training.trained;
                score.parameters = Some(trained.parameters);
                score.loss = Some(trained.score.loss);
                score.accuracy = trained.score.accuracy;
                score.bits_per_character = trained.bits_per_character;
            }
            Ok(training) => {
                score.diverged = Some(Divergence {
                    what: format!("the held-out loss is {}", training.trained.score.loss),
                    step: score.steps,
                });
            }
            Err(Error::TrainingDiverged { what, step, .. }) => {
                score.diverged = Some(Divergence { what, step });
            }
            Err(error) => return Err(error),
        }
        let text = serde_json::to_string_pretty(&score)
            .map_err(|error| Error::Failure(error.to_string()))?;
        files::write(&folder.path().join(SCORE), (text + "\n").as_bytes())?;
        self.tidy(unit)?;
        Ok(score)
    }

    /// The run folder of a training and its experiment, new or as it was left.
    fn prepared(&self, unit: &Unit, registry: &Registry) -> Result<(Folder, Experiment)> {
        let rate = match unit.rate {
            Some(rate) => rate,
            None => self.rate(&unit.activation)?.ok_or_else(|| {
                Error::Invalid(format!(
                    "the learning rate of {} is not known yet: its trials come first",
                    unit.activation
                ))
            })?,
        };
        let specification = self.plan.specification(unit, rate)?;
        let path = self.folder(unit);
        if path.symlink_metadata().is_err() {
            let experiment = Experiment::new(specification, registry)?;
            experiment.check_memory()?;
            let folder = Folder::create(&path, experiment.specification())?;
            return Ok((folder, experiment));
        }
        let (folder, experiment) = Folder::open(&path, registry)?;
        if *experiment.specification() == specification {
            return Ok((folder, experiment));
        }
        Err(Error::Invalid(format!(
            "{} holds a training of another evaluation: remove it, or choose another folder",
            path.display()
        )))
    }

    /// Removes what only a training that goes on needs.
    fn tidy(&self, unit: &Unit) -> Result<()> {
        for name in NEEDED {
            let path = self.folder(unit).join(name);
            let removed = match path.is_dir() {
                true => fs::remove_dir_all(&path),
                false => fs::remove_file(&path),
            };
            match removed {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(at(&path)(error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// The seconds of a step of a training that ran alone, from the times of its epochs; none of one that did not, or that diverged.
    pub(super) fn seconds_per_step(&self, unit: &Unit, score: &Score) -> Result<Option<f64>> {
        let folder = self.folder(unit);
        if score.diverged.is_some() || folder.join(BESIDE).exists() {
            return Ok(None);
        }
        let timing: Option<serde_json::Value> = read(&folder.join("timing.json"))?;
        let seconds = timing.and_then(|timing| timing["seconds"]["training"].as_f64());
        Ok(seconds.map(|seconds| seconds / score.steps as f64))
    }

    /// Who worked on a training: a list, as its folder has it.
    pub(super) fn provenance(&self, unit: &Unit) -> Result<Vec<serde_json::Value>> {
        let file = self.folder(unit).join("provenance.json");
        Ok(read(&file)?.unwrap_or_default())
    }
}

/// The value of a JSON file, if there is one.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(path)(error)),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Error::State(format!(
            "{} is damaged ({error}): remove its folder, and run the evaluation again",
            path.display()
        ))
    })
}
