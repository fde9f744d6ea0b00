//! Power series with exact coefficients: the value and the slope that a formula tends to where it has a gap.
//!
//! `expm1(x) / x` has none at 0, but tends to 1 with slope 1/2: the series of both terms around 0 say so, since what vanishes
//! together cancels. Coefficients are rational, so operations whose coefficients are not, such as e^1, give nothing.

use super::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;

/// Terms that are kept; a quotient loses as many as cancel.
const TERMS: usize = 8;

/// The coefficients of 1, t, t², …: as many as are known.
type Series = Vec<Number>;

impl Dag {
    /// What the node at `id` tends to as the variable of this index tends to `at`, and its slope there. `None` unless all that it is
    /// made of has a series with rational coefficients.
    pub(super) fn limit(&self, id: Id, variable: usize, at: &Number) -> Option<[Number; 2]> {
        let mut known: Vec<Option<Series>> = Vec::with_capacity(usize::from(id) + 1);
        for node in &self.nodes[..=usize::from(id)] {
            let series = match node {
                Node::Number(number) => Some(constant(number.clone())),
                Node::Variable(index) if *index == variable => {
                    let mut line = constant(at.clone());
                    line[1] = Number::one();
                    Some(line)
                }
                Node::Variable(_) => None,
                Node::Apply(op, _) => {
                    let arguments: Option<Vec<&Series>> = node
                        .arguments()
                        .iter()
                        .map(|&a| known[usize::from(a)].as_ref())
                        .collect();
                    arguments.and_then(|arguments| apply(*op, &arguments))
                }
            };
            known.push(series);
        }
        let series = known.pop().flatten()?;
        Some([series.first()?.clone(), series.get(1)?.clone()])
    }
}

fn constant(number: Number) -> Series {
    let mut series = vec![Number::zero(); TERMS];
    series[0] = number;
    series
}

fn apply(op: Op, arguments: &[&Series]) -> Option<Series> {
    let u = *arguments.first()?;
    let one = || constant(Number::one());
    match op {
        Op::Add => each(u, arguments[1], Number::add),
        Op::Sub => each(u, arguments[1], Number::sub),
        Op::Mul => product(u, arguments[1]),
        Op::Div => quotient(u, arguments[1]),
        Op::Neg => Some(u.iter().map(Number::neg).collect()),
        Op::Square => product(u, u),
        Op::Cube => product(u, &product(u, u)?),
        Op::Powi => {
            let n = arguments[1]
                .first()?
                .to_integer()
                .filter(|n| n.unsigned_abs() <= 16)?;
            let power = (0..n.unsigned_abs()).try_fold(one(), |power, _| product(&power, u))?;
            if n < 0 {
                quotient(&one(), &power)
            } else {
                Some(power)
            }
        }
        Op::Sqrt => root(u),
        Op::Exp => exp(u),
        Op::Expm1 => each(&exp(u)?, &one(), Number::sub),
        Op::Ln => ln(u),
        Op::Log1p => ln(&each(u, &one(), Number::add)?),
        Op::Sin => Some(waves(u)?.0),
        Op::Cos => Some(waves(u)?.1),
        Op::Sinh => halves(u, Number::sub),
        Op::Cosh => halves(u, Number::add),
        Op::Tanh => quotient(&halves(u, Number::sub)?, &halves(u, Number::add)?),
        Op::Sigmoid => quotient(&one(), &each(&one(), &exp(&negated(u))?, Number::add)?),
        Op::Silu => product(u, &apply(Op::Sigmoid, arguments)?),
        Op::Tanhshrink => each(u, &apply(Op::Tanh, arguments)?, Number::sub),
        Op::Gaussian => exp(&negated(&product(u, u)?)),
        Op::Atan => integral(u, &each(&one(), &product(u, u)?, Number::add)?),
        Op::Asinh => integral(u, &root(&each(&one(), &product(u, u)?, Number::add)?)?),
        _ => None,
    }
}

fn each(a: &Series, b: &Series, f: fn(&Number, &Number) -> Option<Number>) -> Option<Series> {
    a.iter().zip(b).map(|(a, b)| f(a, b)).collect()
}

fn negated(u: &Series) -> Series {
    u.iter().map(Number::neg).collect()
}

/// Σ a(j)·b(k − j) over a range of j.
fn convolution(
    a: &Series,
    b: &Series,
    k: usize,
    range: std::ops::RangeInclusive<usize>,
) -> Option<Number> {
    range
        .into_iter()
        .try_fold(Number::zero(), |sum, j| sum.add(&a[j].mul(&b[k - j])?))
}

fn product(a: &Series, b: &Series) -> Option<Series> {
    (0..a.len().min(b.len()))
        .map(|k| convolution(a, b, k, 0..=k))
        .collect()
}

