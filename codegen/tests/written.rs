//! Formulas and derivatives come out as a person would write them.

use actsmith_codegen::{Budget, Component, Formula, Region, Simplification};

fn forms(text: &str) -> Simplification {
    let formula = Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    formula.simplify(&Region::default(), Budget::default())
}

#[test]
fn values_are_written_as_people_write_them() {
    for (text, expected) in [
        ("x / 1.702", "x / 1.702"),
        ("x * (1 / 6)", "x / 6"),
        ("x - (-0.5)", "x + 0.5"),
        ("x * 2 * gaussian(x * 2)", "2 * x * gaussian(2 * x)"),
        ("clamp(-3, x, 5)", "clamp(x, -3, 5)"),
        ("sigmoid(x * beta) * x", "x * sigmoid(beta * x)"),
        ("x - x * x * x / 6", "x * (1 - square(x) / 6)"),
        ("1e-20 * x", "1e-20 * x"),
        ("1e20 * x", "1e20 * x"),
        ("0 / x", "0"),
        ("if x > 0 { x } else { x }", "x"),
        ("if 2 > 1 { x } else { 3 }", "x"),
        ("x * (1 - tanh(x))", "x * (2 * sigmoid(-2 * x))"),
        ("atan(0) * x", "0"),
        ("softsign_grad(0) * x", "x"),
        (
            "if x <= 3.06 { 1 } else { if x <= 1 { 2 } else { 3 } }",
            "if x > 3.06 { 3 } else { 1 }",
        ),
        (
            "if x < 1 { if x < 2 { sin(x) } else { cos(x) } } else { tanh(x) }",
            "if x < 1 { sin(x) } else { tanh(x) }",
        ),
        (
            "if x < 1 { if x > 2 { sin(x) } else { cos(x) } } else { tanh(x) }",
            "if x < 1 { cos(x) } else { tanh(x) }",
        ),
    ] {
        assert_eq!(forms(text).value.dag.formula(0), expected, "{text}");
    }
}

#[test]
fn derivatives_are_written_as_people_write_them() {
    for (text, expected) in [
        ("x / 1.702", "500 / 851"),
        ("x * abs(x)", "2 * abs(x)"),
        ("x * x * 3 + x - 2", "6 * x + 1"),
        ("x * x - 3.5653 * x", "2 * x - 3.5653"),
        ("x * (x + 2) + 3 * x", "2 * x + 5"),
        ("clamp(-3, x, 5)", "if x > -3 && x < 5 { 1 } else { 0 }"),
        ("relu(x)", "if x > 0 { 1 } else { 0 }"),
        ("relu6(x)", "if x > 0 && x < 6 { 1 } else { 0 }"),
        ("leaky_relu(x)", "if x > 0 { 1 } else { 0.01 }"),
        ("prelu(x, a)", "if x > 0 { 1 } else { a }"),
        ("hardtanh(x)", "if abs(x) < 1 { 1 } else { 0 }"),
        ("hardshrink(x)", "if abs(x) > 0.5 { 1 } else { 0 }"),
        ("softshrink(x)", "if abs(x) > 0.5 { 1 } else { 0 }"),
        ("hardsigmoid(x)", "if abs(x) < 3 { 1 / 6 } else { 0 }"),
        (
            "hardswish(x)",
            "if x <= -3 { 0 } else if x < 3 { x / 3 + 0.5 } else { 1 }",
        ),
        ("log_sigmoid(x)", "sigmoid(-x)"),
        ("softplus(x)", "sigmoid(x)"),
        ("tanh(x)", "tanh_grad(x)"),
        ("tanhshrink(x)", "square(tanh(x))"),
        ("silu(x)", "silu_grad(x)"),
        ("gelu(x)", "normal_cdf(x) + x * normal_pdf(x)"),
        ("elu(x)", "exp(min0(x))"),
        ("elu(x, 0.5)", "if x > 0 { 1 } else { 0.5 * exp(min0(x)) }"),
        ("x - exp(-x)", "1 + exp(-x)"),
        ("clamp(x, -1, 1)", "if abs(x) < 1 { 1 } else { 0 }"),
        ("sqrt(square(x))", "sign(x)"),
        ("abs(x) * sign(x)", "1"),
        ("relu(x) - relu(-x)", "1"),
        ("x - (-0.5)", "1"),
        ("-(0.3 * x)", "-0.3"),
        ("1 * tanh(x)", "tanh_grad(x)"),
        ("-1 * tanh(x)", "-tanh_grad(x)"),
        ("0 + tanh(x)", "tanh_grad(x)"),
        ("1e-20 * x", "1e-20"),
        ("1e20 * x", "1e20"),
        (
            "softsign(hardshrink(x))",
            "if abs(x) > 0.5 { softsign_grad(x) } else { 0 }",
        ),
        ("x / sqrt(1 + square(x))", "cube(1 / sqrt(1 + square(x)))"),
        ("ln(exp(x) - 1)", "exp(x) / (exp(x) - 1)"),
        (
            "gelu(x) + gelu(-x)",
            "erf(x / sqrt(2)) + 2 / sqrt(pi) * (gaussian(x / sqrt(2)) * (x / sqrt(2)))",
        ),
    ] {
        let derivative = forms(text).gradient.dag.graph(Component::Derivative(0));
        assert_eq!(derivative.formula(0), expected, "{text}");
    }
}

#[test]
fn long_sums_of_one_term_are_one_product() {
    let terms: Vec<String> = (1..=19).map(|factor| format!("{factor} * x")).collect();
    let forms = forms(&terms.join(" + "));
    assert_eq!(forms.value.dag.formula(0), "190 * x");
    let derivative = forms.gradient.dag.graph(Component::Derivative(0));
    assert_eq!(derivative.formula(0), "190");
}
