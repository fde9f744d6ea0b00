//! A graph as mathematics: exact numbers, and operations by their plain definitions where a notation lacks them.

use super::definitions::definition;
use super::form::{Expression, Form};
use super::names::Names;
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;
use crate::syntax::of_row;

/// A notation for exact formulas.
pub(crate) trait Notation {
    /// The longest text of an expression: what is longer is taken apart.
    const WIDTH: usize = usize::MAX;

    /// How an operation is written, if the notation has it.
    fn form(&self, op: Op) -> Option<Form>;

    /// How a number is written.
    fn number(&self, number: &Number) -> Expression;

    /// How a variable or a named part is written.
    fn variable(&self, name: &str) -> Expression {
        Expression::atom(name)
    }

    /// What is written otherwise than its form says, because of what the arguments are.
    fn special(&self, _op: Op, _arguments: &[Expression]) -> Option<Expression> {
        None
    }

    /// Whether a name may not be that of a variable.
    fn is_reserved(&self, name: &str) -> bool;
}

/// The formulas of a graph.
pub(crate) struct Formulas {
    /// What the variables are called.
    pub(crate) variables: Vec<String>,
    /// Named parts, each of those before it.
    pub(crate) parts: Vec<(String, String)>,
    pub(crate) outputs: Vec<String>,
}

/// What is used more than once is named if all that it stands in has more operations than this.
const SHORT: usize = 40;

/// The first output as one expression, in which nothing has a name, however often it is used.
pub(crate) fn expression<N: Notation>(dag: &Dag, notation: &N) -> String {
    let mut formulas = Formulas::with_parts(&dag.select(&[0]), notation, usize::MAX, usize::MAX);
    formulas.outputs.swap_remove(0)
}

impl Formulas {
    /// The outputs of a graph, with names for parts that are used more than once or too long.
    pub(crate) fn new<N: Notation>(dag: &Dag, notation: &N) -> Self {
        Self::with_parts(dag, notation, SHORT, N::WIDTH)
    }

    fn with_parts<N: Notation>(dag: &Dag, notation: &N, short: usize, width: usize) -> Self {
        let dag = expanded(dag, &|op| notation.form(op).is_none());
        let mut names = Names::new(&dag.variables, |name| notation.is_reserved(name));
        let uses = dag.uses();
        let mut sizes: Vec<usize> = Vec::with_capacity(dag.nodes().len());
        let mut formulas = Self {
            variables: names.variables.clone(),
            parts: Vec::new(),
            outputs: Vec::new(),
        };
        for node in dag.nodes() {
            let below = node.arguments().iter().map(|&a| sizes[usize::from(a)]);
            sizes.push(below.fold(1, usize::saturating_add));
        }
        let large = dag
            .roots
            .iter()
            .any(|&root| sizes[usize::from(root)] > short);
        let mut expressions: Vec<Expression> = Vec::with_capacity(dag.nodes().len());
        for (index, node) in dag.nodes().iter().enumerate() {
            let expression = match node {
                Node::Number(number) => notation.number(number),
                Node::Variable(variable) => notation.variable(&formulas.variables[*variable]),
                Node::Apply(op, _) => {
                    let mut arguments: Vec<Expression> = node
                        .arguments()
                        .iter()
                        .map(|&a| expressions[usize::from(a)].clone())
                        .collect();
                    let mut expression = written(notation, *op, &arguments);
                    // The longest argument gets a name, until the rest fits.
                    while expression.text().chars().count() > width {
                        let is_part = |&i: &usize| {
                            let node = dag.node(node.arguments()[i]);
                            !arguments[i].is_name() && !is_condition(node)
                        };
                        let length = |&i: &usize| arguments[i].text().len();
                        let longest = (0..arguments.len()).filter(is_part).max_by_key(length);
                        let Some(longest) = longest.filter(|i| length(i) > 8) else {
                            break;
                        };
                        let part = formulas.part(&mut names, &arguments[longest], notation);
                        expressions[usize::from(node.arguments()[longest])] = part.clone();
                        arguments[longest] = part;
                        expression = written(notation, *op, &arguments);
                    }
                    let shared = large && uses[index] > 1 && sizes[index] > 2;
                    match shared && !is_condition(node) {
                        true => formulas.part(&mut names, &expression, notation),
                        false => expression,
                    }
                }
            };
            expressions.push(expression);
        }
        let output = |&root: &Id| expressions[usize::from(root)].text().to_owned();
        formulas.outputs = dag.roots.iter().map(output).collect();
        formulas
    }

    /// Gives an expression a name.
    fn part<N: Notation>(
        &mut self,
        names: &mut Names,
        expression: &Expression,
        notation: &N,
    ) -> Expression {
        let name = names.fresh(&format!("t{}", self.parts.len()));
        self.parts
            .push((name.clone(), expression.text().to_owned()));
        notation.variable(&name)
    }
}

/// An operation; whatever has no form has been expanded.
fn written<N: Notation>(notation: &N, op: Op, arguments: &[Expression]) -> Expression {
    let form = || notation.form(op).map(|form| form.on(arguments));
    let written = notation.special(op, arguments).or_else(form);
    written.unwrap_or_else(|| Expression::atom(op.name()))
}

/// Whether the node is a truth value, which has no name of its own.
fn is_condition(node: &Node) -> bool {
    matches!(node, Node::Apply(Op::Lt | Op::Le | Op::Eq, _))
}

/// The plain formula of an operation: the one that defines it.
fn plain(op: Op) -> Option<&'static str> {
    op.row().definition.or_else(|| definition(op))
}

/// The same graph with the definitions of the operations that are `lacking` in their place.
fn expanded(dag: &Dag, lacking: &dyn Fn(Op) -> bool) -> Dag {
    let mut result = Dag::new(dag.variables.clone());
    let mut ids: Vec<Id> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let node = node.map(|argument| ids[usize::from(argument)]);
        let id = match &node {
            Node::Apply(op, _) if lacking(*op) => match plain(*op) {
                Some(text) => {
                    let definition = expanded(&of_row(text), lacking);
                    let mut arguments = node.arguments().to_vec();
                    // The graph of a row has all three names.
                    let first = arguments.first().copied();
                    arguments.resize(definition.variables.len(), first.unwrap_or_default());
                    result.inline(&definition, &arguments)[0]
                }
                None => result.add(node),
            },
            Node::Apply(Op::Neg, [negated, ..]) => match result.node(*negated) {
                Node::Apply(Op::Neg, [value, ..]) => *value,
                _ => result.add(node),
            },
            _ => result.add(node),
        };
        ids.push(id);
    }
    result.roots = dag
        .roots
        .iter()
        .map(|&root| ids[usize::from(root)])
        .collect();
    result.compact()
}
