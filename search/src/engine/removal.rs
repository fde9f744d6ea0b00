//! Which operation leaves next.

use serde::{Deserialize, Serialize};

use super::bilevel::Bilevel;
use crate::cell::Group;
use crate::error::Result;
use crate::space::Slot;
use crate::task::Task;

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

/// How many operations are tried by their loss.
const TRIED: usize = 4;

impl Removal {
    /// Takes out an operation of a group; `None` once each slot has one left.
    pub(super) fn remove<T: Task>(
        self,
        step: usize,
        group: &Group,
        network: &mut Bilevel<T>,
    ) -> Result<Option<(Slot, String)>> {
        if self == Self::Weight {
            return group.shrink();
        }
        let mut best: Option<(f64, Slot, String, _)> = None;
        for (slot, operation, left) in group.without_each(TRIED)? {
            group.set_choices(left.clone());
            let loss = network.validate_batch(step as u64)?;
            // NaN is more than any number; of equals the weakest leaves.
            if best
                .as_ref()
                .is_none_or(|(least, ..)| loss.total_cmp(least).is_lt())
            {
                best = Some((loss, slot, operation, left));
            }
        }
        Ok(best.map(|(_, slot, operation, left)| {
            group.set_choices(left);
            (slot, operation)
        }))
    }
}
