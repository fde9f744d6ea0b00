//! Matching a term against the side of a rule.

use crate::egraph::Sides;
use crate::ir::{Dag, Id, Node, Terms};
use crate::rules::PATTERN_NAMES;

/// What the names of a rule stand for.
pub(super) type Bound = [Option<Id>; PATTERN_NAMES.len()];

/// What the names stand for, if the terms are the two sides of a row.
pub(super) fn sides(terms: &Terms, row: &Sides, left: Id, right: Id) -> Option<Bound> {
    let mut bound = [None; PATTERN_NAMES.len()];
    let sides = [(&row.left, left), (&row.right, right)];
    let mut sides = sides.into_iter();
    let matched = sides.all(|(side, term)| matches(terms, side, side.roots[0], term, &mut bound));
    matched.then_some(bound)
}

/// Whether the part of `pattern` at `id` is the term, where its names stand for what they are bound to.
fn matches(terms: &Terms, pattern: &Dag, id: Id, term: Id, bound: &mut Bound) -> bool {
    match (pattern.node(id), terms.node(term)) {
        (Node::Variable(name), _) => *bound[*name].get_or_insert(term) == term,
        (Node::Number(a), Node::Number(b)) => a == b,
        (a @ Node::Apply(op, _), b @ Node::Apply(other, _)) if op == other => {
            let mut pairs = a.arguments().iter().zip(b.arguments());
            pairs.all(|(&id, &term)| matches(terms, pattern, id, term, bound))
        }
        _ => false,
    }
}
