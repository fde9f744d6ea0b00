//! The slow tier: a formula over intervals of any precision, raised until the true value is known closely enough.
//!
//! Every operation is taken by the formula of its row down to a few primitives. Where comparisons hang on equality, rational arithmetic
//! decides: `x / 6 + 0.5 < 0` at x = −3 is false, at any precision of intervals undecided.

use std::collections::HashMap;

use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::{Op, fold};
use crate::precise::Work;
use crate::precise::span::{Arithmetic, Big, Span};
use crate::syntax::formula;

/// The working precisions in bits, each tried after the one before has not decided.
const PRECISIONS: [usize; 7] = [128, 256, 512, 1024, 2048, 4096, 8192];
/// How many precisions there are.
pub(super) const LEVELS: usize = PRECISIONS.len();

/// What is known of one node at one point.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// The formula has no value there.
    Undefined,
    /// Nothing, at this precision.
    Nothing,
    /// The value lies inside.
    Inside(Span),
}

/// Outputs of a graph, in primitive operations.
#[derive(Debug)]
pub(super) struct Exact {
    dag: Dag,
}

/// What one thread keeps between points: constants at each precision.
#[derive(Debug)]
pub struct Levels(pub(super) Vec<Arithmetic>);

impl Default for Levels {
    fn default() -> Self {
        Self(PRECISIONS.map(Arithmetic::new).into())
    }
}

impl Levels {
    /// The work of all evaluations so far, in additions of 128 bits.
    pub(super) fn work(&self) -> u64 {
        self.0.iter().map(Arithmetic::work).sum()
    }
}

impl Exact {
    /// All outputs of `dag`.
    pub(super) fn new(dag: &Dag) -> Self {
        Self { dag: expand(dag) }
    }

    /// What is known of every output at one precision, where the variables are `point`.
    pub(super) fn outputs(&self, point: &[Number], arithmetic: &mut Arithmetic) -> Vec<Known> {
        Point::new(&self.dag, point, arithmetic).outputs()
    }

    /// The literals that may be the frequency of a wave.
    pub(super) fn frequencies(&self) -> impl Iterator<Item = &Number> {
        let nodes = self.dag.nodes();
        let waves = |node: &Node| matches!(node, Node::Apply(Op::Sin | Op::Cos, _));
        let has_waves = nodes.iter().any(waves);
        nodes.iter().filter_map(move |node| match node {
            Node::Number(number) if has_waves => Some(number),
            Node::Number(_) | Node::Variable(_) | Node::Apply(..) => None,
        })
    }
}

/// The evaluation of a graph at one point and one precision.
struct Point<'a> {
    dag: &'a Dag,
    /// The values of the variables.
    values: &'a [Number],
    arithmetic: &'a mut Arithmetic,
    known: Vec<Known>,
    rationals: HashMap<Id, Option<Number>>,
}

impl<'a> Point<'a> {
    fn new(dag: &'a Dag, values: &'a [Number], arithmetic: &'a mut Arithmetic) -> Self {
        Self {
            dag,
            values,
            arithmetic,
            known: Vec::with_capacity(dag.nodes().len()),
            rationals: HashMap::new(),
        }
    }

    fn outputs(mut self) -> Vec<Known> {
        for node in self.dag.nodes() {
            self.arithmetic.count(Work::Sum);
            let known = match node {
                Node::Number(number) => inside(self.arithmetic.number(number)),
                Node::Variable(index) => inside(self.arithmetic.number(&self.values[*index])),
                Node::Apply(op, arguments) => self.apply(*op, arguments),
            };
            self.known.push(known);
        }
        let roots = self.dag.roots.iter();
        roots
            .map(|&root| self.known[usize::from(root)].clone())
            .collect()
    }

    fn apply(&mut self, op: Op, ids: &[Id; 3]) -> Known {
        if op == Op::If {
            return self.choose(ids);
        }
        let mut spans: [Option<Span>; 3] = [None, None, None];
        for (slot, id) in spans.iter_mut().zip(&ids[..op.arity()]) {
            match &self.known[usize::from(*id)] {
                Known::Undefined => return Known::Undefined,
                Known::Nothing => {}
                Known::Inside(span) => *slot = Some(span.clone()),
            }
        }
        let [Some(a), b, _] = &spans else {
            return if op == Op::Pi {
                inside(self.arithmetic.pi())
            } else {
                Known::Nothing
            };
        };
        if op.arity() == 1 {
            return self.unary(op, a);
        }
        let Some(b) = b else { return Known::Nothing };
        self.binary(op, a, b, ids)
    }

