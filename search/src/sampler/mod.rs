//! The relaxation: a slot's numbers `α` become random weights of its operations, and gradients come back to `α`.
//!
//! The weights of a slot are one sample of `Dirichlet(c)` with concentration `c = elu(α) + 1` (DrNAS, Chen et al.,
//! arXiv 2006.10355). `c` is positive for every `α`, and `α = 0` gives the uniform distribution on the simplex.
//! Gradients reach `α` through the sample: see [`dirichlet::gradient`].

pub mod dirichlet;
mod quadrature;

use rand::Rng;

/// Weights of the operations with numbers `alpha`: non-negative, of sum 1. A single operation has weight 1.
pub fn sample<R: Rng>(alpha: &[f64], rng: &mut R) -> Vec<f64> {
    dirichlet::sample(&concentration(alpha), rng)
}

/// The mean of [`sample`]: `c / Σ c`.
pub fn mean(alpha: &[f64]) -> Vec<f64> {
    let concentration = concentration(alpha);
    let total: f64 = concentration.iter().sum();
    concentration.into_iter().map(|c| c / total).collect()
}

/// The gradient with respect to `alpha`, given a sample and the gradient with respect to that sample.
pub fn gradient(alpha: &[f64], weights: &[f64], grad_weights: &[f64]) -> Vec<f64> {
    let mut grad = dirichlet::gradient(&concentration(alpha), weights, grad_weights);
    for (g, &a) in grad.iter_mut().zip(alpha) {
        // d(elu(α) + 1)/dα is 1 above zero and e^α below.
        *g *= a.min(0.0).exp();
    }
    grad
}

/// `elu(α) + 1`: `α + 1` above zero, `e^α` below.
fn concentration(alpha: &[f64]) -> Vec<f64> {
    alpha
        .iter()
        .map(|&a| if a > 0.0 { a + 1.0 } else { a.exp() })
        .collect()
}
