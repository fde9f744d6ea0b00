//! Places of a variable at which the pieces of a formula meet, or roots in it vanish.

use super::coefficient::Coefficient;
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;

/// A place of the variable, where `left` = `right` and nowhere else.
pub(super) struct Place {
    pub at: Coefficient,
    pub left: Id,
    pub right: Id,
}

/// Places that are looked at.
const PLACES: usize = 16;

impl Dag {
    /// The places at which pieces meet, or roots vanish.
    pub(super) fn kinks(&mut self, value: Id, variable: usize) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        for index in 0..=usize::from(value) {
            let Node::Apply(op, [a, b, c]) = self.nodes()[index].clone() else {
                continue;
            };
            let mut against = Vec::new();
            match op {
                Op::Min | Op::Max | Op::Lt | Op::Le | Op::Eq | Op::Threshold => {
                    against.push((a, b));
                }
                Op::Clamp => against.extend([(a, b), (a, c)]),
                // A choice goes by its condition, and what has no joins is smooth wherever it has a value.
                _ => {
                    let joins = op.row().joins.iter();
                    let ends = joins.filter_map(|&end| Number::exactly(end));
                    against.extend(ends.map(|end| (a, self.number(end))));
                }
            }
            for (left, right) in against {
                for place in self.crossings(left, right, variable) {
                    if places.len() < PLACES && places.iter().all(|known| known.at != place.at) {
                        places.push(place);
                    }
                }
            }
        }
        places
    }

    /// Places at which the two are equal: those of the factors of what is compared with 0.
    fn crossings(&mut self, left: Id, right: Id, variable: usize) -> Vec<Place> {
        if let Some(place) = self.crossing(left, right, variable) {
            return vec![place];
        }
        let is_zero = |id: Id| matches!(self.node(id), Node::Number(n) if n.is_zero());
        let product = match (is_zero(left), is_zero(right)) {
            (false, true) => left,
            (true, false) => right,
            _ => return Vec::new(),
        };
        let Node::Apply(op, [a, b, _]) = *self.node(product) else {
            return Vec::new();
        };
        let zero = self.number(Number::zero());
        match op {
            Op::Mul => {
                let mut places = self.crossings(a, zero, variable);
                places.extend(self.crossings(b, zero, variable));
                places
            }
            Op::Div | Op::Neg | Op::Square | Op::Cube | Op::Powi | Op::Sqrt | Op::Abs => {
                self.crossings(a, zero, variable)
            }
            _ if op.arity() == 1 && op.value(&[0.0]) == 0.0 => self.crossings(a, zero, variable),
            _ => Vec::new(),
        }
    }

    /// The place at which two nodes are equal, if their difference is affine in the variable.
    pub(super) fn crossing(&mut self, left: Id, right: Id, variable: usize) -> Option<Place> {
        let ((a, p), (b, q)) = (self.affine(left, variable)?, self.affine(right, variable)?);
        let slope = q.sub(&p)?;
        let scale = Number::one().div(&slope)?;
        let at = a.sub(&b)?.scaled(&scale)?;
        Some(Place { at, left, right })
    }

    /// The value at 0 and the rational slope of a node that is affine in the variable.
    fn affine(&mut self, id: Id, variable: usize) -> Option<(Coefficient, Number)> {
        let node = self.node(id).clone();
        let zero = Number::zero;
        match node {
            Node::Number(number) => Some((Coefficient::number(number), zero())),
            Node::Variable(index) if index == variable => {
                Some((Coefficient::zero(), Number::one()))
            }
            Node::Variable(_) => Some((Coefficient::node(id), zero())),
            Node::Apply(op, [a, b, _]) => {
                if !self.depends_on(id, variable) {
                    return Some((Coefficient::node(id), zero()));
                }
                let (start, slope) = self.affine(a, variable)?;
                match op {
                    Op::Neg => Some((start.neg(), slope.neg())),
                    Op::Add | Op::Sub | Op::Mul | Op::Div => {
                        let (other, change) = self.affine(b, variable)?;
                        match op {
                            Op::Add => Some((start.add(&other)?, slope.add(&change)?)),
                            Op::Sub => Some((start.sub(&other)?, slope.sub(&change)?)),
                            Op::Mul if change.is_zero() => {
                                let factor = other.as_number()?;
                                Some((start.scaled(&factor)?, slope.mul(&factor)?))
                            }
                            Op::Mul if slope.is_zero() => {
                                let factor = start.as_number()?;
                                Some((other.scaled(&factor)?, change.mul(&factor)?))
                            }
                            Op::Div if change.is_zero() => {
                                let factor = Number::one().div(&other.as_number()?)?;
                                Some((start.scaled(&factor)?, slope.mul(&factor)?))
                            }
                            _ => None,
                        }
                    }
                    _ => None,
                }
            }
        }
    }
}
