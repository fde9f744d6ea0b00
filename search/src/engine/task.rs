//! What is searched on: a network, its data and its losses.

use candle_core::{Tensor, Var};
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// A network with sites of a [`Cell`](crate::cell::Cell), and its data.
///
/// The data are in three parts: one for the weights, one for the architecture (25 % of the training set), one held out.
/// Losses are functions of the variables, the buffers and the number given to them alone: a search that is resumed asks
/// for the same numbers again.
pub trait Task {
    /// The network's trained variables, by name.
    fn variables(&self) -> Vec<(String, Var)>;

    /// Variables that are saved but not trained, by name: running statistics. Architecture steps leave them as they were. Like
    /// the trained ones they are finite numbers; a search stops when one is not.
    fn buffers(&self) -> Vec<(String, Var)> {
        Vec::new()
    }

    /// The loss, a scalar, on batch `number` of the weight part, in training mode.
    ///
    /// # Errors
    /// Whatever fails ends the search.
    fn training_loss(&mut self, number: u64) -> Result<Tensor>;

    /// The loss, a scalar, on batch `number` of the architecture part, in training mode.
    ///
    /// # Errors
    /// Whatever fails ends the search.
    fn validation_loss(&mut self, number: u64) -> Result<Tensor>;

    /// How good the network is on the held-out part, in evaluation mode.
    ///
    /// # Errors
    /// Whatever fails ends the search.
    fn evaluate(&mut self) -> Result<Metrics>;
}

/// How good a network is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// The mean loss.
    pub loss: f64,
    /// The share of correct answers, where the task has such.
    pub accuracy: Option<f64>,
}
