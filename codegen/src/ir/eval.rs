//! Values of a graph in f64 or in narrower formats, at one point or at many.

use std::ops::Range;

use super::{Dag, Id, Node};
use crate::ops::Op;

/// A graph ready to be evaluated at many points: what depends on no variable is evaluated once, in f64, as emitted code has it.
#[derive(Clone, Debug)]
pub struct Tape<'a> {
    dag: &'a Dag,
    constants: Vec<Option<f64>>,
}

/// The numbers that every intermediate value is rounded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// f64.
    F64,
    /// f32. What is computed in f16 and bf16 is rounded to f32 in between as well.
    F32,
    /// The digits of f32 with the exponents of f64: what f32 would give if its range were no limit.
    F32Digits,
}

impl Rounding {
    #[inline]
    fn round(self, value: f64) -> f64 {
        match self {
            Self::F64 => value,
            Self::F32 => f64::from(value as f32),
            Self::F32Digits if value.is_finite() => {
                // To nearest, ties to even, 29 bits of the significand shorter.
                const DROPPED: u64 = (1 << 29) - 1;
                let bits = value.to_bits();
                let half = DROPPED / 2 + ((bits >> 29) & 1);
                f64::from_bits((bits + half) & !DROPPED)
            }
            Self::F32Digits => value,
        }
    }

    /// Below it numbers lose digits.
    #[inline]
    pub(crate) fn smallest_normal(self) -> f64 {
        match self {
            Self::F64 | Self::F32Digits => f64::MIN_POSITIVE,
            Self::F32 => f64::from(f32::MIN_POSITIVE),
        }
    }

    /// Whether the result of an operation, `exact` but for the rounding of f64, has left the range of the format.
    #[inline]
    fn leaves_range(self, op: Op, arguments: &[f64], exact: f64, rounded: f64) -> bool {
        match self {
            Self::F32Digits => false,
            Self::F32 => self.loses(exact, rounded),
            Self::F64 if exact.abs() >= f64::MIN_POSITIVE => {
                exact.is_infinite() && arguments.iter().all(|a| a.is_finite())
            }
            // An exact zero and a difference are no underflow, nor is what a piece cuts off.
            Self::F64 => {
                !exact.is_nan()
                    && !op.row().kinked
                    && !matches!(op, Op::Add | Op::Sub | Op::Neg)
                    && arguments.iter().all(|&a| a != 0.0 && a.is_finite())
            }
        }
    }

    /// Whether a value is infinite, 0 or short of digits only because it was rounded to the format.
    #[inline]
    fn loses(self, exact: f64, rounded: f64) -> bool {
        rounded.is_infinite() && exact.is_finite()
            || rounded.abs() < self.smallest_normal() && rounded != exact && !exact.is_nan()
    }

    /// Rounds the results of an operation; `strained` is told where one leaves the range of the format.
    fn settle(
        self,
        op: Op,
        arguments: [&[f64]; 3],
        results: &mut [f64],
        mut strained: impl FnMut(usize),
    ) {
        // A loop without branches clears most blocks. What is NaN, infinite or 0 before it is rounded to f32 has not left its
        // range.
        let (low, high, exact_ends) = match self {
            Self::F32 => (f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX), true),
            Self::F64 => (f64::MIN_POSITIVE, f64::MAX, false),
            Self::F32Digits => (0.0, f64::INFINITY, true),
        };
        let inside = |value: f64| {
            let size = value.abs();
            (size >= low) & (size <= high)
                | exact_ends & ((size == 0.0) | (size == f64::INFINITY) | size.is_nan())
        };
        let all_inside = results.iter().fold(true, |all, &value| all & inside(value));
        if !all_inside {
            for (point, &exact) in results.iter().enumerate() {
                if !inside(exact) {
                    let here = arguments.map(|side| side[point]);
                    let rounded = self.round(exact);
                    if self.leaves_range(op, &here[..op.arity()], exact, rounded) {
                        strained(point);
                    }
                }
            }
        }
        if self != Self::F64 {
            results
                .iter_mut()
                .for_each(|value| *value = self.round(*value));
        }
    }
}

