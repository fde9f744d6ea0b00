//! Values of a graph in f64, at one point or at many.

use super::{Dag, Node};

/// A graph ready to be evaluated at many points: its literals are rounded once.
#[derive(Clone, Debug)]
pub struct Tape<'a> {
    dag: &'a Dag,
    literals: Vec<f64>,
}

impl Dag {
    /// The graph, ready to be evaluated at many points.
    pub fn tape(&self) -> Tape<'_> {
        let literal = |node: &Node| match node {
            Node::Number(number) => number.to_f64(),
            Node::Variable(_) | Node::Apply(..) => 0.0,
        };
        Tape {
            dag: self,
            literals: self.nodes.iter().map(literal).collect(),
        }
    }

    /// The outputs in f64, with `values` for the variables. Operations outside their domain give NaN or an infinity.
    pub fn eval(&self, values: &[f64]) -> Vec<f64> {
        self.tape().eval(values)
    }
}

impl Tape<'_> {
    /// As [`Dag::eval`].
    pub fn eval(&self, values: &[f64]) -> Vec<f64> {
        self.rounded(values, |value| value)
    }

    /// As [`Dag::eval`], with every intermediate value rounded to f32: shows what overflows there.
    pub fn eval_f32(&self, values: &[f64]) -> Vec<f64> {
        self.rounded(values, |value| f64::from(value as f32))
    }

    fn rounded(&self, values: &[f64], round: impl Fn(f64) -> f64) -> Vec<f64> {
        let mut results: Vec<f64> = Vec::with_capacity(self.literals.len());
        for (node, &literal) in self.dag.nodes.iter().zip(&self.literals) {
            results.push(round(match node {
                Node::Number(_) => literal,
                Node::Variable(index) => values[*index],
                Node::Apply(op, _) => {
                    let mut arguments = [0.0; 3];
                    for (slot, &id) in arguments.iter_mut().zip(node.arguments()) {
                        *slot = results[usize::from(id)];
                    }
                    op.value(&arguments[..op.arity()])
                }
            }));
        }
        let roots = self.dag.roots.iter();
        roots.map(|&root| results[usize::from(root)]).collect()
    }
}
