//! Places in a simplified form that a person would not write.

use actsmith_codegen::Gradient;
use actsmith_codegen::ir::{Dag, Id, Node};
use actsmith_codegen::number::Number;
use actsmith_codegen::ops::Op;

/// What a place looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blemish {
    /// Arithmetic on two literals, whose value is a literal.
    ConstantArithmetic,
    /// `1 * a`, `a / 1` or `-1 * a`.
    TimesOne,
    /// `a + 0`, `a - 0` or `0 - a`.
    PlusZero,
    /// `a + -b`, `a - -b`, or a negative literal in their place.
    PlusNegative,
    /// `-(-a)`.
    DoubleNegation,
    /// `a + a`.
    SameTwice,
    /// A product of a literal and a product or quotient with another one.
    TwoConstants,
    /// A comparison by `==` that the formula as written does not have.
    TieTest,
}

impl Blemish {
    /// Every kind, in the order in which they are reported, with what it is called in tables and by programs.
    pub const ALL: [(Self, &'static str, &'static str); 8] = [
        (
            Self::ConstantArithmetic,
            "arithmetic on literals",
            "constant_arithmetic",
        ),
        (Self::TimesOne, "times 1", "times_one"),
        (Self::PlusZero, "plus 0", "plus_zero"),
        (Self::PlusNegative, "plus a negative", "plus_negative"),
        (Self::DoubleNegation, "double negation", "double_negation"),
        (Self::SameTwice, "a + a", "same_twice"),
        (
            Self::TwoConstants,
            "two literals in a product",
            "two_constants",
        ),
        (Self::TieTest, "new comparisons by ==", "tie_tests"),
    ];
}

/// How many places there are of each kind, in the order of [`Blemish::ALL`], and how long the derivatives are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Writing {
    /// The places in the value and in its derivatives.
    pub places: [usize; Blemish::ALL.len()],
    /// The characters of the derivative with respect to the input.
    pub length: usize,
    /// How many products have a guard against 0 · ∞.
    pub guards: usize,
}

impl Writing {
    /// Of the value and the derivatives of `form`, a form of `formula`.
    pub fn of(formula: &Dag, value: &Dag, form: &Gradient) -> Self {
        let mut graph = Dag::clone(form);
        let variables: Vec<Id> = (0..graph.variables.len())
            .map(|index| graph.variable(index))
            .collect();
        graph.roots = form.derivatives().to_vec();
        let value = graph.inline(value, &variables);
        graph.roots.extend(value);
        let graph = graph.compact();
        let count = |kind| {
            let nodes = graph.nodes().iter();
            nodes.filter(|node| is(kind, &graph, node)).count()
        };
        let ties = |dag: &Dag| {
            let nodes = dag.nodes().iter();
            let equalities = nodes.filter(|node| matches!(node, Node::Apply(Op::Eq, _)));
            equalities.count().saturating_sub(guards(dag))
        };
        let places = Blemish::ALL.map(|(kind, ..)| match kind {
            Blemish::TieTest => ties(&graph).saturating_sub(ties(formula)),
            kind => count(kind),
        });
        let derivative = form.derivatives().first();
        let length = derivative.map_or(0, |&id| form.part(id).formula(0).chars().count());
        Self {
            places,
            length,
            guards: guards(&graph),
        }
    }

    /// Both together.
    pub fn and(mut self, other: Self) -> Self {
        for (count, more) in self.places.iter_mut().zip(other.places) {
            *count += more;
        }
        self.length += other.length;
        self.guards += other.guards;
        self
    }

    /// Rows of a table for so many formulas.
    pub fn rows(&self, formulas: usize) -> Vec<(&'static str, String)> {
        let mean = |count: usize| count as f64 / formulas.max(1) as f64;
        let all = self.places.iter().sum();
        let length = (
            "length of f′, mean",
            format!("{:.1} characters", mean(self.length)),
        );
        let sum = (
            "places to write better",
            format!("{:.3} a formula", mean(all)),
        );
        let kinds = Blemish::ALL.iter().zip(self.places);
        let kinds = kinds.map(|((_, label, _), count)| (*label, count.to_string()));
        let guards = ("guards of 0 · ∞", self.guards.to_string());
        let rows = [length, sum].into_iter().chain(kinds);
        rows.chain([guards]).collect()
    }

    /// The same for programs.
    pub fn to_json(self, formulas: usize) -> serde_json::Value {
        let kinds = Blemish::ALL.iter().zip(self.places);
        let places: serde_json::Map<String, serde_json::Value> = kinds
            .map(|((_, _, key), count)| ((*key).to_owned(), count.into()))
            .collect();
        let mean = self.length as f64 / formulas.max(1) as f64;
        serde_json::json!({ "derivative_length": mean, "places": places, "guards": self.guards })
    }
}

