//! Extraction: the cheapest graph that computes all roots, where a class that several need is paid for once.
//!
//! Greedy on shared costs: the cost of a node is that of the *set* of classes below it, so sharing counts while choosing.
//! Across roots, each root in turn goes first and the others build on what it has computed; the cheapest result stands.
//! Choices are improved to a fixed point in a fixed order, so the result is the same on every run.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use egg::Id;

use super::facts::Graph;
use super::interval::Interval;
use super::price::{self, cost};
use crate::ir::{Dag, Node};

/// A chosen node and every class that computing it takes, with what each adds.
#[derive(Clone)]
struct Choice {
    node: Node,
    /// Class → own cost. Shared between the choices that contain it.
    needs: Rc<BTreeMap<Id, u64>>,
    total: u64,
    /// Whether the value depends on a variable; if not, it is evaluated when code is generated.
    varies: bool,
}

/// What is chosen for each class.
type Choices = BTreeMap<Id, Choice>;

/// The graph over `variables` whose outputs are the classes `roots`.
pub(super) fn extract(graph: &Graph, roots: &[Id], variables: &[String]) -> Dag {
    let classes = classes(graph);
    let roots: Vec<Id> = roots.iter().map(|&root| graph.find(root)).collect();
    let alone = choose(graph, &classes, Choices::new());
    let mut best = build_all(graph, &alone, &roots, variables);
    if roots.len() > 1 {
        for root in &roots {
            let paid = alone[root]
                .needs
                .keys()
                .map(|id| (*id, alone[id].paid()))
                .collect();
            let choices = choose(graph, &classes, paid);
            let built = build_all(graph, &choices, &roots, variables);
            if cost(&built) < cost(&best) {
                best = built;
            }
        }
    }
    best
}

fn build_all(graph: &Graph, choices: &Choices, roots: &[Id], variables: &[String]) -> Dag {
    let mut dag = Dag::new(variables.to_vec());
    let mut built = BTreeMap::new();
    let outputs = roots
        .iter()
        .map(|&root| build(graph, choices, root, &mut dag, &mut built));
    let outputs: Vec<Id> = outputs.collect();
    dag.roots = outputs;
    dag.compact()
}

/// Every class with its nodes, in a fixed order.
fn classes(graph: &Graph) -> Vec<(Id, Vec<Node>)> {
    let nodes = |nodes: &[Node]| {
        let mut nodes: Vec<Node> = nodes
            .iter()
            .map(|node| node.map(|id| graph.find(id)))
            .collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    };
    let mut classes: Vec<(Id, Vec<Node>)> = graph
        .classes()
        .map(|class| (class.id, nodes(&class.nodes)))
        .collect();
    classes.sort_unstable_by_key(|(id, _)| *id);
    classes
}

impl Choice {
    /// The same choice, computed already.
    fn paid(&self) -> Self {
        Self {
            needs: Rc::default(),
            total: 0,
            ..self.clone()
        }
    }
}

/// The best node of every class, where those in `paid` are decided and computed already.
fn choose(graph: &Graph, classes: &[(Id, Vec<Node>)], paid: Choices) -> Choices {
    let decided: BTreeSet<Id> = paid.keys().copied().collect();
    let mut choices = paid;
    loop {
        let mut improved = false;
        for (id, nodes) in classes.iter().filter(|(id, _)| !decided.contains(id)) {
            for node in nodes {
                let Some(found) = candidate(graph, &choices, *id, node) else {
                    continue;
                };
                let better = choices.get(id).is_none_or(|best| found.total < best.total);
                if better {
                    choices.insert(*id, found);
                    improved = true;
                }
            }
        }
        if !improved {
            return choices;
        }
    }
}

/// The cost of computing class `id` by `node`, unless an argument has no choice yet or would need the class itself.
fn candidate(graph: &Graph, choices: &Choices, id: Id, node: &Node) -> Option<Choice> {
    let mut below: Vec<&Choice> = Vec::with_capacity(3);
    for argument in node.arguments() {
        let choice = choices.get(argument)?;
        if *argument == id || choice.needs.contains_key(&id) {
            return None;
        }
        below.push(choice);
    }
    let varies = match node {
        Node::Number(_) => false,
        Node::Variable(_) => true,
        Node::Apply(..) => below.iter().any(|choice| choice.varies),
    };
    let own = match node {
        Node::Apply(op, _) if varies => {
            let intervals: Vec<Interval> = node
                .arguments()
                .iter()
                .map(|&a| graph[a].data.interval)
                .collect();
            price::operation(*op, &intervals)
        }
        _ => 0,
    };
    let mut needs = match below.first() {
        Some(first) => (*first.needs).clone(),
        None => BTreeMap::new(),
    };
    for choice in below.iter().skip(1) {
        for (&class, &cost) in choice.needs.iter() {
            needs.entry(class).or_insert(cost);
        }
    }
    // Ties fall to the form with fewer arguments and signs: `relu(x)` before `max(x, 0)`, `a + b` before `a - -1 * b`.
    let signs = matches!(node, Node::Number(number) if number.is_negative());
    let clutter = node.arguments().len() as u64 + u64::from(signs);
    needs.insert(id, own * SCALE + clutter);
    let total = needs.values().sum();
    Some(Choice {
        node: node.clone(),
        needs: Rc::new(needs),
        total,
        varies,
    })
}

/// Costs are scaled so that the count of arguments decides only between equal costs.
const SCALE: u64 = 1 << 20;

fn build(
    graph: &Graph,
    choices: &Choices,
    id: Id,
    dag: &mut Dag,
    built: &mut BTreeMap<Id, Id>,
) -> Id {
    if let Some(&place) = built.get(&id) {
        return place;
    }
    let node = choices[&id].node.clone();
    let arguments: Vec<Id> = node
        .arguments()
        .iter()
        .map(|&argument| build(graph, choices, graph.find(argument), dag, built))
        .collect();
    let mut arguments = arguments.into_iter();
    let place = dag.add(node.map(|id| arguments.next().unwrap_or(id)));
    built.insert(id, place);
    place
}
