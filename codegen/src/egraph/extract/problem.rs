//! Extraction as a problem on numbers: classes, the ways to compute each, and what each way costs and needs.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::analysis::Interval;
use crate::egraph::classes::Graph;
use crate::egraph::price;
use crate::ir::{Dag, Id, Node};
use crate::ops::Op;

use super::Wish;

/// Costs are scaled so that clutter decides only between equal costs.
const SCALE: u64 = 1 << 16;
/// What a way costs that is to be avoided: more than any form.
const AVOIDED: u64 = 1 << 46;

/// One way to compute a class: an e-node.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// The node; its arguments are classes of the e-graph.
    pub node: Node,
    /// What it adds to the total.
    pub cost: u64,
    /// The classes of the problem that it needs, each once.
    pub needs: Vec<usize>,
}

/// Something to compute once, for all that need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// A class of the e-graph.
    Class(Id),
    /// The steps that operations on the argument have in common with this one.
    Common(Op, Id),
}

/// The classes that the roots can need, each with its ways.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// The ways of each class.
    pub classes: Vec<Vec<Way>>,
    /// The classes to compute.
    pub roots: Vec<usize>,
    /// What each stands for.
    pub parts: Vec<Part>,
}

/// For each class the index of its way, where it is needed.
pub(super) type Choice = Vec<Option<usize>>;

impl Problem {
    /// The problem of computing `roots`; any detour is cheaper than what is to be avoided.
    pub(super) fn new(graph: &Graph, roots: &[Id], wish: &Wish<'_>) -> Self {
        let (avoid, common_cost) = (wish.avoid, price::common_cost(wish.cost_model));
        let mut indices: BTreeMap<Part, usize> = BTreeMap::new();
        let mut order: Vec<Part> = Vec::new();
        let mut index = |part: Part, order: &mut Vec<Part>| {
            *indices.entry(part).or_insert_with(|| {
                order.push(part);
                order.len() - 1
            })
        };
        let roots: Vec<usize> = roots
            .iter()
            .map(|&root| index(Part::Class(graph.find(root)), &mut order))
            .collect();
        let mut classes: Vec<Vec<Way>> = Vec::new();
        let lengths = lengths(graph);
        while let Some(&part) = order.get(classes.len()) {
            let id = match part {
                Part::Class(id) => id,
                Part::Common(op, argument) => {
                    classes.push(vec![Way {
                        node: Node::apply(op, &[argument]),
                        cost: SCALE * common_cost,
                        needs: vec![index(Part::Class(argument), &mut order)],
                    }]);
                    continue;
                }
            };
            let class = &graph[id];
            let mut nodes: Vec<Node> = class
                .nodes
                .iter()
                .map(|node| node.map(|id| graph.find(id)))
                .collect();
            nodes.sort_unstable();
            nodes.dedup();
            let fixed = |node: &Node| node.arguments().iter().all(|a| !graph[*a].data.varies);
            let shunned_class = avoid.classes.contains(&id);
            if class.data.constant.is_some() {
                // The literal says it all.
                nodes.retain(|node| matches!(node, Node::Number(_)));
            } else if !class.data.varies {
                // What does not depend on the input is evaluated once; a form that mentions the input would not be.
                nodes.retain(|node| match node {
                    Node::Number(_) => true,
                    Node::Variable(index) => *index != 0,
                    Node::Apply(..) => fixed(node),
                });
            }
            let mut ways: Vec<Way> = Vec::with_capacity(nodes.len());
            for node in nodes {
                if node.arguments().contains(&id) {
                    continue; // a way through itself is none
                }
                let mut work = work(graph, &node, class.data.varies, wish);
                let mut needs: Vec<usize> = node
                    .arguments()
                    .iter()
                    .map(|&a| index(Part::Class(a), &mut order))
                    .collect();
                if let Node::Apply(op, [argument, ..]) = node
                    && let Some(common) = price::common(op)
                    && class.data.varies
                {
                    work -= common_cost;
                    needs.push(index(Part::Common(common, argument), &mut order));
                }
                let shunned = shunned_class || avoid.nodes.contains(&node);
                let cost =
                    SCALE * work + clutter(&node, &lengths) + if shunned { AVOIDED } else { 0 };
                needs.sort_unstable();
                needs.dedup();
                ways.push(Way { node, cost, needs });
            }
            classes.push(ways);
        }
        Self {
            classes,
            roots,
            parts: order,
        }
    }

