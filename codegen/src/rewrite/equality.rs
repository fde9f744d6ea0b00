//! Whether two formulas are one function: proved by rules, refuted by a point, or neither.
//!
//! Every rule equates values wherever its left side has one, so a chain of rules proves that both formulas agree wherever both have
//! a value. Values of operations outside their domain play no part in that: every rule also holds if they are given some value
//! there (x / 0 = 0, say), and with such values all steps of the chain are equations of total functions. It takes a second proof
//! that both have values at the same points.

use super::definedness::{Definedness, Gap, definedness, same_domain};
use super::difference::{Agreement, Difference, Search};
use super::region::Region;
use super::{Budget, proves_equal};
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
    let mut proves = |a: &Dag, b: &Dag| a == b || proves_equal(a, b, region, budget);
    let equal_where_defined = proves(left, right);
    if equal_where_defined && same_domain(left, right, region, &mut proves) {
        return Equality::Proved;
    }
    match search.in_boxes() {
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
    use crate::number::Number;

    fn compare(a: &str, b: &str) -> Equality {
        let (a, b) = (Formula::parse(a).unwrap(), Formula::parse(b).unwrap());
        a.equality(&b, &Region::default(), Budget::default()).1
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
            ("if x > 0 { ln(x) * 2 } else { 0 }", "if 0 < x { 2 * ln(x) } else { 0 }"),
            ("sqrt(square(x))", "abs(x)"),
        ] {
            assert_eq!(compare(a, b), Equality::Proved, "{a} = {b}");
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
            assert!(matches!(compare(a, b), Equality::Refuted(_)), "{a} ≠ {b}: {:?}", compare(a, b));
        }
        // A gap at an irrational point alone: no rational point shows it, and the proof knows better than to overlook it.
        let open = compare("x + 0 / (square(x) - 2)", "x");
        assert!(matches!(open, Equality::Undecided { equal_where_defined: true, .. }), "{open:?}");
    }

    #[test]
    fn what_is_undefined_everywhere_equals_nothing() {
        assert!(matches!(compare("ln(-1) * x", "sqrt(-1 - square(x))"), Equality::Nowhere(..)));
        assert!(matches!(compare("ln(-1) * x", "x"), Equality::Refuted(_)));
    }

    #[test]
    fn a_region_decides() {
        let (a, b) = (Formula::parse("abs(x)").unwrap(), Formula::parse("x").unwrap());
        let region = |low: &str| Region::default().with("x", Number::parse(low).as_ref(), None).unwrap();
        let within = |low: &str| a.equality(&b, &region(low), Budget::default()).1;
        assert_eq!(within("0"), Equality::Proved);
        assert!(matches!(within("-1e-9"), Equality::Refuted(_)));
    }
}
