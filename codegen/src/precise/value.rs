//! What is known of a value, and of an operation's value by its arguments.

use super::algebra;
use super::algebra::Constant;
use super::arithmetic::{power, tamed};
use super::image::image;
use super::range::Range;
use super::span::{Arithmetic, Big};
use crate::ir::{Dag, Node};
use crate::ops::{Domain, Op};
use crate::syntax::formula;

/// At how many points there is a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Defined {
    /// At none.
    Never,
    /// Unknown, or at some.
    Perhaps,
    /// At all.
    Always,
}

/// What counts where an operation has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// It is 0 there, so that every term is a total function.
    Zero,
    /// Nothing: only points at which there is a value count.
    Nothing,
}

/// What is known of a value.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    /// Holds it.
    pub(crate) range: Range,
    /// The value, where it is a constant with an exact form.
    pub(crate) exact: Option<Constant>,
    /// Where operations have values all the way down to it.
    pub(crate) defined: Defined,
}

impl Value {
    /// A value somewhere in a range.
    pub(crate) fn within(range: Range) -> Self {
        Self {
            range,
            exact: None,
            defined: Defined::Always,
        }
    }

    /// A constant.
    pub(crate) fn constant(constant: Constant, arithmetic: &mut Arithmetic) -> Self {
        Self {
            range: constant.range(arithmetic).unwrap_or_else(Range::reals),
            exact: Some(constant),
            defined: Defined::Always,
        }
    }

    /// What holds if both are known of one value.
    pub(crate) fn meet(&self, other: &Self) -> Self {
        Self {
            range: self
                .range
                .meet(&other.range)
                .unwrap_or_else(|| self.range.clone()),
            exact: self.exact.clone().or_else(|| other.exact.clone()),
            defined: self.defined.min(other.defined),
        }
    }

    /// The truth of a condition, if it is known.
    fn truth(&self) -> Option<bool> {
        if self.range.excludes_zero() {
            Some(true)
        } else {
            self.range.is_zero().then_some(false)
        }
    }
}

/// The value of an operation. `same` says that its first two arguments are one and the same value.
pub(crate) fn apply(
    op: Op,
    arguments: &[&Value],
    same: bool,
    absent: Absent,
    arithmetic: &mut Arithmetic,
) -> Value {
    let below = arguments.iter().map(|value| value.defined).min();
    let below = below.unwrap_or(Defined::Always);
    if op == Op::If {
        return choice(arguments[0], arguments[1], arguments[2]);
    }
    let exact: Option<Vec<&Constant>> = arguments.iter().map(|v| v.exact.as_ref()).collect();
    if let Some(constant) = exact.and_then(|exact| algebra::apply(op, &exact)) {
        return Value {
            defined: below,
            ..Value::constant(constant, arithmetic)
        };
    }
    let inside = in_domain(op, arguments);
    let ranges: Vec<Option<Range>> = arguments
        .iter()
        .enumerate()
        .map(|(index, value)| restricted(op, index, &value.range))
        .collect();
    let ranges: Option<Vec<&Range>> = ranges.iter().map(Option::as_ref).collect();
    let range = match ranges {
        Some(ranges) if inside != Defined::Never => {
            let exponent = || arguments[1].exact.as_ref().and_then(Constant::to_integer);
            Some(match (op, same) {
                (Op::Sub, true) => Range::point(Big::zero()),
                (Op::Div | Op::Le | Op::Eq, true) => Range::point(Big::one()),
                (Op::Lt, true) => Range::point(Big::zero()),
                (Op::Mul, true) => over(Op::Square, &ranges[..1], arithmetic),
                (Op::Powi, _) => match exponent() {
                    Some(n) => power(arithmetic, ranges[0], n),
                    None => Range::reals(),
                },
                _ => over(op, &ranges, arithmetic),
            })
        }
        _ => None,
    };
    let range = range.map(tamed);
    let zero = Range::point(Big::zero());
    Value {
        range: match (range, absent, inside) {
            (Some(range), _, Defined::Always) | (Some(range), Absent::Nothing, _) => range,
            (Some(range), Absent::Zero, _) => range.join(&zero),
            (None, Absent::Zero, _) => zero,
            (None, Absent::Nothing, _) => Range::reals(),
        },
        exact: None,
        defined: below.min(inside),
    }
}

