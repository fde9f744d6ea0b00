//! Intervals that contain every value of an operation over intervals of its arguments.
//!
//! Bounds are computed in f64. Sums, products, quotients and roots are rounded outward by at most one ULP, and not at all where
//! they are exact; other values are moved outward by more than the error of the table, so the true value lies inside.

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

    /// The interval moved outward past the rounding errors of a value of the table: a few ULP, hence 2⁻⁴⁸ relative.
    fn outward(self) -> Self {
        const RELATIVE: f64 = 1.0 / (1u64 << 48) as f64;
        let slack = |bound: f64| {
            if bound == 0.0 {
                0.0
            } else {
                bound.abs() * RELATIVE + f64::MIN_POSITIVE
            }
        };
        let finite = self.finite();
        Self::new(
            finite.low - slack(finite.low),
            finite.high + slack(finite.high),
        )
    }

    /// An interval around one f64 that stands for a real number near it.
    pub fn around(value: f64) -> Self {
        Self::new(value, value).outward()
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
        0.0 if end != 0.0 && !row.kinked && !is_rounded(op) => f64::MIN_POSITIVE,
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
    // Straight pieces and squares, cubes and roots that come out exact need no slack.
    match op {
        Op::Neg | Op::Abs | Op::Sign | Op::Relu | Op::Min0 | Op::Relu6 => image,
        op if is_rounded(op) => rounded(op, x, image),
        _ => {
            let error = error(op, x.low, at_low).max(error(op, x.high, at_high));
            let image = image.outward();
            Interval::new(image.low - error, image.high + error)
        }
    }
}

fn is_rounded(op: Op) -> bool {
    matches!(op, Op::Square | Op::Cube | Op::Sqrt)
}

/// A bound on the absolute error of the table's `value` at `x`, for the operations that lose more than a few ULP there: they
/// round an argument that a steep function follows, or cancel.
pub(crate) fn error(op: Op, x: f64, value: f64) -> f64 {
    const ULPS: f64 = 1.0 / (1u64 << 49) as f64;
    if !x.is_finite() {
        return 0.0;
    }
    // e^(−u) of a rounded u is off by u·2⁻⁵³ of itself.
    let steep = |exponent: f64| value.abs() * exponent * ULPS;
    match op {
        Op::Gaussian | Op::NormalPdf => steep(x * x),
        Op::NormalCdf | Op::Gelu if x < 0.0 => steep(x * x),
        Op::GeluTanh if x < 0.0 => steep(2.0 * x.abs() + x.abs().powi(3)),
        // s·(1 + z·c) cancels next to its zero.
        Op::SiluSlope | Op::MishSlope if (-4.0..0.0).contains(&x) => ULPS,
        Op::GeluTanhSlope if (-4.0..0.0).contains(&x) => 4.0 * ULPS,
        Op::GeluTanhSlope if x < 0.0 => steep(2.0 * x.abs() + x.abs().powi(3)),
        // A difference of two terms below 1/|x|.
        Op::SincSlope if x.abs() >= 0.5 => 4.0 * ULPS / x.abs(),
        Op::HardSwish => x.abs() * ULPS,
        Op::HardSigmoid => ULPS,
        _ => 0.0,
    }
}

/// The image of a square, a cube or a root, moved outward where an end of it was rounded.
fn rounded(op: Op, x: Interval, image: Interval) -> Interval {
    let exact = |value: f64| {
        // The value at one of the ends; a valley's floor is exact.
        let from = [x.low, x.high]
            .into_iter()
            .find(|&end| op.value(&[end]) == value);
        from.is_none_or(|end| match op {
            Op::Sqrt => product(value, value) == Some(end),
            Op::Square => product(end, end).is_some(),
            _ => product(end, end).is_some_and(|square| product(square, end).is_some()),
        })
    };
    // Two roundings of a cube.
    let ulp = if op == Op::Cube { 2 } else { 1 };
    let (mut low, mut high) = (image.low, image.high);
    if !exact(low) {
        (0..ulp).for_each(|_| low = low.next_down());
    }
    if !exact(high) {
        (0..ulp).for_each(|_| high = high.next_up());
    }
    Interval::new(low, high).finite()
}

