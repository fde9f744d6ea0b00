//! How a search spends its steps: a row for each strategy.

use serde::{Deserialize, Serialize};

/// How a search spends its steps. A budget of `n` steps is `2 n` passes through the network: an architecture and a weight step each
/// time, or two training steps of candidates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum StrategyKind {
    /// By gradients: the cell is relaxed, and operations are removed one by one.
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
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gradient => "gradient",
            Self::Random(_) => "random",
            Self::Halving(_) => "halving",
        }
    }

    /// The candidates of a baseline, and how often they are sorted out; none for a search by gradients.
    pub(super) fn tournament(self) -> Option<(usize, usize)> {
        match self {
            Self::Gradient => None,
            Self::Random(candidates) => Some((candidates, 1)),
            Self::Halving(candidates) => Some((candidates, halvings(candidates))),
        }
    }
}

/// How often so many candidates are halved until one is left: the logarithm, rounded up.
fn halvings(candidates: usize) -> usize {
    (candidates.max(2) - 1).ilog2() as usize + 1
}
