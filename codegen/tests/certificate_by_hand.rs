//! Certificates that are written by hand: what they claim decides, not who wrote them.
#![cfg(feature = "oracle")]

use actsmith_codegen::certificate::{By, Certificate, Lemma, Of, Output, Step, Support, Verdict};
use actsmith_codegen::ir::Node;
use actsmith_codegen::{Basis, Formula, Gradient, Kinks};

/// A certificate by hand, which starts with the terms of a formula and its derivative.
struct ByHand {
    graph: Gradient,
    terms: Vec<String>,
    lemmas: Vec<Lemma>,
}

impl ByHand {
    fn new(formula: &str) -> Self {
        let graph = Formula::parse(formula).expect(formula).with_gradient();
        let text = |node: &Node| match node {
            Node::Number(number) => number.to_string().replace(' ', ""),
            Node::Variable(index) => format!("${}", graph.variables[*index]),
            Node::Apply(op, _) => {
                let arguments = node.arguments().iter();
                arguments.fold(op.name().to_owned(), |text, id| format!("{text} {id}"))
            }
        };
        Self {
            terms: graph.nodes().iter().map(text).collect(),
            lemmas: Vec::new(),
            graph,
        }
    }

    /// The place of a term, added if it is new.
    fn term(&mut self, text: String) -> usize {
        let known = self.terms.iter().position(|term| *term == text);
        known.unwrap_or_else(|| {
            self.terms.push(text);
            self.terms.len() - 1
        })
    }

    /// A lemma by rules, each of which rewrites the whole term.
    fn lemma(&mut self, left: usize, steps: &[(&str, bool, usize)]) -> usize {
        let step = |&(rule, back, to): &(&str, bool, usize)| Step {
            at: vec![],
            by: By::Rule(rule.to_owned()),
            back,
            to,
            facts: vec![],
        };
        let right = steps.last().map_or(left, |step| step.2);
        let steps = steps.iter().map(step).collect();
        self.lemmas.push(Lemma { left, right, steps });
        self.lemmas.len() - 1
    }

    /// The certificate that claims these forms, in turn, for the value and the derivative.
    fn claims(self, formula: &str, claims: [(&str, usize); 2]) -> Certificate {
        let of = [Of::Value, Of::Derivative("x".to_owned())];
        let outputs = of
            .into_iter()
            .zip(claims)
            .map(|(of, (form, lemma))| Output {
                of,
                form: form.to_owned(),
                support: Support::Lemma(lemma),
            });
        Certificate {
            version: actsmith_codegen::certificate::VERSION,
            formula: Formula::parse(formula).expect(formula).to_string(),
            variables: vec!["x".to_owned()],
            domain: vec![],
            nonzero: vec![],
            refines: None,
            kinks: Kinks::Free,
            basis: Basis::Formula,
            outputs: outputs.collect(),
            lemmas: self.lemmas,
            terms: self.terms,
        }
    }
}

/// The claim that `if condition { x } else { 0 }` is one of its branches, and its derivative too.
fn branch(condition: &str, truth: bool) -> Certificate {
    let formula = format!("if {condition} {{ x }} else {{ 0 }}");
    let mut hand = ByHand::new(&formula);
    // The parser writes a ≠ b with its branches the other way round.
    let then = truth != condition.contains("!=");
    let rule = if then { "if-true" } else { "if-false" };
    let mut lemmas = Vec::new();
    for root in hand.graph.roots.clone() {
        let taken = hand.graph.node(root).arguments()[if then { 1 } else { 2 }];
        lemmas.push(hand.lemma(root.into(), &[(rule, false, taken.into())]));
    }
    let forms = if truth { ["x", "1"] } else { ["0", "0"] };
    hand.claims(&formula, [(forms[0], lemmas[0]), (forms[1], lemmas[1])])
}

/// Each is true of the real numbers. Rounded to f64, or with π for its f64, they would be false or open.
const TRUE: &[&str] = &[
    "sin(pi) == 0",
    "cos(pi / 2) == 0",
    "sin(2 * pi) == 0",
    "sin(pi / 6) == 0.5",
    "3.14159265358979323846 < pi",
    "pi < 3.14159265358979323847",
    "pi != 3.14159265358979323846",
    "sqrt(100000000000000000001) > 10000000000",
    "sqrt(1.0000000000000001) > 1",
    "sqrt(1e20 + 1) > 1e10",
    "sqrt(2) != 1.4142135623730951",
    "cosh(1e-8) > 1",
    "cosh(1e-9) > 1",
    "cosh(1e-300) > 1",
    "exp(-1e300) > 0",
    "exp(1e-200) > 1",
    "tanh(1e10) < 1",
    "gaussian(1e-100) < 1",
    "sigmoid(1e-100) > 0.5",
    "erf(30) < 1",
    "ln(1.00000000000000000000001) > 0",
    "atan(1) == pi / 4",
    "0.1 + 0.2 == 0.3",
    "powi(3, 40) + 1 > powi(3, 40)",
    "sin(x) <= 1",
    "cosh(x) >= 1",
    "exp(x) > 0",
];

#[test]
fn a_falsehood_about_constants_is_rejected() {
    for condition in TRUE {
        let verdict = branch(condition, false).check();
        let reason = verdict.expect_err(condition).reason;
        assert!(reason.contains("guard"), "{condition}: {reason}");
    }
}

