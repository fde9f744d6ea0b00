//! Formulas as text: in the formula language, where printing parses back to the same graph, and in prefix form.

use std::fmt::{self, Write};

use super::{Dag, Id, Node};
use crate::ops::Op;

/// A formula whose tree or text is larger than this names what it shares with `let`, where that saves characters: text stays linear in the
/// graph, and does not repeat what is long.
const INLINE_LIMIT: usize = 80;
const INLINE_CHARACTERS: usize = 100;

/// Brackets and operands on the right nest no deeper than this in printed text; the parser takes some more.
const NESTING_LIMIT: usize = 60;

/// A prefix form of more terms than this names what it shares.
const PREFIX_LIMIT: usize = 10_000;

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
        let dag = self.select(&[root]).depth_first();
        let mut text = String::new();
        let varies = dag.varying();
        let (named, all) = dag.named(&varies);
        let mut names: Vec<Option<String>> = vec![None; dag.nodes.len()];
        for index in named {
            let name = all[index].clone();
            let _ = write!(text, "let {} = ", name.as_deref().unwrap_or_default());
            dag.infix(Id::from(index), &names, &varies, &mut text);
            text.push_str("; ");
            names[index] = name;
        }
        dag.infix(dag.roots[0], &names, &varies, &mut text);
        text
    }

    /// The output `root` in prefix form, for example `(mul x (sigmoid x))`. What is shared is written out each time, unless that
    /// takes more than `PREFIX_LIMIT` terms: then `(let* ((t0 …) …) …)` names it.
    pub fn sexpr(&self, root: usize) -> String {
        let dag = self.select(&[root]).depth_first();
        let (sizes, uses) = (dag.tree_sizes(), dag.uses());
        let root = dag.roots[0];
        let mut names: Vec<Option<String>> = vec![None; dag.nodes.len()];
        let mut text = String::new();
        if sizes[usize::from(root)] <= PREFIX_LIMIT {
            dag.prefix(root, &names, &mut text);
            return text;
        }
        let shared = |i: usize| uses[i] > 1 && !dag.nodes[i].arguments().is_empty();
        text.push_str("(let* (");
        for (count, index) in (0..dag.nodes.len()).filter(|&i| shared(i)).enumerate() {
            let name = dag.fresh_name(count);
            let before = if count == 0 { "(" } else { " (" };
            let _ = write!(text, "{before}{name} ");
            dag.prefix(Id::from(index), &names, &mut text);
            text.push(')');
            names[index] = Some(name);
        }
        text.push_str(") ");
        dag.prefix(root, &names, &mut text);
        text + ")"
    }

    /// The same graph with its nodes in the order in which a reader meets them: equal formulas name their parts alike, however
    /// they came about.
    fn depth_first(&self) -> Self {
        let mut ordered = Self::new(self.variables.clone());
        let mut ids: Vec<Option<Id>> = vec![None; self.nodes.len()];
        // Long formulas are too deep for recursion.
        let mut open: Vec<Id> = self.roots.iter().rev().copied().collect();
        while let Some(&id) = open.last() {
            let node = self.node(id);
            let waits = |argument: &&Id| ids[usize::from(**argument)].is_none();
            if let Some(&argument) = node.arguments().iter().find(waits) {
                open.push(argument);
                continue;
            }
            open.pop();
            let copy =
                ordered.add(node.map(|argument| ids[usize::from(argument)].unwrap_or(argument)));
            ids[usize::from(id)] = Some(copy);
        }
        ordered.roots = self
            .roots
            .iter()
            .filter_map(|&root| ids[usize::from(root)])
            .collect();
        ordered
    }

    fn prefix(&self, id: Id, names: &[Option<String>], text: &mut String) {
        // What is left to write, last first; long formulas are too deep for recursion.
        let mut open = vec![Piece::Node(id, Binding::Choice)];
        while let Some(piece) = open.pop() {
            let id = match piece {
                Piece::Text(piece) => {
                    text.push_str(piece);
                    continue;
                }
                Piece::Node(id, _) => id,
            };
            if let Some(name) = &names[usize::from(id)] {
                text.push_str(name);
                continue;
            }
            match self.node(id) {
                Node::Number(number) => match number.to_string().split_once(" / ") {
                    Some((dividend, divisor)) => {
                        let _ = write!(text, "(div {dividend} {divisor})");
                    }
                    None => text.push_str(&number.to_string()),
                },
                Node::Variable(index) => text.push_str(&self.variables[*index]),
                Node::Apply(op, _) if op.arity() == 0 => text.push_str(op.name()),
                node @ Node::Apply(op, _) => {
                    let _ = write!(text, "({}", op.name());
                    open.push(Piece::Text(")"));
                    for &argument in node.arguments().iter().rev() {
                        open.extend([Piece::Node(argument, Binding::Choice), Piece::Text(" ")]);
                    }
                }
            }
        }
    }

    /// The names of nodes in the formula language, in order: of what is shared in a long formula, and of what would nest deeper than the
    /// parser takes.
    fn named(&self, varies: &[bool]) -> (Vec<usize>, Vec<Option<String>>) {
        let (sizes, uses) = (self.tree_sizes(), self.uses());
        let root = usize::from(self.roots[0]);
        let mut names: Vec<Option<String>> = vec![None; self.nodes.len()];
        let length = |index: usize, names: &[Option<String>]| {
            let mut text = String::new();
            self.infix(Id::from(index), names, varies, &mut text);
            text.chars().count()
        };
        let long = sizes[root] > INLINE_LIMIT || length(root, &names) > INLINE_CHARACTERS;
        let mut depths = vec![0usize; self.nodes.len()];
        let mut named = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            let nests = |(index, &argument): (usize, &Id)| {
                // A sum or product continues on its left without brackets.
                let chain = index == 0
                    && matches!(
                        node,
                        Node::Apply(
                            Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Lt | Op::Le | Op::Eq,
                            _
                        )
                    )
                    && self.binding(argument) >= self.least(node, 0);
                depths[usize::from(argument)] + usize::from(!chain)
            };
            let depth = node
                .arguments()
                .iter()
                .enumerate()
                .map(nests)
                .max()
                .unwrap_or(0);
            let can = index != root && !node.arguments().is_empty() && !self.is_condition(index);
            let name = self.fresh_name(named.len());
            let saves = |names: &[Option<String>]| {
                let (length, name) = (length(index, names), name.len());
                // It is written once, between `let … = ` and `; `.
                uses[index] * length > length + (uses[index] + 1) * name + 9
            };
            if can && (depth > NESTING_LIMIT || long && uses[index] > 1 && saves(&names)) {
                named.push(index);
                names[index] = Some(name);
            } else {
                depths[index] = depth;
            }
        }
        (named, names)
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

    /// Whether each node depends on a variable.
    pub(crate) fn varying(&self) -> Vec<bool> {
        let mut varying: Vec<bool> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            varying.push(match node {
                Node::Number(_) => false,
                Node::Variable(_) => true,
                Node::Apply(..) => node.arguments().iter().any(|&a| varying[usize::from(a)]),
            });
        }
        varying
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

    /// How tightly the text of a node without a name binds.
    fn binding(&self, id: Id) -> Binding {
        match self.node(id) {
            Node::Number(number) => {
                match (number.to_string().contains(" / "), number.is_negative()) {
                    (true, _) => Binding::Product,
                    (false, true) => Binding::Prefix,
                    (false, false) => Binding::Atom,
                }
            }
            Node::Variable(_) => Binding::Atom,
            Node::Apply(op, _) => match op {
                Op::Add | Op::Sub | Op::Lt | Op::Le | Op::Eq => Binding::Sum,
                Op::Mul | Op::Div => Binding::Product,
                Op::Neg => Binding::Prefix,
                // As a statement, `if` would end where an operator follows: as an operand it always has parentheses.
                Op::If => Binding::Choice,
                _ => Binding::Atom,
            },
        }
    }

    /// How tightly an argument must bind to need no parentheses.
    fn least(&self, node: &Node, argument: usize) -> Binding {
        match (node, argument) {
            // The right side of a sum or product is parenthesised unless it binds tighter: the graph keeps its shape.
            (Node::Apply(Op::Add | Op::Sub, _), 0) => Binding::Sum,
            (Node::Apply(Op::Add | Op::Sub, _), _) => Binding::Product,
            (Node::Apply(Op::Mul | Op::Div, _), 0) => Binding::Product,
            (Node::Apply(Op::Mul | Op::Div, _), _) => Binding::Prefix,
            (Node::Apply(Op::Neg, _), _) => Binding::Atom,
            (Node::Apply(Op::Lt | Op::Le | Op::Eq, _), _) => Binding::Sum,
            _ => Binding::Choice,
        }
    }

    /// The name that a call is written with: a rectifier is parametric if its slope is a parameter, and leaky if it is a number.
    fn called(&self, op: Op, arguments: &[Id]) -> &'static str {
        match (op, arguments) {
            (Op::PRelu, [_, slope]) if matches!(self.node(*slope), Node::Number(_)) => "leaky_relu",
            _ => op.name(),
        }
    }

    fn infix(&self, id: Id, names: &[Option<String>], varies: &[bool], text: &mut String) {
        // What is left to write, last first; long formulas are too deep for recursion.
        let mut open = vec![Piece::Node(id, Binding::Choice)];
        while let Some(piece) = open.pop() {
            let (id, least) = match piece {
                Piece::Text(piece) => {
                    text.push_str(piece);
                    continue;
                }
                Piece::Node(id, least) => (id, least),
            };
            if let Some(name) = &names[usize::from(id)] {
                text.push_str(name);
                continue;
            }
            if self.binding(id) < least {
                text.push('(');
                open.push(Piece::Text(")"));
            }
            let node = self.node(id);
            let op = match node {
                Node::Number(number) => {
                    text.push_str(&number.to_string());
                    continue;
                }
                Node::Variable(index) => {
                    text.push_str(&self.variables[*index]);
                    continue;
                }
                Node::Apply(op, _) => *op,
            };
            let arguments = node.arguments();
            let varies = |argument: usize| varies[usize::from(arguments[argument])];
            // What varies stands on the left.
            let turned = matches!(op, Op::Lt | Op::Le) && !varies(0) && varies(1);
            if op == Op::If {
                self.push_choice(id, names, &mut open);
                continue;
            }
            let around: &[&'static str] = match op {
                Op::Add => &["", " + ", ""],
                Op::Sub => &["", " - ", ""],
                Op::Mul => &["", " * ", ""],
                Op::Div => &["", " / ", ""],
                Op::Lt if turned => &["", " > ", ""],
                Op::Le if turned => &["", " >= ", ""],
                Op::Lt => &["", " < ", ""],
                Op::Le => &["", " <= ", ""],
                Op::Eq => &["", " == ", ""],
                Op::Neg => &["-", ""],
                op => {
                    text.push_str(self.called(op, node.arguments()));
                    match op.arity() {
                        0 => &[""],
                        1 => &["(", ")"],
                        2 => &["(", ", ", ")"],
                        _ => &["(", ", ", ", ", ")"],
                    }
                }
            };
            text.push_str(around[0]);
            for index in (0..arguments.len()).rev() {
                let argument = if turned { 1 - index } else { index };
                open.push(Piece::Text(around[index + 1]));
                open.push(Piece::Node(arguments[argument], self.least(node, index)));
            }
        }
    }
}

