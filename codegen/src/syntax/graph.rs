//! The graph of a parsed formula.

use super::{Names, Term, Tree, parse_text};
use crate::diagnostic::Diagnostics;
use crate::ir::{Dag, Id};

impl Dag {
    /// Parses a formula in `x`; any other name in it becomes a parameter.
    pub fn parse(text: &str) -> Result<Self, Diagnostics> {
        parse_text(text, Names::Open).map(|tree| Self::from_tree(&tree))
    }

    /// The graph of a parsed formula.
    pub fn from_tree(tree: &Tree) -> Self {
        let mut dag = Self::new(tree.variables.clone());
        let places = add_terms(&mut dag, tree);
        dag.roots = vec![places[tree.root]];
        dag.compact()
    }

    /// The place of each term of `tree`, of which this is the graph; none for terms that its value does not use.
    pub fn places(&self, tree: &Tree) -> Vec<Option<Id>> {
        let mut scratch = self.clone();
        let places = add_terms(&mut scratch, tree);
        let within = |id: &Id| usize::from(*id) < self.nodes().len();
        places
            .into_iter()
            .map(|place| Some(place).filter(within))
            .collect()
    }
}

/// Adds every term; gives their places.
fn add_terms(dag: &mut Dag, tree: &Tree) -> Vec<Id> {
    let mut places: Vec<Id> = Vec::with_capacity(tree.terms.len());
    for term in &tree.terms {
        let place = match term {
            Term::Number(number) => dag.number(number.clone()),
            Term::Variable(index) => dag.variable(*index),
            Term::Apply(op, arguments) => {
                let arguments: Vec<Id> = arguments.iter().map(|&a| places[a]).collect();
                dag.apply(*op, &arguments)
            }
        };
        places.push(place);
    }
    places
}
