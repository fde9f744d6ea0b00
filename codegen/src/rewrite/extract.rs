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
use super::region::Region;
use crate::ir::{Dag, Node};

/// A chosen node and every class that computing it takes, with what each adds.
#[derive(Clone)]
struct Choice {
    node: Node,
    /// The classes, in order, each with its own cost. Choices are cloned often, this list is not.
    needs: Rc<[(Id, u64)]>,
    total: u64,
    /// Whether the value depends on a variable; if not, it is evaluated when code is generated.
    varies: bool,
}

/// What is chosen for each class.
type Choices = BTreeMap<Id, Choice>;

/// The graph over `variables` whose outputs are the classes `roots`.
pub(super) fn extract(graph: &Graph, roots: &[Id], variables: &[String], region: &Region) -> Dag {
    let classes = classes(graph);
    let roots: Vec<Id> = roots.iter().map(|&root| graph.find(root)).collect();
    let alone = choose(graph, &classes, Choices::new());
    let mut best = build_all(graph, &alone, &roots, variables);
    if roots.len() > 1 {
        for root in &roots {
            let mut paid = Choices::new();
            pay(&alone, *root, &mut paid);
            let choices = choose(graph, &classes, paid);
            let built = build_all(graph, &choices, &roots, variables);
            if cost(&built, region) < cost(&best, region) {
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

/// Adds the class and everything that its choice is built from, as computed already. What is paid for depends on nothing that
/// is not, so later choices cannot close a cycle through it.
fn pay(choices: &Choices, id: Id, paid: &mut Choices) {
    if paid.contains_key(&id) {
        return;
    }
    let choice = Choice {
        needs: Rc::from([]),
        total: 0,
        ..choices[&id].clone()
    };
    for argument in choices[&id].node.arguments() {
        pay(choices, *argument, paid);
    }
    paid.insert(id, choice);
}

/// The best node of every class, where those in `paid` are decided and computed already.
fn choose(graph: &Graph, classes: &[(Id, Vec<Node>)], paid: Choices) -> Choices {
    let decided: BTreeSet<Id> = paid.keys().copied().collect();
    let mut choices = paid;
    loop {
        let mut improved = false;
        for (id, nodes) in classes.iter().filter(|(id, _)| !decided.contains(id)) {
            for node in nodes {
                let limit = choices.get(id).map_or(u64::MAX, |best| best.total);
                if let Some(found) = candidate(graph, &choices, *id, node, limit) {
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

/// The choice of `node` for class `id`, if every argument has a choice and the total stays below `limit`. An operation costs
/// more than each of its arguments and totals only fall, so choices never form a cycle.
fn candidate(graph: &Graph, choices: &Choices, id: Id, node: &Node, limit: u64) -> Option<Choice> {
    let mut below: Vec<&Choice> = Vec::with_capacity(3);
    for argument in node.arguments() {
        below.push(choices.get(argument).filter(|_| *argument != id)?);
    }
    let varies = match node {
        Node::Number(_) => false,
        Node::Variable(_) => true,
        Node::Apply(..) => below.iter().any(|choice| choice.varies),
    };
    let work = match node {
        Node::Apply(op, _) if varies => {
            let fact = |id: &Id| graph[*id].data.interval;
            let intervals: Vec<Interval> = node.arguments().iter().map(fact).collect();
            price::operation(*op, &intervals)
        }
        _ => 0,
    };
    // Ties fall to the form with fewer arguments and signs: `relu(x)` before `max(x, 0)`, `a + b` before `a - -1 * b`.
    let signs = matches!(node, Node::Number(number) if number.is_negative());
    let clutter = node.arguments().len() as u64 + u64::from(signs);
    let own = work * SCALE + clutter;
    // The union of needs costs at least the dearest of them: most candidates end here.
    let dearest = below.iter().map(|choice| choice.total).max().unwrap_or(0);
    if own + dearest >= limit {
        return None;
    }
    let mut needs = vec![(id, own)];
    for choice in below {
        needs = union(&needs, &choice.needs);
    }
    let total = needs.iter().map(|(_, cost)| cost).sum();
    (total < limit).then(|| Choice {
        node: node.clone(),
        needs: needs.into(),
        total,
        varies,
    })
}

/// Both lists merged, in order, each class once.
fn union(a: &[(Id, u64)], b: &[(Id, u64)]) -> Vec<(Id, u64)> {
    let mut merged = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while let (Some(&left), Some(&right)) = (a.get(i), b.get(j)) {
        merged.push(if left.0 <= right.0 { left } else { right });
        i += usize::from(left.0 <= right.0);
        j += usize::from(right.0 <= left.0);
    }
    merged.extend_from_slice(&a[i..]);
    merged.extend_from_slice(&b[j..]);
    merged
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
