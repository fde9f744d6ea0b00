//! The fast tier: a formula over f64 intervals, a block of points at a time.
//!
//! A step of the formula goes over a whole row of points before the next one does, so that sums and products vectorise. Their
//! results are moved outward by more than the rounding; functions come from [`Interval::of`], in f64, by the values of the
//! operation table (`libm`) and bounds on their errors.

use crate::analysis::{Interval, error};
use crate::ir::{Dag, Node};
use crate::ops::{Domain, Op};

/// How many points a row has.
pub(super) const ROW: usize = 128;

/// Enclosures of the values at a row of points. Ends that are NaN say that there is no value; −∞ and ∞, that nothing is known.
#[derive(Clone, Debug)]
pub(super) struct Enclosures {
    pub low: [f64; ROW],
    pub high: [f64; ROW],
}

impl Enclosures {
    fn filled(low: f64, high: f64) -> Self {
        Self {
            low: [low; ROW],
            high: [high; ROW],
        }
    }
}

/// What a step computes from earlier rows.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Input,
    Literal,
    Apply(Op, [usize; 3]),
    Power(usize, i32),
}

/// Straight-line code over rows.
#[derive(Debug)]
pub(super) struct Tape {
    steps: Vec<Operation>,
    /// The steps that an output needs and that depend on the input.
    varying: Vec<usize>,
    /// A row for each step; those that do not depend on the input are filled in.
    rows: Vec<Enclosures>,
    outputs: Vec<usize>,
}

impl Tape {
    pub(super) fn new(dag: &Dag) -> Self {
        let steps: Vec<Operation> = dag.nodes().iter().map(|node| step(dag, node)).collect();
        let literal = |node: &Node| match node {
            Node::Number(number) => Interval::exactly(number),
            Node::Apply(Op::Pi, _) => Interval::of(Op::Pi, &[]),
            Node::Variable(_) | Node::Apply(..) => Interval::REALS,
        };
        let literals = dag.nodes().iter().map(literal);
        let mut rows: Vec<Enclosures> = literals
            .map(|i| Enclosures::filled(i.low, i.high))
            .collect();
        let outputs: Vec<usize> = dag.roots.iter().map(|&root| usize::from(root)).collect();
        let mut needed = vec![false; steps.len()];
        for &output in &outputs {
            needed[output] = true;
        }
        for index in (0..steps.len()).rev() {
            if needed[index] {
                steps[index]
                    .arguments()
                    .iter()
                    .for_each(|&a| needed[a] = true);
            }
        }
        let mut varies = vec![false; steps.len()];
        for index in 0..steps.len() {
            let step = steps[index];
            varies[index] =
                matches!(step, Operation::Input) || step.arguments().iter().any(|&a| varies[a]);
            if needed[index] && !varies[index] {
                step.run(index, &[0.0; ROW], &mut rows);
            }
        }
        Self {
            varying: (0..steps.len())
                .filter(|&index| needed[index] && varies[index])
                .collect(),
            rows,
            outputs,
            steps,
        }
    }

    /// Rows to evaluate in.
    pub(super) fn rows(&self) -> Vec<Enclosures> {
        self.rows.clone()
    }

    /// The rows of the outputs at the points `x`, of which there are at most [`ROW`].
    pub(super) fn run<'a>(&self, x: &[f64], rows: &'a mut [Enclosures]) -> Vec<&'a Enclosures> {
        for &index in &self.varying {
            self.steps[index].run(index, x, rows);
        }
        self.outputs.iter().map(|&output| &rows[output]).collect()
    }
}

impl Operation {
    fn arguments(&self) -> &[usize] {
        match self {
            Self::Input | Self::Literal => &[],
            Self::Power(a, _) => std::slice::from_ref(a),
            Self::Apply(op, arguments) => &arguments[..op.arity()],
        }
    }

    /// Writes the row at `index`, from rows before it, at the points `x`.
    fn run(self, index: usize, x: &[f64], rows: &mut [Enclosures]) {
        let (before, rest) = rows.split_at_mut(index);
        let out = &mut rest[0];
        match self {
            Self::Literal => {}
            Self::Input => {
                out.low[..x.len()].copy_from_slice(x);
                out.high[..x.len()].copy_from_slice(x);
            }
            Self::Power(a, n) => {
                let exponent = Interval::point(n.into());
                unary(x.len(), &before[a], out, |a| power(a, exponent));
            }
            Self::Apply(op, arguments) => apply(op, arguments, x.len(), before, out),
        }
    }
}

fn step(dag: &Dag, node: &Node) -> Operation {
    let number = |id| match dag.node(id) {
        Node::Number(number) => number.to_integer(),
        Node::Variable(_) | Node::Apply(..) => None,
    };
    match node {
        Node::Number(_) | Node::Apply(Op::Pi, _) => Operation::Literal,
        Node::Variable(_) => Operation::Input,
        Node::Apply(Op::Powi, [a, n, _]) if number(*n).is_some() => {
            Operation::Power(usize::from(*a), number(*n).unwrap_or(1))
        }
        Node::Apply(op, arguments) => Operation::Apply(*op, arguments.map(usize::from)),
    }
}

