//! From a graph to straight-line code: constants evaluated, shared values named, a fixed order.

use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;

/// The index of a statement in a [`Schedule`].
pub type StatementId = usize;

/// One statement of straight-line code.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// A constant, rounded once from the exact value.
    Constant(f64),
    /// A variable: the input is 0, parameters follow.
    Variable(usize),
    /// An operation on earlier statements.
    Apply(Op, Vec<StatementId>),
}

/// Straight-line code for all outputs of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// The statements, in order of evaluation.
    pub statements: Vec<Statement>,
    /// How often each statement is used, as an argument or as an output.
    pub uses: Vec<usize>,
    /// The outputs.
    pub outputs: Vec<StatementId>,
}

impl Schedule {
    /// Orders a graph depth first from its outputs; whatever depends on no variable becomes a constant, and a quotient by a constant
    /// a product.
    pub fn new(dag: &Dag) -> Self {
        let constants = constants(dag);
        let mut schedule = Self {
            statements: Vec::new(),
            uses: Vec::new(),
            outputs: Vec::new(),
        };
        let mut ids = vec![None; dag.nodes().len()];
        for &root in &dag.roots {
            let output = schedule.visit(dag, &constants, usize::from(root), &mut ids);
            schedule.uses[output] += 1;
            schedule.outputs.push(output);
        }
        schedule
    }

    fn visit(
        &mut self,
        dag: &Dag,
        constants: &[Option<f64>],
        root: usize,
        ids: &mut [Option<StatementId>],
    ) -> StatementId {
        // A stack of its own: long formulas are too deep for recursion.
        let mut open = vec![root];
        while let Some(&index) = open.last() {
            let node = &dag.nodes()[index];
            let factor = reciprocal(dag, constants, node);
            let arguments = match (constants[index], factor) {
                (Some(_), _) => &[],
                (None, Some(_)) => &node.arguments()[..1],
                (None, None) => node.arguments(),
            };
            let missing = |id: &&Id| ids[usize::from(**id)].is_none();
            if ids[index].is_some() {
                open.pop();
            } else if let Some(&next) = arguments.iter().find(missing) {
                open.push(usize::from(next));
            } else {
                open.pop();
                let statement = match (node, constants[index]) {
                    (_, Some(value)) => Statement::Constant(value),
                    (Node::Number(number), None) => Statement::Constant(number.to_f64()),
                    (Node::Variable(variable), None) => Statement::Variable(*variable),
                    (Node::Apply(op, _), None) => {
                        let statements = arguments.iter().filter_map(|&a| ids[usize::from(a)]);
                        let statements: Vec<StatementId> = statements.collect();
                        for &argument in &statements {
                            self.uses[argument] += 1;
                        }
                        match factor {
                            Some(factor) => {
                                self.statements.push(Statement::Constant(factor));
                                self.uses.push(1);
                                Statement::Apply(
                                    Op::Mul,
                                    vec![statements[0], self.statements.len() - 1],
                                )
                            }
                            None => Statement::Apply(*op, statements),
                        }
                    }
                };
                self.statements.push(statement);
                self.uses.push(0);
                ids[index] = Some(self.statements.len() - 1);
            }
        }
        ids[root].unwrap_or_default()
    }
}

/// Where a graph has a constant that is not a finite number, if its code would have one: the first such node, with its value.
pub(crate) fn first_undefined(dag: &Dag) -> Option<(Id, f64)> {
    let schedule = Schedule::new(dag);
    let undefined = |of: &Statement| matches!(of, Statement::Constant(value) if !value.is_finite());
    if !schedule.statements.iter().any(undefined) {
        return None;
    }
    let values = constants(dag).into_iter().enumerate();
    let mut values = values.filter_map(|(index, value)| Some((Id::from(index), value?)));
    values.find(|(_, value)| !value.is_finite())
}

/// What a quotient by a constant is computed as a product with: that is faster, and costs half a unit in the last place. Not of constants
/// whose reciprocal is beyond the range of a smaller format.
fn reciprocal(dag: &Dag, constants: &[Option<f64>], node: &Node) -> Option<f64> {
    const SAFE: f64 = 1e30;
    let Node::Apply(Op::Div, [_, divisor, _]) = node else {
        return None;
    };
    let factor = match dag.node(*divisor) {
        Node::Number(divisor) => Number::one().div(divisor)?.to_f64(),
        Node::Variable(_) | Node::Apply(..) => 1.0 / constants[usize::from(*divisor)]?,
    };
    (1.0 / SAFE..SAFE).contains(&factor.abs()).then_some(factor)
}

/// The value of every node that depends on no variable.
fn constants(dag: &Dag) -> Vec<Option<f64>> {
    let mut values: Vec<Option<f64>> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let value = match node {
            Node::Number(number) => Some(number.to_f64()),
            Node::Variable(_) => None,
            Node::Apply(op, _) => {
                let arguments = node.arguments().iter().map(|&a| values[usize::from(a)]);
                arguments
                    .collect::<Option<Vec<f64>>>()
                    .map(|arguments| op.value(&arguments))
            }
        };
        values.push(value);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_evaluated_and_shared_values_are_computed_once() {
        let dag = Dag::parse("x * sqrt(2) + tanh(x) * tanh(x)").unwrap();
        let schedule = Schedule::new(&dag);
        let root_two = Statement::Constant(std::f64::consts::SQRT_2);
        assert!(schedule.statements.contains(&root_two));
        let tanh = |statement: &&Statement| matches!(statement, Statement::Apply(Op::Tanh, _));
        assert_eq!(schedule.statements.iter().filter(tanh).count(), 1);
    }
}
