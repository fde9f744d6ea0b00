//! Identities over the reals that spare f64 a cancellation or an overflow. They hold wherever either side is defined, between
//! functions that are smooth or have the same derivative by the table, so that they change no value and no derivative. The slow tier asks for them only where it knows nothing without.

use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;

/// The same outputs, with fewer differences of nearly equal numbers.
pub(super) fn without_cancellation(dag: &Dag) -> Dag {
    let mut out = Rewritten(Dag::new(dag.variables.clone()));
    let mut ids: Vec<Id> = Vec::with_capacity(dag.nodes().len());
    for node in dag.nodes() {
        let node = node.map(|id| ids[usize::from(id)]);
        let id = out.stable(&node).unwrap_or_else(|| out.0.add(node));
        ids.push(id);
    }
    out.0.roots = dag
        .roots
        .iter()
        .map(|&root| ids[usize::from(root)])
        .collect();
    out.0.compact()
}

struct Rewritten(Dag);

impl Rewritten {
    fn is_one(&self, id: Id) -> bool {
        matches!(self.0.node(id), Node::Number(number) if *number == Number::one())
    }

    /// The argument of `op` at `id`.
    fn inside(&self, op: Op, id: Id) -> Option<Id> {
        match self.0.node(id) {
            Node::Apply(other, [a, ..]) if *other == op => Some(*a),
            _ => None,
        }
    }

    /// a, where the node at `id` is a².
    fn root(&self, id: Id) -> Option<Id> {
        match self.0.node(id) {
            Node::Apply(Op::Square, [a, ..]) => Some(*a),
            Node::Apply(Op::Mul, [a, b, _]) if a == b => Some(*a),
            _ => None,
        }
    }

    /// The node without a negation around it, and whether there was one.
    fn sign(&self, id: Id) -> (Id, bool) {
        match self.inside(Op::Neg, id) {
            Some(inner) => (inner, true),
            None => (id, false),
        }
    }

    fn of(&mut self, op: Op, arguments: &[Id]) -> Id {
        self.0.apply(op, arguments)
    }

    /// op(−a)
    fn negated(&mut self, op: Op, a: Id) -> Id {
        let minus = match self.inside(Op::Neg, a) {
            Some(positive) => positive,
            None => self.of(Op::Neg, &[a]),
        };
        self.of(op, &[minus])
    }

    /// 2σ(2a)
    fn one_plus_tanh(&mut self, a: Id) -> Id {
        let two = self.0.number(Number::from(2));
        let doubled = self.of(Op::Mul, &[two, a]);
        let sigmoid = self.of(Op::Sigmoid, &[doubled]);
        self.of(Op::Mul, &[two, sigmoid])
    }

    /// 2σ(−2a)
    fn one_minus_tanh(&mut self, a: Id) -> Id {
        let minus = self.of(Op::Neg, &[a]);
        self.one_plus_tanh(minus)
    }

