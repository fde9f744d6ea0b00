//! Operations of no argument or of several: arithmetic, comparisons, choices, and activations with parameters.

use std::f64::consts::PI;

use super::{Interval, rounding, unary};
use crate::ops::Op;

/// Holds every value of `op` over `arguments`, of which there are none or several.
pub(super) fn image(op: Op, arguments: &[Interval]) -> Interval {
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
        Interval::new(
            rounding::sum(a.low, b.low).0,
            rounding::sum(a.high, b.high).1,
        )
        .finite()
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
        Op::Mul => corners(rounding::product),
        Op::Div if arguments[1].excludes_zero() => {
            // ∞/∞ can be any ratio: such corners bound nothing.
            let infinite = |i: Interval| i.low.is_infinite() || i.high.is_infinite();
            if infinite(arguments[0]) && infinite(arguments[1]) {
                Interval::REALS
            } else {
                corners(rounding::quotient)
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
            let raised = image(Op::Max, &arguments[..2]);
            image(Op::Min, &[raised, arguments[2]])
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
        Op::PRelu => rectified(arguments[0], |x| image(Op::Mul, &[arguments[1], x])),
        Op::EluAlpha => rectified(arguments[0], |x| {
            image(Op::Mul, &[arguments[1], unary::image(Op::Expm1, x)])
        }),
        // α·(e^(x/α) − 1) is of the sign of x, whatever α.
        Op::Celu => rectified(arguments[0], |x| {
            let exponent = image(Op::Div, &[x, arguments[1]]);
            let image = image(Op::Mul, &[arguments[1], unary::image(Op::Expm1, exponent)]);
            image.meet(Interval::new(f64::NEG_INFINITY, 0.0))
        }),
        Op::Threshold => {
            let above = image(Op::Lt, &[arguments[1], arguments[0]]);
            // What passes lies above the threshold as well.
            let passed = image(Op::Max, &arguments[..2]);
            image(Op::If, &[above, passed, arguments[2]])
        }
        // π is no f64, and lies above the nearest.
        Op::Pi => Interval::new(PI, PI.next_up()),
        // One argument: `unary` has them, by their rows.
        _ => Interval::REALS,
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
    if n != exponent.high || n.fract() != 0.0 || n.abs() > f64::from(i32::MAX) {
        return Interval::REALS;
    }
    let size = n.abs() as u32;
    let (at_low, at_high) = (
        rounding::power(base.low.abs(), size),
        rounding::power(base.high.abs(), size),
    );
    let even = size.is_multiple_of(2);
    let negated = |(low, high): (f64, f64)| (-high, -low);
    let image = if even && base.low < 0.0 && base.high > 0.0 {
        Interval::new(0.0, at_low.1.max(at_high.1))
    } else if even && base.high <= 0.0 {
        Interval::new(at_high.0, at_low.1)
    } else {
        let signed = |end: f64, size| {
            if end < 0.0 && !even {
                negated(size)
            } else {
                size
            }
        };
        Interval::new(signed(base.low, at_low).0, signed(base.high, at_high).1)
    };
    if n >= 0.0 {
        image.finite()
    } else {
        self::image(Op::Div, &[Interval::point(1.0), image.finite()])
    }
}
