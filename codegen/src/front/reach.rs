//! Bounds of a formula that no input of a domain reaches: `min(x, 10)` is `x` wherever x stays below 10.
//!
//! Leaving them out changes nothing over the domain. That is proven: the domain is divided into parts, and in each of them interval
//! arithmetic encloses what is bounded and the bound.

use super::domain::Domain;
use crate::analysis::{Encloser, Interval};
use crate::formula::Formula;
use crate::ir::{Dag, Id, Node};
use crate::ops::Op;

/// How many parts the domain is divided into.
const PARTS: usize = 512;

/// A formula without the bounds that no input of a domain reaches.
#[derive(Clone, Debug)]
pub struct Reached {
    /// The formula that is left: over the domain, the same function.
    pub formula: Formula,
    /// What was left out.
    pub unreached: Vec<UnreachedBound>,
}

/// A bound that is never reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreachedBound {
    /// The bound, such as `sqrt(10)`.
    pub bound: String,
    /// The part of the formula that it stands in, such as `min(x, sqrt(10))`.
    pub part: String,
}

/// Leaves out of a formula of `x` alone the constant bounds in `min`, `max` and `clamp` that inputs of the domain never reach.
///
/// ```
/// use actsmith_codegen::Formula;
/// use actsmith_codegen::front::{Domain, reached};
///
/// let formula = Formula::parse("sinh(clamp(x, -asinh(10), asinh(10)))")?;
/// let domain = Domain::histogram(&[-1.0, 0.0, 1.0], &[3.0, 5.0]).expect("a histogram");
/// let reached = reached(&formula, &domain);
/// assert_eq!((reached.formula.to_string(), reached.unreached.len()), ("sinh(x)".to_owned(), 2));
/// # Ok::<(), actsmith_codegen::diagnostic::Diagnostics>(())
/// ```
pub fn reached(formula: &Formula, domain: &Domain) -> Reached {
    let dag = formula.dag();
    let beyond = Beyond::new(dag, domain);
    let mut out = Dag::new(dag.variables.clone());
    let mut ids: Vec<Id> = Vec::with_capacity(dag.nodes().len());
    let mut unreached = Vec::new();
    for (index, node) in dag.nodes().iter().enumerate() {
        let id = Id::from(index);
        let mut drop = |bound: Id| {
            let [bound, part] = [bound, id].map(|id| dag.part(id).formula(0));
            unreached.push(UnreachedBound { bound, part });
        };
        let at = |id: Id| ids[usize::from(id)];
        let new = match *node {
            Node::Apply(op @ (Op::Min | Op::Max), [a, b, _]) => {
                let never = |inner, bound| match op {
                    Op::Min => beyond.below(inner, bound),
                    _ => beyond.below(bound, inner),
                };
                let inner = [(a, b), (b, a)]
                    .into_iter()
                    .find(|&(inner, bound)| beyond.is_bound(inner, bound) && never(inner, bound));
                inner.map(|(inner, bound)| {
                    drop(bound);
                    at(inner)
                })
            }
            Node::Apply(Op::Clamp, [inner, low, high]) => {
                let bounds = beyond.is_bound(inner, low) && beyond.is_bound(inner, high);
                let [below, above] = [beyond.below(low, inner), beyond.below(inner, high)];
                let kept = bounds.then(|| {
                    for (bound, never) in [(low, below), (high, above)] {
                        if never {
                            drop(bound);
                        }
                    }
                });
                kept.and_then(|()| match (below, above) {
                    (true, true) => Some(at(inner)),
                    (true, false) => Some(out.apply(Op::Min, &[at(inner), at(high)])),
                    (false, true) => Some(out.apply(Op::Max, &[at(inner), at(low)])),
                    (false, false) => None,
                })
            }
            _ => None,
        };
        let new = new.unwrap_or_else(|| out.add(node.map(at)));
        ids.push(new);
    }
    out.roots = dag
        .roots
        .iter()
        .map(|&root| ids[usize::from(root)])
        .collect();
    Reached {
        formula: Formula::from_dag(&out.compact()).with_kinks(formula.kinks()),
        unreached,
    }
}

