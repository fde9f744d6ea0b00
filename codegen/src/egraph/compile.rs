//! From rows of text to egg's rewrites.

use egg::{Applier, ENodeOrVar, Id, Pattern, PatternAst, RecExpr, Rewrite, Subst, Symbol, Var};

use super::classes::{Facts, Graph};
use super::log::Equation;
use crate::ir::{Dag, Node};
use crate::rules::{Guard, PATTERN_NAMES, Rule, side};

/// The rewrite of a row. A row that does not parse is a mistake in the table.
pub(super) fn compile(rule: &Rule) -> Rewrite<Node, Facts> {
    let left = pattern(&side(&rule.left));
    let names = PATTERN_NAMES.iter().copied();
    let variables = names.map(|name| (name, variable(name)));
    let bound = |(_, var): &(&str, Var)| left.vars().contains(var);
    let applier = Guarded {
        rule: rule.name.clone(),
        guards: rule.guards.clone(),
        total: rule.total.clone(),
        variables: variables.filter(bound).collect(),
        right: pattern(&side(&rule.right)),
    };
    Rewrite::new(rule.name.clone(), left, applier)
        .unwrap_or_else(|error| panic!("rule {}: {error}", rule.name))
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

/// The right side of a rule, written only where the guards are proven, and logged if anyone asked for it.
struct Guarded {
    rule: String,
    guards: Vec<Guard>,
    /// What must have a value everywhere.
    total: Vec<&'static str>,
    /// What the left side binds.
    variables: Vec<(&'static str, Var)>,
    right: Pattern<Node>,
}

impl Guarded {
    fn class(&self, subst: &Subst, name: &str) -> Id {
        let bound = self.variables.iter().find(|(known, _)| *known == name);
        let (_, var) = bound.unwrap_or_else(|| panic!("rule {}: `{name}` is not bound", self.rule));
        subst[*var]
    }
}

impl Applier<Node, Facts> for Guarded {
    fn apply_one(
        &self,
        graph: &mut Graph,
        class: Id,
        subst: &Subst,
        _: Option<&PatternAst<Node>>,
        name: Symbol,
    ) -> Vec<Id> {
        let fact = |name: &str| &*graph[self.class(subst, name)].data;
        let defined = self.total.iter().all(|name| fact(name).defined);
        if !defined || !self.guards.iter().all(|guard| guard.holds(fact)) {
            return Vec::new();
        }
        let premises = graph.analysis.log.is_some().then(|| {
            let names = self.guards.iter().flat_map(|guard| guard.names());
            let classes = names.map(|name| self.class(subst, name));
            classes.map(|id| (id, graph[id].data.derivation)).collect()
        });
        let changed = self.right.apply_one(graph, class, subst, None, name);
        if let (Some(log), Some(premises), false) =
            (&mut graph.analysis.log, premises, changed.is_empty())
        {
            let mut arguments = [None; PATTERN_NAMES.len()];
            for (name, var) in &self.variables {
                let index = PATTERN_NAMES.iter().position(|known| known == name);
                arguments[index.unwrap_or_default()] = Some(subst[*var]);
            }
            log.equations.push(Equation::Rule {
                name: self.rule.clone(),
                arguments,
                premises,
            });
        }
        changed
    }

    fn vars(&self) -> Vec<Var> {
        self.right.vars()
    }
}
