//! What a search costs, measured beside what it is compared with.

use std::fmt;
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// How often something was done, and how long all of it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Share {
    /// How often.
    pub count: u64,
    /// Seconds in all.
    pub seconds: f64,
}

impl Share {
    /// Adds one that began at `start` and is over.
    pub(super) fn count(&mut self, start: Instant) {
        self.count += 1;
        self.seconds += start.elapsed().as_secs_f64();
    }

    /// Seconds for one; 0 if there was none.
    pub fn mean(&self) -> f64 {
        self.seconds / self.count.max(1) as f64
    }
}

/// The time that a search takes. It decides nothing.
///
/// The yardstick is a weight step of the same network with ReLU at every site, on the same batches. One is made, and undone, every
/// few steps all through the search, so that whatever else the machine does slows both alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cost {
    /// Steps of `α`, β and `m`.
    pub architecture: Share,
    /// Steps of the weights.
    pub weights: Share,
    /// Evaluations on held-out data and, where candidates are compared, on the validation split.
    pub validation: Share,
    /// Weight steps with ReLU; no part of the search.
    pub relu: Share,
}

impl Cost {
    /// Adds what was spent elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (share, other) in [
            (&mut self.architecture, other.architecture),
            (&mut self.weights, other.weights),
            (&mut self.validation, other.validation),
            (&mut self.relu, other.relu),
        ] {
            share.count += other.count;
            share.seconds += other.seconds;
        }
    }

    /// Seconds of the search.
    pub fn seconds(&self) -> f64 {
        self.architecture.seconds + self.weights.seconds + self.validation.seconds
    }

    /// The search as a multiple of a training of so many steps with ReLU: `[architecture, weights, validation]`. `None` before
    /// the first step with ReLU.
    pub fn in_trainings(&self, steps: usize) -> Option<[f64; 3]> {
        let training = self.relu.mean() * steps as f64;
        let shares = [self.architecture, self.weights, self.validation];
        (training > 0.0).then(|| shares.map(|share| share.seconds / training))
    }

    /// An architecture step and a weight step, each as a multiple of a step with ReLU.
    pub fn of_steps(&self) -> Option<[f64; 2]> {
        let relu = self.relu.mean();
        (relu > 0.0).then(|| [self.architecture, self.weights].map(|share| share.mean() / relu))
    }

    /// For a reader, against a training of so many steps.
    pub fn report(&self, steps: usize) -> impl fmt::Display {
        let seconds = self.seconds();
        match (self.in_trainings(steps), self.of_steps()) {
            (Some([_, weights, validation]), Some([_, second])) if self.architecture.count == 0 => {
                format!(
                    "The search took {seconds:.1} s, as long as {:.2} trainings of {steps} steps with ReLU:\n\
                 {weights:.2} in training steps, {validation:.2} in validation.\n\
                 A training step takes {second:.1} times as long as a step with ReLU.",
                    weights + validation
                )
            }
            (Some([architecture, weights, validation]), Some([first, second])) => format!(
                "The search took {seconds:.1} s, as long as {:.2} trainings of {steps} steps with ReLU:\n\
                 {architecture:.2} in architecture steps, {weights:.2} in weight steps, {validation:.2} in validation.\n\
                 An architecture step takes {first:.1} times as long as a step with ReLU, a weight step {second:.1} times.",
                architecture + weights + validation
            ),
            _ => format!("The search took {seconds:.1} s."),
        }
    }
}
