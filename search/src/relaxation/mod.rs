//! Relaxations: a slot's numbers `α` become weights of its operations, and gradients of the weights come back to `α`.
//!
//! Gradients are of the first order: the network's weights are taken as they are, not as functions of `α` that further training
//! would make of them.
//!
//! ```
//! use actsmith_search::relaxation::RelaxationKind;
//! use actsmith_search::seed;
//!
//! let relaxation = RelaxationKind::DrNas.build();
//! let weights = relaxation.sample(&[0.0, 0.0, 1.0], &mut seed::rng(0, "example", 0));
//! assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
//! assert!(relaxation.mean(&[0.0, 0.0, 1.0])[2] > 0.33);
//! ```

mod darts;
#[doc(hidden)] // Compared with reference values in the tests.
pub mod dirichlet;
mod drnas;
mod quadrature;
mod reinmax;

pub use darts::Darts;
pub use drnas::DrNas;
pub use reinmax::ReinMax;

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// How a slot chooses among operations while it is searched. Vectors have one number for each operation that is still in.
pub trait Relaxation: Send + Sync {
    /// The name in checkpoints, settings included: a search goes on with the relaxation that it began with.
    fn name(&self) -> String;

    /// Weights for one use of the cell: non-negative, of sum 1. A single operation has weight 1.
    fn sample(&self, alpha: &[f64], rng: &mut ChaCha8Rng) -> Vec<f64>;

    /// The mean of [`Self::sample`] over all draws.
    fn mean(&self, alpha: &[f64]) -> Vec<f64>;

    /// The gradient with respect to `alpha` of a loss that has gradient `grad_weights` at the sample `weights`.
    fn gradient(&self, alpha: &[f64], weights: &[f64], grad_weights: &[f64]) -> Vec<f64>;
}

/// The relaxations that settings name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RelaxationKind {
    /// [`DrNas`].
    #[default]
    DrNas,
    /// [`Darts`].
    Darts,
    /// [`ReinMax`] at temperature 1.
    ReinMax,
}

impl RelaxationKind {
    /// The relaxation of this name.
    pub fn build(self) -> Box<dyn Relaxation> {
        match self {
            Self::DrNas => Box::new(DrNas),
            Self::Darts => Box::new(Darts),
            Self::ReinMax => Box::new(ReinMax::default()),
        }
    }
}

/// The step of difference quotients in `α`.
const STEP: f64 = 1e-4;

/// The gradient of `Σ pᵢ cᵢ` with respect to `α`, where p are the mean weights: by central differences, which are right to about eight
/// digits for any relaxation.
pub(crate) fn mean_gradient(relaxation: &dyn Relaxation, alpha: &[f64], costs: &[f64]) -> Vec<f64> {
    let mut moved = alpha.to_vec();
    let mut mean_cost = |index: usize, offset: f64| -> f64 {
        moved[index] = alpha[index] + offset;
        let weights = relaxation.mean(&moved);
        moved[index] = alpha[index];
        weights.iter().zip(costs).map(|(p, c)| p * c).sum()
    };
    (0..alpha.len())
        .map(|index| (mean_cost(index, STEP) - mean_cost(index, -STEP)) / (2.0 * STEP))
        .collect()
}

/// `e^(αᵢ/τ) / Σ e^(αⱼ/τ)`.
fn softmax(alpha: &[f64], temperature: f64) -> Vec<f64> {
    let greatest = alpha.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = alpha
        .iter()
        .map(|a| ((a - greatest) / temperature).exp())
        .collect();
    let total: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / total).collect()
}

/// The gradient through `p = softmax(α)`: `pᵢ (gᵢ − Σ pⱼ gⱼ)`.
fn through_softmax(p: &[f64], g: &[f64]) -> Vec<f64> {
    let mean: f64 = p.iter().zip(g).map(|(p, g)| p * g).sum();
    p.iter().zip(g).map(|(p, g)| p * (g - mean)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For softmax, the gradient is `pᵢ (cᵢ − Σ pⱼ cⱼ)`.
    #[test]
    fn mean_costs_have_their_gradient() {
        let (alpha, costs) = ([0.3, -0.2, 0.1], [1.0, 4.0, 0.25]);
        let truth = through_softmax(&softmax(&alpha, 1.0), &costs);
        for (found, truth) in mean_gradient(&Darts, &alpha, &costs).iter().zip(truth) {
            assert!((found - truth).abs() < 1e-8, "{found}, not {truth}");
        }
        // Weights of Dirichlet samples have the mean c / Σ c with c = elu(α) + 1.
        let concentration = [1.3, (-0.2f64).exp(), 1.1];
        let total: f64 = concentration.iter().sum();
        let mean: f64 = concentration
            .iter()
            .zip(costs)
            .map(|(c, cost)| c * cost / total)
            .sum();
        let slopes = [1.0, (-0.2f64).exp(), 1.0];
        let found = mean_gradient(&DrNas, &alpha, &costs);
        for ((found, slope), cost) in found.iter().zip(slopes).zip(costs) {
            let truth = slope * (cost - mean) / total;
            assert!((found - truth).abs() < 1e-8, "{found}, not {truth}");
        }
    }
}
