//! Boxes of the variables, and how much room for a difference of two formulas each has.

use std::cmp::Reverse;

use super::enclose::{Defined, Encloser, Enclosure};
use super::interval::Interval;
use super::points::rank;
use crate::ir::{Dag, Id, Node};
use crate::ops::Op;

/// Above these, boxes are judged without derivatives.
const MAX_SLOPES: (usize, usize) = (4_000, 6);

/// A box that waits; the one with most room comes first, then the first that came.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank(i64, Reverse<usize>);

/// A box with its rank.
pub(super) struct Entry {
    rank: Rank,
    pub depth: i32,
    pub sides: Vec<Interval>,
}

impl Entry {
    pub(super) fn new(room: f64, count: usize, depth: i32, sides: Vec<Interval>) -> Self {
        // Ordinary arguments before extreme ones, and no box is followed for ever.
        let far = |i: &Interval| {
            (i.low / 2.0 + i.high / 2.0)
                .abs()
                .max(f64::MIN_POSITIVE)
                .log2()
                / 64.0
        };
        let weight: f64 = sides
            .iter()
            .map(|side| 1.0 / (1.0 + far(side).powi(2)))
            .product();
        let room = room * weight * 0.95f64.powi(depth);
        Self {
            rank: Rank(rank(room), Reverse(count)),
            depth,
            sides,
        }
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank)
    }
}

/// What bounds the difference over a box: the graph of both sides, their difference and its derivatives.
pub(super) struct Judge {
    pub graph: Dag,
    pub left: Id,
    pub right: Id,
    pub difference: Id,
    slopes: Vec<Id>,
}

impl Judge {
    pub(super) fn new(left: &Dag, right: &Dag) -> Self {
        let mut graph = Dag::new(left.variables.clone());
        let variables: Vec<Id> = (0..left.variables.len())
            .map(|v| graph.variable(v))
            .collect();
        let [a, b] = [left, right].map(|dag| graph.inline(dag, &variables)[0]);
        let difference = graph.apply(Op::Sub, &[a, b]);
        graph.roots = vec![difference];
        let few = graph.nodes().len() <= MAX_SLOPES.0 && variables.len() <= MAX_SLOPES.1;
        let (graph, slopes) = if few {
            let gradient = graph.with_gradient();
            (Dag::clone(&gradient), gradient.derivatives().to_vec())
        } else {
            (graph.compact(), Vec::new())
        };
        let difference = graph.roots[0];
        let (left, right) = match graph.node(difference) {
            Node::Apply(_, [left, right, _]) => (*left, *right),
            Node::Number(_) | Node::Variable(_) => (difference, difference),
        };
        Self {
            left,
            right,
            difference,
            slopes,
            graph,
        }
    }

    /// How large a difference the box may hold, relative to the values: from 0 to 1; `None` if it can hold none.
    pub(super) fn room(
        &self,
        encloser: &Encloser<'_>,
        sides: &[Interval],
        middle: Enclosure,
    ) -> Option<f64> {
        let known = encloser.over(sides);
        let of = |id: Id| known[usize::from(id)];
        let (left, right, difference) = (of(self.left), of(self.right), of(self.difference));
        match (left.defined, right.defined) {
            (Defined::Never, Defined::Never) => return None,
            (Defined::Always, Defined::Always) if self.left == self.right => return None,
            _ => {}
        }
        let size = |interval: Interval| interval.low.abs().max(interval.high.abs());
        let mut bound = size(difference.interval);
        if difference.continuous && !self.slopes.is_empty() {
            // The mean value theorem: from the middle, the difference grows by no more than its slopes allow.
            let growth = self.slopes.iter().zip(sides).map(|(&slope, side)| {
                let width = side.high / 2.0 - side.low / 2.0;
                if width == 0.0 {
                    0.0
                } else {
                    size(of(slope).interval) * width
                }
            });
            bound = bound.min(size(middle.interval) + growth.sum::<f64>());
        }
        let scale = size(left.interval).min(size(right.interval));
        let scale = if scale.is_finite() { scale } else { 0.0 };
        let relative = if bound.is_finite() {
            bound / (bound + scale)
        } else {
            1.0
        };
        // Where one side may be undefined, the other may not be.
        let unsure = left.defined == Defined::Perhaps || right.defined == Defined::Perhaps;
        Some(if unsure { relative.max(0.75) } else { relative })
    }
}
