//! Slopes where a factor leaves the range of a type, or a root has none.

use actsmith_codegen::runtime::Element;
use actsmith_codegen::{Budget, Component, Definedness, Region};
use half::{bf16, f16};

use super::{activation, formula, slope};

/// Formulas that are constant up to some place, inside a function that is steep or has none there; the arguments at which the slope
/// is 0.
pub(super) const FLAT: &[(&str, &[f32])] = &[
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
