//! One corpus of formulas, many ways through the compiler, one oracle: the formula as written, evaluated in f64.

use actsmith_codegen::Formula;
use actsmith_codegen::ir::Dag;
use actsmith_codegen::ops::{Op, SUGAR};
use actsmith_codegen::{Budget, Region};
use actsmith_search::genotype::Genotype;
use actsmith_search::space::{Binary, Space, Unary};
use proptest::prelude::*;

const CORPUS: &[&str] = &[
    "x",
    "3",
    "x * sigmoid(beta * x)",
    "x / (1 + exp(-x))",
    "0.3994 * gelu(0.4413 * square(x) + 0.5587 * gelu(x)) + 0.6006 * silu(x)",
    "sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x)",
    "sigmoid(relu(x)) * elu(x)",
    "max(x, alpha * x)",
    "if x > 0 { x } else { alpha * (exp(x) - 1) }",
    "if x < -1 || x > 1 { x.powi(3) } else { x - 1 / 3 }",
    "let t = tanh(x); t * (1 - t) * t - -t",
    "(x - 1) - (x - (2 - x)) / (3 * (x / 7))",
    "square(clamp(x, -sqrt(10), sqrt(10)))",
    "exp(min(x, ln(10))) - sinh(clamp(x, -asinh(10), asinh(10)))",
    "-(-x) - -x * -2",
    "powi(x, -3) + powi(x + 0.5, 7)",
    "sin(x) * cos(pi * x) + sinc(x) + log_abs(x) + div_eps(x, 2)",
    "relu6(x) + hardswish(x) + hardsigmoid(x) + softsign(x) + tanhshrink(x)",
    "leaky_relu(x, 0.2) * prelu(x, a) + celu(x, alpha) - elu(x, alpha)",
    "threshold(x, 0.1, v) + hardtanh(x) - hardshrink(x) * softshrink(x) + rrelu(x)",
    "celu(x, 1.5) + selu(x) + mish(x) + gelu_tanh(x) + log_sigmoid(x)",
    "exp_sub_sq(x, 1) * exp_sub_abs(x, 2) + mix(x, 1, m)",
];

/// Points away from kinks, in every regime where derivatives are ordinary numbers.
const POINTS: [f64; 16] = [
    -88.3, -12.7, -4.19, -2.71, -1.37, -0.83, -0.21, -1.3e-5, 3.1e-6, 0.17, 0.69, 1.21, 2.39, 5.81,
    14.2, 61.7,
];

fn points(variables: usize) -> impl Iterator<Item = Vec<f64>> {
    (0..POINTS.len()).map(move |k| {
        let parameter = |v: usize| [0.7, -0.4, 1.3, 0.2][(k + v) % 4];
        (0..variables)
            .map(|v| if v == 0 { POINTS[k] } else { parameter(v) })
            .collect()
    })
}

/// Two forms of one value: a few roundings an operation, amplified by cancellation at most some thousand times.
fn assert_same(a: &Dag, b: &Dag, what: &str) {
    for point in points(a.variables.len()) {
        for (output, (left, right)) in a.eval(&point).into_iter().zip(b.eval(&point)).enumerate() {
            let slack = 1e-12 + 1e-9 * left.abs();
            let same = (left - right).abs() <= slack || !left.is_finite();
            assert!(
                same,
                "{what}: output {output} at {point:?} is {right}, not {left}"
            );
        }
    }
}

#[test]
fn printing_parses_back_to_the_same_graph() {
    for text in CORPUS {
        let dag = Dag::parse(text).expect(text).with_gradient();
        for root in 0..dag.roots.len() {
            let (printed, expected) = (dag.formula(root), dag.select(&[root]));
            let read = Dag::parse(&printed).unwrap_or_else(|error| panic!("{printed}: {error}"));
            // Names are counted in order of appearance, and a derivative may lack some of them.
            let order: Vec<usize> = read
                .variables
                .iter()
                .map(|name| position(&expected, name))
                .collect();
            for point in points(expected.variables.len()) {
                let reordered: Vec<f64> = order.iter().map(|&v| point[v]).collect();
                let (left, right) = (expected.eval(&point)[0], read.eval(&reordered)[0]);
                assert!(
                    left.to_bits() == right.to_bits() || left.is_nan(),
                    "{text} → {printed}: {left} and {right}"
                );
            }
            assert_eq!(read.formula(0), printed, "{text}");
        }
    }
}

fn position(dag: &Dag, name: &str) -> usize {
    dag.variables
        .iter()
        .position(|known| known == name)
        .expect("a known name")
}

#[test]
fn simplification_keeps_values_and_derivatives() {
    for text in CORPUS {
        let formula = Formula::parse(text).expect(text);
        let simplified = formula.simplify(&Region::default(), Budget::default());
        assert_same(&formula.with_gradient(), &simplified.gradient.dag, text);
        assert_same(formula.dag(), &simplified.value.dag, text);
    }
}

#[test]
fn every_name_of_the_language_can_be_written() {
    let arguments = ["x", "0.3", "2.5"];
    for op in Op::ALL
        .iter()
        .filter(|op| !matches!(op, Op::Lt | Op::Le | Op::Eq | Op::If | Op::Pi))
    {
        for name in op.row().aliases.iter().chain([&op.name()]) {
            let arguments = if *op == Op::Powi {
                "x, 3".to_owned()
            } else {
                arguments[..op.arity()].join(", ")
            };
            let dag = Dag::parse(&format!("{name}({arguments})"))
                .unwrap_or_else(|error| panic!("{error}"));
            assert!(dag.eval(&[0.4])[0].is_finite(), "{name}");
        }
    }
    for sugar in SUGAR {
        for name in sugar.names {
            let call = format!("{name}({})", arguments[..sugar.parameters.len()].join(", "));
            let dag = Dag::parse(&call).unwrap_or_else(|error| panic!("{error}"));
            assert!(dag.eval(&[0.4])[0].is_finite(), "{call}");
        }
    }
}

fn genotype() -> impl Strategy<Value = Genotype> {
    let (unary, binary) = (0..Unary::DEFAULT, 0..Binary::DEFAULT);
    let slots = (
        unary.clone(),
        unary.clone(),
        binary.clone(),
        unary.clone(),
        unary,
        binary,
    );
    slots.prop_map(|(u0, u1, b0, u2, u3, b1)| {
        Genotype::from_indices(&Space::wide(), [u0, u1, b0, u2, u3, b1])
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_genotypes_simplify_to_the_same_function(genotype in genotype(), bounded in any::<bool>()) {
        let text = genotype.formula(bounded);
        let formula = Formula::parse(&text).expect("genotypes spell formulas");
        let simplified = formula.simplify(&Region::default(), Budget::default());
        assert_same(&formula.with_gradient(), &simplified.gradient.dag, &text);
        assert_same(formula.dag(), &simplified.value.dag, &text);
    }
}