    fn unary(&mut self, op: Op, a: &Span) -> Known {
        let zero = Big::zero();
        let arithmetic = &mut *self.arithmetic;
        // Where the operation is undefined for sure, and where that is open.
        let (outside, open) = match op {
            Op::Sqrt => (a.high < zero, a.low < zero),
            Op::Ln => (a.high <= zero, a.low <= zero),
            Op::Log1p => (a.high <= -Big::one(), a.low <= -Big::one()),
            _ => (false, false),
        };
        if outside {
            return Known::Undefined;
        }
        if open {
            return Known::Nothing;
        }
        inside(match op {
            Op::Neg => Some(a.neg()),
            Op::Abs => Some(a.abs()),
            Op::Sign => {
                let sign = |end: &Big| match end.cmp(&zero) {
                    std::cmp::Ordering::Less => -Big::one(),
                    std::cmp::Ordering::Equal => Big::zero(),
                    std::cmp::Ordering::Greater => Big::one(),
                };
                Some(Span {
                    low: sign(&a.low),
                    high: sign(&a.high),
                })
            }
            Op::Square => arithmetic.square(a),
            Op::Sqrt => arithmetic.sqrt(a),
            Op::Exp => arithmetic.exp(a),
            Op::Expm1 => arithmetic.expm1(a),
            Op::Ln => arithmetic.ln(a),
            Op::Log1p => arithmetic.log1p(a),
            Op::Sin => arithmetic.sin(a),
            Op::Cos => arithmetic.cos(a),
            Op::Sinh => arithmetic.sinh(a),
            Op::Cosh => arithmetic.cosh(a),
            Op::Tanh => arithmetic.tanh(a),
            Op::Asinh => arithmetic.asinh(a),
            Op::Atan => arithmetic.atan(a),
            Op::Erf => arithmetic.erf(a),
            Op::Erfc => arithmetic.erfc(a),
            // What is written out does not come here.
            _ => None,
        })
    }

    fn binary(&mut self, op: Op, a: &Span, b: &Span, ids: &[Id; 3]) -> Known {
        match op {
            Op::Add => inside(self.arithmetic.add(a, b)),
            Op::Sub => inside(self.arithmetic.sub(a, b)),
            Op::Mul if ids[0] == ids[1] => inside(self.arithmetic.square(a)),
            Op::Mul => inside(self.arithmetic.mul(a, b)),
            Op::Div if b.is_zero() => Known::Undefined,
            Op::Div if b.holds_zero() => match self.rational(ids[1]) {
                Some(number) if number.is_zero() => Known::Undefined,
                _ => Known::Nothing,
            },
            Op::Div => inside(self.arithmetic.div(a, b)),
            Op::Powi => {
                let Node::Number(exponent) = self.dag.node(ids[1]) else {
                    unreachable!("the parser keeps exponents literal");
                };
                match exponent.to_integer() {
                    Some(n) if n < 0 && a.is_zero() => Known::Undefined,
                    Some(n) => inside(self.arithmetic.power(a, n)),
                    None => Known::Nothing,
                }
            }
            Op::Min => Known::Inside(a.min(b)),
            Op::Max => Known::Inside(a.max(b)),
            Op::Lt | Op::Le | Op::Eq => self.compare(op, a, b, ids),
            _ => Known::Nothing,
        }
    }

    fn compare(&mut self, op: Op, a: &Span, b: &Span, ids: &[Id; 3]) -> Known {
        let decided = if a.high < b.low {
            Some(op != Op::Eq)
        } else if a.low > b.high {
            Some(false)
        } else if a.is_point() && b.is_point() {
            Some(op != Op::Lt)
        } else {
            let sides = self.rational(ids[0]).zip(self.rational(ids[1]));
            sides.map(|(a, b)| match op {
                Op::Lt => a < b,
                Op::Le => a <= b,
                _ => a == b,
            })
        };
        let one = |truth: bool| if truth { Big::one() } else { Big::zero() };
        Known::Inside(match decided {
            Some(truth) => Span::point(one(truth)),
            None => Span {
                low: one(false),
                high: one(true),
            },
        })
    }