/// One enclosure; see [`Enclosures`].
type Ends = (f64, f64);

const UNKNOWN: Ends = (f64::NEG_INFINITY, f64::INFINITY);
const UNDEFINED: Ends = (f64::NAN, f64::NAN);

/// A value rounded to nearest, moved down past the true one. What overflows is above the largest number.
#[inline(always)]
fn down(value: f64) -> f64 {
    let value = if value > f64::MAX { f64::MAX } else { value };
    value - (value.abs() * f64::EPSILON + f64::MIN_POSITIVE)
}

#[inline(always)]
fn up(value: f64) -> f64 {
    -down(-value)
}

#[inline(always)]
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[inline(always)]
fn add(a: Ends, b: Ends) -> Ends {
    (down(a.0 + b.0), up(a.1 + b.1))
}

/// The product of two ends. An infinite one stands for arbitrarily large, yet finite, values.
#[inline(always)]
fn product(a: f64, b: f64) -> f64 {
    if (a == 0.0) | (b == 0.0) { 0.0 } else { a * b }
}

#[inline(always)]
fn mul(a: Ends, b: Ends) -> Ends {
    let (p, q, r, s) = (
        product(a.0, b.0),
        product(a.0, b.1),
        product(a.1, b.0),
        product(a.1, b.1),
    );
    let low = down(smaller(smaller(p, q), smaller(r, s)));
    let high = up(larger(larger(p, q), larger(r, s)));
    if a.0.is_nan() | b.0.is_nan() {
        UNDEFINED
    } else {
        (low, high)
    }
}

#[inline(always)]
fn square(a: Ends) -> Ends {
    let (p, q) = (a.0 * a.0, a.1 * a.1);
    let low = if (a.0 < 0.0) & (a.1 > 0.0) {
        0.0
    } else {
        smaller(p, q)
    };
    let low = larger(down(low), 0.0);
    if a.0.is_nan() {
        UNDEFINED
    } else {
        (low, up(larger(p, q)))
    }
}

#[inline(always)]
fn div(a: Ends, b: Ends) -> Ends {
    let quotient = |a: f64, b: f64| if a == 0.0 { 0.0 } else { a / b };
    let (p, q, r, s) = (
        quotient(a.0, b.0),
        quotient(a.0, b.1),
        quotient(a.1, b.0),
        quotient(a.1, b.1),
    );
    let low = down(smaller(smaller(p, q), smaller(r, s)));
    let high = up(larger(larger(p, q), larger(r, s)));
    let known = (b.0 > 0.0) | (b.1 < 0.0);
    // ∞/∞ can be anything.
    let lost = p.is_nan() | q.is_nan() | r.is_nan() | s.is_nan();
    if a.0.is_nan() | b.0.is_nan() | ((b.0 == 0.0) & (b.1 == 0.0)) {
        UNDEFINED
    } else if known & !lost {
        (low, high)
    } else {
        UNKNOWN
    }
}

/// The truth of a comparison as 1 and 0.
#[inline(always)]
fn truth(a: Ends, b: Ends, always: bool, never: bool) -> Ends {
    let low = f64::from(u8::from(always));
    let high = f64::from(u8::from(!never));
    if a.0.is_nan() | b.0.is_nan() {
        UNDEFINED
    } else {
        (low, high)
    }
}

#[inline(always)]
fn choose(condition: Ends, then: Ends, otherwise: Ends) -> Ends {
    let hull = (smaller(then.0, otherwise.0), larger(then.1, otherwise.1));
    let open = then.0.is_nan() | otherwise.0.is_nan();
    if condition.0.is_nan() {
        UNDEFINED
    } else if condition.0 > 0.0 {
        then
    } else if condition.1 == 0.0 {
        otherwise
    } else if open {
        UNKNOWN
    } else {
        hull
    }
}

