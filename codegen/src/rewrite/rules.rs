//! The rules of the algebra: rows of left side, right side and guard, in the formula language.
//!
//! Every rule holds over the reals wherever its left side is defined and its guard is proven. A rule that could lose digits is
//! marked `proof_only`: it helps to decide whether two formulas are equal, and never changes the form that is written.
//! Three families follow from the operation table and are not written here: parities, definitions and their expansion.

use crate::ops::{Op, Parity};

/// A fact about the arguments that must be proven before a rule fires. Unknown means that it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The argument is never 0.
    NonZero(&'static str),
    /// The argument is always above 0.
    Positive(&'static str),
    /// The argument is never below 0.
    NonNegative(&'static str),
    /// The argument is never above 0.
    NonPositive(&'static str),
    /// The argument is always 0.
    Zero(&'static str),
    /// The first argument is never above the second.
    Ordered(&'static str, &'static str),
}

/// One row.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The name, for proofs and messages.
    pub name: String,
    /// What is matched; `a`, `b`, `c`, `d` match anything.
    pub left: String,
    /// What it equals.
    pub right: String,
    /// What must be proven first.
    pub guards: Vec<Guard>,
    /// Whether it serves proofs of equality alone.
    pub proof_only: bool,
}

/// Name, left, right, guards. One row a line: the tables are exempt from formatting.
type Row = (&'static str, &'static str, &'static str, &'static [Guard]);

use Guard::{NonNegative, NonPositive, NonZero, Ordered, Positive, Zero};

#[rustfmt::skip]
const ARITHMETIC: &[Row] = &[
    ("add-commutes", "a + b", "b + a", &[]),
    ("mul-commutes", "a * b", "b * a", &[]),
    ("add-associates", "(a + b) + c", "a + (b + c)", &[]),
    ("mul-associates", "(a * b) * c", "a * (b * c)", &[]),
    ("mul-associates-back", "a * (b * c)", "(a * b) * c", &[]),
    ("add-zero", "a + 0", "a", &[]),
    ("mul-one", "a * 1", "a", &[]),
    ("mul-zero", "a * 0", "0", &[]),
    ("sub-self", "a - a", "0", &[]),
    ("sub-as-add", "a - b", "a + -b", &[]),
    ("add-as-sub", "a + -b", "a - b", &[]),
    ("sub-chain", "a - (b - c)", "a - b + c", &[]),
    ("neg-twice", "-(-a)", "a", &[]),
    ("neg-as-mul", "-a", "-1 * a", &[]),
    ("mul-as-neg", "-1 * a", "-a", &[]),
    ("neg-out-of-mul", "-a * b", "-(a * b)", &[]),
    ("neg-into-mul", "-(a * b)", "-a * b", &[]),
    ("neg-into-sub", "-(a - b)", "b - a", &[]),
    ("neg-into-add", "-(a + b)", "-a - b", &[]),
    ("neg-out-of-div", "-a / b", "-(a / b)", &[]),
    ("add-self", "a + a", "2 * a", &[]),
    ("factor", "a * b + a * c", "a * (b + c)", &[]),
    ("factor-sub", "a * b - a * c", "a * (b - c)", &[]),
    ("factor-one", "a + a * b", "a * (1 + b)", &[]),
    ("factor-one-sub", "a - a * b", "a * (1 - b)", &[]),
    ("factor-div", "a / c + b / c", "(a + b) / c", &[]),
    ("distribute", "a * (b + c)", "a * b + a * c", &[]),
    ("distribute-sub", "a * (b - c)", "a * b - a * c", &[]),
    ("div-one", "a / 1", "a", &[]),
    ("div-self", "a / a", "1", &[NonZero("a")]),
    ("zero-div", "0 / a", "0", &[NonZero("a")]),
    ("div-of-mul", "(a * b) / c", "a * (b / c)", &[]),
    ("mul-into-div", "a * (b / c)", "(a * b) / c", &[]),
    ("div-of-div", "(a / b) / c", "a / (b * c)", &[NonZero("b"), NonZero("c")]),
    ("div-by-div", "a / (b / c)", "a * c / b", &[NonZero("b"), NonZero("c")]),
    ("mul-then-div", "(a * b) / b", "a", &[NonZero("b")]),
    ("mul-cancels-div", "(a / b) * b", "a", &[NonZero("b")]),
    ("square-of-product", "square(a * b)", "square(a) * square(b)", &[]),
    ("product-of-squares", "square(a) * square(b)", "square(a * b)", &[]),
    ("square-of-neg", "square(-a)", "square(a)", &[]),
    ("square-of-sqrt", "square(sqrt(a))", "a", &[NonNegative("a")]),
    ("sqrt-of-square", "sqrt(square(a))", "abs(a)", &[]),
    ("square-of-abs", "square(abs(a))", "square(a)", &[]),
    ("cube-of-product", "cube(a) * cube(b)", "cube(a * b)", &[]),
    ("square-times-base", "a * square(a)", "cube(a)", &[]),
    ("square-of-square", "square(square(a))", "powi(a, 4)", &[]),
    ("power-0", "powi(a, 0)", "1", &[]),
    ("power-1", "powi(a, 1)", "a", &[]),
    ("power-2", "powi(a, 2)", "square(a)", &[]),
    ("power-3", "powi(a, 3)", "cube(a)", &[]),
    ("power-4", "powi(a, 4)", "square(square(a))", &[]),
    ("power-minus-1", "powi(a, -1)", "1 / a", &[NonZero("a")]),
    ("power-minus-2", "powi(a, -2)", "1 / square(a)", &[NonZero("a")]),
];

#[rustfmt::skip]
const EXPONENTIAL: &[Row] = &[
    ("exp-of-0", "exp(0)", "1", &[]),
    ("ln-of-1", "ln(1)", "0", &[]),
    ("exp-of-ln", "exp(ln(a))", "a", &[Positive("a")]),
    ("ln-of-exp", "ln(exp(a))", "a", &[]),
    ("exp-of-sum", "exp(a) * exp(b)", "exp(a + b)", &[]),
    ("exp-of-difference", "exp(a) / exp(b)", "exp(a - b)", &[]),
    ("exp-of-neg", "1 / exp(a)", "exp(-a)", &[]),
    ("exp-squared", "square(exp(a))", "exp(2 * a)", &[]),
    ("expm1-plus-1", "expm1(a) + 1", "exp(a)", &[]),
    ("sigmoid-mirrored", "sigmoid(-a)", "1 - sigmoid(a)", &[]),
    ("sigmoid-complement", "1 - sigmoid(a)", "sigmoid(-a)", &[]),
    ("sigmoid-as-quotient", "exp(a) / (1 + exp(a))", "sigmoid(a)", &[]),
    ("logistic-quotient", "a / (1 + exp(-b))", "a * sigmoid(b)", &[]),
    ("sigmoid-from-tanh", "1 + tanh(a)", "2 * sigmoid(2 * a)", &[]),
    ("half-one-plus-tanh", "0.5 * (1 + tanh(a))", "sigmoid(2 * a)", &[]),
    ("softplus-reflection", "softplus(a) - a", "softplus(-a)", &[]),
    ("softplus-from-log-sigmoid", "-log_sigmoid(-a)", "softplus(a)", &[]),
    ("log-sigmoid-from-ln", "ln(sigmoid(a))", "log_sigmoid(a)", &[]),
    ("exp-of-log-sigmoid", "exp(log_sigmoid(a))", "sigmoid(a)", &[]),
    ("exp-of-softplus", "exp(softplus(a))", "1 + exp(a)", &[]),
    ("tanh-of-0", "tanh(0)", "0", &[]),
    ("sinh-over-cosh", "sinh(a) / cosh(a)", "tanh(a)", &[]),
    ("cosh-minus-sinh-squared", "square(cosh(a)) - square(sinh(a))", "1", &[]),
    ("cosh-plus-sinh", "cosh(a) + sinh(a)", "exp(a)", &[]),
    ("sin-of-0", "sin(0)", "0", &[]),
    ("cos-of-0", "cos(0)", "1", &[]),
    ("pythagoras", "square(sin(a)) + square(cos(a))", "1", &[]),
    ("sinh-of-asinh", "sinh(asinh(a))", "a", &[]),
    ("asinh-of-sinh", "asinh(sinh(a))", "a", &[]),
    ("normal-cdf-mirrored", "normal_cdf(-a)", "1 - normal_cdf(a)", &[]),
    ("normal-cdf-complement", "1 - normal_cdf(a)", "normal_cdf(-a)", &[]),
    ("normal-cdf-from-erf", "0.5 * (1 + erf(a / sqrt(2)))", "normal_cdf(a)", &[]),
    ("erf-from-erfc", "1 - erfc(a)", "erf(a)", &[]),
    ("erfc-from-erf", "1 - erf(a)", "erfc(a)", &[]),
    ("normal-cdf-of-0", "normal_cdf(0)", "0.5", &[]),
    ("sigmoid-of-0", "sigmoid(0)", "0.5", &[]),
];

#[rustfmt::skip]
const PIECEWISE: &[Row] = &[
    ("max-commutes", "max(a, b)", "max(b, a)", &[]),
    ("min-commutes", "min(a, b)", "min(b, a)", &[]),
    ("max-associates", "max(max(a, b), c)", "max(a, max(b, c))", &[]),
    ("min-associates", "min(min(a, b), c)", "min(a, min(b, c))", &[]),
    ("max-self", "max(a, a)", "a", &[]),
    ("min-self", "min(a, a)", "a", &[]),
    ("max-decided", "max(a, b)", "b", &[Ordered("a", "b")]),
    ("min-decided", "min(a, b)", "a", &[Ordered("a", "b")]),
    ("max-plus-min", "max(a, b) + min(a, b)", "a + b", &[]),
    ("neg-of-max", "-max(a, b)", "min(-a, -b)", &[]),
    ("neg-of-min", "-min(a, b)", "max(-a, -b)", &[]),
    ("neg-of-relu", "-relu(a)", "min0(-a)", &[]),
    ("neg-of-min0", "-min0(a)", "relu(-a)", &[]),
    ("relu-positive", "relu(a)", "a", &[NonNegative("a")]),
    ("relu-negative", "relu(a)", "0", &[NonPositive("a")]),
    ("min0-negative", "min0(a)", "a", &[NonPositive("a")]),
    ("min0-positive", "min0(a)", "0", &[NonNegative("a")]),
    ("relu-plus-min0", "relu(a) + min0(a)", "a", &[]),
    ("relu-minus-min0", "relu(a) - min0(a)", "abs(a)", &[]),
    ("abs-positive", "abs(a)", "a", &[NonNegative("a")]),
    ("abs-negative", "abs(a)", "-a", &[NonPositive("a")]),
    ("abs-of-product", "abs(a * b)", "abs(a) * abs(b)", &[]),
    ("product-of-abs", "abs(a) * abs(b)", "abs(a * b)", &[]),
    ("sign-times-abs", "sign(a) * abs(a)", "a", &[]),
    ("sign-times-base", "a * sign(a)", "abs(a)", &[]),
    ("sign-positive", "sign(a)", "1", &[Positive("a")]),
    ("clamp-idle", "clamp(a, b, c)", "a", &[Ordered("b", "a"), Ordered("a", "c")]),
    ("clamp-low-idle", "clamp(a, b, c)", "min(a, c)", &[Ordered("b", "a"), Ordered("b", "c")]),
    ("clamp-high-idle", "clamp(a, b, c)", "max(a, b)", &[Ordered("a", "c"), Ordered("b", "c")]),
    ("clamp-from-max-min", "max(min(a, c), b)", "clamp(a, b, c)", &[Ordered("b", "c")]),
    ("clamp-at-low", "clamp(a, b, c)", "b", &[Ordered("a", "b"), Ordered("b", "c")]),
    ("leaky-relu-positive", "leaky_relu(a)", "a", &[NonNegative("a")]),
    ("elu-positive", "elu(a)", "a", &[NonNegative("a")]),
    ("elu-negative", "elu(a)", "expm1(a)", &[NonPositive("a")]),
    ("elu-from-pieces", "relu(a) + expm1(min0(a))", "elu(a)", &[]),
    ("exp-of-relu-split", "exp(relu(a)) * exp(min0(a))", "exp(a)", &[]),
];

/// `p` is a condition.
#[rustfmt::skip]
const CHOICES: &[Row] = &[
    ("if-true", "if p { a } else { b }", "a", &[NonZero("p")]),
    ("if-false", "if p { a } else { b }", "b", &[Zero("p")]),
    ("if-same", "if p { a } else { a }", "a", &[]),
    ("if-less-as-min", "if a < b { a } else { b }", "min(a, b)", &[]),
    ("if-less-as-max", "if a < b { b } else { a }", "max(a, b)", &[]),
    ("if-at-most-as-min", "if a <= b { a } else { b }", "min(a, b)", &[]),
    ("if-at-most-as-max", "if a <= b { b } else { a }", "max(a, b)", &[]),
    ("if-positive-as-relu", "if 0 < a { a } else { 0 }", "relu(a)", &[]),
    ("if-negative-as-min0", "if a < 0 { a } else { 0 }", "min0(a)", &[]),
    ("if-negative-as-relu", "if a < 0 { 0 } else { a }", "relu(a)", &[]),
    ("mul-into-then", "a * (if p { b } else { 0 })", "if p { a * b } else { 0 }", &[]),
    ("mul-into-else", "a * (if p { 0 } else { b })", "if p { 0 } else { a * b }", &[]),
    ("add-of-ifs", "(if p { a } else { b }) + (if p { c } else { d })", "if p { a + c } else { b + d }", &[]),
    ("if-of-products", "if p { a * b } else { a * c }", "a * (if p { b } else { c })", &[]),
    ("if-inside-then", "if p { if p { a } else { b } } else { c }", "if p { a } else { c }", &[]),
    ("if-inside-else", "if p { a } else { if p { b } else { c } }", "if p { a } else { c }", &[]),
    ("if-tie-joined", "if a < b { c } else { if a == b { c } else { d } }", "if a <= b { c } else { d }", &[]),
    ("less-than-self", "if a < a { c } else { d }", "d", &[]),
    ("at-most-self", "if a <= a { c } else { d }", "c", &[]),
    ("equal-to-self", "if a == a { c } else { d }", "c", &[]),
];

/// Equal over the reals at the price of digits or range: for proofs of equality alone.
#[rustfmt::skip]
const PROOF: &[Row] = &[
    ("sigmoid-as-logistic", "sigmoid(a)", "1 / (1 + exp(-a))", &[]),
    ("difference-of-squares", "(a + b) * (a - b)", "square(a) - square(b)", &[]),
    ("split-exp", "exp(a + b)", "exp(a) * exp(b)", &[]),
    ("split-square", "square(a + b)", "square(a) + 2 * (a * b) + square(b)", &[]),
    ("add-associates-back", "a + (b + c)", "(a + b) + c", &[]),
    ("quotient-as-product", "a / b", "a * (1 / b)", &[]),
];

/// Every rule.
pub(super) fn all() -> Vec<Rule> {
    let written = [
        (ARITHMETIC, false),
        (EXPONENTIAL, false),
        (PIECEWISE, false),
        (CHOICES, false),
        (PROOF, true),
    ];
    let rows = written.into_iter().flat_map(|(rows, proof_only)| {
        rows.iter().map(move |&(name, left, right, guards)| Rule {
            name: name.to_owned(),
            left: left.to_owned(),
            right: right.to_owned(),
            guards: guards.to_vec(),
            proof_only,
        })
    });
    rows.chain(from_table()).collect()
}

/// The rules that the operation table implies.
fn from_table() -> impl Iterator<Item = Rule> {
    let rule = |name: String, left: String, right: String, proof_only: bool| Rule {
        name,
        left,
        right,
        guards: Vec::new(),
        proof_only,
    };
    Op::ALL.iter().map(|op| op.row()).flat_map(move |row| {
        let name = row.name;
        let mut rules = Vec::new();
        // −(−a) = a has a row above.
        if row.parity != Parity::None && name != Op::Neg.name() {
            let (mirrored, plain) = (format!("{name}(-a)"), format!("{name}(a)"));
            if row.parity == Parity::Odd {
                let negated = format!("-{name}(a)");
                rules.push(rule(
                    format!("{name}-is-odd"),
                    mirrored.clone(),
                    negated.clone(),
                    false,
                ));
                rules.push(rule(
                    format!("{name}-is-odd-back"),
                    negated,
                    mirrored,
                    false,
                ));
            } else {
                rules.push(rule(format!("{name}-is-even"), mirrored, plain, false));
            }
        }
        if let Some(definition) = row.definition {
            let arguments = &crate::ops::ARGUMENTS[..row.arity];
            let call = format!("{name}({})", arguments.join(", "));
            rules.push(rule(
                format!("recognise-{call}"),
                definition.to_owned(),
                call.clone(),
                false,
            ));
            rules.push(rule(
                format!("expand-{call}"),
                call,
                definition.to_owned(),
                !row.expands,
            ));
        }
        rules
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Dag;
    use crate::rewrite::compile::side;

    /// Random, special and boundary values of a pattern variable.
    const SAMPLES: [f64; 23] = [
        0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 6.0, 1e-6, -1e-6, 0.0137, -0.0291, 0.317,
        -0.481, 1.73, -1.29, 4.9, -5.3, 11.7, -12.9, 25.0,
    ];

    fn satisfied(guard: Guard, value: impl Fn(&str) -> f64) -> bool {
        match guard {
            NonZero(a) => value(a) != 0.0,
            Positive(a) => value(a) > 0.0,
            NonNegative(a) => value(a) >= 0.0,
            NonPositive(a) => value(a) <= 0.0,
            Zero(a) => value(a) == 0.0,
            Ordered(a, b) => value(a) <= value(b),
        }
    }

    /// Sides may round differently by a few ULP an operation; x² − y² and the like amplify that by their operands' size,
    /// here at most e²⁵·e²⁵ among the samples, which the scale of the largest intermediate value accounts for.
    fn scale(dag: &Dag, point: &[f64]) -> f64 {
        let mut all = dag.clone();
        all.roots = (0..all.nodes().len()).map(crate::ir::Id::from).collect();
        all.eval(point)
            .into_iter()
            .filter(|v| v.is_finite())
            .fold(1.0, |s, v| s.max(v.abs()))
    }

    #[test]
    fn every_rule_holds_wherever_its_left_side_is_defined() {
        for rule in all() {
            let (left, right) = (side(&rule.left), side(&rule.right));
            let mut checked = 0;
            for k in 0..4_000usize {
                // A walk over all combinations of samples; `p` is a condition.
                let pick =
                    |v: usize| SAMPLES[(k / [1, 23, 529, 12_167][v.min(3)] + v * 5 + k * v) % 23];
                let point = [
                    pick(0),
                    pick(1),
                    pick(2),
                    pick(3),
                    f64::from(k as u32 / 3 % 2),
                ];
                let value = |name: &str| point["abcdp".find(name).expect("a pattern name")];
                if !rule.guards.iter().all(|&guard| satisfied(guard, value)) {
                    continue;
                }
                let (a, b) = (left.eval(&point)[0], right.eval(&point)[0]);
                if !a.is_finite() {
                    continue; // undefined, or too large for f64
                }
                checked += 1;
                let slack = 1e-12 * scale(&left, &point).max(scale(&right, &point));
                let overflow = rule.proof_only && !b.is_finite();
                let (name, l, r) = (&rule.name, &rule.left, &rule.right);
                assert!(
                    (a - b).abs() <= slack || overflow,
                    "{name}: {l} is {a}, {r} is {b} at {point:?}"
                );
            }
            assert!(
                checked >= 100,
                "{} was checked at {checked} points only",
                rule.name
            );
        }
    }

    #[test]
    fn names_are_unique() {
        let rules = all();
        for (k, rule) in rules.iter().enumerate() {
            assert!(
                rules[..k].iter().all(|other| other.name != rule.name),
                "{}",
                rule.name
            );
        }
    }
}
