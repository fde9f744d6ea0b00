//! Slopes at the edges: where one factor of the chain rule is 0 and another infinite, at single points, between equal bounds.
//!
//! They are those of the operation that runs, in every type of element. The right ones come from one-sided limits on paper.

#![cfg(feature = "candle")]

use actsmith_codegen::ir::{Dag, Id, Node};
use actsmith_codegen::ops::{Domain, Op};
use actsmith_codegen::runtime::Element;
use actsmith_codegen::{Budget, Component, Definedness, Formula, Interpreted, Region};
use half::{bf16, f16};

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn activation(text: &str) -> Interpreted {
    let activation = formula(text).activation();
    activation.unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The slope at `x` in f32.
fn slope(text: &str, x: f32) -> f32 {
    activation(text).slopes(&[x])[0]
}

/// Formulas that are constant up to some place, inside a function that is steep or has none there; the arguments at which the slope
/// is 0.
const FLAT: &[(&str, &[f32])] = &[
    ("sqrt(hardsigmoid(x))", &[-3.5, -10.0, -1e30]),
    ("sqrt(max(x, 0))", &[-1e-30, -1.0, -3e38]),
    ("sqrt(max(0, x))", &[-1.0]),
    ("sqrt(relu(x))", &[-1.0, -1e20]),
    ("sqrt(square(relu(x)))", &[-1e-20, -1.0, -1e30]),
    ("sqrt(relu6(x))", &[-1.0, 7.0]),
    ("sqrt(clamp(x, 0, 2))", &[-1.0, 3.0]),
    ("sqrt(hardtanh(x) + 1)", &[-1.5, 2.0, -1e10]),
    ("sqrt(1 - hardtanh(x))", &[1.5, 1e10]),
    ("sqrt(abs(relu(x)))", &[-1.0]),
    ("sqrt(-min0(x))", &[1.0]),
    ("sqrt(threshold(x, 0.5, 0))", &[0.25, -2.0]),
    ("sqrt(2 * relu(x) + relu(x - 1))", &[-0.5]),
    ("sqrt(relu(x) * sigmoid(x))", &[-0.5, -30.0]),
    ("sqrt(relu(x) * square(x))", &[-2.0]),
    ("sqrt(relu6(x) * hardsigmoid(x - 1))", &[-3.0, -1.0]),
    ("sqrt(sqrt(relu(x)))", &[-2.0]),
    ("tanh(sqrt(relu(x)))", &[-2.0]),
    ("x + sqrt(relu(x) * 3) - x", &[-2.0]),
    (
        "if x > 0 { exp(-1 / x) } else { 0 }",
        &[1e-20, 5e-20, 1e-30, 1e-37, -1.0],
    ),
    (
        "if x > 0 { exp(-1 / square(x)) } else { 0 }",
        &[1e-15, 1e-10, -1.0],
    ),
    ("if x > 0 { powi(relu(x), -1) } else { 0 }", &[-1.0]),
    ("if x > 0 { 1 / relu(x) } else { 2 }", &[-1.0]),
    ("if x > 1 { ln(relu(x - 1)) } else { 0 }", &[0.5, -4.0]),
    ("exp(-exp(x))", &[89.0, 100.0, 1e30]),
    ("gaussian(cube(x))", &[1e14, -1e20]),
    ("tanh(exp(x))", &[89.0, 200.0]),
    ("sigmoid(cube(x))", &[1e15, -1e15]),
];

/// A slope of 0 in one type of element.
fn is_flat<T: Element>(text: &str, x: f32, from: fn(f32) -> T, to: fn(T) -> f64) {
    let (op, x) = (activation(text), from(x));
    let (value, slope) = (to(op.values(&[x])[0]), to(op.slopes(&[x])[0]));
    if to(x).is_finite() && value.is_finite() {
        assert!(
            slope == 0.0,
            "{text} at {:e}: {slope}, by {}",
            to(x),
            op.derivative()
        );
    }
}

#[test]
fn a_constant_piece_has_slope_0_whatever_stands_outside() {
    for (text, points) in FLAT {
        for &x in *points {
            is_flat::<f32>(text, x, |x| x, f64::from);
            is_flat::<f64>(text, x, f64::from, |x| x);
            // Half precision rounds some of these arguments to 0, which is no longer inside the piece.
            if f16::from_f32(x).to_f32() != 0.0 {
                is_flat::<f16>(text, x, f16::from_f32, f64::from);
            }
            is_flat::<bf16>(text, x, bf16::from_f32, f64::from);
        }
    }
}

/// What is defined everywhere has a number for its slope wherever its value is one, kinks to infinite slopes aside.
#[test]
fn no_slope_is_nan_where_the_value_is_a_number() {
    let powers = (-140..128).flat_map(|n| [2f32.powi(n), -(2f32.powi(n)), 1.3 * 2f32.powi(n)]);
    let points: Vec<f32> = powers.collect();
    for (text, _) in FLAT {
        let op = activation(text);
        assert_eq!(
            formula(text).definedness(&Region::default()),
            Definedness::Everywhere,
            "{text}"
        );
        for ((x, value), slope) in points
            .iter()
            .zip(op.values(&points))
            .zip(op.slopes(&points))
        {
            assert!(
                !(value.is_finite() && slope.is_nan()),
                "{text} at {x:e}: {}",
                op.derivative()
            );
        }
    }
}

/// What is written for such slopes is accepted with its reasons, by the checker of certificates.
#[test]
fn certificates_of_slopes_at_edges_hold() {
    let (region, budget) = (Region::default(), Budget::default());
    for (text, _) in FLAT.iter().step_by(2) {
        let formula = formula(text);
        let simplification = formula.simplify(&region, budget);
        let certificate = formula.certify(&simplification, &region, budget);
        assert!(
            certificate.check().is_ok(),
            "{text}: {:?}",
            certificate.check()
        );
    }
}

#[test]
fn a_single_point_takes_the_slope_of_what_surrounds_it() {
    for (text, x, expected) in [
        ("if x == 0 { 1 } else { expm1(x) / x }", 0.0, 0.5),
        ("if x == 0 { 0 } else { x }", 0.0, 1.0),
        ("if x != 0 { x } else { 0 }", 0.0, 1.0),
        ("if 0 == x { 1 } else { (exp(x) - 1) / x }", 0.0, 0.5),
        ("if x == 0 { 1 } else { x / expm1(x) }", 0.0, -0.5),
        ("if x == 1 { 1 } else { ln(x) / (x - 1) }", 1.0, -0.5),
        ("if x == 0 { 1 } else { sin(x) / x }", 0.0, 0.0),
        ("if x == 0 { 0 } else { (1 - cos(x)) / x }", 0.0, 0.5),
        (
            "if x == 2 { 4 } else { (square(x) - 4) / (x - 2) }",
            2.0,
            1.0,
        ),
        ("if x == 0 { 1 } else { exp(3 * x) }", 0.0, 3.0),
        // It jumps there: the branch for the point stands.
        ("if x == 0 { 1 } else { x }", 0.0, 0.0),
        ("if x == 0 { x } else { 5 + 2 * x }", 0.0, 1.0),
    ] {
        assert_eq!(slope(text, x), expected, "{text}");
    }
}

/// The kinks of the pieces cancel, so the slope is that of the smooth function which they make.
#[test]
fn pieces_that_meet_smoothly_have_the_slope_of_both_sides() {
    for (text, expected) in [
        ("relu(x) + log1p(exp(-abs(x)))", 0.5),
        ("relu(x) + min0(x)", 1.0),
        ("relu(x) + expm1(min0(x))", 1.0),
        ("relu(x) * abs(x)", 0.0),
        // A kink that stays keeps the slope of the table.
        ("relu(x)", 0.0),
        ("relu(x) + 0.5 * min0(x)", 0.0),
        ("relu(x) + abs(x)", 0.0),
    ] {
        assert_eq!(slope(text, 0.0), expected, "{text}");
    }
}

/// Where both factors leave the range of f64, the one that underflows outweighs the other: the slope is 0 to all digits.
#[test]
fn a_factor_that_underflows_in_f64_outweighs_one_that_overflows() {
    for (text, x) in [
        ("exp(-exp(x))", 750.0),
        ("exp(-exp(x))", 1e300),
        ("exp(-exp(2 * x))", 400.0),
        ("tanh(exp(x))", 800.0),
        ("erf(exp(x))", 800.0),
        ("gaussian(cube(x))", 1e150),
        ("gaussian(exp(x))", 800.0),
        ("sigmoid(sinh(x))", -800.0),
        ("exp(-cosh(x))", 900.0),
        ("normal_cdf(-exp(x))", 800.0),
        ("log_sigmoid(exp(x))", 800.0),
        ("softplus(-exp(x))", 800.0),
        ("x * sigmoid(-exp(x))", 800.0),
        ("sigmoid(-cube(x))", 1e160),
        ("atan(cube(exp(x)))", 400.0),
    ] {
        let slopes = formula(text).with_finite_gradient(&Region::default());
        assert_eq!(slopes.at(&[x]).1[0], 0.0, "{text} at {x:e}: {slopes}");
    }
    // Here the factors balance, and 0 would be wrong: the slopes are 1, 1 and 2.
    for (text, x) in [
        ("ln(1 + exp(x))", 800.0),
        ("asinh(exp(x))", 800.0),
        ("ln(exp(x) * exp(x))", 400.0),
    ] {
        let slopes = formula(text).with_finite_gradient(&Region::default());
        assert_ne!(slopes.at(&[x]).1[0], 0.0, "{text} at {x:e}: {slopes}");
    }
}

/// In every type, near the place where the root vanishes and at it; right slopes from the exponents of t.
#[test]
fn roots_that_vanish_faster_than_a_line_have_slope_0() {
    for (text, points) in [
        ("sqrt(abs(x) * square(relu(x)))", [6e-39f32, 1e-30, 0.0]),
        ("sqrt(abs(x) * square(relu(x)))", [-6e-39, -1.0, 0.0]),
        ("sqrt(cube(abs(x)))", [6e-39, -1e-30, 0.0]),
        ("sqrt(square(square(x)))", [6e-39, -1e-30, 0.0]),
        ("sqrt(square(cube(x)))", [6e-39, -1e-20, 0.0]),
        ("sqrt(relu(x) * square(x))", [6e-39, -1e-30, 0.0]),
        ("x * sqrt(abs(x))", [6e-39, -1e-36, 0.0]),
        ("x * sqrt(max(x, 0))", [6e-39, -1e-30, 0.0]),
        ("sin(x) * sqrt(max(x, 0))", [6e-39, -1e-30, 0.0]),
        ("cube(sqrt(max(x, 0)))", [6e-39, -1e-30, 0.0]),
        ("sqrt(square(x) * square(tanh(x)))", [6e-39, 1e-30, 0.0]),
        ("sqrt(geglu(x, 0) * (2.075 + x))", [6e-39, -7.0, 3.0]),
    ] {
        for x in points {
            // That of |x|^1.5 is 1.5e-15 at 1e-30; the others are smaller.
            let near = |slope: f64| slope.abs() < 2e-15;
            let (narrow, op) = (slope(text, x), activation(text));
            assert!(
                near(narrow.into()),
                "{text} at {x:e}: {narrow}, by {}",
                op.derivative()
            );
            let wide = op.slopes(&[f64::from(x)])[0];
            assert!(near(wide), "{text} at {x:e} in f64: {wide}");
        }
    }
}

/// What a trained parameter does at 0, in f32.
#[test]
fn a_parameter_that_makes_a_root_vanish_makes_it_constant() {
    for (text, rest) in [
        ("(x - 0.654) * sqrt(x * beta)", 0.0),
        ("sqrt(x * beta) + 2 * x", 2.0),
        ("x - tanh(sqrt(abs(beta) * x))", 1.0),
        ("sqrt(square(beta) * exp(x))", 0.0),
        ("x * sqrt(beta * square(x)) + x", 1.0),
        (
            "mul(sqrt(beta * x), sinc(x)) * mul(sqrt(beta * x), sinc(x))",
            0.0,
        ),
        ("exp(sqrt(beta * cosh(x)))", 0.0),
        ("sqrt(relu(beta) * x)", 0.0),
        ("sqrt(x * beta) * sqrt(x)", 0.0),
        ("sqrt(beta * x + beta)", 0.0),
    ] {
        let form = formula(text)
            .simplify(&Region::default(), Budget::default())
            .gradient
            .dag;
        for x in [0.25, 1.0, 7.5] {
            let slopes = [form.at(&[x, 0.0]).1[0], form.tape().eval_f32(&[x, 0.0])[1]];
            assert_eq!(slopes, [rest; 2], "{text} at {x}: {form}");
        }
    }
}

/// The form that is written keeps what the series say, at joins anywhere.
#[test]
fn joins_at_any_constant_survive_simplification() {
    for (text, x, expected) in [
        ("relu(x - 1) + min0(x - 1)", 1.0, 1.0),
        ("relu(2 * x + 1) + min0(2 * x + 1)", -0.5, 2.0),
        ("relu(3 - x) - relu(x - 3)", 3.0, -1.0),
        ("max(x, 2) + min(x, 2)", 2.0, 1.0),
        ("relu6(x) + relu(x - 6)", 6.0, 1.0),
        ("clamp(x, -1, 1) + relu(x - 1)", 1.0, 1.0),
        ("if x < 1 { square(x) } else { 2 * x - 1 }", 1.0, 2.0),
        ("if x + 1 == 0 { 0 } else { expm1(x + 1) }", -1.0, 1.0),
        ("if 2 * x == 1 { 1 } else { 4 * square(x) }", 0.5, 4.0),
        ("relu(x - 2) + log1p(exp(-abs(x - 2)))", 2.0, 0.5),
        ("abs(x + 3) * (x + 3)", -3.0, 0.0),
        // Close is not equal, and these stay as the table has them.
        ("relu(x - 1) + 1.0000000001 * min0(x - 1)", 1.0, 0.0),
        ("if x == 1 { 2.000000001 } else { 2 * x }", 1.0, 0.0),
    ] {
        let form = formula(text)
            .simplify(&Region::default(), Budget::default())
            .gradient
            .dag;
        assert_eq!(form.at(&[x]).1[0], expected, "{text}: {form}");
    }
}

#[test]
fn between_bounds_that_meet_the_slope_is_that_of_the_upper_one() {
    // The value is x wherever both bounds are.
    for (text, slope_of) in [
        ("clamp(x, relu(x), relu(x) + min0(x))", 1.0),
        ("clamp(x, x, x)", 1.0),
        ("clamp(2 * x, min(x, 3), x)", 1.0),
        ("clamp(x, 2, 2)", 0.0),
    ] {
        for x in [0.5, 1.0, 2.0] {
            assert_eq!(slope(text, x), slope_of, "{text} at {x}");
            let raw = formula(text).with_gradient();
            assert_eq!(
                raw.at(&[x.into()]).1[0],
                f64::from(slope_of),
                "{text} at {x}"
            );
        }
    }
}

#[test]
fn between_equal_bounds_the_value_is_the_bound() {
    let gradient = |text: &str, values: &[f64]| formula(text).with_gradient().at(values);
    for x in [-2.0, 0.5, 1.0, 3.0] {
        assert_eq!(
            gradient("clamp(x, lo, lo)", &[x, 1.0]),
            (1.0, vec![0.0, 1.0])
        );
        assert_eq!(gradient("clamp(lo, x, x)", &[x, 1.0]), (x, vec![1.0, 0.0]));
        // Bounds that meet in training share the slope of 1.
        let (value, slopes) = gradient("clamp(x, lo, hi)", &[x, 1.0, 1.0]);
        assert_eq!((value, slopes[1] + slopes[2]), (1.0, 1.0), "x = {x}");
        let (_, crossed) = gradient("clamp(x, lo, hi)", &[x, 2.0, -1.0]);
        assert_eq!(crossed[1..], [0.0, 1.0]);
    }
    let simplified = formula("clamp(b, x, x)").simplify(&Region::default(), Budget::default());
    assert_eq!(simplified.value.dag.formula(0), "x");
    assert_eq!(
        simplified
            .gradient
            .dag
            .graph(Component::Derivative(0))
            .to_string(),
        "1"
    );
}

#[test]
fn celu_goes_over_into_relu_as_alpha_vanishes() {
    let trained = formula("celu(x, alpha)");
    let form = trained
        .simplify(&Region::default(), Budget::default())
        .gradient
        .dag;
    for dag in [&trained.with_gradient(), &form] {
        for alpha in [0.0, -0.0] {
            assert_eq!(dag.eval(&[2.0, alpha]), [2.0, 1.0, 0.0]);
            assert_eq!(dag.eval(&[-2.0, alpha]), [0.0, 0.0, -1.0]);
            assert_eq!(dag.eval(&[0.0, alpha])[..2], [0.0, 0.0]);
        }
    }
    // z·eᶻ for z = −10³⁹ in f32.
    let tiny = form.tape().eval_f32(&[-10.0, 1e-38]);
    assert!(tiny[1] == 0.0 && tiny[2] == -1.0, "{tiny:?}");
    let fixed = trained.with_constants(&[("alpha".to_owned(), 0.into())]);
    let form = fixed.simplify(&Region::default(), Budget::default());
    assert_eq!(form.value.dag.formula(0), "relu(x)");
    for alpha in [
        "0",
        "-0",
        "0 / 0.39",
        "div(0, 0.39)",
        "1 - 1",
        "neg(0)",
        "0.1 + 0.2 - 0.3",
        "powi(0, 3) * 5",
        "relu(-2)",
        "if 2 < 1 { 1 } else { 0 }",
    ] {
        let refused = Formula::parse(&format!("celu(x + 1, {alpha})"))
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("write its limit `relu(x + 1)`"),
            "{refused}"
        );
    }
}

