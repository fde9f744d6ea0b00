//! Coefficients of series, without rounding: polynomials with rational coefficients in nodes that do not depend on the variable, such as
//! `beta`, `sqrt(2)` or `exp(beta)`.
//!
//! Two polynomials that are the same are equal whatever the values of those nodes. Two that differ may be equal all the same, since
//! nothing is known of the nodes; so inequality is never concluded.

use std::collections::BTreeMap;

use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;

/// Nodes with exponents other than 0, in the order of the nodes.
type Monomial = Vec<(Id, i32)>;

/// A sum of monomials, none of which has the factor 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Coefficient(BTreeMap<Monomial, Number>);

/// Longer polynomials are given up.
const LENGTH: usize = 16;

impl Coefficient {
    pub(super) fn zero() -> Self {
        Self(BTreeMap::new())
    }

    pub(super) fn number(number: Number) -> Self {
        let mut terms = BTreeMap::new();
        if !number.is_zero() {
            terms.insert(Monomial::new(), number);
        }
        Self(terms)
    }

    /// The value of a node.
    pub(super) fn node(id: Id) -> Self {
        Self(BTreeMap::from([(vec![(id, 1)], Number::one())]))
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The rational number that it is, if it is one.
    pub(super) fn as_number(&self) -> Option<Number> {
        match self.0.first_key_value() {
            None => Some(Number::zero()),
            Some((monomial, number)) if self.0.len() == 1 && monomial.is_empty() => {
                Some(number.clone())
            }
            Some(_) => None,
        }
    }

    pub(super) fn add(&self, other: &Self) -> Option<Self> {
        let mut sum = self.0.clone();
        for (monomial, number) in &other.0 {
            let known = sum.remove(monomial).unwrap_or_else(Number::zero);
            let number = known.add(number)?;
            if !number.is_zero() {
                sum.insert(monomial.clone(), number);
            }
        }
        (sum.len() <= LENGTH).then_some(Self(sum))
    }

    pub(super) fn neg(&self) -> Self {
        let terms = self.0.iter();
        Self(terms.map(|(m, number)| (m.clone(), number.neg())).collect())
    }

    pub(super) fn sub(&self, other: &Self) -> Option<Self> {
        self.add(&other.neg())
    }

    pub(super) fn mul(&self, other: &Self) -> Option<Self> {
        let mut product = Self::zero();
        for (left, a) in &self.0 {
            for (right, b) in &other.0 {
                let term = BTreeMap::from([(together(left, right), a.mul(b)?)]);
                product = product.add(&Self(term))?;
            }
        }
        Some(product)
    }

    pub(super) fn scaled(&self, factor: &Number) -> Option<Self> {
        self.mul(&Self::number(factor.clone()))
    }

    /// 1 over it, where it is not 0.
    pub(super) fn reciprocal(&self, dag: &mut Dag) -> Option<Self> {
        if let (1, Some((monomial, number))) = (self.0.len(), self.0.first_key_value()) {
            let monomial = monomial.iter().map(|&(id, n)| (id, -n)).collect();
            let number = Number::one().div(number)?;
            return Some(Self(BTreeMap::from([(monomial, number)])));
        }
        let (one, divisor) = (dag.number(Number::one()), self.write(dag));
        Some(Self::node(dag.apply(Op::Div, &[one, divisor])))
    }

    /// Whether a node of `other` stands in a denominator.
    pub(super) fn divides_by(&self, other: &Self) -> bool {
        let occurs = |node: Id| other.0.keys().flatten().any(|&(known, _)| known == node);
        self.0.keys().flatten().any(|&(id, n)| n < 0 && occurs(id))
    }

    /// Whether it is above or below 0, or 0, where that is certain wherever it has a value.
    pub(super) fn sign(&self, dag: &Dag) -> Option<std::cmp::Ordering> {
        let sign = |number: &Number| number.cmp(&Number::zero());
        let positive = |&(id, n): &(Id, i32)| n < 0 && n % 2 == 0 || dag.is_positive(id);
        match self.0.first_key_value() {
            None => Some(std::cmp::Ordering::Equal),
            Some((monomial, number)) if self.0.len() == 1 => {
                monomial.iter().all(positive).then(|| sign(number))
            }
            Some(_) => None,
        }
    }

    /// The node that has this value.
    pub(super) fn write(&self, dag: &mut Dag) -> Id {
        let mut sum = dag.number(Number::zero());
        for (monomial, number) in &self.0 {
            let mut term = dag.number(number.clone());
            for &(id, exponent) in monomial {
                let power = match exponent.unsigned_abs() {
                    1 => id,
                    n => {
                        let n = dag.number(Number::from(n as i32));
                        dag.apply(Op::Powi, &[id, n])
                    }
                };
                term = if exponent > 0 {
                    dag.product(term, power)
                } else {
                    dag.apply(Op::Div, &[term, power])
                };
            }
            sum = dag.sum(sum, term);
        }
        sum
    }
}

/// The product of two monomials.
fn together(left: &Monomial, right: &Monomial) -> Monomial {
    let mut exponents: BTreeMap<Id, i32> = left.iter().copied().collect();
    for &(id, n) in right {
        *exponents.entry(id).or_default() += n;
    }
    exponents.into_iter().filter(|&(_, n)| n != 0).collect()
}

impl Dag {
    /// Whether the value of the node, where it has one, is certain to be above 0.
    pub(super) fn is_positive(&self, id: Id) -> bool {
        self.has_sign(id, true, DEPTH)
    }

    /// Whether the value of the node, where it has one, is at least 0, or if `strict` above 0.
    fn has_sign(&self, id: Id, strict: bool, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        let (op, [a, b, c]) = match self.node(id) {
            Node::Number(number) => {
                return !(number.is_negative() || strict && number.is_zero());
            }
            Node::Variable(_) => return false,
            Node::Apply(op, arguments) => (op, *arguments),
        };
        let has = |id: Id, strict: bool| self.has_sign(id, strict, depth);
        match op {
            Op::Add => has(a, false) && has(b, false) && (!strict || has(a, true) || has(b, true)),
            Op::Mul if a == b => !strict || has(a, true),
            Op::Mul | Op::Min => has(a, strict) && has(b, strict),
            Op::Div => has(a, strict) && has(b, false),
            Op::Max => has(a, strict) || has(b, strict),
            Op::Clamp => has(b, strict) && has(c, strict),
            Op::Square | Op::Abs => !strict || has(a, true),
            Op::Cube | Op::Sqrt | Op::Expm1 | Op::Log1p => has(a, strict),
            Op::Tanh | Op::Sinh | Op::Asinh | Op::Atan | Op::Erf => has(a, strict),
            Op::If => has(b, strict) && has(c, strict),
            _ => op.row().range.0 >= 0.0 && (!strict || op.row().nonzero),
        }
    }
}

/// How deep the sign of a node is looked for.
const DEPTH: usize = 8;
