//! Which of several activations does best, by successive halving on the validation split: what is held out is not looked at.
//!
//! All candidates are trained from scratch for a few epochs, and judged by their loss on the validation split. The better half of them is trained
//! anew for twice as long, and so on, until the last two have been compared
//! ([Jamieson, Talwalkar](https://arxiv.org/abs/1502.07943)). Each rung is an [`Evaluation`] in a folder of its own, whose task is judged on
//! the validation split.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::text::{aligned, wrapped};
use super::{Contender, Evaluation, Plan, Score};
use crate::error::{Error, Result, counted, worded};
use crate::experiment::{Experiment, Registry, Specification};
use crate::files::{self, at};

/// What is compared, and for how long; a folder without it is not a selection.
const PLAN: &str = "selection.toml";
/// The seeds of a selection begin as far after that of the task: no evaluation has that many, so its seeds are others.
const SEED_OFFSET: u64 = 1_000;
/// The share of a training from scratch that the first rung takes, if nobody says how long it is.
const SHARE: usize = 4;

/// What a selection compares, as `selection.toml` holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SelectionPlan {
    /// Epochs of the first rung; each further one has twice as many.
    pub epochs: usize,
    /// How many seeds each candidate is trained with in each rung.
    pub seeds: u64,
    /// The candidates.
    pub activations: Vec<Contender>,
    /// The run folders of those that searches found, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub searches: BTreeMap<String, PathBuf>,
    /// The task: network, data, training.
    pub task: Specification,
}

impl SelectionPlan {
    /// Compares candidates on a task; of several with the same formula, the first stays. Without `epochs`, the first rung takes a quarter of
    /// the epochs of a training from scratch.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there are fewer than two candidates, or the settings make no sense.
    pub fn new(
        task: Specification,
        candidates: Vec<Contender>,
        epochs: Option<usize>,
        seeds: u64,
    ) -> Result<Self> {
        let mut activations: Vec<Contender> = Vec::new();
        for candidate in candidates {
            let same = |of: &Contender| of.activation == candidate.activation;
            if !activations.iter().any(same) {
                activations.push(candidate);
            }
        }
        let epochs = epochs.unwrap_or_else(|| task.retrain.epochs.div_ceil(SHARE).max(1));
        let plan = Self {
            epochs,
            seeds,
            activations,
            searches: BTreeMap::new(),
            task,
        };
        plan.validate()?;
        Ok(plan)
    }

    /// The same, with the run folders of candidates that searches found, by name.
    #[must_use]
    pub fn of_searches(self, searches: BTreeMap<String, PathBuf>) -> Self {
        Self { searches, ..self }
    }

    fn validate(&self) -> Result<()> {
        if self.activations.len() < 2 {
            return Err(Error::Invalid(
                "there is nothing to choose from: give at least two searches that found different functions, or two formulas"
                    .to_owned(),
            ));
        }
        if self.task.retrain.epochs == 0 {
            return Err(Error::Invalid(
                "the settings have no trainings from scratch (`retrain.epochs` is 0): name a task, or set `retrain.epochs`"
                    .to_owned(),
            ));
        }
        if self.epochs == 0 {
            return Err(Error::Invalid(
                "the first trainings have no epochs: choose at least 1".to_owned(),
            ));
        }
        self.rung(0, self.activations.clone()).map(drop)
    }

    /// How many rungs there are: the last one has two or three candidates.
    pub fn rungs(&self) -> usize {
        self.activations.len().ilog2() as usize
    }

    /// How many candidates a rung has.
    fn candidates(&self, rung: usize) -> usize {
        self.activations.len() >> rung
    }

    /// How many epochs a rung has.
    ///
    /// # Errors
    /// [`Error::Invalid`] if nobody could wait for them.
    fn epochs(&self, rung: usize) -> Result<usize> {
        let epochs = self.epochs.checked_mul(1 << rung);
        epochs.ok_or_else(|| {
            Error::Invalid(format!(
                "the first trainings have {} epochs: choose fewer",
                self.epochs
            ))
        })
    }

    /// What a rung trains.
    fn rung(&self, rung: usize, activations: Vec<Contender>) -> Result<Plan> {
        let mut task = self.task.clone();
        task.split_seed = Some(task.splits());
        task.seed = task.seed.saturating_add(SEED_OFFSET);
        task.on_validation = true;
        task.retrain.epochs = self.epochs(rung)?;
        Plan::of(task, activations, self.seeds)
    }
}

/// A selection and its folder.
#[derive(Clone, Debug)]
pub struct Selection {
    path: PathBuf,
    plan: SelectionPlan,
}

