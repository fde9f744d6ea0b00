//! Relaxations: what each promises of its weights, and that expected gradients are those of the expected loss.

use actsmith_search::relaxation::{Darts, DrNas, ReinMax, Relaxation};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const ALPHA: [f64; 4] = [0.3, -1.1, 0.0, 0.7];

fn all() -> [Box<dyn Relaxation>; 3] {
    [
        Box::new(DrNas),
        Box::new(Darts),
        Box::new(ReinMax::default()),
    ]
}

#[test]
fn weights_are_on_the_simplex_and_have_their_mean() {
    const DRAWS: usize = 20_000;
    for relaxation in all() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut sums = [0.0; 4];
        for _ in 0..DRAWS {
            let weights = relaxation.sample(&ALPHA, &mut rng);
            assert!(weights.iter().all(|w| *w >= 0.0));
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-15);
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += weight;
            }
        }
        for (sum, mean) in sums.iter().zip(relaxation.mean(&ALPHA)) {
            // Five standard errors of a mean of numbers in [0, 1].
            let bound = 5.0 * 0.5 / (DRAWS as f64).sqrt();
            let name = relaxation.name();
            assert!((sum / DRAWS as f64 - mean).abs() < bound, "{name}: {mean}");
        }
        assert_eq!(relaxation.sample(&[-3.0], &mut rng), [1.0]);
        assert_eq!(relaxation.gradient(&[-3.0], &[1.0], &[2.0]), [0.0]);
    }
}

#[test]
fn numbers_that_are_not_finite_are_seen() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for relaxation in all() {
        let weights = relaxation.sample(&[0.0, f64::NAN], &mut rng);
        assert!(
            weights.iter().any(|weight| weight.is_nan()),
            "{}: {weights:?}",
            relaxation.name()
        );
    }
}

/// `q(w) = Σ Aᵢⱼ wᵢ wⱼ`, with an asymmetric `A`.
fn quadratic(w: &[f64]) -> f64 {
    let rows = w.iter().enumerate();
    rows.map(|(i, a)| {
        w.iter()
            .enumerate()
            .map(|(j, b)| entry(i, j) * a * b)
            .sum::<f64>()
    })
    .sum()
}

fn quadratic_gradient(w: &[f64]) -> Vec<f64> {
    let of = |i: usize| {
        (0..w.len())
            .map(|j| (entry(i, j) + entry(j, i)) * w[j])
            .sum()
    };
    (0..w.len()).map(of).collect()
}

fn entry(i: usize, j: usize) -> f64 {
    ((3 * i + 5 * j) as f64).sin() + (i * j) as f64 / 7.0
}

/// The slope of `f` in each number, by central differences: errors of ε/h and h².
fn slopes(f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let h = 1e-5;
    let at = |i: usize, shift: f64| {
        let mut alpha = ALPHA;
        alpha[i] += shift;
        f(&alpha)
    };
    (0..ALPHA.len())
        .map(|i| (at(i, h) - at(i, -h)) / (2.0 * h))
        .collect()
}

fn assert_close(ours: &[f64], expected: &[f64]) {
    for (a, b) in ours.iter().zip(expected) {
        assert!((a - b).abs() < 1e-8, "{ours:?} are not {expected:?}");
    }
}

#[test]
fn darts_has_the_gradient_of_the_softmax() {
    let weights = Darts.mean(&ALPHA);
    let ours = Darts.gradient(&ALPHA, &weights, &quadratic_gradient(&weights));
    assert_close(&ours, &slopes(|alpha| quadratic(&Darts.mean(alpha))));
}

/// ReinMax is of the second order: for a quadratic function of the drawn operation the mean of its gradient over the draws is the
/// gradient of the mean (arXiv 2304.08612, theorem 3.1). Straight-through is off by the curvature.
#[test]
fn reinmax_is_exact_for_quadratic_functions() {
    let relaxation = ReinMax::default();
    let unit = |i: usize| {
        (0..ALPHA.len())
            .map(|j| f64::from(u8::from(i == j)))
            .collect::<Vec<_>>()
    };
    let probabilities = relaxation.mean(&ALPHA);
    let mut mean = vec![0.0; ALPHA.len()];
    for (i, p) in probabilities.iter().enumerate() {
        let drawn = unit(i);
        let gradient = relaxation.gradient(&ALPHA, &drawn, &quadratic_gradient(&drawn));
        for (sum, g) in mean.iter_mut().zip(gradient) {
            *sum += p * g;
        }
    }
    let expected = slopes(|alpha| {
        let probabilities = ReinMax::default().mean(alpha);
        probabilities
            .iter()
            .enumerate()
            .map(|(i, p)| p * quadratic(&unit(i)))
            .sum()
    });
    assert_close(&mean, &expected);
}