/// What is a literal when it is printed is one when it is read, however it is written: so a certificate reads back.
#[test]
fn literals_are_literals_however_they_are_written() {
    for divisor in ["div(0, 3)", "neg(0)", "0 / 3", "neg(div(0, 3))"] {
        for text in [format!("x / {divisor}"), format!("div(x, {divisor})")] {
            let refused = Formula::parse(&text).unwrap_err().to_string();
            assert!(refused.contains("division by zero"), "{text}: {refused}");
        }
    }
    for (text, printed) in [
        ("x * div(1, 3)", "x * (1 / 3)"),
        ("x / neg(2)", "x / -2"),
        ("celu(x, neg(div(1, 3)))", "celu(x, -1 / 3)"),
        ("clamp(x, div(2, 1), neg(-1))", "clamp(x, 2, 1)"),
        ("threshold(x, neg(1), div(6, 3))", "threshold(x, -1, 2)"),
        ("elu(x, div(0, 5))", "elu(x, 0)"),
        ("clamp(x, 3 - 1, 2 - 1)", "clamp(x, 3 - 1, 2 - 1)"),
        ("powi(x, neg(2))", "powi(x, -2)"),
    ] {
        let formula = formula(text);
        assert_eq!(formula.to_string(), printed, "{text}");
        let form = formula.simplify(&Region::default(), Budget::default());
        let certificate = formula.certify(&form, &Region::default(), Budget::default());
        assert!(
            certificate.check().is_ok(),
            "{text}: {:?}",
            certificate.check()
        );
    }
}

