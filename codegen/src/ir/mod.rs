//! The intermediate representation: one shared graph of operations over exact literals.

mod eval;
mod node;
mod print;
mod samples;
#[cfg(feature = "oracle")]
mod terms;
mod written;

use rustc_hash::FxHashMap;

use crate::number::Number;
use crate::ops::Op;

pub use egg::Id;
pub use eval::Tape;
pub(crate) use eval::{Columns, Rounding};
pub use node::{Head, Node};
pub(crate) use samples::Samples;
#[cfg(feature = "oracle")]
pub(crate) use terms::Terms;

/// A graph of operations with one or more outputs. Equal nodes are one node, and arguments come before what uses them.
///
/// Literals are canonical: a negated literal and a quotient of literals are literals themselves.
#[derive(Clone, Debug, Default)]
pub struct Dag {
    nodes: Vec<Node>,
    /// The id of every node.
    ids: FxHashMap<Node, Id>,
    /// The outputs.
    pub roots: Vec<Id>,
    /// The names of the variables that [`Node::Variable`] counts; the input comes first.
    pub variables: Vec<String>,
}

impl PartialEq for Dag {
    /// The ids follow from the nodes.
    fn eq(&self, other: &Self) -> bool {
        (&self.nodes, &self.roots, &self.variables)
            == (&other.nodes, &other.roots, &other.variables)
    }
}

impl Eq for Dag {}

impl Dag {
    /// An empty graph over `variables`.
    pub fn new(variables: Vec<String>) -> Self {
        Self {
            variables,
            ..Self::default()
        }
    }

