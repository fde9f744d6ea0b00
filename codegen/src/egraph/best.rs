//! The best form so far, and whether the next is better: cheaper, and no worse at any argument that was tried.

use super::classes::Graph;
use super::extract::Avoided;
use super::price::{CostModel, cost};
use crate::analysis::{Judge, Region, Witness};
use crate::ir::{Dag, Id, Node};
use crate::ops::Op;

/// A form that is worse than the original at a point.
pub(super) struct RefusedForm {
    form: Dag,
    point: Vec<f64>,
}

impl RefusedForm {
    /// Notes the classes whose value leaves the range of a format at the point, and what uses them, unless `better` has them too.
    /// Whether there is anything new.
    pub(super) fn avoid(&self, graph: &Graph, better: &Dag, avoid: &mut Avoided) -> bool {
        let (own, kept) = (Placed::new(graph, &self.form), Placed::new(graph, better));
        let strained = Judge::strained(&self.form, &self.point);
        let classes = strained
            .iter()
            .filter_map(|&id| own.classes[usize::from(id)]);
        let classes = classes.filter(|class| !kept.classes.contains(&Some(*class)));
        let uses = |node: &Node| node.arguments().iter().any(|a| strained.contains(a));
        let users = self.form.nodes().iter().zip(&own.nodes);
        let users = users.filter(|(node, _)| uses(node));
        let users = users.filter_map(|(_, known)| known.clone());
        let users = users.filter(|node| !kept.nodes.contains(&Some(node.clone())));
        let known = (avoid.classes.len(), avoid.nodes.len());
        avoid.classes.extend(classes);
        avoid.nodes.extend(users);
        known != (avoid.classes.len(), avoid.nodes.len())
    }
}

/// The nodes of a graph as the e-graph has them, and their classes; none for what it does not have.
struct Placed {
    nodes: Vec<Option<Node>>,
    classes: Vec<Option<Id>>,
}

impl Placed {
    fn new(graph: &Graph, dag: &Dag) -> Self {
        let mut placed = Self {
            nodes: Vec::with_capacity(dag.nodes().len()),
            classes: Vec::with_capacity(dag.nodes().len()),
        };
        for node in dag.nodes() {
            let class = |id: &Id| placed.classes[usize::from(*id)];
            let known = node.arguments().iter().all(|id| class(id).is_some());
            let node = known.then(|| node.map(|id| class(&id).unwrap_or(id)));
            let class = node.clone().and_then(|node| graph.lookup(node));
            placed.nodes.push(node);
            placed.classes.push(class);
        }
        placed
    }
}

/// The best form so far, and the judge of the next.
pub(super) struct Best<'a> {
    judge: Judge<'a>,
    region: &'a Region,
    cost_model: CostModel,
    pub(super) form: Dag,
    price: (f64, usize),
    pub(super) steps: Vec<Dag>,
    pub(super) refused: Option<Witness>,
}

impl<'a> Best<'a> {
    pub(super) fn new(dag: &'a Dag, region: &'a Region, cost_model: CostModel) -> Self {
        let judge = Judge::new(dag, region);
        let bits_lost = judge.assess_original();
        Self::of(judge, dag, bits_lost, region, cost_model)
    }

    /// Begins with `start`, the value in another form with the derivatives of that, which are other numbers at kinks; `None` if it is
    /// worse than `dag` elsewhere.
    pub(super) fn starting_from(
        dag: &'a Dag,
        start: &Dag,
        region: &'a Region,
        cost_model: CostModel,
    ) -> Option<Self> {
        let judge = Judge::new(dag, region).with_free_kinks();
        let bits_lost = judge.assess(start).ok()?;
        Some(Self::of(judge, start, bits_lost, region, cost_model))
    }

    fn of(
        judge: Judge<'a>,
        form: &Dag,
        bits_lost: f64,
        region: &'a Region,
        cost_model: CostModel,
    ) -> Self {
        let form = form.compact();
        Self {
            judge,
            region,
            cost_model,
            price: price(&form, bits_lost, region, cost_model),
            form,
            steps: Vec::new(),
            refused: None,
        }
    }

    /// Takes `form` if it is better; an error if it is not safe to take, though worth it.
    pub(super) fn consider(&mut self, form: Dag) -> Result<(), Box<RefusedForm>> {
        let form = form.without_decided_choices();
        if cost(&form, self.region, self.cost_model) as f64 > self.price.0
            || self.form == form
            || !is_readable(&form)
        {
            return Ok(());
        }
        let bits_lost = match self.judge.assess(&form) {
            Ok(bits_lost) => bits_lost,
            Err(witness) => {
                let point = witness.point.clone();
                self.refused.get_or_insert(witness);
                return Err(Box::new(RefusedForm { form, point }));
            }
        };
        let price = price(&form, bits_lost, self.region, self.cost_model);
        if price < self.price {
            self.price = price;
            self.steps.push(form.clone());
            self.form = form;
        }
        Ok(())
    }
}

/// Whether the text of a form reads back: a literal 0 that something is divided by does not. Such a form has no value anywhere.
fn is_readable(form: &Dag) -> bool {
    let is_zero = |id: &Id| matches!(form.node(*id), Node::Number(number) if number.is_zero());
    !form.nodes().iter().any(|node| match node {
        Node::Apply(Op::Div | Op::Celu, [_, divisor, _]) => is_zero(divisor),
        Node::Apply(..) | Node::Number(_) | Node::Variable(_) => false,
    })
}

/// What forms are compared by: the cost, which lost digits raise, and then how much there is to read. Losing one bit on the
/// mean outweighs a tenth of the cost, so only forms of nearly one cost are told apart by their digits.
pub(super) fn price(
    form: &Dag,
    bits_lost: f64,
    region: &Region,
    cost_model: CostModel,
) -> (f64, usize) {
    let cost = cost(form, region, cost_model) as f64;
    (cost * (1.0 + 0.1 * bits_lost), form.arguments())
}
