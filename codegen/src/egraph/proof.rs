//! Derivations: a run of the e-graph is logged and replayed as ground equations, which then say why its terms are equal.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use std::sync::LazyLock;

use egg::{Id, Rewrite};

use super::budget::Budget;
use super::classes::{Facts, Graph};
use super::derived::{Derived, Ground, Reason};
use super::log::{Derivation, Equation, Log};
use super::saturate::{FORM_RULES, PROOF_RULES, WRITING_RULES, insert, saturate_until};
use crate::analysis::{Fact, Interval, Region};

use crate::rules::{Guard, PATTERN_NAMES, Rule, every_rule, side};

use crate::ir::{Dag, Node};

/// A row of the rules with its sides as graphs over [`PATTERN_NAMES`].
pub(crate) struct Sides {
    /// What is matched.
    pub left: Dag,
    /// What it equals.
    pub right: Dag,
    /// What must be proven first.
    pub guards: Vec<Guard>,
    /// The row as an equation, for readers.
    pub text: String,
}

/// Every row, by name.
pub(crate) static ROWS: LazyLock<BTreeMap<String, Sides>> = LazyLock::new(|| {
    let sides = |rule: Rule| {
        let sides = Sides {
            left: side(&rule.left),
            right: side(&rule.right),
            guards: rule.guards,
            text: format!("{} = {}", rule.left, rule.right),
        };
        (rule.name, sides)
    };
    every_rule().into_iter().map(sides).collect()
});

/// Which rules a run uses, and whether the goal takes part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// From both ends, with the few rules that tell a form from what a person would write for it.
    Written,
    /// As [`simplify`](super::simplify) runs: its result is found again.
    Again,
    /// From both ends, with every rule.
    Meet,
}

/// Runs the e-graph from the outputs of `from`, where those of `known` equal them, until those of `to` are equal to them too, or
/// the budget is used. Why those of `known` do follows from `given`, pairs of graphs whose first outputs are equal.
pub(crate) fn derive(
    from: &Dag,
    known: Option<&Dag>,
    given: &[(Dag, Dag)],
    to: &Dag,
    region: &Region,
    run: Run,
    budget: Budget,
) -> Derived {
    let variables = &from.variables;
    let mut graph = Facts::new(region, variables).logged().graph(region);
    let roots = insert(&mut graph, from);
    if let Some(known) = known {
        for (known, root) in insert(&mut graph, known).into_iter().zip(&roots) {
            graph.union(known, *root);
        }
    }
    let goals = match run {
        Run::Again => Vec::new(),
        Run::Written | Run::Meet => insert(&mut graph, to),
    };
    let rules: &[Rewrite<Node, Facts>] = match run {
        Run::Written => &WRITING_RULES,
        Run::Again => &FORM_RULES,
        Run::Meet => &PROOF_RULES,
    };
    let goal = to.clone();
    let reached = move |graph: &Graph| {
        let met = |goals: &[Id]| {
            let mut pairs = goals.iter().zip(&roots);
            pairs.all(|(goal, root)| graph.find(*goal) == graph.find(*root))
        };
        match run {
            Run::Written | Run::Meet => met(&goals),
            Run::Again => look_up(graph, &goal).is_some_and(|goals| met(&goals)),
        }
    };
    let mut graph = saturate_until(graph, rules, budget, reached).0;
    let log = graph.analysis.log.take().unwrap_or_default();
    Replay::new(&graph, &log, &region.intervals(variables)).run(from, given, to)
}

/// The classes of the outputs of `dag`, if the e-graph has them all.
fn look_up(graph: &Graph, dag: &Dag) -> Option<Vec<Id>> {
    let mut ids: Vec<Id> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        ids.push(graph.lookup(node.map(|id| ids[usize::from(id)]))?);
    }
    let roots = dag.roots.iter();
    Some(roots.map(|&root| ids[usize::from(root)]).collect())
}

struct Replay<'a> {
    graph: &'a Graph,
    log: &'a Log,
    variables: &'a [Interval],
    derived: Derived,
    /// The term of an id of the e-graph.
    terms: FxHashMap<Id, Id>,
    /// The term of a derivation.
    witnesses: FxHashMap<usize, Id>,
    /// What the structure of a term proves of it.
    facts: Vec<Fact>,
}

impl<'a> Replay<'a> {
    fn new(graph: &'a Graph, log: &'a Log, variables: &'a [Interval]) -> Self {
        Self {
            graph,
            log,
            variables,
            derived: Derived::default(),
            terms: FxHashMap::default(),
            witnesses: FxHashMap::default(),
            facts: Vec::new(),
        }
    }

    fn run(mut self, from: &Dag, given: &[(Dag, Dag)], to: &Dag) -> Derived {
        for (number, (left, right)) in given.iter().enumerate() {
            let (left, right) = (self.import(left, None)[0], self.import(right, None)[0]);
            self.equate(left, right, Reason::Given(number));
        }
        self.import(from, None);
        for equation in &self.log.equations {
            match equation {
                Equation::Fold(op, arguments, value) => {
                    let literals = arguments.iter().cloned();
                    let literals: Vec<Id> = literals.map(|n| self.add(Node::Number(n))).collect();
                    let left = self.add(Node::apply(*op, &literals));
                    let right = self.add(Node::Number(value.clone()));
                    self.equate(left, right, Reason::Fold);
                }
                Equation::Rule {
                    name,
                    arguments,
                    premises,
                } => {
                    let sides = &ROWS[name];
                    let arguments = arguments.map(|id| id.map(|id| self.term(id)));
                    let pairs = self.premises(&sides.guards, &arguments, premises);
                    let left = self.import(&sides.left, Some(&arguments))[0];
                    let right = self.import(&sides.right, Some(&arguments))[0];
                    self.equate(left, right, Reason::Rule(name.clone(), pairs));
                }
            }
        }
        self.import(to, None);
        self.derived
    }