/// Writes `op` of the rows at `arguments` to `out`.
fn apply(op: Op, arguments: [usize; 3], len: usize, rows: &[Enclosures], out: &mut Enclosures) {
    let [a, b, c] = arguments.map(|index| rows.get(index).unwrap_or(&rows[0]));
    match op {
        Op::Add => binary(len, a, b, out, add),
        Op::Sub => binary(len, a, b, out, |a, b| add(a, (-b.1, -b.0))),
        Op::Mul if arguments[0] == arguments[1] => unary(len, a, out, square),
        Op::Mul => binary(len, a, b, out, mul),
        Op::Div => binary(len, a, b, out, div),
        Op::Neg => unary(len, a, out, |a| (-a.1, -a.0)),
        Op::Square => unary(len, a, out, square),
        Op::Lt => binary(len, a, b, out, |a, b| truth(a, b, a.1 < b.0, a.0 >= b.1)),
        Op::Le => binary(len, a, b, out, |a, b| truth(a, b, a.1 <= b.0, a.0 > b.1)),
        Op::Eq => binary(len, a, b, out, |a, b| {
            truth(a, b, (a.0 == b.1) & (a.1 == b.0), (a.1 < b.0) | (a.0 > b.1))
        }),
        Op::If => {
            for i in 0..len {
                let at = |row: &Enclosures| (row.low[i], row.high[i]);
                (out.low[i], out.high[i]) = choose(at(a), at(b), at(c));
            }
        }
        op if is_shaped(op) => {
            let value = op.row().value;
            let concave = matches!(op, Op::Tanh | Op::Asinh | Op::Atan | Op::Erf);
            let exponential = matches!(op, Op::Exp | Op::Sigmoid | Op::Softplus);
            unary(len, a, out, |a| {
                // One value f(x) bounds the others of a narrow interval: f(t·x) ≤ t·f(x) for x > 0 and t ≥ 1, where f is
                // concave and 0 at 0; f(x + w) ≤ eʷ·f(x) where the derivative of ln f is between 0 and 1.
                let width = a.1 - a.0;
                let stretch = if width == 0.0 {
                    1.0
                } else if concave && a.0 > 0.0 {
                    up(a.1 / a.0)
                } else if exponential && width < NARROW {
                    up(1.0 + width * (1.0 + NARROW))
                } else {
                    f64::NAN
                };
                let at = if stretch.is_finite() {
                    value(&[a.0])
                } else {
                    f64::NAN
                };
                let slack = |x, at: f64| at.abs() * SLACK + f64::MIN_POSITIVE + error(op, x, at);
                if at.is_finite() {
                    let slack_at = slack(a.0, at);
                    let high = up((at + slack_at) * stretch);
                    // All of these rise: far out, where they hardly do, the value at the other end is the better bound.
                    let high = if stretch > WIDE {
                        let end = value(&[a.1]);
                        smaller(high, end + slack(a.1, end))
                    } else {
                        high
                    };
                    (at - slack_at, high)
                } else {
                    function(op, &[a])
                }
            });
        }
        _ => {
            let given = [a, b, c];
            for i in 0..len {
                let ends = given.map(|row| (row.low[i], row.high[i]));
                (out.low[i], out.high[i]) = function(op, &ends[..op.arity()]);
            }
        }
    }
}

/// Functions of one argument, defined everywhere, whose values are rounded.
fn is_shaped(op: Op) -> bool {
    let row = op.row();
    row.arity == 1 && row.domain == Domain::All && !row.kinked
}

#[inline(always)]
fn unary(len: usize, a: &Enclosures, out: &mut Enclosures, f: impl Fn(Ends) -> Ends) {
    for i in 0..len {
        (out.low[i], out.high[i]) = f((a.low[i], a.high[i]));
    }
}

#[inline(always)]
fn binary(
    len: usize,
    a: &Enclosures,
    b: &Enclosures,
    out: &mut Enclosures,
    f: impl Fn(Ends, Ends) -> Ends,
) {
    for i in 0..len {
        (out.low[i], out.high[i]) = f((a.low[i], a.high[i]), (b.low[i], b.high[i]));
    }
}

/// Any operation, by the intervals that simplification uses.
fn function(op: Op, arguments: &[Ends]) -> Ends {
    let mut intervals = [Interval::REALS; 3];
    for (slot, &(low, high)) in intervals.iter_mut().zip(arguments) {
        if low.is_nan() {
            return UNDEFINED;
        }
        *slot = Interval { low, high };
    }
    let x = intervals[0];
    let (outside, open) = match op.row().domain {
        Domain::All => (false, false),
        Domain::NonNegative => (x.high < 0.0, x.low < 0.0),
        Domain::Positive => (x.high <= 0.0, x.low <= 0.0),
        Domain::AboveMinusOne => (x.high <= -1.0, x.low <= -1.0),
        Domain::NonZeroDivisor | Domain::Power => (false, true),
    };
    if outside {
        return UNDEFINED;
    }
    if open {
        return UNKNOWN;
    }
    let image = Interval::of(op, &intervals[..arguments.len()]);
    (image.low, image.high)
}

fn power(a: Ends, exponent: Interval) -> Ends {
    if a.0.is_nan() || exponent.low < 0.0 && a == (0.0, 0.0) {
        return UNDEFINED;
    }
    let base = Interval {
        low: a.0,
        high: a.1,
    };
    if exponent.low < 0.0 && !base.excludes_zero() {
        return UNKNOWN;
    }
    let image = Interval::of(Op::Powi, &[base, exponent]);
    (image.low, image.high)
}

/// A bound on the relative error of a few operations and functions in f64.
const SLACK: f64 = 1.0 / (1u64 << 48) as f64;
/// A factor between ends that costs digits.
const WIDE: f64 = 1.0 + 16.0 * SLACK;
/// Below this, eʷ < 1 + w·(1 + w) is near enough to eʷ.
const NARROW: f64 = 1.0 / (1u64 << 20) as f64;
