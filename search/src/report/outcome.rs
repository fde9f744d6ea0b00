//! The results of a run.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Findings, Measure};
use crate::error::counted;
use crate::objective::Metrics;
use crate::statistics::Spread;

/// The results of a run, as `result.json` holds them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The seed of the run.
    pub seed: u64,
    /// The data set.
    pub data: String,
    /// What the network is called, where that is not `ResNet-` and its depth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Layers of the network.
    pub depth: usize,
    /// Epochs of the search.
    pub search_epochs: usize,
    /// Steps of a training from scratch, which the cost of the search is a multiple of; if there was none, of as many epochs of training as
    /// the search has.
    pub training_steps: usize,
    /// Epochs of each retraining; 0 if there was none.
    pub retrain_epochs: usize,
    /// Images held out.
    pub held_out: usize,
    /// What the trainings are compared by, where that is not the accuracy.
    #[serde(default, skip_serializing_if = "Measure::is_default")]
    pub measure: Measure,
    /// The functions that were found.
    #[serde(flatten)]
    pub functions: Findings,
    /// How good the search's own network is with the function.
    pub searched: Metrics,
    /// The networks trained from scratch: with the function first, then with those that it is compared with.
    pub retrained: Vec<Retrained>,
}

/// The networks trained from scratch with one activation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Retrained {
    /// `found`, or the name of the function it is compared with.
    pub activation: String,
    /// The formula of its activation.
    pub formula: String,
    /// How good each is on the held-out part after the last epoch; the same seeds for every activation.
    pub scores: Vec<SeedScore>,
}

/// How good the network of one seed is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeedScore {
    /// The seed of its initial weights and of the order of the images.
    pub seed: u64,
    /// How good it is.
    #[serde(flatten)]
    pub score: Metrics,
}

impl Retrained {
    /// The share of right answers over the seeds.
    pub fn accuracy(&self) -> Spread {
        self.spread(accuracy)
    }

    /// The loss over the seeds.
    pub fn loss(&self) -> Spread {
        self.spread(|score| score.loss)
    }

    fn spread(&self, of: impl Fn(&Metrics) -> f64) -> Spread {
        let values: Vec<f64> = self.scores.iter().map(|s| of(&s.score)).collect();
        Spread::of(&values)
    }

    /// By how much it is better than another, seed by seed.
    pub fn lead(&self, other: &Self, by: Measure) -> Spread {
        let pairs = self.scores.iter().zip(&other.scores);
        let leads: Vec<f64> = pairs
            .map(|(own, other)| by.merit(&own.score) - by.merit(&other.score))
            .collect();
        Spread::of(&leads)
    }
}

impl Outcome {
    /// What a residual network of this depth is called.
    pub(crate) fn resnet(depth: usize) -> String {
        format!("ResNet-{depth}")
    }

    /// What the network is called.
    pub fn title(&self) -> String {
        self.network
            .clone()
            .unwrap_or_else(|| Self::resnet(self.depth))
    }

    /// The network trained with the found function, and those that it is compared with; none if nothing was retrained.
    fn compared(&self) -> Option<(&Retrained, &[Retrained])> {
        self.retrained.split_first()
    }