    /// What equals `node` and cancels less.
    fn stable(&mut self, node: &Node) -> Option<Id> {
        let Node::Apply(op, [a, b, _]) = *node else {
            return None;
        };
        match op {
            Op::Add if self.is_one(a) => self.one_plus(b),
            Op::Add if self.is_one(b) => self.one_plus(a),
            Op::Sub if self.is_one(a) => self.one_minus(b),
            Op::Sub if self.is_one(b) => {
                let exponent = self.inside(Op::Exp, a)?;
                Some(self.of(Op::Expm1, &[exponent]))
            }
            Op::Sub if self.inside(Op::Tanh, b) == Some(a) => Some(self.of(Op::Tanhshrink, &[a])),
            // a − a·σ(u) = a·σ(−u)
            Op::Sub => {
                let Node::Apply(Op::Mul, [c, d, _]) = *self.0.node(b) else {
                    return None;
                };
                let other = if c == a {
                    d
                } else if d == a {
                    c
                } else {
                    return None;
                };
                let u = self.inside(Op::Sigmoid, other)?;
                let rest = self.negated(Op::Sigmoid, u);
                Some(self.of(Op::Mul, &[a, rest]))
            }
            // u/(1 + eᵃ) = u·σ(−a)
            Op::Div => {
                let Node::Apply(Op::Add, [c, d, _]) = *self.0.node(b) else {
                    return None;
                };
                let rest = if self.is_one(c) {
                    d
                } else if self.is_one(d) {
                    c
                } else {
                    return None;
                };
                let exponent = self.inside(Op::Exp, rest)?;
                if a == rest {
                    return Some(self.of(Op::Sigmoid, &[exponent]));
                }
                let sigmoid = self.negated(Op::Sigmoid, exponent);
                Some(if self.is_one(a) {
                    sigmoid
                } else {
                    self.of(Op::Mul, &[a, sigmoid])
                })
            }
            // ln cosh a = |a| + ln(1 + e^(−2|a|)) − ln 2, and close to 0 it is ln(1 + sinh² a)/2
            Op::Ln if self.inside(Op::Cosh, a).is_some() => {
                let a = self.inside(Op::Cosh, a)?;
                let size = self.of(Op::Abs, &[a]);
                let minus_two = self.0.number(Number::from(-2));
                let exponent = self.of(Op::Mul, &[minus_two, size]);
                let rest = self.of(Op::Softplus, &[exponent]);
                let sum = self.of(Op::Add, &[size, rest]);
                let two = self.0.number(Number::from(2));
                let ln_two = self.of(Op::Ln, &[two]);
                let far = self.of(Op::Sub, &[sum, ln_two]);
                let sinh = self.of(Op::Sinh, &[a]);
                let square = self.of(Op::Square, &[sinh]);
                let log = self.of(Op::Log1p, &[square]);
                let near = self.of(Op::Div, &[log, two]);
                let one = self.0.number(Number::one());
                let is_near = self.of(Op::Lt, &[size, one]);
                Some(self.of(Op::If, &[is_near, near, far]))
            }
            Op::Ln => {
                let Node::Apply(Op::Add, [c, d, _]) = *self.0.node(a) else {
                    return None;
                };
                let rest = if self.is_one(c) {
                    d
                } else if self.is_one(d) {
                    c
                } else {
                    return None;
                };
                Some(match self.inside(Op::Exp, rest) {
                    Some(exponent) => self.of(Op::Softplus, &[exponent]),
                    None => self.of(Op::Log1p, &[rest]),
                })
            }
            // eᵃ·eᵇ = eᵃ⁺ᵇ, with either factor negated: one may be far out where the other is next to 0.
            Op::Mul => {
                let ((a, first), (b, second)) = (self.sign(a), self.sign(b));
                let (a, b) = (self.inside(Op::Exp, a)?, self.inside(Op::Exp, b)?);
                let sum = self.of(Op::Add, &[a, b]);
                let product = self.of(Op::Exp, &[sum]);
                Some(if first == second {
                    product
                } else {
                    self.of(Op::Neg, &[product])
                })
            }
            Op::Log1p => {
                let exponent = self.inside(Op::Exp, a)?;
                Some(self.of(Op::Softplus, &[exponent]))
            }
            _ => None,
        }
    }

    fn one_plus(&mut self, b: Id) -> Option<Id> {
        if let Some(a) = self.inside(Op::Erf, b) {
            return Some(self.negated(Op::Erfc, a));
        }
        self.inside(Op::Tanh, b).map(|a| self.one_plus_tanh(a))
    }

    fn one_minus(&mut self, b: Id) -> Option<Id> {
        if let Some(a) = self.inside(Op::Sigmoid, b) {
            return Some(self.negated(Op::Sigmoid, a));
        }
        if let Some(a) = self.inside(Op::NormalCdf, b) {
            return Some(self.negated(Op::NormalCdf, a));
        }
        if let Some(a) = self.inside(Op::Erf, b) {
            return Some(self.of(Op::Erfc, &[a]));
        }
        if let Some(a) = self.inside(Op::Tanh, b) {
            return Some(self.one_minus_tanh(a));
        }
        if let Some(a) = self.inside(Op::Exp, b) {
            let below = self.of(Op::Expm1, &[a]);
            return Some(self.of(Op::Neg, &[below]));
        }
        // 1 − tanh² a = (1 + tanh a)·(1 − tanh a)
        let a = self.inside(Op::Tanh, self.root(b)?)?;
        let factors = [self.one_plus_tanh(a), self.one_minus_tanh(a)];
        Some(self.of(Op::Mul, &factors))
    }
}
