//! The search for a point at which two formulas differ, or at which one form of a value is worse than another.
//!
//! Rounding never passes for a difference: values are enclosed in intervals, and only intervals that do not meet refute.

use super::interval::Interval;
use super::region::Region;
use crate::ir::{Dag, Node};
use crate::ops::{Domain, Op};

/// A point at which two formulas differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// The values of the variables there.
    pub point: Vec<f64>,
    /// Which output differs.
    pub output: usize,
    /// The value of the first formula.
    pub left: f64,
    /// The value of the second formula.
    pub right: f64,
}

/// Arguments in every regime: zero and kinks of the named functions, ordinary sizes, tails, tiny and huge.
const POINTS: &[f64] = &[
    0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 6.0, -6.0, 1e-6, -1e-6, 1e-20, -1e-20, 1e-38,
    -1e-38, 3e-4, -3e-4, 0.013, -0.013, 0.11, -0.11, 0.27, -0.27, 0.41, -0.41, 0.73, -0.73, 0.95,
    -0.95, 1.31, -1.31, 1.73, -1.73, 2.17, -2.17, 2.303, -2.303, 2.61, -2.61, 3.1623, -3.1623, 3.7,
    -3.7, 4.4, -4.4, 5.53, -5.53, 7.1, -7.1, 8.9, -8.9, 10.0, -10.0, 13.3, -13.3, 17.0, -17.0,
    26.0, -26.0, 41.0, -41.0, 63.0, -63.0, 88.8, -88.8, 104.0, -104.0, 710.0, -710.0, 1e3, -1e3,
    1e4, -1e4, 1e6, -1e6, 1e10, -1e10, 1e19, -1e19, 3e38, -3e38,
];

/// A point at which the first outputs of two graphs over the same variables differ as real numbers, or at which one is defined
/// and the other is not.
pub fn find_witness(left: &Dag, right: &Dag, region: &Region) -> Option<Witness> {
    points(&region.intervals(&left.variables)).find_map(|point| {
        let (a, b) = (enclose(left, &point)[0], enclose(right, &point)[0]);
        let differ = match (a, b) {
            (Some(a), Some(b)) => a.low > b.high || b.low > a.high,
            (None, None) => false,
            _ => true,
        };
        differ.then(|| Witness {
            output: 0,
            left: left.eval(&point)[0],
            right: right.eval(&point)[0],
            point,
        })
    })
}

/// Intervals around the true outputs at a point; `None` where an output is certainly undefined.
pub(super) fn enclose(dag: &Dag, point: &[f64]) -> Vec<Option<Interval>> {
    let mut values: Vec<Option<Interval>> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        values.push(match node {
            Node::Number(number) => Some(Interval::exactly(number)),
            Node::Variable(index) => Some(Interval {
                low: point[*index],
                high: point[*index],
            }),
            Node::Apply(op, _) => {
                let arguments: Vec<Option<Interval>> = node
                    .arguments()
                    .iter()
                    .map(|&a| values[usize::from(a)])
                    .collect();
                apply(*op, &arguments)
            }
        });
    }
    dag.roots
        .iter()
        .map(|&root| values[usize::from(root)])
        .collect()
}

fn apply(op: Op, arguments: &[Option<Interval>]) -> Option<Interval> {
    // The branch of a choice that is not taken may be undefined.
    if let (Op::If, [Some(condition), then, otherwise]) = (op, arguments) {
        return match (condition.low, condition.high) {
            (1.0, _) => *then,
            (_, 0.0) => *otherwise,
            _ => Some(Interval::of(op, &[*condition, (*then)?, (*otherwise)?])),
        };
    }
    let arguments = arguments
        .iter()
        .copied()
        .collect::<Option<Vec<Interval>>>()?;
    let zero = |x: Interval| x.low == 0.0 && x.high == 0.0;
    let undefined = match op.row().domain {
        Domain::All => false,
        Domain::NonNegative => arguments[0].high < 0.0,
        Domain::Positive => arguments[0].high <= 0.0,
        Domain::AboveMinusOne => arguments[0].high <= -1.0,
        Domain::NonZeroDivisor => zero(arguments[1]),
        Domain::Power => zero(arguments[0]) && arguments[1].high < 0.0,
    };
    (!undefined).then(|| Interval::of(op, &arguments))
}

/// How well two forms of one value agree at sampled points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Agreement {
    /// How many points, at none of which the true values differ as far as intervals around them tell.
    pub points: usize,
    /// The largest difference of the two values in f64, where both are finite, in units in the last place.
    pub ulp: u64,
}

/// How well the first outputs of two graphs over the same variables agree; none if they differ.
pub(crate) fn agreement(left: &Dag, right: &Dag, region: &Region) -> Option<Agreement> {
    if find_witness(left, right, region).is_some() {
        return None;
    }
    let mut agreement = Agreement { points: 0, ulp: 0 };
    for point in points(&region.intervals(&left.variables)) {
        let (a, b) = (left.eval(&point)[0], right.eval(&point)[0]);
        agreement.points += 1;
        if a.is_finite() && b.is_finite() {
            agreement.ulp = agreement.ulp.max(place(a).abs_diff(place(b)));
        }
    }
    Some(agreement)
}

/// The place of a finite number among all f64 in order; both zeros are at 0.
fn place(value: f64) -> i64 {
    let magnitude = (value.to_bits() & (u64::MAX >> 1)) as i64;
    if value.is_sign_negative() {
        -magnitude
    } else {
        magnitude
    }
}

/// Every point for one variable; for more, each variable walks the list at its own stride.
pub(super) fn points(region: &[Interval]) -> impl Iterator<Item = Vec<f64>> {
    let variables = region.len();
    // Strides prime to the length, so that no two variables stay in step.
    const STRIDES: [usize; 6] = [1, 31, 17, 53, 7, 43];
    let rounds = if variables > 1 { 4 } else { 1 };
    (0..rounds * POINTS.len()).map(move |k| {
        let place = |v: usize| k * STRIDES[v % STRIDES.len()] + 11 * v + k / POINTS.len() * v;
        (0..variables)
            .map(|v| POINTS[place(v) % POINTS.len()].clamp(region[v].low, region[v].high))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn witness(a: &str, b: &str) -> Option<Witness> {
        find_witness(
            &Dag::parse(a).unwrap(),
            &Dag::parse(b).unwrap(),
            &Region::default(),
        )
    }

    #[test]
    fn rounding_and_overflow_refute_nothing() {
        for (a, b) in [
            ("(exp(x) - 1) / x", "expm1(x) / x"),
            ("exp(x) / (1 + exp(x))", "sigmoid(x)"),
            ("square(sin(x)) + square(cos(x))", "1"),
            ("ln(1 + exp(x))", "softplus(x)"),
            ("powi(x, 3) / x", "square(x) * x / x"),
        ] {
            assert_eq!(witness(a, b), None, "{a} = {b}");
        }
    }

    #[test]
    fn small_differences_refute() {
        for (a, b) in [
            ("gelu(x)", "gelu_tanh(x)"),
            ("sin(x)", "cos(x)"),
            ("x + 1e-6", "x"),
            ("powi(x, 5)", "powi(x, 3)"),
            ("relu(x)", "relu(x) + 0 * ln(x)"),
            ("if x > 0 { x } else { 0 }", "leaky_relu(x)"),
        ] {
            assert!(witness(a, b).is_some(), "{a} ≠ {b}");
        }
    }
}
