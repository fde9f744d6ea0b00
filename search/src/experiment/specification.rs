//! What an experiment is, as plain data: with the program's version, all that its results depend on.

use serde::{Deserialize, Serialize};

use super::stage::{self, Baseline, DeviceName, FOUND, SEARCH, Stage, TRAINING};
use super::{Chosen, Data, Groups, Network};
use crate::cell::Base;
use crate::engine::{Removal, SearchConfig, StrategyKind};
use crate::error::{Error, Result, counted, worded};
use crate::models::{Configuration, ResNetConfig};
use crate::optim::{OptimizerConfig, SgdConfig, TrainingOptions};
use crate::relaxation::RelaxationKind;
use crate::report::Pick;
use crate::space::Space;
use crate::train::TrainConfig;

/// More epochs than anyone waits for; their steps are still far from the end of any counter.
const MOST_EPOCHS: usize = 1_000_000_000;
/// More than any comparison needs; each has its checkpoints.
const MOST_SEEDS: u64 = 1_000;

/// What an experiment is, as `config.toml` holds it: a search, then a training from scratch for each activation and seed.
///
/// ```
/// use actsmith_search::experiment::{Baseline, Specification};
///
/// let mut specification = Specification::default();
/// specification.retrain.seeds = 2;
/// specification.retrain.baselines.push(Baseline::new("mish"));
/// let stages = specification.stages();
/// let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
/// assert_eq!(
///     names,
///     ["search", "found", "relu", "gelu", "mish", "found", "relu", "gelu", "mish"]
/// );
/// let written = specification.to_toml()?;
/// assert_eq!(Specification::from_toml(&written)?, specification);
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Specification {
    /// Of everything that is random: the splits, the initial weights, the order of the images, the cell's samples.
    pub seed: u64,
    /// The seed of the splits of the data, where it is not `seed`: trainings with several seeds are then judged by the same examples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_seed: Option<u64>,
    /// Whether a training learns from the training split of the search alone, and is judged by its validation split: nothing that is held
    /// out is looked at.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_validation: bool,
    /// The data set.
    pub data: Data,
    /// The operations to start from.
    pub space: Space,
    /// The activation of the warm start.
    pub base: Base,
    /// Examples of a batch, in the search and in the retrainings.
    pub batch: usize,
    /// The learning rate of the network's first step, or after its warm-up, in the search and in the retrainings.
    pub rate: f64,
    /// Where the stages run.
    #[serde(default, skip_serializing_if = "DeviceName::is_default")]
    pub device: DeviceName,
    /// The activations of a training that is not a search; without them, the experiment is a search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation: Option<Chosen>,
    /// Which sites of the network find a function together; without any, all of them do.
    #[serde(default, skip_serializing_if = "Groups::is_empty")]
    pub groups: Groups,
    /// The network.
    pub network: Network,
    /// The search.
    pub search: SearchSettings,
    /// The retrainings.
    pub retrain: RetrainSettings,
    /// The optimiser of the network's weights, in the search and in the retrainings.
    pub optimizer: OptimizerConfig,
    /// What else there is to training the weights, in the search and in the retrainings; averages are of the retrainings alone.
    #[serde(default, skip_serializing_if = "TrainingOptions::is_default")]
    pub training: TrainingOptions,
}

/// What the search alone needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchSettings {
    /// Passes over the training split.
    pub epochs: usize,
    /// Steps of an epoch; without it, as many as show each example once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps_per_epoch: Option<usize>,
    /// Epochs at the start in which the weight step runs with the base activation.
    pub warm_epochs: usize,
    /// Completed epochs at the first removal.
    pub shrink_start: usize,
    /// Which operation leaves next.
    #[serde(default, skip_serializing_if = "is_weight")]
    pub removal: Removal,
    /// What is added to the loss of the architecture step, in nats, for each GELU's worth of work of the cell.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cost_weight: f64,
    /// Epochs from one evaluation on held-out data, and one checkpoint, to the next.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub report_every: usize,
    /// The learning rate of `α`, β and `m`.
    pub architecture_rate: f64,
    /// How weights are drawn from `α`.
    pub relaxation: RelaxationKind,
    /// How the steps are spent.
    pub strategy: StrategyKind,
    /// Whether cheaper functions than the found one are looked for and tried.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub front: bool,
}

fn one() -> usize {
    1
}