/// What is written has no choice by a literal, which is not a formula.
#[test]
fn forms_are_formulas() {
    for text in [
        "max(prelu(3.14159265358979323846, x) / (x / x), mish_grad(x * x))",
        "squareplus((max(k, k) - min(k, k)) / cube(x))",
        "squareplus((max(0.7, 0.7) - min(0.7, 0.7)) / cube(x))",
        "prelu(2, x) * exp(-exp(x)) / (x / x)",
    ] {
        let formula = formula(text);
        let simplification = formula.simplify(&Region::default(), Budget::default());
        for dag in [&simplification.value.dag, &*simplification.gradient.dag] {
            for output in 0..dag.roots.len() {
                let form = dag.formula(output);
                assert!(Formula::parse(&form).is_ok(), "{text}: {form}");
            }
        }
        let certificate = formula.certify(&simplification, &Region::default(), Budget::default());
        assert!(
            certificate.check().is_ok(),
            "{text}: {:?}",
            certificate.check()
        );
    }
}

/// An infinite slope has the sign of the side from which the end of the domain is reached, in the fused operation too.
#[test]
fn steep_ends_have_the_sign_of_their_side() {
    for (text, at, expected) in [
        ("sqrt(x)", 0.0, f64::INFINITY),
        ("sqrt(x)", -0.0, f64::INFINITY),
        ("sqrt(-x)", 0.0, -f64::INFINITY),
        ("sqrt(-x)", -0.0, -f64::INFINITY),
        ("-sqrt(-x)", 0.0, f64::INFINITY),
        ("sqrt(x * -2)", 0.0, -f64::INFINITY),
        ("sqrt(x * -2)", -0.0, -f64::INFINITY),
        ("sqrt(tanh(-x))", 0.0, -f64::INFINITY),
        ("sqrt(-sinh(x))", -0.0, -f64::INFINITY),
        ("sqrt(1 - x)", 1.0, -f64::INFINITY),
        ("sqrt(1 - square(x))", 1.0, -f64::INFINITY),
        ("sqrt(1 - square(x))", -1.0, f64::INFINITY),
        ("sqrt(-cube(x) - x)", 0.0, -f64::INFINITY),
        ("sqrt(x) * sqrt(1 + x)", -0.0, f64::INFINITY),
        ("exp(-sqrt(-x))", 0.0, f64::INFINITY),
        ("sqrt(sqrt(-x))", 0.0, -f64::INFINITY),
    ] {
        let formula = formula(text);
        let form = formula.simplify(&Region::default(), Budget::default());
        for dag in [&formula.with_gradient(), &form.gradient.dag] {
            assert_eq!(dag.at(&[at]).1[0], expected, "{text} at {at}");
            assert_eq!(dag.tape().eval_f32(&[at])[1], expected, "{text} at {at}");
        }
        let fused = activation(text);
        assert_eq!(fused.slopes(&[at]), [expected], "{text} at {at}");
        let (single, short) = (
            fused.slopes(&[at as f32]),
            fused.slopes(&[bf16::from_f64(at)]),
        );
        assert_eq!(f64::from(single[0]), expected, "{text} at {at}");
        assert_eq!(short[0].to_f64(), expected, "{text} at {at}");
    }
    for beta in [-1.0, 2.0] {
        let formula = formula("sqrt(x * beta)");
        let form = formula.simplify(&Region::default(), Budget::default());
        for dag in [&formula.with_gradient(), &form.gradient.dag] {
            for zero in [0.0, -0.0] {
                let slope = dag.at(&[zero, beta]).1[0];
                assert_eq!(slope, beta * f64::INFINITY, "{zero} * {beta}");
            }
        }
    }
}

