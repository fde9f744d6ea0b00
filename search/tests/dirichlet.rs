//! Samples and pathwise gradients of the Dirichlet distribution.

use actsmith_search::relaxation::{DrNas, Relaxation, dirichlet};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

#[derive(Deserialize)]
struct File<C> {
    cases: Vec<C>,
}

#[derive(Deserialize)]
struct PyTorchCase {
    concentration: Vec<f64>,
    sample: Vec<f64>,
    grad_sample: Vec<f64>,
    grad_concentration: Vec<f64>,
}

#[derive(Deserialize)]
struct ExactCase {
    concentration: Vec<f64>,
    sample: Vec<f64>,
    rate: Vec<f64>,
}

fn cases<C: for<'a> Deserialize<'a>>(json: &str) -> Vec<C> {
    serde_json::from_str::<File<C>>(json)
        .expect("reference data")
        .cases
}

/// The rate `d_i` is read off the gradient with `g` = unit vector `i`, which is `d_i (1 − x_i)`.
#[test]
fn gradients_match_forty_digits() {
    // The sum of ~100 terms, each with a few roundings in an exponent of magnitude up to 700 (a, b = 1000).
    const TOLERANCE: f64 = 1e-11;
    for case in cases::<ExactCase>(include_str!("data/dirichlet_exact.json")) {
        for (i, &rate) in case.rate.iter().enumerate() {
            let unit: Vec<f64> = (0..case.rate.len())
                .map(|j| f64::from(u8::from(i == j)))
                .collect();
            let grad = dirichlet::gradient(&case.concentration, &case.sample, &unit)[i];
            let expected = rate * (1.0 - case.sample[i]);
            // b = Σc − c_i carries the rounding of the sum.
            let total: f64 = case.concentration.iter().sum();
            let conditioning = total / (total - case.concentration[i]);
            let bound = expected.abs() * (TOLERANCE + 4.0 * f64::EPSILON * conditioning);
            assert!(
                (grad - expected).abs() <= bound,
                "{:?} {i}: {grad} is not {expected}",
                case.concentration
            );
        }
    }
}

#[test]
fn gradients_match_pytorch() {
    for case in cases::<PyTorchCase>(include_str!("data/dirichlet.json")) {
        let grad = dirichlet::gradient(&case.concentration, &case.sample, &case.grad_sample);
        for (i, (&ours, &theirs)) in grad.iter().zip(&case.grad_concentration).enumerate() {
            // PyTorch's own approximation of the rate is good to 10⁻³ (measured against 40 digits: 6.6·10⁻⁴ at worst here).
            // Where the sample is at a corner, g_i − Σ x g is all rounding error, of a few epsilon.
            let corner = case.sample[i] > 1.0 - 1e-9;
            let rounding = if corner { 1e-14 } else { 0.0 };
            assert!(
                (ours - theirs).abs() <= 1e-3 * theirs.abs() + rounding,
                "{:?} {i}: {ours} is not {theirs}",
                case.concentration
            );
        }
    }
}

/// The mean of `x_i` is `c_i / Σc`: its derivative with respect to `c_j` is the mean of the pathwise gradients.
#[test]
fn samples_and_gradients_have_the_right_mean() {
    let concentration = [0.3, 1.0, 2.5];
    let total: f64 = concentration.iter().sum();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    const DRAWS: usize = 4000;
    let (mut mean, mut slope) = ([0.0; 3], [0.0; 3]);
    for _ in 0..DRAWS {
        let x = dirichlet::sample(&concentration, &mut rng);
        assert!((x.iter().sum::<f64>() - 1.0).abs() < 1e-15 * 8.0);
        let grad = dirichlet::gradient(&concentration, &x, &[1.0, 0.0, 0.0]);
        for i in 0..3 {
            mean[i] += x[i] / DRAWS as f64;
            slope[i] += grad[i] / DRAWS as f64;
        }
    }
    // Standard error of a mean of 4000 draws with deviation below 0.25 is 0.004: four of them.
    let bound = 4.0 * 0.25 / (DRAWS as f64).sqrt();
    for i in 0..3 {
        let expected = f64::from(u8::from(i == 0)) / total - concentration[0] / (total * total);
        assert!(
            (mean[i] - concentration[i] / total).abs() < bound,
            "mean {i}: {}",
            mean[i]
        );
        assert!(
            (slope[i] - expected).abs() < bound,
            "slope {i}: {} is not {expected}",
            slope[i]
        );
    }
}

#[test]
fn extreme_numbers_stay_finite() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for alpha in [
        vec![-800.0, -700.0, -900.0],
        vec![-30.0, -20.0, 0.0],
        vec![500.0, -10.0, 1e6],
        vec![0.0],
    ] {
        for _ in 0..50 {
            let weights = DrNas.sample(&alpha, &mut rng);
            let grad = DrNas.gradient(&alpha, &weights, &[1.0, -2.0, 0.5][..alpha.len()]);
            assert!(
                (weights.iter().sum::<f64>() - 1.0).abs() < 1e-15,
                "{alpha:?}: {weights:?}"
            );
            assert!(
                grad.iter().all(|g| g.is_finite()),
                "{alpha:?}: {weights:?} {grad:?}"
            );
        }
    }
    assert_eq!(DrNas.sample(&[0.3], &mut rng), [1.0]);
}
