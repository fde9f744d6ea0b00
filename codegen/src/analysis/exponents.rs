//! Bounds of the exponents of values, which reach further than f64 does: e^(−e^100) is 0 in every format, and its exponent is
//! −2^144, near enough.
//!
//! They tell which factor of a product outweighs the other, where one of them underflows and the other one overflows.

use super::enclose::{Defined, Encloser, Enclosure, decided};
use super::interval::Interval;
use crate::ir::{Dag, Node};
use crate::ops::{Bound, Op, Side};

/// What log₂|v| of a value lies between; 0 has −∞.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exponent {
    pub low: f64,
    pub high: f64,
}

/// Bounds on log₂ e, and what widens a bound by more than its own roundings, relative and absolute.
const LOG2_E: [f64; 2] = [
    std::f64::consts::LOG2_E.next_down(),
    std::f64::consts::LOG2_E.next_up(),
];
const SLACK: f64 = 1e-9;

impl Exponent {
    const ANY: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };

    fn of(interval: Interval) -> Self {
        let Interval { low, high } = interval;
        let smallest = if low > 0.0 {
            low
        } else if high < 0.0 {
            -high
        } else {
            0.0
        };
        Self {
            low: smallest.log2(),
            high: low.abs().max(high.abs()).log2(),
        }
        .widened()
    }

    fn widened(self) -> Self {
        let slack = |bound: f64| SLACK * (1.0 + bound.abs());
        let outward = |bound: f64, slack: f64| {
            if bound.is_finite() {
                bound + slack
            } else {
                bound
            }
        };
        Self {
            low: outward(self.low, -slack(self.low)),
            high: outward(self.high, slack(self.high)),
        }
    }

    fn meet(self, other: Self) -> Self {
        Self {
            low: self.low.max(other.low),
            high: self.high.min(other.high),
        }
    }

    /// Of a product. Where a bound is 0·∞, nothing is known.
    fn plus(self, other: Self) -> Self {
        let sum = |a: f64, b: f64, unknown: f64| if (a + b).is_nan() { unknown } else { a + b };
        Self {
            low: sum(self.low, other.low, f64::NEG_INFINITY),
            high: sum(self.high, other.high, f64::INFINITY),
        }
        .widened()
    }

    /// Of a power.
    fn times(self, power: f64) -> Self {
        let scaled = [self.low * power, self.high * power];
        Self {
            low: scaled[0].min(scaled[1]),
            high: scaled[0].max(scaled[1]),
        }
        .widened()
    }

    /// Of what is at most e^(−c·|v|ⁿ), for a value v of this exponent.
    fn decay(self, c: f64, n: f64) -> Self {
        Self {
            high: -(c * LOG2_E[0] * (self.low * n).exp2()) * (1.0 - SLACK),
            ..Self::ANY
        }
    }
}

/// The exponents of all nodes at one point.
pub(crate) fn exponents(dag: &Dag, encloser: &Encloser<'_>, point: &[f64]) -> Vec<Exponent> {
    let sides: Vec<Interval> = point.iter().map(|&value| Interval::point(value)).collect();
    let known = encloser.over(&sides);
    let mut found: Vec<Exponent> = Vec::with_capacity(known.len());
    for (node, enclosure) in dag.nodes().iter().zip(&known) {
        let bound = match node {
            Node::Number(_) | Node::Variable(_) => Exponent::ANY,
            Node::Apply(op, arguments) => apply(*op, &arguments[..op.arity()], &known, &found),
        };
        // An enclosure says nothing of where there is no value.
        found.push(match enclosure.defined {
            Defined::Always => bound.meet(Exponent::of(enclosure.interval)),
            Defined::Perhaps | Defined::Never => Exponent::ANY,
        });
    }
    found
}