    fn choose(&self, ids: &[Id; 3]) -> Known {
        let [condition, then, otherwise] = ids.map(|id| &self.known[usize::from(id)]);
        match (condition, then, otherwise) {
            (Known::Undefined, ..) => Known::Undefined,
            (Known::Nothing, ..) => Known::Nothing,
            (Known::Inside(span), ..) if span.is_zero() => otherwise.clone(),
            (Known::Inside(span), ..) if !span.holds_zero() => then.clone(),
            (_, Known::Inside(then), Known::Inside(otherwise)) => {
                Known::Inside(then.join(otherwise))
            }
            _ => Known::Nothing,
        }
    }

    /// The value of a node if it is rational and short.
    fn rational(&mut self, id: Id) -> Option<Number> {
        if let Some(known) = self.rationals.get(&id) {
            return known.clone();
        }
        let number = match self.dag.node(id).clone() {
            Node::Number(number) => Some(number),
            Node::Variable(index) => Some(self.values[index].clone()),
            node @ Node::Apply(op, _) => {
                let arguments: Option<Vec<Number>> =
                    node.arguments().iter().map(|&a| self.rational(a)).collect();
                arguments.and_then(|numbers| fold(op, &numbers.iter().collect::<Vec<_>>()))
            }
        };
        self.rationals.insert(id, number.clone());
        number
    }
}

fn inside(span: Option<Span>) -> Known {
    span.map_or(Known::Nothing, Known::Inside)
}

/// Whether [`Exact`] computes the operation as it is; every other one it takes by its formula.
fn is_primitive(op: Op) -> bool {
    matches!(
        op,
        Op::Pi
            | Op::Add
            | Op::Sub
            | Op::Mul
            | Op::Div
            | Op::Neg
            | Op::Square
            | Op::Powi
            | Op::Sqrt
            | Op::Exp
            | Op::Expm1
            | Op::Ln
            | Op::Log1p
            | Op::Sin
            | Op::Cos
            | Op::Sinh
            | Op::Cosh
            | Op::Tanh
            | Op::Asinh
            | Op::Atan
            | Op::Erf
            | Op::Erfc
            | Op::Abs
            | Op::Sign
            | Op::Min
            | Op::Max
            | Op::Lt
            | Op::Le
            | Op::Eq
            | Op::If
    )
}

/// The graph that an operation stands for; none for primitives. What is neither a primitive nor has a formula has no known value.
fn written_out(op: Op) -> Option<&'static Dag> {
    if is_primitive(op) { None } else { formula(op) }
}

/// The graph in primitives.
fn expand(dag: &Dag) -> Dag {
    let mut out = Dag::new(dag.variables.clone());
    let variables: Vec<Id> = (0..dag.variables.len())
        .map(|index| out.variable(index))
        .collect();
    out.roots = inline(dag, &variables, &mut out);
    out.compact()
}

/// The outputs of `dag` over `arguments`, in `out`.
fn inline(dag: &Dag, arguments: &[Id], out: &mut Dag) -> Vec<Id> {
    let mut places: Vec<Id> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let body = match node {
            Node::Apply(op, _) => written_out(*op),
            Node::Number(_) | Node::Variable(_) => None,
        };
        let place = match (node, body) {
            (Node::Variable(index), _) => arguments[*index],
            (node, Some(body)) => {
                let inner: Vec<Id> = node
                    .arguments()
                    .iter()
                    .map(|&a| places[usize::from(a)])
                    .collect();
                inline(body, &inner, out)[0]
            }
            (node, None) => out.add(node.map(|id| places[usize::from(id)])),
        };
        places.push(place);
    }
    dag.roots
        .iter()
        .map(|&root| places[usize::from(root)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Primitives have a value, and every formula is made of them.
    #[test]
    fn every_operation_is_computed_or_defined() {
        for &op in Op::ALL {
            let mut dag = Dag::new(vec!["x".to_owned()]);
            let x = dag.variable(0);
            let two = dag.number(Number::from(2));
            let arguments = [x, two, two];
            dag.roots = vec![dag.apply(op, &arguments[..op.arity()])];
            let exact = Exact::new(&dag);
            for node in exact.dag.nodes() {
                if let Node::Apply(op, _) = node {
                    assert!(is_primitive(*op), "{}", op.name());
                }
            }
            let half = Number::parse("0.5").unwrap();
            let value = exact.outputs(&[half], &mut Levels::default().0[0]);
            assert!(matches!(value[0], Known::Inside(_)), "{}", op.name());
        }
    }
}