/// The values of all outputs at many points.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    /// A column for each output.
    pub outputs: Vec<Vec<f64>>,
    /// Whether an intermediate value overflowed or underflowed, for each point.
    pub strained: Vec<bool>,
}

impl Dag {
    /// The graph, ready to be evaluated at many points.
    pub fn tape(&self) -> Tape<'_> {
        let mut constants: Vec<Option<f64>> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            constants.push(constant(node, |id| constants[usize::from(id)]));
        }
        Tape {
            dag: self,
            constants,
        }
    }

    /// The outputs in f64, with `values` for the variables. Operations outside their domain give NaN or an infinity.
    pub fn eval(&self, values: &[f64]) -> Vec<f64> {
        self.tape().eval(values)
    }
}

impl Tape<'_> {
    /// As [`Dag::eval`].
    pub fn eval(&self, values: &[f64]) -> Vec<f64> {
        self.rounded(values, Rounding::F64)
    }

    /// As [`Dag::eval`], with every intermediate value rounded to f32: shows what overflows there.
    pub fn eval_f32(&self, values: &[f64]) -> Vec<f64> {
        self.rounded(values, Rounding::F32)
    }

    pub(crate) fn rounded(&self, values: &[f64], rounding: Rounding) -> Vec<f64> {
        let mut results: Vec<f64> = Vec::with_capacity(self.constants.len());
        for (node, &constant) in self.dag.nodes.iter().zip(&self.constants) {
            results.push(rounding.round(match (node, constant) {
                (_, Some(constant)) => constant,
                (Node::Number(_), None) => f64::NAN,
                (Node::Variable(index), None) => values[*index],
                (Node::Apply(op, _), None) => {
                    let mut arguments = [0.0; 3];
                    for (slot, &id) in arguments.iter_mut().zip(node.arguments()) {
                        *slot = results[usize::from(id)];
                    }
                    op.value(&arguments[..op.arity()])
                }
            }));
        }
        let roots = self.dag.roots.iter();
        roots.map(|&root| results[usize::from(root)]).collect()
    }

    /// The outputs at many points: `points` holds a column for each variable.
    pub(crate) fn columns(&self, points: &[Vec<f64>], rounding: Rounding) -> Columns {
        let count = points.first().map_or(0, Vec::len);
        let mut strained = vec![false; count];
        let mut outputs = vec![Vec::with_capacity(count); self.dag.roots.len()];
        let mut values = Vec::new();
        // The values of all nodes at a block of points stay in the cache.
        const BLOCK: usize = 128;
        for start in (0..count).step_by(BLOCK) {
            let block = start..count.min(start + BLOCK);
            let length = block.len();
            self.fill(&mut values, points, block, rounding, |_, point| {
                strained[start + point] = true;
            });
            for (output, &root) in outputs.iter_mut().zip(&self.dag.roots) {
                output.extend_from_slice(&values[usize::from(root) * length..][..length]);
            }
        }
        Columns { outputs, strained }
    }

    /// The nodes that leave the range of the format at one point.
    pub(crate) fn strained(&self, point: &[f64], rounding: Rounding) -> Vec<Id> {
        let mut strained = Vec::new();
        self.at(point, rounding, |node| strained.push(Id::from(node)));
        strained
    }

    /// The sums and differences whose result in f32 is far smaller than their operands at one point, so that what the operands
    /// have lost is all that is left.
    pub(crate) fn cancelling(&self, point: &[f64]) -> Vec<Id> {
        const FAR: f64 = 1.0 / 1024.0;
        let values = self.at(point, Rounding::F32, |_| ());
        let size = |id: Id| values[usize::from(id)].abs();
        let cancels = |(index, node): (usize, &Node)| match node {
            Node::Apply(Op::Add | Op::Sub, [a, b, _]) => {
                values[index].abs() < FAR * size(*a).max(size(*b))
            }
            Node::Apply(..) | Node::Number(_) | Node::Variable(_) => false,
        };
        let nodes = self.dag.nodes.iter().enumerate();
        let nodes = nodes.filter(|&(index, node)| cancels((index, node)));
        nodes.map(|(index, _)| Id::from(index)).collect()
    }

    /// Whether a number lies between the values of a derivative on both sides of a point, one or another step of its variable away.
    /// The outputs are those of a gradient.
    pub fn is_between_sides(&self, point: &[f64], output: usize, value: f64) -> bool {
        const STEPS: [f64; 2] = [1e-7, 1e-13];
        const SLACK: f64 = 1e-6;
        let Some(variable) = output.checked_sub(1) else {
            return false;
        };
        let beside = |step: f64| {
            let mut moved = point.to_vec();
            moved[variable] += step;
            self.eval(&moved)[output]
        };
        STEPS.into_iter().any(|step| {
            let step = step * point[variable].abs().max(1.0);
            let (left, right) = (beside(-step), beside(step));
            let slack = SLACK * left.abs().max(right.abs());
            (left.min(right) - slack..=left.max(right) + slack).contains(&value)
        })
    }

    /// Whether pieces meet at one point, with every intermediate value rounded to f32, and not next to it.
    pub fn has_kink_in_f32(&self, point: &[f64]) -> bool {
        self.has_kink(point, Rounding::F32)
    }

    /// Whether pieces meet at one point and not next to it.
    pub(crate) fn has_kink(&self, point: &[f64], rounding: Rounding) -> bool {
        const STEP: f64 = 1.0 / 4096.0;
        // Beside 0, a step that moves a sum with 1, such as exp has there, by some of the format's digits.
        let least = match rounding {
            Rounding::F64 => STEP,
            Rounding::F32 | Rounding::F32Digits => 64.0 * STEP,
        };
        let beside = |&value: &f64| value + STEP * value.abs().max(least);
        let beside: Vec<f64> = point.iter().map(beside).collect();
        let [here, beside] = [point, &beside].map(|point| self.at(point, rounding, |_| ()));
        let is_met = |node: &Node, values: &[f64]| {
            let Node::Apply(op, arguments) = node else {
                return false;
            };
            let value = |index: usize| values[usize::from(arguments[index])];
            let mut pairs = op.row().meets.iter();
            pairs.any(|pair| value(pair[0]) == value(pair[1]))
                || op.row().kinked && op.row().joins.iter().any(|&join| value(0) == join)
        };
        let mut nodes = self.dag.nodes.iter();
        nodes.any(|node| is_met(node, &here) && !is_met(node, &beside))
    }

    /// The value of each node at one point; `strained` is told the nodes that leave the range of the format.
    fn at(&self, point: &[f64], rounding: Rounding, mut strained: impl FnMut(usize)) -> Vec<f64> {
        let columns: Vec<Vec<f64>> = point.iter().map(|&value| vec![value]).collect();
        let mut values = Vec::new();
        let count = columns.first().map_or(0, Vec::len);
        self.fill(&mut values, &columns, 0..count, rounding, |node, _| {
            strained(node);
        });
        values
    }

    /// Fills `values` with the values of one node after the other at a block of points; `strained` is told the node, and the point
    /// within the block, where one leaves the range of the format.
    fn fill(
        &self,
        values: &mut Vec<f64>,
        points: &[Vec<f64>],
        block: Range<usize>,
        rounding: Rounding,
        mut strained: impl FnMut(usize, usize),
    ) {
        let length = block.len();
        values.resize(self.dag.nodes.len() * length, f64::NAN);
        for (index, (node, &constant)) in self.dag.nodes.iter().zip(&self.constants).enumerate() {
            let (before, column) = values.split_at_mut(index * length);
            let side = |id: Id| &before[usize::from(id) * length..][..length];
            let variable = |variable: usize| &points[variable][block.clone()];
            let column = &mut column[..length];
            rounding.compute((node, constant), side, variable, column, |point| {
                strained(index, point);
            });
        }
    }
}

