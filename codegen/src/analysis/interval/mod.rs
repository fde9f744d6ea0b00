//! Intervals that contain every value of an operation over intervals of its arguments.
//!
//! Ends are included, and none of them need be a value: an interval says where values may be, never that there is one. So a
//! comparison is decided only where no two values of its sides could decide it otherwise, and an interval of one number holds that
//! number alone.
//!
//! Bounds are computed in f64. Sums, products, quotients and roots are rounded outward by at most one ULP, and not at all where
//! they are exact; other values are moved outward by more than the error of the table, so the true value lies inside.

mod rounding;
mod structural;
mod unary;

use crate::number::Number;
use crate::ops::Op;

#[cfg(feature = "oracle")]
pub(crate) use unary::error;

/// All real numbers from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// No value is below.
    pub low: f64,
    /// No value is above.
    pub high: f64,
}

impl Interval {
    /// Every real number: an input is any finite value.
    pub const REALS: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };

    /// The interval from `low` to `high`; a bound that is NaN tells nothing.
    fn new(low: f64, high: f64) -> Self {
        Self {
            low: if low.is_nan() { f64::NEG_INFINITY } else { low },
            high: if high.is_nan() { f64::INFINITY } else { high },
        }
    }

    /// The values that both intervals hold. Both hold the true value, so they meet.
    pub fn meet(self, other: Self) -> Self {
        let (low, high) = (self.low.max(other.low), self.high.min(other.high));
        if low <= high {
            Self { low, high }
        } else {
            self
        }
    }

    pub(super) fn join(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// Whether 0 is no value.
    pub fn excludes_zero(self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }

    /// The tightest interval around a literal.
    pub fn exactly(number: &Number) -> Self {
        let (low, high) = number.bounds();
        Self { low, high }
    }

    /// The interval that holds one value.
    pub fn point(value: f64) -> Self {
        Self {
            low: value,
            high: value,
        }
    }

    /// A value in the middle, for an interval that has two ends.
    pub fn middle(self) -> f64 {
        self.low / 2.0 + self.high / 2.0
    }

    /// Whether the interval holds a single value, and which.
    pub fn single(self) -> Option<f64> {
        (self.low == self.high).then_some(self.low)
    }

    /// Whether it holds a number and no others but what rounding has added.
    pub(crate) fn is_narrow(self) -> bool {
        let size = self.low.abs().max(self.high.abs());
        size.is_finite() && self.high - self.low <= 1e-12 * size
    }

    /// Whether no value lies in both.
    pub fn misses(self, other: Self) -> bool {
        self.low > other.high || other.low > self.high
    }

    /// The same interval, where an end that rounding has taken past every finite number is pulled back: values are finite.
    fn finite(self) -> Self {
        Self::new(self.low.min(f64::MAX), self.high.max(f64::MIN))
    }

    /// The values of `op` over `arguments`, wherever it is defined.
    pub fn of(op: Op, arguments: &[Self]) -> Self {
        let (lowest, highest) = op.row().range;
        let image = match arguments {
            [argument] => unary::image(op, *argument),
            arguments => structural::image(op, arguments),
        };
        image.meet(Self::new(lowest, highest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Domain;

    /// Whatever the arguments, the value lies in the interval computed for intervals around them.
    #[test]
    fn the_interval_holds_every_value() {
        let ends = [
            f64::NEG_INFINITY,
            -7.3,
            -1.0,
            -0.4,
            0.0,
            0.3,
            1.0,
            2.9,
            f64::INFINITY,
        ];
        let inside = |i: Interval| {
            [
                -1e9, -7.3, -3.0, -1.0, -0.7, -0.4, -0.1, 0.0, 0.2, 0.3, 0.9, 1.0, 2.0, 2.9, 50.0,
                1e9,
            ]
            .into_iter()
            .filter(move |v| i.low <= *v && *v <= i.high)
        };
        let intervals: Vec<Interval> = ends
            .iter()
            .flat_map(|&low| {
                ends.iter()
                    .filter(move |&&high| low < high)
                    .map(move |&high| Interval { low, high })
            })
            .collect();
        for &op in Op::ALL.iter().filter(|op| !matches!(op, Op::Pi | Op::Powi)) {
            let divides = op.row().domain == Domain::NonZeroDivisor;
            for (k, &a) in intervals.iter().enumerate() {
                let b = intervals[(7 * k + 3) % intervals.len()];
                let c = intervals[(5 * k + 1) % intervals.len()];
                let image = Interval::of(op, &[a, b, c][..op.arity()]);
                for x in inside(a) {
                    for y in inside(b) {
                        for z in inside(c) {
                            let value = op.value(&[x, y, z][..op.arity()]);
                            let defined = op.row().domain.contains(x) && !(divides && y == 0.0);
                            if defined && !value.is_nan() {
                                let held = image.low <= value && value <= image.high;
                                let name = op.name();
                                assert!(held, "{name}({x}, {y}, {z}) = {value}, not in {image:?}");
                            }
                        }
                    }
                }
            }
        }
    }
}
