//! Extraction: the cheapest graph that computes all roots, where a class that several need is paid for once.
//!
//! Greedy on shared costs: the cost of a node is that of the *set* of classes below it, so sharing counts while choosing.
//! Choices are improved to a fixed point in a fixed order; ties fall to the smaller node.

use std::collections::BTreeMap;
use std::rc::Rc;

use egg::{Id, Language};

use super::facts::Graph;
use super::interval::Interval;
use super::price;
use crate::ir::{Dag, Node};

/// A chosen node and every class that computing it takes, with what each adds.
struct Choice {
    node: Node,
    /// Class → own cost. Shared between the choices that contain it.
    needs: Rc<BTreeMap<Id, u64>>,
    total: u64,
}

/// The graph over `variables` whose outputs are the classes `roots`.
pub(super) fn extract(graph: &Graph, roots: &[Id], variables: &[String]) -> Dag {
    let choices = choose(graph);
    let mut dag = Dag::new(variables.to_vec());
    let mut built = BTreeMap::new();
    dag.roots = roots
        .iter()
        .map(|&root| build(graph, &choices, graph.find(root), &mut dag, &mut built))
        .collect();
    dag.compact()
}

fn choose(graph: &Graph) -> BTreeMap<Id, Choice> {
    let mut classes: Vec<(Id, Vec<Node>)> = graph
        .classes()
        .map(|class| {
            let mut nodes: Vec<Node> = class
                .nodes
                .iter()
                .map(|node| node.map(|id| graph.find(id)))
                .collect();
            nodes.sort_unstable();
            nodes.dedup();
            (class.id, nodes)
        })
        .collect();
    classes.sort_unstable_by_key(|(id, _)| *id);
    let mut choices: BTreeMap<Id, Choice> = BTreeMap::new();
    loop {
        let mut improved = false;
        for (id, nodes) in &classes {
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
fn candidate(graph: &Graph, choices: &BTreeMap<Id, Choice>, id: Id, node: &Node) -> Option<Choice> {
    let own = match node {
        Node::Number(_) | Node::Variable(_) => 0,
        // A class of one value is evaluated when code is generated.
        Node::Apply(op, _) => {
            let constant = node
                .arguments()
                .iter()
                .all(|&a| is_constant(graph, choices, a));
            let intervals: Vec<Interval> = node
                .arguments()
                .iter()
                .map(|&a| graph[a].data.interval)
                .collect();
            if constant {
                0
            } else {
                price::operation(*op, &intervals)
            }
        }
    };
    let mut below: Vec<&Choice> = Vec::with_capacity(3);
    for argument in node.children() {
        let choice = choices.get(argument)?;
        if *argument == id || choice.needs.contains_key(&id) {
            return None;
        }
        below.push(choice);
    }
    let mut needs = match below.first() {
        Some(first) => (*first.needs).clone(),
        None => BTreeMap::new(),
    };
    for choice in below.iter().skip(1) {
        for (&class, &cost) in choice.needs.iter() {
            needs.entry(class).or_insert(cost);
        }
    }
    // Ties fall to the form with fewer arguments: `relu(x)` before `max(x, 0)`.
    needs.insert(id, own * SCALE + node.children().len() as u64);
    let total = needs.values().sum();
    Some(Choice {
        node: node.clone(),
        needs: Rc::new(needs),
        total,
    })
}

/// Costs are scaled so that the count of arguments decides only between equal costs.
const SCALE: u64 = 1 << 20;

fn is_constant(graph: &Graph, choices: &BTreeMap<Id, Choice>, id: Id) -> bool {
    let value_is_known = graph[id].data.constant.is_some();
    value_is_known
        || choices
            .get(&id)
            .is_some_and(|choice| choice.total < SCALE && !matches!(choice.node, Node::Variable(_)))
}

fn build(
    graph: &Graph,
    choices: &BTreeMap<Id, Choice>,
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
