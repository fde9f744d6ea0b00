//! The oracle of `verify`: against a reference of 90 digits, and against results that are wrong.

#![cfg(feature = "oracle")]

use actsmith_codegen::ir::Dag;
use actsmith_codegen::number::Number;
use actsmith_codegen::ops::Op;
use actsmith_codegen::oracle::{
    Agreement, Comparison, Format, Levels, Oracle, Outcome, Slope, Truth,
};
use actsmith_codegen::{Formula, Gradient, Kinks};

/// More than any of these points takes.
const EFFORT: u64 = 1 << 40;

fn oracle(text: &str) -> Oracle {
    let formula = Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Oracle::new(&formula).expect("no parameters")
}

fn outcomes(oracle: &Oracle, x: f64, computed: [f64; 2], format: Format) -> [Outcome; 2] {
    let mut found = [Outcome::Undecided; 2];
    let mut scratch = oracle.scratch();
    oracle.measure(
        &[x],
        &[computed],
        format,
        EFFORT,
        &mut scratch,
        |_, output, outcome| {
            found[output] = outcome;
        },
    );
    found
}

fn ulp(outcome: Outcome) -> f64 {
    match outcome {
        Outcome::Error { ulp, .. } => ulp,
        other => panic!("{other:?}"),
    }
}

/// mpmath's values, rounded to a format, are half a unit away at most. Its derivatives are differences of values of 90 digits over
/// 10⁻³⁰ of x, so nothing below 10⁻⁶⁰/x is in them, and 0 stands for less than 10⁻⁵⁵; nor is what is below 10⁻⁸⁵ in its `gelu_tanh`, which adds 1 and tanh, or in its
/// `sinc`, which reduces by π, or below 10⁻⁸⁸·x in its `tanhshrink`, a difference.
#[test]
fn the_true_values_are_those_of_mpmath() {
    let data: serde_json::Value =
        serde_json::from_str(include_str!("data/activations.json")).unwrap();
    let mut checked = 0;
    for (name, rows) in data["activations"].as_object().unwrap() {
        let oracle = oracle(&format!("{name}(x)"));
        for row in rows.as_array().unwrap() {
            let x = f64::from(row[0].as_f64().unwrap() as f32);
            let want = [1, 2].map(|i| row[i].as_str().unwrap().parse::<f64>().unwrap());
            for (format, computed) in [
                (Format::F64, want),
                (Format::F32, want.map(|value| f64::from(value as f32))),
            ] {
                let found = outcomes(&oracle, x, computed, format);
                for (output, outcome) in found.into_iter().enumerate() {
                    let Outcome::Error { ulp, absolute, .. } = outcome else {
                        panic!("{name}({x:e}): {found:?}");
                    };
                    let floor = match name.as_str() {
                        _ if output == 1 => {
                            (1e-59 * (1.0 + want[0].abs()) / x.abs().max(1e-40)).max(1e-55)
                        }
                        "gelu_tanh" | "sinc" => 1e-85,
                        "tanhshrink" => 1e-88 * x.abs(),
                        _ => 0.0,
                    };
                    assert!(
                        ulp <= 0.51 || absolute < floor,
                        "{name}({x:e}) {output}: {ulp} ULP of {want:?}, {found:?}"
                    );
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 5000, "{checked}");
}

#[test]
fn an_error_is_counted_in_units_at_the_true_value() {
    let square = oracle("x * x");
    let x = f64::from(1.0f32 + f32::EPSILON);
    // (1 + ε)² = 1 + 2ε + ε², of which f32 cannot hold the last term.
    let near = 1.0 + 2.0 * f64::from(f32::EPSILON);
    let far = near + 3.0 * f64::from(f32::EPSILON);
    let unit = f64::from(f32::EPSILON);
    let [value, slope] = outcomes(&square, x, [near, 2.0 * x], Format::F32);
    assert!((ulp(value) - unit).abs() < 1e-8);
    assert_eq!(ulp(slope), 0.0);
    let [value, slope] = outcomes(&square, x, [far, 0.0], Format::F32);
    assert!((ulp(value) - 3.0).abs() < 1e-6);
    // 2 + 2ε is above 2, where units are twice as large: 2²³ of them.
    assert!((ulp(slope) - 2f64.powi(23)).abs() < 2.0);
    // Subnormal numbers are 2⁻¹⁴⁹ apart, and a true value below them all counts in that unit.
    let tiny = 2f64.powi(-149);
    let [value, _] = outcomes(&square, 2f64.powi(-80), [tiny, 2f64.powi(-79)], Format::F32);
    assert!((ulp(value) - 1.0).abs() < 1e-3);
}

#[test]
fn infinities_and_nan_are_told_from_numbers() {
    let exp = oracle("exp(x)");
    let at = |x, got| outcomes(&exp, x, [got, got], Format::F32)[0];
    assert_eq!(ulp(at(89.0, f64::INFINITY)), 0.0);
    assert!(matches!(at(88.0, f64::INFINITY), Outcome::Lost { .. }));
    assert!(matches!(at(1.0, f64::NAN), Outcome::Lost { .. }));
    // The largest number is one unit from what infinity stands for.
    assert_eq!(ulp(at(100.0, f64::from(f32::MAX))), 1.0);
    let exp64 = |x, got| outcomes(&exp, x, [got, got], Format::F64)[0];
    assert_eq!(ulp(exp64(710.0, f64::INFINITY)), 0.0);
    assert_eq!(ulp(exp64(1e300, f64::MAX)), 1.0);
    assert!(matches!(exp64(709.0, f64::INFINITY), Outcome::Lost { .. }));
    let ln = oracle("ln(x)");
    for (x, got, invented) in [
        (-1.0, f64::NAN, false),
        (0.0, f64::NEG_INFINITY, false),
        (-2.0, 0.5, true),
    ] {
        let [value, slope] = outcomes(&ln, x, [got, 1.0 / x], Format::F32);
        assert_eq!(value, Outcome::Undefined { invented });
        // The slope of what has no value is no result.
        assert_eq!(slope, Outcome::Undefined { invented: false });
    }
}

#[test]
fn kinks_take_the_side_that_the_table_says() {
    for (text, x, slope) in [
        ("relu(x)", 0.0, 0.0),
        ("abs(x)", 0.0, 0.0),
        ("max(x, 0)", 0.0, 0.5),
        ("hardsigmoid(x)", -3.0, 0.0),
        // x/6 + 1/2 is 0 in rational arithmetic, and in no interval of binary numbers.
        ("clamp(x / 6 + 0.5, 0, 1)", -3.0, 0.0),
        ("if x / 3 - 1 / 3 < 0 { x } else { 2 * x }", 1.0, 2.0),
        ("elu(x, 0.5)", 0.0, 0.5),
    ] {
        let formula = Formula::parse(text).unwrap().with_kinks(Kinks::Torch);
        let oracle = Oracle::new(&formula).expect("no parameters");
        let [_, found] = outcomes(&oracle, x, [0.0, slope], Format::F64);
        assert!(ulp(found) <= 0.5, "{text}: {found:?}");
        let [_, wrong] = outcomes(&oracle, x, [0.0, slope + 0.25], Format::F64);
        assert!(ulp(wrong) > 1e10, "{text}: {wrong:?}");
    }
}

#[test]
fn free_kinks_take_any_number_between_the_slopes_of_both_sides() {
    for (text, x, [low, high]) in [
        ("relu(x)", 0.0, [0.0, 1.0]),
        ("abs(x)", 0.0, [-1.0, 1.0]),
        ("min(x, 3)", 3.0, [0.0, 1.0]),
        ("max(min(x, 1), -1)", -1.0, [0.0, 1.0]),
        ("relu(x) - 0.5 * relu(-x)", 0.0, [0.5, 1.0]),
        (
            "if x / 3 - 1 / 3 < 0 { x } else { 2 * x - 1 }",
            1.0,
            [1.0, 2.0],
        ),
    ] {
        let oracle = oracle(text);
        let value = Formula::parse(text).unwrap().dag().eval(&[x])[0];
        for share in [0.0, 0.3, 1.0] {
            let slope = low + share * (high - low);
            let [_, found] = outcomes(&oracle, x, [value, slope], Format::F64);
            assert!(ulp(found) <= 0.5, "{text}: {slope} {found:?}");
        }
        for slope in [low - 0.01, high + 0.01] {
            let [_, found] = outcomes(&oracle, x, [value, slope], Format::F64);
            assert!(ulp(found) > 1e10, "{text}: {slope} {found:?}");
        }
    }
}

#[test]
fn huge_arguments_have_true_values() {
    for (text, x) in [
        ("sin(x)", 1e300),
        ("cos(x)", 3e38),
        ("x / (1 + exp(-x))", -1e300),
        ("erfc(x)", 30.0),
        ("softplus(x)", -800.0),
        ("sinc(x)", 1e15 + 0.5),
        ("tanhshrink(x)", 1e-100),
        ("x - tanh(x)", 1e-100),
        ("ln(erfc(x))", 1000.0),
        ("tanh(exp(x))", -1e30),
        ("softplus(x)", -1e300),
        ("ln(softplus(x))", -1e5),
        ("cos(exp(x))", -1e12),
    ] {
        let found = outcomes(&oracle(text), x, [0.0, 0.0], Format::F64);
        assert!(!found.contains(&Outcome::Undecided), "{text}: {found:?}");
    }
}

/// The rules of differentiation give ∞·0 at 0; x² has a slope there.
#[test]
fn a_slope_that_differentiation_lacks_is_found() {
    let quartic = oracle("sqrt(x * x * x * x)");
    let slope = |got| outcomes(&quartic, 0.0, [0.0, got], Format::F32)[1];
    assert!(matches!(slope(f64::NAN), Outcome::Lost { .. }));
    assert!(ulp(slope(0.0)) < 0.1);
    // At a kink, the slope is one between those of both sides.
    let kink = oracle("sqrt(x * x)");
    let slope = |got| outcomes(&kink, 0.0, [0.0, got], Format::F32)[1];
    assert!(matches!(slope(f64::NAN), Outcome::Lost { .. }));
    assert!(ulp(slope(0.0)) < 0.1);
    // At the end of a domain where the slope grows without bound, there is none.
    let root = oracle("sqrt(x)");
    let [_, slope] = outcomes(&root, 0.0, [0.0, f64::NAN], Format::F32);
    assert!(!matches!(slope, Outcome::Lost { .. }), "{slope:?}");
}

/// Digits that no work pays for are undecided, and the work is spread over the row.
#[test]
fn work_is_bounded() {
    let hard = oracle("exp(x) * exp(-exp(x)) * sqrt(1 + x) - x");
    let x: Vec<f64> = (0..100).map(f64::from).collect();
    let computed = vec![[0.0, 0.0]; x.len()];
    let undecided = |effort| {
        let (mut scratch, mut found) = (hard.scratch(), Vec::new());
        hard.measure(
            &x,
            &computed,
            Format::F64,
            effort,
            &mut scratch,
            |i, output, outcome| {
                if output == 0 && outcome == Outcome::Undecided {
                    found.push(i);
                }
            },
        );
        found
    };
    assert_eq!(undecided(0).len(), x.len());
    let some = undecided(40);
    assert!((10..100).contains(&some.len()), "{some:?}");
    assert!(some[0] < 10 && some[some.len() - 1] > 90, "{some:?}");
    assert!(undecided(EFFORT / 1_000).len() < 5);
}

/// Most true values of a sample come from the fast tier, which takes no work that is counted.
#[test]
fn identities_spare_the_exact_tier() {
    let x: Vec<f64> = (-40..40).map(|k| f64::from(2f32.powi(3 * k))).collect();
    for text in [
        "ln(cosh(x))",
        "x * sigmoid(1.5 * x)",
        "tanh(x)",
        "ln(1 + exp(x))",
    ] {
        let oracle = oracle(text);
        let (mut scratch, mut open) = (oracle.scratch(), 0);
        let computed = vec![[0.0, 0.0]; x.len()];
        oracle.measure(
            &x,
            &computed,
            Format::F32,
            0,
            &mut scratch,
            |_, _, outcome| {
                open += usize::from(outcome == Outcome::Undecided);
            },
        );
        assert!(open < 4, "{text}: {open}");
    }
}

/// The formulas for which no number of digits used to be enough.
#[test]
fn towers_of_exponentials_have_true_values() {
    for text in [
        "exp(-exp(x))",
        "tanh(exp(x)) * x",
        "ln(cosh(x))",
        "x * tanh(exp(x))",
    ] {
        let oracle = oracle(text);
        for x in [-3e38, -700.0, -1.0, 0.3, 4.0, 30.0, 300.0, 3e10] {
            let [value, slope] = outcomes(&oracle, x, [0.0, 0.0], Format::F32);
            assert_ne!(value, Outcome::Undecided, "{text} at {x}");
            assert_ne!(slope, Outcome::Undecided, "the slope of {text} at {x}");
        }
    }
}

#[test]
fn true_values_of_two_graphs_are_compared_in_several_variables() {
    let graph = |text: &str| Dag::parse(text).unwrap();
    let agreement = |a: &str, b: &str, point: &[f64]| {
        let point: Vec<Number> = point.iter().filter_map(|&x| Number::exactly(x)).collect();
        Comparison::new(&graph(a), &graph(b)).at(&point, &mut Levels::default())[0]
    };
    let at = [0.7, -1.3];
    assert!(matches!(
        agreement("x * sigmoid(beta)", "x / (1 + exp(-beta))", &at),
        Agreement::Equal(_)
    ));
    // A difference of x and x is 0 at any precision.
    assert!(matches!(
        agreement("x + (sin(beta) - sin(beta))", "x + 0 * beta", &at),
        Agreement::Equal(_)
    ));
    assert!(matches!(
        agreement("x * beta", "x * beta + 1e-30", &at),
        Agreement::Apart { .. }
    ));
    assert!(matches!(
        agreement("x + beta", "x + beta + 0 * sqrt(beta)", &at),
        Agreement::Lost(_)
    ));
    assert_eq!(
        agreement("ln(beta) + x", "x + beta", &at),
        Agreement::Undefined
    );
    assert_eq!(
        agreement("if sin(pi) == 0 { x + beta } else { 0 }", "x + beta", &at),
        Agreement::Undecided
    );
}

#[test]
fn quotients_tell_smooth_points_from_kinks() {
    let slope = |text: &str, x: f64| {
        let truth = Truth::new(&Dag::parse(text).unwrap());
        truth.slope(&[Number::exactly(x).unwrap()], 0, &mut Levels::default())
    };
    for (text, x, want) in [
        ("sin(x)", 0.7, 0.7f64.cos()),
        ("if x == 0 { 1 } else { expm1(x) / x }", 0.0, 0.5),
        ("relu(x) + log1p(exp(-abs(x)))", 0.0, 0.5),
        ("sqrt(hardsigmoid(x))", -4.0, 0.0),
        ("if x > 0 { exp(-1 / x) } else { 0 }", 1e-20, 0.0),
        ("x * 1e30", 1e10, 1e30),
    ] {
        let Slope::Smooth(found) = slope(text, x) else {
            panic!("{text} has a slope at {x}");
        };
        assert!(
            (found.to_f64() - want).abs() <= 1e-12 * want.abs().max(1e-12),
            "{text}"
        );
    }
    assert!(matches!(slope("relu(x)", 0.0), Slope::Kinked(Some(_))));
    assert!(matches!(slope("sign(x)", 0.0), Slope::Kinked(None)));
    assert!(matches!(slope("ln(x)", 0.0), Slope::Unknown));
    // Its waves are far shorter than any step.
    let wave = "x * (0.29e268 + square(sin(0.29e268 * x)))";
    assert!(matches!(slope(wave, 0.0019), Slope::Unknown));
}

#[test]
fn constants_have_as_many_digits_as_are_known() {
    let digits = |text: &str, count| {
        let truth = Truth::new(&Dag::parse(text).unwrap());
        let zero = Number::exactly(0.0).unwrap();
        truth.at(&[zero], &mut Levels::default())[0].decimal(count)
    };
    assert_eq!(
        digits("pi", 30).as_deref(),
        Some("314159265358979323846264338327e-29")
    );
    assert_eq!(digits("-exp(1) * 1000", 8).as_deref(), Some("-27182818e-4"));
    assert_eq!(digits("1 / 8", 4).as_deref(), Some("1250e-4"));
    assert_eq!(digits("pi", 400), None);
}

#[test]
fn a_formula_with_parameters_has_no_oracle() {
    assert!(Oracle::new(&Formula::parse("beta * x").unwrap()).is_none());
}

/// Arguments in every regime, far out as well.
const EVERYWHERE: [f64; 14] = [
    0.4, -0.7, 7.3, -12.0, 25.5, -25.5, -104.0, 104.0, 746.5, -746.5, 1e-9, -1e-30, -1e4, 3e6,
];

fn at_argument(x: f64, variables: usize) -> Vec<Number> {
    let exact = |&value: &f64| Number::exactly(value).unwrap();
    [x, 1.25, 2.5][..variables].iter().map(exact).collect()
}

/// An operation of `x`, `b` and `c`, with its derivatives as the table has them.
fn of_the_table(op: Op) -> Option<Gradient> {
    let names = ["x", "b", "c"][..op.arity()].join(", ");
    let formula = Formula::parse(&format!("{}({names})", op.name())).ok()?;
    Some(formula.with_gradient())
}

/// The derivatives in the rows of the table, in 300 digits, against difference quotients of the values.
#[test]
fn the_derivatives_of_the_table_hold_far_out() {
    let mut levels = Levels::default();
    let (mut decided, mut count) = (0, 0);
    for &op in Op::ALL {
        let Some(raw) = of_the_table(op) else {
            continue;
        };
        let truth = Truth::new(&raw);
        for x in EVERYWHERE {
            let point = at_argument(x, raw.variables.len());
            let known = truth.at(&point, &mut levels);
            for (variable, derivative) in Gradient::split(&known).1.iter().enumerate() {
                let Slope::Smooth(slope) = truth.slope(&point, variable, &mut levels) else {
                    continue;
                };
                let (found, exact) = (slope.is(derivative), slope.to_f64());
                assert_ne!(found, Some(false), "{op:?} at {x}, {variable}: {exact}");
                count += 1;
                decided += usize::from(found.is_some());
            }
        }
    }
    assert!(
        count > 800 && decided * 10 > count * 9,
        "{decided} of {count}"
    );
}

/// The derivatives in the rows of the table are those of the definitions there, to the last of 300 digits.
#[test]
fn operations_and_their_definitions_have_the_same_derivatives() {
    let mut levels = Levels::default();
    let mut count = 0;
    for &op in Op::ALL.iter().filter(|op| op.arity() == 1) {
        let (Some(raw), Some(definition)) = (of_the_table(op), op.row().definition) else {
            continue;
        };
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let words = definition.split_inclusive(|c| !is_word(c));
        let words = words.map(|word| match word.strip_prefix('a') {
            Some(rest) if !rest.starts_with(is_word) => format!("x{rest}"),
            Some(_) | None => word.to_owned(),
        });
        let definition = Formula::parse(&words.collect::<String>()).unwrap();
        let comparison = Comparison::new(&definition.with_gradient(), &raw);
        for x in EVERYWHERE {
            for agreement in comparison.at(&at_argument(x, 1), &mut levels) {
                let apart = matches!(agreement, Agreement::Apart { .. } | Agreement::Lost(_));
                assert!(!apart, "{op:?} at {x}: {agreement:?}");
                count += usize::from(matches!(agreement, Agreement::Equal(_)));
            }
        }
    }
    assert!(count > 600, "{count}");
}
