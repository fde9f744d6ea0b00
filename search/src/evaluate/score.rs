//! What a training of an evaluation has come to.

use serde::{Deserialize, Serialize};

use crate::report::Measure;

/// Where a training stopped being finite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Divergence {
    /// What is not finite.
    pub what: String,
    /// Steps made before.
    pub step: usize,
}

/// What a training of an evaluation has come to, as `unit.json` holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Score {
    /// What the network is called.
    pub network: String,
    /// The name of the activation.
    pub activation: String,
    /// The seed.
    pub seed: u64,
    /// The learning rate.
    pub rate: f64,
    /// What is compared.
    pub measure: Measure,
    /// Classes, or tokens, among which the network chooses.
    pub classes: usize,
    /// Examples that it is judged by.
    pub held_out: usize,
    /// Steps of the training.
    pub steps: usize,
    /// Numbers that were trained; none if the training diverged.
    pub parameters: Option<usize>,
    /// The loss after the last epoch; none if the training diverged.
    pub loss: Option<f64>,
    /// The share of right answers after the last epoch; none if the training diverged, or nothing is counted.
    pub accuracy: Option<f64>,
    /// Of a text, the bits of a character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits_per_character: Option<f64>,
    /// Where the training diverged, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diverged: Option<Divergence>,
}

impl Score {
    /// The loss; that of a guess if the training diverged.
    pub fn loss(&self) -> f64 {
        self.loss.unwrap_or((self.classes as f64).ln())
    }

    /// The share of right answers; that of a guess if the training diverged.
    pub fn accuracy(&self) -> f64 {
        self.accuracy.unwrap_or(1.0 / self.classes as f64)
    }

    /// What is compared, as a number of which more is better.
    pub fn merit(&self) -> f64 {
        match self.measure {
            Measure::Accuracy => self.accuracy(),
            Measure::Loss => -self.loss(),
        }
    }
}
