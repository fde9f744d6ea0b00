//! Simplification: a value and its derivatives go into one e-graph, rules saturate it, and the cheapest shared form comes out.

use super::best::Best;
use super::budget::{Budget, StopReason};
use super::classes::Facts;
use super::extract::{Avoided, Taste, Wish, extract};
use super::price::{CostModel, cost};
use super::saturate::{FORM_RULES, insert, saturate};
use crate::analysis::{Region, Witness, zero_factors};
use crate::calculus::Gradient;
use crate::ir::Dag;

/// A simplified graph, and how it came about.
#[derive(Clone, Debug)]
pub struct Simplified<G = Dag> {
    /// Equal to the input, output by output.
    pub dag: G,
    /// The forms on the way: each was found from those before it. The last one is `dag`, unless the input stands.
    pub steps: Vec<Dag>,
    /// Why saturation stopped.
    pub stop_reason: StopReason,
    /// Whether no form in the last e-graph is cheaper, which is proven.
    pub optimal: bool,
    /// Where the cheapest form that was found is worse than the input, so that it was passed over, if it is.
    pub refused: Option<Witness>,
}

impl Simplified<Gradient> {
    /// The same, where a derivative that would be NaN at an argument of f32, by 0·∞, is 0 there.
    pub(crate) fn without_nan(mut self, region: &Region) -> Self {
        if let Some(form) = zero_factors(&self.dag, region) {
            self.steps.push(Dag::clone(&form));
            self.dag = form;
        }
        self
    }
}

impl Simplified {
    /// The same as a person would write it, where that costs no more.
    pub(crate) fn into_written(mut self, region: &Region, cost_model: CostModel) -> Self {
        let price = |form: &Dag| cost(form, region, cost_model);
        let most = price(&self.dag);
        let ways = [Dag::as_written, Dag::as_written_with_arguments];
        let mut forms = ways.iter().map(|written| written(&self.dag));
        if let Some(written) = forms.find(|form| price(form) <= most)
            && written != self.dag
        {
            self.steps.push(written.clone());
            self.dag = written;
        }
        self
    }

    /// The same, of a graph whose outputs are those of a [`Gradient`].
    pub(crate) fn of_gradient(self) -> Simplified<Gradient> {
        Simplified {
            dag: Gradient::of_outputs(self.dag),
            steps: self.steps,
            stop_reason: self.stop_reason,
            optimal: self.optimal,
            refused: self.refused,
        }
    }

    /// A graph as it is: it leaves no room for rules.
    pub(crate) fn untouched(dag: &Dag) -> Self {
        Self {
            dag: dag.compact(),
            steps: Vec::new(),
            stop_reason: StopReason::NodeLimit,
            optimal: false,
            refused: None,
        }
    }
}

/// Simplifies all outputs of `dag` together: what they share is paid for once.
pub fn simplify(dag: &Dag, region: &Region, budget: Budget, cost_model: CostModel) -> Simplified {
    simplify_known(dag, &[], region, budget, cost_model)
}

/// As [`simplify`], with other graphs over the same variables whose outputs are known to equal those of `dag`, one by one.
pub fn simplify_known(
    dag: &Dag,
    equal: &[Dag],
    region: &Region,
    budget: Budget,
    cost_model: CostModel,
) -> Simplified {
    let best = Best::new(dag, region, cost_model);
    climb(best, equal, region, budget, cost_model)
}

/// As [`simplify`] for `start`, a form of the first output of `dag` with the derivatives of that; those of `dag` are other numbers at
/// kinks. `None` if `start` is worse than `dag` elsewhere.
pub fn simplify_from(
    start: &Dag,
    dag: &Dag,
    region: &Region,
    budget: Budget,
    cost_model: CostModel,
) -> Option<Simplified> {
    let best = Best::starting_from(dag, start, region, cost_model)?;
    Some(climb(best, &[], region, budget, cost_model))
}

