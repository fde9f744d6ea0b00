//! Slopes that the chain rule does not tell, against those on paper.

use super::*;
use crate::calculus::Component;

fn tangent(text: &str, at: i32) -> Option<[String; 2]> {
    let mut dag = Dag::parse(text).unwrap();
    let root = dag.roots[0];
    let at = Coefficient::number(Number::from(at));
    let mut expansion = Expansion::new(&mut dag);
    let line = Series::line(at, Number::one());
    let series = expansion.along(root, 0, &line).ok()?;
    let found = [series.value().ok()?, series.slope().ok()?];
    Some(found.map(|found| {
        let id = found.write(&mut dag);
        dag.part(id).to_string()
    }))
}

/// Taylor coefficients of these functions, which tables of series list.
#[test]
fn gaps_have_the_limits_of_their_series() {
    for (text, at, value, slope) in [
        ("expm1(x) / x", 0, "1", "0.5"),
        ("x / expm1(x)", 0, "1", "-0.5"),
        ("(exp(2 * x) - 1) / x", 0, "2", "2"),
        ("sin(x) / x", 0, "1", "0"),
        ("(1 - cos(x)) / x", 0, "0", "0.5"),
        ("ln(x) / (x - 1)", 1, "1", "-0.5"),
        ("log1p(x) / x", 0, "1", "-0.5"),
        ("tanh(x) / x", 0, "1", "0"),
        ("x / sinh(x)", 0, "1", "0"),
        ("(sqrt(1 + x) - 1) / x", 0, "0.5", "-0.125"),
        ("(square(x) - 4) / (x - 2)", 2, "4", "1"),
        ("atan(x) / x + asinh(x) / x", 0, "2", "0"),
        ("(sigmoid(x) - 0.5) / x", 0, "0.25", "0"),
        ("tanhshrink(x) / cube(x)", 0, "1 / 3", "0"),
        ("(sqrt(4 + x) - 2) / x", 0, "0.25", "-0.015625"),
        ("sinh(x) / x - cosh(x)", 0, "0", "0"),
        ("erf(x)", 0, "0", "2 / sqrt(pi)"),
        ("exp(x)", 1, "exp(1)", "exp(1)"),
        ("x * beta", 0, "0", "beta"),
        ("(exp(beta * x) - 1) / x", 0, "beta", "0.5 * powi(beta, 2)"),
        ("abs(x)", 0, "0", "1"),
        ("sqrt(abs(x)) * sqrt(abs(x))", 0, "0", "1"),
        ("sqrt(square(x) * x) / sqrt(x)", 0, "0", "1"),
        ("sqrt(2 * square(x))", 0, "0", "sqrt(2)"),
        ("softplus(x)", 0, "ln(2)", "0.5"),
        ("gelu(x)", 0, "0", "0.5"),
        ("silu(x) + mish(x)", 0, "0", "0.5 + tanh(ln(2))"),
        ("relu6(x)", 6, "6", "0"),
        ("hardswish(x)", 3, "3", "1"),
        ("sinc(x)", 0, "1", "0"),
    ] {
        let expected = Some([value.to_owned(), slope.to_owned()]);
        assert_eq!(tangent(text, at), expected, "{text}");
    }
}

#[test]
fn poles_and_steep_places_have_none() {
    for text in [
        "1 / x",
        "exp(x) / x",
        "sqrt(x)",
        "ln(x)",
        "x * ln(x)",
        "sqrt(-x)",
    ] {
        assert_eq!(tangent(text, 0), None, "{text}");
    }
}

