//! The slope where several pieces meet at 0 and their kinks cancel: `relu(x) + log1p(exp(-abs(x)))` is smooth there.
//!
//! A kink has no slope, and the table picks one. What it picks for two kinks at one point need not add up to the slope that their sum
//! has, so there the slopes from both sides decide, where they agree.

use super::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;

/// Values of the other variables at which slopes are compared.
const SAMPLES: [f64; 4] = [1.3, 0.7, 0.4, 2.1];
/// Roundings apart, values and slopes are equal.
const RELATIVE: f64 = 1e-9;

impl Dag {
    /// The slope of the node `value` by `variable`: `slope`, but perhaps where kinks meet at 0.
    pub(super) fn joined(&mut self, value: Id, variable: usize, slope: Id) -> Id {
        let Some(input) = self.find(&Node::Variable(variable)) else {
            return slope;
        };
        let bends = |node: &&Node| piece(node, input, true).is_some();
        if self.nodes[..=usize::from(value)]
            .iter()
            .filter(bends)
            .count()
            < 2
        {
            return slope;
        }
        let zero = self.number(Number::zero());
        let [left, right] = [false, true].map(|right| self.one_sided(value, variable, right));
        let mut graph = self.clone();
        graph.roots = [&left[..], &right[..], &[value, slope]].concat();
        let tape = graph.tape();
        let near = |a: f64, b: f64| (a - b).abs() <= RELATIVE * (1.0 + a.abs().min(b.abs()));
        let mut differs = false;
        for sample in 0..SAMPLES.len() {
            let mut point: Vec<f64> = (0..self.variables.len())
                .map(|v| SAMPLES[(sample + v) % SAMPLES.len()])
                .collect();
            point[variable] = 0.0;
            let found = tape.eval(&point);
            let values = near(found[0], found[2]) && near(found[0], found[4]);
            if !values || !near(found[1], found[3]) {
                return slope;
            }
            differs |= !near(found[1], found[5]);
        }
        if !differs {
            return slope;
        }
        let condition = self.apply(Op::Eq, &[input, zero]);
        self.choose(condition, right[1], slope)
    }

    /// The value and the slope that the node has at 0, as they are on one side of it.
    fn one_sided(&mut self, value: Id, variable: usize, right: bool) -> [Id; 2] {
        let mut side = Self::new(self.variables.clone());
        let mut places: Vec<Id> = Vec::with_capacity(usize::from(value) + 1);
        for node in &self.nodes[..=usize::from(value)] {
            let input = self.find(&Node::Variable(variable));
            let bent = input.and_then(|input| piece(node, input, right));
            let place = match bent {
                None => side.add(node.map(|id| places[usize::from(id)])),
                Some(factor) => {
                    let (factor, x) = (side.number(factor), side.variable(variable));
                    side.apply(Op::Mul, &[factor, x])
                }
            };
            places.push(place);
        }
        let value = places[usize::from(value)];
        let slope = side.derivative(value, variable);
        side.roots = vec![value, slope];
        let at: Vec<Id> = (0..self.variables.len())
            .map(|v| {
                if v == variable {
                    self.number(Number::zero())
                } else {
                    self.variable(v)
                }
            })
            .collect();
        let both = self.inline(&side.compact(), &at);
        [both[0], both[1]]
    }
}

/// What a node is, on one side of 0, if it bends there: this multiple of `input`.
fn piece(node: &Node, input: Id, right: bool) -> Option<Number> {
    let (left_factor, right_factor) = match node {
        Node::Apply(Op::Relu, [x, ..]) if *x == input => (0, 1),
        Node::Apply(Op::Min0, [x, ..]) if *x == input => (1, 0),
        Node::Apply(Op::Abs, [x, ..]) if *x == input => (-1, 1),
        _ => return None,
    };
    Some(Number::from(if right { right_factor } else { left_factor }))
}
