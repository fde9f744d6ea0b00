//! Formulas as text: in the formula language, where printing parses back to the same graph, and in prefix form.

use std::fmt::{self, Write};

use super::{Dag, Id, Node};
use crate::ops::Op;

/// A formula whose tree is larger than this names what it shares with `let`, so that text stays linear in the graph.
const INLINE_LIMIT: usize = 80;

/// How tightly an operator binds; higher binds tighter.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Choice,
    Sum,
    Product,
    Prefix,
    Atom,
}

impl fmt::Display for Dag {
    /// The first output in the formula language.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.formula(0))
    }
}

impl Dag {
    /// The output `root` in the formula language; parsing the text gives the same graph.
    pub fn formula(&self, root: usize) -> String {
        let dag = self.select(&[root]);
        let (sizes, uses) = (dag.tree_sizes(), dag.uses());
        let root = dag.roots[0];
        let mut names: Vec<Option<String>> = vec![None; dag.nodes.len()];
        let mut text = String::new();
        if sizes[usize::from(root)] > INLINE_LIMIT {
            let shared = |i: usize| {
                uses[i] > 1 && !dag.nodes[i].arguments().is_empty() && !dag.is_condition(i)
            };
            for index in (0..dag.nodes.len()).filter(|&i| shared(i)) {
                let (value, _) = dag.infix(Id::from(index), &names);
                let name = dag.fresh_name(names.iter().flatten().count());
                let _ = write!(text, "let {name} = {value}; ");
                names[index] = Some(name);
            }
        }
        text + &dag.infix(root, &names).0
    }

    /// The output `root` in prefix form, for example `(mul x (sigmoid x))`. What is shared is written out each time.
    pub fn sexpr(&self, root: usize) -> String {
        self.prefix(self.roots[root])
    }

    fn prefix(&self, id: Id) -> String {
        match self.node(id) {
            Node::Number(number) => match number.to_string().split_once(" / ") {
                Some((dividend, divisor)) => format!("(div {dividend} {divisor})"),
                None => number.to_string(),
            },
            Node::Variable(index) => self.variables[*index].clone(),
            Node::Apply(op, _) if op.arity() == 0 => op.name().to_owned(),
            node @ Node::Apply(op, _) => {
                let arguments = node.arguments().iter();
                let arguments: Vec<String> = arguments.map(|&a| self.prefix(a)).collect();
                format!("({} {})", op.name(), arguments.join(" "))
            }
        }
    }

    /// A name that no variable has.
    fn fresh_name(&self, count: usize) -> String {
        let mut name = format!("t{count}");
        while self.variables.contains(&name) {
            name.push('_');
        }
        name
    }

    /// The size of the tree below each node, saturating.
    fn tree_sizes(&self) -> Vec<usize> {
        let mut sizes: Vec<usize> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let below = node.arguments().iter().map(|&a| sizes[usize::from(a)]);
            sizes.push(below.fold(1, usize::saturating_add));
        }
        sizes
    }

    /// How often each node is an argument or an output.
    pub fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.nodes.len()];
        let arguments = self.nodes.iter().flat_map(Node::arguments);
        for &id in arguments.chain(&self.roots) {
            uses[usize::from(id)] += 1;
        }
        uses
    }

    /// Whether the node is a comparison, which has no name of its own in the language.
    fn is_condition(&self, index: usize) -> bool {
        matches!(self.nodes[index], Node::Apply(Op::Lt | Op::Le | Op::Eq, _))
    }

    /// The name that a call is written with: a rectifier is parametric if its slope is a parameter, and leaky if it is a number.
    fn called(&self, op: Op, arguments: &[Id]) -> &'static str {
        match (op, arguments) {
            (Op::PRelu, [_, slope]) if matches!(self.node(*slope), Node::Number(_)) => "leaky_relu",
            _ => op.name(),
        }
    }

    fn infix(&self, id: Id, names: &[Option<String>]) -> (String, Binding) {
        if let Some(name) = &names[usize::from(id)] {
            return (name.clone(), Binding::Atom);
        }
        let node = self.node(id);
        let (op, arguments) = match node {
            Node::Number(number) => {
                let text = number.to_string();
                let binding = match (text.contains(" / "), number.is_negative()) {
                    (true, _) => Binding::Product,
                    (false, true) => Binding::Prefix,
                    (false, false) => Binding::Atom,
                };
                return (text, binding);
            }
            Node::Variable(index) => return (self.variables[*index].clone(), Binding::Atom),
            Node::Apply(op, _) => (*op, node.arguments()),
        };
        let at_least = |index: usize, least: Binding| {
            let (text, binding) = self.infix(arguments[index], names);
            if binding >= least {
                text
            } else {
                format!("({text})")
            }
        };
        let plain = |index: usize| self.infix(arguments[index], names).0;
        let comparison = |sign: &str| {
            let text = format!(
                "{} {sign} {}",
                at_least(0, Binding::Sum),
                at_least(1, Binding::Sum)
            );
            (text, Binding::Sum)
        };
        match op {
            // The right side of a sum or product is parenthesised unless it binds tighter: the graph keeps its shape.
            Op::Add => (
                format!(
                    "{} + {}",
                    at_least(0, Binding::Sum),
                    at_least(1, Binding::Product)
                ),
                Binding::Sum,
            ),
            Op::Sub => (
                format!(
                    "{} - {}",
                    at_least(0, Binding::Sum),
                    at_least(1, Binding::Product)
                ),
                Binding::Sum,
            ),
            Op::Mul => (
                format!(
                    "{} * {}",
                    at_least(0, Binding::Product),
                    at_least(1, Binding::Prefix)
                ),
                Binding::Product,
            ),
            Op::Div => (
                format!(
                    "{} / {}",
                    at_least(0, Binding::Product),
                    at_least(1, Binding::Prefix)
                ),
                Binding::Product,
            ),
            Op::Neg => (format!("-{}", at_least(0, Binding::Atom)), Binding::Prefix),
            Op::Lt => comparison("<"),
            Op::Le => comparison("<="),
            Op::Eq => comparison("=="),
            Op::If => {
                let text = format!("if {} {{ {} }} else {{ {} }}", plain(0), plain(1), plain(2));
                // As a statement, `if` would end where an operator follows: as an operand it always has parentheses.
                (text, Binding::Choice)
            }
            op if op.arity() == 0 => (op.name().to_owned(), Binding::Atom),
            op => {
                let name = self.called(op, arguments);
                let arguments: Vec<String> = (0..arguments.len()).map(plain).collect();
                (format!("{name}({})", arguments.join(", ")), Binding::Atom)
            }
        }
    }
}
