//! Functions in their smooth pieces: which branch each comparison takes, and the graph that is left when it is taken.

use std::cmp::Ordering;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::difference::absorbed;
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;
use crate::syntax::of_row;

/// What two sides of a comparison differ by, up to a positive factor: comparisons of one switch change together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Switch {
    /// The input less a number.
    Input(Number),
    /// One node less another.
    Nodes(Id, Id),
}

/// Two functions of one variable over the same switches.
pub(super) struct Pieces {
    /// Both, made of smooth operations, comparisons, minima, maxima and choices alone.
    pub(super) dag: Dag,
    pub(super) switches: Vec<Switch>,
    /// The switch of each node that compares, and whether its sides change places.
    compared: FxHashMap<Id, (usize, bool)>,
}

/// How each switch stands; `None` where that is not known.
pub(super) type Signature = Vec<Option<Ordering>>;

/// Whether the operation, or a derivative of it, is made of pieces that its definition shows.
fn is_made_of_pieces(op: Op) -> bool {
    !op.is_analytic() && definition(op).is_some()
}

/// The definition of an operation as a graph.
fn definition(op: Op) -> Option<&'static Dag> {
    static GRAPHS: LazyLock<Vec<Option<Dag>>> = LazyLock::new(|| {
        let graph = |op: &Op| {
            let row = op.row();
            row.definition.or(row.reference).map(of_row)
        };
        Op::ALL.iter().map(graph).collect()
    });
    GRAPHS[op as usize].as_ref()
}

/// The graph with every operation that is made of pieces written out.
fn expanded(dag: &Dag) -> Dag {
    let mut current = dag.clone();
    loop {
        let mut next = Dag::new(current.variables.clone());
        let mut ids: Vec<Id> = Vec::with_capacity(current.nodes().len());
        let mut changed = false;
        for node in current.nodes() {
            let node = node.map(|id| ids[usize::from(id)]);
            let id = match &node {
                Node::Apply(op, _) if is_made_of_pieces(*op) => match definition(*op) {
                    Some(graph) => {
                        changed = true;
                        let mut arguments = node.arguments().to_vec();
                        arguments.resize(graph.variables.len(), arguments[0]);
                        next.inline(graph, &arguments)[0]
                    }
                    None => next.add(node),
                },
                Node::Apply(..) | Node::Number(_) | Node::Variable(_) => next.add(node),
            };
            ids.push(id);
        }
        let roots = current.roots.iter().map(|&root| ids[usize::from(root)]);
        next.roots = roots.collect();
        current = next.compact();
        if !changed {
            return current;
        }
    }
}

/// `slope · x + offset`, where each node of a graph is that with rational numbers.
fn affine(dag: &Dag) -> Vec<Option<(Number, Number)>> {
    let mut known: Vec<Option<(Number, Number)>> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let of = |id: Id| known[usize::from(id)].as_ref();
        let form = match node {
            Node::Number(number) => Some((Number::zero(), number.clone())),
            Node::Variable(_) => Some((Number::one(), Number::zero())),
            Node::Apply(op, [a, b, _]) => match op {
                Op::Neg => of(*a).map(|(s, t)| (s.neg(), t.neg())),
                Op::Add => of(*a)
                    .zip(of(*b))
                    .and_then(|((s, t), (u, v))| s.add(u).zip(t.add(v))),
                Op::Sub => of(*a)
                    .zip(of(*b))
                    .and_then(|((s, t), (u, v))| s.sub(u).zip(t.sub(v))),
                Op::Mul => of(*a).zip(of(*b)).and_then(|((s, t), (u, v))| {
                    let (factor, (s, t)) = match (s.is_zero(), u.is_zero()) {
                        (true, _) => (t, (u, v)),
                        (_, true) => (v, (s, t)),
                        _ => return None,
                    };
                    s.mul(factor).zip(t.mul(factor))
                }),
                Op::Div => of(*a).zip(of(*b)).and_then(|((s, t), (u, v))| {
                    let quotient = s.div(v).zip(t.div(v));
                    quotient.filter(|_| u.is_zero())
                }),
                _ => None,
            },
        };
        known.push(form);
    }
    known
}