/// The range of an operation over ranges: the one known here, or that of the formula of its row.
fn over(op: Op, ranges: &[&Range], arithmetic: &mut Arithmetic) -> Range {
    if let Some(range) = image(op, ranges, arithmetic) {
        return range;
    }
    let Some(dag) = formula(op) else {
        return Range::reals();
    };
    let within = |range: &&Range| Value::within((*range).clone());
    let arguments: Vec<Value> = ranges.iter().map(within).collect();
    let known = evaluate(dag, &arguments, arithmetic);
    known[usize::from(dag.roots[0])].range.clone()
}

/// What is known of every node where the variables are known so well.
pub(crate) fn evaluate(dag: &Dag, variables: &[Value], arithmetic: &mut Arithmetic) -> Vec<Value> {
    let mut known: Vec<Value> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let value = match node {
            Node::Number(number) => Value::constant(number.into(), arithmetic),
            Node::Variable(index) => variables[*index].clone(),
            Node::Apply(op, ids) => {
                let arguments: Vec<&Value> = node
                    .arguments()
                    .iter()
                    .map(|&id| &known[usize::from(id)])
                    .collect();
                let same = arguments.len() == 2 && ids[0] == ids[1];
                apply(*op, &arguments, same, Absent::Nothing, arithmetic)
            }
        };
        known.push(value);
    }
    known
}

fn choice(condition: &Value, then: &Value, otherwise: &Value) -> Value {
    let taken = match condition.truth() {
        Some(true) => then.clone(),
        Some(false) => otherwise.clone(),
        None => Value {
            range: then.range.join(&otherwise.range),
            exact: then
                .exact
                .clone()
                .filter(|exact| otherwise.exact.as_ref() == Some(exact)),
            defined: if then.defined == otherwise.defined {
                then.defined
            } else {
                Defined::Perhaps
            },
        },
    };
    Value {
        defined: taken.defined.min(condition.defined),
        ..taken
    }
}

/// Whether the arguments of an operation lie where it is defined.
pub(crate) fn in_domain(op: Op, arguments: &[&Value]) -> Defined {
    let is = |always: bool, never: bool| match (always, never) {
        (true, _) => Defined::Always,
        (_, true) => Defined::Never,
        _ => Defined::Perhaps,
    };
    let nonzero = |value: &Value| is(value.range.excludes_zero(), value.range.is_zero());
    let first = || &arguments[0].range;
    match op.row().domain {
        Domain::All => Defined::Always,
        Domain::NonNegative => is(first().is_not_negative(), first().is_negative()),
        Domain::Positive => is(first().is_positive(), first().is_not_positive()),
        Domain::AboveMinusOne => {
            let edge = Range::point(-Big::one());
            is(edge.is_less_than(first()), first().is_at_most(&edge))
        }
        Domain::NonZeroDivisor => nonzero(arguments[1]),
        Domain::Power => match &arguments[1].exact {
            Some(exponent) => match exponent.to_integer() {
                Some(n) if n >= 0 => Defined::Always,
                Some(_) => nonzero(arguments[0]),
                None => Defined::Perhaps,
            },
            None => Defined::Perhaps,
        },
    }
}

/// The part of an argument's range that lies in the domain of the operation; `None` if no part does.
fn restricted(op: Op, index: usize, range: &Range) -> Option<Range> {
    let domain = match (op.row().domain, index) {
        (Domain::NonNegative, 0) => Range::not_negative(),
        (Domain::Positive, 0) => Range::above(Big::zero()),
        (Domain::AboveMinusOne, 0) => Range::above(-Big::one()),
        (Domain::NonZeroDivisor, 1) => {
            let nonzero = range.clone().without_zero(true);
            return (!nonzero.is_empty()).then_some(nonzero);
        }
        _ => return Some(range.clone()),
    };
    range.meet(&domain)
}
