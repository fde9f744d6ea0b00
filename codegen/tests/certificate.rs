//! Certificates: proofs are found, replayed and accepted, and whatever is changed in one is noticed.

#![cfg(feature = "oracle")]

use actsmith_codegen::Formula;
use actsmith_codegen::certificate::{By, Certificate, Of, Step, Support, Verdict};
use actsmith_codegen::number::Number;
use actsmith_codegen::{Budget, Region};

/// Formulas with the bounds of `x` that they are simplified over.
const FORMULAS: &[(&str, Option<&str>, Option<&str>)] = &[
    ("x / (1 + exp(-x))", None, None),
    ("x * sigmoid(beta * x)", None, None),
    ("x * tanh(ln(1 + exp(x)))", None, None),
    ("0.5 * x * (1 + erf(x / sqrt(2)))", None, None),
    ("if x > 0 { x } else { exp(x) - 1 }", None, None),
    ("min(max(x, 0), 6)", None, None),
    ("(x + 0) * 1 - 2 * 3", None, None),
    ("b * x + a * x", None, None),
    ("tanh(x * sigmoid(x)) * x", None, None),
    (
        "sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x)",
        None,
        None,
    ),
    ("sinh(x) / cosh(x)", None, None),
    ("square(sin(x)) + square(cos(x))", None, None),
    // Guards that hold for every x.
    ("clamp(square(tanh(x)), -10, 10)", None, None),
    ("abs(exp(x)) * x", None, None),
    ("exp(ln(1 + square(x)))", None, None),
    ("(x * cosh(x)) / cosh(x)", None, None),
    ("max(sigmoid(x), -1) + relu(-exp(x))", None, None),
    ("sqrt(square(exp(x)))", None, None),
    // Guards that hold in the domain alone.
    ("abs(x)", Some("0"), None),
    ("relu(x) + x", Some("0.5"), Some("3")),
    ("x / x + max(x, -5)", Some("1"), Some("2")),
    (
        "exp(ln(x)) * if x < 10 { 2 } else { 3 }",
        Some("1"),
        Some("2"),
    ),
];

fn region(low: Option<&str>, high: Option<&str>) -> Region {
    let number = |text: &str| Number::parse(text).expect("a number");
    let (low, high) = (low.map(number), high.map(number));
    Region::default()
        .with("x", low.as_ref(), high.as_ref())
        .expect("some values")
}

fn certify(text: &str, low: Option<&str>, high: Option<&str>) -> Certificate {
    let formula = Formula::parse(text).expect(text);
    let region = region(low, high);
    let simplification = formula.simplify(&region, Budget::default());
    formula.certify(&simplification, &region, Budget::default())
}

#[test]
fn proofs_are_found_and_hold() {
    for &(text, low, high) in FORMULAS {
        let certificate = certify(text, low, high);
        let verdict = certificate.check();
        assert_eq!(verdict, Ok(Verdict::Proved(certificate.steps())), "{text}");
        let explanation = certificate.explain().expect(text);
        for output in &certificate.outputs {
            assert!(explanation.contains(&output.form), "{text}: {explanation}");
        }
    }
}

/// A formula may name what its value does not use: the derivative with respect to that is 0.
#[test]
fn names_without_a_use_are_certified() {
    for text in [
        "right(beta, x)",
        "min0(right(beta, x))",
        "left(2, beta) * x",
        "if x > right(beta, 1) { x } else { x / (1 + exp(-x)) }",
    ] {
        let certificate = certify(text, None, None);
        assert_eq!(certificate.variables, ["x", "beta"]);
        let verdict = certificate.check();
        assert!(
            matches!(verdict, Ok(Verdict::Proved(_))),
            "{text}: {verdict:?}"
        );
    }
}

#[test]
fn the_same_formula_gives_the_same_certificate() {
    let text = "sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x)";
    assert_eq!(certify(text, None, None), certify(text, None, None));
}

#[test]
fn an_explanation_names_rules_and_guards() {
    let explanation = certify("clamp(exp(x), -10, 10) + x * 1", None, None)
        .explain()
        .expect("a proof");
    for part in [
        "clamp-low-idle: clamp(a, b, c) = min(a, c)",
        "where -10 ≤ exp(x); exp(x) is above 0",
        "= x + min(exp(x), 10) ",
    ] {
        assert!(explanation.contains(part), "{part} in {explanation}");
    }
    let explanation = certify("if exp(x) < -10 { 1 } else { x }", None, None).explain();
    let explanation = explanation.expect("a proof");
    assert!(
        explanation.contains("where exp(x) < -10 is 0"),
        "{explanation}"
    );
}

