//! Numbers in place of constant arithmetic: `sigmoid(0.3) * x` reads as `0.574442517 * x`, with a proven bound on what that changes.
//!
//! ```
//! use actsmith_codegen::rounding::Rounded;
//! use actsmith_codegen::{Budget, Formula, Region};
//!
//! let formula = Formula::parse("sigmoid(0.3) * silu(x)")?;
//! let region = Region::default();
//! let exact = formula.simplify(&region, Budget::default());
//! let rounded = Rounded::of(&formula, &exact, &region, Budget::default()).expect("a constant to round");
//! assert_eq!(rounded.value.formula(0), "0.574442517 * silu(x)");
//! assert!(rounded.distance.expect("a bound").value < 5e-9);
//! # Ok::<(), actsmith_codegen::diagnostic::Diagnostics>(())
//! ```
//!
//! The constants of a formula that a network has trained hold as many digits as its type. So rounding is no part of simplification, which is exact:
//! it comes after, and what it leaves is simplified again.

#[cfg(feature = "oracle")]
mod certificate;
mod constants;

#[cfg(feature = "oracle")]
pub use certificate::{Printed, RoundedCertificate, Stated};
pub use constants::Digits;

use crate::analysis::{Interval, Region};
use crate::calculus::{Component, Gradient};
use crate::egraph::Budget;
use crate::formula::{Formula, Simplification};
use crate::front::bounds;
use crate::ir::Dag;

/// A simplified formula whose constants are numbers.
#[derive(Clone, Debug)]
pub struct Rounded {
    /// How many digits the numbers have.
    pub digits: Digits,
    /// The form of the value with numbers for its constant arithmetic, and what it simplifies to; none if it has no such arithmetic.
    pub again: Option<(Formula, Simplification)>,
    /// The value, as it is printed.
    pub value: Dag,
    /// The value and its derivatives, as they are printed.
    pub gradient: Gradient,
    /// How far all this is from the formula.
    pub distance: Option<Distance>,
}

/// The largest differences over an interval of the input, which are proven.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// The interval.
    pub domain: Interval,
    /// That of the values.
    pub value: f64,
    /// That of the derivatives, both one-sided ones at a kink.
    pub derivative: f64,
}

/// Where differences are looked at unless the region says otherwise.
const DOMAIN: Interval = Interval {
    low: -8.0,
    high: 8.0,
};

impl Rounded {
    /// A simplification of `formula` over `region` with numbers in place of its constants; `None` if there are none to replace.
    pub fn of(
        formula: &Formula,
        exact: &Simplification,
        region: &Region,
        budget: Budget,
    ) -> Option<Self> {
        let digits = Digits::of(formula.dag());
        let mut written = constants::literals(formula.dag());
        let numbers = constants::rounded(&exact.value.dag, digits, &written);
        let again = (numbers != exact.value.dag).then(|| {
            written.extend(constants::literals(&numbers));
            let formula = Formula::from_dag(&numbers).with_kinks(formula.kinks());
            let simplification = formula.simplify(region, budget);
            (formula, simplification)
        });
        let last = again
            .as_ref()
            .map_or(exact, |(_, simplification)| simplification);
        let value = constants::rounded(&last.value.dag, digits, &written);
        let gradient = constants::rounded(&last.gradient.dag, digits, &written);
        let changed = again.is_some() || value != last.value.dag || gradient != *last.gradient.dag;
        if !changed {
            return None;
        }
        let gradient = Gradient::of_outputs(gradient);
        let slope = |gradient: &Gradient| gradient.graph(Component::Derivative(0));
        let slopes = [slope(&last.gradient.dag), slope(&gradient)];
        let numbers = again
            .as_ref()
            .map(|(again, _)| [&exact.value.dag, again.dag()]);
        let values = [&last.value.dag, &value];
        let near = |domain| distance(values, slopes.each_ref(), numbers, domain);
        Some(Self {
            digits,
            distance: domain(formula, region).and_then(near),
            value,
            gradient,
            again,
        })
    }
}

/// The domain of differences: what the region leaves of −8..8.
fn domain(formula: &Formula, region: &Region) -> Option<Interval> {
    let [_] = formula.dag().variables.as_slice() else {
        return None;
    };
    let domain = region.intervals(&formula.dag().variables)[0].meet(DOMAIN);
    let bounded = domain.low < domain.high && domain.low.is_finite() && domain.high.is_finite();
    bounded.then_some(domain)
}

/// How far forms are from each other in turn: the last exact ones of the value and of the derivative and what is printed for them, and
/// before them, an exact value and the one with numbers for its constants.
fn distance(
    values: [&Dag; 2],
    slopes: [&Dag; 2],
    numbers: Option<[&Dag; 2]>,
    domain: Interval,
) -> Option<Distance> {
    let apart = |[a, b]: [&Dag; 2]| match a == b {
        true => [Some(0.0); 2],
        false => bounds(a, b, domain).map(|bound| bound.map(|bound| bound.at_most)),
    };
    let [value, slope] = numbers.map_or([Some(0.0); 2], apart);
    // Rounded up.
    let sum = |a: f64, b: f64| if b == 0.0 { a } else { (a + b).next_up() };
    Some(Distance {
        domain,
        value: sum(value?, apart(values)[0]?),
        derivative: sum(slope?, apart(slopes)[0]?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(text: &str) -> Option<Rounded> {
        let formula = Formula::parse(text).unwrap();
        let (region, budget) = (Region::default(), Budget::default());
        let exact = formula.simplify(&region, budget);
        Rounded::of(&formula, &exact, &region, budget)
    }

    #[test]
    fn found_formulas_read_as_numbers() {
        for (text, value, derivative) in [
            ("sigmoid(0.3) * x", "0.574442517 * x", "0.574442517"),
            (
                "0.123456 * (0.765432 * x + sqrt(1.1))",
                "0.094497173 * x + 0.129481745",
                "0.094497173",
            ),
            (
                "sigmoid(0.69) * abs(x) + sigmoid(-0.69) * gelu(x)",
                "0.665966927 * abs(x) + 0.334033073 * gelu(x)",
                "",
            ),
            ("selu(x)", "selu(x)", ""),
        ] {
            let found = rounded(text).expect(text);
            assert_eq!(found.value.formula(0), value);
            let slope = found.gradient.graph(Component::Derivative(0)).formula(0);
            assert!(
                derivative.is_empty() || slope == derivative,
                "{text}: {slope}"
            );
            let distance = found.distance.expect(text);
            assert!(
                distance.value < 1e-8 && distance.derivative < 2e-9,
                "{text}: {distance:?}"
            );
        }
    }

    #[test]
    fn what_has_no_constants_to_round_stays() {
        for text in [
            "silu(x)",
            "0.3 * (0.7 * x + 1.1)",
            "x / 1.702",
            "min(x, ln(10))",
            "0.5 * x * (1 + erf(x * sqrt(0.5)))",
        ] {
            assert!(rounded(text).is_none(), "{text}");
        }
    }
}
