//! ReinMax (Liu, Dong, Liu, Yu, Gao, arXiv 2304.08612): one operation at a time, and a gradient of the second order in the jump.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{Relaxation, softmax, through_softmax};

/// Weights are one operation `D`, drawn with probabilities `π₀ = softmax(α)`. Straight-through estimators take the sample's
/// gradient for that of `π₀`; ReinMax takes Heun's rule instead of Euler's: with `π₁ = (D + softmax(α/τ))/2` the gradient is
/// `2 J(π₁)·g − ½ J(π₀)·g`, where `J(p)·g = p (g − Σ p g)`.
#[derive(Clone, Copy, Debug)]
pub struct ReinMax {
    /// `τ`: above 1, the gradient has less variance and more bias.
    pub temperature: f64,
}

impl Default for ReinMax {
    fn default() -> Self {
        Self { temperature: 1.0 }
    }
}

impl Relaxation for ReinMax {
    fn name(&self) -> String {
        format!("reinmax at temperature {}", self.temperature)
    }

    fn sample(&self, alpha: &[f64], rng: &mut ChaCha8Rng) -> Vec<f64> {
        let mut left: f64 = rng.random();
        let mut weights = self.mean(alpha);
        let drawn = weights.iter().position(|p| {
            left -= p;
            left < 0.0
        });
        // Rounding may leave a little past the last operation; NaN stays, for the loss to show it.
        let drawn = drawn.unwrap_or(alpha.len() - 1);
        for (i, weight) in weights.iter_mut().enumerate() {
            if !weight.is_nan() {
                *weight = f64::from(u8::from(i == drawn));
            }
        }
        weights
    }

    fn mean(&self, alpha: &[f64]) -> Vec<f64> {
        softmax(alpha, 1.0)
    }

    fn gradient(&self, alpha: &[f64], weights: &[f64], grad_weights: &[f64]) -> Vec<f64> {
        let soft = softmax(alpha, self.temperature);
        let middle: Vec<f64> = weights
            .iter()
            .zip(soft)
            .map(|(d, p)| 0.5 * (d + p))
            .collect();
        let at_middle = through_softmax(&middle, grad_weights);
        let at_start = through_softmax(&softmax(alpha, 1.0), grad_weights);
        let both = at_middle.iter().zip(at_start);
        both.map(|(middle, start)| 2.0 * middle - 0.5 * start)
            .collect()
    }
}
