//! Functions in their smooth pieces: which branch each comparison takes, and the graph that is left when it is taken.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::analysis::{Encloser, Interval};
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::{Op, fold};
use crate::syntax::of_row;

/// How many intervals the search for the places where pieces meet looks at.
const BOXES: usize = 6_000;

/// Where a comparison is open over so small a part of the domain, all that it may say counts.
const NARROW: f64 = 1e-14;

/// What two sides of a comparison differ by, up to a positive factor: comparisons of one switch change together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Switch {
    /// The input less a number.
    Input(Number),
    /// One node less another.
    Nodes(Id, Id),
}

/// Two functions of one variable over the same switches.
pub(super) struct Pieces {
    /// Both, made of smooth operations, comparisons, minima, maxima and choices alone.
    dag: Dag,
    switches: Vec<Switch>,
    /// The switch of each node that compares, and whether its sides change places.
    compared: FxHashMap<Id, (usize, bool)>,
}

/// How each switch stands; `None` where that is not known.
pub(super) type Signature = Vec<Option<Ordering>>;

/// An interval with how the switches stand inside it.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub side: Interval,
    pub signature: Signature,
    /// Whether it is a place where pieces meet, so that its values count and its derivatives do not.
    pub is_tie: bool,
}

/// Whether the operation, or a derivative of it, is made of pieces that its definition shows.
fn is_made_of_pieces(op: Op) -> bool {
    let smooth_once = matches!(op, Op::Elu | Op::Celu | Op::Softsign);
    (op.row().kinked || smooth_once) && definition(op).is_some()
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

    /// The cells that fill an interval; `None` if there are too many.
    pub(super) fn cells(&self, domain: Interval) -> Option<Vec<Cell>> {
        let encloser = Encloser::new(&self.dag);
        // A node's enclosure does not know of the switches: graphs without comparisons of nodes need none.
        let general = |switch: &Switch| matches!(switch, Switch::Nodes(..));
        let general = self.switches.iter().any(general);
        let mut cuts = vec![domain.low, domain.high];
        for switch in &self.switches {
            if let Switch::Input(root) = switch {
                let root = Interval::exactly(root);
                let inside = |end: &f64| domain.low < *end && *end < domain.high;
                cuts.extend([root.low, root.high].iter().filter(|end| inside(end)));
            }
        }
        cuts.sort_by(f64::total_cmp);
        let mut waiting: Vec<Interval> = Vec::new();
        for (index, &low) in cuts.iter().enumerate().rev() {
            if let Some(&high) = cuts.get(index + 1)
                && low < high
            {
                waiting.push(Interval { low, high });
            }
            waiting.push(Interval::point(low));
        }
        waiting.dedup();
        let mut cells = Vec::new();
        let narrow = NARROW * (domain.high - domain.low);
        let mut looked = 0;
        while let Some(side) = waiting.pop() {
            looked += 1;
            if looked > BOXES {
                return None;
            }
            let known = if general {
                encloser.over(&[side])
            } else {
                Vec::new()
            };
            let stands = |switch: &Switch| match switch {
                Switch::Input(root) => {
                    let root = Interval::exactly(root);
                    let exact = root.single().is_some();
                    if exact && side.single() == Some(root.low) {
                        Some(Ordering::Equal)
                    } else if side.high <= root.low && (side.high < root.low || exact) {
                        Some(Ordering::Less)
                    } else if side.low >= root.high && (side.low > root.high || exact) {
                        Some(Ordering::Greater)
                    } else if side.high <= root.low {
                        Some(Ordering::Less)
                    } else if side.low >= root.high {
                        Some(Ordering::Greater)
                    } else {
                        None
                    }
                }
                Switch::Nodes(a, b) => {
                    let [a, b] = [a, b].map(|&id| known[usize::from(id)].interval);
                    if a.high < b.low {
                        Some(Ordering::Less)
                    } else if a.low > b.high {
                        Some(Ordering::Greater)
                    } else if a.single().is_some() && a == b {
                        Some(Ordering::Equal)
                    } else {
                        None
                    }
                }
            };
            let signature: Signature = self.switches.iter().map(stands).collect();
            let is_point = side.single().is_some();
            let open = self.resolve(&signature).is_err();
            let middle = side.middle();
            if open && side.high - side.low > narrow {
                waiting.push(Interval {
                    low: middle,
                    ..side
                });
                waiting.push(Interval {
                    high: middle,
                    ..side
                });
                continue;
            }
            if is_point && !open {
                let ties = |stands: &Option<Ordering>| *stands == Some(Ordering::Equal);
                if !signature.iter().any(ties) {
                    continue;
                }
            }
            cells.push(Cell {
                side,
                signature,
                is_tie: is_point,
            });
        }
        Some(cells)
    }

    /// Both functions with the branches taken that a signature says; the switch on which they depend and that it does not know.
    pub(super) fn resolve(&self, signature: &Signature) -> Result<Dag, usize> {
        let mut out = Dag::new(self.dag.variables.clone());
        let mut memo: Vec<Option<Id>> = vec![None; self.dag.nodes().len()];
        let roots: Result<Vec<Id>, usize> = self
            .dag
            .roots
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

/// An operation on `arguments`, without products by 0 and 1 and sums with 0.
fn absorbed(dag: &mut Dag, op: Op, arguments: &[Id]) -> Id {
    let number = |id: &Id| match dag.node(*id) {
        Node::Number(number) => Some(number.clone()),
        Node::Variable(_) | Node::Apply(..) => None,
    };
    let numbers: Vec<Option<Number>> = arguments.iter().map(number).collect();
    let all: Option<Vec<&Number>> = numbers.iter().map(Option::as_ref).collect();
    if let Some(value) = all.and_then(|all| fold(op, &all)) {
        return dag.number(value);
    }
    let is = |index: usize, value: i32| numbers[index] == Some(Number::from(value));
    match op {
        Op::Add if is(0, 0) => arguments[1],
        Op::Add | Op::Sub if is(1, 0) => arguments[0],
        Op::Mul if is(0, 1) => arguments[1],
        Op::Mul | Op::Div if is(1, 1) => arguments[0],
        // On a piece where a factor is defined, 0 times it is 0; where it is not, so is the function.
        Op::Sub if is(0, 0) => dag.apply(Op::Neg, &[arguments[1]]),
        _ => dag.apply(op, arguments),
    }
}

/// The difference of the two outputs of a smooth graph, in which equal terms of both are one.
pub(super) fn difference(dag: &Dag) -> Dag {
    let mut terms: BTreeMap<Id, Number> = BTreeMap::new();
    let mut constant = Number::zero();
    let mut waiting = vec![
        (dag.roots[0], Number::one()),
        (dag.roots[1], Number::from(-1)),
    ];
    // A sum that is shared many times over would be walked as often.
    let mut steps = 0;
    while let Some((id, factor)) = waiting.pop() {
        steps += 1;
        let literal = |id: Id| match dag.node(id) {
            Node::Number(number) => Some(number),
            Node::Variable(_) | Node::Apply(..) => None,
        };
        let split = match dag.node(id) {
            _ if steps > 500 => None,
            Node::Number(number) => number
                .mul(&factor)
                .and_then(|product| constant.add(&product))
                .map(|sum| {
                    constant = sum;
                    Vec::new()
                }),
            Node::Apply(Op::Add, [a, b, _]) => {
                Some(vec![(*a, factor.clone()), (*b, factor.clone())])
            }
            Node::Apply(Op::Sub, [a, b, _]) => Some(vec![(*a, factor.clone()), (*b, factor.neg())]),
            Node::Apply(Op::Neg, [a, ..]) => Some(vec![(*a, factor.neg())]),
            Node::Apply(Op::Mul, [a, b, _]) => match (literal(*a), literal(*b)) {
                (Some(number), _) => number.mul(&factor).map(|factor| vec![(*b, factor)]),
                (_, Some(number)) => number.mul(&factor).map(|factor| vec![(*a, factor)]),
                _ => None,
            },
            Node::Apply(Op::Div, [a, b, _]) => literal(*b)
                .and_then(|number| factor.div(number))
                .map(|factor| vec![(*a, factor)]),
            Node::Apply(..) | Node::Variable(_) => None,
        };
        match split {
            Some(parts) => waiting.extend(parts),
            None => {
                let sum = match terms.get(&id) {
                    Some(known) => known.add(&factor),
                    None => Some(factor.clone()),
                };
                match sum {
                    Some(sum) => {
                        terms.insert(id, sum);
                    }
                    // Too long to fold: the plain difference.
                    None => return plain_difference(dag),
                }
            }
        }
    }
    let mut out = Dag::new(dag.variables.clone());
    let x = out.variable(0);
    let mut sum = out.number(constant);
    for (id, factor) in terms {
        if factor.is_zero() {
            continue;
        }
        let term = out.inline(&dag.part(id), &[x])[0];
        let factor = out.number(factor);
        let term = absorbed(&mut out, Op::Mul, &[factor, term]);
        sum = absorbed(&mut out, Op::Add, &[sum, term]);
    }
    out.roots = vec![sum];
    out.compact()
}

fn plain_difference(dag: &Dag) -> Dag {
    let mut out = dag.clone();
    let root = out.apply(Op::Sub, &[dag.roots[0], dag.roots[1]]);
    out.roots = vec![root];
    out.compact()
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

    #[test]
    fn pieces_are_smooth_and_fill_the_domain() {
        let domain = Interval {
            low: -8.0,
            high: 8.0,
        };
        for (text, least) in [
            ("relu(x)", 2),
            ("clamp(x, -0.1, 0.3)", 3),
            ("max(sin(x), 0.5)", 5),
            ("elu(x) + softsign(x)", 2),
            ("if x * x < 2 { x } else { tanh(x) }", 3),
        ] {
            let pieces = pieces(text, "x");
            let cells = pieces.cells(domain).unwrap();
            let wide = |cell: &&Cell| cell.side.high - cell.side.low > 1e-6;
            assert!(cells.iter().filter(wide).count() >= least, "{text}");
            let mut end = domain.low;
            for cell in &cells {
                assert!(cell.side.low <= end, "{text}: a gap at {end}");
                end = end.max(cell.side.high);
                if let Ok(smooth) = pieces.resolve(&cell.signature) {
                    assert!(smooth.compact().is_smooth(), "{text}: {smooth}");
                }
            }
            assert_eq!(end, domain.high, "{text}");
        }
    }

    #[test]
    fn equal_terms_of_both_sides_are_gone() {
        for (left, right, expected) in [
            ("tanh(x) + 0.001 * x", "tanh(x)", "0.001 * x"),
            ("2 * tanh(x) + 3", "tanh(x) + tanh(x) + 3", "0"),
            ("(exp(x) - x) / 4", "0.25 * exp(x)", "-0.25 * x"),
        ] {
            let smooth = pieces(left, right).resolve(&Vec::new()).unwrap();
            assert_eq!(difference(&smooth).formula(0), expected);
        }
    }
}
