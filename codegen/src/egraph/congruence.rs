//! Congruence closure of ground equations, which can say why two terms are equal (Nieuwenhuis and Oliveras, "Fast congruence
//! closure and extensions", 2007).
//!
//! Every class is a tree whose edges are equations, or pairs of terms with equal arguments. The path between two terms consists
//! of edges that were there when the terms became equal, so an explanation never leans on anything that came later.

use rustc_hash::FxHashMap;

use crate::ir::{Id, Node, Terms};

/// Why two terms are joined by an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The equation with this number.
    Equation(usize),
    /// The same operation on equal arguments.
    Congruence,
}

/// One step of an explanation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    /// The term before it.
    pub from: Id,
    /// The term after it.
    pub to: Id,
    /// Why they are equal.
    pub why: Why,
}

/// Terms, and what is known of their equality.
#[derive(Clone, Debug, Default)]
pub(crate) struct Congruence {
    /// The terms; their ids are those of this structure.
    pub terms: Terms,
    /// Union-find: a term of the same class, in the end its representative.
    leaders: Vec<Id>,
    /// The edge towards the root of the tree.
    edges: Vec<Option<(Id, Why)>>,
    /// Of a representative: the terms that have an argument in the class, and how many terms are in it.
    uses: Vec<Vec<Id>>,
    sizes: Vec<usize>,
    /// Terms by operation and the representatives of their arguments.
    signatures: FxHashMap<Node, Id>,
}

impl Congruence {
    /// The id of a term, whose arguments are ids.
    pub(crate) fn add(&mut self, node: Node) -> Id {
        let id = self.terms.add(node);
        if usize::from(id) == self.leaders.len() {
            self.leaders.push(id);
            self.edges.push(None);
            self.uses.push(Vec::new());
            self.sizes.push(1);
            for argument in self.terms.node(id).arguments().to_vec() {
                let leader = self.leader(argument);
                self.uses[usize::from(leader)].push(id);
            }
            let signature = self.signature(id);
            match self.signatures.get(&signature) {
                Some(&known) => self.merge(id, known, Why::Congruence),
                None => {
                    self.signatures.insert(signature, id);
                }
            }
        }
        id
    }

    /// Whether two terms are known to be equal.
    pub(crate) fn equal(&self, a: Id, b: Id) -> bool {
        self.leader(a) == self.leader(b)
    }

    /// Makes two terms equal, and all that follows.
    pub(crate) fn merge(&mut self, a: Id, b: Id, why: Why) {
        let mut open = vec![(a, b, why)];
        while let Some((a, b, why)) = open.pop() {
            let (mut kept, mut lost) = (self.leader(a), self.leader(b));
            if kept == lost {
                continue;
            }
            let (mut from, mut to) = (b, a);
            if self.sizes[usize::from(kept)] < self.sizes[usize::from(lost)] {
                (kept, lost) = (lost, kept);
                (from, to) = (a, b);
            }
            self.hang(from, to, why);
            self.sizes[usize::from(kept)] += self.sizes[usize::from(lost)];
            self.leaders[usize::from(lost)] = kept;
            for id in std::mem::take(&mut self.uses[usize::from(lost)]) {
                self.uses[usize::from(kept)].push(id);
                let signature = self.signature(id);
                match self.signatures.get(&signature) {
                    Some(&known) => open.push((id, known, Why::Congruence)),
                    None => {
                        self.signatures.insert(signature, id);
                    }
                }
            }
        }
    }

    /// The path from `a` to `b`, which are equal.
    pub(crate) fn explain(&self, a: Id, b: Id) -> Vec<Link> {
        let (mut up, mut down) = (self.path(a), self.path(b));
        while let (Some(x), Some(y)) = (up.last(), down.last()) {
            if x.from != y.from {
                break;
            }
            up.pop();
            down.pop();
        }
        let turned = |link: Link| Link {
            from: link.to,
            to: link.from,
            why: link.why,
        };
        up.extend(down.into_iter().rev().map(turned));
        up
    }

    /// The edges from a term to the root of its tree.
    fn path(&self, mut id: Id) -> Vec<Link> {
        let mut path = Vec::new();
        while let Some((to, why)) = self.edges[usize::from(id)] {
            path.push(Link { from: id, to, why });
            id = to;
        }
        path
    }

    /// Makes `from` the root of its tree and hangs it below `to`.
    fn hang(&mut self, from: Id, to: Id, why: Why) {
        let mut edge = Some((to, why));
        let mut here = from;
        while let Some((next, why)) = std::mem::replace(&mut self.edges[usize::from(here)], edge) {
            edge = Some((here, why));
            here = next;
        }
    }

    fn leader(&self, mut id: Id) -> Id {
        while self.leaders[usize::from(id)] != id {
            id = self.leaders[usize::from(id)];
        }
        id
    }

    fn signature(&self, id: Id) -> Node {
        self.terms.node(id).map(|argument| self.leader(argument))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Op;

    #[test]
    fn equal_arguments_make_equal_terms() {
        let mut known = Congruence::default();
        let [a, b, c] = [0, 1, 2].map(|index| known.add(Node::Variable(index)));
        let f = |known: &mut Congruence, x| known.add(Node::apply(Op::Sin, &[x]));
        let (fa, fb) = (f(&mut known, a), f(&mut known, b));
        known.merge(a, c, Why::Equation(0));
        assert!(!known.equal(fa, fb));
        known.merge(b, c, Why::Equation(1));
        assert!(known.equal(fa, fb));
        let [link] = known.explain(fa, fb)[..] else {
            panic!("one step")
        };
        assert_eq!((link.from, link.to, link.why), (fa, fb, Why::Congruence));
        let why: Vec<Why> = known.explain(a, b).iter().map(|link| link.why).collect();
        assert_eq!(why, [Why::Equation(0), Why::Equation(1)]);
        let fc = f(&mut known, c);
        assert!(
            known.equal(fc, fa),
            "a term that is added late is in its class"
        );
    }
}