impl Selection {
    /// Makes the folder of a selection, or opens the one that is there if it is of the same plan.
    ///
    /// # Errors
    /// [`Error::Invalid`] if something else is there. [`Error::Io`] if the folder cannot be made.
    pub fn create(path: &Path, plan: SelectionPlan) -> Result<Self> {
        if path.symlink_metadata().is_ok() {
            let there = Self::open(path)?;
            if there.plan == plan {
                return Ok(there);
            }
            return Err(Error::Invalid(format!(
                "{} holds a selection with other candidates or settings: choose another folder",
                path.display()
            )));
        }
        let text = toml::to_string(&plan)
            .map_err(|error| Error::Invalid(format!("the settings: {error}")))?;
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            fs::create_dir_all(parent).map_err(at(parent))?;
        }
        files::make_folder(path, |hidden| {
            files::write(&hidden.join(PLAN), text.as_bytes())
        })?;
        Ok(Self {
            path: path.to_owned(),
            plan,
        })
    }

    /// Opens the folder of a selection.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is none, or its plan is damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let file = path.join(PLAN);
        let text = fs::read_to_string(&file).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                Error::Invalid(format!(
                    "{} is not the folder of a selection (it has no {PLAN}): give one, or choose another folder",
                    path.display()
                ))
            }
            _ => at(&file)(error),
        })?;
        let invalid = |reason: String| Error::Invalid(format!("{}: {reason}", file.display()));
        let plan: SelectionPlan =
            toml::from_str(&text).map_err(|error| invalid(worded(&error.to_string())))?;
        plan.validate()
            .map_err(|error| invalid(error.to_string()))?;
        Ok(Self {
            path: path.to_owned(),
            plan,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it compares.
    pub fn plan(&self) -> &SelectionPlan {
        &self.plan
    }

    /// The trainings of a rung, whose candidates are the better half of the one before.
    ///
    /// # Errors
    /// [`Error::Failure`] if a training of the one before is not finished; whatever opening its folder fails with.
    pub fn rung(&self, rung: usize) -> Result<Evaluation> {
        let (_, candidates) = self.climbed(rung)?;
        self.evaluation(rung, candidates)
    }

    /// So many rungs, each with its candidates, the best first, and the candidates that go on after them.
    fn climbed(&self, rungs: usize) -> Result<(Vec<Vec<Standing>>, Vec<Contender>)> {
        let mut candidates = self.plan.activations.clone();
        let mut all = Vec::new();
        for rung in 0..rungs {
            let standings = self.standings(rung, candidates)?;
            let go_on = standings.iter().take(self.plan.candidates(rung + 1));
            candidates = go_on.map(|standing| standing.contender.clone()).collect();
            all.push(standings);
        }
        Ok((all, candidates))
    }

    fn evaluation(&self, rung: usize, candidates: Vec<Contender>) -> Result<Evaluation> {
        let path = self.path.join(format!("rung{}", rung + 1));
        Evaluation::create(&path, self.plan.rung(rung, candidates)?)
    }

    /// The candidates of a finished rung, the best first; of equals, the one that was named first. Those that diverged come last: a guess may
    /// be as good as the loss of a training that did not.
    fn standings(&self, rung: usize, candidates: Vec<Contender>) -> Result<Vec<Standing>> {
        let evaluation = self.evaluation(rung, candidates)?;
        let units = evaluation.plan().scored();
        let mut standings = Vec::new();
        for contender in evaluation.plan().activations.clone() {
            let mut scores = Vec::new();
            for unit in units
                .iter()
                .filter(|unit| unit.activation == contender.name)
            {
                scores.push(evaluation.score(unit)?.ok_or_else(|| {
                    Error::Failure(format!(
                        "{unit} of {} is not finished",
                        evaluation.path().display()
                    ))
                })?);
            }
            standings.push(Standing { contender, scores });
        }
        standings.sort_by(|one, other| {
            let diverged = one.diverged().cmp(&other.diverged());
            diverged.then(one.loss().total_cmp(&other.loss()))
        });
        Ok(standings)
    }

    /// What the rungs come to, once all their trainings are finished.
    ///
    /// # Errors
    /// [`Error::Failure`] if one is not; whatever loading the data fails with.
    pub fn report(&self, registry: &Registry) -> Result<Selected> {
        let plan = &self.plan;
        let (all, _) = self.climbed(plan.rungs())?;
        // Whoever got further is better: from the last rung to the first.
        let mut candidates: Vec<SelectedRow> = Vec::new();
        for contender in all
            .iter()
            .rev()
            .flatten()
            .map(|standing| &standing.contender)
        {
            if candidates.iter().any(|row| row.name == contender.name) {
                continue;
            }
            let own = all.iter().flatten();
            let own = own.filter(|standing| standing.contender.name == contender.name);
            candidates.push(SelectedRow {
                name: contender.name.clone(),
                formula: contender.formula(),
                losses: own.clone().map(Standing::loss).collect(),
                diverged: own.map(Standing::diverged).sum(),
            });
        }
        let scores = || all.iter().flatten().flat_map(|standing| &standing.scores);
        let rung = |(rung, standings): (usize, &Vec<Standing>)| {
            Ok(RungSize {
                epochs: plan.epochs(rung)?,
                steps: standings[0].scores[0].steps,
            })
        };
        let any = &all[0][0].scores[0];
        let mut task = plan.task.clone();
        task.activation = Some(plan.activations[0].activation.clone());
        task.retrain.seeds = 1;
        Ok(Selected {
            chosen: candidates[0].name.clone(),
            network: any.network.clone(),
            data: plan.task.data.name.clone(),
            seeds: plan.seeds,
            validation: any.held_out,
            rungs: all.iter().enumerate().map(rung).collect::<Result<_>>()?,
            candidates,
            steps: scores().map(|score| score.steps).sum(),
            training_steps: Experiment::new(task, registry)?.training_steps(),
        })
    }
}

/// A candidate after the trainings of a rung.
struct Standing {
    contender: Contender,
    scores: Vec<Score>,
}

impl Standing {
    fn loss(&self) -> f64 {
        self.scores.iter().map(Score::loss).sum::<f64>() / self.scores.len() as f64
    }

    fn diverged(&self) -> usize {
        let diverged = self.scores.iter().filter(|score| score.diverged.is_some());
        diverged.count()
    }
}

/// What a selection has come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Selected {
    /// The candidate with the lowest loss in the last rung.
    pub chosen: String,
    /// What the network is called.
    pub network: String,
    /// The data set.
    pub data: String,
    /// Seeds of each candidate in each rung.
    pub seeds: u64,
    /// Examples of the validation split.
    pub validation: usize,
    /// How long the rungs are.
    pub rungs: Vec<RungSize>,
    /// The candidates, the best first.
    pub candidates: Vec<SelectedRow>,
    /// Steps of all trainings.
    pub steps: usize,
    /// Steps of one training from scratch on this task.
    pub training_steps: usize,
}

