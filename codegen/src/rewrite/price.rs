//! What a form costs: its operations, and a price on hazards.

use super::interval::Interval;
use super::region::Region;
use crate::ir::{Dag, Node};
use crate::ops::Op;

/// f32 overflows past e^88.
const LARGEST_EXPONENT: f64 = 88.0;
/// What it takes to guard such an operation; more than the detour through a stable form, such as softplus for ln(1 + e^x).
const HAZARD: u64 = 50;

/// The cost of one operation, with a hazard on top where an ordinary argument makes it overflow and the facts do not exclude
/// that argument.
pub(super) fn operation(op: Op, arguments: &[Interval]) -> u64 {
    let reach = match (op, arguments) {
        (Op::Exp | Op::Expm1, [x]) => x.high,
        (Op::Sinh | Op::Cosh, [x]) => x.high.max(-x.low),
        _ => 0.0,
    };
    u64::from(op.row().cost) + if reach > LARGEST_EXPONENT { HAZARD } else { 0 }
}

/// What all outputs of a graph cost together, in the unit of [`crate::ops::Row::cost`]. What they share counts once, operations
/// on constants alone cost nothing, because they are evaluated when code is generated, and an operation that overflows at
/// ordinary arguments costs its guard on top.
pub fn cost(dag: &Dag, region: &Region) -> u64 {
    let variables = region.intervals(&dag.variables);
    let dag = dag.compact();
    let mut known: Vec<(Interval, bool)> = Vec::with_capacity(dag.nodes().len());
    let mut cost = 0;
    for node in dag.nodes() {
        known.push(match node {
            Node::Number(number) => (Interval::exactly(number), false),
            Node::Variable(index) => (variables[*index], true),
            Node::Apply(op, _) => {
                let arguments = node.arguments().iter().map(|&a| known[usize::from(a)]);
                let varies = arguments.clone().any(|(_, varies)| varies);
                let intervals: Vec<Interval> = arguments.map(|(interval, _)| interval).collect();
                if varies {
                    cost += operation(*op, &intervals);
                }
                (Interval::of(*op, &intervals), varies)
            }
        });
    }
    cost
}