impl Dag {
    /// Pushes the pieces of a choice, the first one last. A choice inside of it that shares a branch with it is part of its condition, and
    /// a choice in its `else` continues it.
    fn push_choice(&self, id: Id, names: &[Option<String>], open: &mut Vec<Piece>) {
        let pieces = |id: Id| match *self.node(id) {
            Node::Apply(Op::If, pieces) => Some(pieces),
            _ => None,
        };
        let unnamed = |id: Id| pieces(id).filter(|_| names[usize::from(id)].is_none());
        let Some([condition, mut then, mut otherwise]) = pieces(id) else {
            return;
        };
        let mut conditions = vec![condition];
        let mut joined = " && ";
        while let Some([next, inner, other]) = unnamed(then).filter(|inner| inner[2] == otherwise) {
            conditions.push(next);
            (then, otherwise) = (inner, other);
        }
        if conditions.len() == 1 {
            while let Some([next, inner, other]) =
                unnamed(otherwise).filter(|inner| inner[1] == then)
            {
                joined = " || ";
                conditions.push(next);
                (then, otherwise) = (inner, other);
            }
        }
        let chained = unnamed(otherwise).is_some();
        if !chained {
            open.push(Piece::Text(" }"));
        }
        open.push(Piece::Node(otherwise, Binding::Choice));
        open.push(Piece::Text(if chained { " } else " } else { " } else { " }));
        open.push(Piece::Node(then, Binding::Choice));
        open.push(Piece::Text(" { "));
        for (rank, &condition) in conditions.iter().enumerate().rev() {
            open.push(Piece::Node(condition, Binding::Choice));
            open.push(Piece::Text(if rank == 0 { "if " } else { joined }));
        }
    }
}