#[test]
fn what_more_digits_decide_is_accepted() {
    for condition in TRUE {
        assert_eq!(
            branch(condition, true).check(),
            Ok(Verdict::Proved(2)),
            "{condition}"
        );
    }
    // True, and not to be told by any number of digits: nothing is claimed.
    assert!(branch("square(sqrt(2)) == 2", true).check().is_err());
}

/// A product with x whose other factor is rewritten by a rule.
fn factor(formula: &str, rule: &str, to: &[&str], form: &str) -> Certificate {
    let mut hand = ByHand::new(formula);
    let product = hand.graph.value();
    let factor = usize::from(hand.graph.node(product).arguments()[0]);
    let mut last = 0;
    for text in to {
        let inner = hand.terms[factor]
            .rsplit(' ')
            .next()
            .unwrap_or_default()
            .to_owned();
        last = hand.term(text.replace('_', &inner));
    }
    let x = hand.graph.node(product).arguments()[1];
    let whole = hand.term(format!("mul {last} {x}"));
    hand.lemmas.push(Lemma {
        left: product.into(),
        right: whole,
        steps: vec![Step {
            at: vec![0],
            by: By::Rule(rule.to_owned()),
            back: false,
            to: last,
            facts: vec![],
        }],
    });
    let slope = hand.graph.derivatives()[0].into();
    hand.lemma(slope, &[]);
    let slope = hand.graph.formula(1);
    hand.claims(formula, [(form, 0), (&slope, 1)])
}

#[test]
fn the_sign_of_a_difference_from_pi_is_known() {
    let relu = "relu((pi - 3.14159265358979312) * 1e20) * x";
    let abs = "abs(pi - 3.14159265358979312) * x";
    let max = "max(pi, 3.1415926535897932) * x";
    for (formula, rule, to, form) in [
        (relu, "relu-negative", &["0"][..], "0 * x"),
        (
            abs,
            "abs-negative",
            &["neg _"],
            "-(pi - 3.14159265358979312) * x",
        ),
        (
            max,
            "max-decided",
            &["3.1415926535897932"],
            "3.1415926535897932 * x",
        ),
    ] {
        let reason = factor(formula, rule, to, form)
            .check()
            .expect_err(formula)
            .reason;
        assert!(reason.contains("guard"), "{formula}: {reason}");
    }
    let positive = factor(
        abs,
        "abs-positive",
        &["sub 0 1"],
        "(pi - 3.14159265358979312) * x",
    );
    assert_eq!(positive.check(), Ok(Verdict::Proved(1)));
}

/// Of a term without a value, everything would be true at once.
#[test]
fn nothing_follows_from_a_term_without_a_value() {
    for void in [
        "div {one} {zero}",
        "ln {minus}",
        "sqrt {minus}",
        "powi {zero} {minus}",
        "div {one} $x",
    ] {
        for order in [["if-true", "if-false"], ["if-false", "if-true"]] {
            let mut hand = ByHand::new("x");
            let x = usize::from(hand.graph.value());
            let [zero, one, minus] = ["0", "1", "-1"].map(|text| hand.term(text.to_owned()));
            let text = void
                .replace("{zero}", &zero.to_string())
                .replace("{one}", &one.to_string())
                .replace("{minus}", &minus.to_string())
                .replace("$x", &x.to_string());
            let void = hand.term(text.clone());
            let (then, otherwise) = if order[0] == "if-true" {
                (x, zero)
            } else {
                (zero, x)
            };
            let choice = hand.term(format!("if {void} {then} {otherwise}"));
            let value = hand.lemma(x, &[(order[0], true, choice), (order[1], false, zero)]);
            let slope = hand.graph.derivatives()[0].into();
            let slope = hand.lemma(slope, &[]);
            let certificate = hand.claims("x", [("0", value), ("1", slope)]);
            assert!(certificate.check().is_err(), "{text}, {order:?}");
        }
    }
}

/// ln(−1 − x²) has no value and counts as 0; its derivative has values other than 0.
#[test]
fn no_derivative_follows_where_there_is_no_value() {
    let void = Formula::parse("ln(-1 - square(x))").expect("a formula");
    let formula = void.with_gradient().formula(1);
    let mut hand = ByHand::new(&formula);
    let x = hand.term("$x".to_owned());
    let [zero, minus, square] =
        ["0", "-1", &format!("square {x}")].map(|text| hand.term(text.to_owned()));
    let argument = hand.term(format!("sub {minus} {square}"));
    let logarithm = hand.term(format!("ln {argument}"));
    let relu = hand.term(format!("relu {logarithm}"));
    hand.lemma(
        logarithm,
        &[
            ("relu-positive", true, relu),
            ("relu-negative", false, zero),
        ],
    );
    let [value, slope] = [hand.graph.value(), hand.graph.derivatives()[0]].map(usize::from);
    hand.lemmas.push(Lemma {
        left: value,
        right: zero,
        steps: vec![Step {
            at: vec![],
            by: By::Derivative {
                lemma: 0,
                variable: 0,
            },
            back: false,
            to: zero,
            facts: vec![],
        }],
    });
    let own = hand.lemma(slope, &[]);
    let slope = hand.graph.formula(1);
    let rejection = hand.claims(&formula, [("0", 1), (&slope, own)]).check();
    let reason = rejection.expect_err("a falsehood").reason;
    assert!(
        reason.contains("needs a value of `ln(-1 - square(x))`"),
        "{reason}"
    );
}