    fn equate(&mut self, left: Id, right: Id, reason: Reason) {
        self.derived.equate(Ground {
            left,
            right,
            reason,
        });
    }

    fn add(&mut self, node: Node) -> Id {
        let id = self.derived.known.add(node);
        if usize::from(id) == self.facts.len() {
            let fact = match self.derived.known.terms.node(id) {
                Node::Number(number) => Fact::of_number(number.clone()),
                Node::Variable(index) => Fact::of_interval(self.variables[*index]),
                node @ Node::Apply(op, _) => {
                    let arguments = node.arguments().iter();
                    let facts: Vec<&Fact> =
                        arguments.map(|&a| &self.facts[usize::from(a)]).collect();
                    Fact::of(*op, &facts)
                }
            };
            self.facts.push(fact);
        }
        id
    }

    /// The outputs of a graph, with terms for its variables if it is the side of a rule.
    fn import(&mut self, dag: &Dag, arguments: Option<&[Option<Id>]>) -> Vec<Id> {
        let mut ids: Vec<Id> = Vec::with_capacity(dag.nodes().len());
        for node in dag.nodes() {
            let bound = match (node, arguments) {
                (Node::Variable(index), Some(arguments)) => arguments[*index],
                _ => None,
            };
            let id = bound.unwrap_or_else(|| self.add(node.map(|id| ids[usize::from(id)])));
            ids.push(id);
        }
        let roots = dag.roots.iter();
        roots.map(|&root| ids[usize::from(root)]).collect()
    }

    /// The term that an id of the e-graph was made for. Arguments have smaller ids.
    fn term(&mut self, id: Id) -> Id {
        let mut open = vec![id];
        while let Some(&top) = open.last() {
            let node = self.graph.id_to_node(top);
            let missing = node.arguments().iter().copied();
            let missing: Vec<Id> = missing.filter(|a| !self.terms.contains_key(a)).collect();
            if missing.is_empty() {
                let node = node.map(|argument| self.terms[&argument]);
                let term = self.add(node);
                self.terms.insert(top, term);
                open.pop();
            } else {
                open.extend(missing);
            }
        }
        self.terms[&id]
    }

    /// The term of a derivation: its structure proves the fact, as far as no class below has its fact from two terms.
    fn witness(&mut self, derivation: usize) -> Id {
        let mut open = vec![derivation];
        while let Some(&top) = open.last() {
            let needs = self.needs(top);
            let missing: Vec<usize> = needs
                .into_iter()
                .filter(|d| !self.witnesses.contains_key(d))
                .collect();
            if missing.is_empty() {
                let log = self.log;
                let term = match &log.derivations[top] {
                    Derivation::Of(node) => {
                        let node = node.map(|id| self.witnesses[&usize::from(id)]);
                        self.add(node)
                    }
                    Derivation::Both(first, _) => self.witnesses[first],
                };
                self.witnesses.insert(top, term);
                open.pop();
            } else {
                open.extend(missing);
            }
        }
        self.witnesses[&derivation]
    }

    fn needs(&self, derivation: usize) -> Vec<usize> {
        match &self.log.derivations[derivation] {
            Derivation::Of(node) => node.arguments().iter().map(|&a| usize::from(a)).collect(),
            Derivation::Both(first, second) => vec![*first, *second],
        }
    }

    /// Pairs of equal terms whose facts, taken together in order, prove the guards.
    fn premises(
        &mut self,
        guards: &[Guard],
        arguments: &[Option<Id>],
        premises: &[(Id, usize)],
    ) -> Vec<(Id, Id)> {
        if guards.is_empty() || self.hold(guards, arguments) {
            return Vec::new();
        }
        let mut pairs = Vec::new();
        let mut better = arguments.to_vec();
        for (id, derivation) in premises {
            let (term, witness) = (self.term(*id), self.witness(*derivation));
            let stands = |argument: &&mut Option<Id>| **argument == Some(term);
            for argument in better.iter_mut().filter(stands) {
                *argument = Some(witness);
            }
            pairs.push((term, witness));
        }
        if !self.hold(guards, &better) {
            let mut below = std::collections::BTreeSet::new();
            let mut open: Vec<usize> = premises.iter().map(|(_, d)| *d).collect();
            while let Some(derivation) = open.pop() {
                if below.insert(derivation) {
                    open.extend(self.needs(derivation));
                }
            }
            let mut all = Vec::new();
            for derivation in below {
                if let Derivation::Both(first, second) = self.log.derivations[derivation] {
                    all.push((self.witness(first), self.witness(second)));
                }
            }
            pairs.splice(0..0, all);
        }
        pairs.retain(|(a, b)| a != b);
        pairs.dedup();
        pairs
    }

    fn hold(&self, guards: &[Guard], arguments: &[Option<Id>]) -> bool {
        let fact = |name: &str| {
            let index = PATTERN_NAMES.iter().position(|known| *known == name);
            let term = index.and_then(|index| arguments[index]);
            &self.facts[term.map_or(0, usize::from)]
        };
        guards.iter().all(|guard| guard.holds(fact))
    }
}
