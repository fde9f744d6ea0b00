//! What a form is worth: its cost, and a price on hazards that outweighs any cost.

use super::interval::Interval;
use crate::ir::{Dag, Node};
use crate::ops::Op;

/// f32 overflows past e^88.
const LARGEST_EXPONENT: f64 = 88.0;
/// More than any detour through a stable form costs, such as softplus for ln(1 + e^x).
const HAZARD: u64 = 1000;

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

/// The price of all outputs of a graph.
pub(super) fn graph(dag: &Dag) -> u64 {
    let dag = dag.compact();
    let mut known: Vec<(Interval, bool)> = Vec::with_capacity(dag.nodes().len());
    let mut price = 0;
    for node in dag.nodes() {
        known.push(match node {
            Node::Number(number) => (Interval::around(number.to_f64()), false),
            Node::Variable(_) => (Interval::REALS, true),
            Node::Apply(op, _) => {
                let arguments = node.arguments().iter().map(|&a| known[usize::from(a)]);
                let varies = arguments.clone().any(|(_, varies)| varies);
                let intervals: Vec<Interval> = arguments.map(|(interval, _)| interval).collect();
                if varies {
                    price += operation(*op, &intervals);
                }
                (Interval::of(*op, &intervals), varies)
            }
        });
    }
    price
}
