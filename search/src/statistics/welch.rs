//! A test whether two samples have the same mean, whose members are not paired.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Spread;

/// The difference of two means, and what Welch's t test says of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Welch {
    /// The mean of the first sample minus that of the second.
    pub difference: f64,
    /// The 95 % interval of the difference.
    pub interval: [f64; 2],
    /// The p value of both sides.
    pub p: f64,
}

/// Compares two samples that may have different deviations (B. L. Welch, "The Generalization of 'Student's' Problem when Several
/// Different Population Variances are Involved", Biometrika 34, 1947); none if one has fewer than two numbers, or all of each are
/// equal.
pub fn welch(one: &[f64], other: &[f64]) -> Option<Welch> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    let [first, second] = [one, other].map(Spread::of);
    let part =
        |of: Spread, count: usize| Some((of.deviation?.powi(2) / count as f64, count as f64 - 1.0));
    let (a, free_a) = part(first, one.len())?;
    let (b, free_b) = part(second, other.len())?;
    let variance = a + b;
    if variance <= 0.0 {
        return None;
    }
    // Satterthwaite's degrees of freedom.
    let free = variance.powi(2) / (a.powi(2) / free_a + b.powi(2) / free_b);
    let distribution = StudentsT::new(0.0, 1.0, free).ok()?;
    let difference = first.mean - second.mean;
    let deviation = variance.sqrt();
    let reach = distribution.inverse_cdf(0.975) * deviation;
    Some(Welch {
        difference,
        interval: [difference - reach, difference + reach],
        p: (2.0 * distribution.sf((difference / deviation).abs())).min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The extra hours of sleep with two drugs: Student's data, taken as if they were not paired. The numbers are those of R's
    /// `t.test(extra ~ group, data = sleep)`.
    #[test]
    fn the_test_gives_what_r_finds() {
        let one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let two = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let Welch {
            difference,
            interval: [low, high],
            p,
        } = welch(&one, &two).expect("two samples");
        assert!((difference + 1.58).abs() < 1e-12, "{difference}");
        assert!((p - 0.079_394).abs() < 1e-6, "{p}");
        assert!((low + 3.365_483_2).abs() < 1e-6, "{low}");
        assert!((high - 0.205_483_2).abs() < 1e-6, "{high}");
    }

    #[test]
    fn samples_without_a_deviation_say_nothing() {
        assert_eq!(welch(&[1.0], &[2.0, 3.0]), None);
        assert_eq!(welch(&[], &[2.0, 3.0]), None);
        assert_eq!(welch(&[1.0, 1.0], &[2.0, 2.0]), None);
    }
}