impl Rounding {
    /// The values of a node, which is a constant or not, at a block of points, with those of its arguments at `side` and of variables
    /// at `variable`; `strained` is told the points where it leaves the range of the format.
    #[inline]
    pub(super) fn compute<'a>(
        self,
        (node, constant): (&Node, Option<f64>),
        side: impl Fn(Id) -> &'a [f64],
        variable: impl Fn(usize) -> &'a [f64],
        column: &mut [f64],
        mut strained: impl FnMut(usize),
    ) {
        match (node, constant) {
            (_, Some(exact)) => {
                let rounded = self.round(exact);
                if self != Self::F32Digits && self.loses(exact, rounded) {
                    (0..column.len()).for_each(strained);
                }
                column.fill(rounded);
            }
            (Node::Number(_), None) => column.fill(f64::NAN),
            (Node::Variable(index), None) => {
                column.copy_from_slice(variable(*index));
                let values = column.iter_mut();
                values.for_each(|value| *value = self.round(*value));
            }
            (Node::Apply(op, arguments), None) => {
                let sides = arguments.map(side);
                apply(*op, sides, column);
                self.settle(*op, sides, column, &mut strained);
            }
        }
    }
}

/// The value in f64 of a node that depends on no variable, with those of its arguments.
pub(super) fn constant(node: &Node, known: impl Fn(Id) -> Option<f64>) -> Option<f64> {
    match node {
        Node::Number(number) => Some(number.to_f64()),
        Node::Variable(_) => None,
        Node::Apply(op, _) => {
            let mut arguments = [0.0; 3];
            for (slot, &id) in arguments.iter_mut().zip(node.arguments()) {
                *slot = known(id)?;
            }
            Some(op.value(&arguments[..op.arity()]))
        }
    }
}

