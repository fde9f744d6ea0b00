//! Places of a variable at which the pieces of a formula meet, or roots in it vanish.

use super::coefficient::Coefficient;
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::{Op, fold};

/// Where the pieces of a formula meet: where `left` = `right`, and nowhere else.
#[derive(Clone)]
pub(super) struct Place {
    pub at: At,
    pub left: Id,
    pub right: Id,
}

/// Where that is.
#[derive(Clone, PartialEq)]
pub(super) enum At {
    /// At one value of the variable.
    Point(Coefficient),
    /// Wherever a smooth function of the variable has a certain value.
    Level(Level),
}

/// Where `node` = `value`, or `against` + `value`, and `node` is smooth.
#[derive(Clone, PartialEq)]
pub(super) struct Level {
    pub node: Id,
    pub against: Option<Id>,
    pub value: Coefficient,
}

/// Places that are looked at.
const PLACES: usize = 16;

impl Dag {
    /// The places at which pieces meet, or roots vanish.
    pub(super) fn kinks(&mut self, value: Id, variable: usize) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        for index in 0..=usize::from(value) {
            let Node::Apply(op, arguments) = self.nodes()[index].clone() else {
                continue;
            };
            // A choice goes by its condition, and what has no joins is smooth wherever it has a value.
            let pairs = op.row().meets.iter();
            let mut against: Vec<(Id, Id)> = pairs
                .map(|pair| (arguments[pair[0]], arguments[pair[1]]))
                .collect();
            if against.is_empty() {
                let joins = op.row().joins.iter();
                let ends = joins.filter_map(|&end| Number::exactly(end));
                against.extend(ends.map(|end| (arguments[0], self.number(end))));
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
            _ => return self.level(left, right, variable).into_iter().collect(),
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
            _ => self.level(left, right, variable).into_iter().collect(),
        }
    }

    /// The place at which two nodes are equal, if their difference is affine in the variable.
    pub(super) fn crossing(&mut self, left: Id, right: Id, variable: usize) -> Option<Place> {
        let input = self.variable(variable);
        let at = self.meeting(left, right, input, variable)?;
        let at = At::Point(at);
        Some(Place { at, left, right })
    }

    /// Where two nodes are equal, if one of them or what it is affine in is smooth.
    fn level(&mut self, left: Id, right: Id, variable: usize) -> Option<Place> {
        let depends = [left, right].map(|id| self.depends_on(id, variable));
        let level = match depends {
            [false, false] => return None,
            [true, true] => Level {
                node: left.max(right),
                against: Some(left.min(right)),
                value: Coefficient::zero(),
            },
            [first, _] => {
                let node = self.inner(if first { left } else { right }, variable);
                Level {
                    node,
                    against: None,
                    value: self.meeting(left, right, node, variable)?,
                }
            }
        };
        let is_smooth = |id: Id| self.is_smooth_below(id);
        let smooth = is_smooth(level.node) && level.against.is_none_or(is_smooth);
        let at = At::Level(level);
        smooth.then_some(Place { at, left, right })
    }

    /// The value of `base` at which two nodes that are affine in it are equal.
    fn meeting(&mut self, left: Id, right: Id, base: Id, variable: usize) -> Option<Coefficient> {
        let (a, p) = self.affine(left, base, variable)?;
        let (b, q) = self.affine(right, base, variable)?;
        let slope = q.sub(&p)?;
        let scale = Number::one().div(&slope)?;
        a.sub(&b)?.scaled(&scale)
    }

    /// What a node is affine in.
    fn inner(&self, mut id: Id, variable: usize) -> Id {
        loop {
            let depends = |id: Id| self.depends_on(id, variable);
            let is_number = |id: Id| matches!(self.node(id), Node::Number(_));
            id = match *self.node(id) {
                Node::Apply(Op::Neg, [a, ..]) => a,
                Node::Apply(Op::Add | Op::Sub, [a, b, _]) if !depends(b) => a,
                Node::Apply(Op::Add | Op::Sub, [a, b, _]) if !depends(a) => b,
                Node::Apply(Op::Mul | Op::Div, [a, b, _]) if is_number(b) => a,
                Node::Apply(Op::Mul, [a, b, _]) if is_number(a) => b,
                _ => return id,
            };
        }
    }

    /// Whether a node is smooth wherever it has a value.
    fn is_smooth_below(&self, id: Id) -> bool {
        let mut seen = vec![false; usize::from(id) + 1];
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut seen[usize::from(id)], true) {
                continue;
            }
            if let Node::Apply(op, [a, ..]) = self.node(id) {
                let has_joins = op.row().kinked || !op.row().joins.is_empty();
                if has_joins && !(*op == Op::Sqrt && self.is_positive(*a)) {
                    return false;
                }
            }
            open.extend(self.node(id).arguments());
        }
        true
    }

    /// The value at 0 and the rational slope of a node that is affine in `base`.
    fn affine(&mut self, id: Id, base: Id, variable: usize) -> Option<(Coefficient, Number)> {
        if id == base {
            return Some((Coefficient::zero(), Number::one()));
        }
        let node = self.node(id).clone();
        let zero = Number::zero;
        match node {
            Node::Number(number) => Some((Coefficient::number(number), zero())),
            Node::Variable(index) if index == variable => None,
            Node::Variable(_) => Some((Coefficient::node(id), zero())),
            Node::Apply(op, [a, b, _]) => {
                if !self.depends_on(id, variable) {
                    let number = self.literal(id).map(Coefficient::number);
                    return Some((number.unwrap_or_else(|| Coefficient::node(id)), zero()));
                }
                let (start, slope) = self.affine(a, base, variable)?;
                match op {
                    Op::Neg => Some((start.neg(), slope.neg())),
                    Op::Add | Op::Sub | Op::Mul | Op::Div => {
                        let (other, change) = self.affine(b, base, variable)?;
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

    /// The value of a node without variables, where it is rational and short.
    fn literal(&self, id: Id) -> Option<Number> {
        match self.node(id) {
            Node::Number(number) => Some(number.clone()),
            Node::Variable(_) => None,
            Node::Apply(op, arguments) => {
                let arguments = arguments[..op.arity()].iter();
                let numbers: Option<Vec<Number>> = arguments.map(|&a| self.literal(a)).collect();
                fold(*op, &numbers?.iter().collect::<Vec<_>>())
            }
        }
    }
}
