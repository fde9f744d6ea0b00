//! The activations of `torch.nn` come back under their own name, however they are written out.

use actsmith_codegen::Formula;
use actsmith_codegen::{Budget, Region};

/// A name, and formulas that are the same function.
type Row = (&'static str, &'static [&'static str]);

#[rustfmt::skip]
const NAMED: &[Row] = &[
    ("relu(x)", &[
        "max(0, x)", "max(x, 0)", "if x > 0 { x } else { 0 }", "if x >= 0 { x } else { 0 }", "if x < 0 { 0 } else { x }",
        "if x <= 0 { 0 } else { x }", "(x + abs(x)) / 2", "0.5 * (x + abs(x))", "threshold(x, 0, 0)", "leaky_relu(x, 0)", "x - min(x, 0)",
    ]),
    ("relu6(x)", &[
        "min(max(0, x), 6)", "max(0, min(x, 6))", "min(relu(x), 6)", "clamp(x, 0, 6)", "relu(x) - relu(x - 6)",
        "if x < 0 { 0 } else { if x < 6 { x } else { 6 } }", "if x > 6 { 6 } else { if x > 0 { x } else { 0 } }",
    ]),
    ("leaky_relu(x)", &[
        "max(x, 0.01 * x)", "max(0, x) + 0.01 * min(0, x)", "relu(x) + 0.01 * min0(x)", "if x > 0 { x } else { 0.01 * x }",
        "if x >= 0 { x } else { 0.01 * x }", "if x < 0 { 0.01 * x } else { x }", "if x < 0 { x / 100 } else { x }", "leaky_relu(x, 0.01)",
        "relu(x) - 0.01 * relu(-x)", "if x <= 0 { 0.01 * x } else { x }",
    ]),
    ("leaky_relu(x, 0.2)", &[
        "max(x, 0.2 * x)", "max(0.2 * x, x)", "max(0, x) + 0.2 * min(0, x)", "relu(x) - 0.2 * relu(-x)", "prelu(x, 0.2)",
        "if x > 0 { x } else { 0.2 * x }", "if x >= 0 { x } else { 0.2 * x }", "if x < 0 { 0.2 * x } else { x }",
    ]),
    ("prelu(x, a)", &[
        "max(0, x) + a * min(0, x)", "relu(x) + a * min0(x)", "relu(x) - a * relu(-x)", "if x > 0 { x } else { a * x }",
        "if x >= 0 { x } else { a * x }", "if x < 0 { a * x } else { x }", "if x <= 0 { a * x } else { x }", "leaky_relu(x, a)",
    ]),
    ("rrelu(x)", &[
        "leaky_relu(x, 11 / 48)", "if x > 0 { x } else { 11 / 48 * x }", "max(x, 11 * x / 48)",
        "if x >= 0 { x } else { (1 / 8 + 1 / 3) / 2 * x }",
    ]),
    ("threshold(x, 1, 20)", &["if x > 1 { x } else { 20 }", "if x <= 1 { 20 } else { x }"]),
    ("threshold(x, 0.1, v)", &[]),
    ("hardtanh(x)", &[
        "clamp(x, -1, 1)", "max(-1, min(1, x))", "min(1, max(-1, x))", "max(min(x, 1), -1)",
        "if x > 1 { 1 } else { if x < -1 { -1 } else { x } }", "if x < -1 { -1 } else { if x > 1 { 1 } else { x } }",
        "if x <= -1 { -1 } else { if x >= 1 { 1 } else { x } }", "if x > 1 { 1 } else if x < -1 { -1 } else { x }",
        "relu(x + 1) - relu(x - 1) - 1",
    ]),
    ("hardshrink(x)", &[
        "if x > 0.5 { x } else { if x < -0.5 { x } else { 0 } }", "if x > 0.5 || x < -0.5 { x } else { 0 }",
        "if x < -0.5 || x > 0.5 { x } else { 0 }", "if abs(x) > 0.5 { x } else { 0 }", "if abs(x) <= 0.5 { 0 } else { x }",
        "if x >= -0.5 && x <= 0.5 { 0 } else { x }",
    ]),
    ("softshrink(x)", &[
        "x - clamp(x, -0.5, 0.5)", "if x > 0.5 { x - 0.5 } else { if x < -0.5 { x + 0.5 } else { 0 } }",
        "if x < -0.5 { x + 0.5 } else { if x > 0.5 { x - 0.5 } else { 0 } }", "relu(x - 0.5) - relu(-x - 0.5)",
        "relu(x - 0.5) + min0(x + 0.5)", "max(x - 0.5, 0) + min(x + 0.5, 0)", "sign(x) * relu(abs(x) - 0.5)",
        "sign(x) * max(abs(x) - 0.5, 0)", "x - max(-0.5, min(0.5, x))",
    ]),
    ("hardsigmoid(x)", &[
        "relu6(x + 3) / 6", "clamp(x / 6 + 0.5, 0, 1)", "clamp(x + 3, 0, 6) / 6", "max(0, min(1, x / 6 + 1 / 2))",
        "min(max(x + 3, 0), 6) / 6", "if x <= -3 { 0 } else { if x >= 3 { 1 } else { x / 6 + 1 / 2 } }", "1 / 6 * relu6(x + 3)",
        "clamp((x + 3) / 6, 0, 1)",
    ]),
    ("hardswish(x)", &[
        "x * relu6(x + 3) / 6", "x * hardsigmoid(x)", "x * (relu6(x + 3) / 6)", "x * clamp(x + 3, 0, 6) / 6", "x * clamp(x / 6 + 0.5, 0, 1)",
        "if x <= -3 { 0 } else { if x >= 3 { x } else { x * (x + 3) / 6 } }", "x * min(max(x + 3, 0), 6) / 6",
    ]),
    ("sigmoid(x)", &[
        "1 / (1 + exp(-x))", "exp(x) / (1 + exp(x))", "exp(x) / (exp(x) + 1)", "0.5 * (1 + tanh(x / 2))", "(1 + tanh(0.5 * x)) / 2",
        "0.5 * tanh(0.5 * x) + 0.5", "1 - 1 / (1 + exp(x))", "exp(-softplus(-x))", "1 - sigmoid(-x)",
    ]),
    ("log_sigmoid(x)", &[
        "ln(1 / (1 + exp(-x)))", "ln(sigmoid(x))", "-softplus(-x)", "-ln(1 + exp(-x))", "x - softplus(x)", "-log1p(exp(-x))",
        "min(x, 0) - log1p(exp(-abs(x)))", "x - ln(1 + exp(x))",
    ]),
    ("softplus(x)", &[
        "ln(1 + exp(x))", "log1p(exp(x))", "relu(x) + ln(1 + exp(-abs(x)))", "max(x, 0) + log1p(exp(-abs(x)))", "x + softplus(-x)",
        "-ln(sigmoid(-x))", "-log_sigmoid(-x)", "x + ln(1 + exp(-x))", "ln(exp(x) + 1)",
    ]),
    ("softsign(x)", &["x / (1 + abs(x))", "x / (abs(x) + 1)", "x * (1 / (1 + abs(x)))", "x / (1 + max(x, -x))"]),
    ("tanh(x)", &[
        "(exp(x) - exp(-x)) / (exp(x) + exp(-x))", "(exp(2 * x) - 1) / (exp(2 * x) + 1)", "1 - 2 / (exp(2 * x) + 1)",
        "2 * sigmoid(2 * x) - 1", "sinh(x) / cosh(x)", "(1 - exp(-2 * x)) / (1 + exp(-2 * x))", "2 / (1 + exp(-2 * x)) - 1",
        "expm1(2 * x) / (expm1(2 * x) + 2)",
    ]),
    ("tanhshrink(x)", &[
        "x - tanh(x)", "x - (exp(x) - exp(-x)) / (exp(x) + exp(-x))", "-(tanh(x) - x)", "x + tanh(-x)", "x - (2 * sigmoid(2 * x) - 1)",
    ]),
    ("silu(x)", &[
        "x * sigmoid(x)", "x / (1 + exp(-x))", "x * (1 / (1 + exp(-x)))", "x * exp(x) / (1 + exp(x))", "0.5 * x * (1 + tanh(x / 2))",
        "x * exp(x) / (exp(x) + 1)", "x * (1 - sigmoid(-x))", "x - x * sigmoid(-x)", "x / 2 * (1 + tanh(x / 2))",
    ]),
    ("mish(x)", &[
        "x * tanh(ln(1 + exp(x)))", "x * tanh(softplus(x))", "x * tanh(log1p(exp(x)))",
        "x * (square(1 + exp(x)) - 1) / (square(1 + exp(x)) + 1)", "x * (powi(1 + exp(x), 2) - 1) / (powi(1 + exp(x), 2) + 1)",
        "x * exp(x) * (exp(x) + 2) / (exp(x) * (exp(x) + 2) + 2)", "x * (exp(2 * x) + 2 * exp(x)) / (exp(2 * x) + 2 * exp(x) + 2)",
    ]),
    ("gelu(x)", &[
        "0.5 * x * (1 + erf(x / sqrt(2)))", "x * normal_cdf(x)", "x * 0.5 * (1 + erf(x / sqrt(2)))", "x / 2 * (1 + erf(x / sqrt(2)))",
        "0.5 * x * erfc(-x / sqrt(2))", "x * (1 + erf(x / sqrt(2))) / 2", "0.5 * x * (1 + erf(x * sqrt(0.5)))",
        "0.5 * x * (1 + erf(sqrt(0.5) * x))", "0.5 * x + 0.5 * x * erf(x / sqrt(2))", "x * (0.5 + 0.5 * erf(x / sqrt(2)))",
        "0.5 * (x + x * erf(x / sqrt(2)))",
    ]),
    ("gelu_tanh(x)", &[
        "0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * powi(x, 3))))", "0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * cube(x))))",
        "x * 0.5 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x)))", "0.5 * x * (1 + tanh(sqrt(2 / pi) * x * (1 + 0.044715 * x * x)))",
        "0.5 * x * (1 + tanh(sqrt(2 / pi) * x * (1 + 0.044715 * square(x))))",
        "x * sigmoid(2 * sqrt(2 / pi) * (x + 0.044715 * cube(x)))", "x / (1 + exp(-sqrt(8 / pi) * (x + 0.044715 * cube(x))))",
        "x * sigmoid(sqrt(8 / pi) * (x + 0.044715 * cube(x)))",
    ]),
    ("elu(x)", &[
        "max(0, x) + min(0, exp(x) - 1)", "if x > 0 { x } else { exp(x) - 1 }", "if x >= 0 { x } else { exp(x) - 1 }",
        "if x < 0 { exp(x) - 1 } else { x }", "if x <= 0 { exp(x) - 1 } else { x }", "relu(x) + expm1(min(x, 0))", "elu(x, 1)", "celu(x)",
        "celu(x, 1)", "max(0, x) + min(0, 1 * (exp(x) - 1))", "relu(x) + exp(min(x, 0)) - 1", "if x > 0 { x } else { expm1(x) }",
        "max(x, exp(min(x, 0)) - 1)", "relu(x) - relu(1 - exp(x))",
    ]),
    ("elu(x, 0.5)", &[
        "max(0, x) + min(0, 0.5 * (exp(x) - 1))", "if x > 0 { x } else { 0.5 * (exp(x) - 1) }", "if x >= 0 { x } else { 0.5 * (exp(x) - 1) }",
        "if x < 0 { 0.5 * (exp(x) - 1) } else { x }", "relu(x) + 0.5 * expm1(min(x, 0))", "relu(x) + 0.5 * (exp(min(x, 0)) - 1)",
    ]),
    ("elu(x, alpha)", &[
        "if x > 0 { x } else { alpha * (exp(x) - 1) }", "if x >= 0 { x } else { alpha * (exp(x) - 1) }", "relu(x) + alpha * expm1(min(x, 0))",
        "if x < 0 { alpha * expm1(x) } else { x }", "if x <= 0 { alpha * expm1(x) } else { x }", "relu(x) + alpha * (exp(min(x, 0)) - 1)",
    ]),
    ("celu(x, 2)", &[
        "max(0, x) + min(0, 2 * (exp(x / 2) - 1))", "if x > 0 { x } else { 2 * (exp(x / 2) - 1) }", "if x >= 0 { x } else { 2 * (exp(x / 2) - 1) }",
        "if x < 0 { 2 * expm1(x / 2) } else { x }", "relu(x) + 2 * expm1(min(x, 0) / 2)", "relu(x) + 2 * expm1(min(x / 2, 0))",
    ]),
    ("celu(x, alpha)", &[
        "if x > 0 { x } else { alpha * (exp(x / alpha) - 1) }", "if x >= 0 { x } else { alpha * (exp(x / alpha) - 1) }",
        "if x < 0 { alpha * expm1(x / alpha) } else { x }", "relu(x) + alpha * expm1(min(x, 0) / alpha)",
    ]),
    ("selu(x)", &[
        "1.0507009873554804934193349852946 * (max(0, x) + min(0, 1.6732632423543772848170429916717 * (exp(x) - 1)))",
        "1.0507009873554804934193349852946 * (if x > 0 { x } else { 1.6732632423543772848170429916717 * (exp(x) - 1) })",
        "1.0507009873554804934193349852946 * (if x >= 0 { x } else { 1.6732632423543772848170429916717 * expm1(x) })",
        "1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717)",
        "if x > 0 { 1.0507009873554804934193349852946 * x } else { 1.0507009873554804934193349852946 * 1.6732632423543772848170429916717 * (exp(x) - 1) }",
    ]),
    // Slopes, and relatives that have no name.
    ("sigmoid_grad(x)", &["exp(-x) / square(1 + exp(-x))", "exp(x) / square(1 + exp(x))", "exp(-x) / (square(1 + exp(-x)))"]),
    ("tanh_grad(x)", &["4 / square(exp(x) + exp(-x))", "1 / square(cosh(x))", "1 - square(tanh(x))"]),
    ("x * erf(x / sqrt(2))", &["gelu(x) + gelu(-x)"]),
    ("x * tanh(x / 2)", &["silu(x) + silu(-x)"]),
    ("1", &["square(tanh(x)) + 1 / square(cosh(x))"]),
];

fn simplified(text: &str) -> String {
    let formula = Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let simple = formula.simplify(&Region::default(), Budget::default());
    simple.value.dag.formula(0)
}

#[test]
fn every_name_stays_and_comes_back_from_what_it_stands_for() {
    let mut lost = Vec::new();
    for (name, texts) in NAMED {
        for text in [name].into_iter().chain(*texts) {
            let found = simplified(text);
            if found != *name {
                lost.push(format!("{text}\n    is {found}\n    not {name}"));
            }
        }
    }
    let count = lost.len();
    assert!(
        lost.is_empty(),
        "{count} come out otherwise:\n{}",
        lost.join("\n")
    );
}

/// `snake(x, a)` is x + sin²(ax)/a.
#[test]
fn a_shorthand_does_not_divide_by_a_literal_0() {
    let error = actsmith_codegen::Formula::parse("x * snake(x, 0)").unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("`snake` divides by an argument that is 0 here"),
        "{error}"
    );
    let error = actsmith_codegen::Formula::parse("div(x, (0))").unwrap_err();
    assert!(error.to_string().contains("division by zero"), "{error}");
    assert!(actsmith_codegen::Formula::parse("snake(x, 0.5) + snake(x, x - x)").is_ok());
}
