//! What is written for such slopes: formulas, with proofs.

use actsmith_codegen::ir::{Dag, Id, Node};
use actsmith_codegen::ops::{Domain, Op};
use actsmith_codegen::{Budget, Formula, Region};

use super::formula;
use super::range::FLAT;

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
