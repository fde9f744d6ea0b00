//! From rows of text to egg's rewrites.

use egg::{ConditionalApplier, ENodeOrVar, Id, Pattern, RecExpr, Rewrite, Subst, Var};

use super::facts::{Facts, Graph};
use super::rules::{Guard, Rule};
use crate::ir::{Dag, Node};
use crate::syntax::{Names, parse_text};

/// The names that a rule may use for what it matches; `p` is a condition.
pub(super) const PATTERN_NAMES: [&str; 6] = ["a", "b", "c", "d", "p", "q"];

/// The rewrite of a row. A row that does not parse is a mistake in the table.
pub(super) fn compile(rule: &Rule) -> Rewrite<Node, Facts> {
    let (left, right) = (side(&rule.left), side(&rule.right));
    let guards: Vec<Check> = rule.guards.iter().map(|&guard| Check::new(guard)).collect();
    let holds = move |graph: &mut Graph, _: Id, subst: &Subst| {
        guards.iter().all(|check| check.proven(graph, subst))
    };
    let applier = ConditionalApplier {
        condition: holds,
        applier: pattern(&right),
    };
    Rewrite::new(rule.name.clone(), pattern(&left), applier)
        .unwrap_or_else(|error| panic!("rule {}: {error}", rule.name))
}

/// One side of a rule as a graph over [`PATTERN_NAMES`].
pub(super) fn side(text: &str) -> Dag {
    let names = PATTERN_NAMES.map(str::to_owned);
    let tree = parse_text(text, Names::Pattern(&names))
        .unwrap_or_else(|error| panic!("a side of a rule: {error}"));
    Dag::from_tree(&tree)
}

fn pattern(dag: &Dag) -> Pattern<Node> {
    let mut expression = RecExpr::default();
    for node in dag.nodes() {
        expression.add(match node {
            Node::Variable(index) => ENodeOrVar::Var(variable(PATTERN_NAMES[*index])),
            node => ENodeOrVar::ENode(node.clone()),
        });
    }
    // egg takes the last node for the root, and a compacted graph may end elsewhere only if it has several outputs.
    debug_assert_eq!(usize::from(dag.roots[0]) + 1, dag.nodes().len());
    Pattern::new(expression)
}

fn variable(name: &str) -> Var {
    format!("?{name}")
        .parse()
        .unwrap_or_else(|_| panic!("`{name}` names a pattern variable"))
}

/// A guard with its variables resolved.
struct Check {
    first: Var,
    second: Option<Var>,
    guard: Guard,
}

impl Check {
    fn new(guard: Guard) -> Self {
        let (first, second) = match guard {
            Guard::NonZero(a)
            | Guard::Positive(a)
            | Guard::NonNegative(a)
            | Guard::NonPositive(a)
            | Guard::Zero(a)
            | Guard::Literal(a)
            | Guard::AtMost(a, _)
            | Guard::AtLeast(a, _) => (a, None),
            Guard::Ordered(a, b) => (a, Some(b)),
        };
        Self {
            first: variable(first),
            second: second.map(variable),
            guard,
        }
    }

    fn proven(&self, graph: &Graph, subst: &Subst) -> bool {
        let fact = |var: Var| &graph[subst[var]].data;
        let a = fact(self.first);
        match self.guard {
            Guard::NonZero(_) => a.nonzero,
            Guard::Positive(_) => a.interval.low > 0.0 || a.interval.low == 0.0 && a.nonzero,
            Guard::NonNegative(_) => a.interval.low >= 0.0,
            Guard::NonPositive(_) => a.interval.high <= 0.0,
            Guard::Zero(_) => a.interval.low == 0.0 && a.interval.high == 0.0,
            Guard::Literal(_) => a.constant.is_some(),
            Guard::AtMost(_, bound) => a.interval.high <= f64::from(bound),
            Guard::AtLeast(_, bound) => a.interval.low >= f64::from(bound),
            Guard::Ordered(..) => self
                .second
                .is_some_and(|b| a.interval.high <= fact(b).interval.low),
        }
    }
}