/// Right slopes are those of the definition of a derivative, on paper.
#[test]
fn slopes_at_places_where_the_chain_rule_has_none() {
    let mut wrong = Vec::new();
    for (text, values, variable, expected) in [
        // A root that is 0 all along, at this value of the parameter.
        ("(x - 0.654) * sqrt(x * beta)", [0.3, 0.0], 0, 0.0),
        ("(x - 0.654) * sqrt(x * beta)", [-7.0, 0.0], 0, 0.0),
        ("(x - 0.654) * sqrt(x * beta)", [0.0, 0.4], 1, 0.0),
        ("sqrt(beta * square(x))", [1.5, 0.0], 0, 0.0),
        ("sqrt(square(beta) * exp(x))", [1.5, 0.0], 0, 0.0),
        ("sqrt(relu(beta) * x) + x", [2.0, -1.0], 0, 1.0),
        ("tanh(sqrt(abs(beta * x)))", [2.0, 0.0], 0, 0.0),
        ("exp(sqrt(beta * x * x))", [2.0, 0.0], 0, 0.0),
        ("x + sqrt(tanh(beta * x))", [2.0, 0.0], 0, 1.0),
        ("sqrt(geglu(x, 0) * (2.075 + x))", [0.5, 0.0], 0, 0.0),
        (
            "sqrt(geglu(x, 0) * (2.075 + x)) + 2 * x",
            [-3.0, 0.0],
            0,
            2.0,
        ),
        ("sqrt(reglu(x, 0) * (1 + x))", [0.5, 0.0], 0, 0.0),
        ("sqrt(0 * x * sin(x))", [0.5, 0.0], 0, 0.0),
        ("sqrt((x - x) * exp(x))", [0.5, 0.0], 0, 0.0),
        // Roots of what vanishes faster than t².
        ("sqrt(square(square(x)))", [0.0, 0.0], 0, 0.0),
        ("sqrt(abs(x) * square(relu(x)))", [0.0, 0.0], 0, 0.0),
        ("sqrt(cube(abs(x)))", [0.0, 0.0], 0, 0.0),
        ("sqrt(square(square(x - 1))) + x", [1.0, 0.0], 0, 1.0),
        ("sqrt(square(x - beta) * abs(x - beta))", [0.7, 0.7], 0, 0.0),
        ("sqrt(square(1 - cos(x)))", [0.0, 0.0], 0, 0.0),
        // A factor that vanishes against a steep one.
        ("x * sqrt(abs(x))", [0.0, 0.0], 0, 0.0),
        ("x * sqrt(max(x, 0))", [0.0, 0.0], 0, 0.0),
        ("sin(x) * sqrt(max(x, 0)) + x", [0.0, 0.0], 0, 1.0),
        ("(x - 2) * sqrt(max(x, 2) - 2)", [2.0, 0.0], 0, 0.0),
        ("cube(sqrt(max(x, 0)))", [0.0, 0.0], 0, 0.0),
        ("(2 * x - 1) * sqrt(max(2 * x, 1) - 1)", [0.5, 0.0], 0, 0.0),
        // At the edge of the domain.
        ("x * sqrt(x)", [0.0, 0.0], 0, 0.0),
        ("x * sqrt(-x) + x", [0.0, 0.0], 0, 1.0),
        ("cube(sqrt(x - 1))", [1.0, 0.0], 0, 0.0),
        // A branch that is taken at one point.
        (
            "if (x / beta) != (atan(1) * x) || gaussian(x) <= hardswish(x) { x } else { sqrt(x) }",
            [0.0, 0.25617611458246764],
            0,
            1.0,
        ),
        (
            "if x != 0 || beta > 3 { x } else { sqrt(x) }",
            [0.0, 0.5],
            0,
            1.0,
        ),
        ("if x == 0 { sqrt(x) } else { sin(x) }", [0.0, 0.5], 0, 1.0),
        ("if x == 1 { 2 } else { 2 * x }", [1.0, 0.5], 0, 2.0),
        (
            "if 2 * x == 1 { 1 } else { 4 * square(x) }",
            [0.5, 0.5],
            0,
            4.0,
        ),
        (
            "if x + 1 == 0 { 0 } else { expm1(x + 1) }",
            [-1.0, 0.5],
            0,
            1.0,
        ),
        ("if x == beta { 0 } else { x - beta }", [0.5, 0.5], 0, 1.0),
        ("if x == 0 { 0 } else { x * beta }", [0.0, 0.5], 0, 0.5),
        (
            "if x == 0 { beta } else { expm1(beta * x) / x }",
            [0.0, 0.5],
            0,
            0.125,
        ),
        ("if x * x == 0 { x } else { 3 * x }", [0.0, 0.5], 0, 3.0),
        (
            "if x == 0 { ln(2) } else { softplus(x) }",
            [0.0, 0.5],
            0,
            0.5,
        ),
        (
            "if x == 0 { 0 } else { x + exp(-1 / square(x)) }",
            [0.0, 0.5],
            0,
            1.0,
        ),
        (
            "if x > 0 { x + exp(-1 / x) } else { x }",
            [0.0, 0.5],
            0,
            1.0,
        ),
        // It jumps there.
        ("if x == 0 { 1e-12 } else { x }", [0.0, 0.5], 0, 0.0),
        (
            "if x == 1 { 2.000000001 } else { 2 * x }",
            [1.0, 0.5],
            0,
            0.0,
        ),
        // Kinks that cancel.
        ("relu(x) + log1p(exp(-abs(x)))", [0.0, 0.5], 0, 0.5),
        ("relu(x - 1) + min0(x - 1)", [1.0, 0.5], 0, 1.0),
        ("relu(2 * x + 1) + min0(2 * x + 1)", [-0.5, 0.5], 0, 2.0),
        ("relu(3 - x) - relu(x - 3)", [3.0, 0.5], 0, -1.0),
        ("max(x, 2) + min(x, 2)", [2.0, 0.5], 0, 1.0),
        ("relu(x - beta) + min0(x - beta)", [0.5, 0.5], 0, 1.0),
        ("beta * relu(x) + beta * min0(x)", [0.0, 0.5], 0, 0.5),
        ("relu6(x) + relu(x - 6)", [6.0, 0.5], 0, 1.0),
        ("hardtanh(x) + softshrink(x + 0.5)", [3.0, 0.5], 0, 1.0),
        ("clamp(x, -1, 1) + relu(x - 1)", [1.0, 0.5], 0, 1.0),
        (
            "if x < 1 { square(x) } else { 2 * x - 1 }",
            [1.0, 0.5],
            0,
            2.0,
        ),
        ("leaky_relu(x) + 0.99 * min0(x)", [0.0, 0.5], 0, 1.0),
        ("x * abs(x)", [0.0, 0.5], 0, 0.0),
        // Where something else than x vanishes.
        ("relu(x * x - 1) + min0(x * x - 1)", [1.0, 0.5], 0, 2.0),
        ("relu(x * x - 1) + min0(x * x - 1)", [-1.0, 0.5], 0, -2.0),
        ("relu(x * x - 1) - relu(1 - x * x)", [-1.0, 0.5], 0, -2.0),
        ("relu(x * x - 1) - relu(1 - x * x)", [1.0, 0.5], 0, 2.0),
        ("relu(exp(x) - 1) + min0(exp(x) - 1)", [0.0, 0.5], 0, 1.0),
        ("max(x * x, 4) + min(x * x, 4)", [-2.0, 0.5], 0, -4.0),
        (
            "x * relu(x * x - 4) + x * min0(x * x - 4)",
            [-2.0, 0.5],
            0,
            8.0,
        ),
        (
            "relu(x * x - 4) + min0(x * x - 4) + sin(x - 2)",
            [2.0, 0.5],
            0,
            5.0,
        ),
        (
            "relu(x * x - 4) + min0(x * x - 4) + abs(x)",
            [-2.0, 0.5],
            0,
            -5.0,
        ),
        (
            "relu(beta * x * x - 2) + min0(beta * x * x - 2)",
            [2.0, 0.5],
            0,
            2.0,
        ),
        (
            "relu(beta * x * x - 2) + min0(beta * x * x - 2)",
            [2.0, 0.5],
            1,
            4.0,
        ),
        (
            "relu(beta * x - 1) + min0(beta * x - 1)",
            [2.0, 0.5],
            0,
            0.5,
        ),
        ("relu(1 / x - 2) + min0(1 / x - 2)", [0.5, 0.5], 0, -4.0),
        ("relu(x * x - x) + min0(x * x - x)", [1.0, 0.5], 0, 1.0),
        ("relu(x * x - x) + min0(x * x - x)", [0.0, 0.5], 0, -1.0),
        ("max(x * x, x) + min(x * x, x)", [1.0, 0.5], 0, 3.0),
        ("relu(cube(x) - 8) + min0(cube(x) - 8)", [2.0, 0.5], 0, 12.0),
        ("abs(x * x - 4) * sign(x * x - 4)", [2.0, 0.5], 0, 4.0),
        ("abs(x * x - 4) * sign(x * x - 4)", [-2.0, 0.5], 0, -4.0),
        (
            "relu(x * x - 1) + log1p(exp(-abs(x * x - 1)))",
            [-1.0, 0.5],
            0,
            -1.0,
        ),
        ("clamp(x * x, 0, 4) + relu(x * x - 4)", [2.0, 0.5], 0, 4.0),
        // Where something else than x takes one value.
        (
            "if x * x == 4 { 8 } else { x * x * x }",
            [2.0, 0.5],
            0,
            12.0,
        ),
        (
            "if x * x == 4 { 4 } else { square(x) }",
            [-2.0, 0.5],
            0,
            -4.0,
        ),
        (
            "if x * x - 3 * x == -2 { 1 } else { square(x) }",
            [1.0, 0.5],
            0,
            2.0,
        ),
        ("if exp(x) == 1 { 0 } else { x }", [0.0, 0.5], 0, 1.0),
        ("if cosh(x) == 1 { 0 } else { x }", [0.0, 0.5], 0, 0.0),
        (
            "if x == 1e-100 { 1e-100 } else { x }",
            [1e-100, 0.5],
            0,
            1.0,
        ),
        (
            "if x == 1e-300 { 1e-300 } else { x }",
            [1e-300, 0.5],
            0,
            1.0,
        ),
        ("relu(x - 1e-100) + min0(x - 1e-100)", [1e-100, 0.5], 0, 1.0),
        ("if x == 1e200 { 1e200 } else { x }", [1e200, 0.5], 0, 1.0),
        // It jumps there, or has an edge.
        (
            "if x * x == 4 { 8 } else { x * x * x }",
            [-2.0, 0.5],
            0,
            0.0,
        ),
        ("relu(x * x - 1)", [1.0, 0.5], 0, 0.0),
    ] {
        let mut dag = Dag::parse(text).unwrap();
        if !dag.variables.contains(&"beta".to_owned()) {
            dag.variables.push("beta".to_owned());
        }
        let gradient = dag.with_gradient();
        let found = gradient.at(&values).1[variable];
        if (found - expected).abs() > 1e-15 || found.is_nan() {
            let form = gradient.graph(Component::Derivative(variable));
            wrong.push(format!("{text}: {found}, not {expected}; {form}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Pieces that meet with one slope, which vanishes there, next to other pieces, or where the place is written as a constant formula.
#[test]
fn slopes_at_smooth_joins_are_those_of_both_sides() {
    for (text, at, slope) in [
        ("if x >= 0 { x - abs(x) } else { x * x }", 0.0, 0.0),
        ("if x >= 0 { x - relu(x) } else { x * x }", 0.0, 0.0),
        ("if x > 0 { x * x } else { x + abs(x) }", 0.0, 0.0),
        ("if abs(x) > 0 { x * x } else { x }", 0.0, 0.0),
        ("if x * x > 0 { x * x } else { x }", 0.0, 0.0),
        ("if exp(x) == 1 { x } else { x * x }", 0.0, 0.0),
        ("if sin(x) == 0 { x } else { x * x }", 0.0, 0.0),
        ("if x * x * x != x { x * x } else { x }", 0.0, 0.0),
        ("if relu(0) != x { x } else { x * x }", 0.0, 1.0),
        ("if sign(2) != x { x } else { x * x }", 1.0, 1.0),
        ("max(min(x, 0), x * x)", 0.0, 0.0),
        ("x / cosh(sign(x))", 0.0, 1.0 / libm::cosh(1.0)),
        ("x * cosh(sign(x))", 0.0, libm::cosh(1.0)),
        ("if 0 < x { min(x, 1e-10) } else { min0(x) }", 0.0, 1.0),
    ] {
        let dag = Dag::parse(text).unwrap().with_gradient();
        let found = dag.tape().eval(&[at])[1];
        assert!(
            (found - slope).abs() < 1e-14,
            "{text} at {at}: {found}, not {slope}"
        );
    }
}

/// What a choice goes by need not be smooth: the chain rule holds for the function of it.
#[test]
fn a_gap_in_a_function_of_any_node_is_filled() {
    let third = -std::f64::consts::PI.powi(2) / 3.0;
    let gap = |inner: &str| {
        format!("{{ let t = {inner}; if t == 0 {{ 0 }} else {{ (cos(pi * t) - sinc(t)) / t }} }}")
    };
    for (inner, point, by_x, by_beta) in [
        ("max(elu(x), elu(beta))", [-1.3, 0.0], 0.0, third),
        ("max(elu(x), elu(beta))", [0.0, -2.0], third, 0.0),
        ("max(x, beta)", [0.0, 0.0], 0.0, third),
        ("max(x, 2 * beta)", [-0.7, 0.0], 0.0, 2.0 * third),
        ("relu(x) + square(beta)", [-3.0, 0.0], 0.0, 0.0),
        ("min(x, 3) * beta", [5.0, 0.0], 0.0, 3.0 * third),
        ("min(x, 3) * beta", [0.0, 4.0], 4.0 * third, 0.0),
    ] {
        let gradient = Dag::parse(&gap(inner)).unwrap().with_gradient();
        let (value, slopes) = gradient.at(&point);
        assert_eq!(value, 0.0, "{inner} at {point:?}");
        for (found, expected) in slopes.iter().zip([by_x, by_beta]) {
            let close = (found - expected).abs() <= 1e-13 * expected.abs();
            assert!(close, "{inner} at {point:?}: {slopes:?}");
        }
    }
}

/// Between the slopes on both sides, whatever the pieces say one by one; PyTorch adds up what each says.
#[test]
fn slopes_at_kinks_are_between_those_of_both_sides() {
    for (text, at, sides, torch) in [
        ("min(x, 3)", 3.0, [0.0, 1.0], 0.5),
        ("max(min(x, 1), -1)", -1.0, [0.0, 1.0], 0.5),
        ("relu(x) - 0.5 * relu(-x)", 0.0, [0.5, 1.0], 0.0),
        ("x + abs(x) + relu(-x)", 0.0, [-1.0, 2.0], 1.0),
        (
            "3 * relu(x) - relu(-x) - relu(-2 * x)",
            0.0,
            [3.0, 3.0],
            3.0,
        ),
        (
            "2 * x + relu(x - 1) - 0.5 * relu(1 - x)",
            1.0,
            [2.5, 3.0],
            2.0,
        ),
        ("exp(1) * relu(x) - relu(-x)", 0.0, [1.0, 2.72], 0.0),
        ("max(x, 0) - max(-x, 0)", 0.0, [1.0, 1.0], 1.0),
        (
            "relu(x * x - 1) + 2 * min0(x * x - 1)",
            1.0,
            [2.0, 4.0],
            0.0,
        ),
        (
            "relu(x * x - 1) + 2 * min0(x * x - 1)",
            -1.0,
            [-4.0, -2.0],
            0.0,
        ),
        // Close is not equal: these are kinks.
        (
            "relu(x) + 0.9999999999 * min0(x)",
            0.0,
            [0.9999999999, 1.0],
            0.0,
        ),
        (
            "relu(x - 1) + 1.0000000001 * min0(x - 1)",
            1.0,
            [1.0, 1.0000000001],
            0.0,
        ),
    ] {
        let dag = Dag::parse(text).unwrap();
        let slope = |kinks| dag.with_gradient_as(kinks).at(&[at]).1[0];
        let free = slope(Kinks::Free);
        assert!((sides[0]..=sides[1]).contains(&free), "{text}: {free}");
        assert_eq!(slope(Kinks::Torch), torch, "{text}");
    }
}

/// Where the slopes of pieces on one side do, no comparison by `==` is needed.
#[test]
fn kinks_that_meet_take_the_slopes_of_one_side() {
    for (text, at, slope) in [
        ("relu(x) - 0.5 * relu(-x)", 0.0, 0.5),
        ("abs(x * (x + sigmoid(x))) + min0(x)", 0.0, 0.5),
        ("abs(square(clamp(x, -3, 3)) + silu(x)) + min0(x)", 0.0, 0.5),
        ("sin(min(asinh(x), abs(x))) / beta", 0.0, 1.0 / 1.3),
        (
            "tanh(sigmoid(asinh(x)) * min0(x)) + 0.5 * relu(x)",
            0.0,
            0.5,
        ),
        ("relu(x) + elu(min0(x))", 0.0, 1.0),
        ("relu(x) - 0.25 * abs(x)", 0.0, 0.25),
        ("relu(x - 1) + min0(x - 1)", 1.0, 1.0),
        ("if x < 1 { square(x) } else { 2 * x - 1 }", 1.0, 2.0),
        ("if 1 <= x { 2 * x - 1 } else { square(x) }", 1.0, 2.0),
        ("relu(x * x - 1) + min0(x * x - 1)", -1.0, -2.0),
    ] {
        let dag = Dag::parse(text).unwrap().with_gradient();
        let derivative = dag.graph(Component::Derivative(0));
        let found = dag.at(&[at, 1.3]).1[0];
        assert!((found - slope).abs() < 1e-15, "{text}: {found}");
        let is_tie = |node: &Node| matches!(node, Node::Apply(Op::Eq, _));
        assert!(
            !derivative.nodes().iter().any(is_tie),
            "{text}: {derivative}"
        );
    }
}
