//! The Dirichlet distribution: samples, and exact pathwise gradients of a sample.
//!
//! A sample is `x_i = z_i / Σ z` of independent `z_i ~ Gamma(c_i, 1)`. All is done with `ln z`, because `z` itself
//! underflows for small concentrations (`c = 0.001` has a median near `10⁻³⁰¹`).
//!
//! **Pathwise gradient.** `x_i` follows `Beta(a, b)` with `a = c_i`, `b = Σ c − c_i`, independently of the proportions
//! of the others to each other. As `c_i` moves and the probability `F(x_i; a, b)` stays, `x_i` moves at the rate
//! `−(∂F/∂a) / p(x_i)`, and the others shrink in proportion (implicit reparameterisation: Figurnov et al., arXiv
//! 1805.08498; the same gradient as `torch.distributions.Dirichlet.rsample`). With
//! `d_i = −(∂F/∂a) / (p(x_i) (1 − x_i))`, the gradient of a loss with sample gradient `g` is `d_i (g_i − Σ_j x_j g_j)`.
//!
//! **`∂F/∂a` without cancellation.** With `μ = E[ln t] = ψ(a) − ψ(a+b)`, both are exact:
//! `−∂F/∂a = ∫₀ˣ (μ − ln t) p(t) dt = ∫ₓ¹ (ln t − μ) p(t) dt`. For `ln x ≤ μ` the first integrand has one sign, otherwise
//! the second has: the sum of a quadrature then loses no digits. PyTorch approximates here, with relative errors to 10⁻³.

use super::quadrature::integrate_decaying;
use rand::distr::Open01;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, Gamma};

/// Smaller concentrations are taken as this one: its reciprocal and the square of that are finite.
const LEAST_CONCENTRATION: f64 = 1e-100;

/// The concentration, at least [`LEAST_CONCENTRATION`]; NaN stays NaN, which `f64::max` would not see to.
fn raised(concentration: f64) -> f64 {
    if concentration < LEAST_CONCENTRATION {
        LEAST_CONCENTRATION
    } else {
        concentration
    }
}

/// A sample of the distribution with these concentrations.
pub fn sample<R: Rng>(concentration: &[f64], rng: &mut R) -> Vec<f64> {
    let logs: Vec<f64> = concentration
        .iter()
        .map(|&c| log_gamma_variate(c, rng))
        .collect();
    let greatest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let scaled: Vec<f64> = logs.iter().map(|log| (log - greatest).exp()).collect();
    let total: f64 = scaled.iter().sum();
    scaled.into_iter().map(|z| z / total).collect()
}

/// `ln z` of `z ~ Gamma(shape, 1)`. Below shape 1, `z = y·u^(1/shape)` with `y ~ Gamma(shape + 1, 1)`, as a logarithm.
fn log_gamma_variate<R: Rng>(shape: f64, rng: &mut R) -> f64 {
    let shape = raised(shape);
    let (large_shape, boost) = if shape < 1.0 {
        let u: f64 = rng.sample(Open01);
        (shape + 1.0, u.ln() / shape)
    } else {
        (shape, 0.0)
    };
    // The constructor refuses what is not a positive number: a NaN then stays one, and the loss shows it.
    Gamma::new(large_shape, 1.0).map_or(f64::NAN, |gamma| gamma.sample(rng).ln() + boost)
}

/// The gradient with respect to the concentrations of a loss that has gradient `grad_sample` at the sample.
pub fn gradient(concentration: &[f64], sample: &[f64], grad_sample: &[f64]) -> Vec<f64> {
    let concentration: Vec<f64> = concentration.iter().map(|&c| raised(c)).collect();
    let total: f64 = concentration.iter().sum();
    let mean: f64 = sample.iter().zip(grad_sample).map(|(x, g)| x * g).sum();
    let row = concentration.iter().zip(sample).zip(grad_sample);
    row.map(|((&c, &x), &g)| rate(x, c, total - c) * (g - mean))
        .collect()
}

/// `d = −(∂F/∂a) / (p(x) (1 − x))` of `Beta(a, b)`, where the integrals of the module's documentation are taken over
/// `v` with `t = x e^(−v)` on the left and `1 − t = (1 − x) e^(−v)` on the right. They decay like `e^(−av)`, `e^(−bv)`, and
/// change near `v = (1 − x)/x`, `x/(1 − x)`: the quadrature starts at the smaller scale.
fn rate(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || b <= 0.0 {
        // At the end of the simplex, or with no other operation, the sample cannot move.
        return 0.0;
    }
    let (y, mean_log) = (1.0 - x, -digamma_rise(a, b));
    if x.ln() <= mean_log {
        let gap = mean_log - x.ln();
        let density = |v: f64| (-a * v + (b - 1.0) * (-x * (-v).exp_m1() / y).ln_1p()).exp();
        x / y * integrate_decaying(|v| (gap + v) * density(v), a.max(x / y))
    } else {
        let density = |v: f64| (-b * v + (a - 1.0) * (-y * (-v).exp_m1() / x).ln_1p()).exp();
        // ln t from whichever of t and 1 − t is small.
        let log = |v: f64| match y * (-v).exp() {
            rest if rest < 0.5 => (-rest).ln_1p(),
            _ => (x - y * (-v).exp_m1()).ln(),
        };
        integrate_decaying(|v| (log(v) - mean_log) * density(v), b.max(y / x))
    }
}

/// `ψ(a + b) − ψ(a)` for positive `a`, `b`, term by term so that a small `b` loses no digits:
/// `ψ(z) = ψ(z + 1) − 1/z` up to `z ≥ 10`, then the asymptotic series (Abramowitz & Stegun 6.3.18).
fn digamma_rise(a: f64, b: f64) -> f64 {
    let (mut low, mut rise) = (a, 0.0);
    while low < 10.0 {
        rise += b / (low * (low + b));
        low += 1.0;
    }
    let high = low + b;
    // ln z − 1/(2z) − Σ B₂ₖ/(2k z²ᵏ); the next term is below 4·10⁻¹⁷ at z = 10.
    let series = |z: f64| {
        let w = 1.0 / (z * z);
        w * (1.0 / 12.0
            - w * (1.0 / 120.0
                - w * (1.0 / 252.0
                    - w * (1.0 / 240.0 - w * (1.0 / 132.0 - w * (691.0 / 32760.0 - w / 12.0))))))
    };
    rise + (b / low).ln_1p() + b / (2.0 * low * high) - (series(high) - series(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digamma_rises_by_the_harmonic_numbers() {
        // ψ(n + 1) − ψ(1) = 1 + 1/2 + … + 1/n; rounding of n + 10 terms.
        for n in 1..40 {
            let harmonic: f64 = (1..=n).map(|k| 1.0 / f64::from(k)).sum();
            let rise = digamma_rise(1.0, f64::from(n));
            assert!(
                (rise - harmonic).abs() <= 1e-15 * harmonic * f64::from(n),
                "{n}: {rise} {harmonic}"
            );
        }
    }
}
