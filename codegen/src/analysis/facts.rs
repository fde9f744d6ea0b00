//! What is proven of a value: what the guards of rules ask for.

use super::interval::Interval;
use crate::number::Number;
use crate::ops::{Domain, Op, fold};

/// What is proven of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fact {
    /// Holds every value.
    pub interval: Interval,
    /// No value is 0. An interval that touches 0 cannot say so of e^x.
    pub nonzero: bool,
    /// The exact value, if there is one.
    pub constant: Option<Number>,
    /// There is a value everywhere.
    pub defined: bool,
}

impl Fact {
    /// What is proven of `op` by what is proven of its arguments.
    pub(crate) fn of(op: Op, arguments: &[&Self]) -> Self {
        let constants: Option<Vec<&Number>> =
            arguments.iter().map(|f| f.constant.as_ref()).collect();
        if let Some(number) = constants.and_then(|constants| fold(op, &constants)) {
            return Self::of_number(number);
        }
        let known: Vec<(Interval, bool)> =
            arguments.iter().map(|f| (f.interval, f.nonzero)).collect();
        let (interval, nonzero) = image(op, &known);
        Self {
            interval,
            nonzero,
            constant: None,
            defined: arguments.iter().all(|f| f.defined) && is_total(op, &known),
        }
    }

    /// What is proven of a variable with this interval.
    pub(crate) fn of_interval(interval: Interval) -> Self {
        Self {
            interval,
            nonzero: interval.excludes_zero(),
            constant: None,
            defined: true,
        }
    }

    /// What is proven of a literal.
    pub(crate) fn of_number(number: Number) -> Self {
        Self {
            interval: Interval::exactly(&number),
            nonzero: !number.is_zero(),
            constant: Some(number),
            defined: true,
        }
    }

    /// What holds if both are proven of the same value.
    pub(crate) fn meet(&self, other: &Self) -> Self {
        Self {
            interval: self.interval.meet(other.interval),
            nonzero: self.nonzero || other.nonzero,
            constant: self.constant.clone().or_else(|| other.constant.clone()),
            defined: self.defined || other.defined,
        }
    }
}

/// What holds every value of an operation, and whether none of them is 0; the same of each argument.
pub(crate) fn image(op: Op, arguments: &[(Interval, bool)]) -> (Interval, bool) {
    let mut intervals = [Interval::REALS; 3];
    for (slot, (interval, _)) in intervals.iter_mut().zip(arguments) {
        *slot = *interval;
    }
    let interval = Interval::of(op, &intervals[..arguments.len()]);
    (interval, interval.excludes_zero() || nonzero(op, arguments))
}

/// Whether the operation has a value for all such arguments.
fn is_total(op: Op, arguments: &[(Interval, bool)]) -> bool {
    let (interval, nonzero) = arguments
        .first()
        .copied()
        .unwrap_or((Interval::REALS, false));
    match op.row().domain {
        Domain::All => true,
        Domain::NonNegative => interval.low >= 0.0,
        Domain::Positive => interval.low > 0.0 || interval.low == 0.0 && nonzero,
        Domain::AboveMinusOne => interval.low > -1.0,
        Domain::NonZeroDivisor => arguments[1].1,
        Domain::Power => nonzero || arguments[1].0.low >= 0.0,
    }
}

/// Whether the value is never 0, by the structure of the operation.
fn nonzero(op: Op, arguments: &[(Interval, bool)]) -> bool {
    let is_nonzero = |index: usize| arguments[index].1;
    let sign = |index: usize| {
        let interval = arguments[index].0;
        (interval.low >= 0.0, interval.high <= 0.0)
    };
    match op {
        Op::Mul | Op::Div => is_nonzero(0) && (op == Op::Div || is_nonzero(1)),
        // Of two values on one side of 0, one is away from it.
        Op::Add => {
            let (a, b) = (sign(0), sign(1));
            (a.0 && b.0 || a.1 && b.1) && (is_nonzero(0) || is_nonzero(1))
        }
        Op::Relu | Op::Relu6 => is_nonzero(0) && sign(0).0,
        Op::Min0 => is_nonzero(0) && sign(0).1,
        Op::Min | Op::Max => is_nonzero(0) && is_nonzero(1),
        op => op.row().nonzero || op.row().zero_at_zero && is_nonzero(0),
    }
}
