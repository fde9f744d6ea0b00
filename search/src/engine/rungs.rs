//! How the steps of a baseline are shared out among its candidates.

use crate::error::{Error, Result};

/// A share of the steps, for some candidates.
#[derive(Clone, Copy)]
pub(super) struct Rung {
    pub(super) candidates: usize,
    pub(super) steps: usize,
    /// The first step of the search that belongs to it.
    pub(super) start: usize,
    /// Steps that each of its candidates had before.
    pub(super) before: usize,
}

/// How a budget of training steps is shared out.
///
/// # Errors
/// [`Error::Invalid`] if there are too few steps for so many candidates, or fewer than two.
pub(super) fn plan(budget: usize, candidates: usize, rungs: usize) -> Result<Vec<Rung>> {
    if candidates < 2 {
        return Err(Error::Invalid(format!(
            "{candidates} candidates leave nothing to compare: choose at least 2"
        )));
    }
    let (mut start, mut before) = (0, 0);
    let plan: Vec<Rung> = (0..rungs)
        .map(|rung| {
            let candidates = (candidates >> rung).max(1);
            let steps = budget / rungs / candidates;
            let this = Rung {
                candidates,
                steps,
                start,
                before,
            };
            start += candidates * steps;
            before += steps;
            this
        })
        .collect();
    if plan[0].steps == 0 {
        return Err(Error::Invalid(format!(
            "{budget} training steps are too few for {candidates} candidates: choose fewer, or more steps"
        )));
    }
    Ok(plan)
}