/// The quotient, where what vanishes in the divisor vanishes in the dividend as well.
fn quotient(a: &Series, b: &Series) -> Option<Series> {
    let order = b.iter().position(|c| !c.is_zero())?;
    if a.iter().take(order).any(|c| !c.is_zero()) {
        return None;
    }
    let (a, b) = (a.get(order..)?, &b[order..]);
    let mut quotient = Series::new();
    for k in 0..a.len().min(b.len()) {
        let known = (0..k).try_fold(Number::zero(), |sum, j| {
            sum.add(&quotient[j].mul(&b[k - j])?)
        })?;
        quotient.push(a[k].sub(&known)?.div(&b[0])?);
    }
    Some(quotient)
}

/// √u, where u does not vanish.
fn root(u: &Series) -> Option<Series> {
    let first = u.first()?.sqrt().filter(|first| !first.is_zero())?;
    let twice = first.add(&first)?;
    let mut root = vec![first];
    for (k, c) in u.iter().enumerate().skip(1) {
        let known = convolution(&root, &root, k, 1..=k - 1)?;
        root.push(c.sub(&known)?.div(&twice)?);
    }
    Some(root)
}

/// e^u, where u vanishes: k·E(k) = Σ j·u(j)·E(k − j).
fn exp(u: &Series) -> Option<Series> {
    vanishes(u)?;
    let slope = derivative(u)?;
    let mut exp = vec![Number::one()];
    for k in 1..u.len() {
        exp.push(convolution(&slope, &exp, k - 1, 0..=k - 1)?.div(&count(k))?);
    }
    Some(exp)
}

/// ln u, where u tends to 1.
fn ln(u: &Series) -> Option<Series> {
    (*u.first()? == Number::one()).then_some(())?;
    integral(u, u)
}

/// sin u and cos u, where u vanishes.
fn waves(u: &Series) -> Option<(Series, Series)> {
    vanishes(u)?;
    let slope = derivative(u)?;
    let (mut sin, mut cos) = (vec![Number::zero()], vec![Number::one()]);
    for k in 1..u.len() {
        let (by_cos, by_sin) = (
            convolution(&slope, &cos, k - 1, 0..=k - 1)?,
            convolution(&slope, &sin, k - 1, 0..=k - 1)?,
        );
        sin.push(by_cos.div(&count(k))?);
        cos.push(by_sin.div(&count(k))?.neg());
    }
    Some((sin, cos))
}

/// (e^u ± e^−u)/2.
fn halves(u: &Series, f: fn(&Number, &Number) -> Option<Number>) -> Option<Series> {
    let both = each(&exp(u)?, &exp(&negated(u))?, f)?;
    both.iter().map(|c| c.div(&Number::from(2))).collect()
}

/// The series without constant term whose slope is u′/v.
fn integral(u: &Series, v: &Series) -> Option<Series> {
    if v != u {
        vanishes(u)?;
    }
    let mut slope = derivative(u)?;
    slope.push(Number::zero());
    let slope = quotient(&slope, v)?;
    let terms = slope.iter().take(u.len() - 1).enumerate();
    std::iter::once(Some(Number::zero()))
        .chain(terms.map(|(k, c)| c.div(&count(k + 1))))
        .collect()
}

fn derivative(u: &Series) -> Option<Series> {
    (1..u.len()).map(|k| u[k].mul(&count(k))).collect()
}

fn vanishes(u: &Series) -> Option<()> {
    u.first()?.is_zero().then_some(())
}

fn count(k: usize) -> Number {
    Number::from(k as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Taylor coefficients of these functions, which tables of series list.
    #[test]
    fn gaps_have_the_limits_of_their_series() {
        for (text, at, value, slope) in [
            ("expm1(x) / x", 0, "1", "0.5"),
            ("x / expm1(x)", 0, "1", "-0.5"),
            ("(exp(2 * x) - 1) / x", 0, "2", "2"),
            ("sin(x) / x", 0, "1", "0"),
            ("(1 - cos(x)) / x", 0, "0", "0.5"),
            ("ln(x) / (x - 1)", 1, "1", "-0.5"),
            ("log1p(x) / x", 0, "1", "-0.5"),
            ("tanh(x) / x", 0, "1", "0"),
            ("x / sinh(x)", 0, "1", "0"),
            ("(sqrt(1 + x) - 1) / x", 0, "0.5", "-0.125"),
            ("(square(x) - 4) / (x - 2)", 2, "4", "1"),
            ("atan(x) / x + asinh(x) / x", 0, "2", "0"),
            ("(sigmoid(x) - 0.5) / x", 0, "0.25", "0"),
            ("tanhshrink(x) / cube(x)", 0, "1 / 3", "0"),
        ] {
            let dag = Dag::parse(text).unwrap();
            let found = dag.limit(dag.roots[0], 0, &Number::from(at));
            let found = found.map(|[value, slope]| [value.to_string(), slope.to_string()]);
            assert_eq!(found, Some([value.to_owned(), slope.to_owned()]), "{text}");
        }
    }

    #[test]
    fn poles_and_irrational_series_have_none() {
        for text in [
            "1 / x",
            "exp(x) / x",
            "exp(x + 1)",
            "sqrt(x)",
            "abs(x)",
            "x * beta",
            "ln(x)",
        ] {
            let dag = Dag::parse(text).unwrap();
            assert_eq!(dag.limit(dag.roots[0], 0, &Number::zero()), None, "{text}");
        }
    }
}