    /// The functions by which the found one falls behind so far that the choice of held-out examples hardly explains it: by more than
    /// three standard errors of the difference of two shares. Also by how much.
    pub fn behind(&self) -> Vec<(&str, f64)> {
        let Some((found, others)) = self.compared() else {
            return Vec::new();
        };
        let share = found.accuracy().mean;
        let behind = |other: &'_ Retrained| {
            let better = other.accuracy().mean;
            let variances = share * (1.0 - share) + better * (1.0 - better);
            let error = (variances / self.held_out as f64).sqrt();
            better - share > 3.0 * error
        };
        let behind = others.iter().filter(|other| behind(other));
        behind
            .map(|other| (&other.activation[..], other.accuracy().mean - share))
            .collect()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (group, finding) in self.functions.iter() {
            if let Some(group) = group {
                writeln!(f, "sites       {group}")?;
            }
            writeln!(f, "{finding}")?;
        }
        let Some((found, others)) = self.compared() else {
            write!(
                f,
                "The search's own network, a {} on {}, has the loss {:.4}",
                self.title(),
                self.data,
                self.searched.loss
            )?;
            if let Some(accuracy) = self.searched.accuracy {
                write!(f, " and the accuracy {:.2} %", 100.0 * accuracy)?;
            }
            return writeln!(f, " on {}.", counted(self.held_out, "held-out example"));
        };
        write!(
            f,
            "{} on {}, {} from scratch with each activation, {}",
            self.title(),
            self.data,
            counted(self.retrain_epochs, "epoch"),
            counted(self.held_out, "held-out example")
        )?;
        let seeds = found.scores.len();
        if seeds > 1 {
            write!(f, ",\nmean ± standard deviation over {seeds} seeds")?;
        }
        writeln!(f, ":\n")?;
        // One number, or two with ±.
        let [accuracy, loss] = if seeds > 1 { [17, 18] } else { [9, 10] };
        writeln!(
            f,
            "  {:<12}{:>accuracy$}{:>loss$}",
            "activation", "accuracy", "loss"
        )?;
        for retrained in &self.retrained {
            let percent = percent(&retrained.accuracy(), 2) + " %";
            writeln!(
                f,
                "  {:<12}{percent:>accuracy$}{:>loss$}",
                retrained.activation,
                retrained.loss().text(4)
            )?;
        }
        if seeds > 1 {
            let what = match self.measure {
                Measure::Accuracy => "percentage points of accuracy",
                Measure::Loss => "nats of loss, where more is less loss",
            };
            writeln!(f, "\nSeed by seed, in {what}:")?;
            for other in others {
                let lead = match self.measure {
                    Measure::Accuracy => percent(&found.lead(other, self.measure), 2),
                    Measure::Loss => found.lead(other, self.measure).text(4),
                };
                writeln!(f, "  found − {:<6}{lead:>15}", other.activation)?;
            }
        }
        Ok(())
    }
}

/// The share of correct answers; where a task has none, no share is better than another.
fn accuracy(metrics: &Metrics) -> f64 {
    metrics.accuracy.unwrap_or(0.0)
}

