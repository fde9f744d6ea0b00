//! Differentiation: a total function on graphs, by the chain rule and the derivatives of the operation table.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::gradient::Gradient;
use super::ties::Ties;
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::{Domain, Kinks, Op, Parity};
use crate::syntax::of_row;

/// A partial derivative of an operation.
struct Partial {
    /// It, over the arguments of the operation.
    graph: Dag,
    /// Whether it may be undefined where the operation is not, such as 1/(2·√a) at 0.
    has_poles: bool,
}

/// The partial derivatives of each operation.
type Table = HashMap<Op, Vec<Partial>>;

static DERIVATIVES: LazyLock<Table> = LazyLock::new(|| table(Kinks::Free));
static TORCH_DERIVATIVES: LazyLock<Table> = LazyLock::new(|| table(Kinks::Torch));

fn table(kinks: Kinks) -> Table {
    let parse = |op: Op| {
        let derivatives = op.row().derivatives_as(kinks).iter().map(|text| {
            let graph = of_row(text);
            let partial =
                |node: &Node| matches!(node, Node::Apply(op, _) if op.row().domain != Domain::All);
            Partial {
                has_poles: graph.nodes().iter().any(partial),
                graph,
            }
        });
        (op, derivatives.collect())
    };
    Op::ALL.iter().map(|&op| parse(op)).collect()
}

impl Dag {
    /// The first output and its derivative with respect to every variable.
    ///
    /// At kinks, derivatives take the values that the table gives, those of [`Kinks::Free`]. No rule but the absorption of 0 and 1 is
    /// applied.
    pub fn with_gradient(&self) -> Gradient {
        self.with_gradient_as(Kinks::Free)
    }

    /// As [`Dag::with_gradient`], with a choice of what derivatives are at kinks.
    pub fn with_gradient_as(&self, kinks: Kinks) -> Gradient {
        let mut dag = self.select(&[0]);
        let value = dag.roots[0];
        for variable in 0..dag.variables.len() {
            let derivative = dag.derivative(value, variable, kinks);
            let derivative = dag.joined(value, variable, derivative, kinks);
            dag.roots.push(derivative);
        }
        Gradient::of_outputs(dag.compact())
    }

    /// Whether no operation of the graph has a kink, so that equal functions have equal derivatives everywhere.
    pub fn is_smooth(&self) -> bool {
        let kinked = |node: &Node| matches!(node, Node::Apply(op, _) if op.row().kinked);
        !self.nodes().iter().any(kinked)
    }

    /// The derivative of the node `value` by the chain rule.
    pub(super) fn derivative(&mut self, value: Id, variable: usize, kinks: Kinks) -> Id {
        self.derivative_with(value, variable, kinks, &Ties::default())
    }

    /// Has slopes follow, at the point `here`, the pieces that hold at the point `beside`.
    pub(super) fn follow(&self, ties: &mut Ties, value: Id, points: [&[f64]; 2]) {
        ties.follow(self, value, points, |op, argument| {
            Some(&DERIVATIVES[&op].get(argument)?.graph)
        });
    }

