//! Which constants of a graph become numbers, and which numbers.

use rustc_hash::FxHashSet;

use crate::analysis::{Defined, Encloser, Interval};
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;

/// How many significant digits numbers are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// Nine: as many as every f32 needs to be read back.
    F32,
    /// As many as the nearest f64 needs to be read back: 17 at most.
    F64,
}

/// A fraction with a larger denominator counts as a decimal.
const SIMPLE: i32 = 9;

impl Digits {
    /// Those of the type that the literals of a formula come from: f32 if it has fractions, none of which is longer.
    pub fn of(dag: &Dag) -> Self {
        let literals = || dag.nodes().iter().filter_map(literal);
        let short = literals().all(|number| significant(number) <= Self::F32.most());
        match short && literals().any(|number| number.to_integer().is_none()) {
            true => Self::F32,
            false => Self::F64,
        }
    }

    /// The most digits that a number has.
    pub fn most(self) -> usize {
        match self {
            Self::F32 => 9,
            Self::F64 => 17,
        }
    }

    /// The nearest number of so many digits.
    fn nearest(self, value: f64) -> Option<Number> {
        match self {
            Self::F32 => Number::parse(&format!("{value:.8e}")),
            Self::F64 => Number::from_f64(value),
        }
    }
}

/// The same graph with numbers in place of its constant arithmetic and of its long literals, but for the literals of `written`.
///
/// Arithmetic on simple fractions, π, roots and logarithms stays as it is, and so does everything that is made of whole numbers alone:
/// `sqrt(2 / pi)` and `asinh(10)` say more than their digits.
pub(super) fn rounded(dag: &Dag, digits: Digits, written: &FxHashSet<Number>) -> Dag {
    let varying = dag.varying();
    let nowhere = vec![Interval::REALS; dag.variables.len()];
    let known = Encloser::new(dag).over(&nowhere);
    let mut out = Dag::new(dag.variables.clone());
    let mut kinds: Vec<Kind> = Vec::with_capacity(dag.nodes().len());
    // Each node as it is, and with numbers in it.
    let mut ids: Vec<(Id, Id)> = Vec::with_capacity(dag.nodes().len());
    for (index, node) in dag.nodes().iter().enumerate() {
        kinds.push(Kind::of(node, &kinds));
        let exact = out.add(node.map(|id| ids[usize::from(id)].0));
        let number = || {
            let known = &known[index];
            (known.defined == Defined::Always)
                .then(|| digits.nearest(known.interval.middle()))
                .flatten()
                .filter(|number| !number.is_zero())
        };
        let with_numbers = match node {
            _ if varying[index] => out.add(node.map(|id| ids[usize::from(id)].1)),
            Node::Number(literal) if significant(literal) <= digits.most() => exact,
            Node::Number(literal) if written.contains(literal) && is_readable(literal) => exact,
            Node::Apply(..) if kinds[index] != Kind::Decimal => exact,
            Node::Number(_) | Node::Apply(..) | Node::Variable(_) => {
                number().map_or(exact, |number| out.number(number))
            }
        };
        ids.push((exact, with_numbers));
    }
    out.roots = dag.roots.iter().map(|&id| ids[usize::from(id)].1).collect();
    out.compact()
}

/// The literals of a graph.
pub(super) fn literals(dag: &Dag) -> FxHashSet<Number> {
    dag.nodes().iter().filter_map(literal).cloned().collect()
}

fn literal(node: &Node) -> Option<&Number> {
    match node {
        Node::Number(number) => Some(number),
        Node::Variable(_) | Node::Apply(..) => None,
    }
}

/// What a constant is made of: from what says most without digits to what says least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Whole numbers.
    Whole,
    /// Simple fractions and closed forms of them.
    Closed,
    /// A decimal, or a function of what is not whole.
    Decimal,
}

impl Kind {
    fn of(node: &Node, known: &[Self]) -> Self {
        match node {
            Node::Number(number) if number.to_integer().is_some() => Self::Whole,
            Node::Number(number) if is_simple(number) => Self::Closed,
            Node::Number(_) | Node::Variable(_) => Self::Decimal,
            Node::Apply(op, _) => {
                let below = node.arguments().iter().map(|&id| known[usize::from(id)]);
                match below.max().unwrap_or(Self::Whole) {
                    Self::Closed if !is_closed(*op) => Self::Decimal,
                    kind => kind,
                }
            }
        }
    }
}

/// Whether a person would leave the operation on fractions as it is.
fn is_closed(op: Op) -> bool {
    use Op::{Abs, Add, Div, Ln, Mul, Neg, Powi, Sqrt, Square, Sub};
    matches!(
        op,
        Abs | Add | Div | Ln | Mul | Neg | Powi | Sqrt | Square | Sub
    )
}

/// Whole numbers, and fractions of small ones.
fn is_simple(number: &Number) -> bool {
    let (_, denominator) = number.ratio();
    *denominator <= SIMPLE.into()
}

/// How many digits the text of a literal has: those of a quotient together.
fn significant(number: &Number) -> usize {
    let text = number.to_string();
    let digits = text.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len()
}

/// Whether a literal has no more digits than an f64 needs.
fn is_readable(number: &Number) -> bool {
    significant(number) <= Digits::F64.most()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_arithmetic_on_decimals_becomes_a_number() {
        for (text, expected) in [
            ("sigmoid(0.3) * x", "0.574442517 * x"),
            ("sigmoid(0.5) * x", "0.622459331 * x"),
            (
                "exp(-0.25) * tanh(x * sqrt(0.3))",
                "0.778800783 * tanh(x * 0.547722558)",
            ),
            ("x * (0.123456789 + sinh(0.00001))", "x * 0.123466789"),
            // What a person has written in closed form stays.
            (
                "min(x, ln(10)) * sqrt(2 / pi)",
                "min(x, ln(10)) * sqrt(2 / pi)",
            ),
            (
                "clamp(x, asinh(-10), sqrt(0.5))",
                "clamp(x, asinh(-10), sqrt(0.5))",
            ),
            ("x / 1.702", "x / 1.702"),
            ("beta * sigmoid(beta) * x", "beta * sigmoid(beta) * x"),
            // Literals that are longer than f64 is exact.
            (
                "1.0507009873554804934193349852946 * x",
                "1.0507009873554805 * x",
            ),
            ("1.0507009873554805 * x", "1.0507009873554805 * x"),
            // No value, and no number.
            ("x * ln(-0.3)", "x * ln(-0.3)"),
        ] {
            let dag = Dag::parse(text).unwrap();
            let digits = Digits::of(&dag);
            let found = rounded(&dag, digits, &literals(&dag)).formula(0);
            assert_eq!(found, expected, "{text}, {digits:?}");
        }
    }

    #[test]
    fn digits_are_those_of_the_literals() {
        for (text, digits) in [
            ("0.68986636 * x", Digits::F32),
            ("x / 1.702 + 2", Digits::F32),
            ("x / 2 + sqrt(2)", Digits::F64),
            ("0.7978845608028654 * x", Digits::F64),
            ("0.5 * x", Digits::F32),
        ] {
            assert_eq!(Digits::of(&Dag::parse(text).unwrap()), digits, "{text}");
        }
    }
}
