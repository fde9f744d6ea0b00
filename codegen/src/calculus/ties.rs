//! Which piece of each operation a slope follows where pieces meet.
//!
//! At a kink, the slope of either piece is right, and the table takes one of them for each operation. In a sum or product of several
//! kinks, these may be of different sides of the point, and what comes out may be no slope of either side: that of
//! `relu(x) + elu(min0(x))` would be 0 at 0. The slopes of pieces that are all on one side of a point make the slope on that side.

use std::collections::HashMap;

use crate::ir::{Dag, Id, Node};
use crate::ops::Op;
use crate::syntax::of_row;

/// How closely slopes agree.
const CLOSE: f64 = 0.01;

/// Operations whose slope takes the other piece where pieces meet.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ties {
    /// The slopes of operations with respect to each of their arguments, in place of those of the table.
    slopes: HashMap<(Id, usize), Dag>,
    /// The comparisons of choices, with the other branch where both sides are equal.
    choices: HashMap<Id, Op>,
}

impl Ties {
    /// How many operations take the other piece.
    pub(super) fn len(&self) -> usize {
        self.slopes.len() + self.choices.len()
    }

    /// The slope of an operation with respect to one of its arguments, where it is not that of the table.
    pub(super) fn slope(&self, id: Id, argument: usize) -> Option<&Dag> {
        self.slopes.get(&(id, argument))
    }

    /// The comparison that a choice goes by, where it is not its own.
    pub(super) fn comparison(&self, choice: Id) -> Option<Op> {
        self.choices.get(&choice).copied()
    }

    /// Has the slopes of all operations up to `value` follow, at the point `here`, the pieces that hold at the point `beside`. This is by
    /// values in f64, and decides what is worth trying, not what is true. `slope` has those of the table.
    pub(super) fn follow<'a>(
        &mut self,
        dag: &Dag,
        value: Id,
        [here, beside]: [&[f64]; 2],
        slope: impl Fn(Op, usize) -> Option<&'a Dag>,
    ) {
        let mut all = dag.clone();
        all.roots = (0..=usize::from(value)).map(Id::from).collect();
        let [here, beside] = [here, beside].map(|point| all.eval(point));
        for (index, node) in dag.nodes()[..=usize::from(value)].iter().enumerate() {
            let Node::Apply(op, arguments) = node else {
                continue;
            };
            let id = Id::from(index);
            let at = |values: &[f64]| arguments.map(|a| values[usize::from(a)]);
            if *op == Op::If {
                let condition = dag.node(arguments[0]);
                if here[usize::from(arguments[0])] != beside[usize::from(arguments[0])]
                    && let Node::Apply(comparison, _) = condition
                    && let Some(other) = other_comparison(*comparison)
                {
                    self.choices.insert(id, other);
                }
                continue;
            }
            if !op.row().kinked {
                continue;
            }
            for argument in 0..op.arity() {
                let Some(own) = slope(*op, argument) else {
                    continue;
                };
                let wanted = own.eval(&at(&beside))[0];
                let agrees = |slope: &Dag| {
                    let found = slope.eval(&at(&here))[0];
                    (found - wanted).abs() <= CLOSE * found.abs().max(wanted.abs())
                };
                if !agrees(own) {
                    let other = others(*op, own).into_iter().find(agrees);
                    self.slopes
                        .extend(other.map(|slope| ((id, argument), slope)));
                }
            }
        }
    }
}

/// The same slope but where pieces meet.
fn others(op: Op, slope: &Dag) -> Vec<Dag> {
    match op {
        Op::Abs => vec![
            of_row("if 0 < a { 1 } else { -1 }"),
            of_row("if a < 0 { -1 } else { 1 }"),
        ],
        _ => {
            let mut other = Dag::new(slope.variables.clone());
            let mut ids: Vec<Id> = Vec::with_capacity(slope.nodes().len());
            for node in slope.nodes() {
                let id = match node.map(|id| ids[usize::from(id)]) {
                    Node::Apply(op, arguments) => {
                        let op = other_comparison(op).unwrap_or(op);
                        other.apply(op, &arguments[..op.arity()])
                    }
                    leaf => other.add(leaf),
                };
                ids.push(id);
            }
            other.roots = slope.roots.iter().map(|&r| ids[usize::from(r)]).collect();
            vec![other]
        }
    }
}

/// The comparison that differs only where both sides are equal.
fn other_comparison(op: Op) -> Option<Op> {
    match op {
        Op::Lt => Some(Op::Le),
        Op::Le => Some(Op::Lt),
        _ => None,
    }
}
