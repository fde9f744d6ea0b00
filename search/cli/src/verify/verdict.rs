//! What a verification says as a whole.

use super::{Limit, Tally, Worst};

/// The names of the outputs, in the order of the tallies.
pub(super) const OUTPUTS: [&str; 2] = ["value", "derivative"];

/// How a verification ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No limit is broken.
    Passed,
    /// A limit is broken.
    Failed,
    /// No limit is broken, and the true value or derivative is not known at any input.
    Undecided,
}

impl Outcome {
    /// Its name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Undecided => "undecided",
        }
    }
}

/// Whether what is computed is as good as asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// How it ends.
    pub outcome: Outcome,
    /// Every limit that is broken; none unless the verification failed.
    pub breaks: Vec<Break>,
    /// At how many inputs the true value or derivative is not decided.
    pub undecided: u64,
}

/// A limit that is broken.
#[derive(Clone, Debug, PartialEq)]
pub enum Break {
    /// NaN or an infinity where there is a true value.
    NotFinite {
        /// `value` or `derivative`.
        output: &'static str,
        /// At how many inputs.
        count: u64,
        /// The first of them.
        x: f64,
        /// What was computed there.
        got: f64,
    },
    /// An error above a limit.
    TooLarge {
        /// `value` or `derivative`.
        output: &'static str,
        /// The limit.
        limit: Limit,
        /// At how many inputs.
        count: u64,
        /// The largest of these errors.
        worst: Worst,
    },
}

impl Verdict {
    /// Of the tallies of value and derivative.
    pub fn of(tallies: &[Tally; 2]) -> Self {
        let mut breaks = Vec::new();
        for (output, tally) in OUTPUTS.into_iter().zip(tallies) {
            if let Some(first) = tally.lost.first.first() {
                breaks.push(Break::NotFinite {
                    output,
                    count: tally.lost.count,
                    x: first.x,
                    got: first.got,
                });
            }
            if let Some(worst) = tally.worst_exceeding {
                breaks.push(Break::TooLarge {
                    output,
                    limit: tally.limit,
                    count: tally.exceeding,
                    worst,
                });
            }
        }
        // Where the value is not decided, mostly the derivative is not either.
        let undecided = tallies.iter().map(|tally| tally.undecided.count).max();
        let open = |tally: &Tally| tally.undecided.count > 0 && tally.points + tally.undefined == 0;
        let outcome = if !breaks.is_empty() {
            Outcome::Failed
        } else if tallies.iter().any(open) {
            Outcome::Undecided
        } else {
            Outcome::Passed
        };
        Self {
            outcome,
            breaks,
            undecided: undecided.unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actsmith_codegen::oracle::Outcome as Found;

    fn tallies(outcome: Found) -> [Tally; 2] {
        let limit = Limit {
            ulp: Some(1.0),
            absolute: 1e-6,
        };
        let mut tallies = [Limit::default(), limit].map(Tally::new);
        tallies[1].count(2.0, f64::NAN, outcome);
        tallies
    }

    #[test]
    fn each_break_says_which_limit_and_where() {
        let error = |absolute| Found::Error {
            ulp: 3.0,
            absolute,
            truth: 1.0,
        };
        let passed = Verdict::of(&tallies(error(1e-7)));
        assert_eq!(passed.outcome, Outcome::Passed);
        let broken = Verdict::of(&tallies(error(1e-5)));
        assert!(matches!(
            broken.breaks[..],
            [Break::TooLarge {
                output: "derivative",
                count: 1,
                worst: Worst { error: 3.0, .. },
                ..
            }]
        ));
        assert_eq!(broken.outcome, Outcome::Failed);
        let lost = Verdict::of(&tallies(Found::Lost { truth: 1.0 }));
        assert!(matches!(
            lost.breaks[..],
            [Break::NotFinite {
                output: "derivative",
                count: 1,
                x: 2.0,
                ..
            }]
        ));
    }

    #[test]
    fn nothing_decided_is_not_passed() {
        let undecided = tallies(Found::Undecided);
        let open = Verdict::of(&undecided);
        assert_eq!((open.outcome, open.undecided), (Outcome::Undecided, 1));
        // One input that is decided makes a result, and so does one that has no value.
        for found in [
            Found::Error {
                ulp: 0.5,
                absolute: 1e-9,
                truth: 1.0,
            },
            Found::Undefined { invented: false },
        ] {
            let mut decided = undecided.clone();
            decided[1].count(3.0, 1.0, found);
            let verdict = Verdict::of(&decided);
            assert_eq!((verdict.outcome, verdict.undecided), (Outcome::Passed, 1));
        }
        // What is not finite fails, whatever is not decided.
        let mut lost = undecided;
        lost[0].count(3.0, f64::NAN, Found::Lost { truth: 1.0 });
        assert_eq!(Verdict::of(&lost).outcome, Outcome::Failed);
    }
}
