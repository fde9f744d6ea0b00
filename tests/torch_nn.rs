//! The derivative of every activation of `torch.nn`, as a textbook prints it.

use actsmith::{Budget, Component, Formula, Region};
use actsmith_codegen::rounding::Rounded;

/// The module, the formula, its derivative with respect to x as it comes out, and as people write it by hand.
const MODULES: &[(&str, &str, &str, &str)] = &[
    (
        "CELU",
        "celu(x)",
        "exp(min0(x))",
        "if x > 0 { 1 } else { exp(x) }",
    ),
    (
        "ELU",
        "elu(x)",
        "exp(min0(x))",
        "if x > 0 { 1 } else { exp(x) }",
    ),
    (
        "GELU",
        "gelu(x)",
        "normal_cdf(x) + x * normal_pdf(x)",
        "normal_cdf(x) + x * normal_pdf(x)",
    ),
    (
        "GELU(approximate='tanh')",
        "gelu_tanh(x)",
        "gelu_tanh_grad(x)",
        "{ let u = sqrt(2 / pi) * (x + 0.044715 * cube(x)); 0.5 * (1 + tanh(u)) + 0.5 * x * (1 - square(tanh(u))) * (sqrt(2 / pi) * (1 + 0.134145 * square(x))) }",
    ),
    ("GLU", "glu(x, gate)", "sigmoid(gate)", "sigmoid(gate)"),
    (
        "Hardshrink",
        "hardshrink(x)",
        "if abs(x) > 0.5 { 1 } else { 0 }",
        "if abs(x) > 0.5 { 1 } else { 0 }",
    ),
    (
        "Hardsigmoid",
        "hardsigmoid(x)",
        "if abs(x) < 3 { 1 / 6 } else { 0 }",
        "if abs(x) < 3 { 1 / 6 } else { 0 }",
    ),
    (
        "Hardswish",
        "hardswish(x)",
        "if x <= -3 { 0 } else if x < 3 { x / 3 + 0.5 } else { 1 }",
        "if x <= -3 { 0 } else if x < 3 { x / 3 + 0.5 } else { 1 }",
    ),
    (
        "Hardtanh",
        "hardtanh(x)",
        "if abs(x) < 1 { 1 } else { 0 }",
        "if abs(x) < 1 { 1 } else { 0 }",
    ),
    (
        "LeakyReLU",
        "leaky_relu(x)",
        "if x > 0 { 1 } else { 0.01 }",
        "if x > 0 { 1 } else { 0.01 }",
    ),
    (
        "LogSigmoid",
        "log_sigmoid(x)",
        "sigmoid(-x)",
        "1 - sigmoid(x)",
    ),
    (
        "Mish",
        "mish(x)",
        "mish_grad(x)",
        "{ let t = tanh(softplus(x)); t + x * sigmoid(x) * (1 - square(t)) }",
    ),
    (
        "PReLU",
        "prelu(x, alpha)",
        "if x > 0 { 1 } else { alpha }",
        "if x > 0 { 1 } else { alpha }",
    ),
    (
        "ReLU",
        "relu(x)",
        "if x > 0 { 1 } else { 0 }",
        "if x > 0 { 1 } else { 0 }",
    ),
    (
        "ReLU6",
        "relu6(x)",
        "if x > 0 && x < 6 { 1 } else { 0 }",
        "if x > 0 && x < 6 { 1 } else { 0 }",
    ),
    (
        "RReLU",
        "rrelu(x)",
        "if x > 0 { 1 } else { 11 / 48 }",
        "if x > 0 { 1 } else { 11 / 48 }",
    ),
    (
        "SELU",
        "selu(x)",
        "if x > 0 { 1.0507009873554805 } else { 1.758099340847377 * exp(x) }",
        "if x > 0 { 1.0507009873554805 } else { 1.758099340847377 * exp(x) }",
    ),
    (
        "SiLU",
        "silu(x)",
        "silu_grad(x)",
        "sigmoid(x) * (1 + x * (1 - sigmoid(x)))",
    ),
    (
        "Sigmoid",
        "sigmoid(x)",
        "sigmoid_grad(x)",
        "sigmoid(x) * (1 - sigmoid(x))",
    ),
    ("Softplus", "softplus(x)", "sigmoid(x)", "sigmoid(x)"),
    (
        "Softshrink",
        "softshrink(x)",
        "if abs(x) > 0.5 { 1 } else { 0 }",
        "if abs(x) > 0.5 { 1 } else { 0 }",
    ),
    (
        "Softsign",
        "softsign(x)",
        "softsign_grad(x)",
        "1 / square(1 + abs(x))",
    ),
    ("Tanh", "tanh(x)", "tanh_grad(x)", "1 - square(tanh(x))"),
    (
        "Tanhshrink",
        "tanhshrink(x)",
        "square(tanh(x))",
        "square(tanh(x))",
    ),
    (
        "Threshold",
        "threshold(x, 0.1, 20)",
        "if x > 0.1 { 1 } else { 0 }",
        "if x > 0.1 { 1 } else { 0 }",
    ),
];

#[test]
fn derivatives_are_those_of_a_textbook() {
    let page = include_str!("../docs/simplify.md");
    let mut missing = Vec::new();
    for (module, text, expected, by_hand) in MODULES {
        let formula = Formula::parse(text).expect(text);
        let form = formula.simplify(&Region::default(), Budget::default());
        let rounded = Rounded::of(&formula, &form, &Region::default(), Budget::default());
        let gradient = rounded.map_or(form.gradient.dag, |rounded| rounded.gradient);
        let derivative = gradient.graph(Component::Derivative(0));
        assert_eq!(derivative.formula(0), *expected, "{module}");

        let hand = Formula::parse(by_hand).expect(by_hand);
        let counts = [derivative.operations(), hand.dag().operations()];
        assert!(counts[0] <= counts[1], "{module}: {counts:?}");
        // None of these points is a kink.
        for k in -60..60 {
            let x = f64::from(k) * 0.173 + 0.05;
            let point = [x, 0.3];
            let found = derivative.eval(&point[..derivative.variables.len()])[0];
            let known = hand.dag().eval(&point[..hand.dag().variables.len()])[0];
            let close = (found - known).abs() <= 1e-12 * (1.0 + known.abs());
            assert!(close, "{module} at {x}: {found}, not {known}");
        }

        let row = format!(
            "| `{module}` | `{expected}` | {} | {} |",
            counts[0], counts[1]
        );
        if !page.contains(&row) {
            missing.push(row);
        }
    }
    assert!(
        missing.is_empty(),
        "docs/simplify.md lacks\n{}",
        missing.join("\n")
    );
}
