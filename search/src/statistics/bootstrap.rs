//! Bootstrap intervals of a mean.

use rand::RngExt;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::seed;

/// Samples that are drawn again: the ends of an interval move by about 1 % of its width from one seed to the next.
const RESAMPLES: u64 = 10_000;

/// The bias-corrected and accelerated bootstrap interval of the mean of these numbers, which holds it with a probability of `level`;
/// where all numbers are equal, that number twice. What is drawn depends on the seed alone.
pub fn interval(values: &[f64], level: f64, seed: u64) -> [f64; 2] {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let squares: f64 = centred.iter().map(|value| value * value).sum();
    if squares <= (1e-12 * mean).powi(2) {
        return [mean; 2];
    }
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|number| {
            let mut random = seed::rng(seed, "bootstrap", number);
            let draw = || values[random.random_range(0..values.len())];
            std::iter::repeat_with(draw).take(values.len()).sum::<f64>() / count
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let normal = Normal::standard();
    // Half of those that equal the mean: there are many where numbers are few. Sums in another order differ by a rounding.
    let near = 1e-12 * values.iter().map(|value| value.abs()).sum::<f64>();
    let below = means.partition_point(|of| *of < mean - near);
    let above = means.partition_point(|of| *of <= mean + near);
    let share = (below + above) as f64 / 2.0 / RESAMPLES as f64;
    let bias =
        normal.inverse_cdf(share.clamp(1.0 / RESAMPLES as f64, 1.0 - 1.0 / RESAMPLES as f64));
    // The jackknife's means differ from the mean by −centred / (n − 1), whose factor cancels.
    let cubes: f64 = centred.iter().map(|value| value.powi(3)).sum();
    let acceleration = cubes / (6.0 * squares.powf(1.5));
    let end = |probability: f64| {
        let shifted = bias + normal.inverse_cdf(probability);
        let at = normal.cdf(bias + shifted / (1.0 - acceleration * shifted));
        let index = (at * RESAMPLES as f64).floor() as usize;
        means[index.min(means.len() - 1)]
    };
    let outside = (1.0 - level) / 2.0;
    [end(outside), end(1.0 - outside)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_are_the_ends_of_their_interval() {
        // A quarter of the samples is one number twice.
        assert_eq!(interval(&[1.0, 3.0], 0.95, 1), [1.0, 3.0]);
        assert_eq!(interval(&[0.25; 6], 0.95, 1), [0.25; 2]);
    }

    #[test]
    fn the_ends_are_where_a_mean_of_many_numbers_has_them() {
        // The numbers 1 to 100: a mean of 50.5 with a standard error of √(833.25 / 100) = 2.887, and no skewness.
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        let [low, high] = interval(&values, 0.95, 7);
        assert!((low - (50.5 - 1.96 * 2.887)).abs() < 0.2, "{low}");
        assert!((high - (50.5 + 1.96 * 2.887)).abs() < 0.2, "{high}");
    }

    #[test]
    fn a_long_tail_moves_both_ends_to_its_side() {
        let values = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 6.0];
        let mean = values.iter().sum::<f64>() / 8.0;
        let [low, high] = interval(&values, 0.95, 1);
        assert!(high - mean > 1.5 * (mean - low), "{low} {high}");
        // As `boot.ci(type = "bca")` of R and `scipy.stats.bootstrap` define it, with the same seed the same.
        assert_eq!(interval(&values, 0.95, 1), [low, high]);
        let mirrored = values.map(|value| -value);
        let [other_low, other_high] = interval(&mirrored, 0.95, 1);
        assert!((other_low + high).abs() < 0.1 && (other_high + low).abs() < 0.1);
    }
}