/// From the best form so far to better ones, which equal it and each of `equal`.
fn climb(
    mut best: Best<'_>,
    equal: &[Dag],
    region: &Region,
    budget: Budget,
    cost_model: CostModel,
) -> Simplified {
    let variables = best.form.variables.clone();
    let outputs = best.form.roots.len();
    for known in equal.iter().filter(|known| known.roots.len() == outputs) {
        best.consider(known.compact()).ok();
    }
    let (mut stop_reason, mut optimal) = (StopReason::NodeLimit, false);
    for rung in budget.rungs() {
        let mut graph = Facts::new(region, &variables).graph(region);
        let roots = insert(&mut graph, &best.form);
        for other in equal {
            for (known, root) in insert(&mut graph, other).into_iter().zip(&roots) {
                graph.union(known, *root);
            }
        }
        let before = best.steps.len();
        let (graph, reason) = saturate(graph, &FORM_RULES, rung);
        stop_reason = reason;
        let mut avoid = Avoided::default();
        let extracted = |taste: Taste, avoid: &Avoided| {
            let wish = Wish {
                cost_model,
                taste,
                avoid,
            };
            extract(&graph, &roots, &variables, &wish, EFFORT)
        };
        // A part that leaves the range of a format is avoided, and the rest of the form stays.
        let mut taken = false;
        for _ in 0..=REPAIRS {
            let found = extracted(Taste::Cheap, &avoid);
            optimal = found.optimal;
            let Err(refused) = best.consider(found.dag) else {
                taken = true;
                break;
            };
            if !refused.avoid(&graph, &best.form, &mut avoid) {
                break;
            }
        }
        if !taken {
            best.consider(extracted(Taste::Cautious, &avoid).dag).ok();
        }
        if reason == StopReason::Saturated {
            break;
        }
        // A small graph is worth another look: its e-graph had room left.
        if reason == StopReason::NodeLimit && best.steps.len() == before {
            stop_reason = StopReason::Settled;
            break;
        }
    }
    Simplified {
        dag: best.form,
        steps: best.steps,
        stop_reason,
        optimal,
        refused: best.refused,
    }
}

