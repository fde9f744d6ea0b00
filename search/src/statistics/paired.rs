//! Tests whether the mean of paired differences is zero, each of both sides.

use rand::RngExt;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Spread;
use crate::seed;

/// Differences at most of which all 2ⁿ signs are tried.
const EXACT: usize = 16;
/// Signs that are drawn for more of them.
const DRAWS: u64 = 100_000;

/// What the sign-flip test says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignFlip {
    /// The share of all choices of signs whose mean is at least as far from zero.
    pub p: f64,
    /// Whether all of them were tried; otherwise 100,000 were drawn, and the one that was seen is counted among them.
    pub exact: bool,
}

/// The p value of the sign-flip test. What is drawn depends on the seed alone.
pub fn sign_flip(differences: &[f64], seed: u64) -> SignFlip {
    let sizes: Vec<f64> = differences.iter().map(|value| value.abs()).collect();
    // Sums of the same numbers in another order differ by a rounding.
    let limit = differences.iter().sum::<f64>().abs() - 1e-12 * sizes.iter().sum::<f64>();
    let far = |negative: u64| {
        let signed = sizes.iter().enumerate();
        let sum: f64 = signed
            .map(|(index, size)| {
                if negative >> (index % 64) & 1 == 1 {
                    -size
                } else {
                    *size
                }
            })
            .sum();
        sum.abs() >= limit
    };
    if differences.len() <= EXACT {
        let all = 1u64 << differences.len();
        let count = (0..all).filter(|negative| far(*negative)).count();
        return SignFlip {
            p: count as f64 / all as f64,
            exact: true,
        };
    }
    let drawn = |number| {
        let mut random = seed::rng(seed, "sign flips", number);
        let sum: f64 = sizes
            .iter()
            .map(|size| {
                if random.random::<bool>() {
                    *size
                } else {
                    -size
                }
            })
            .sum();
        sum.abs() >= limit
    };
    let count = (0..DRAWS).filter(|number| drawn(*number)).count();
    SignFlip {
        p: (count + 1) as f64 / (DRAWS + 1) as f64,
        exact: false,
    }
}

/// The p value of the paired t test; none of a single difference, and where all are equal but not zero: no deviation can be estimated.
pub fn t_test(differences: &[f64]) -> Option<f64> {
    let Spread { mean, deviation } = Spread::of(differences);
    let deviation = deviation?;
    if mean == 0.0 {
        return Some(1.0);
    }
    if deviation <= 1e-12 * mean.abs() {
        return None;
    }
    let count = differences.len() as f64;
    let t = mean / (deviation / count.sqrt());
    let distribution = StudentsT::new(0.0, 1.0, count - 1.0).ok()?;
    Some((2.0 * distribution.sf(t.abs())).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Darwin's plants, crossed minus self-fertilised, in eighths of an inch: §17 and §21 of Fisher's book.
    const DARWIN: [f64; 15] = [
        49.0, -67.0, 8.0, 16.0, 6.0, 23.0, 28.0, 41.0, 14.0, 29.0, 56.0, 24.0, 75.0, 60.0, -48.0,
    ];

    #[test]
    fn the_sign_flip_test_gives_what_fisher_counted() {
        // 1,726 of 32,768 signs: 863 give a sum of 314 or more, as many a sum of −314 or less.
        let test = sign_flip(&DARWIN, 1);
        assert_eq!((test.p, test.exact), (1726.0 / 32768.0, true));
    }

    #[test]
    fn the_t_test_gives_what_fisher_found() {
        // t = 2.148 with 14 degrees of freedom; the p value is that of R's `t.test`.
        let p = t_test(&DARWIN).expect("a p value");
        assert!((p - 0.0497).abs() < 5e-5, "{p}");
    }

    #[test]
    fn the_t_test_gives_what_student_found() {
        // The additional hours of sleep of Cushny and Peebles (1905), R's data set `sleep`: t = 4.0621, 9 degrees of freedom, p = 0.002833.
        let sleep = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        let p = t_test(&sleep).expect("a p value");
        assert!((p - 0.002833).abs() < 5e-7, "{p}");
        // None is negative, and the zero may have either sign.
        assert_eq!(sign_flip(&sleep, 1).p, 4.0 / 1024.0);
    }

    #[test]
    fn what_has_no_deviation_has_no_t_test() {
        assert_eq!(t_test(&[0.0; 5]), Some(1.0));
        assert_eq!(t_test(&[0.1; 5]), None);
        assert_eq!(t_test(&[0.1]), None);
        assert_eq!(sign_flip(&[0.0; 5], 1).p, 1.0);
        assert_eq!(sign_flip(&[0.1; 5], 1).p, 2.0 / 32.0);
    }

    #[test]
    fn signs_of_many_differences_are_drawn() {
        // A whole number of standard errors, by the normal approximation: 20 differences of one size, 5 of them negative, have the
        // p value 2·P(at most 5 heads of 20) = 43400 / 2²⁰.
        let differences: Vec<f64> = (0..20).map(|i| if i < 5 { -1.0 } else { 1.0 }).collect();
        let test = sign_flip(&differences, 3);
        assert!(!test.exact);
        // Three standard errors of 100,000 draws.
        assert!((test.p - 43400.0 / 1_048_576.0).abs() < 0.0019, "{test:?}");
        assert_eq!(test, sign_flip(&differences, 3));
    }
}
