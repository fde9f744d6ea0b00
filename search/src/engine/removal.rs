//! Which operation leaves next.

use serde::{Deserialize, Serialize};

/// Which operation of the fullest slot leaves next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Removal {
    /// The one with the smallest `α`, as in the published search.
    #[default]
    Weight,
    /// Of the four with the smallest `α`, the one without which the loss of a validation batch is lowest: a weight need not say how much
    /// the network depends on an operation (Wang and others, "Rethinking Architecture Selection in Differentiable NAS", arXiv 2108.04392).
    Loss,
}
