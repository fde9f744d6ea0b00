//! Which rules are searched for: those that can match, and not in too many ways.
//!
//! Most rules name an operation or a literal that a given formula lacks. Looking for these first costs far less than matching what
//! stands above them.
//!
//! A class such as that of 0 may hold hundreds of comparisons and choices, and a rule of several choices has to look at all ways of
//! picking one for each of its own. They are counted first, which is cheap: nobody waits for what has millions of them.

use egg::{
    BackoffScheduler, ENodeOrVar, Language, Rewrite, RewriteScheduler, RunnerLimits, RunnerResult,
    SearchMatches,
};
use rustc_hash::FxHashMap;

use super::classes::{Facts, Graph};
use crate::ir::{Id, Node};

/// A rule is passed over for a round if a search for it may take more steps than this: some hundredths of a second.
const MOST: f64 = 1_000_000.0;
/// Left sides of fewer operations than this never take so many.
const SMALL: usize = 4;

/// egg's own scheduler, which is asked only for rules whose left side is made of what the e-graph holds.
#[derive(Default)]
pub(super) struct Present(BackoffScheduler);

impl RewriteScheduler<Node, Facts> for Present {
    fn can_stop(&mut self, iteration: usize) -> bool {
        RewriteScheduler::<Node, Facts>::can_stop(&mut self.0, iteration)
    }

    /// Limits are on the size of the e-graph, which searching leaves as it is.
    fn search_rewrites<'a>(
        &mut self,
        iteration: usize,
        graph: &Graph,
        rules: &[&'a Rewrite<Node, Facts>],
        _: &RunnerLimits,
    ) -> RunnerResult<Vec<Vec<SearchMatches<'a, Node>>>> {
        let mut search = |rule: &&'a Rewrite<Node, Facts>| {
            if can_match(graph, rule) && (1.0..=MOST).contains(&steps(graph, rule)) {
                self.0.search_rewrite(iteration, graph, rule)
            } else {
                Vec::new()
            }
        };
        Ok(rules.iter().map(&mut search).collect())
    }
}

/// Whether the e-graph holds every operation and literal of the left side, somewhere.
fn can_match(graph: &Graph, rule: &Rewrite<Node, Facts>) -> bool {
    let holds = |node: &ENodeOrVar<Node>| match node {
        ENodeOrVar::Var(_) => true,
        ENodeOrVar::ENode(node) if node.is_leaf() => graph.lookup(node.clone()).is_some(),
        ENodeOrVar::ENode(node) => graph
            .classes_for_op(&node.discriminant())
            .is_some_and(|classes| classes.len() > 0),
    };
    let left = rule.searcher.get_pattern_ast();
    left.is_none_or(|left| left.iter().all(holds))
}

/// About how many steps a search for the left side of a rule takes at most: the ways of picking an operation for each of its own,
/// where a part that fails is a step too; 0 if it fails everywhere. What it names twice is taken for two.
fn steps(graph: &Graph, rule: &Rewrite<Node, Facts>) -> f64 {
    let Some(left) = rule.searcher.get_pattern_ast() else {
        return 1.0;
    };
    let is_operation =
        |node: &&ENodeOrVar<Node>| matches!(node, ENodeOrVar::ENode(node) if !node.is_leaf());
    if left.iter().filter(is_operation).count() < SMALL {
        return 1.0;
    }
    // For each part the classes that it may match, with the steps there; none for a letter, which matches every class.
    let mut parts: Vec<Option<FxHashMap<Id, (bool, f64)>>> = Vec::new();
    for node in left.iter() {
        let part = match node {
            ENodeOrVar::Var(_) => None,
            ENodeOrVar::ENode(node) if node.is_leaf() => {
                let class = graph.lookup(node.clone()).into_iter();
                Some(
                    class
                        .map(|class| (graph.find(class), (true, 1.0)))
                        .collect(),
                )
            }
            ENodeOrVar::ENode(node) => {
                let head = node.discriminant();
                let mut found = FxHashMap::default();
                for class in graph.classes_for_op(&head).into_iter().flatten() {
                    let (mut matches, mut steps) = (false, 0.0);
                    let candidates = graph[class].nodes.iter();
                    for candidate in candidates.filter(|other| other.discriminant() == head) {
                        let (mut fits, mut product) = (true, 1.0);
                        for (&part, &class) in node.children().iter().zip(candidate.children()) {
                            if let Some(known) = &parts[usize::from(part)] {
                                let below = known.get(&graph.find(class));
                                let (fits_below, steps_below) =
                                    below.copied().unwrap_or((false, 1.0));
                                fits &= fits_below;
                                product *= steps_below;
                            }
                        }
                        matches |= fits;
                        steps += product;
                    }
                    found.insert(graph.find(class), (matches, steps));
                }
                Some(found)
            }
        };
        parts.push(part);
    }
    let Some(root) = parts.pop().flatten() else {
        return 1.0;
    };
    if root.values().any(|(matches, _)| *matches) {
        root.values().map(|(_, steps)| steps).sum()
    } else {
        0.0
    }
}
