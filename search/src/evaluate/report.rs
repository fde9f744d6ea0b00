//! What the scores of an evaluation come to, as `evaluation.json` holds it.

use serde::Serialize;

use super::{Plan, Role, Score, SearchMean};
use crate::report::Measure;
use crate::statistics::{Comparison, Spread, Test};

/// What the scores of an evaluation come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// What follows, a sentence for each candidate.
    pub verdicts: Vec<String>,
    /// What the network is called.
    pub network: String,
    /// The data set.
    pub data: String,
    /// Epochs of each training.
    pub epochs: usize,
    /// Steps of each training.
    pub steps: usize,
    /// Examples that the networks are judged by.
    pub held_out: usize,
    /// What is compared.
    pub measure: Measure,
    /// The seeds, which all activations share.
    pub seeds: Vec<u64>,
    /// The baseline that the first differences of each row are to.
    pub reference: String,
    /// The baseline with the best mean.
    pub best_baseline: String,
    /// How far apart trainings with one activation are.
    pub noise: Noise,
    /// The activations, candidates first.
    pub activations: Vec<Row>,
    /// The test that decides; none with too few seeds.
    pub test: Option<Test>,
    /// Each candidate with each baseline, corrected for their number.
    pub comparisons: Vec<Compared>,
    /// What the searches of each strategy found, where several searches take part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub searches: Vec<SearchMean>,
    /// The trials of learning rates, on the validation split.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tuning: Vec<Score>,
    /// What was trained.
    pub plan: Plan,
    /// The programs and machines that worked on it.
    pub provenance: Vec<serde_json::Value>,
}

/// An activation with its scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What part it has.
    pub role: Role,
    /// Its formula.
    pub formula: String,
    /// The learning rate.
    pub rate: f64,
    /// Trainings that diverged, which count as guesses.
    pub diverged: usize,
    /// The share of right answers.
    pub accuracy: Option<Spread>,
    /// The loss in nats.
    pub loss: Spread,
    /// Of a text, the bits of a character, over the trainings that did not diverge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits_per_character: Option<Spread>,
    /// What it gains over the reference.
    pub over_reference: Option<Gain>,
    /// What it gains over the best baseline.
    pub over_best: Option<Gain>,
    /// The scores, seed by seed.
    pub scores: Vec<Score>,
}

impl Row {
    /// The mean of what is compared: a share of right answers, or a loss in nats.
    pub fn mean_score(&self, measure: Measure) -> f64 {
        let scores = match measure {
            Measure::Accuracy => self.accuracy,
            Measure::Loss => None,
        };
        scores.unwrap_or(self.loss).mean
    }
}

/// By how much an activation is better than another, seed by seed: as a share of right answers, or in nats.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Gain {
    /// Mean and deviation.
    #[serde(flatten)]
    pub difference: Spread,
    /// The bootstrap interval of the mean; none with too few seeds.
    pub interval: Option<[f64; 2]>,
}

/// A candidate beside a baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Compared {
    /// The candidate.
    pub candidate: String,
    /// The baseline.
    pub baseline: String,
    /// What their differences say; positive ones are in favour of the candidate.
    #[serde(flatten)]
    pub comparison: Comparison,
}

/// How far apart trainings with one activation are that differ in their seeds alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Noise {
    /// The activation, which is the reference.
    pub activation: String,
    /// The standard deviation of what is compared; none of one seed.
    pub deviation: Option<f64>,
    /// From the worst to the best.
    pub span: f64,
}
