//! Terms exactly as they are written, for proofs: `-(1)` and `-1` are two terms here, one node in a [`Dag`].

use rustc_hash::FxHashMap;

use super::{Dag, Id, Node};

/// A table of terms. Equal terms are one entry, and arguments come before what uses them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terms {
    nodes: Vec<Node>,
    ids: FxHashMap<Node, Id>,
}

impl Terms {
    /// How many terms there are.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The term at `id`; its arguments are ids in this table.
    pub(crate) fn node(&self, id: Id) -> &Node {
        &self.nodes[usize::from(id)]
    }

    /// The id of a term, added if it is new.
    pub(crate) fn add(&mut self, node: Node) -> Id {
        if let Some(&id) = self.ids.get(&node) {
            return id;
        }
        let id = Id::from(self.nodes.len());
        self.nodes.push(node.clone());
        self.ids.insert(node, id);
        id
    }

    /// The terms of the outputs of `dag`, with `variable` for each of its variables.
    pub(crate) fn import(
        &mut self,
        dag: &Dag,
        mut variable: impl FnMut(&mut Self, usize) -> Id,
    ) -> Vec<Id> {
        let mut ids: Vec<Id> = Vec::with_capacity(dag.nodes().len());
        for node in dag.nodes() {
            let id = match node {
                Node::Variable(index) => variable(self, *index),
                node => self.add(node.map(|id| ids[usize::from(id)])),
            };
            ids.push(id);
        }
        let roots = dag.roots.iter();
        roots.map(|&root| ids[usize::from(root)]).collect()
    }

    /// The terms as a graph over `variables`, in which literals are canonical again.
    pub(crate) fn graph(&self, roots: &[Id], variables: &[String]) -> Dag {
        let mut dag = Dag::new(variables.to_vec());
        let mut ids = FxHashMap::default();
        for id in self.below(roots) {
            let copy = dag.add(self.node(id).map(|argument| ids[&argument]));
            ids.insert(id, copy);
        }
        dag.roots = roots.iter().map(|root| ids[root]).collect();
        dag
    }

    /// Every term that `roots` are made of, arguments first.
    pub(crate) fn below(&self, roots: &[Id]) -> Vec<Id> {
        let mut found: Vec<Id> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut open: Vec<Id> = roots.to_vec();
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                found.push(id);
                open.extend(self.node(id).arguments());
            }
        }
        found.sort_unstable();
        found
    }

    /// What stands in `term` at `path`: each number picks an argument.
    pub(crate) fn at(&self, term: Id, path: &[u8]) -> Option<Id> {
        let argument =
            |id: Id, index: &u8| self.node(id).arguments().get(usize::from(*index)).copied();
        path.iter().try_fold(term, argument)
    }

    /// `term` with `new` at `path`, which leads somewhere in it.
    pub(crate) fn replace(&mut self, term: Id, path: &[u8], new: Id) -> Option<Id> {
        let mut above = Vec::with_capacity(path.len());
        let mut here = term;
        for index in path {
            above.push((here, usize::from(*index)));
            here = *self.node(here).arguments().get(usize::from(*index))?;
        }
        let mut replaced = new;
        for (id, changed) in above.into_iter().rev() {
            let mut index = 0;
            let node = self.node(id).map(|argument| {
                index += 1;
                if index - 1 == changed {
                    replaced
                } else {
                    argument
                }
            });
            replaced = self.add(node);
        }
        Some(replaced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Number;
    use crate::ops::Op;

    #[test]
    fn terms_stay_as_they_are_written() {
        let mut terms = Terms::default();
        let one = terms.add(Node::Number(Number::one()));
        let negated = terms.add(Node::apply(Op::Neg, &[one]));
        let literal = terms.add(Node::Number(Number::from(-1)));
        assert_ne!(negated, literal);
        assert_eq!(terms.graph(&[negated], &[]).to_string(), "-1");
        let sum = terms.add(Node::apply(Op::Add, &[negated, negated]));
        let replaced = terms.replace(sum, &[1], literal);
        let replaced = replaced.expect("a sum has a second argument");
        assert_eq!(terms.at(replaced, &[0, 0]), Some(one));
        assert_eq!(terms.at(replaced, &[1, 0]), None);
        assert_eq!(terms.replace(sum, &[2], literal), None);
    }
}