    /// Forward accumulation: the derivative of every node up to `value`, of which most are 0.
    pub(super) fn derivative_with(
        &mut self,
        value: Id,
        variable: usize,
        kinks: Kinks,
        ties: &Ties,
    ) -> Id {
        let table = match kinks {
            Kinks::Free => &*DERIVATIVES,
            Kinks::Torch => &*TORCH_DERIVATIVES,
        };
        let zero = self.number(Number::zero());
        let one = self.number(Number::one());
        let mut slopes = vec![zero; usize::from(value) + 1];
        for index in 0..=usize::from(value) {
            let node = self.nodes()[index].clone();
            slopes[index] = match &node {
                Node::Number(_) => zero,
                Node::Variable(other) if *other == variable => one,
                Node::Variable(_) => zero,
                Node::Apply(Op::If, [condition, branches @ ..]) => {
                    let inner = branches.map(|branch| slopes[usize::from(branch)]);
                    let filled = self.filled_gap(Id::from(index), &slopes, variable);
                    filled.unwrap_or_else(|| {
                        let condition =
                            match (ties.comparison(Id::from(index)), self.node(*condition)) {
                                (Some(op), &Node::Apply(_, sides)) => self.apply(op, &sides[..2]),
                                _ => *condition,
                            };
                        self.choose(condition, inner[0], inner[1])
                    })
                }
                Node::Apply(Op::Powi, [base, exponent, _]) => {
                    let slope = slopes[usize::from(*base)];
                    let partial = self.power_slope(*base, *exponent);
                    self.product_with_pole(partial, slope)
                }
                // Between equal bounds there is one value, whatever is clamped.
                Node::Apply(Op::Clamp, [_, low, high]) if low == high => slopes[usize::from(*low)],
                Node::Apply(Op::Clamp, [a, low, high])
                    if [low, high]
                        .iter()
                        .all(|end| slopes[usize::from(**end)] == zero)
                        && self.are_opposite(*low, *high)
                        && ties.slope(Id::from(index), 0).is_none() =>
                {
                    let size = self.apply(Op::Abs, &[*a]);
                    let inside = self.apply(Op::Lt, &[size, *high]);
                    self.choose(inside, slopes[usize::from(*a)], zero)
                }
                Node::Apply(op, _) => {
                    let arguments = node.arguments();
                    let mut sum = zero;
                    for (rank, (partial, &argument)) in table[op].iter().zip(arguments).enumerate()
                    {
                        let slope = slopes[usize::from(argument)];
                        if slope != zero {
                            let own = ties.slope(Id::from(index), rank);
                            let graph = own.unwrap_or(&partial.graph);
                            let at = self.inline(graph, arguments)[0];
                            let at = self.settled(at);
                            let product = match op {
                                Op::Sqrt if !self.is_positive(argument) => {
                                    self.product_with_root(at, slope)
                                }
                                _ if partial.has_poles => self.product_with_pole(at, slope),
                                _ => self.product(at, slope),
                            };
                            sum = self.sum(sum, product);
                        }
                    }
                    sum
                }
            };
        }
        slopes[usize::from(value)]
    }

    /// Whether two nodes are opposite numbers, as bounds mostly are.
    fn are_opposite(&self, a: Id, b: Id) -> bool {
        match (self.node(a), self.node(b)) {
            (Node::Number(a), Node::Number(b)) => *a == b.neg(),
            (Node::Apply(Op::Neg, [a, ..]), _) if *a == b => true,
            (_, Node::Apply(Op::Neg, [b, ..])) if a == *b => true,
            (Node::Apply(op, [a, ..]), Node::Apply(other, [b, ..])) => {
                op == other && op.row().parity == Parity::Odd && self.are_opposite(*a, *b)
            }
            _ => false,
        }
    }

    /// n·aⁿ⁻¹ for the literal exponent n.
    fn power_slope(&mut self, base: Id, exponent: Id) -> Id {
        let Node::Number(n) = self.node(exponent).clone() else {
            unreachable!("the parser and the rules keep exponents literal");
        };
        let lowered = n.add(&Number::from(-1)).unwrap_or_else(Number::zero);
        let power = if lowered.is_zero() {
            self.number(Number::one())
        } else if lowered == Number::one() {
            base
        } else {
            let lowered = self.number(lowered);
            self.apply(Op::Powi, &[base, lowered])
        };
        let n = self.number(n);
        self.product(n, power)
    }

