//! All comparisons of one table, corrected for their number.

use serde::{Deserialize, Serialize};

use super::{SignFlip, Spread, interval, sign_flip, t_test};

/// The fewest seeds that are tested: three differences say next to nothing of their own deviation.
pub const FEWEST: usize = 5;

/// The probability of a false claim in a table, at most.
pub const LEVEL: f64 = 0.05;

/// A test of paired differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Test {
    /// Over all signs of the differences.
    SignFlip,
    /// Student's, of paired samples.
    T,
}

impl Test {
    /// The test that decides with so many seeds and comparisons.
    pub fn deciding(seeds: usize, comparisons: usize) -> Option<Self> {
        if seeds < FEWEST || comparisons == 0 {
            return None;
        }
        let smallest = 2.0 * 0.5f64.powi(seeds.min(1000) as i32);
        Some(match comparisons as f64 * smallest <= LEVEL {
            true => Self::SignFlip,
            false => Self::T,
        })
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignFlip => "sign-flip test",
            Self::T => "paired t test",
        }
    }
}

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The corrected p value is below [`LEVEL`], and the mean difference is positive.
    Better,
    /// It is, and the mean difference is negative.
    Worse,
    /// Chance alone may make as large a difference.
    NotToldApart,
    /// There are too few seeds for a test.
    TooFewSeeds,
}

impl Verdict {
    /// In words, as in `better than`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Better => "better than",
            Self::Worse => "worse than",
            Self::NotToldApart | Self::TooFewSeeds => "not told apart from",
        }
    }
}

/// Paired differences, and what they say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// Mean and deviation of the differences.
    pub difference: Spread,
    /// The bootstrap interval of the mean; none with too few seeds, like the rest.
    pub interval: Option<[f64; 2]>,
    /// What the sign-flip test says, not corrected.
    pub sign_flip: Option<SignFlip>,
    /// The p value of the t test, not corrected.
    pub t_test: Option<f64>,
    /// The p value of the test that decides, corrected.
    pub corrected: Option<f64>,
    /// What follows.
    pub verdict: Verdict,
}

/// All comparisons of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Family {
    /// The test that decides; none with too few seeds.
    pub test: Option<Test>,
    /// The comparisons, as they were given.
    pub comparisons: Vec<Comparison>,
}

impl Family {
    /// Compares these series of paired differences, each with as many seeds; positive ones are in favour. The seed is that of what is drawn
    /// for intervals and tests.
    pub fn of(differences: &[Vec<f64>], seed: u64) -> Self {
        let seeds = differences.iter().map(Vec::len).min().unwrap_or(0);
        let test = Test::deciding(seeds, differences.len());
        let mut comparisons: Vec<Comparison> = differences
            .iter()
            .map(|differences| Comparison {
                difference: Spread::of(differences),
                interval: test.map(|_| interval(differences, 1.0 - LEVEL, seed)),
                sign_flip: test.map(|_| sign_flip(differences, seed)),
                t_test: test.and_then(|_| t_test(differences)),
                corrected: None,
                verdict: Verdict::TooFewSeeds,
            })
            .collect();
        let Some(deciding) = test else {
            return Self { test, comparisons };
        };
        let p = |of: &Comparison| {
            let signs = of.sign_flip.map_or(1.0, |test| test.p);
            match deciding {
                Test::SignFlip => signs,
                // Where all differences are equal, the other test has to do.
                Test::T => of.t_test.unwrap_or(signs),
            }
        };
        let corrected = holm(&comparisons.iter().map(p).collect::<Vec<_>>());
        for (of, p) in comparisons.iter_mut().zip(corrected) {
            of.corrected = Some(p);
            of.verdict = match p <= LEVEL {
                true if of.difference.mean > 0.0 => Verdict::Better,
                true => Verdict::Worse,
                false => Verdict::NotToldApart,
            };
        }
        Self { test, comparisons }
    }
}

/// Holm's correction of p values: whoever rejects those at most 5 % rejects a true hypothesis in 5 % of families at most.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut corrected = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max(p[index] * (p.len() - rank) as f64).min(1.0);
        corrected[index] = largest;
    }
    corrected
}

/// A p value for readers.
pub fn p_text(p: Option<f64>) -> String {
    match p {
        None => "-".to_owned(),
        Some(p) if p < 1e-4 => "<0.0001".to_owned(),
        Some(p) => format!("{p:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holm_corrects_as_it_is_published() {
        // R's `p.adjust(p, "holm")`.
        let close = |p: &[f64], expected: &[f64]| {
            let corrected = holm(p);
            let near = corrected
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-12);
            assert!(near && corrected.len() == expected.len(), "{corrected:?}");
        };
        close(&[0.01, 0.02, 0.03, 0.04], &[0.04, 0.06, 0.06, 0.06]);
        close(&[0.04, 0.01, 0.03], &[0.06, 0.03, 0.06]);
        close(&[0.6, 0.9], &[1.0, 1.0]);
        close(&[], &[]);
    }

    #[test]
    fn the_test_depends_on_counts_alone() {
        assert_eq!(Test::deciding(4, 1), None);
        assert_eq!(Test::deciding(5, 1), Some(Test::T));
        // 2/2⁶ = 0.031.
        assert_eq!(Test::deciding(6, 1), Some(Test::SignFlip));
        // 7 · 2/2⁸ = 0.055, 7 · 2/2⁹ = 0.027.
        assert_eq!(Test::deciding(8, 7), Some(Test::T));
        assert_eq!(Test::deciding(9, 7), Some(Test::SignFlip));
        assert_eq!(Test::deciding(2000, 7), Some(Test::SignFlip));
        assert_eq!(Test::deciding(9, 0), None);
    }

    #[test]
    fn a_difference_that_holds_in_every_seed_is_told_apart() {
        let better = vec![0.30, 0.50, 0.20, 0.40, 0.60, 0.30, 0.35, 0.45];
        let worse: Vec<f64> = better.iter().map(|value| -value).collect();
        let neither = vec![0.3, -0.5, 0.2, -0.4, 0.6, -0.3, 0.35, -0.2];
        let family = Family::of(&[better, worse, neither], 1);
        let verdicts: Vec<Verdict> = family.comparisons.iter().map(|of| of.verdict).collect();
        assert_eq!(
            verdicts,
            [Verdict::Better, Verdict::Worse, Verdict::NotToldApart]
        );
        // 3 · 2/2⁸.
        assert_eq!(family.test, Some(Test::SignFlip));
        assert_eq!(family.comparisons[0].corrected, Some(6.0 / 256.0));
        assert_eq!(family.comparisons[1].corrected, Some(6.0 / 256.0));
    }

    #[test]
    fn too_few_seeds_have_no_p_value() {
        let family = Family::of(&[vec![0.3, 0.5, 0.2, 0.4]], 1);
        let of = &family.comparisons[0];
        assert_eq!((family.test, of.verdict), (None, Verdict::TooFewSeeds));
        assert_eq!(
            (of.interval, of.sign_flip, of.t_test, of.corrected),
            (None, None, None, None)
        );
        assert!((of.difference.mean - 0.35).abs() < 1e-15);
    }

    #[test]
    fn equal_differences_are_tested_by_their_signs() {
        let family = Family::of(&[vec![0.1; 5]], 1);
        assert_eq!(family.test, Some(Test::T));
        assert_eq!(family.comparisons[0].corrected, Some(2.0 / 32.0));
        assert_eq!(family.comparisons[0].verdict, Verdict::NotToldApart);
    }
}
