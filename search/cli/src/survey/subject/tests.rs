//! Faults that are planted are found.

use super::*;
use crate::survey::language::survey;

fn subject(text: &str) -> (Subject, Formula) {
    let formula = Formula::parse(text).unwrap();
    let subject = Subject {
        text: text.to_owned(),
        condition: None,
        points: [0.7, -2.3, 0.0]
            .map(|x| vec![exactly(x); formula.dag().variables.len()])
            .into(),
        quotients: true,
    };
    (subject, formula)
}

const PLAN: Plan = Plan {
    sample: 1,
    seed: 1,
    proofs: false,
};

/// The faults of a form that is planted for a formula: its value, or one of its derivatives.
fn faults(text: &str, component: Component, form: &str) -> Vec<Fault> {
    let (subject, formula) = subject(text);
    let plant = |formula: &Formula| {
        let mut simplification = simplify(formula);
        let form = over(form, &formula.dag().variables).unwrap();
        if component == Component::Value {
            simplification.value.dag = form.clone();
        }
        simplification.gradient.dag = formula.with_gradient().with_component(component, &form);
        simplification
    };
    let finding = subject.look(&formula, PLAN, &mut Levels::default(), plant);
    finding
        .failures
        .iter()
        .map(|failure| failure.fault)
        .collect()
}

#[test]
fn planted_faults_are_found() {
    // Right ones are none.
    assert_eq!(faults("x * x + 1", Component::Value, "1 + square(x)"), []);
    assert_eq!(faults("x * x + 1", Component::Derivative(0), "2 * x"), []);
    // A digit far behind those of a double.
    assert_eq!(
        faults(
            "x * x + 1",
            Component::Value,
            "square(x) + 1.0000000000000000000000000000001"
        ),
        [Fault::Value]
    );
    assert_eq!(faults("sin(x)", Component::Value, "-sin(-x)"), []);
    // No value at one of the points.
    assert!(faults("exp(x)", Component::Value, "exp(x) * ln(x) / ln(x)").contains(&Fault::Value));
    assert!(
        faults("sin(x)", Component::Derivative(0), "cos(x) * (1 + 1e-25)")
            .contains(&Fault::Derivative)
    );
    assert!(
        faults(
            "exp(beta * x)",
            Component::Derivative(1),
            "beta * exp(beta * x) + 1e-20"
        )
        .contains(&Fault::Derivative)
    );
    // At the kink alone.
    assert_eq!(
        faults(
            "relu(x)",
            Component::Derivative(0),
            "if x < 0 { 0 } else { 1 }"
        ),
        []
    );
    assert!(
        faults(
            "relu(x)",
            Component::Derivative(0),
            "if x < 0.1 { 0 } else { 2 }"
        )
        .contains(&Fault::Derivative)
    );
    // The same over the reals, and not in f32.
    assert_eq!(
        faults("x * 1e-30 * 1e-8", Component::Value, "x * 1e-38"),
        []
    );
    assert_eq!(
        faults("1e-20 * x * x", Component::Value, "1e-20 * square(x)"),
        [Fault::Range]
    );
    // Both sides are 1 at arguments of f32 next to 0, where the definition has no value.
    assert_eq!(
        faults(
            "min(x / x, cosh(x) + sinh(x))",
            Component::Value,
            "min(exp(x), 1)"
        ),
        []
    );
}

#[test]
fn wrong_decisions_are_found_where_the_truth_is_known() {
    let text = "if sin(pi) == 0 { x } else { 0 }";
    let (mut subject, formula) = subject(text);
    subject.condition = Some(conditions::Condition {
        text: text.to_owned(),
        known: Some("x"),
    });
    let decide = |form: &'static str| move |_: &Formula| simplify(&Formula::parse(form).unwrap());
    let faults = |form| {
        let look = subject.look(&formula, PLAN, &mut Levels::default(), decide(form));
        look.failures
            .into_iter()
            .map(|failure| failure.fault)
            .collect::<Vec<_>>()
    };
    assert_eq!(faults("x"), []);
    assert!(faults("0 * x").contains(&Fault::Condition));
    // One that the oracle decides.
    let text = "if pi > 3.14159265358979323846 { x } else { 0 }";
    subject.text = text.to_owned();
    let formula = Formula::parse(text).unwrap();
    subject.condition = Some(conditions::Condition {
        text: text.to_owned(),
        known: None,
    });
    let look = subject.look(&formula, PLAN, &mut Levels::default(), decide("0 * x"));
    assert!(
        look.failures
            .iter()
            .any(|failure| failure.fault == Fault::Condition)
    );
}

#[test]
fn false_claims_that_are_accepted_are_found() {
    let (subject, formula) = subject("x / (1 + exp(-x))");
    let (region, budget) = (Region::default(), Budget::default());
    let mut certificate = formula.certify(&simplify(&formula), &region, budget);
    let found = |certificate: &Certificate| {
        let mut finding = subject.look(&formula, PLAN, &mut Levels::default(), simplify);
        let raw = formula.with_gradient();
        subject.compare_claims(&raw, certificate, &mut Levels::default(), &mut finding);
        finding.failures
    };
    assert_eq!(found(&certificate), []);
    certificate.outputs[0].form = "x * sigmoid(x + 1e-20)".to_owned();
    assert_eq!(found(&certificate)[0].fault, Fault::Falsehood);
}

#[test]
fn findings_depend_on_the_plan_alone() {
    let plan = Plan { sample: 40, ..PLAN };
    let survey_on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let findings = pool.build().unwrap().install(|| survey(plan, || {}));
        let facts = |f: Finding| (f.formula, f.failures, f.compared);
        findings.into_iter().map(facts).collect::<Vec<_>>()
    };
    let findings = survey_on(1);
    assert_eq!(findings, survey_on(3));
    let decided: usize = findings.iter().map(|f| f.2.equal).sum();
    let open: usize = findings.iter().map(|f| f.2.undecided).sum();
    assert!(
        decided > 20 * open,
        "{decided} are decided, {open} are open"
    );
}