impl Pieces {
    /// Of the first outputs of two graphs of one variable.
    pub(super) fn new(left: &Dag, right: &Dag) -> Self {
        let mut both = Dag::new(vec!["x".to_owned()]);
        let x = both.variable(0);
        both.roots = [left, right]
            .iter()
            .map(|dag| both.inline(dag, &[x])[0])
            .collect();
        let mut dag = expanded(&both);
        let zero = dag.number(Number::zero());
        let lines = affine(&dag);
        let mut pieces = Self {
            switches: Vec::new(),
            compared: FxHashMap::default(),
            dag,
        };
        for index in 0..pieces.dag.nodes().len() {
            let id = Id::from(index);
            let sides = match pieces.dag.node(id) {
                Node::Apply(Op::Min | Op::Max | Op::Lt | Op::Le | Op::Eq, [a, b, _]) => (*a, *b),
                Node::Apply(Op::Sign, [a, ..]) => (*a, zero),
                Node::Apply(..) | Node::Number(_) | Node::Variable(_) => continue,
            };
            pieces.compare(id, sides, zero, &lines);
        }
        pieces
    }

    /// Files what the sides of a comparison are under their switch.
    fn compare(&mut self, id: Id, (a, b): (Id, Id), zero: Id, lines: &[Option<(Number, Number)>]) {
        let (a, b) = (self.unclamped(a, b), self.unclamped(b, a));
        let of = |id: Id| lines[usize::from(id)].as_ref();
        let line = of(a)
            .zip(of(b))
            .and_then(|((s, t), (u, v))| s.sub(u).zip(v.sub(t)));
        let root = line.and_then(|(slope, offset)| {
            let root = offset.div(&slope)?;
            Some((root, slope.is_negative()))
        });
        let (switch, turned) = match root {
            Some((root, turned)) => (Switch::Input(root), turned),
            None => {
                // What is against its negative is against 0, and a difference against 0 its sides against each other.
                let negated = |a: Id, b: Id| *self.dag.node(b) == Node::apply(Op::Neg, &[a]);
                let (a, b) = match (negated(a, b), negated(b, a)) {
                    (true, _) => (a, zero),
                    (_, true) => (zero, b),
                    _ => (a, b),
                };
                let (a, b) = match (self.dag.node(a), self.dag.node(b)) {
                    (Node::Apply(Op::Sub, [u, v, _]), _) if b == zero => (*u, *v),
                    (_, Node::Apply(Op::Sub, [u, v, _])) if a == zero => (*v, *u),
                    _ => (a, b),
                };
                (Switch::Nodes(a.min(b), a.max(b)), b < a)
            }
        };
        let known = self.switches.iter().position(|known| *known == switch);
        let index = known.unwrap_or_else(|| {
            self.switches.push(switch);
            self.switches.len() - 1
        });
        self.compared.insert(id, (index, turned));
    }

    /// What stands for `a` in a comparison with `b`: a bound by a number on the other side of the number `b` changes nothing.
    fn unclamped(&self, mut a: Id, b: Id) -> Id {
        let Node::Number(limit) = self.dag.node(b) else {
            return a;
        };
        while let Node::Apply(op @ (Op::Min | Op::Max), [u, v, _]) = self.dag.node(a) {
            let beyond = |id: &Id| match self.dag.node(*id) {
                Node::Number(bound) if *op == Op::Max => bound < limit,
                Node::Number(bound) => bound > limit,
                Node::Variable(_) | Node::Apply(..) => false,
            };
            a = match (beyond(u), beyond(v)) {
                (_, true) => *u,
                (true, _) => *v,
                _ => return a,
            };
        }
        a
    }

    /// Both functions with the branches taken that a signature says; the switch on which they depend and that it does not know.
    pub(super) fn resolve(&self, signature: &Signature) -> Result<Dag, usize> {
        self.resolve_nodes(&self.dag.roots, signature)
    }

