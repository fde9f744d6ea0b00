//! Whether two formulas are one function: proved by rules, refuted by a point, or neither.
//!
//! Every rule equates values wherever its left side has one, so a chain of rules proves that both formulas agree wherever both have
//! a value. Values of operations outside their domain play no part in that: every rule also holds if they are given some value
//! there (x / 0 = 0, say), and with such values all steps of the chain are equations of total functions. It takes a second proof
//! that both have values at the same points.

use super::budget::Budget;
use super::saturate::proves_equal;
use crate::analysis::{
    Agreement, Definedness, Difference, Gap, Region, Search, definedness, same_domain,
};
use crate::ir::Dag;

/// What is known of the equality of two formulas.
#[derive(Clone, Debug, PartialEq)]
pub enum Equality {
    /// They have values at the same points, and rules turn one into the other.
    Proved,
    /// They differ at a point.
    Refuted(Difference),
    /// No point was found that tells them apart, and no proof.
    Undecided {
        /// How closely they agree at the points that were tried.
        agreement: Agreement,
        /// Whether rules prove them equal wherever both have a value; what is open is whether they have one at the same points.
        equal_where_defined: bool,
    },
    /// Neither has a value at any point of the region: why the first and why the second has none.
    Nowhere(Gap, Gap),
}

/// How many points are looked at in more digits than those of f64, before a proof and where there is none.
const FEW: usize = 16;
const MANY: usize = 500;

