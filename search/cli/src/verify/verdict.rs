//! What a verification says as a whole.

use super::{Limit, Tally, Worst};

/// The names of the outputs, in the order of the tallies.
pub(super) const OUTPUTS: [&str; 2] = ["value", "derivative"];

/// Whether what is computed is as good as asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Every limit that is broken; none if the verification is passed.
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
        Self {
            breaks,
            undecided: undecided.unwrap_or(0),
        }
    }

    /// Whether no limit is broken.
    pub fn is_passed(&self) -> bool {
        self.breaks.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actsmith_codegen::oracle::Outcome;

    fn tallies(outcome: Outcome) -> [Tally; 2] {
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
        let error = |absolute| Outcome::Error {
            ulp: 3.0,
            absolute,
            truth: 1.0,
        };
        assert!(Verdict::of(&tallies(error(1e-7))).is_passed());
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
        let lost = Verdict::of(&tallies(Outcome::Lost { truth: 1.0 }));
        assert!(matches!(
            lost.breaks[..],
            [Break::NotFinite {
                output: "derivative",
                count: 1,
                x: 2.0,
                ..
            }]
        ));
        let open = Verdict::of(&tallies(Outcome::Undecided));
        assert_eq!((open.is_passed(), open.undecided), (true, 1));
    }
}
