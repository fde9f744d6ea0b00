//! Operations of one argument: their values at the ends of an interval, and how they go on between them.

use super::{Interval, rounding};
use crate::ops::{Domain, Op, Parity, Shape};

/// The rounding errors of a value of the table, a few ULP, are below this part of it.
const RELATIVE: f64 = 1.0 / (1u64 << 48) as f64;

/// Holds every value of `op` over the part of `x` in its domain.
pub(super) fn image(op: Op, x: Interval) -> Interval {
    let row = op.row();
    let x = match row.domain {
        Domain::All | Domain::NonZeroDivisor | Domain::Power => x,
        Domain::NonNegative | Domain::Positive => x.meet(Interval::new(0.0, f64::INFINITY)),
        Domain::AboveMinusOne => x.meet(Interval::new(-1.0, f64::INFINITY)),
    };
    let rising = || Interval::new(at(op, x.low).0, at(op, x.high).1);
    let falling = || Interval::new(at(op, x.high).0, at(op, x.low).1);
    match row.shape {
        Shape::Increasing => rising(),
        Shape::Decreasing => falling(),
        Shape::Valley(bottom) if x.high < bottom => falling(),
        Shape::Valley(bottom) if x.low > bottom => rising(),
        Shape::Valley(_) => Interval::new(row.range.0, at(op, x.low).1.max(at(op, x.high).1)),
        Shape::Peak(top) if x.high < top => rising(),
        Shape::Peak(top) if x.low > top => falling(),
        Shape::Peak(_) => Interval::new(at(op, x.low).0.min(at(op, x.high).0), row.range.1),
        Shape::Other => other(op, x),
    }
    .finite()
}

/// The value of `op` at `x` lies between these; at an infinite `x`, the limit.
fn at(op: Op, x: f64) -> (f64, f64) {
    let exact = |value: f64| (value, value);
    match op {
        Op::Neg
        | Op::Abs
        | Op::Sign
        | Op::Relu
        | Op::Min0
        | Op::Relu6
        | Op::HardTanh
        | Op::HardShrink => exact(op.value(&[x])),
        Op::Square => rounding::product(x, x),
        Op::Cube => {
            let (low, high) = rounding::power(x.abs(), 3);
            if x < 0.0 { (-high, -low) } else { (low, high) }
        }
        Op::Sqrt => rounding::root(x),
        Op::SoftShrink => rounding::sum(x, -x.clamp(-0.5, 0.5)),
        Op::LeakyRelu | Op::RRelu if x >= 0.0 => exact(x),
        Op::LeakyRelu => rounding::quotient(x, 100.0),
        Op::RRelu => {
            let (low, high) = rounding::quotient(x, 48.0);
            (
                rounding::product(11.0, low).0,
                rounding::product(11.0, high).1,
            )
        }
        Op::HardSwish if x <= -3.0 => exact(0.0),
        Op::HardSwish if x >= 3.0 => exact(x),
        Op::HardSigmoid => {
            let (low, high) = rounding::quotient(x, 6.0);
            let shifted = (rounding::sum(low, 0.5).0, rounding::sum(high, 0.5).1);
            (shifted.0.clamp(0.0, 1.0), shifted.1.clamp(0.0, 1.0))
        }
        _ => near(op, x),
    }
}

/// A value of the table, moved outward by more than its error.
fn near(op: Op, x: f64) -> (f64, f64) {
    let value = match op.value(&[x]) {
        // 0·∞ inside the operation: the limit shows at the largest finite argument.
        value if value.is_nan() => op.value(&[f64::MAX.copysign(x)]),
        value => value,
    };
    if value.is_infinite() {
        // It may have overflowed.
        return if value > 0.0 {
            (f64::MAX, value)
        } else {
            (value, f64::MIN)
        };
    }
    if x == 0.0 && value == 0.0 {
        return (0.0, 0.0);
    }
    // What underflows is below the smallest normal number.
    let slack = value.abs() * RELATIVE + f64::MIN_POSITIVE + error(op, x, value);
    let (low, high) = (value - slack, value + slack);
    match keeps_sign(op) {
        true if x >= 0.0 => (low.max(0.0), high),
        true => (low, high.min(0.0)),
        false => (low, high),
    }
}

/// Whether the value is on the same side of 0 as the argument.
fn keeps_sign(op: Op) -> bool {
    let row = op.row();
    row.shape == Shape::Increasing && row.parity == Parity::Odd
        || matches!(
            op,
            Op::Expm1
                | Op::Log1p
                | Op::Elu
                | Op::Selu
                | Op::Silu
                | Op::Gelu
                | Op::GeluTanh
                | Op::Mish
                | Op::HardSwish
        )
}

/// A bound on the absolute error of the table's `value` at `x`, for the operations that lose more than a few ULP there: they
/// round an argument that a steep function follows, or cancel.
pub(crate) fn error(op: Op, x: f64, value: f64) -> f64 {
    const ULPS: f64 = 1.0 / (1u64 << 49) as f64;
    if !x.is_finite() {
        return 0.0;
    }
    // e^(−u) of a rounded u is off by u·2⁻⁵³ of itself; what has underflowed has no digits to lose.
    let steep = |exponent: f64| {
        if value == 0.0 {
            0.0
        } else {
            value.abs() * exponent * ULPS
        }
    };
    match op {
        Op::Gaussian | Op::NormalPdf => steep(x * x),
        Op::NormalCdf | Op::Gelu if x < 0.0 => steep(x * x),
        Op::GeluTanh if x < 0.0 => steep(2.0 * x.abs() + x.abs().powi(3)),
        // s·(1 + z·c) cancels next to its zero.
        Op::SiluGrad | Op::MishGrad if (-4.0..0.0).contains(&x) => ULPS,
        Op::GeluTanhGrad if (-4.0..0.0).contains(&x) => 4.0 * ULPS,
        Op::GeluTanhGrad if x < 0.0 => steep(2.0 * x.abs() + x.abs().powi(3)),
        // A difference of two terms below 1/|x|.
        Op::SincGrad if x.abs() >= 0.5 => 4.0 * ULPS / x.abs(),
        Op::HardSwish => x.abs() * ULPS,
        Op::HardSigmoid => ULPS,
        _ => 0.0,
    }
}

/// The operations without a shape.
fn other(op: Op, x: Interval) -> Interval {
    match op {
        Op::Sin | Op::Cos => wave(op, x, 1.0),
        // How steep they are at most, rounded up.
        Op::Sinc => wave(op, x, 1.38),
        Op::SincGrad => wave(op, x, 3.29),
        Op::SiluGrad => wave(op, x, 0.51),
        Op::GeluTanhGrad => wave(op, x, 0.8),
        Op::MishGrad => wave(op, x, 0.65),
        _ => Interval::REALS,
    }
}

/// A wave over a narrow interval: its value in the middle, and as far as its steepest slope can lead from there.
fn wave(op: Op, x: Interval, steepest: f64) -> Interval {
    let width = x.high - x.low;
    if width.is_nan() || width > 1.0 {
        return Interval::REALS;
    }
    if x == Interval::point(0.0) && op.row().parity == Parity::Odd {
        return x;
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
    let slack = rounding
        + definition
        + error(op, x.low + width / 2.0, middle)
        + (middle.abs() + reach) * RELATIVE
        + f64::MIN_POSITIVE;
    Interval::new(middle - reach - slack, middle + reach + slack)
}