    /// The nodes; arguments come before what uses them.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node at `id`.
    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[usize::from(id)]
    }

    /// The id of `node`, added if it is new.
    pub fn add(&mut self, node: Node) -> Id {
        let node = self.canonical(node);
        if let Some(&id) = self.ids.get(&node) {
            return id;
        }
        let id = Id::from(self.nodes.len());
        self.ids.insert(node.clone(), id);
        self.nodes.push(node);
        id
    }

    /// The id of `node`, if the graph has it.
    pub fn find(&self, node: &Node) -> Option<Id> {
        self.ids.get(node).copied()
    }

    /// The id of a literal.
    pub fn number(&mut self, number: Number) -> Id {
        self.add(Node::Number(number))
    }

    /// The id of a variable.
    pub fn variable(&mut self, index: usize) -> Id {
        self.add(Node::Variable(index))
    }

    /// The id of an operation on `arguments`.
    pub fn apply(&mut self, op: Op, arguments: &[Id]) -> Id {
        self.add(Node::apply(op, arguments))
    }

    fn canonical(&self, node: Node) -> Node {
        let literal = |index: usize| match self.node(node.arguments()[index]) {
            Node::Number(number) => Some(number),
            _ => None,
        };
        let folded = match node {
            Node::Apply(Op::Neg, _) => literal(0).map(Number::neg),
            Node::Apply(Op::Div, _) => literal(0).zip(literal(1)).and_then(|(a, b)| a.div(b)),
            _ => None,
        };
        folded.map_or(node, Node::Number)
    }

    /// The nodes that the outputs use, in their order.
    pub(crate) fn used(&self) -> impl Iterator<Item = Id> + use<> {
        let mut used = vec![false; self.nodes.len()];
        for &root in &self.roots {
            used[usize::from(root)] = true;
        }
        for index in (0..self.nodes.len()).rev() {
            if used[index] {
                for &argument in self.nodes[index].arguments() {
                    used[usize::from(argument)] = true;
                }
            }
        }
        let used = used.into_iter().enumerate().filter(|(_, used)| *used);
        used.map(|(index, _)| Id::from(index))
    }

    /// The same outputs without nodes that no output uses: those that are used keep their order.
    pub fn compact(&self) -> Self {
        let mut compact = Self::new(self.variables.clone());
        let mut ids = vec![Id::from(0); self.nodes.len()];
        for id in self.used() {
            let node = self.node(id).map(|id| ids[usize::from(id)]);
            ids[usize::from(id)] = compact.add(node);
        }
        compact.roots = self.roots.iter().map(|&r| ids[usize::from(r)]).collect();
        compact
    }

    /// The same outputs with the branch that is taken in place of every choice by a literal: a formula has none.
    pub(crate) fn without_decided_choices(&self) -> Self {
        let mut settled = Self::new(self.variables.clone());
        let mut ids: Vec<Id> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let node = node.map(|id| ids[usize::from(id)]);
            let id = match &node {
                Node::Apply(Op::If, [condition, then, otherwise]) => {
                    match settled.node(*condition) {
                        Node::Number(number) if number.is_zero() => *otherwise,
                        Node::Number(_) => *then,
                        Node::Variable(_) | Node::Apply(..) => settled.add(node),
                    }
                }
                _ => settled.add(node),
            };
            ids.push(id);
        }
        settled.roots = self.roots.iter().map(|&r| ids[usize::from(r)]).collect();
        settled.compact()
    }

    /// The graph that keeps only the outputs at `roots`, by their index.
    pub fn select(&self, roots: &[usize]) -> Self {
        let roots = roots.iter().map(|&index| self.roots[index]).collect();
        Self {
            roots,
            ..self.clone()
        }
        .compact()
    }

    /// The graph whose only output is the node at `id`.
    pub fn part(&self, id: Id) -> Self {
        Self {
            roots: vec![id],
            ..self.clone()
        }
        .compact()
    }

    /// Copies the outputs of `other`, whose variables are replaced by the nodes `arguments`, into this graph.
    pub fn inline(&mut self, other: &Self, arguments: &[Id]) -> Vec<Id> {
        let mut ids: Vec<Id> = Vec::with_capacity(other.nodes.len());
        for node in &other.nodes {
            let id = match node {
                Node::Variable(index) => arguments[*index],
                node => self.add(node.map(|id| ids[usize::from(id)])),
            };
            ids.push(id);
        }
        other.roots.iter().map(|&r| ids[usize::from(r)]).collect()
    }

    /// What the first output is divided by wherever it has a value: divisors outside of the branches of choices, in the order of the nodes.
    pub(crate) fn divisors(&self) -> Vec<Id> {
        let mut needed = vec![false; self.nodes.len()];
        needed[usize::from(self.roots[0])] = true;
        let mut divisors = Vec::new();
        for index in (0..self.nodes.len()).rev() {
            if !needed[index] {
                continue;
            }
            let node = &self.nodes[index];
            let always = match node {
                Node::Apply(Op::If, _) => 1,
                Node::Number(_) | Node::Variable(_) | Node::Apply(..) => node.arguments().len(),
            };
            for &argument in &node.arguments()[..always] {
                needed[usize::from(argument)] = true;
            }
            if let Node::Apply(Op::Div, [_, divisor, _]) = node {
                divisors.push(*divisor);
            }
        }
        divisors.sort_unstable();
        divisors.dedup();
        divisors
    }

    /// How many operations all outputs need together; what they share counts once.
    pub fn operations(&self) -> usize {
        let is_operation = |node: &&Node| matches!(node, Node::Apply(op, _) if op.arity() > 0);
        self.compact().nodes.iter().filter(is_operation).count()
    }

    /// How many arguments all operations take together: of two forms of one cost, the one with fewer reads better.
    pub fn arguments(&self) -> usize {
        self.compact()
            .nodes
            .iter()
            .map(|node| node.arguments().len())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_terms_are_one_node() {
        let dag = Dag::parse("tanh(x) * tanh(x) + tanh(x)").unwrap();
        assert_eq!(dag.operations(), 3);
        assert_eq!(dag.nodes().len(), 4);
    }

    #[test]
    fn compacting_keeps_the_outputs_alone() {
        let mut dag = Dag::parse("x * sigmoid(x)").unwrap();
        dag.roots = vec![Id::from(1)];
        let compact = dag.compact();
        assert_eq!(compact.to_string(), "sigmoid(x)");
    }

    #[test]
    fn values_are_those_of_the_mathematics() {
        let dag = Dag::parse("if x > 1 && x < 2 { x.powi(3) } else { -x / y }").unwrap();
        assert_eq!(dag.variables, ["x", "y"]);
        assert_eq!(dag.eval(&[1.5, 4.0]), [3.375]);
        assert_eq!(dag.eval(&[2.0, 4.0]), [-0.5]);
    }
}