/// A condition of which a side has no value is asked only where it was.
#[test]
fn conditions_are_asked_in_their_order() {
    for text in [
        "if 2 <= x && beta < ln(x) + ln(x) { x * beta } else { 3 }",
        "tanhshrink(if relu(expm1(1.4142135623730950488)) <= x && threshold(beta, x, beta) < ln(x) + ln(x) { x * beta } else { 1e-207 })",
        "exp(if 2 <= x && beta < sqrt(x) { square(x) } else { 0 })",
        "(if 0 < x { if ln(x) < beta { x } else { 0 } } else { 0 }) * beta",
        "if x < 0 { sqrt(-x) * x } else { x }",
        "if x < 0 { ln(-x) * expm1(x) } else { x }",
        "if x < 1 { 1 } else { min(x, ln(x)) }",
        "if 0 < x { x } else { sqrt(-x) * expm1(x / sqrt(-x)) }",
        "if 0 < x { ln(x) * x } else { 0 }",
    ] {
        let formula = formula(text);
        let form = formula.simplify(&Region::default(), Budget::default());
        for dag in [&form.value.dag, &*form.gradient.dag] {
            for x in [-3.0, -0.5, 0.5, 1.5, 4.0] {
                let at = |dag: &Dag| -> Vec<bool> {
                    let point = [x, 0.3][..dag.variables.len()].to_vec();
                    (0..dag.roots.len())
                        .map(|root| has_value(dag, dag.roots[root], &point))
                        .collect()
                };
                let written = at(&formula.with_gradient());
                for (root, has) in at(dag).into_iter().enumerate() {
                    assert!(
                        has || !written[root],
                        "{}: {text} at {x}",
                        dag.formula(root)
                    );
                }
            }
        }
    }
}

