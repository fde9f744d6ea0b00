//! Products of slopes of which one may have a pole where the other is 0: the slope of √relu(x) is 0/(2·√0) for x < 0, and there it is 0.
//!
//! A function that is constant on a piece has slope 0 on it, whatever stands outside. So the pieces of a slope that are 0 are taken out of
//! the product before the other factor comes to them.

use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;

/// Where an operation that has a piece of 0 is not 0: where `end` is below `side`, or of `min0` above it.
struct Support {
    op: Op,
    side: Id,
    end: i32,
}

/// How deep a slope is searched for branches that are 0.
const DEPTH: usize = 8;

impl Dag {
    /// a·b, where a may be infinite where b is 0: the branches of b that are 0 stay so, whatever a is there.
    pub(super) fn product_with_pole(&mut self, a: Id, b: Id) -> Id {
        if !self.vanishes(b, DEPTH) || !self.varies(a) {
            return self.product(a, b);
        }
        match self.node(b).clone() {
            Node::Apply(Op::If, [condition, then, otherwise]) => {
                let then = self.product_with_pole(a, then);
                let otherwise = self.product_with_pole(a, otherwise);
                self.choose(condition, then, otherwise)
            }
            Node::Apply(Op::Add, [p, q, _]) => {
                let (p, q) = (self.product_with_pole(a, p), self.product_with_pole(a, q));
                self.sum(p, q)
            }
            Node::Apply(Op::Neg, [p, ..]) => {
                let p = self.product_with_pole(a, p);
                self.apply(Op::Neg, &[p])
            }
            Node::Apply(Op::Mul, [p, q, _]) => {
                let (p, q) = if self.vanishes(q, DEPTH) {
                    (p, q)
                } else {
                    (q, p)
                };
                let a = self.product(a, p);
                self.product_with_pole(a, q)
            }
            _ => match self.support(b) {
                Some(Support { side, op, end }) => {
                    let end = self.number(Number::from(end));
                    let sides = if op == Op::Min0 {
                        [side, end]
                    } else {
                        [end, side]
                    };
                    let inside = self.apply(Op::Lt, &sides);
                    let (product, zero) = (self.product(a, b), self.number(Number::zero()));
                    self.choose(inside, product, zero)
                }
                None => self.product(a, b),
            },
        }
    }

    /// The slope of √u, with a = 1/(2·√u) and b = u′. Where √u is 0, that is its least value, so its slope is 0, if it has one: there
    /// u′ is 0 as well, and the product has no value. Where u′ is not 0, √u has an edge, and an infinite slope.
    pub(super) fn product_with_root(&mut self, a: Id, b: Id) -> Id {
        let product = self.product_with_pole(a, b);
        self.guarded_by(b, product, a)
    }

    /// `product`, in whose pieces other than 0 and those without the factor `pole`, `slope` is asked whether it is 0.
    fn guarded_by(&mut self, slope: Id, product: Id, pole: Id) -> Id {
        if !self.varies(pole) {
            return product;
        }
        match (self.node(product).clone(), self.node(slope).clone()) {
            (Node::Number(_), _) | (_, Node::Number(_)) => product,
            // The same choice was taken outside.
            (
                Node::Apply(Op::If, [condition, then, otherwise]),
                Node::Apply(Op::If, [same, inner, other]),
            ) if condition == same => {
                let then = self.guarded_by(inner, then, pole);
                let otherwise = self.guarded_by(other, otherwise, pole);
                self.choose(condition, then, otherwise)
            }
            _ => {
                let zero = self.number(Number::zero());
                let flat = self.apply(Op::Eq, &[slope, zero]);
                self.choose(flat, zero, product)
            }
        }
    }

    /// Whether the node at `id` depends on a variable. A constant has no pole, or is one.
    fn varies(&self, id: Id) -> bool {
        self.has_variable(id, |_| true)
    }

    /// Whether the node at `id` depends on this variable.
    pub(super) fn depends_on(&self, id: Id, variable: usize) -> bool {
        self.has_variable(id, |index| index == variable)
    }

    pub(super) fn has_variable(&self, id: Id, wanted: impl Fn(usize) -> bool) -> bool {
        let mut seen = vec![false; usize::from(id) + 1];
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if matches!(self.node(id), Node::Variable(index) if wanted(*index)) {
                return true;
            }
            if !std::mem::replace(&mut seen[usize::from(id)], true) {
                open.extend(self.node(id).arguments());
            }
        }
        false
    }

    /// Where the value of the node at `id` is not 0, if it is 0 on one side of some place.
    fn support(&self, id: Id) -> Option<Support> {
        let Node::Apply(op, [inner, ..]) = self.node(id) else {
            return None;
        };
        let piece = |end: i32| {
            Some(Support {
                op: *op,
                side: *inner,
                end,
            })
        };
        match op {
            Op::Relu | Op::Relu6 | Op::Min0 => piece(0),
            Op::HardSigmoid | Op::HardSwish => piece(-3),
            Op::Square | Op::Cube | Op::Sqrt | Op::Abs => self.support(*inner),
            _ => None,
        }
    }

    /// Whether a branch of the choices that the slope at `id` is made of is 0.
    fn vanishes(&self, id: Id, depth: usize) -> bool {
        let zero = |id: &Id| matches!(self.node(*id), Node::Number(n) if n.is_zero());
        let below = |id: &Id| depth > 0 && self.vanishes(*id, depth - 1);
        match self.node(id) {
            Node::Apply(Op::If, [_, then, otherwise]) => [then, otherwise]
                .into_iter()
                .any(|branch| zero(branch) || below(branch)),
            Node::Apply(Op::Add, [p, q, _]) => below(p) && below(q),
            Node::Apply(Op::Mul, [p, q, _]) => below(p) || below(q),
            Node::Apply(Op::Neg, [p, ..]) => below(p),
            _ => self.support(id).is_some(),
        }
    }
}