/// What the exponents of its arguments say of an operation.
fn apply(op: Op, arguments: &[egg::Id], known: &[Enclosure], found: &[Exponent]) -> Exponent {
    let of = |index: usize| {
        let index = arguments.get(index).map_or(0, |&id| usize::from(id));
        (found[index], known[index].interval)
    };
    let Some(&first) = arguments.first() else {
        return Exponent::ANY;
    };
    let ((a, side), (b, _)) = (of(0), of(1));
    let (negative, positive) = (side.high <= 0.0, side.low >= 0.0);
    let most = |high: f64| Exponent {
        high,
        ..Exponent::ANY
    };
    match op {
        Op::Mul => a.plus(b),
        Op::Div => a.plus(b.times(-1.0)),
        Op::Neg | Op::Abs => a,
        Op::Square => a.times(2.0),
        Op::Cube => a.times(3.0),
        Op::Powi => known[usize::from(arguments[1])]
            .interval
            .single()
            .map_or(Exponent::ANY, |n| a.times(n)),
        Op::Sqrt => a.times(0.5),
        Op::Add | Op::Sub => most(a.high.max(b.high) + 1.0).widened(),
        Op::Min | Op::Max => most(a.high.max(b.high)),
        Op::If => match decided(&known[usize::from(first)]) {
            Some(true) => b,
            Some(false) => of(2).0,
            None => {
                let (b, c) = (b, of(2).0);
                Exponent {
                    low: b.low.min(c.low),
                    high: b.high.max(c.high),
                }
            }
        },
        Op::Exp if negative => a.decay(1.0, 1.0),
        Op::Exp | Op::Sinh | Op::Cosh => Exponent {
            // Of sinh and cosh, the enclosure knows the least value.
            low: match op {
                Op::Exp if positive => a.low.exp2() * LOG2_E[0] * (1.0 - SLACK) - SLACK,
                _ => f64::NEG_INFINITY,
            },
            high: a.high.exp2() * LOG2_E[1] * (1.0 + SLACK) + SLACK,
        },
        // Where the row has no bound, the enclosure says what there is to say.
        op => op
            .row()
            .bound
            .map_or(Exponent::ANY, |bound| bounded(bound, a, side)),
    }
}

/// What the bound of a row says of an argument of exponent `a` in the interval `side`.
fn bounded(bound: Bound, a: Exponent, side: Interval) -> Exponent {
    let applies = match bound.side {
        Side::Both => true,
        Side::Below => side.high <= 0.0,
        Side::Above => side.low >= 0.0,
    };
    let most = |high: f64| Exponent {
        high,
        ..Exponent::ANY
    };
    if !applies {
        return Exponent::ANY;
    }
    let power = match bound.power {
        1.0 => most(a.high),
        power if power < 0.0 => most(power * a.low).widened(),
        power => most(power * a.high).widened(),
    };
    let found = match bound
        .decay
        .map(|(rate, steepness)| a.decay(rate, steepness))
    {
        Some(decay) if bound.power == 0.0 => decay,
        Some(decay) => decay.plus(power),
        None => power,
    };
    most(found.high + bound.scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, x: f64) -> Exponent {
        let dag = Dag::parse(text).unwrap();
        let found = exponents(&dag, &Encloser::new(&dag), &[x]);
        found[usize::from(dag.roots[0])]
    }

    #[test]
    fn exponents_reach_further_than_doubles() {
        for (text, x, low, high) in [
            ("exp(-exp(x))", 100.0, f64::NEG_INFINITY, -3.8e43),
            ("exp(-exp(x)) * exp(x)", 750.0, f64::NEG_INFINITY, -1e300),
            ("gaussian(cube(x))", 1e20, f64::NEG_INFINITY, -1e119),
            ("tanh_grad(exp(x)) * exp(x)", 50.0, f64::NEG_INFINITY, -1e21),
            ("exp(1 / x)", -1e-10, f64::NEG_INFINITY, -1e10),
            ("square(square(x))", 1e200, 2657.5, 2657.6),
            ("erfc(x) * cosh(x)", 1000.0, f64::NEG_INFINITY, -1e6),
            ("x * sigmoid(x)", -1e30, f64::NEG_INFINITY, -1e30),
            ("atan_grad(exp(x))", 800.0, f64::NEG_INFINITY, -2000.0),
        ] {
            let found = at(text, x);
            assert!(
                found.low >= low && found.high <= high,
                "{text} at {x}: {found:?}"
            );
        }
    }

    /// The interval of the exponents holds that of the value, wherever f64 has it.
    #[test]
    fn exponents_hold_those_of_values() {
        let points = (-40..40).map(|k| f64::from(k) * 0.83 + 0.1);
        for x in points {
            for &op in Op::ALL.iter().filter(|op| op.arity() == 1) {
                if !op.row().domain.contains(x) {
                    continue;
                }
                let mut dag = Dag::new(vec!["x".to_owned()]);
                let variable = dag.variable(0);
                let root = dag.apply(op, &[variable]);
                dag.roots = vec![root];
                let found = exponents(&dag, &Encloser::new(&dag), &[x])[usize::from(root)];
                let value = op.value(&[x]).abs();
                if value < f64::MIN_POSITIVE {
                    // It has lost digits, or is 0.
                    assert!(found.low <= -1020.0, "{} at {x}: {found:?}", op.name());
                    continue;
                }
                let exact = value.log2();
                let holds = found.low <= exact + 1e-6 && exact <= found.high + 1e-6;
                assert!(holds, "{} at {x}: {exact}, {found:?}", op.name());
            }
        }
    }

    #[test]
    fn a_zero_against_an_infinity_is_open() {
        assert_eq!(at("x * (1 / x)", 0.0).high, f64::INFINITY);
        assert!(at("exp(x) * exp(-x)", 1e9).high > 0.0);
        assert!(at("x * sqrt(x - 1)", 0.0).high > 0.0);
    }
}
