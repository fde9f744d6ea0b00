//! The e-graph, and the analysis that gathers what is proven of each of its classes.

use std::ops::Deref;

use egg::{Analysis, DidMerge, EGraph, Id};

use super::log::{Derivation, Equation, Log};
use crate::analysis::{Fact, Interval, Region};
use crate::ir::Node;

/// The e-graph of this crate.
pub(super) type Graph = EGraph<Node, Facts>;

/// The analysis; the interval of every variable, and the log of a run that is to be proven.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    variables: Vec<Interval>,
    /// Whether the next node that is added is known to be nowhere 0.
    nonzero: bool,
    /// Everything that the e-graph is told, if anyone asked for it.
    pub log: Option<Log>,
}

impl Facts {
    /// What is known in `region` of graphs over `variables`.
    pub(super) fn new(region: &Region, variables: &[String]) -> Self {
        Self {
            variables: region.intervals(variables),
            nonzero: false,
            log: None,
        }
    }

    /// An e-graph of the functions whose zeros the region leaves out.
    pub(super) fn graph(self, region: &Region) -> Graph {
        let mut graph = Graph::new(self);
        for function in region.nonzero() {
            let mut ids: Vec<Id> = Vec::with_capacity(function.nodes().len());
            for (index, node) in function.nodes().iter().enumerate() {
                graph.analysis.nonzero = Id::from(index) == function.roots[0];
                let id = graph.add(node.map(|id| ids[usize::from(id)]));
                ids.push(id);
            }
            graph.analysis.nonzero = false;
        }
        graph
    }

    /// The same, and the run is logged.
    #[cfg(feature = "oracle")]
    pub(super) fn logged(self) -> Self {
        Self {
            log: Some(Log::default()),
            ..self
        }
    }
}

/// What is known of a class, and how.
#[derive(Clone, Debug)]
pub(super) struct Known {
    fact: Fact,
    /// Whether it may depend on the input, the first variable.
    pub varies: bool,
    /// The index of its derivation in the log; without meaning if there is none.
    pub derivation: usize,
    /// How often the interval has become tighter.
    tightened: u8,
}

/// How often the interval of a class may become tighter. Around a circle of classes, such as those of a and a·1, bounds can creep
/// towards a limit for ever; what matters is known long before.
const TIGHTENINGS: u8 = 32;

impl Deref for Known {
    type Target = Fact;

    fn deref(&self) -> &Fact {
        &self.fact
    }
}

impl Analysis<Node> for Facts {
    type Data = Known;

    fn make(graph: &mut Graph, node: &Node, _: Id) -> Known {
        let mut fact = match node {
            Node::Number(number) => Fact::of_number(number.clone()),
            Node::Variable(index) => Fact::of_interval(graph.analysis.variables[*index]),
            Node::Apply(op, _) => {
                let known = |id: &Id| &*graph[*id].data;
                let arguments: Vec<&Fact> = node.arguments().iter().map(known).collect();
                Fact::of(*op, &arguments)
            }
        };
        fact.nonzero |= graph.analysis.nonzero;
        let varies = match node {
            Node::Number(_) => false,
            Node::Variable(index) => *index == 0,
            Node::Apply(..) => {
                fact.constant.is_none() && node.arguments().iter().any(|a| graph[*a].data.varies)
            }
        };
        let mut derivation = 0;
        if graph.analysis.log.is_some() {
            let origin = node.map(|id| Id::from(graph[id].data.derivation));
            let folded = match (node, &fact.constant) {
                (Node::Apply(op, _), Some(value)) => {
                    let constant = |id: &Id| graph[*id].data.constant.clone();
                    let arguments = node.arguments().iter().filter_map(constant).collect();
                    Some(Equation::Fold(*op, arguments, value.clone()))
                }
                _ => None,
            };
            if let Some(log) = &mut graph.analysis.log {
                log.equations.extend(folded);
                derivation = log.derive(Derivation::Of(origin));
            }
        }
        Known {
            fact,
            varies,
            derivation,
            tightened: 0,
        }
    }

    fn merge(&mut self, to: &mut Known, from: Known) -> DidMerge {
        // Both facts are proven of the same value, so both hold.
        let mut merged = to.meet(&from);
        let tighter = merged.interval != to.interval;
        if tighter && to.tightened == TIGHTENINGS && merged.constant == to.constant {
            merged.interval = to.interval;
        }
        let (to_gains, from_gains) = (merged != to.fact, merged != from.fact);
        let derivation = match (&mut self.log, to_gains, from_gains) {
            (None, _, _) | (Some(_), false, _) => to.derivation,
            (Some(_), true, false) => from.derivation,
            (Some(log), true, true) => log.derive(Derivation::Both(to.derivation, from.derivation)),
        };
        let varies = to.varies && from.varies;
        let changed = DidMerge(
            to_gains || varies != to.varies,
            from_gains || varies != from.varies,
        );
        *to = Known {
            fact: merged,
            varies,
            derivation,
            tightened: to
                .tightened
                .max(from.tightened)
                .saturating_add(u8::from(tighter))
                .min(TIGHTENINGS),
        };
        changed
    }

    fn modify(graph: &mut Graph, id: Id) {
        if let Some(number) = graph[id].data.constant.clone() {
            let literal = graph.add(Node::Number(number));
            graph.union(id, literal);
        }
    }
}