/// Shares in per cent.
fn percent(shares: &Spread, decimals: usize) -> String {
    shares.scaled(100.0).text(decimals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Finding, Formulas};
    use std::collections::BTreeMap;

    fn retrained(activation: &str, accuracies: &[f64]) -> Retrained {
        let score = |(seed, &accuracy): (u64, &f64)| SeedScore {
            seed,
            score: Metrics {
                loss: 1.0 - accuracy,
                accuracy: Some(accuracy),
            },
        };
        Retrained {
            activation: activation.to_owned(),
            formula: "x".to_owned(),
            scores: (1..).zip(accuracies).map(score).collect(),
        }
    }

    fn outcome(retrained: Vec<Retrained>) -> Outcome {
        let text = String::from("x");
        Outcome {
            seed: 1,
            data: "digits".to_owned(),
            network: None,
            depth: 8,
            search_epochs: 3,
            training_steps: 60,
            retrain_epochs: 2,
            held_out: 359,
            measure: Measure::Accuracy,
            functions: Findings::One(Box::new(Finding {
                genotype: "identity-identity-left-identity-identity-left".to_owned(),
                constants: BTreeMap::new(),
                formulas: Formulas {
                    raw: text.clone(),
                    simplified: text.clone(),
                    derivative: "1".to_owned(),
                },
                cost: None,
                sites: BTreeMap::new(),
                front: None,
            })),
            searched: Metrics {
                loss: 0.5,
                accuracy: None,
            },
            retrained,
        }
    }

    #[test]
    fn seeds_are_compared_in_pairs() {
        let found = retrained("found", &[0.98, 0.97, 0.99]);
        let relu = retrained("relu", &[0.97, 0.96, 0.98]);
        let lead = found.lead(&relu, Measure::Accuracy);
        assert!((lead.mean - 0.01).abs() < 1e-15);
        // The accuracies vary by a point, and the difference not at all.
        assert!(lead.deviation.is_some_and(|deviation| deviation < 1e-15));
        let text = outcome(vec![found, relu]).to_string();
        for part in [
            "mean ± standard deviation over 3 seeds",
            "98.00 ± 1.00 %",
            "0.0200 ± 0.0100",
            "found − relu      1.00 ± 0.00",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn only_what_chance_does_not_explain_is_behind() {
        let of = |found: f64, relu: f64| {
            let both = outcome(vec![
                retrained("found", &[found]),
                retrained("relu", &[relu]),
            ]);
            both.behind()
                .into_iter()
                .map(|(name, _)| name.to_owned())
                .collect::<Vec<_>>()
        };
        // Of 359 images, the standard error of 0.972 − 0.886 is 0.0189.
        assert_eq!(of(0.886, 0.972), ["relu"]);
        assert_eq!(of(0.925, 0.972), [""; 0]);
        assert_eq!(of(0.972, 0.886), [""; 0]);
        assert!(outcome(Vec::new()).behind().is_empty());
    }

    #[test]
    fn the_verdict_is_a_sentence() {
        let relu = [0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96];
        let over = |gains: [f64; 7]| {
            let scores: Vec<f64> = relu
                .iter()
                .zip(gains)
                .map(|(relu, gain)| relu + gain)
                .collect();
            scores
        };
        let better = over([0.010, 0.012, 0.011, 0.009, 0.013, 0.010, 0.008]);
        let neither = over([0.01, -0.02, 0.03, -0.01, 0.01, -0.02, 0.01]);
        let verdict = |found: &[f64], relu: &[f64], gelu: &[f64]| {
            let all = [("found", found), ("relu", relu), ("gelu", gelu)];
            let mut of = outcome(all.map(|(name, scores)| retrained(name, scores)).into());
            let accuracy = of.verdict();
            // The loss is 1 − accuracy here.
            of.measure = Measure::Loss;
            (accuracy, of.verdict())
        };
        let (accuracy, loss) = verdict(&better, &relu, &better);
        // 2 · 2/2⁷ for the one, and 1 for the other.
        assert_eq!(
            accuracy.as_deref(),
            Some(
                "The found function is better than relu (+1.04 percentage points, p = 0.0312), and not told apart from gelu (0.00 \
                 percentage points, p = 1.0000), by the sign-flip test, corrected for 2 comparisons."
            )
        );
        assert!(
            loss.is_some_and(|text| text.contains("better than relu (+0.0104 nats, p = 0.0312)"))
        );
        let (worse, _) = verdict(&relu, &better, &neither);
        let worse = worse.expect("a sentence");
        assert!(
            worse.starts_with("The found function is worse than relu (-1.04"),
            "{worse}"
        );
        let (few, _) = verdict(&better[..3], &relu[..3], &relu[..3]);
        let expected = "The found function is not told apart from relu and gelu: 3 seeds are too few for a test.";
        assert_eq!(few.as_deref(), Some(expected));
        let (one, _) = verdict(&better[..1], &relu[..1], &relu[..1]);
        assert!(one.is_some_and(|text| text.contains("relu and gelu: one seed tells nothing")));
        // What is ahead by more than chance is said elsewhere.
        let (behind, _) = verdict(&[0.5], &[0.9], &[0.51]);
        assert!(behind.is_some_and(|text| text.contains("not told apart from gelu: one")));
        assert_eq!(verdict(&[0.5], &[0.9], &[0.9]).0, None);
        assert_eq!(outcome(Vec::new()).verdict(), None);
    }

    #[test]
    fn what_is_simple_already_stands_once() {
        let text = outcome(Vec::new()).to_string();
        assert!(text.contains("formula     x\nderivative  1\n"), "{text}");
        assert!(!text.contains("simplified"), "{text}");
    }
}
