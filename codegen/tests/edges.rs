//! Slopes at the edges: where one factor of the chain rule is 0 and another infinite, at single points, between equal bounds.
//!
//! They are those of the operation that runs, in every type of element. The right ones come from one-sided limits on paper.

#![cfg(feature = "candle")]

use actsmith_codegen::rewrite::{Budget, Region};
use actsmith_codegen::runtime::Element;
use actsmith_codegen::{Definedness, Formula, Interpreted};
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

#[test]
fn between_equal_bounds_the_value_is_the_bound() {
    let gradient = |text: &str, values: &[f64]| formula(text).with_gradient().eval(values);
    for x in [-2.0, 0.5, 1.0, 3.0] {
        assert_eq!(gradient("clamp(x, lo, lo)", &[x, 1.0]), [1.0, 0.0, 1.0]);
        assert_eq!(gradient("clamp(lo, x, x)", &[x, 1.0]), [x, 1.0, 0.0]);
        // Bounds that meet in training share the slope of 1.
        let [value, _, low, high] = gradient("clamp(x, lo, hi)", &[x, 1.0, 1.0])[..] else {
            panic!("three slopes");
        };
        assert_eq!((value, low + high), (1.0, 1.0), "x = {x}");
        let crossed = gradient("clamp(x, lo, hi)", &[x, 2.0, -1.0]);
        assert_eq!(crossed[2..], [0.0, 1.0]);
    }
    let simplified = formula("clamp(b, x, x)").simplify(&Region::default(), Budget::default());
    assert_eq!(simplified.value.dag.formula(0), "x");
    assert_eq!(simplified.gradient.dag.formula(1), "1");
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
    let refused = Formula::parse("celu(x + 1, 0)").unwrap_err().to_string();
    assert!(
        refused.contains("write its limit `relu(x + 1)`"),
        "{refused}"
    );
}
