//! How a search spends its steps.

use serde::{Deserialize, Serialize};

use super::bilevel::Bilevel;
use super::{Event, SearchConfig, Shrinking, Tournament, schedule};
use crate::error::Result;
use crate::state::State;
use crate::task::Task;

/// How a search spends its steps. A budget of `n` steps is `2 n` passes through the network: an architecture and a weight step each
/// time, or two training steps of candidates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StrategyKind {
    /// By gradients: the cell is relaxed, and operations leave one by one.
    #[default]
    Gradient,
    /// Random search, a baseline: so many random functions, each trained from the same start for an equal share of the steps; the
    /// one with the lowest loss on the validation split is found.
    Random(usize),
    /// Successive halving, a baseline (Jamieson, Talwalkar, arXiv 1502.07943): so many random functions to begin with; whenever the
    /// steps of a rung are spent, the better half goes on, until one is left. Every rung has the same number of steps.
    Halving(usize),
}

impl StrategyKind {
    pub(super) fn build<T: Task>(
        self,
        config: &SearchConfig,
        network: &Bilevel<T>,
    ) -> Result<Box<dyn Strategy<T>>> {
        Ok(match self {
            Self::Gradient => Box::new(Shrinking::new(config, network.cell.space())?),
            Self::Random(candidates) => Box::new(Tournament::new(config, network, candidates, 1)?),
            Self::Halving(candidates) => Box::new(Tournament::new(
                config,
                network,
                candidates,
                halvings(candidates),
            )?),
        })
    }

    /// Checks that the steps of `config` can be spent so.
    pub(super) fn validate(self, config: &SearchConfig) -> Result<()> {
        match self {
            Self::Gradient => {
                schedule::removal_times(config.periods, config.shrink_start, 0).map(|_| ())
            }
            Self::Random(candidates) => Tournament::plan(config, candidates, 1).map(|_| ()),
            Self::Halving(candidates) => {
                Tournament::plan(config, candidates, halvings(candidates)).map(|_| ())
            }
        }
    }
}

/// How often so many candidates are halved until one is left: the logarithm, rounded up.
fn halvings(candidates: usize) -> usize {
    (candidates.max(2) - 1).ilog2() as usize + 1
}

/// The losses of a step.
pub(super) struct StepLosses {
    pub(super) train: f64,
    pub(super) validation: Option<f64>,
    /// The learning rate of the weights.
    pub(super) rate: f64,
}

/// Spends steps.
pub(super) trait Strategy<T> {
    /// Steps in all.
    fn steps(&self) -> usize;

    /// Makes step `step`.
    fn step(
        &mut self,
        step: usize,
        network: &mut Bilevel<T>,
        observe: &mut dyn FnMut(&Event),
    ) -> Result<StepLosses>;

    /// What it knows besides the network and the number of the step.
    fn state(&self) -> Result<State>;

    /// Continues from a saved state.
    fn load_state(&mut self, state: &State) -> Result<()>;
}