/// The products that are `if a == 0 { 0 } else { a * b }`, because b may be infinite where a underflows, and the same of b.
fn guards(dag: &Dag) -> usize {
    let is_zero = |id: &Id| literal(dag, *id).is_some_and(Number::is_zero);
    let mut guards: Vec<bool> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        guards.push(match node {
            Node::Apply(Op::If, [condition, then, otherwise]) => {
                let is_compared = match dag.node(*condition) {
                    Node::Apply(Op::Eq, [a, b, _]) => is_zero(a) || is_zero(b),
                    Node::Apply(..) | Node::Number(_) | Node::Variable(_) => false,
                };
                let is_product = matches!(dag.node(*otherwise), Node::Apply(Op::Mul | Op::Div, _));
                is_compared && is_zero(then) && (is_product || guards[usize::from(*otherwise)])
            }
            Node::Apply(..) | Node::Number(_) | Node::Variable(_) => false,
        });
    }
    guards.into_iter().filter(|is_guard| *is_guard).count()
}

fn literal(graph: &Dag, id: Id) -> Option<&Number> {
    match graph.node(id) {
        Node::Number(number) => Some(number),
        Node::Variable(_) | Node::Apply(..) => None,
    }
}

fn is(kind: Blemish, graph: &Dag, node: &Node) -> bool {
    let Node::Apply(op, [a, b, _]) = node else {
        return false;
    };
    let number = |id: &Id| literal(graph, *id);
    let is_negative = |id: &Id| {
        number(id).is_some_and(Number::is_negative)
            || matches!(graph.node(*id), Node::Apply(Op::Neg, _))
    };
    let equals = |id: &Id, value: i32| number(id).is_some_and(|n| *n == Number::from(value));
    let is_sum = matches!(op, Op::Add | Op::Sub);
    match kind {
        Blemish::ConstantArithmetic => {
            let is_arithmetic = matches!(
                op,
                Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Neg | Op::Square | Op::Cube | Op::Abs
            );
            let literals: Option<Vec<&Number>> = node.arguments().iter().map(number).collect();
            is_arithmetic && literals.is_some()
        }
        Blemish::TimesOne => match op {
            Op::Mul => [1, -1].iter().any(|&one| equals(a, one) || equals(b, one)),
            Op::Div => equals(b, 1) || equals(b, -1),
            _ => false,
        },
        Blemish::PlusZero => is_sum && (equals(a, 0) || equals(b, 0)),
        Blemish::PlusNegative => is_sum && is_negative(b),
        Blemish::DoubleNegation => {
            *op == Op::Neg && matches!(graph.node(*a), Node::Apply(Op::Neg, _))
        }
        Blemish::SameTwice => *op == Op::Add && a == b,
        Blemish::TwoConstants => {
            let is_multiple = |id: &Id| match graph.node(*id) {
                Node::Apply(Op::Mul | Op::Div, [c, d, _]) => {
                    number(c).is_some() || number(d).is_some()
                }
                Node::Apply(..) | Node::Number(_) | Node::Variable(_) => false,
            };
            match op {
                Op::Mul => {
                    number(a).is_some() && is_multiple(b) || number(b).is_some() && is_multiple(a)
                }
                Op::Div => number(b).is_some() && is_multiple(a),
                _ => false,
            }
        }
        Blemish::TieTest => *op == Op::Eq,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actsmith_codegen::Formula;

    #[test]
    fn every_kind_is_counted() {
        for (text, kind) in [
            ("x + 2 * 3", Blemish::ConstantArithmetic),
            ("1 * x", Blemish::TimesOne),
            ("x + 0", Blemish::PlusZero),
            ("x - -3", Blemish::PlusNegative),
            ("x + -tanh(x)", Blemish::PlusNegative),
            ("-(-tanh(x))", Blemish::DoubleNegation),
            ("tanh(x) + tanh(x)", Blemish::SameTwice),
            ("2 * (x * 3)", Blemish::TwoConstants),
            ("2 * x / 3", Blemish::TwoConstants),
        ] {
            let dag = Formula::parse(text).unwrap().dag().clone();
            let found = dag
                .nodes()
                .iter()
                .filter(|node| is(kind, &dag, node))
                .count();
            assert_eq!(found, 1, "{text}");
        }
        let clean = Formula::parse("2 * x - tanh(x / 3) + 1 / 3").unwrap();
        let dag = clean.dag();
        let kinds = Blemish::ALL.iter();
        let found = kinds.map(|(kind, ..)| {
            dag.nodes()
                .iter()
                .filter(|node| is(*kind, dag, node))
                .count()
        });
        assert_eq!(found.sum::<usize>(), 0);
    }
}