    /// The same of these nodes, as the outputs of a graph.
    pub(super) fn resolve_nodes(&self, nodes: &[Id], signature: &Signature) -> Result<Dag, usize> {
        let mut out = Dag::new(self.dag.variables.clone());
        let mut memo: Vec<Option<Id>> = vec![None; self.dag.nodes().len()];
        let roots: Result<Vec<Id>, usize> = nodes
            .iter()
            .map(|&root| self.taken(root, signature, &mut out, &mut memo))
            .collect();
        out.roots = roots?;
        Ok(out)
    }

    fn taken(
        &self,
        id: Id,
        signature: &Signature,
        out: &mut Dag,
        memo: &mut Vec<Option<Id>>,
    ) -> Result<Id, usize> {
        if let Some(known) = memo[usize::from(id)] {
            return Ok(known);
        }
        let node = self.dag.node(id);
        let stands = || {
            let (switch, turned) = self.compared[&id];
            let order = signature[switch].ok_or(switch)?;
            Ok::<Ordering, usize>(if turned { order.reverse() } else { order })
        };
        let truth = |holds: bool| Number::from(i32::from(holds));
        let result = match node {
            Node::Number(number) => out.number(number.clone()),
            Node::Variable(index) => out.variable(*index),
            Node::Apply(Op::Min, [a, b, _]) => {
                let first = stands()?.is_le();
                self.taken(if first { *a } else { *b }, signature, out, memo)?
            }
            Node::Apply(Op::Max, [a, b, _]) => {
                let first = stands()?.is_ge();
                self.taken(if first { *a } else { *b }, signature, out, memo)?
            }
            Node::Apply(Op::Lt, _) => out.number(truth(stands()?.is_lt())),
            Node::Apply(Op::Le, _) => out.number(truth(stands()?.is_le())),
            Node::Apply(Op::Eq, _) => out.number(truth(stands()?.is_eq())),
            Node::Apply(Op::Sign, _) => out.number(Number::from(stands()? as i32)),
            Node::Apply(Op::If, [condition, then, otherwise]) => {
                let condition = self.taken(*condition, signature, out, memo)?;
                let branch = match out.node(condition) {
                    Node::Number(number) if number.is_zero() => *otherwise,
                    Node::Number(_) => *then,
                    // Not a comparison: no signature decides it.
                    Node::Variable(_) | Node::Apply(..) => return Err(usize::MAX),
                };
                self.taken(branch, signature, out, memo)?
            }
            Node::Apply(op, _) => {
                let mut arguments = Vec::with_capacity(3);
                for &argument in node.arguments() {
                    arguments.push(self.taken(argument, signature, out, memo)?);
                }
                absorbed(out, *op, &arguments)
            }
        };
        memo[usize::from(id)] = Some(result);
        Ok(result)
    }

    /// How many switches there are.
    pub(super) fn len(&self) -> usize {
        self.switches.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(left: &str, right: &str) -> Pieces {
        Pieces::new(&Dag::parse(left).unwrap(), &Dag::parse(right).unwrap())
    }

    /// One kink is one switch, however it is written.
    #[test]
    fn kinks_at_one_place_change_together() {
        for (left, right, count) in [
            ("relu(x)", "abs(x)", 1),
            ("max(0.1 * x - 0.3, 0)", "if x < 3 { 0 } else { 1 }", 1),
            ("relu(3 - x)", "relu(x - 3)", 1),
            ("hardswish(x)", "hardsigmoid(x)", 2),
            ("relu(sin(x))", "abs(sin(x))", 1),
            ("max(sin(x), cos(x))", "abs(cos(x) - sin(x))", 1),
            ("clamp(x, 0, 3)", "relu(x - 3)", 2),
            ("relu(x)", "relu(x - 1)", 2),
            ("silu(x)", "softplus(x)", 0),
        ] {
            assert_eq!(pieces(left, right).len(), count, "{left} and {right}");
        }
    }
}