fn yes() -> bool {
    true
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_yes(set: &bool) -> bool {
    *set
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_weight(removal: &Removal) -> bool {
    *removal == Removal::Weight
}

fn is_zero(weight: &f64) -> bool {
    *weight == 0.0
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_one(count: &usize) -> bool {
    *count == 1
}

/// What the retrainings alone need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetrainSettings {
    /// Passes over the training set; 0 for a run that is a search alone.
    pub epochs: usize,
    /// Steps of an epoch; without it, as many as show each example once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps_per_epoch: Option<usize>,
    /// How many times each function is trained: with the seed of the run and the ones that follow it.
    pub seeds: u64,
    /// Which point of its front is trained in place of the found function; the last one, if there are not so many.
    #[serde(default, skip_serializing_if = "Pick::is_default")]
    pub pick: Pick,
    /// What the found function is compared with.
    #[serde(
        default = "stage::baselines",
        skip_serializing_if = "stage::are_default_baselines"
    )]
    pub baselines: Vec<Baseline>,
}

impl RetrainSettings {
    /// The seeds of a run whose own is `first`. Every function is trained with each of them: they are compared in pairs.
    pub fn seeds(&self, first: u64) -> impl Iterator<Item = u64> {
        (0..self.seeds).map(move |further| first + further)
    }
}

/// A ResNet-8 on the embedded digits, sized to end within two minutes on two cores. The published search of 50 epochs makes
/// 15,000 steps at the architecture rate 6·10⁻⁴; the 850 steps of as many epochs here take a rate that lets `α` travel as far.
impl Default for Specification {
    fn default() -> Self {
        Self {
            seed: 1,
            split_seed: None,
            on_validation: false,
            data: Data::from("digits"),
            space: Space::default(),
            base: Base::Relu,
            batch: 64,
            rate: 0.1,
            device: DeviceName::default(),
            activation: None,
            groups: Groups::default(),
            network: Network {
                family: ResNetConfig::FAMILY.to_owned(),
                settings: toml::toml! {
                    depth = 8
                    width = 8
                    channels = 1
                    classes = 10
                },
            },
            search: SearchSettings {
                epochs: 50,
                steps_per_epoch: None,
                warm_epochs: 1,
                shrink_start: 2,
                removal: Removal::default(),
                cost_weight: 0.0,
                report_every: 1,
                architecture_rate: 0.01,
                relaxation: RelaxationKind::DrNas,
                strategy: StrategyKind::Gradient,
                front: true,
            },
            retrain: RetrainSettings {
                epochs: 40,
                steps_per_epoch: None,
                seeds: 1,
                pick: Pick::default(),
                baselines: stage::baselines(),
            },
            optimizer: OptimizerConfig::Sgd(SgdConfig {
                momentum: 0.9,
                weight_decay: 1e-4,
                nesterov: false,
            }),
            training: TrainingOptions::default(),
        }
    }
}

impl Specification {
    /// Checks the settings that need neither the data nor the network.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the setting, if one makes no sense.
    pub(super) fn validate(&self) -> Result<()> {
        let usage = |message: String| Err(Error::Invalid(message));
        let SearchSettings {
            epochs,
            warm_epochs,
            shrink_start,
            architecture_rate,
            ..
        } = self.search;
        self.optimizer.validate()?;
        self.training.validate()?;
        self.groups.validate()?;
        let counts = [
            ("epochs of search", epochs),
            ("retrain epochs", self.retrain.epochs),
        ];
        if let Some((name, value)) = counts.into_iter().find(|&(_, value)| value > MOST_EPOCHS) {
            return usage(format!(
                "the {name} are {value}: choose at most {MOST_EPOCHS}"
            ));
        }
        if self.on_validation && self.activation.is_none() {
            return usage(
                "`on_validation` is of trainings alone: a search uses the validation split itself"
                    .to_owned(),
            );
        }
        let seeds = self.retrain.seeds;
        if self.activation.is_some() && (self.retrain.epochs == 0 || seeds != 1) {
            return usage(format!(
                "a training with activations that are given has `retrain.epochs` from 1 and one seed, not {} and {seeds}",
                self.retrain.epochs
            ));
        }
        if !self.search.front && !self.retrain.pick.is_default() {
            return usage(format!(
                "`retrain.pick` is {}, and the search is to look for no front (`search.front` is false): leave out one of them",
                self.retrain.pick
            ));
        }
        let steps = [
            ("search", self.search.steps_per_epoch),
            ("retrain", self.retrain.steps_per_epoch),
        ];
        if let Some((name, _)) = steps.into_iter().find(|(_, steps)| *steps == Some(0)) {
            return usage(format!(
                "an epoch of `{name}` has 0 steps: choose `steps_per_epoch` from 1, or leave it out"
            ));
        }
        if !(1..=MOST_SEEDS).contains(&seeds) {
            return usage(format!(
                "the retrain seeds are {seeds}: choose from 1 to {MOST_SEEDS}"
            ));
        }
        if self.seed.checked_add(seeds).is_none() {
            return usage(format!(
                "the seed is {}, and {seeds} retrain seeds exceed the largest number: choose a smaller one",
                self.seed
            ));
        }
        let rates = [
            ("rate", self.rate),
            ("architecture rate", architecture_rate),
        ];
        if let Some((name, value)) = rates
            .into_iter()
            .find(|(_, value)| !(value.is_finite() && *value > 0.0))
        {
            return usage(format!(
                "the {name} is {value}: choose a finite number above 0"
            ));
        }
        let shrinks = self.search.strategy == StrategyKind::Gradient;
        if shrinks && shrink_start == 0 {
            return usage("removals start after 0 epochs: choose a start from 1".to_owned());
        }
        if shrinks && shrink_start >= epochs {
            return usage(format!(
                "the search has {}, and the pruning schedule starts after {shrink_start}: choose at least {} epochs",
                counted(epochs, "epoch"),
                shrink_start.saturating_add(1)
            ));
        }
        if warm_epochs > epochs {
            return usage(format!(
                "the warm start has {warm_epochs} of {} of search: choose fewer",
                counted(epochs, "epoch")
            ));
        }
        let baselines = &self.retrain.baselines;
        for (index, baseline) in baselines.iter().enumerate() {
            baseline.validate()?;
            let name = baseline.name();
            if baselines[..index].iter().any(|known| known.name() == name) {
                return usage(format!(
                    "the baseline `{name}` is given twice: choose another name"
                ));
            }
        }
        Ok(())
    }

