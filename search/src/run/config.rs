//! The settings of a run: with the program's version, all that its results depend on.

use serde::{Deserialize, Serialize};

use super::task::WEIGHT_SHARE;
use crate::cell::Base;
use crate::data::{self, ImageSet, Splits};
use crate::engine::{SearchConfig, StrategyKind};
use crate::error::{Error, Result};
use crate::models::ResNetConfig;
use crate::optim::{OptimizerConfig, SgdConfig};
use crate::sampler::RelaxationKind;
use crate::space::Space;
use crate::train::TrainConfig;

/// More epochs than anyone waits for; their steps are still far from the end of any counter.
const MOST_EPOCHS: usize = 1_000_000_000;
/// More than any comparison needs; each has its checkpoints.
const MOST_SEEDS: u64 = 1_000;
/// Fewer steps than this leave a network half trained: the default one gets nine digits in ten right after 23.
const FEW_STEPS: usize = 20;

/// The settings of a run, as `config.toml` holds them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// Of everything that is random: the splits, the initial weights, the order of the images, the cell's samples.
    pub seed: u64,
    /// The data set.
    pub data: DataSet,
    /// The operations to start from.
    pub space: Space,
    /// The activation of the warm start.
    pub base: Base,
    /// Images a step, in the search and in the retrainings.
    pub batch: usize,
    /// The learning rate of the network's first step, in the search and in the retrainings; it falls to zero along half a
    /// cosine.
    pub rate: f64,
    /// The network.
    pub network: ResNetConfig,
    /// The search.
    pub search: SearchSettings,
    /// The retrainings.
    pub retrain: RetrainSettings,
    /// The optimiser of the network's weights, in the search and in the retrainings.
    pub optimizer: OptimizerConfig,
}

/// What the search alone needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchSettings {
    /// Passes over the weight part of the training set.
    pub epochs: usize,
    /// Epochs at the start in which the weight step runs with the base activation.
    pub warm_epochs: usize,
    /// Completed epochs at the first removal.
    pub shrink_start: usize,
    /// The learning rate of `α`, β and `m`.
    pub architecture_rate: f64,
    /// How weights are drawn from `α`.
    pub relaxation: RelaxationKind,
    /// How the steps are spent.
    pub strategy: StrategyKind,
}

/// What the retrainings alone need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetrainSettings {
    /// Passes over the training set; 0 for a run that is a search alone.
    pub epochs: usize,
    /// How many times each function is trained: with the seed of the run and the ones that follow it.
    pub seeds: u64,
}

impl RetrainSettings {
    /// The seeds of a run whose own is `first`. Every function is trained with each of them: they are compared in pairs.
    pub fn seeds(&self, first: u64) -> impl Iterator<Item = u64> {
        (0..self.seeds).map(move |further| first + further)
    }
}

/// The data sets that a run knows by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataSet {
    /// The embedded 8×8 digits.
    Digits,
}

impl DataSet {
    /// The name in configurations and folders.
    pub fn name(self) -> &'static str {
        match self {
            Self::Digits => "digits",
        }
    }

    /// The whole set.
    ///
    /// # Errors
    /// Only if tensors cannot be made.
    pub fn load(self) -> Result<ImageSet> {
        match self {
            Self::Digits => data::digits(),
        }
    }
}

/// A ResNet-8 on the embedded digits, sized to end within two minutes on two cores. The published search of 50 epochs makes
/// 15,000 steps at the architecture rate 6·10⁻⁴; the 850 steps of as many epochs here take a rate that lets `α` travel as far.
impl Default for RunConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            data: DataSet::Digits,
            space: Space::default(),
            base: Base::Relu,
            batch: 64,
            rate: 0.1,
            network: ResNetConfig {
                depth: 8,
                width: 8,
                channels: 1,
                classes: 10,
            },
            search: SearchSettings {
                epochs: 50,
                warm_epochs: 1,
                shrink_start: 2,
                architecture_rate: 0.01,
                relaxation: RelaxationKind::DrNas,
                strategy: StrategyKind::Gradient,
            },
            retrain: RetrainSettings {
                epochs: 40,
                seeds: 1,
            },
            optimizer: OptimizerConfig::Sgd(SgdConfig {
                momentum: 0.9,
                weight_decay: 1e-4,
            }),
        }
    }
}