/// The results of an operation for columns of arguments, of which it uses as many as it has. Arithmetic has loops of its own, which
/// the compiler vectorises.
fn apply(op: Op, [a, b, c]: [&[f64]; 3], results: &mut [f64]) {
    fn each(results: &mut [f64], [a, b]: [&[f64]; 2], f: impl Fn(f64, f64) -> f64) {
        for ((result, &a), &b) in results.iter_mut().zip(a).zip(b) {
            *result = f(a, b);
        }
    }
    match op {
        Op::Add => each(results, [a, b], |a, b| a + b),
        Op::Sub => each(results, [a, b], |a, b| a - b),
        Op::Mul => each(results, [a, b], |a, b| a * b),
        Op::Div => each(results, [a, b], |a, b| a / b),
        Op::Neg => each(results, [a, a], |a, _| -a),
        Op::Square => each(results, [a, a], |a, _| a * a),
        _ => {
            let (value, arity) = (op.row().value, op.arity());
            for (point, result) in results.iter_mut().enumerate() {
                *result = value(&[a[point], b[point], c[point]][..arity]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kink_is_where_pieces_meet_in_the_format() {
        let dag = Dag::parse("min(exp(x), 1)").unwrap();
        let tape = dag.tape();
        let has_kink = |x: f64, rounding| tape.has_kink(&[x], rounding);
        // In f32, the exponential is 1 for 2⁻²⁴ and less.
        for x in [0.0, -1e-38, 1e-38, -1e-9] {
            assert!(has_kink(x, Rounding::F32), "{x}");
        }
        assert!(has_kink(0.0, Rounding::F64));
        assert!(!has_kink(-1e-9, Rounding::F64));
        for x in [-1e-4, 0.5, 3.0] {
            assert!(!has_kink(x, Rounding::F32), "{x}");
        }
    }
}