    pub(super) fn sum(&mut self, a: Id, b: Id) -> Id {
        match (self.node(a).clone(), self.node(b).clone()) {
            (Node::Number(n), _) if n.is_zero() => b,
            (_, Node::Number(n)) if n.is_zero() => a,
            // What one of two pieces each adds: one choice.
            (Node::Apply(Op::If, [condition, p, q]), Node::Apply(Op::If, [same, r, s]))
                if condition == same && self.is_one_zero(p, r) && self.is_one_zero(q, s) =>
            {
                let (then, otherwise) = (self.sum(p, r), self.sum(q, s));
                self.choose(condition, then, otherwise)
            }
            _ => {
                let gathered = self.gathered(a, b);
                let gathered = gathered.or_else(|| self.gathered_in(a, b));
                gathered.unwrap_or_else(|| self.apply(Op::Add, &[a, b]))
            }
        }
    }

    fn is_one_zero(&self, a: Id, b: Id) -> bool {
        self.is_number(a, 0) || self.is_number(b, 0)
    }

    /// a + b of two numbers as a number, of multiples of one term as a product.
    fn gathered(&mut self, a: Id, b: Id) -> Option<Id> {
        if let (Node::Number(n), Node::Number(m)) = (self.node(a), self.node(b)) {
            let sum = n.add(m)?;
            return Some(self.number(sum));
        }
        let (factor, term) = self.like_terms(a, b)?;
        let factor = self.number(factor);
        Some(self.product(factor, term))
    }

    /// (p ± q) + b, where b and p, or b and q, are numbers or multiples of one term.
    fn gathered_in(&mut self, sum: Id, b: Id) -> Option<Id> {
        let Node::Apply(op @ (Op::Add | Op::Sub), [p, q, _]) = *self.node(sum) else {
            return None;
        };
        if let Some(left) = self.gathered(p, b) {
            return Some(match op {
                Op::Add => self.sum(left, q),
                _ if self.is_number(left, 0) => self.apply(Op::Neg, &[q]),
                _ => self.apply(Op::Sub, &[left, q]),
            });
        }
        let right = (op == Op::Add).then(|| self.gathered(q, b)).flatten()?;
        Some(self.sum(p, right))
    }

    /// The sum of two multiples of one term, as a multiple of it.
    fn like_terms(&self, a: Id, b: Id) -> Option<(Number, Id)> {
        let plain = |id: Id| self.multiple(id).unwrap_or((Number::one(), id));
        let parts = |id: Id| match self.node(id) {
            Node::Apply(Op::Neg, [opposite, ..]) => {
                let (n, term) = plain(*opposite);
                (n.neg(), term)
            }
            _ => plain(id),
        };
        let ((n, term), (m, other)) = (parts(a), parts(b));
        (term == other).then_some(())?;
        Some((n.add(&m)?, term))
    }

    /// The factor and the rest of a product with a number. Numbers that take part of the range of a format stay where they are.
    fn multiple(&self, id: Id) -> Option<(Number, Id)> {
        const PLAIN: f64 = 1e6;
        let Node::Apply(Op::Mul, [factor, rest, _]) = self.node(id) else {
            return None;
        };
        match self.node(*factor) {
            Node::Number(n) if (1.0 / PLAIN..PLAIN).contains(&n.to_f64().abs()) => {
                Some((n.clone(), *rest))
            }
            _ => None,
        }
    }

