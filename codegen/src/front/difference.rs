//! Differences of smooth graphs, in which equal terms of both sides cancel before intervals see them.

use std::collections::BTreeMap;

use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::{Op, fold};

/// An operation on `arguments`, without products by 0 and 1 and sums with 0.
pub(super) fn absorbed(dag: &mut Dag, op: Op, arguments: &[Id]) -> Id {
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

/// Derivatives of graphs that are larger are not taken.
const MAX_NODES: usize = 3_000;

/// A function of one variable with so many of its derivatives as further outputs, or as many as are small enough.
pub(super) fn with_derivatives(mut dag: Dag, orders: usize) -> Dag {
    for _ in 0..orders {
        if dag.nodes().len() > MAX_NODES {
            break;
        }
        let last = dag.select(&[dag.roots.len() - 1]).with_gradient();
        let x = dag.variable(0);
        let slope = dag.inline(&last.derivatives_of(&[0]), &[x])[0];
        dag.roots.push(slope);
    }
    dag.compact()
}

/// What a term is multiplied by: a number, and multiples of constants that have none.
#[derive(Clone, Default)]
struct Coefficient {
    number: Option<Number>,
    constants: BTreeMap<Id, Number>,
}

impl Coefficient {
    /// Adds a multiple of a constant, or of 1; `None` if that is too long to fold.
    fn add(&mut self, constant: Option<Id>, factor: Number) -> Option<()> {
        let sum = |known: Option<&Number>| match known {
            Some(known) => known.add(&factor),
            None => Some(factor.clone()),
        };
        match constant {
            Some(id) => {
                let sum = sum(self.constants.get(&id))?;
                self.constants.insert(id, sum);
            }
            None => self.number = Some(sum(self.number.as_ref())?),
        }
        Some(())
    }

    /// The coefficient as a node of `out`, which the constants are copied to.
    fn node(&self, from: &Dag, out: &mut Dag) -> Id {
        let x = out.variable(0);
        let mut total = out.number(self.number.clone().unwrap_or_else(Number::zero));
        for (id, factor) in &self.constants {
            let constant = out.inline(&from.part(*id), &[x])[0];
            let factor = out.number(factor.clone());
            let multiple = absorbed(out, Op::Mul, &[factor, constant]);
            total = absorbed(out, Op::Add, &[total, multiple]);
        }
        total
    }
}

/// The difference of the two outputs of a smooth graph, in which equal terms of both are one.
pub(super) fn difference(dag: &Dag) -> Dag {
    let varying = dag.varying();
    let mut terms: BTreeMap<Id, Coefficient> = BTreeMap::new();
    let mut constant = Number::zero();
    // A node, the number and the constant that it is multiplied by.
    let mut waiting = vec![
        (dag.roots[0], Number::one(), None),
        (dag.roots[1], Number::from(-1), None),
    ];
    // A sum that is shared many times over would be walked as often.
    let mut steps = 0;
    while let Some((id, factor, multiple)) = waiting.pop() {
        steps += 1;
        let literal = |id: Id| match dag.node(id) {
            Node::Number(number) => Some(number),
            Node::Variable(_) | Node::Apply(..) => None,
        };
        let constant_beside = |a: Id, b: Id| {
            let fixed = !varying[usize::from(a)] && varying[usize::from(b)];
            (fixed && multiple.is_none()).then_some(a)
        };
        let split = match dag.node(id) {
            _ if steps > 500 => None,
            Node::Number(number) if multiple.is_some() => multiple
                .zip(number.mul(&factor))
                .map(|(constant, factor)| vec![(constant, factor, None)]),
            Node::Number(number) => number
                .mul(&factor)
                .and_then(|product| constant.add(&product))
                .map(|sum| {
                    constant = sum;
                    Vec::new()
                }),
            Node::Apply(Op::Add, [a, b, _]) => Some(vec![
                (*a, factor.clone(), multiple),
                (*b, factor.clone(), multiple),
            ]),
            Node::Apply(Op::Sub, [a, b, _]) => Some(vec![
                (*a, factor.clone(), multiple),
                (*b, factor.neg(), multiple),
            ]),
            Node::Apply(Op::Neg, [a, ..]) => Some(vec![(*a, factor.neg(), multiple)]),
            Node::Apply(Op::Mul, [a, b, _]) => match (literal(*a), literal(*b)) {
                (Some(number), _) => number
                    .mul(&factor)
                    .map(|factor| vec![(*b, factor, multiple)]),
                (_, Some(number)) => number
                    .mul(&factor)
                    .map(|factor| vec![(*a, factor, multiple)]),
                _ => match (constant_beside(*a, *b), constant_beside(*b, *a)) {
                    (Some(fixed), _) => Some(vec![(*b, factor.clone(), Some(fixed))]),
                    (_, Some(fixed)) => Some(vec![(*a, factor.clone(), Some(fixed))]),
                    _ => None,
                },
            },
            Node::Apply(Op::Div, [a, b, _]) => literal(*b)
                .and_then(|number| factor.div(number))
                .map(|factor| vec![(*a, factor, multiple)]),
            Node::Apply(..) | Node::Variable(_) => None,
        };
        match split {
            Some(parts) => waiting.extend(parts),
            // Too long to fold: the plain difference.
            None if terms.entry(id).or_default().add(multiple, factor).is_none() => {
                return plain_difference(dag);
            }
            None => {}
        }
    }
    let mut out = Dag::new(dag.variables.clone());
    let x = out.variable(0);
    let mut sum = out.number(constant);
    for (id, coefficient) in terms {
        let factor = coefficient.node(dag, &mut out);
        if matches!(out.node(factor), Node::Number(number) if number.is_zero()) {
            continue;
        }
        let term = out.inline(&dag.part(id), &[x])[0];
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
    use super::super::pieces::Pieces;
    use super::*;

    #[test]
    fn equal_terms_of_both_sides_are_gone() {
        for (left, right, expected) in [
            ("tanh(x) + 0.001 * x", "tanh(x)", "0.001 * x"),
            ("2 * tanh(x) + 3", "tanh(x) + tanh(x) + 3", "0"),
            ("(exp(x) - x) / 4", "0.25 * exp(x)", "-0.25 * x"),
            (
                "sigmoid(0.3) * (tanh(x) - 2) + x",
                "0.57 * (tanh(x) - 2) + x",
                "1.14 + -2 * sigmoid(0.3) + (-0.57 + sigmoid(0.3)) * tanh(x)",
            ),
        ] {
            let [left, right] = [left, right].map(|text| Dag::parse(text).unwrap());
            let smooth = Pieces::new(&left, &right).resolve(&Vec::new()).unwrap();
            assert_eq!(difference(&smooth).formula(0), expected);
        }
    }
}
