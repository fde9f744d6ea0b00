//! The results of a run.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Formulas;
use crate::engine::Metrics;
use crate::train::Score;

/// The results of a run, as `result.json` holds them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The seed of the run.
    pub seed: u64,
    /// The data set.
    pub data: String,
    /// Layers of the residual network.
    pub depth: usize,
    /// Epochs of the search.
    pub search_epochs: usize,
    /// Steps of as many epochs on the whole training set: a full training, which the cost of the search is a multiple of.
    pub training_steps: usize,
    /// Epochs of each retraining; 0 if there was none.
    pub retrain_epochs: usize,
    /// Images held out.
    pub held_out: usize,
    /// The function by the names of its operations.
    pub genotype: String,
    /// The function with its trained constants.
    pub formulas: Formulas,
    /// How good the search's own network is with the function.
    pub searched: Metrics,
    /// The networks trained from scratch.
    pub retrained: Vec<Retrained>,
}

/// A network trained from scratch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retrained {
    /// `found`, or the name of the function it is compared with.
    pub activation: String,
    /// The formula of its activation.
    pub formula: String,
    /// How good it is on the held-out part after the last epoch.
    #[serde(flatten)]
    pub score: Score,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "genotype    {}", self.genotype)?;
        writeln!(f, "{}", self.formulas)?;
        if self.retrained.is_empty() {
            write!(
                f,
                "The search's own network, a ResNet-{} on {}, has the loss {:.4}",
                self.depth, self.data, self.searched.loss
            )?;
            if let Some(accuracy) = self.searched.accuracy {
                write!(f, " and the accuracy {:.2} %", 100.0 * accuracy)?;
            }
            return writeln!(
                f,
                " on {} held-out images.\nNothing was trained from scratch: the run has no epochs for that (`--retrain-epochs 0`).",
                self.held_out
            );
        }
        writeln!(
            f,
            "ResNet-{} on {}, {} epochs from scratch with each activation, {} held-out images:",
            self.depth, self.data, self.retrain_epochs, self.held_out
        )?;
        writeln!(f)?;
        writeln!(f, "  {:<12}{:>9}{:>10}", "activation", "accuracy", "loss")?;
        for Retrained {
            activation, score, ..
        } in &self.retrained
        {
            let percent = 100.0 * score.accuracy;
            writeln!(f, "  {activation:<12}{percent:>7.2} %{:>10.4}", score.loss)?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "One seed proves nothing: compare functions over several seeds (`--seed`)."
        )
    }
}