    /// a·b. A product with a choice is a choice of products, so that a branch not taken cannot bring in 0·∞.
    pub(super) fn product(&mut self, a: Id, b: Id) -> Id {
        match (self.node(a), self.node(b)) {
            (Node::Number(n), _) if n.is_zero() => a,
            (_, Node::Number(n)) if n.is_zero() => b,
            (Node::Number(n), _) if *n == Number::one() => b,
            (_, Node::Number(n)) if *n == Number::one() => a,
            (Node::Number(n), _) if *n == Number::from(-1) => self.apply(Op::Neg, &[b]),
            (Node::Number(n), Node::Number(m)) => match n.mul(m) {
                Some(product) => self.number(product),
                None => self.apply(Op::Mul, &[a, b]),
            },
            // Numbers come first.
            (_, Node::Number(_)) => self.product(b, a),
            (Node::Number(n), _) if self.multiple(b).is_some() => {
                let (m, rest) = self.multiple(b).unwrap_or((Number::one(), b));
                match n.mul(&m) {
                    Some(factor) => {
                        let factor = self.number(factor);
                        self.product(factor, rest)
                    }
                    None => self.apply(Op::Mul, &[a, b]),
                }
            }
            (Node::Apply(Op::If, [condition, then, otherwise]), _) => {
                let (condition, then, otherwise) = (*condition, *then, *otherwise);
                let then = self.product(then, b);
                let otherwise = self.product(otherwise, b);
                self.choose(condition, then, otherwise)
            }
            (_, Node::Apply(Op::If, [condition, then, otherwise]))
                if self.is_one_zero(*then, *otherwise) =>
            {
                let (condition, then, otherwise) = (*condition, *then, *otherwise);
                let then = self.product(a, then);
                let otherwise = self.product(a, otherwise);
                self.choose(condition, then, otherwise)
            }
            // One rounding less, and no 1/c that overflows where b is 0.
            (Node::Apply(Op::Div, [one, c, _]), _) if self.is_number(*one, 1) => {
                let c = *c;
                self.apply(Op::Div, &[b, c])
            }
            _ => self.apply(Op::Mul, &[a, b]),
        }
    }

    fn is_number(&self, id: Id, value: i32) -> bool {
        matches!(self.node(id), Node::Number(n) if *n == Number::from(value))
    }

    /// A choice without the comparisons of two numbers: `celu(x, 0.5)` need not ask whether 0.5 is 0.
    fn settled(&mut self, id: Id) -> Id {
        let Node::Apply(Op::If, [condition, then, otherwise]) = *self.node(id) else {
            return id;
        };
        let truth = match self.node(condition) {
            Node::Apply(op, [a, b, _]) => match (op, self.node(*a), self.node(*b)) {
                (Op::Lt, Node::Number(a), Node::Number(b)) => Some(a < b),
                (Op::Le, Node::Number(a), Node::Number(b)) => Some(a <= b),
                (Op::Eq, Node::Number(a), Node::Number(b)) => Some(a == b),
                _ => None,
            },
            Node::Number(_) | Node::Variable(_) => None,
        };
        match truth {
            Some(true) => self.settled(then),
            Some(false) => self.settled(otherwise),
            None => id,
        }
    }

