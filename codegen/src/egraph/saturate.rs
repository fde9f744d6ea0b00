//! Saturation: every rule, round by round, until nothing is new or the budget is used up.

use std::sync::LazyLock;
use std::time::Duration;

use egg::{Rewrite, Runner, StopReason as EggStop};

use super::budget::{Budget, StopReason};
use super::classes::{Facts, Graph};
use super::compile::compile;
use super::present::Present;
use crate::analysis::Region;
use crate::ir::{Dag, Id, Node};
use crate::rules::every_rule;

/// Whether the rules prove the first outputs of two graphs over the same variables equal.
pub fn proves_equal(a: &Dag, b: &Dag, region: &Region, budget: Budget) -> bool {
    let mut graph = Facts::new(region, &a.variables).graph(region);
    let (a, b) = (insert(&mut graph, a)[0], insert(&mut graph, b)[0]);
    let (graph, _) = saturate(graph, &PROOF_RULES, budget);
    graph.find(a) == graph.find(b)
}

/// The rules that may change the form that is written.
pub(super) static FORM_RULES: LazyLock<Vec<Rewrite<Node, Facts>>> = LazyLock::new(|| {
    let rules = every_rule();
    rules
        .iter()
        .filter(|r| !r.proof_only)
        .map(compile)
        .collect()
});

/// Every rule. What is equal wherever both sides have a value may need a value where the other side does not.
pub(super) static PROOF_RULES: LazyLock<Vec<Rewrite<Node, Facts>>> = LazyLock::new(|| {
    let mut rules = every_rule();
    rules.iter_mut().for_each(|rule| rule.total.clear());
    rules.iter().map(compile).collect()
});

/// What [`Dag::as_written`] rests on.
#[cfg(feature = "oracle")]
const WRITING: [&str; 23] = [
    "add-associates",
    "add-commutes",
    "add-self",
    "add-zero",
    "at-most-as-less",
    "clamp-commutes",
    "div-by-literal",
    "div-of-mul",
    "equal-either-way",
    "max-commutes",
    "min-commutes",
    "mul-associates",
    "mul-commutes",
    "mul-one",
    "neg-as-mul",
    "neg-out-of-div",
    "neg-out-of-divisor",
    "neg-out-of-mul",
    "neg-twice",
    "product-as-quotient",
    "sub-as-add",
    "sub-zero",
    "zero-sub",
];

/// The rules that tell a form from what a person would write for it.
#[cfg(feature = "oracle")]
pub(super) static WRITING_RULES: LazyLock<Vec<Rewrite<Node, Facts>>> = LazyLock::new(|| {
    let rules = every_rule();
    let known = |name: &str| {
        WRITING.contains(&name.trim_end_matches("-back")) || name.ends_with("-is-even")
    };
    let rules = rules.iter().filter(|rule| known(&rule.name));
    rules.map(compile).collect()
});

pub(super) fn insert(graph: &mut Graph, dag: &Dag) -> Vec<Id> {
    let mut ids: Vec<Id> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let id = graph.add(node.map(|id| ids[usize::from(id)]));
        ids.push(id);
    }
    graph.rebuild();
    dag.roots
        .iter()
        .map(|&root| ids[usize::from(root)])
        .collect()
}

pub(super) fn saturate(
    graph: Graph,
    rules: &[Rewrite<Node, Facts>],
    budget: Budget,
) -> (Graph, StopReason) {
    saturate_until(graph, rules, budget, |_| false)
}

/// Stops between two rounds as soon as the e-graph is `done`.
pub(super) fn saturate_until(
    graph: Graph,
    rules: &[Rewrite<Node, Facts>],
    budget: Budget,
    done: impl Fn(&Graph) -> bool + 'static,
) -> (Graph, StopReason) {
    let runner = Runner::<Node, Facts>::new(graph.analysis.clone())
        .with_egraph(graph)
        .with_scheduler(Present::default())
        .with_hook(move |runner| {
            let reached = done(&runner.egraph).then(|| Err("done".to_owned()));
            reached.unwrap_or(Ok(()))
        })
        .with_iter_limit(budget.iterations)
        .with_node_limit(budget.nodes)
        // The clock decides nothing.
        .with_time_limit(Duration::MAX)
        .run(rules);
    let stop_reason = match runner.stop_reason {
        Some(EggStop::Saturated) => StopReason::Saturated,
        Some(EggStop::NodeLimit(_)) => StopReason::NodeLimit,
        Some(EggStop::IterationLimit(_) | EggStop::TimeLimit(_) | EggStop::Other(_)) | None => {
            StopReason::IterationLimit
        }
    };
    (runner.egraph, stop_reason)
}

#[cfg(all(test, feature = "oracle"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_rests_on_rules() {
        let rules = every_rule();
        for name in WRITING {
            assert!(rules.iter().any(|rule| rule.name == name), "{name}");
        }
    }
}