impl RunConfig {
    /// Checks every setting.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the setting, if one makes no sense.
    pub fn validate(&self) -> Result<()> {
        let usage = |message: String| Err(Error::Invalid(message));
        let SearchSettings {
            epochs,
            warm_epochs,
            shrink_start,
            architecture_rate,
            ..
        } = self.search;
        self.network.validate().map_err(Error::Invalid)?;
        self.optimizer.validate()?;
        let data = self.data.load()?;
        let (found, given) = (
            (data.image_shape().0, data.classes()),
            (self.network.channels, self.network.classes),
        );
        if found != given {
            return usage(format!(
                "the network has {} channels and {} classes, the images of {} {} and {}: choose these",
                given.0,
                given.1,
                self.data.name(),
                found.0,
                found.1
            ));
        }
        let images = data.len();
        if !(1..=images).contains(&self.batch) {
            return usage(format!(
                "the batch is {}: choose from 1 to {images}, the images of {}",
                self.batch,
                self.data.name()
            ));
        }
        let counts = [
            ("epochs of search", epochs),
            ("retrain epochs", self.retrain.epochs),
        ];
        if let Some((name, value)) = counts.into_iter().find(|&(_, value)| value > MOST_EPOCHS) {
            return usage(format!(
                "the {name} are {value}: choose at most {MOST_EPOCHS}"
            ));
        }
        let seeds = self.retrain.seeds;
        if !(1..=MOST_SEEDS).contains(&seeds) {
            return usage(format!(
                "the retrain seeds are {seeds}: choose from 1 to {MOST_SEEDS}"
            ));
        }
        if self.seed.checked_add(seeds).is_none() {
            return usage(format!(
                "the seed is {}, and {seeds} retrain seeds pass the largest number: choose a smaller one",
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
                "the search has {epochs} epochs, and its operations begin to leave after {shrink_start}: choose at least {} epochs",
                shrink_start.saturating_add(1)
            ));
        }
        if warm_epochs > epochs {
            return usage(format!(
                "the warm start has {warm_epochs} of {epochs} epochs of search: choose fewer"
            ));
        }
        let train = Splits::new(&data, self.seed)?.train;
        let (weights, _) = train.split(WEIGHT_SHARE, self.seed, "architecture part")?;
        self.search(weights.len().div_ceil(self.batch)).validate()
    }

    /// The search's own configuration, with the steps that an epoch takes on this data.
    pub fn search(&self, steps_per_epoch: usize) -> SearchConfig {
        SearchConfig {
            space: self.space.clone(),
            strategy: self.search.strategy,
            seed: self.seed,
            periods: self.search.epochs,
            steps_per_period: steps_per_epoch,
            warm_periods: self.search.warm_epochs,
            base: self.base,
            shrink_start: self.search.shrink_start,
            report_every: 1,
            accumulate: 1,
            architecture_rate: self.search.architecture_rate,
            optimizer: self.optimizer.clone(),
            rate: self.rate,
            final_rate: 0.0,
            clip: None,
        }
    }

    /// What is allowed, and hardly meant.
    ///
    /// # Errors
    /// Only if the data cannot be split.
    pub fn warnings(&self) -> Result<Vec<String>> {
        let train = Splits::new(&self.data.load()?, self.seed)?.train;
        let (weights, _) = train.split(WEIGHT_SHARE, self.seed, "architecture part")?;
        let parts = [
            ("the search", "epochs", weights.len(), self.search.epochs),
            (
                "each training from scratch",
                "retrain epochs",
                train.len(),
                self.retrain.epochs,
            ),
        ];
        let warning = |(what, name, images, epochs): (&str, &str, usize, usize)| {
            let steps = images.div_ceil(self.batch);
            let few = steps == 1 || epochs.saturating_mul(steps) < FEW_STEPS;
            let few = epochs > 0 && few;
            few.then(|| {
                format!(
                    "{what} makes only {} steps, {steps} in each epoch: choose a smaller batch or more {name}",
                    epochs.saturating_mul(steps)
                )
            })
        };
        Ok(parts.into_iter().filter_map(warning).collect())
    }

    /// The configuration of the retrainings with a seed.
    pub fn retrain(&self, seed: u64) -> TrainConfig {
        TrainConfig {
            epochs: self.retrain.epochs,
            batch: self.batch,
            learning_rate: self.rate,
            optimizer: self.optimizer.clone(),
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

    /// Reads what [`Self::to_toml`] writes: every setting, and no other.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming what is missing, unknown or wrong.
    pub fn from_toml(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text)
            .map_err(|error| Error::Invalid(error.to_string().trim_end().to_owned()))?;
        config.validate()?;
        Ok(config)
    }
}
