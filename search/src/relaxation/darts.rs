//! DARTS (Liu, Simonyan, Yang, arXiv 1806.09055): a softmax, nothing random.

use rand_chacha::ChaCha8Rng;

use super::{Relaxation, softmax, through_softmax};

/// Weights are `softmax(α)`, the same at every site.
#[derive(Clone, Copy, Debug, Default)]
pub struct Darts;

impl Relaxation for Darts {
    fn name(&self) -> String {
        "darts".to_owned()
    }

    fn sample(&self, alpha: &[f64], _: &mut ChaCha8Rng) -> Vec<f64> {
        self.mean(alpha)
    }

    fn mean(&self, alpha: &[f64]) -> Vec<f64> {
        softmax(alpha, 1.0)
    }

    fn gradient(&self, _: &[f64], weights: &[f64], grad_weights: &[f64]) -> Vec<f64> {
        through_softmax(weights, grad_weights)
    }
}
