//! The settings of a search.

use serde::{Deserialize, Serialize};

use super::rungs::plan;
use super::{Removal, StrategyKind, schedule};
use crate::cell::Base;
use crate::error::{Error, Result};
use crate::optim::{AdamConfig, Decay, OptimizerConfig, Rates, Schedule, Span, TrainingOptions};

/// How a search spends its steps. A period is what removals are counted in: an epoch, or a single step. The operations to start from,
/// the seed and the relaxation belong to the [`Cell`](crate::cell::Cell).
///
/// ```
/// use actsmith_search::engine::SearchConfig;
///
/// let config = SearchConfig {
///     periods: 20,
///     steps_per_period: 100,
///     rate: 1e-3,
///     ..SearchConfig::default()
/// };
/// config.validate()?;
/// assert_eq!(config.steps(), 2000);
/// let error = SearchConfig { clip: Some(0.0), ..config }.validate().expect_err("a limit of 0");
/// assert!(error.to_string().contains("above 0"));
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchConfig {
    /// How steps are spent.
    #[serde(default)]
    pub strategy: StrategyKind,
    /// Periods of the search.
    pub periods: usize,
    /// Search steps of a period.
    pub steps_per_period: usize,
    /// Periods at the start in which the weight step runs with `base`.
    pub warm_periods: usize,
    /// The activation of the warm start.
    pub base: Base,
    /// Completed periods at the first removal.
    pub shrink_start: usize,
    /// Which operation leaves next.
    #[serde(default, skip_serializing_if = "is_default")]
    pub removal: Removal,
    /// What is added to the loss of the architecture step, in its unit, for each GELU's worth of work of the cell: the sum over the slots of what
    /// operations cost, each times its mean weight ([`Space::costs`](crate::space::Space::costs)).
    #[serde(default, skip_serializing_if = "is_default")]
    pub cost_weight: f64,
    /// Periods from one report and checkpoint to the next.
    pub report_every: usize,
    /// Batches whose gradients are averaged in a step.
    pub accumulate: usize,
    /// The learning rate of `α`, β and `m`.
    pub architecture_rate: f64,
    /// The optimiser of the weights.
    pub optimizer: OptimizerConfig,
    /// The learning rate of the weights after the warm-up.
    pub rate: f64,
    /// How it goes on over exactly the steps of the search.
    #[serde(default, skip_serializing_if = "is_default")]
    pub schedule: Schedule,
    /// The steps at the start in which it rises.
    #[serde(default, skip_serializing_if = "is_default")]
    pub warmup: Span,
    /// The learning rate after the last step, of a cosine.
    pub final_rate: f64,
    /// The largest norm of the weights' gradient, if it is limited.
    pub clip: Option<f64>,
}

/// A search for a small network: 50 periods of 20 steps with AdamW.
impl Default for SearchConfig {
    fn default() -> Self {
        Self {
            strategy: StrategyKind::Gradient,
            periods: 50,
            steps_per_period: 20,
            warm_periods: 1,
            base: Base::Relu,
            shrink_start: 2,
            removal: Removal::default(),
            cost_weight: 0.0,
            report_every: 1,
            accumulate: 1,
            architecture_rate: 6e-3,
            optimizer: OptimizerConfig::Adam(AdamConfig {
                decay: Decay::Decoupled(1e-2),
                ..AdamConfig::default()
            }),
            rate: 3e-3,
            schedule: Schedule::Cosine,
            warmup: Span::default(),
            final_rate: 3e-5,
            clip: Some(1.0),
        }
    }
}

impl SearchConfig {
    /// Steps of a search by gradients; a strategy may make more of them, each of which costs less. [`Self::validate`] checks that
    /// there is such a count.
    pub fn steps(&self) -> usize {
        self.periods * self.steps_per_period
    }

    /// Training steps that a baseline has for its candidates: a step of a search by gradients is two passes through the network.
    pub(super) fn training_steps(&self) -> usize {
        2 * self.steps()
    }

    /// The learning rate of the weights over so many steps.
    pub(super) fn rates(&self, steps: usize) -> Rates {
        self.training().rates(self.rate, steps)
    }

    /// What the steps of the weights have in common with those of trainings from scratch.
    fn training(&self) -> TrainingOptions {
        TrainingOptions {
            schedule: self.schedule.clone(),
            warmup: self.warmup,
            final_rate: self.final_rate,
            clip: self.clip,
            accumulate: self.accumulate,
            ..TrainingOptions::default()
        }
    }

    /// The architecture's optimiser: Adam with β = (0.5, 0.999) and decay 10⁻³.
    pub fn architecture_optimizer() -> AdamConfig {
        AdamConfig {
            betas: [0.5, 0.999],
            decay: Decay::Coupled(1e-3),
            ..AdamConfig::default()
        }
    }

    /// Checks the settings that need no more than themselves.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the setting, if one makes no sense.
    pub fn validate(&self) -> Result<()> {
        self.optimizer.validate()?;
        self.training().validate()?;
        let positive = [
            ("steps_per_period", self.steps_per_period),
            ("report_every", self.report_every),
        ];
        if let Some((name, _)) = positive.into_iter().find(|&(_, value)| value == 0) {
            return Err(Error::Invalid(format!("`{name}` is 0: choose at least 1")));
        }
        let rates = [
            ("architecture_rate", self.architecture_rate),
            ("rate", self.rate),
            ("cost_weight", self.cost_weight),
        ];
        if let Some((name, value)) = rates
            .into_iter()
            .find(|(_, value)| !(value.is_finite() && *value >= 0.0))
        {
            return Err(Error::Invalid(format!(
                "`{name}` is {value}: choose a finite number from 0"
            )));
        }
        if self.periods == 0 && self.strategy != StrategyKind::Gradient {
            return Err(Error::Invalid(
                "`periods` is 0: choose at least 1".to_owned(),
            ));
        }
        let batches = (self.periods)
            .checked_mul(self.steps_per_period)
            .and_then(|steps| steps.checked_mul(self.accumulate))
            .and_then(|batches| batches.checked_mul(2));
        let interval = self.steps_per_period.checked_mul(self.report_every);
        if batches.is_none() || interval.is_none() {
            return Err(Error::Invalid(format!(
                "{} `periods` of {} `steps_per_period`, each of {} batches (`accumulate`) and reported every {} periods \
                 (`report_every`), exceed the largest count: choose fewer",
                self.periods, self.steps_per_period, self.accumulate, self.report_every
            )));
        }
        match self.strategy.tournament() {
            None => schedule::removal_times(self.periods, self.shrink_start, 0).map(|_| ())?,
            Some((candidates, rungs)) => {
                plan(self.training_steps(), candidates, rungs).map(|_| ())?;
            }
        }
        if self.warm_periods > self.periods {
            return Err(Error::Invalid(format!(
                "`warm_periods` is {} of {} periods: choose fewer",
                self.warm_periods, self.periods
            )));
        }
        Ok(())
    }
}

/// Whether a setting is left as it is usual, so that it is not written.
fn is_default<T: Default + PartialEq>(setting: &T) -> bool {
    *setting == T::default()
}