/// Every change of one step.
fn changed_steps(step: &Step, others: usize) -> Vec<(&'static str, Step)> {
    let changed = |what: &'static str, change: &dyn Fn(&mut Step)| {
        let mut step = step.clone();
        change(&mut step);
        (what, step)
    };
    let mut all = vec![
        changed("direction", &|step| step.back = !step.back),
        changed("place", &|step| step.at.push(0)),
        changed("place", &|step| {
            if step.at.pop().is_none() {
                step.at.push(1);
            }
        }),
        changed("result", &|step| step.to = (step.to + 1) % others),
        changed("reason", &|step| {
            step.by = match step.by {
                By::Fold => By::Rule("add-zero".to_owned()),
                By::Rule(_) | By::Lemma(_) | By::Derivative { .. } => By::Fold,
            };
        }),
        changed("lemma", &|step| step.by = By::Lemma(usize::MAX)),
        changed("facts", &|step| step.facts.push(usize::MAX)),
    ];
    if matches!(step.by, By::Rule(_)) {
        all.push(changed("rule", &|step| {
            step.by = By::Rule("exp-of-0".to_owned())
        }));
        all.push(changed("rule", &|step| {
            step.by = By::Rule("no-such-rule".to_owned())
        }));
    }
    if !step.facts.is_empty() {
        all.push(changed("facts", &|step| step.facts.clear()));
    }
    all
}

/// Every change of one part of a certificate, but for terms.
fn changed(original: &Certificate) -> Vec<(&'static str, Certificate)> {
    let mut all = Vec::new();
    let mut change = |what: &'static str, change: &dyn Fn(&mut Certificate)| {
        let mut certificate = original.clone();
        change(&mut certificate);
        all.push((what, certificate));
    };
    for (number, lemma) in original.lemmas.iter().enumerate() {
        for (count, step) in lemma.steps.iter().enumerate() {
            for (what, step) in changed_steps(step, original.terms.len()) {
                change(what, &|c| c.lemmas[number].steps[count] = step.clone());
            }
            change("drop", &|c| drop(c.lemmas[number].steps.remove(count)));
            if count > 0 {
                change("swap", &|c| c.lemmas[number].steps.swap(count - 1, count));
            }
        }
        change("side", &|c| c.lemmas[number].right = usize::MAX);
        change("side", &|c| c.lemmas[number].left += 1);
    }
    for index in 0..original.outputs.len() {
        change("form", &|c| c.outputs[index].form += " + 1");
        change("form", &|c| c.outputs[index].form = "y".to_owned());
        change("form", &|c| c.outputs[index].form = "((".to_owned());
        change("claim", &|c| drop(c.outputs.remove(index)));
        change("claim", &|c| {
            c.outputs[index].of = Of::Derivative("y".to_owned())
        });
        change("support", &|c| {
            c.outputs[index].support = Support::Lemma(usize::MAX)
        });
    }
    change("formula", &|c| c.formula += " + 1");
    change("variables", &|c| c.variables.push("y".to_owned()));
    change("version", &|c| c.version += 1);
    all
}

#[test]
fn what_is_changed_is_rejected() {
    let mut counts = [0; 2];
    for &(text, low, high) in FORMULAS {
        let original = certify(text, low, high);
        for (what, certificate) in changed(&original) {
            let verdict = certificate.check();
            counts[usize::from(verdict.is_err())] += 1;
            // Steps at places apart can be swapped, and an equation such as a + b = b + a reads the same both ways. The value
            // beside its derivatives may be left out.
            let harmless = match what {
                "swap" | "direction" => certificate.outputs == original.outputs,
                "claim" => certificate.outputs.iter().all(|o| o.of != Of::SharedValue),
                _ => false,
            };
            assert!(
                verdict.is_err() || harmless,
                "{text}: {what} in {certificate:?}"
            );
        }
    }
    assert!(
        counts[1] > 20 * counts[0],
        "{counts:?} accepted and rejected"
    );
}

#[test]
fn a_changed_term_proves_nothing_new() {
    let mut counts = [0; 2];
    for &(text, low, high) in FORMULAS {
        let original = certify(text, low, high);
        for (number, term) in original.terms.iter().enumerate() {
            let other = match term.split_once(' ') {
                Some(("add", rest)) => format!("sub {rest}"),
                Some((_, rest)) if !rest.contains(' ') => format!("sinh {rest}"),
                Some((_, rest)) if rest.split(' ').count() == 2 => format!("add {rest}"),
                Some((_, rest)) => format!("if {rest}"),
                None => "17".to_owned(),
            };
            if other == *term {
                continue;
            }
            let mut certificate = original.clone();
            certificate.terms[number] = other;
            let verdict = certificate.check();
            counts[usize::from(verdict.is_err())] += 1;
            // The claims are those of before, which hold; a step such as a · 0 = 0, backward, may bring in whatever it likes.
            assert_eq!(certificate.outputs, original.outputs);
        }
    }
    assert!(
        counts[1] > 20 * counts[0],
        "{counts:?} accepted and rejected"
    );
}

