//! Whether two formulas have values at the same points: each is led back to what must hold of its parts.

use std::collections::BTreeSet;

use super::definedness::{Definedness, definedness};
use super::enclose::{Defined, Encloser, Enclosure, in_domain};
use super::region::Region;
use crate::ir::{Dag, Id, Node};
use crate::ops::{Domain, Op};

/// Whether the first outputs of two graphs over the same variables have values at the same points of the region, as far as that
/// can be shown: both everywhere, or both under the same conditions. `same` decides whether two nodes, one of each, are equal.
pub(crate) fn same_domain(
    left: &Dag,
    right: &Dag,
    region: &Region,
    same: &mut dyn FnMut(&Dag, &Dag) -> bool,
) -> bool {
    let everywhere = |dag: &Dag| definedness(dag, region) == Definedness::Everywhere;
    if left == right || everywhere(left) && everywhere(right) {
        return true;
    }
    let (Some(a), Some(b)) = (Demand::all(left, region), Demand::all(right, region)) else {
        return false;
    };
    let mut covers = |these: &[Demand], from: &Dag, others: &[Demand], to: &Dag| {
        these.iter().all(|demand| {
            others.iter().any(|other| {
                demand.kind == other.kind && {
                    let (a, b) = (from.part(demand.argument), to.part(other.argument));
                    a == b || same(&a, &b)
                }
            })
        })
    };
    covers(&a, left, &b, right) && covers(&b, right, &a, left)
}

/// What must hold of a node for the output to have a value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    NonNegative,
    Positive,
    AboveMinusOne,
    NonZero,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Demand {
    argument: Id,
    kind: Kind,
}

impl Demand {
    /// More than these are not compared.
    const MOST: usize = 8;

    /// Every demand of the graph that intervals do not prove; `None` if one holds in a branch alone, or there are too many.
    fn all(dag: &Dag, region: &Region) -> Option<Vec<Self>> {
        let known = Encloser::new(dag).over(&region.intervals(&dag.variables));
        let mut always = vec![false; dag.nodes().len()];
        always[usize::from(dag.roots[0])] = true;
        let mut demands = BTreeSet::new();
        for (index, node) in dag.nodes().iter().enumerate().rev() {
            let Node::Apply(op, _) = node else { continue };
            let arguments = node.arguments();
            let needed = if *op == Op::If {
                &arguments[..1]
            } else {
                arguments
            };
            if always[index] {
                needed
                    .iter()
                    .for_each(|&argument| always[usize::from(argument)] = true);
            }
            let enclosures: Vec<Enclosure> =
                arguments.iter().map(|&a| known[usize::from(a)]).collect();
            if in_domain(*op, &enclosures) == Defined::Always {
                continue;
            }
            if !always[index] {
                return None;
            }
            let (argument, kind) = match op.row().domain {
                Domain::All => continue,
                Domain::NonNegative => (arguments[0], Kind::NonNegative),
                Domain::Positive => (arguments[0], Kind::Positive),
                Domain::AboveMinusOne => (arguments[0], Kind::AboveMinusOne),
                Domain::NonZeroDivisor => (arguments[1], Kind::NonZero),
                Domain::Power => (arguments[0], Kind::NonZero),
            };
            Self { argument, kind }.simplest(dag, &known, &mut demands);
        }
        (demands.len() <= Self::MOST).then(|| demands.into_iter().collect())
    }

    /// Adds the demand, led back to simpler ones: a product is not 0 where no factor is.
    fn simplest(self, dag: &Dag, known: &[Enclosure], to: &mut BTreeSet<Self>) {
        let mut open = vec![self];
        while let Some(Self { argument, kind }) = open.pop() {
            let demand = |argument: Id, kind: Kind| Self { argument, kind };
            let enclosure = &known[usize::from(argument)];
            let Node::Apply(op, _) = dag.node(argument) else {
                to.insert(demand(argument, kind));
                continue;
            };
            let inner = dag.node(argument).arguments();
            let positive = |id: Id| {
                let Enclosure {
                    interval, nonzero, ..
                } = known[usize::from(id)];
                interval.low >= 0.0 && nonzero
            };
            match (kind, op) {
                (Kind::NonZero, _) if enclosure.nonzero => {}
                (Kind::NonZero, Op::Mul) => {
                    open.extend(inner.iter().map(|&a| demand(a, Kind::NonZero)))
                }
                (
                    Kind::NonZero,
                    Op::Div
                    | Op::Neg
                    | Op::Square
                    | Op::Cube
                    | Op::Powi
                    | Op::Abs
                    | Op::Sign
                    | Op::Sqrt
                    | Op::Expm1
                    | Op::Sinh
                    | Op::Tanh
                    | Op::Asinh
                    | Op::Atan
                    | Op::Erf
                    | Op::Softsign
                    | Op::Tanhshrink,
                ) => open.push(demand(inner[0], Kind::NonZero)),
                // What is never below 0 is above it where it is not 0.
                (Kind::Positive, _) if enclosure.interval.low >= 0.0 => {
                    open.push(demand(argument, Kind::NonZero))
                }
                (Kind::Positive | Kind::NonNegative, Op::Mul) if positive(inner[0]) => {
                    open.push(demand(inner[1], kind))
                }
                (Kind::Positive | Kind::NonNegative, Op::Mul) if positive(inner[1]) => {
                    open.push(demand(inner[0], kind))
                }
                (Kind::Positive | Kind::NonNegative, Op::Div) if positive(inner[1]) => {
                    open.push(demand(inner[0], kind))
                }
                _ => {
                    to.insert(demand(argument, kind));
                }
            }
        }
    }
}