/// a·b, if that is exact in f64.
fn product(a: f64, b: f64) -> Option<f64> {
    let value = a * b;
    // Below this, the error of the product is no f64 itself.
    let tiny = value.abs() < f64::MIN_POSITIVE / f64::EPSILON;
    let exact = if tiny {
        a == 0.0 || b == 0.0
    } else {
        a.mul_add(b, -value) == 0.0
    };
    exact.then_some(value)
}

/// a + b rounded down and up.
fn sum_bounds(a: f64, b: f64) -> (f64, f64) {
    let value = a + b;
    // Knuth's two-sum: the error of an addition is an f64.
    let tail = value - a;
    let error = (a - (value - tail)) + (b - tail);
    directed(value, value.is_infinite() || error == 0.0)
}

fn product_bounds(a: f64, b: f64) -> (f64, f64) {
    // 0·∞ is 0 here: the infinite end of an interval stands for arbitrarily large, yet finite, values.
    if a == 0.0 || b == 0.0 {
        return (0.0, 0.0);
    }
    let value = a * b;
    signed(
        directed(value, value.is_infinite() || product(a, b).is_some()),
        (a < 0.0) != (b < 0.0),
    )
}

fn quotient_bounds(a: f64, b: f64) -> (f64, f64) {
    if a == 0.0 || b.is_infinite() {
        // A finite number over arbitrarily large ones.
        return (0.0, 0.0);
    }
    let value = a / b;
    let exact = product(value, b) == Some(a);
    signed(
        directed(value, value.is_infinite() || exact),
        (a < 0.0) != (b < 0.0),
    )
}

/// A rounded value and its neighbours, between which the true one lies.
fn directed(value: f64, exact: bool) -> (f64, f64) {
    if exact {
        (value, value)
    } else {
        (value.next_down(), value.next_up())
    }
}

/// What underflows to 0 is still on its side of 0.
fn signed((low, high): (f64, f64), negative: bool) -> (f64, f64) {
    if negative {
        (low, high.min(0.0))
    } else {
        (low.max(0.0), high)
    }
}

/// The unary operations without a shape.
fn other(op: Op, x: Interval) -> Interval {
    match op {
        Op::Sin | Op::Cos => wave(op, x, 1.0),
        // How steep they are at most, rounded up.
        Op::Sinc => wave(op, x, 1.38),
        Op::SincSlope => wave(op, x, 3.29),
        Op::SiluSlope => wave(op, x, 0.51),
        Op::GeluTanhSlope => wave(op, x, 0.8),
        Op::MishSlope => wave(op, x, 0.65),
        _ => Interval::REALS,
    }
}

