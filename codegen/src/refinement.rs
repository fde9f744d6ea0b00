//! Forms with values where the formula has none: `x * x / x` is `x` wherever it has a value, and at 0 that is its limit.

use crate::analysis::{Defined, Encloser, Region};
use crate::backend::rust;
#[cfg(feature = "oracle")]
use crate::certificate::{Certificate, certify_refinement};
use crate::egraph::{self, Budget};
use crate::ir::{Dag, Id, Node};
#[cfg(feature = "oracle")]
use crate::ops::Kinks;
use crate::ops::Op;

/// A form of a formula that has values at zeros of divisors, where the formula has none.
#[derive(Clone, Debug)]
pub struct Refinement {
    /// The form.
    pub form: Dag,
    /// The divisors; at their zeros the form has the limit of the formula.
    pub divisors: Vec<Dag>,
    /// The forms on the way to it.
    #[cfg_attr(
        not(feature = "oracle"),
        expect(dead_code, reason = "certificates are made of them")
    )]
    steps: Vec<Dag>,
}

impl Refinement {
    /// A form of the formula `dag` that is continuous over all of `region`, if the zeros of divisors are all that keeps the formula from having a
    /// value, and something cancels there.
    ///
    /// The divisors are analytic and depend on a variable, so that their zeros are no more than a thin set: next to each there are points at
    /// which the formula has a value. There both are equal, and as the form is continuous, it has the limit of the formula.
    pub(crate) fn of(dag: &Dag, region: &Region, budget: Budget) -> Option<Self> {
        let divisors = candidates(dag, region);
        if divisors.is_empty() || dag.nodes().len() > budget.nodes {
            return None;
        }
        let inside = region.without_zeros_of(divisors.clone());
        let found = egraph::simplify(dag, &inside, budget, rust::cost);
        let found = found.into_written(&inside, rust::cost);
        let form = Encloser::new(&found.dag).over(&region.intervals(&dag.variables));
        let form = &form[usize::from(found.dag.roots[0])];
        (form.continuous && form.defined == Defined::Always).then(|| Self {
            form: found.dag.select(&[0]),
            divisors,
            steps: found.steps,
        })
    }

    /// Why the form equals the formula `dag`, which it was made of over the same region with the same budget, wherever that has a value.
    #[cfg(feature = "oracle")]
    pub(crate) fn certify(
        &self,
        dag: &Dag,
        kinks: Kinks,
        region: &Region,
        budget: Budget,
    ) -> Certificate {
        let inside = region.without_zeros_of(self.divisors.clone());
        certify_refinement(dag, &self.steps, kinks, &inside, budget)
    }
}

/// Divisors that may be 0 in the region, and with which something may cancel: smaller graphs first.
fn candidates(dag: &Dag, region: &Region) -> Vec<Dag> {
    let divisors = dag.divisors();
    if divisors.is_empty() {
        return Vec::new();
    }
    let (varying, mut uses) = (dag.varying(), dag.uses());
    // 0 divided by something leaves nothing of it.
    for node in dag.nodes() {
        if let Node::Apply(Op::Div, [a, b, _]) = node
            && matches!(dag.node(*a), Node::Number(number) if number.is_zero())
        {
            uses[usize::from(*b)] += 1;
        }
    }
    let known = Encloser::new(dag).over(&region.intervals(&dag.variables));
    let analytic: Vec<bool> = analytic(dag);
    // Of a product or a power, each factor.
    let shared = |id: Id| {
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if uses[usize::from(id)] > 1 {
                return true;
            }
            if let Node::Apply(Op::Mul | Op::Square | Op::Cube | Op::Powi, _) = dag.node(id) {
                open.extend(
                    dag.node(id)
                        .arguments()
                        .iter()
                        .filter(|a| varying[usize::from(**a)]),
                );
            }
        }
        false
    };
    let mut found: Vec<Dag> = divisors
        .into_iter()
        .filter(|&id| {
            let index = usize::from(id);
            varying[index] && analytic[index] && !known[index].nonzero && shared(id)
        })
        .map(|id| dag.part(id))
        .collect();
    found.sort_by_key(|divisor| divisor.nodes().len());
    found
}

