//! What is counted over many inputs.

use actsmith_codegen::oracle::Outcome;

/// An input with what was computed there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    /// The input.
    pub x: f64,
    /// What was computed.
    pub got: f64,
    /// The true value, rounded to f64, if there is one and it is known.
    pub truth: Option<f64>,
}

/// How many inputs, and the first few.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cases {
    /// How many.
    pub count: u64,
    /// The first of them in the order of the inputs.
    pub first: Vec<Case>,
}

/// The largest error and where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worst {
    /// The error.
    pub error: f64,
    /// The first input that has it.
    pub case: Case,
}

/// How large an error may be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limit {
    /// In units in the last place; none if there is no limit.
    pub ulp: Option<f64>,
    /// Errors of at most this size count for nothing, however many units they are: next to a zero, units are tiny.
    pub absolute: f64,
}

impl Limit {
    fn is_exceeded(self, ulp: f64, absolute: f64) -> bool {
        self.ulp.is_some_and(|limit| ulp > limit) && absolute > self.absolute
    }
}

/// The findings for one output.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// How large an error may be.
    pub limit: Limit,
    /// How many errors are above the limit.
    pub exceeding: u64,
    /// The largest of them.
    pub worst_exceeding: Option<Worst>,
    /// Inputs at which there is a true value.
    pub points: u64,
    /// The largest error in units in the last place.
    pub ulp: Option<Worst>,
    /// The largest absolute error among true values up to 1 in size: where a function has zeros, it says more than units.
    pub absolute: Option<Worst>,
    /// How many errors are above each of [`Tally::LIMITS`].
    pub above: [u64; 3],
    /// NaN or an infinity where there is a true value.
    pub lost: Cases,
    /// A number where there is no true value.
    pub invented: Cases,
    /// The true value is not known closely enough.
    pub undecided: Cases,
    /// Inputs at which there is no true value.
    pub undefined: u64,
}

/// How many cases are kept.
const FIRST: usize = 3;

impl Tally {
    /// Errors above these many units in the last place are counted.
    pub const LIMITS: [f64; 3] = [1.0, 2.0, 4.0];

    /// Nothing counted yet.
    pub fn new(limit: Limit) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    /// Takes in what came out at `x`.
    #[inline]
    pub fn count(&mut self, x: f64, got: f64, outcome: Outcome) {
        let case = |truth| Case { x, got, truth };
        match outcome {
            Outcome::Error {
                ulp,
                absolute,
                truth,
            } => {
                self.points += 1;
                for (count, limit) in self.above.iter_mut().zip(Self::LIMITS) {
                    *count += u64::from(ulp > limit);
                }
                exceed(&mut self.ulp, ulp, case(Some(truth)));
                if self.limit.is_exceeded(ulp, absolute) {
                    self.exceeding += 1;
                    exceed(&mut self.worst_exceeding, ulp, case(Some(truth)));
                }
                if truth.abs() <= 1.0 {
                    exceed(&mut self.absolute, absolute, case(Some(truth)));
                }
            }
            Outcome::Lost { truth } => {
                self.points += 1;
                self.lost.add(case(Some(truth)));
            }
            Outcome::Undefined { invented } => {
                self.undefined += 1;
                if invented {
                    self.invented.add(case(None));
                }
            }
            Outcome::Undecided => self.undecided.add(case(None)),
        }
    }

    /// Both, `other` being of later inputs.
    pub fn merge(mut self, other: Self) -> Self {
        self.points += other.points;
        self.exceeding += other.exceeding;
        self.undefined += other.undefined;
        for (count, more) in self.above.iter_mut().zip(other.above) {
            *count += more;
        }
        for (worst, later) in [
            (&mut self.ulp, other.ulp),
            (&mut self.worst_exceeding, other.worst_exceeding),
            (&mut self.absolute, other.absolute),
        ] {
            if let Some(later) = later {
                exceed(worst, later.error, later.case);
            }
        }
        self.lost.extend(other.lost);
        self.invented.extend(other.invented);
        self.undecided.extend(other.undecided);
        self
    }

    /// The largest error in units in the last place, 0 if there is none.
    pub fn max_ulp(&self) -> f64 {
        self.ulp.map_or(0.0, |worst| worst.error)
    }
}

/// Keeps the larger error, and of equal ones the first.
#[inline]
fn exceed(worst: &mut Option<Worst>, error: f64, case: Case) {
    if worst.is_none_or(|worst| error > worst.error) {
        *worst = Some(Worst { error, case });
    }
}

impl Cases {
    fn add(&mut self, case: Case) {
        self.count += 1;
        if self.first.len() < FIRST {
            self.first.push(case);
        }
    }

    fn extend(&mut self, later: Self) {
        self.count += later.count;
        let room = FIRST - self.first.len();
        self.first.extend(later.first.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(ulp: f64) -> Outcome {
        Outcome::Error {
            ulp,
            absolute: ulp / 8.0,
            truth: 1.0,
        }
    }

    #[test]
    fn absolute_errors_are_those_of_values_up_to_1() {
        let mut tally = Tally::default();
        tally.count(1.0, 0.0, error(0.5));
        let large = Outcome::Error {
            ulp: 0.25,
            absolute: 1e22,
            truth: 1e30,
        };
        tally.count(2.0, 0.0, large);
        assert_eq!(tally.absolute.map(|worst| worst.error), Some(0.5 / 8.0));
    }

    #[test]
    fn a_limit_is_exceeded_in_units_and_in_size() {
        let limit = Limit {
            ulp: Some(2.0),
            absolute: 0.3,
        };
        let mut tally = Tally::new(limit);
        // An eighth of its units is the size of each error.
        for (x, ulp) in [(1.0, 2.2), (2.0, 2.5), (3.0, 4.0), (4.0, 1.0)] {
            tally.count(x, 0.0, error(ulp));
        }
        let worst = tally.worst_exceeding.unwrap();
        assert_eq!((tally.exceeding, worst.error, worst.case.x), (2, 4.0, 3.0));
    }

    #[test]
    fn halves_merge_to_the_whole() {
        let outcomes = [
            error(0.5),
            Outcome::Lost { truth: 2.0 },
            error(3.0),
            Outcome::Undefined { invented: true },
            error(3.0),
            Outcome::Lost { truth: 3.0 },
            Outcome::Undecided,
            Outcome::Lost { truth: 4.0 },
            Outcome::Lost { truth: 5.0 },
        ];
        let tally = |range: std::ops::Range<usize>| {
            let mut tally = Tally::default();
            range.for_each(|i| tally.count(i as f64, 0.0, outcomes[i]));
            tally
        };
        let whole = tally(0..9);
        assert!((0..9).all(|cut| tally(0..cut).merge(tally(cut..9)) == whole));
        assert_eq!((whole.max_ulp(), whole.ulp.unwrap().case.x), (3.0, 2.0));
        assert_eq!((whole.lost.count, whole.lost.first.len()), (4, 3));
        assert_eq!((whole.points, whole.above), (7, [2, 2, 0]));
    }
}
