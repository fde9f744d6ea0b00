//! How large a model is, before it is built.

/// About how many numbers a model needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Footprint {
    /// Numbers that are trained.
    pub parameters: f64,
    /// Numbers that a training step holds for each example at its peak: what the backward pass needs, gradients, and the largest buffer of
    /// a layer.
    pub per_example: f64,
}

/// Bytes of a number.
const NUMBER: f64 = 4.0;
/// Weights, their gradients, what an optimiser remembers of them, and a copy while they move.
const OF_A_PARAMETER: f64 = 5.0;
/// The share of what a training step holds for an example that the forward pass alone does.
const FORWARD: f64 = 2.0 / 3.0;
/// Examples of a batch where nothing is learned, and the memory that it may take.
const EVALUATION_BATCH: usize = 256;
const EVALUATION_BYTES: f64 = 2.0 * (1u64 << 30) as f64;

impl Footprint {
    /// Bytes of a training step on so many examples.
    pub fn bytes(&self, batch: usize) -> f64 {
        NUMBER * (OF_A_PARAMETER * self.parameters + self.per_example * batch as f64)
    }

    /// The largest batch that fits into so many bytes; 0 if the weights alone do not.
    pub fn largest_batch(&self, bytes: f64) -> usize {
        let left = bytes / NUMBER - OF_A_PARAMETER * self.parameters;
        (left / self.per_example).max(0.0) as usize
    }

    /// Examples that are evaluated at once: fewer where each takes much memory.
    pub fn evaluation_batch(&self) -> usize {
        let fitting = EVALUATION_BYTES / (NUMBER * FORWARD * self.per_example);
        (fitting as usize).clamp(1, EVALUATION_BATCH)
    }
}