fn structural(op: Op, arguments: &[Interval]) -> Interval {
    let corners = |bounds: fn(f64, f64) -> (f64, f64)| {
        let (a, b) = (arguments[0], arguments[1]);
        let ends = [
            bounds(a.low, b.low),
            bounds(a.low, b.high),
            bounds(a.high, b.low),
            bounds(a.high, b.high),
        ];
        let low = ends.iter().map(|end| end.0).fold(f64::INFINITY, f64::min);
        let high = ends
            .iter()
            .map(|end| end.1)
            .fold(f64::NEG_INFINITY, f64::max);
        Interval::new(low, high).finite()
    };
    let sum = |a: Interval, b: Interval| {
        Interval::new(sum_bounds(a.low, b.low).0, sum_bounds(a.high, b.high).1).finite()
    };
    let decided = |always: bool, never: bool| match (always, never) {
        (true, _) => Interval::new(1.0, 1.0),
        (_, true) => Interval::new(0.0, 0.0),
        _ => Interval::new(0.0, 1.0),
    };
    match op {
        Op::Add => sum(arguments[0], arguments[1]),
        Op::Sub => {
            let b = arguments[1];
            sum(
                arguments[0],
                Interval {
                    low: -b.high,
                    high: -b.low,
                },
            )
        }
        Op::Mul => corners(product_bounds),
        Op::Div if arguments[1].excludes_zero() => {
            // ∞/∞ can be any ratio: such corners bound nothing.
            let infinite = |i: Interval| i.low.is_infinite() || i.high.is_infinite();
            if infinite(arguments[0]) && infinite(arguments[1]) {
                Interval::REALS
            } else {
                corners(quotient_bounds)
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
            arguments[0].single().is_some() && arguments[0] == arguments[1],
            arguments[0].high < arguments[1].low || arguments[0].low > arguments[1].high,
        ),
        Op::If if arguments[0].excludes_zero() => arguments[1],
        Op::If if arguments[0] == Interval::new(0.0, 0.0) => arguments[2],
        Op::If => arguments[1].join(arguments[2]),
        Op::PRelu => rectified(arguments[0], |x| structural(Op::Mul, &[arguments[1], x])),
        Op::EluAlpha => rectified(arguments[0], |x| {
            structural(Op::Mul, &[arguments[1], unary(Op::Expm1, x)])
        }),
        // α·(e^(x/α) − 1) is of the sign of x, whatever α.
        Op::Celu => rectified(arguments[0], |x| {
            let exponent = structural(Op::Div, &[x, arguments[1]]);
            let image = structural(Op::Mul, &[arguments[1], unary(Op::Expm1, exponent)]);
            image.meet(Interval::new(f64::NEG_INFINITY, 0.0))
        }),
        Op::Threshold => {
            let above = structural(Op::Lt, &[arguments[1], arguments[0]]);
            // What passes lies above the threshold as well.
            let passed = structural(Op::Max, &arguments[..2]);
            structural(Op::If, &[above, passed, arguments[2]])
        }
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
        | Op::RRelu
        | Op::HardTanh
        | Op::HardShrink
        | Op::SoftShrink
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
        | Op::Tanhshrink
        | Op::SigmoidSlope
        | Op::TanhSlope
        | Op::SiluSlope
        | Op::GeluTanhSlope
        | Op::MishSlope
        | Op::SincSlope
        | Op::AsinhSlope
        | Op::AtanSlope
        | Op::SoftsignSlope => Interval::REALS,
    }
}

/// An activation that is `x` above 0, and `below(x)` up to 0, which is 0 at 0.
fn rectified(x: Interval, below: impl Fn(Interval) -> Interval) -> Interval {
    let above = Interval::new(x.low.max(0.0), x.high);
    match (x.low >= 0.0, x.high <= 0.0) {
        (true, _) => above,
        (_, true) => below(x),
        _ => below(Interval::new(x.low, 0.0)).join(above),
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
        structural(Op::Div, &[Interval::new(1.0, 1.0), image.outward()])
    }
}

/// A wave over a narrow interval: its value in the middle, and as far as its steepest slope can lead from there.
fn wave(op: Op, x: Interval, steepest: f64) -> Interval {
    let width = x.high - x.low;
    if width.is_nan() || width > 1.0 {
        return Interval::REALS;
    }
    let (middle, reach) = (op.value(&[x.low + width / 2.0]), 0.5 * width * steepest);
    // The middle is rounded too. At huge arguments, neighbouring numbers are further apart than a period, and `width` says so.
    let rounding = if width == 0.0 {
        0.0
    } else {
        f64::EPSILON * (x.low.abs() + 1.0) * steepest
    };
    let definition = match op {
        // There π is one number of f64.
        Op::Sinc => 8.0 * f64::EPSILON,
        _ => 0.0,
    };
    let slack = rounding + definition + error(op, x.low + width / 2.0, middle);
    Interval::new(middle - reach - slack, middle + reach + slack).outward()
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
