//! Ground equations in the order in which they were found, and the few of them that an equality needs.

use std::collections::BTreeSet;

use super::congruence::{Congruence, Link, Why};
use crate::ir::{Dag, Id, Node};

/// What makes two terms equal at once.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    /// One term.
    pub left: Id,
    /// The other.
    pub right: Id,
    /// Why.
    pub reason: Reason,
}

/// Why two terms are equal.
#[derive(Clone, Debug)]
pub(crate) enum Reason {
    /// They are the sides of a rule. Where its arguments do not prove its guards by themselves, pairs of equal terms whose
    /// facts together do.
    Rule(String, Vec<(Id, Id)>),
    /// An operation on literals and its exact value.
    Fold,
    /// The pair of this number among those that the run was given.
    Given(usize),
}

/// Equations, and what follows from them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Derived {
    /// The terms and their equality.
    pub known: Congruence,
    /// What [`Why::Equation`] counts.
    pub equations: Vec<Ground>,
}

impl Derived {
    /// Adds an equation. It counts only if the facts behind it are known by now, so that no proof leans on itself.
    pub(super) fn equate(&mut self, ground: Ground) {
        let known = &self.known;
        let founded = match &ground.reason {
            Reason::Rule(_, premises) => premises.iter().all(|&(a, b)| known.equal(a, b)),
            Reason::Fold | Reason::Given(_) => true,
        };
        if founded {
            let why = Why::Equation(self.equations.len());
            self.known.merge(ground.left, ground.right, why);
            self.equations.push(ground);
        }
    }

    /// The terms of the outputs of a graph that took part in the run.
    pub(crate) fn find(&self, dag: &Dag) -> Vec<Id> {
        // Known terms are not added again: a copy of the table tells their ids.
        let mut terms = self.known.terms.clone();
        terms.import(dag, |terms, index| terms.add(Node::Variable(index)))
    }

    /// Equations that prove `goal` and of which none can be left out, with the goal among their terms. `None` if the goal does
    /// not follow.
    pub(crate) fn least(&self, goal: (Id, Id)) -> Option<(Self, (Id, Id))> {
        if !self.known.equal(goal.0, goal.1) {
            return None;
        }
        let (mut best, mut ends) = self.only(&self.used(goal), goal);
        // Later equations first: the detours are found late.
        let mut next = best.equations.len();
        while next > 0 {
            next -= 1;
            let others: Vec<usize> = (0..best.equations.len()).filter(|&n| n != next).collect();
            let (fewer, moved) = best.only(&others, ends);
            if fewer.known.equal(moved.0, moved.1) {
                (best, ends) = fewer.only(&fewer.used(moved), moved);
                next = next.min(best.equations.len());
            }
        }
        Some((best, ends))
    }

    /// The equations behind the explanation of `goal`, in order.
    fn used(&self, goal: (Id, Id)) -> Vec<usize> {
        let mut used = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![goal];
        while let Some((a, b)) = open.pop() {
            if a == b || !seen.insert((a.min(b), a.max(b))) {
                continue;
            }
            for Link { from, to, why } in self.known.explain(a, b) {
                match why {
                    Why::Equation(number) => {
                        if let Reason::Rule(_, premises) = &self.equations[number].reason
                            && used.insert(number)
                        {
                            open.extend(premises);
                        }
                        used.insert(number);
                    }
                    Why::Congruence => {
                        let terms = &self.known.terms;
                        let before = terms.node(from).arguments().iter().copied();
                        open.extend(before.zip(terms.node(to).arguments().iter().copied()));
                    }
                }
            }
        }
        used.into_iter().collect()
    }

    /// What follows from these equations alone, and `goal` among its terms.
    fn only(&self, equations: &[usize], goal: (Id, Id)) -> (Self, (Id, Id)) {
        let mut copy = Copy {
            from: self,
            to: Self::default(),
            ids: vec![None; self.known.terms.len()],
        };
        for &number in equations {
            let ground = &self.equations[number];
            let reason = match &ground.reason {
                Reason::Rule(name, premises) => {
                    let pairs = premises.iter();
                    let pairs = pairs.map(|&(a, b)| (copy.term(a), copy.term(b)));
                    Reason::Rule(name.clone(), pairs.collect())
                }
                other => other.clone(),
            };
            let ground = Ground {
                left: copy.term(ground.left),
                right: copy.term(ground.right),
                reason,
            };
            copy.to.equate(ground);
        }
        let goal = (copy.term(goal.0), copy.term(goal.1));
        (copy.to, goal)
    }
}

/// Terms on their way from one table to another.
struct Copy<'a> {
    from: &'a Derived,
    to: Derived,
    ids: Vec<Option<Id>>,
}

impl Copy<'_> {
    fn term(&mut self, id: Id) -> Id {
        let mut open = vec![id];
        while let Some(&top) = open.last() {
            let node = self.from.known.terms.node(top);
            let missing = |argument: &&Id| self.ids[usize::from(**argument)].is_none();
            match node.arguments().iter().find(missing) {
                Some(argument) => open.push(*argument),
                None => {
                    let node = node.map(|a| self.ids[usize::from(a)].unwrap_or(a));
                    self.ids[usize::from(top)] = Some(self.to.known.add(node));
                    open.pop();
                }
            }
        }
        self.ids[usize::from(id)].unwrap_or(id)
    }
}