#[test]
fn a_wider_domain_is_rejected_where_it_matters() {
    for &(text, low, high) in FORMULAS.iter().filter(|(_, low, _)| low.is_some()) {
        let mut certificate = certify(text, low, high);
        certificate.domain[0].low = Some("-1".to_owned());
        assert!(certificate.check().is_err(), "{text}");
        certificate.domain.clear();
        assert!(certificate.check().is_err(), "{text}");
        certificate = certify(text, low, high);
        for (low, high) in [
            ("2", "1"),
            ("NaN", "1"),
            ("inf", "inf"),
            ("", "1"),
            ("1/0", "3"),
        ] {
            certificate.domain[0].low = Some(low.to_owned());
            certificate.domain[0].high = Some(high.to_owned());
            assert!(certificate.check().is_err(), "{text} from {low} to {high}");
        }
    }
}

fn uses_derivatives(certificate: &Certificate) -> bool {
    let by_derivative = |step: &Step| matches!(step.by, By::Derivative { .. });
    certificate
        .lemmas
        .iter()
        .flat_map(|lemma| &lemma.steps)
        .any(by_derivative)
}

/// x² and 4 are equal at 2, their derivatives are not: on a single point, no derivative follows from the value.
#[test]
fn on_a_single_point_derivatives_are_proved_by_themselves() {
    let text = "x / (1 + exp(-x))";
    let mut everywhere = certify(text, None, None);
    assert!(uses_derivatives(&everywhere));
    assert!(everywhere.check().is_ok());
    let point = certify(text, Some("2"), Some("2"));
    assert!(!uses_derivatives(&point));
    assert!(point.check().is_ok());
    everywhere.domain = point.domain;
    assert!(everywhere.check().is_err());
}

#[test]
fn what_is_not_proved_is_measured_and_measured_again() {
    let formula = Formula::parse("x * tanh(ln(1 + exp(x)))").expect("a formula");
    let simplification = formula.simplify(&Region::default(), Budget::default());
    let none = Budget {
        iterations: 0,
        nodes: 0,
    };
    let mut certificate = formula.certify(&simplification, &Region::default(), none);
    let Ok(Verdict::Measured(measured)) = certificate.check() else {
        panic!("nothing can be proved without a single round")
    };
    assert_eq!(measured[0].0, Of::Value);
    assert!(measured[0].1.points > 50);
    assert!(!certificate.is_complete());
    assert!(
        certificate
            .explain()
            .expect("measurements")
            .contains("not proved")
    );
    let Support::Measured(agreement) = &mut certificate.outputs[0].support else {
        panic!("a measurement")
    };
    agreement.ulp += 1;
    assert!(certificate.check().is_err());
    certificate.outputs[0].form = "x * tanh(softplus(x)) + 1e-9".to_owned();
    assert!(certificate.check().is_err());
}

#[test]
fn absurd_certificates_are_refused() {
    let good = certify("x * 1", None, None);
    let deep = 200_000;
    let mut tall = good.clone();
    tall.terms.push("$x".to_owned());
    for _ in 0..deep {
        let last = tall.terms.len() - 1;
        tall.terms.push(format!("sin {last}"));
    }
    let top = tall.terms.len() - 1;
    let step = Step {
        at: vec![0; deep],
        by: By::Rule("mul-one".to_owned()),
        back: true,
        to: 0,
        facts: vec![],
    };
    tall.lemmas.push(actsmith_codegen::certificate::Lemma {
        left: top,
        right: top,
        steps: vec![step.clone()],
    });
    assert!(tall.check().is_err());
    let turned = Step {
        by: By::Derivative {
            lemma: 0,
            variable: 0,
        },
        ..step
    };
    tall.lemmas.last_mut().expect("the lemma").steps = vec![turned; 1_000];
    assert!(tall.check().is_err());
    for term in [
        "powi 0 0",
        "neg 99999999999999999999",
        "1/0",
        "$",
        " ",
        "1e999999999999",
        "mul 0",
    ] {
        let mut certificate = good.clone();
        certificate.terms.push(term.to_owned());
        let number = certificate.terms.len() - 1;
        certificate.lemmas[0].steps[0].to = number;
        assert!(certificate.check().is_err(), "{term}");
    }
    let mut certificate = good.clone();
    certificate.formula = "powi(x, 2) * ".repeat(3000) + "x";
    assert!(certificate.check().is_err());
    certificate = good;
    certificate.lemmas.clear();
    certificate.terms.clear();
    assert!(certificate.check().is_err());
}

#[cfg(feature = "serde")]
#[test]
fn certificates_survive_the_trip_through_text() {
    for &(text, low, high) in FORMULAS {
        let certificate = certify(text, low, high);
        let json = serde_json::to_string(&certificate).expect("JSON");
        let read: Certificate = serde_json::from_str(&json).expect("a certificate");
        assert_eq!(read, certificate, "{text}");
        for end in (0..json.len() - 1)
            .step_by(97)
            .filter(|&end| json.is_char_boundary(end))
        {
            assert!(
                serde_json::from_str::<Certificate>(&json[..end]).is_err(),
                "{text}, {end}"
            );
        }
    }
}
