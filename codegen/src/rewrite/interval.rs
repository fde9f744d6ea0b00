//! Intervals that contain every value of an operation over intervals of its arguments.
//!
//! Bounds are computed in f64 and moved outward by more than the error of the table's values, so the true value lies inside.

use crate::number::Number;
use crate::ops::{Domain, Op, Shape};

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

    fn join(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// Whether 0 is no value.
    pub fn excludes_zero(self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }

    /// The interval moved outward past the rounding errors of a value of the table: a few ULP, hence 2⁻⁴⁸ relative.
    fn outward(self) -> Self {
        self.outward_by(1.0 / (1u64 << 48) as f64)
    }

    fn outward_by(self, relative: f64) -> Self {
        let slack = |bound: f64| {
            if bound == 0.0 {
                0.0
            } else {
                bound.abs() * relative + f64::MIN_POSITIVE
            }
        };
        Self::new(self.low - slack(self.low), self.high + slack(self.high))
    }

    /// An interval around one f64 that stands for a real number near it.
    pub fn around(value: f64) -> Self {
        Self::new(value, value).outward()
    }

    /// The tightest known interval around a literal.
    pub fn exactly(number: &Number) -> Self {
        let value = number.to_f64();
        if Number::from_f64(value).as_ref() == Some(number) && value.fract() == 0.0 {
            Self::new(value, value)
        } else {
            Self::around(value)
        }
    }

    /// The values of `op` over `arguments`, wherever it is defined.
    pub fn of(op: Op, arguments: &[Self]) -> Self {
        let row = op.row();
        let range = Self::new(row.range.0, row.range.1);
        let image = match arguments {
            [argument] => unary(op, *argument),
            arguments => structural(op, arguments),
        };
        image.meet(range)
    }
}

fn unary(op: Op, x: Interval) -> Interval {
    let row = op.row();
    let x = match row.domain {
        Domain::All | Domain::NonZeroDivisor | Domain::Power => x,
        Domain::NonNegative | Domain::Positive => x.meet(Interval::new(0.0, f64::INFINITY)),
        Domain::AboveMinusOne => x.meet(Interval::new(-1.0, f64::INFINITY)),
    };
    // A value that underflows to 0 is still a number on its side of 0; pieces of straight lines are exact.
    let value = |end: f64| match op.value(&[end]) {
        // 0·∞ inside the operation: the limit shows at the largest finite argument.
        value if value.is_nan() => op.value(&[f64::MAX.copysign(end)]),
        0.0 if end != 0.0 && !row.kinked => f64::MIN_POSITIVE,
        value => value,
    };
    let (at_low, at_high) = (value(x.low), value(x.high));
    let image = match row.shape {
        Shape::Increasing => Interval::new(at_low, at_high),
        Shape::Decreasing => Interval::new(at_high, at_low),
        Shape::Valley(at) if x.high < at => Interval::new(at_high, at_low),
        Shape::Valley(at) if x.low > at => Interval::new(at_low, at_high),
        Shape::Valley(_) => Interval::new(row.range.0, at_low.max(at_high)),
        Shape::Peak(at) if x.high < at => Interval::new(at_low, at_high),
        Shape::Peak(at) if x.low > at => Interval::new(at_high, at_low),
        Shape::Peak(_) => Interval::new(at_low.min(at_high), row.range.1),
        Shape::Other => return other(op, x),
    };
    match op {
        // e^y with a rounded y: |y| ≤ 745 where the value is no underflow, so half an ULP of y is up to 745·2⁻⁵³ of the value.
        Op::Gaussian | Op::NormalPdf | Op::NormalCdf | Op::Gelu | Op::GeluTanh => {
            image.outward_by(1.0 / (1u64 << 42) as f64)
        }
        _ => image.outward(),
    }
}

/// The unary operations without a shape.
fn other(op: Op, x: Interval) -> Interval {
    match op {
        Op::Sin | Op::Cos => wave(op, x, 1.0),
        // |d/dx sin(πx)/(πx)| stays below 1.38.
        // π·x is rounded, as if x were a few ULP away.
        Op::Sinc => wave(op, x.outward(), 1.38),
        _ => Interval::REALS,
    }
}

