//! Simplification: a value and its derivatives go into one e-graph, rules saturate it, and the cheapest shared form comes out.
//!
//! Everything is bounded by counts, never by time, and egg's order is deterministic: the same formula gives the same form.

mod compile;
mod congruence;
mod derived;
mod extract;
mod facts;
mod interval;
mod log;
mod price;
mod proof;
mod region;
mod rules;
mod witness;

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use egg::{Rewrite, Runner, StopReason as EggStop};

use crate::ir::{Dag, Id, Node};
use facts::{Facts, Graph};

pub(crate) use compile::PATTERN_NAMES;
pub(crate) use congruence::{Link, Why};
pub(crate) use derived::{Derived, Reason};
pub(crate) use facts::{Fact, fold};
pub use interval::Interval;
pub use price::cost;
pub(crate) use proof::{ROWS, Run, Sides, derive};
pub use region::{EmptyInterval, Region};
pub use rules::{Guard, Rule};
pub use witness::{Agreement, Witness, find_witness};
pub(crate) use witness::agreement;

/// How far an e-graph may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Rounds of applying every rule.
    pub iterations: usize,
    /// E-nodes.
    pub nodes: usize,
}

impl Default for Budget {
    /// Twice the nodes gain about 1 % in cost on formulas of ten operations and double the time, which a macro expansion in an
    /// unoptimised build feels.
    fn default() -> Self {
        Self {
            iterations: 6,
            nodes: 2_000,
        }
    }
}

/// Why saturation stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// No rule has anything left to add.
    Saturated,
    /// The rounds were used up.
    IterationLimit,
    /// The e-graph is as large as it may get.
    NodeLimit,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Saturated => "saturated",
            Self::IterationLimit => "iteration limit",
            Self::NodeLimit => "node limit",
        })
    }
}

/// A simplified graph, and how it came about.
#[derive(Clone, Debug)]
pub struct Simplified {
    /// Equal to the input, output by output.
    pub dag: Dag,
    /// Why saturation stopped.
    pub stop_reason: StopReason,
    /// Where the cheapest form that was found is worse than the input, so that it was passed over, if it is.
    pub refused: Option<Witness>,
}

/// Simplifies all outputs of `dag` together: what they share is paid for once.
pub fn simplify(dag: &Dag, region: &Region, budget: Budget) -> Simplified {
    simplify_known(dag, &[], region, budget)
}

/// As [`simplify`], with other graphs over the same variables whose outputs are known to equal those of `dag`, one by one.
pub fn simplify_known(dag: &Dag, equal: &[Dag], region: &Region, budget: Budget) -> Simplified {
    let mut graph = Graph::new(Facts::new(region, &dag.variables));
    let roots = insert(&mut graph, dag);
    for other in equal {
        for (known, root) in insert(&mut graph, other).into_iter().zip(&roots) {
            graph.union(known, *root);
        }
    }
    let (graph, stop_reason) = saturate(graph, &FORM_RULES, budget);
    let found = extract::extract(&graph, &roots, &dag.variables, region);
    let mut candidates = vec![dag.compact(), found];
    let complete = |other: &&Dag| other.roots.len() == roots.len();
    candidates.extend(equal.iter().filter(complete).cloned());
    // A stable sort: among equals, what the user wrote comes first.
    candidates.sort_by_key(|candidate| (cost(candidate, region), candidate.arguments()));
    let mut refused = None;
    for candidate in candidates {
        match witness::find_loss(dag, &candidate, region) {
            None => {
                return Simplified {
                    dag: candidate,
                    stop_reason,
                    refused,
                };
            }
            Some(witness) => refused = refused.or(Some(witness)),
        }
    }
    // Sampling a graph against itself finds no loss, so this is the input at its worst.
    Simplified {
        dag: dag.compact(),
        stop_reason,
        refused,
    }
}

/// Whether the rules prove the first outputs of two graphs over the same variables equal.
pub fn proves_equal(a: &Dag, b: &Dag, region: &Region, budget: Budget) -> bool {
    let mut graph = Graph::new(Facts::new(region, &a.variables));
    let (a, b) = (insert(&mut graph, a)[0], insert(&mut graph, b)[0]);
    let (graph, _) = saturate(graph, &PROOF_RULES, budget);
    graph.find(a) == graph.find(b)
}

/// The rules that may change the form that is written.
static FORM_RULES: LazyLock<Vec<Rewrite<Node, Facts>>> = LazyLock::new(|| {
    let rules = rules::all();
    rules
        .iter()
        .filter(|r| !r.proof_only)
        .map(compile::compile)
        .collect()
});

/// Every rule.
static PROOF_RULES: LazyLock<Vec<Rewrite<Node, Facts>>> =
    LazyLock::new(|| rules::all().iter().map(compile::compile).collect());

fn insert(graph: &mut Graph, dag: &Dag) -> Vec<Id> {
    let mut places: Vec<Id> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let place = graph.add(node.map(|id| places[usize::from(id)]));
        places.push(place);
    }
    graph.rebuild();
    dag.roots
        .iter()
        .map(|&root| places[usize::from(root)])
        .collect()
}

fn saturate(graph: Graph, rules: &[Rewrite<Node, Facts>], budget: Budget) -> (Graph, StopReason) {
    saturate_until(graph, rules, budget, |_| false)
}

/// Stops between two rounds as soon as the e-graph is `done`.
fn saturate_until(
    graph: Graph,
    rules: &[Rewrite<Node, Facts>],
    budget: Budget,
    done: impl Fn(&Graph) -> bool + 'static,
) -> (Graph, StopReason) {
    let runner = Runner::<Node, Facts>::new(graph.analysis.clone())
        .with_egraph(graph)
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