/// Whether a node has a value at a point, if a choice needs the branch alone that it takes.
fn has_value(dag: &Dag, id: Id, point: &[f64]) -> bool {
    let part = |id: Id| dag.part(id).eval(point)[0];
    match dag.node(id) {
        Node::Number(_) | Node::Variable(_) => true,
        Node::Apply(Op::If, [condition, then, otherwise]) => {
            let taken = if part(*condition) == 0.0 {
                otherwise
            } else {
                then
            };
            has_value(dag, *condition, point) && has_value(dag, *taken, point)
        }
        node @ Node::Apply(op, _) => {
            let within = match op.row().domain {
                Domain::NonZeroDivisor => part(node.arguments()[1]) != 0.0,
                domain => domain.contains(part(node.arguments()[0])),
            };
            within && node.arguments().iter().all(|&a| has_value(dag, a, point))
        }
    }
}

/// β² underflows in f32 and its reciprocal overflows, but the quotient by it does neither where the numerator is 0.
#[test]
fn quotients_have_slopes_without_reciprocals() {
    let formula = formula("log_sigmoid(x) / (beta * beta)");
    let form = formula.simplify(&Region::default(), Budget::default());
    for dag in [&formula.with_gradient(), &form.gradient.dag] {
        for x in [1.1e15, 1e4, 200.0] {
            let slopes = dag.tape().eval_f32(&[x, 1e-20]);
            assert_eq!(
                slopes[1..],
                [0.0, 0.0],
                "{x}: {}",
                dag.graph(Component::Derivative(0))
            );
        }
    }
}