fn structural(op: Op, arguments: &[Interval]) -> Interval {
    let corners = |f: fn(f64, f64) -> f64| {
        let (a, b) = (arguments[0], arguments[1]);
        let values = [
            f(a.low, b.low),
            f(a.low, b.high),
            f(a.high, b.low),
            f(a.high, b.high),
        ];
        // 0·∞ is 0 here: the infinite end of an interval stands for arbitrarily large, yet finite, values.
        let values = values.map(|v| if v.is_nan() { 0.0 } else { v });
        let low = values.into_iter().fold(f64::INFINITY, f64::min);
        let high = values.into_iter().fold(f64::NEG_INFINITY, f64::max);
        // A product that underflows to 0 is still a number on its side of 0.
        let exact = [a.low, a.high, b.low, b.high].contains(&0.0);
        let slack = if exact { 0.0 } else { f64::MIN_POSITIVE };
        let pad = |end: f64, by: f64| if end == 0.0 { by } else { end };
        Interval::new(pad(low, -slack), pad(high, slack)).outward()
    };
    let decided = |always: bool, never: bool| match (always, never) {
        (true, _) => Interval::new(1.0, 1.0),
        (_, true) => Interval::new(0.0, 0.0),
        _ => Interval::new(0.0, 1.0),
    };
    match op {
        Op::Add => Interval::new(
            arguments[0].low + arguments[1].low,
            arguments[0].high + arguments[1].high,
        )
        .outward(),
        Op::Sub => Interval::new(
            arguments[0].low - arguments[1].high,
            arguments[0].high - arguments[1].low,
        )
        .outward(),
        Op::Mul => corners(|a, b| a * b),
        Op::Div if arguments[1].excludes_zero() => {
            // ∞/∞ can be any ratio: such corners bound nothing.
            let infinite = |i: Interval| i.low.is_infinite() || i.high.is_infinite();
            if infinite(arguments[0]) && infinite(arguments[1]) {
                Interval::REALS
            } else {
                corners(|a, b| a / b)
            }
        }
        Op::Div => Interval::REALS,
        Op::Powi => power(arguments[0], arguments[1]),
        Op::Min => Interval::new(
            arguments[0].low.min(arguments[1].low),
            arguments[0].high.min(arguments[1].high),
        ),
        Op::Max => Interval::new(
            arguments[0].low.max(arguments[1].low),
            arguments[0].high.max(arguments[1].high),
        ),
        Op::Clamp => {
            let raised = structural(Op::Max, &arguments[..2]);
            structural(Op::Min, &[raised, arguments[2]])
        }
        Op::Lt => decided(
            arguments[0].high < arguments[1].low,
            arguments[0].low >= arguments[1].high,
        ),
        Op::Le => decided(
            arguments[0].high <= arguments[1].low,
            arguments[0].low > arguments[1].high,
        ),
        Op::Eq => decided(
            arguments.iter().all(|x| x.low == arguments[0].low && x.high == x.low),
            arguments[0].high < arguments[1].low || arguments[0].low > arguments[1].high,
        ),
        Op::If if arguments[0].excludes_zero() => arguments[1],
        Op::If if arguments[0].high == 0.0 => arguments[2],
        Op::If => arguments[1].join(arguments[2]),
        Op::Pi => Interval::around(std::f64::consts::PI),
        // One argument: `unary` has them.
        Op::Neg
        | Op::Square
        | Op::Cube
        | Op::Sqrt
        | Op::Exp
        | Op::Expm1
        | Op::Ln
        | Op::Log1p
        | Op::Sigmoid
        | Op::Softplus
        | Op::LogSigmoid
        | Op::Gaussian
        | Op::Sin
        | Op::Cos
        | Op::Sinc
        | Op::Sinh
        | Op::Cosh
        | Op::Tanh
        | Op::Asinh
        | Op::Atan
        | Op::Erf
        | Op::Erfc
        | Op::NormalCdf
        | Op::NormalPdf
        | Op::Abs
        | Op::Sign
        | Op::Relu
        | Op::Min0
        | Op::LeakyRelu
        | Op::Relu6
        | Op::HardSigmoid
        | Op::HardSwish
        | Op::Silu
        | Op::Gelu
        | Op::GeluTanh
        | Op::Mish
        | Op::Elu
        | Op::Selu
        | Op::Softsign
        | Op::Tanhshrink => Interval::REALS,
    }
}

/// aⁿ for a literal n: rising, or a valley at 0, or the reciprocal of one of them.
fn power(base: Interval, exponent: Interval) -> Interval {
    let n = exponent.low;
    if n != exponent.high {
        return Interval::REALS;
    }
    let value = |end: f64| Op::Powi.value(&[end, n.abs()]);
    let even = n % 2.0 == 0.0;
    let image = if !even || base.low >= 0.0 {
        Interval::new(value(base.low), value(base.high))
    } else if base.high <= 0.0 {
        Interval::new(value(base.high), value(base.low))
    } else {
        Interval::new(0.0, value(base.low).max(value(base.high)))
    };
    if n >= 0.0 {
        image.outward()
    } else {
        structural(Op::Div, &[Interval::around(1.0), image.outward()])
    }
}

/// A wave over a narrow interval: its value in the middle, and as far as its steepest slope can lead from there.
fn wave(op: Op, x: Interval, steepest: f64) -> Interval {
    let width = x.high - x.low;
    if width.is_nan() || width > 1.0 {
        return Interval::REALS;
    }
    let (middle, reach) = (op.value(&[x.low + width / 2.0]), width * steepest);
    // At huge arguments, neighbouring numbers are further apart than a period, and `width` says so.
    Interval::new(middle - reach, middle + reach).outward()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for &op in Op::ALL
            .iter()
            .filter(|op| (1..=2).contains(&op.arity()) && **op != Op::Powi)
        {
            for (k, &a) in intervals.iter().enumerate() {
                let b = intervals[(7 * k + 3) % intervals.len()];
                let image = Interval::of(op, &[a, b][..op.arity()]);
                for x in inside(a) {
                    for y in inside(b) {
                        let value = op.value(&[x, y][..op.arity()]);
                        let defined = op.row().domain.contains(x) && (op != Op::Div || y != 0.0);
                        if defined && !value.is_nan() {
                            let held = image.low <= value && value <= image.high;
                            assert!(held, "{}({x}, {y}) = {value}, not in {image:?}", op.name());
                        }
                    }
                }
            }
        }
    }
}