/// Compares the first outputs of two graphs over the same variables.
pub fn equality(left: &Dag, right: &Dag, region: &Region, budget: Budget) -> Equality {
    if let (Definedness::Nowhere(a), Definedness::Nowhere(b)) =
        (definedness(left, region), definedness(right, region))
    {
        return Equality::Nowhere(a, b);
    }
    let mut search = Search::new(left, right, region);
    if let Some(difference) = search.among_points() {
        return Equality::Refuted(difference);
    }
    // A proof rests on f64 intervals: a few points in more digits come before it.
    if let Some(difference) = search.settle(FEW) {
        return Equality::Refuted(difference);
    }
    let mut proves = |a: &Dag, b: &Dag| a == b || proves_equal(a, b, region, budget);
    let equal_where_defined = proves(left, right);
    if equal_where_defined && same_domain(left, right, region, &mut proves) {
        return Equality::Proved;
    }
    match search.in_boxes().or_else(|| search.settle(MANY)) {
        Some(difference) => Equality::Refuted(difference),
        None => Equality::Undecided {
            agreement: search.agreement,
            equal_where_defined,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::Formula;
    use crate::ir::Node;
    use crate::number::Number;
    use crate::ops::Domain;
    use crate::rules::{every_rule, side};

    fn compare(a: &str, b: &str) -> Equality {
        let (a, b) = (Formula::parse(a).unwrap(), Formula::parse(b).unwrap());
        a.equality(&b, &Region::default(), Budget::default()).1
    }

    /// What a proof rests on: with 0 for every value that does not exist, each rule equates total functions. A rule that fails here
    /// holds where its left side is defined at best, and a chain of such rules through an undefined term proves nothing.
    #[test]
    fn every_rule_holds_for_total_functions() {
        let value = |dag: &Dag, point: &[f64]| {
            let mut values: Vec<f64> = Vec::new();
            for node in dag.nodes() {
                let arguments: Vec<f64> = node
                    .arguments()
                    .iter()
                    .map(|&a| values[usize::from(a)])
                    .collect();
                values.push(match node {
                    Node::Number(number) => number.to_f64(),
                    Node::Variable(index) => point[*index],
                    Node::Apply(op, _) => {
                        let defined = match op.row().domain {
                            Domain::NonZeroDivisor => arguments[1] != 0.0,
                            Domain::Power => arguments[0] != 0.0 || arguments[1] >= 0.0,
                            domain => arguments.first().is_none_or(|&x| domain.contains(x)),
                        };
                        if defined { op.value(&arguments) } else { 0.0 }
                    }
                });
            }
            values[usize::from(dag.roots[0])]
        };
        let samples = [0.0, 1.0, -1.0, 0.5, -0.75, 2.0, -3.0];
        for rule in every_rule() {
            let (left, right) = (side(&rule.left), side(&rule.right));
            for k in 0..samples.len().pow(4) {
                let pick = |v: u32| samples[k / samples.len().pow(v) % samples.len()];
                let condition = |bit: usize| f64::from(((k as u32 / 5) >> bit) & 1);
                let point = [
                    pick(0),
                    pick(1),
                    pick(2),
                    pick(3),
                    condition(0),
                    condition(1),
                ];
                if rule.guards.iter().all(|guard| guard.holds_at(&point)) {
                    let (a, b) = (value(&left, &point), value(&right, &point));
                    let slack = 1e-9 * (1.0 + a.abs().max(b.abs()));
                    assert!(
                        (a - b).abs() <= slack,
                        "{}: {a}, not {b} at {point:?}",
                        rule.name
                    );
                }
            }
        }
    }

    #[test]
    fn rules_prove_where_domains_agree() {
        for (a, b) in [
            ("x * sigmoid(x)", "silu(x)"),
            ("b * x + a * x", "(a + b) * x"),
            ("ln(exp(x))", "x"),
            ("ln(x) + 1", "1 + ln(x)"),
            ("ln(1 + x) * 2", "2 * ln(x + 1)"),
            ("x / beta + 1 / beta", "(x + 1) / beta"),
            ("1 / (x * beta) + 0", "1 / (beta * x)"),
            (
                "if x > 0 { ln(x) * 2 } else { 0 }",
                "if 0 < x { 2 * ln(x) } else { 0 }",
            ),
            ("sqrt(square(x))", "abs(x)"),
        ] {
            assert_eq!(compare(a, b), Equality::Proved, "{a} = {b}");
        }
    }

    /// In f64 a side overflows or cancels at some points, and π is another number.
    #[cfg(feature = "oracle")]
    #[test]
    fn true_identities_are_not_refuted() {
        for (a, b) in [
            ("sin(x)", "sin(x + 2 * pi)"),
            ("cos(x)", "sin(pi / 2 - x)"),
            ("cos(x + pi)", "-cos(x)"),
            ("sin(pi) * x", "0"),
            ("cos(pi / 2) + x", "x"),
            ("ln(x + sqrt(square(x) + 1))", "asinh(x)"),
            ("1 / (sqrt(square(x) + 1) - x)", "sqrt(square(x) + 1) + x"),
            ("sqrt(x + 1) - sqrt(x)", "1 / (sqrt(x + 1) + sqrt(x))"),
            ("exp(x) * exp(-x)", "1"),
            ("sinh(x)", "(exp(x) - exp(-x)) / 2"),
            ("square(cosh(x)) - square(sinh(x))", "1"),
            ("cosh(x) - sinh(x)", "exp(-x)"),
            ("tanh(x)", "sinh(x) / cosh(x)"),
            ("tanh(x)", "1 - 2 / (exp(2 * x) + 1)"),
            ("tanhshrink(x) - x", "-tanh(x)"),
            ("ln(exp(x) + 1) - x", "ln(1 + exp(-x))"),
            ("cube(x + 1) - cube(x)", "3 * square(x) + 3 * x + 1"),
            ("(x + 1e17) - 1e17", "x"),
            ("sqrt(2) * sqrt(2) * x", "2 * x"),
            ("sin(x + b)", "sin(x) * cos(b) + cos(x) * sin(b)"),
            ("exp(x + b)", "exp(x) * exp(b)"),
            ("square(x + b) - square(x - b)", "4 * x * b"),
        ] {
            let found = compare(a, b);
            assert!(
                !matches!(found, Equality::Refuted(_)),
                "{a} = {b}: {found:?}"
            );
            if let Equality::Undecided { agreement, .. } = found {
                assert!(
                    agreement.points > 50 && agreement.max_ulp <= 1,
                    "{a} = {b}: {agreement:?}"
                );
            }
        }
    }

    /// Differences far below what f64 tells apart, beside what cancels.
    #[cfg(feature = "oracle")]
    #[test]
    fn small_differences_are_found_by_more_digits() {
        for (a, b) in [
            ("sin(x + 6.283185307179586)", "sin(x)"),
            ("(x + 1) - 1 + 1e-30", "x"),
            ("max(pi, 3.1415926535897932) * x", "3.1415926535897932 * x"),
            ("sqrt(1e20 + 1) * x", "1e10 * x"),
        ] {
            let found = compare(a, b);
            assert!(
                matches!(&found, Equality::Refuted(found) if found.exact),
                "{a} = {b}: {found:?}"
            );
        }
    }

    #[test]
    fn a_proof_needs_the_same_domain() {
        for (a, b) in [
            ("x / x", "1"),
            ("0 * ln(x)", "0"),
            ("ln(x) - ln(x)", "0"),
            ("exp(ln(x))", "x"),
            ("sqrt(square(x))", "square(sqrt(x))"),
            ("exp(ln(abs(x)))", "abs(x)"),
            ("x + 0 / (x - 7.123)", "x"),
            ("powi(sqrt(x), 0)", "1"),
            ("if ln(x) < ln(x) { 0 } else { x }", "x"),
            ("relu(x) + 0 * sqrt(3 - x)", "relu(x) + 0 * sqrt(3.5 - x)"),
        ] {
            assert!(
                matches!(compare(a, b), Equality::Refuted(_)),
                "{a} ≠ {b}: {:?}",
                compare(a, b)
            );
        }
        // A gap at an irrational point: near it, by a change of sign.
        let Equality::Refuted(found) = compare("x + 0 / (square(x) - 2)", "x") else {
            panic!("refuted")
        };
        assert_eq!((found.exact, found.left), (false, None));
        // A gap that no point and no change of sign shows: the proof knows better than to overlook it.
        let open = compare("x + 0 / square(square(x) - 2)", "x");
        let expected = matches!(
            open,
            Equality::Undecided {
                equal_where_defined: true,
                ..
            }
        );
        assert!(expected, "{open:?}");
    }

    #[test]
    fn what_is_undefined_everywhere_equals_nothing() {
        assert!(matches!(
            compare("ln(-1) * x", "sqrt(-1 - square(x))"),
            Equality::Nowhere(..)
        ));
        assert!(matches!(compare("ln(-1) * x", "x"), Equality::Refuted(_)));
    }

    #[test]
    fn a_region_decides() {
        let (a, b) = (
            Formula::parse("abs(x)").unwrap(),
            Formula::parse("x").unwrap(),
        );
        let region = |low: &str| {
            Region::default()
                .with("x", Number::parse(low).as_ref(), None)
                .unwrap()
        };
        let within = |low: &str| a.equality(&b, &region(low), Budget::default()).1;
        assert_eq!(within("0"), Equality::Proved);
        assert!(matches!(within("-1e-9"), Equality::Refuted(_)));
    }
}