    pub(super) fn choose(&mut self, condition: Id, then: Id, otherwise: Id) -> Id {
        if then == otherwise {
            then
        } else {
            self.apply(Op::If, &[condition, then, otherwise])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every derivative of the table against a central difference, away from kinks and domain edges.
    #[test]
    fn the_derivatives_of_the_table_are_those_of_the_values() {
        // Truncation h²·f''' and rounding ε·f/h are both near 1e-10 at this step.
        const STEP: f64 = 1e-5;
        let samples = [-2.31, -1.72, -0.83, -0.41, 0.37, 0.62, 1.13, 1.94, 2.77];
        for &op in Op::ALL {
            let (arity, row) = (op.arity(), op.row());
            for (k, &a) in samples.iter().enumerate() {
                let point = [a, samples[(k + 3) % 9], samples[(k + 5) % 9]];
                if !row.domain.contains(a) {
                    continue;
                }
                for (index, derivative) in DERIVATIVES[&op].iter().enumerate() {
                    let shifted = |step: f64| {
                        let mut moved = point;
                        moved[index] += step;
                        op.value(&moved[..arity])
                    };
                    let expected = (shifted(STEP) - shifted(-STEP)) / (2.0 * STEP);
                    let found = derivative.graph.eval(&point)[0];
                    let slack = 1e-8 * (1.0 + expected.abs());
                    assert!(
                        (found - expected).abs() <= slack,
                        "{} by argument {index} at {point:?}: {found}, not {expected}",
                        row.name
                    );
                }
            }
        }
    }

    #[test]
    fn the_gradient_has_an_output_for_each_variable() {
        let gradient = Dag::parse("x * sigmoid(beta * x)").unwrap().with_gradient();
        assert_eq!(gradient.derivatives().len(), 2);
        let (x, beta): (f64, f64) = (0.7, 1.3);
        let s = 1.0 / (1.0 + (-beta * x).exp());
        let (value, derivatives) = gradient.at(&[x, beta]);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-14;
        assert!(close(value, x * s));
        assert!(close(derivatives[0], s + x * beta * s * (1.0 - s)));
        assert!(close(derivatives[1], x * x * s * (1.0 - s)));
    }

    #[test]
    fn multiples_of_one_term_are_gathered() {
        for (text, expected) in [
            ("x * x", "2 * x"),
            ("x * x * 3 + x - 2", "6 * x + 1"),
            ("x * (x - 3.5653)", "2 * x - 3.5653"),
            ("x * (x + 2) + 3 * x", "2 * x + 5"),
            ("sin(x) - 3 * sin(x)", "-2 * cos(x)"),
            ("2 * sin(3 * x)", "6 * cos(3 * x)"),
            ("exp(-x)", "-exp(-x)"),
            ("1e-9 * (1e-9 * x * x)", "2e-9 * (1e-9 * x)"),
        ] {
            let gradient = Dag::parse(text).unwrap().with_gradient();
            let derivative = gradient.graph(crate::calculus::Component::Derivative(0));
            assert_eq!(derivative.formula(0), expected, "{text}");
        }
    }

    #[test]
    fn powers_have_the_slopes_of_powers() {
        for (n, expected) in [
            (-2, -2.0 * 1.7f64.powi(-3)),
            (0, 0.0),
            (1, 1.0),
            (2, 3.4),
            (5, 5.0 * 1.7f64.powi(4)),
        ] {
            let found = Dag::parse(&format!("powi(x, {n})"))
                .unwrap()
                .with_gradient()
                .at(&[1.7])
                .1[0];
            assert!(
                (found - expected).abs() <= 1e-14 * expected.abs(),
                "{n}: {found}"
            );
        }
    }

    #[test]
    fn kinks_take_the_values_of_pytorch() {
        let slope = |text: &str, x: f64| {
            let gradient = Dag::parse(text).unwrap().with_gradient_as(Kinks::Torch);
            gradient.at(&[x]).1[0]
        };
        assert_eq!(slope("relu(x)", 0.0), 0.0);
        assert_eq!(slope("abs(x)", 0.0), 0.0);
        assert_eq!(slope("max(x, 0)", 0.0), 0.5);
        assert_eq!(slope("clamp(x, -1, 1)", 1.0), 0.0);
        assert_eq!(slope("leaky_relu(x)", 0.0), 0.01);
        assert_eq!(slope("elu(x)", 0.0), 1.0);
        assert_eq!(slope("elu(x, 0.5)", 0.0), 0.5);
        assert_eq!(slope("celu(x, 0.5)", 0.0), 1.0);
        assert_eq!(slope("prelu(x, 0.3)", 0.0), 0.3);
        assert_eq!(slope("threshold(x, 1, 20)", 1.0), 0.0);
        assert_eq!(
            (slope("hardtanh(x)", 1.0), slope("hardtanh(x)", -1.0)),
            (0.0, 0.0)
        );
        assert_eq!(
            (slope("hardshrink(x)", 0.5), slope("softshrink(x)", -0.5)),
            (0.0, 0.0)
        );
    }

    #[test]
    fn a_branch_not_taken_leaves_no_nan() {
        let dag = Dag::parse("max(exp(x), 1)").unwrap().with_gradient();
        assert_eq!(dag.at(&[-800.0]).1, [0.0]);
        let celu = Dag::parse("celu(x, 0.5)").unwrap().with_gradient();
        assert_eq!(celu.at(&[1000.0]).1, [1.0]);
    }
}
