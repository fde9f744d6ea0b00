//! Slopes where pieces of a formula meet.

use actsmith_codegen::{Budget, Component, Formula, Region};

use super::{formula, slope};

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
        // A kink that stays keeps the slope of the table, if that is between those of both sides.
        ("relu(x)", 0.0),
        ("relu(x) + 0.5 * min0(x)", 0.5),
        ("relu(x) + abs(x)", 0.0),
    ] {
        assert_eq!(slope(text, 0.0), expected, "{text}");
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
        // What is chosen at 0 alone has another slope there.
        (
            "if powi(x / 0.293, 12) < hardswish(square(abs(x))) { mish(x) * (-6 + 1e7) } else { gelu(x) }",
            0.0,
            0.6 * (1e7 - 6.0),
        ),
        (
            "if powi(x / 0.293, 12) < hardswish(square(abs(x))) { 3 * mish(x) } else { max(gelu(x), -1) }",
            0.0,
            3.0 * 0.6,
        ),
        // Close is not equal: a kink, and a jump.
        (
            "relu(x - 1) + 1.0000000001 * min0(x - 1)",
            1.0,
            1.0000000001,
        ),
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
            assert_eq!(dag.eval(&[0.0, alpha])[..2], [0.0, 1.0]);
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