/// How long the trainings of a rung are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RungSize {
    /// Epochs of each.
    pub epochs: usize,
    /// Steps of each.
    pub steps: usize,
}

/// A candidate of a selection.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SelectedRow {
    /// Its name.
    pub name: String,
    /// Its formula.
    pub formula: String,
    /// Its loss on the validation split in each rung that it took part in, in nats; that of a guess if the training diverged.
    pub losses: Vec<f64>,
    /// Trainings that diverged.
    pub diverged: usize,
}

impl Selected {
    /// The cost, in trainings from scratch of the task.
    pub fn trainings(&self) -> f64 {
        self.steps as f64 / self.training_steps as f64
    }
}

impl fmt::Display for Selected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match self.seeds {
            1 => String::new(),
            seeds => format!(", means over {seeds} seeds"),
        };
        writeln!(
            f,
            "{} on {}, loss in nats on the validation split ({}){of}\n",
            self.network,
            self.data,
            counted(self.validation, "example")
        )?;
        let mut head = vec!["after".to_owned()];
        head.extend(self.rungs.iter().map(|rung| counted(rung.steps, "step")));
        let rows = self.candidates.iter().map(|row| {
            let losses = row.losses.iter().map(|loss| format!("{loss:.4}"));
            std::iter::once(row.name.clone()).chain(losses).collect()
        });
        let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
        writeln!(f, "{}\n", aligned(&rows))?;
        for row in &self.candidates {
            writeln!(f, "{} = {}", row.name, row.formula)?;
        }
        for row in self.candidates.iter().filter(|row| row.diverged > 0) {
            let text = format!(
                "{} with {} diverged; each counts as a guess among all classes, behind all others.",
                counted(row.diverged, "training"),
                row.name
            );
            writeln!(f, "{}", wrapped(&text))?;
        }
        let text = format!(
            "The trainings took {}, as many as {:.2} trainings from scratch of {}.",
            counted(self.steps, "step"),
            self.trainings(),
            counted(self.training_steps, "step")
        );
        write!(f, "\n{}", wrapped(&text))
    }
}