/// How many branches extraction looks at before it settles for the best that it knows.
const EFFORT: usize = 100;
/// How often extraction is told to avoid what leaves the range of a format.
const REPAIRS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Judge;
    use crate::backend::rust;
    use crate::egraph::best::price;

    const CORPUS: [&str; 10] = [
        "x / (1 + exp(-x))",
        "x * tanh(ln(1 + exp(x)))",
        "sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x)",
        "clamp(square(tanh(x)), -10, 10) + softplus(beta * x)",
        "sigmoid(m) * (x + beta) + (1 - sigmoid(m)) * leaky_relu(x)",
        "max(erf(x), relu(x)) * exp(min(x, ln(10)))",
        "asinh(sinh(clamp(x, -asinh(10), asinh(10))) + cube(x)) - gelu(x)",
        "sqrt(max(sigmoid(x) * atan(x), 0.001))",
        "(exp(x) - exp(-x)) / (exp(x) + exp(-x)) * x",
        "silu(leaky_relu(x) + sigmoid(x))",
    ];

    /// Each rung starts from the best form of those before it, so a budget with more rungs cannot lose.
    #[test]
    fn a_larger_budget_never_gives_a_worse_form() {
        let region = Region::default();
        let mut improved = 0;
        for text in CORPUS {
            let dag = Dag::parse(text).unwrap().with_gradient();
            let judge = Judge::new(&dag, &region);
            let price = |form: &Dag| price(form, judge.assess(form).unwrap(), &region, rust::cost);
            let mut last = price(&dag);
            let first = last;
            for (iterations, nodes) in [(3, 300), (5, 600), (7, 1_200), (9, 2_400)] {
                let form = simplify(&dag, &region, Budget { iterations, nodes }, rust::cost).dag;
                let next = price(&form);
                assert!(
                    next <= last,
                    "{text}: {next:?} with {nodes} nodes, {last:?} with fewer"
                );
                last = next;
            }
            improved += u32::from(last < first);
        }
        assert!(improved >= 8, "only {improved} are simplified at all");
    }

    /// Forms stay finite wherever the formula is, in f64 and in f32, at the ends of both too.
    #[test]
    fn no_form_turns_a_finite_value_into_another() {
        let region = Region::default();
        let ends = [
            1e4, 3e38, 88.9, 709.9, 1e-38, 5e-324, 1e19, 1e300, 0.0, 17.3, 40.1,
        ];
        for text in CORPUS {
            let dag = Dag::parse(text).unwrap().with_gradient();
            let form = simplify(&dag, &region, Budget::default(), rust::cost).dag;
            let point = |x: f64| [x, 1.3, -0.6][..dag.variables.len()].to_vec();
            let points = ends.into_iter().flat_map(|end| [point(end), point(-end)]);
            assert_eq!(Judge::at(&dag, points).find_loss(&form), None, "{text}");
        }
    }

    /// Every comparison that never holds is in the class of 0, and a rule of several choices would pick from all of them. Without a
    /// bound, this takes a minute.
    #[test]
    fn choices_on_conditions_that_never_hold_do_not_multiply() {
        let text = "if 0.8 > (1.262 + x) * (x + x) {
            let t = if x == 1e40 { -6 } else { x };
            sigmoid(t) * (2.841 * x / x) + t
        } else {
            (if 0 == clamp(0, -9, -3) { x } else { 0 }) * (x - x)
        }";
        let formula = crate::Formula::parse(text).unwrap();
        let form = formula
            .simplify(&Region::default(), Budget::default())
            .value
            .dag;
        assert_eq!(form.eval(&[2.0]), [0.0]);
        assert_eq!(form.eval(&[-0.5]), formula.dag().eval(&[-0.5]));
    }

    /// What is divided by 0 everywhere keeps the text that it has: `1 / 0` is no formula.
    #[test]
    fn every_form_reads_back() {
        for text in [
            "(beta - x) / (x - x)",
            "gaussian(x) / (x - x)",
            "(if x != x { -10 } else { 0 }) / (if x != x { -10 } else { 0 })",
            "x + celu(x, x - x)",
            "log_abs(x / threshold(x, x, 0))",
            "exp(x / (max(x, x) - x))",
        ] {
            let dag = Dag::parse(text).unwrap().with_gradient();
            let form = simplify(&dag, &Region::default(), Budget::default(), rust::cost).dag;
            for root in 0..form.roots.len() {
                let written = form.formula(root);
                assert!(Dag::parse(&written).is_ok(), "{text}: {written}");
            }
        }
    }

    #[test]
    fn bounds_that_cannot_bind_and_dead_branches_go() {
        let simplified = |text: &str, region: &Region| {
            let value = simplify(
                &Dag::parse(text).unwrap(),
                region,
                Budget::default(),
                rust::cost,
            );
            value.dag.formula(0)
        };
        for (text, expected) in [
            ("clamp(square(tanh(x)), -10, 10)", "square(tanh(x))"),
            ("max(relu(x), gelu(x))", "relu(x)"),
            ("min(tanh(x), relu(x))", "tanh(x)"),
            ("if softplus(x) > relu(x) { x } else { exp(x) }", "x"),
            ("abs(sigmoid(x)) - relu(sigmoid(x))", "0"),
            ("relu(square(x) + 1)", "square(x) + 1"),
            ("abs(softplus(x) - x)", "softplus(-x)"),
            ("square(sinh(asinh(x)))", "square(x)"),
            ("cube(sinh(asinh(x)))", "cube(x)"),
            ("sinh(asinh(x)) * sinh(asinh(x))", "square(x)"),
            ("square(ln(exp(x)))", "square(x)"),
            ("square(exp(x) * exp(-x) * x)", "square(x)"),
        ] {
            assert_eq!(simplified(text, &Region::default()), expected, "{text}");
        }
        let bounds = [-2, 3].map(crate::number::Number::from);
        let narrow = Region::default()
            .with("x", Some(&bounds[0]), Some(&bounds[1]))
            .unwrap();
        assert_eq!(
            simplified("relu(x + 2) + clamp(x, -5, 4)", &narrow),
            "2 + 2 * x"
        );
    }
}
