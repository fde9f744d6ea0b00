//! Conditions on constants: what is true over the reals is never decided as false.

use actsmith_codegen::Formula;
use actsmith_codegen::{Budget, Region};

fn simplified(text: &str) -> String {
    let formula = Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let form = formula.simplify(&Region::default(), Budget::default());
    form.value.dag.formula(0)
}

/// Each holds over the reals; mpmath says so to 100 digits.
const TRUE: &[&str] = &[
    "sin(pi) == 0",
    "cos(pi / 2) == 0",
    "sin(2 * pi) == 0",
    "cos(3 * pi) == -1",
    "sin(-pi) == 0",
    "sin(7 * pi / 2) == -1",
    "3.14159265358979323846 < pi",
    "pi < 3.14159265358979323847",
    "3.141592653589793116 < pi",
    "pi < 3.1415926535897932385",
    "pi > 3.14159265358979311599796346854",
    "pi * 1e20 > 314159265358979323846",
    "pi != 3.141592653589793",
    "sqrt(100000000000000000001) > 10000000000",
    "sqrt(1.0000000000000001) > 1",
    "sqrt(1e20 + 1) > 1e10",
    "sqrt(0.9999999999999999999) < 1",
    "square(1.0000000000000000001) > 1",
    "cube(0.99999999999999999999) < 1",
    "cosh(1e-8) > 1",
    "cosh(1e-9) > 1",
    "cosh(1e-200) > 1",
    "gaussian(1e-9) < 1",
    "sigmoid(40) < 1",
    "sigmoid(800) < 1",
    "tanh(20) < 1",
    "tanh(-1000) > -1",
    "erf(7) < 1",
    "erfc(30) > 0",
    "exp(-1000) > 0",
    "softplus(-1000) > 0",
    "normal_cdf(-50) > 0",
    "normal_cdf(20) < 1",
    "gaussian(100) > 0",
    "softsign(1e20) < 1",
    "softsign_grad(1e200) > 0",
    "atan(1e20) < pi / 2",
    "leaky_relu(-5e-324) < 0",
    "rrelu(-5e-324) < 0",
    "silu(-745.5) < 0",
    "mish(-746) < 0",
    "silu_grad(-800) < 0",
    "gelu_tanh_grad(-30) < 0",
    "powi(1e-200, 2) > 0",
    "powi(1e-200, 5) > 0",
    "powi(-1e-200, 3) < 0",
    "square(1e-200) > 0",
    "sinc(1e-9) < 1",
    "1 / 3 > 0.3333333333333333",
    "0.1 + 0.2 == 0.3",
    "1 + 1e-20 > 1",
    "tanhshrink(1e-200) > 0",
    "hardswish(-2.9999999999999999) < 0",
    "hardsigmoid(-2.99999999999999999) > 0",
    "ln(1.00000000000000000001) > 0",
    "exp(1e-20) > 1",
    "expm1(1e-20) > 1e-20",
    "asinh(1e-9) < 1e-9",
    "max(pi, 3.1415926535897932) == pi",
];

#[test]
fn a_true_condition_is_decided_rightly_or_left_alone() {
    for condition in TRUE {
        let form = simplified(&format!("if {condition} {{ x }} else {{ 0 }}"));
        assert_ne!(form, "0", "{condition}");
        let form = simplified(&format!("if {condition} {{ 0 }} else {{ x }}"));
        assert_ne!(form, "x", "{condition}");
    }
}

#[test]
fn sines_and_cosines_of_multiples_of_pi_are_exact() {
    for (condition, truth) in [
        ("sin(pi) == 0", "x"),
        ("cos(pi / 2) == 0", "x"),
        ("sin(2 * pi) == 0", "x"),
        ("cos(5 * pi) == -1", "x"),
        ("sin(2.5 * pi) == 1", "x"),
        ("sin(-1.5 * pi) == 1", "x"),
        ("cos(2 * pi) == 0", "0"),
    ] {
        let form = simplified(&format!("if {condition} {{ x }} else {{ 0 }}"));
        assert_eq!(form, truth, "{condition}");
    }
}

#[test]
fn differences_from_pi_keep_their_sign() {
    for (text, wrong) in [
        (
            "relu((pi - 3.14159265358979312) * 1e20) * x",
            &["0", "0 * x"][..],
        ),
        (
            "abs(pi - 3.14159265358979312) * x",
            &[
                "x * (3.14159265358979312 - pi)",
                "(3.14159265358979312 - pi) * x",
            ],
        ),
        (
            "max(pi, 3.1415926535897932) * x",
            &["3.1415926535897932 * x", "x * 3.1415926535897932"],
        ),
        ("min(pi, 3.1415926535897932) * x", &["pi * x", "x * pi"]),
        ("sign(pi - 3.141592653589793) * x", &["0", "-x"]),
    ] {
        let form = simplified(text);
        assert!(!wrong.contains(&form.as_str()), "{text} became {form}");
    }
}
