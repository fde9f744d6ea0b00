//! The slope of a function at a point that a choice singles out: `if x == 0 { 1 } else { expm1(x) / x }` has 1/2 there.
//!
//! Where such a function is continuous, its slope is the one that the rest of it tends to. The branch for the one point says nothing
//! of it.

use super::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;

/// Values of the other variables at which the branches are compared.
const SAMPLES: [f64; 4] = [1.3, -0.7, 0.4, 2.1];
/// Roundings apart, values are equal.
const RELATIVE: f64 = 1e-9;

impl Dag {
    /// The slope by `variable` of `if condition { at } else { beside }`, where the condition singles out one value of that
    /// variable, the function is continuous there, and the slope that `beside` tends to is known. `slope` is that of `beside`
    /// elsewhere.
    pub(super) fn filled_gap(
        &mut self,
        condition: Id,
        [at, beside]: [Id; 2],
        slope: Id,
        variable: usize,
    ) -> Option<Id> {
        let place = self.singled_out(condition, variable)?;
        if self.goes_on([at, beside, slope], variable, &place) {
            return Some(slope);
        }
        let [value, tangent] = self.limit(beside, variable, &place)?;
        let Node::Number(given) = self.node(at) else {
            return None;
        };
        if *given != value {
            return None;
        }
        let tangent = self.number(tangent);
        Some(if tangent == slope {
            slope
        } else {
            self.apply(Op::If, &[condition, tangent, slope])
        })
    }

    /// The number that the condition compares the variable with.
    fn singled_out(&self, condition: Id, variable: usize) -> Option<Number> {
        let Node::Apply(Op::Eq, [a, b, _]) = self.node(condition) else {
            return None;
        };
        match (self.node(*a), self.node(*b)) {
            (Node::Variable(index), Node::Number(place))
            | (Node::Number(place), Node::Variable(index))
                if *index == variable =>
            {
                Some(place.clone())
            }
            _ => None,
        }
    }

    /// Whether the branch beside the point has a value and a slope at the point too, and its value is the one that is given there.
    fn goes_on(&self, nodes: [Id; 3], variable: usize, place: &Number) -> bool {
        let mut graph = self.clone();
        graph.roots = nodes.to_vec();
        let tape = graph.tape();
        let mut compared = 0;
        for sample in 0..SAMPLES.len() {
            let mut point: Vec<f64> = (0..self.variables.len())
                .map(|v| SAMPLES[(sample + v) % SAMPLES.len()])
                .collect();
            point[variable] = place.to_f64();
            let [at, beside, slope] = tape.eval(&point)[..] else {
                return false;
            };
            if at.is_nan() && beside.is_nan() {
                continue;
            }
            let close = (at - beside).abs() <= RELATIVE * at.abs().max(beside.abs());
            if !(close && slope.is_finite()) {
                return false;
            }
            compared += 1;
        }
        compared > 0
    }
}
