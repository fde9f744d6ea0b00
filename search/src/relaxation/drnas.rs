//! DrNAS (Chen et al., arXiv 2006.10355): random weights, smooth in their distribution.

use rand_chacha::ChaCha8Rng;

use super::{Relaxation, dirichlet};

/// Weights are one sample of `Dirichlet(c)` with concentration `c = elu(α) + 1`, and gradients reach `α` through the sample
/// (see [`dirichlet::gradient`]). `c` is positive for every `α`, and `α = 0` gives the uniform distribution on the simplex.
#[derive(Clone, Copy, Debug, Default)]
pub struct DrNas;

impl Relaxation for DrNas {
    fn name(&self) -> String {
        "drnas".to_owned()
    }

    fn sample(&self, alpha: &[f64], rng: &mut ChaCha8Rng) -> Vec<f64> {
        dirichlet::sample(&concentration(alpha), rng)
    }

    /// `c / Σ c`.
    fn mean(&self, alpha: &[f64]) -> Vec<f64> {
        let concentration = concentration(alpha);
        let total: f64 = concentration.iter().sum();
        concentration.into_iter().map(|c| c / total).collect()
    }

    fn gradient(&self, alpha: &[f64], weights: &[f64], grad_weights: &[f64]) -> Vec<f64> {
        let mut grad = dirichlet::gradient(&concentration(alpha), weights, grad_weights);
        for (g, &a) in grad.iter_mut().zip(alpha) {
            // d(elu(α) + 1)/dα is 1 above zero and e^α below.
            *g *= a.min(0.0).exp();
        }
        grad
    }
}

/// `elu(α) + 1`: `α + 1` above zero, `e^α` below.
fn concentration(alpha: &[f64]) -> Vec<f64> {
    let of = |a: f64| if a > 0.0 { a + 1.0 } else { a.exp() };
    alpha.iter().map(|&a| of(a)).collect()
}