    /// The stages, in the order in which they follow each other: the search, then with each seed the trainings from scratch.
    pub fn stages(&self) -> Vec<Stage> {
        let stage = |name: &str, seed| Stage {
            name: name.to_owned(),
            seed,
            device: self.device,
        };
        if self.activation.is_some() {
            return vec![stage(TRAINING, self.seed)];
        }
        let mut stages = vec![stage(SEARCH, self.seed)];
        if self.retrain.epochs > 0 {
            for seed in self.retrain.seeds(self.seed) {
                stages.push(stage(FOUND, seed));
                let baselines = self.retrain.baselines.iter();
                stages.extend(baselines.map(|baseline| stage(baseline.name(), seed)));
            }
        }
        stages
    }

    /// The seed of the splits of the data.
    pub fn splits(&self) -> u64 {
        self.split_seed.unwrap_or(self.seed)
    }

    /// The search's own configuration, with the steps that an epoch takes on this data.
    pub fn search(&self, steps_per_epoch: usize) -> SearchConfig {
        SearchConfig {
            strategy: self.search.strategy,
            periods: self.search.epochs,
            steps_per_period: steps_per_epoch,
            warm_periods: self.search.warm_epochs,
            base: self.base,
            shrink_start: self.search.shrink_start,
            removal: self.search.removal,
            cost_weight: self.search.cost_weight,
            report_every: self.search.report_every,
            accumulate: self.training.accumulate,
            architecture_rate: self.search.architecture_rate,
            optimizer: self.optimizer.clone(),
            rate: self.rate,
            schedule: self.training.schedule.clone(),
            warmup: self.training.warmup,
            final_rate: self.training.final_rate,
            clip: self.training.clip,
        }
    }

    /// The configuration of the retrainings with a seed.
    pub fn retrain(&self, seed: u64) -> TrainConfig {
        TrainConfig {
            epochs: self.retrain.epochs,
            steps_per_epoch: self.retrain.steps_per_epoch,
            batch: self.batch,
            learning_rate: self.rate,
            optimizer: self.optimizer.clone(),
            options: self.training.clone(),
            seed,
        }
    }

    /// The text of `config.toml`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if TOML cannot say it, as for a seed of 2⁶³ or more.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::Invalid(format!("the settings: {error}")))
    }

    /// The settings as a checkpoint names them.
    pub(super) fn to_json(&self) -> Result<serde_json::Value> {
        serde_json::to_value(self).map_err(|error| Error::Failure(error.to_string()))
    }

    /// Reads what [`Self::to_toml`] writes: every setting, and no other. [`Experiment::new`](super::Experiment::new) checks them.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming what is missing or unknown.
    pub fn from_toml(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| Error::Invalid(worded(&error.to_string())))
    }
}