/// Which nodes are analytic functions of the variables, wherever they have a value.
fn analytic(dag: &Dag) -> Vec<bool> {
    let mut analytic: Vec<bool> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let own = match node {
            Node::Number(_) | Node::Variable(_) => true,
            Node::Apply(op, _) => op.is_analytic(),
        };
        let below = node.arguments().iter().all(|&id| analytic[usize::from(id)]);
        analytic.push(own && below);
    }
    analytic
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calculus::Component;
    use crate::formula::Formula;

    #[test]
    fn zeros_of_divisors_are_filled_with_the_limit() {
        for (text, value, slope) in [
            ("x * x / x", "x", "1"),
            ("0 / x", "0", "0"),
            ("0 / (x * x - 3) + x", "x", "1"),
            ("x / x * (2 - x / x)", "1", "0"),
            ("x * x * x / (x * x)", "x", "1"),
            ("tanh(x) / tanh(x) * x", "x", "1"),
            ("relu(x) * x / x", "relu(x)", "if x > 0 { 1 } else { 0 }"),
            ("silu(x) / x", "sigmoid(x)", "sigmoid_grad(x)"),
        ] {
            let forms = Formula::parse(text)
                .unwrap()
                .simplify(&Region::default(), Budget::default());
            assert_eq!(forms.value.dag.formula(0), value, "{text}");
            let derivative = forms.gradient.dag.graph(Component::Derivative(0));
            assert_eq!(derivative.formula(0), slope, "{text}");
            assert!(forms.refinement.is_some());
        }
    }

    #[test]
    fn what_has_no_limit_stays_undefined() {
        for text in [
            "abs(x) / x",
            "relu(x) / relu(x)",
            "exp(ln(x))",
            "1 / x",
            // sinc(x / pi) would lose digits.
            "sin(x) / x",
            "1 / x + x * x / x",
            "(elu(x) - x) / (elu(x) - x)",
            "if x > 0 { x * x / x } else { 0 }",
        ] {
            let formula = Formula::parse(text).unwrap();
            let forms = formula.simplify(&Region::default(), Budget::default());
            assert!(
                forms.refinement.is_none(),
                "{text}: {}",
                forms.value.dag.formula(0)
            );
        }
    }

    #[cfg(feature = "oracle")]
    #[test]
    fn refinements_are_proved() {
        use crate::certificate::Verdict;
        for text in ["x * x / x", "x / x * (2 - x / x)", "silu(x) / x"] {
            let formula = Formula::parse(text).unwrap();
            let (region, budget) = (Region::default(), Budget::default());
            let forms = formula.simplify(&region, budget);
            let certificate = formula.certify(&forms, &region, budget);
            assert!(
                matches!(certificate.check(), Ok(Verdict::Proved(_))),
                "{text}: {:?}",
                certificate.check()
            );
            assert_eq!(certificate.written(), text);
            // What does not divide may be 0.
            let mut other = certificate;
            if let Some(refines) = &mut other.refines {
                refines.nonzero = vec!["x - 1".to_owned()];
            }
            assert!(other.check().is_err(), "{text}");
        }
    }

    #[cfg(feature = "oracle")]
    #[test]
    fn a_divisor_in_a_branch_may_be_zero() {
        let formula = Formula::parse("x * x / x").unwrap();
        let (region, budget) = (Region::default(), Budget::default());
        let forms = formula.simplify(&region, budget);
        let certificate = formula.certify(&forms, &region, budget);
        let mut refines = *certificate.refines.expect("a refinement");
        assert!(refines.check().is_ok());
        refines.formula = "if x > 0 { x * x / x } else { x }".to_owned();
        let rejection = refines.check().expect_err("x may be 0");
        assert_eq!(rejection.location, "nonzero");
    }
}