    /// What a choice costs; `None` if it lacks a class or goes in a circle.
    pub(super) fn cost(&self, choice: &Choice) -> Option<u64> {
        let order = self.order(choice)?;
        Some(
            order
                .into_iter()
                .filter_map(|class| Some(self.classes[class][choice[class]?].cost))
                .sum(),
        )
    }

    /// The classes that a choice computes, arguments first.
    fn order(&self, choice: &Choice) -> Option<Vec<usize>> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        let mut marks = vec![Mark::New; self.classes.len()];
        let mut order = Vec::new();
        // Every class is on the stack once to be opened and once to be closed.
        let mut stack: Vec<(usize, bool)> =
            self.roots.iter().rev().map(|&root| (root, false)).collect();
        while let Some((class, closing)) = stack.pop() {
            if closing {
                marks[class] = Mark::Done;
                order.push(class);
                continue;
            }
            match marks[class] {
                Mark::Done => continue,
                Mark::Open => return None,
                Mark::New => marks[class] = Mark::Open,
            }
            stack.push((class, true));
            for &need in self.classes[class].get(choice[class]?)?.needs.iter().rev() {
                match marks[need] {
                    Mark::Open => return None,
                    Mark::New => stack.push((need, false)),
                    Mark::Done => {}
                }
            }
        }
        Some(order)
    }

    /// The graph of a choice.
    pub(super) fn build(&self, choice: &Choice, variables: &[String]) -> Dag {
        let mut dag = Dag::new(variables.to_vec());
        let mut built: BTreeMap<Part, Id> = BTreeMap::new();
        let order = self
            .order(choice)
            .expect("extraction makes complete choices without circles");
        for class in order {
            let part = self.parts[class];
            if matches!(part, Part::Common(..)) {
                continue;
            }
            let way = &self.classes[class][choice[class].expect("an ordered class has a way")];
            let id = dag.add(way.node.map(|id| built[&Part::Class(id)]));
            built.insert(part, id);
        }
        dag.roots = self
            .roots
            .iter()
            .map(|&root| built[&self.parts[root]])
            .collect();
        dag.compact()
    }
}

/// The work of one node for each value of the input.
fn work(graph: &Graph, node: &Node, varies: bool, wish: &Wish<'_>) -> u64 {
    match node {
        Node::Apply(op, _) if varies => {
            let intervals: Vec<Interval> = node
                .arguments()
                .iter()
                .map(|id| graph[*id].data.interval)
                .collect();
            wish.price(*op, &intervals)
        }
        Node::Apply(..) | Node::Number(_) | Node::Variable(_) => 0,
    }
}

/// Ties fall to the form with fewer arguments and signs, and with shorter arguments of functions: `relu(x)` before `max(x, 0)`, `a + b` before
/// `a - -1 * b`, and the sign of `x` before that of a long term.
fn clutter(node: &Node, lengths: &FxHashMap<Id, u64>) -> u64 {
    let signs = matches!(node, Node::Number(number) if number.is_negative());
    let length: u64 = match node {
        Node::Number(_) | Node::Variable(_) => 0,
        // The order of sums and products says nothing of what is read.
        Node::Apply(
            Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Neg | Op::Square | Op::Cube | Op::Powi,
            _,
        ) => 0,
        Node::Apply(..) => {
            let arguments = node.arguments().iter();
            arguments.filter_map(|id| lengths.get(id)).sum()
        }
    };
    1 + node.arguments().len() as u64 + u64::from(signs) + length
}

/// How many operations other than signs the shortest term of each class has, as far as that matters to a reader.
fn lengths(graph: &Graph) -> FxHashMap<Id, u64> {
    const LONGEST: u64 = 60;
    let mut lengths: FxHashMap<Id, u64> = FxHashMap::default();
    let mut changed = true;
    while changed {
        changed = false;
        for class in graph.classes() {
            let length = |node: &Node| {
                let is_read = matches!(node, Node::Apply(op, _) if *op != Op::Neg);
                let mut sum = u64::from(is_read);
                for argument in node.arguments() {
                    sum += lengths.get(&graph.find(*argument))?;
                }
                Some(sum.min(LONGEST))
            };
            let Some(shortest) = class.nodes.iter().filter_map(length).min() else {
                continue;
            };
            let known = lengths.insert(class.id, shortest);
            changed |= known != Some(shortest);
        }
    }
    lengths
}
