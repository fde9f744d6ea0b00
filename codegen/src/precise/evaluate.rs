//! A whole graph over a box or at a point, and the precisions at which it is tried.

use super::span::Arithmetic;
use super::value::{Absent, Value, apply};
use crate::ir::{Dag, Node};

/// Precisions in bits: the next is tried where one does not decide.
const PRECISIONS: [usize; 4] = [64, 256, 1024, 4096];

/// Arithmetic at each precision, with the constants that it has computed.
#[derive(Debug)]
pub(crate) struct Ladder(Vec<Arithmetic>);

impl Ladder {
    /// Nothing is computed yet.
    pub(crate) fn new() -> Self {
        Self(PRECISIONS.map(Arithmetic::new).into())
    }

    /// The lowest precision first.
    pub(crate) fn rungs(&mut self) -> impl Iterator<Item = &mut Arithmetic> {
        self.0.iter_mut()
    }
}

/// What is known of every node where the variables are known so well.
pub(crate) fn evaluate(dag: &Dag, variables: &[Value], arithmetic: &mut Arithmetic) -> Vec<Value> {
    let mut known: Vec<Value> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let value = match node {
            Node::Number(number) => Value::constant(number.into(), arithmetic),
            Node::Variable(index) => variables[*index].clone(),
            Node::Apply(op, places) => {
                let arguments: Vec<&Value> = node
                    .arguments()
                    .iter()
                    .map(|&place| &known[usize::from(place)])
                    .collect();
                let same = arguments.len() == 2 && places[0] == places[1];
                apply(*op, &arguments, same, Absent::Nothing, arithmetic)
            }
        };
        known.push(value);
    }
    known
}