/// A piece of the text of a formula.
enum Piece {
    Text(&'static str),
    /// A node, and how tightly it must bind to need no parentheses.
    Node(Id, Binding),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_any_shape_parses_back() {
        let chain = |step: &dyn Fn(&mut Dag, Id, Id) -> Id| {
            let mut dag = Dag::new(vec!["x".to_owned()]);
            let x = dag.variable(0);
            let mut value = dag.apply(Op::Tanh, &[x]);
            for _ in 0..3_000 {
                value = step(&mut dag, value, x);
            }
            dag.roots = vec![value];
            dag
        };
        for dag in [
            chain(&|dag, value, x| dag.apply(Op::Add, &[value, x])),
            chain(&|dag, value, x| dag.apply(Op::Add, &[x, value])),
            chain(&|dag, value, x| dag.apply(Op::Sub, &[x, value])),
            chain(&|dag, value, _| dag.apply(Op::Tanh, &[value])),
            chain(&|dag, value, _| dag.apply(Op::Neg, &[value])),
            chain(&|dag, value, _| dag.apply(Op::Mul, &[value, value])),
            chain(&|dag, value, x| {
                let condition = dag.apply(Op::Lt, &[x, value]);
                dag.apply(Op::If, &[condition, value, x])
            }),
        ] {
            let text = dag.formula(0);
            let parsed = Dag::parse(&text).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(parsed.nodes().len(), dag.nodes().len());
            assert_eq!(parsed.formula(0), text);
            assert!(dag.sexpr(0).len() < 200_000);
        }
    }

    #[test]
    fn conditions_that_share_a_branch_are_joined() {
        for text in [
            "if x > 0 && x < 6 { 1 } else { 0 }",
            "if x < 0 || x > 6 { 0 } else { x }",
            "if x > 0 && x < 6 && beta > 1 { 1 } else { 0 }",
            "if x < 0 { 0 } else if x < 6 || x > 8 { 1 } else { 2 }",
            "if x < 0 && beta < 1 { 0 } else if x < 6 { 1 } else { 2 }",
            "if x < 0 { if x < -6 { 0 } else { 1 } } else { 2 }",
            "(if x > 0 && x < 1 { 1 } else { 0 }) * x",
        ] {
            assert_eq!(Dag::parse(text).unwrap().formula(0), text);
        }
    }

    #[test]
    fn what_a_long_formula_repeats_has_a_name() {
        let bound = "clamp(x, -2.154434690031884, 2.154434690031884)";
        for (text, expected) in [
            // A formula of one line stays one expression.
            (
                "clamp(x, -2.5, 2.5) * square(clamp(x, -2.5, 2.5))".to_owned(),
                "clamp(x, -2.5, 2.5) * square(clamp(x, -2.5, 2.5))".to_owned(),
            ),
            (
                format!("{bound} * square({bound}) + tanh(x + 1) * exp({bound})"),
                format!("let t0 = {bound}; t0 * square(t0) + tanh(x + 1) * exp(t0)"),
            ),
            // What is short is repeated.
            (
                format!(
                    "tanh(x) * square({bound}) + square(tanh(x)) * exp(beta) * exp(beta * sinh(x))"
                ),
                format!(
                    "tanh(x) * square({bound}) + square(tanh(x)) * exp(beta) * exp(beta * sinh(x))"
                ),
            ),
        ] {
            let dag = Dag::parse(&text).unwrap();
            assert_eq!(dag.formula(0), expected);
            assert_eq!(Dag::parse(&expected).unwrap().formula(0), expected);
        }
    }
}
