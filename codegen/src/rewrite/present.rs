//! Which rules are searched for: those that can match.
//!
//! Most rules name an operation or a literal that a given formula lacks. Looking for these first costs far less than matching what
//! stands above them.

use egg::{
    BackoffScheduler, ENodeOrVar, Language, Rewrite, RewriteScheduler, RunnerLimits, RunnerResult,
    SearchMatches,
};

use super::facts::{Facts, Graph};
use crate::ir::Node;

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
            if can_match(graph, rule) {
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