/// What is known of the nodes of a graph over a domain.
struct Beyond {
    /// The enclosures of all nodes in each part.
    parts: Vec<Vec<Interval>>,
    /// Whether a node depends on x.
    varies: Vec<bool>,
}

impl Beyond {
    fn new(dag: &Dag, domain: &Domain) -> Self {
        let encloser = Encloser::new(dag);
        let whole = domain.interval();
        let mut edges = domain.points(PARTS + 1);
        // From end to end, whatever was rounded.
        (edges[0], edges[PARTS]) = (whole.low, whole.high);
        let parts = edges.windows(2).map(|edges| {
            let [low, high] = [edges[0], edges[1]];
            let known = encloser.over(&[Interval { low, high }]);
            known.iter().map(|known| known.interval).collect()
        });
        Self {
            parts: parts.collect(),
            varies: dag.varying(),
        }
    }

    /// Whether a node is a constant bound of another.
    fn is_bound(&self, inner: Id, bound: Id) -> bool {
        self.varies[usize::from(inner)] && !self.varies[usize::from(bound)]
    }

    /// Whether one node is never above another.
    fn below(&self, one: Id, other: Id) -> bool {
        let below =
            |part: &Vec<Interval>| part[usize::from(one)].high <= part[usize::from(other)].low;
        self.parts.iter().all(below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_that_are_never_reached_leave_no_trace() {
        let domain = Domain::histogram(&[-2.0, 0.0, 1.5], &[1.0, 1.0]).unwrap();
        for (text, left, dropped) in [
            (
                "min(x, sqrt(10))",
                "x",
                &["sqrt(10) in min(x, sqrt(10))"][..],
            ),
            ("min(x, 1)", "min(x, 1)", &[]),
            (
                "max(x, -3) + max(-3, x)",
                "x + x",
                &["-3 in max(x, -3)", "-3 in max(-3, x)"],
            ),
            (
                "max(x, -3) * min(exp(x), 10)",
                "x * exp(x)",
                &["-3 in max(x, -3)", "10 in min(exp(x), 10)"],
            ),
            ("clamp(x, -1, 9)", "max(x, -1)", &["9 in clamp(x, -1, 9)"]),
            ("clamp(x, -9, 1)", "min(x, 1)", &["-9 in clamp(x, -9, 1)"]),
            // An interval of the whole domain would reach −2 · 1.5.
            ("max(x * x, -1)", "x * x", &["-1 in max(x * x, -1)"]),
            // What always binds is no bound that is never reached.
            ("min(x, 100 * x)", "min(x, 100 * x)", &[]),
            ("max(min(x, 3), 4)", "max(x, 4)", &["3 in min(x, 3)"]),
        ] {
            let found = reached(&Formula::parse(text).unwrap(), &domain);
            assert_eq!(found.formula.to_string(), left, "{text}");
            let said: Vec<String> = found
                .unreached
                .iter()
                .map(|of| format!("{} in {}", of.bound, of.part))
                .collect();
            assert_eq!(said, dropped, "{text}");
        }
    }

    /// At every point of the domain, the same number.
    #[test]
    fn what_is_left_is_the_same_function() {
        let domain = Domain::histogram(&[-3.0, 2.0], &[1.0]).unwrap();
        let text = "clamp(exp(min(x, ln(10))), -10, 10) * max(sinh(clamp(x, -asinh(10), asinh(10))), -4) + min(x, 1)";
        let formula = Formula::parse(text).unwrap();
        let found = reached(&formula, &domain);
        assert_eq!(found.unreached.len(), 4, "{:?}", found.unreached);
        for step in 0..=1000 {
            let x = -3.0 + 5.0 * f64::from(step) / 1000.0;
            assert_eq!(
                formula.dag().eval(&[x]),
                found.formula.dag().eval(&[x]),
                "{x}"
            );
        }
    }
}
