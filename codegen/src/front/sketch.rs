//! A formula whose constants are variables, so that they can be fitted again after a step has changed its structure.

use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;

use super::rules::Template;

/// A graph over the input and numbered constants, with the values of these.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    pub dag: Dag,
    pub values: Vec<f64>,
}

/// Whole numbers up to this size are part of the structure: they are not fitted.
const STRUCTURAL: i32 = 2;

impl Sketch {
    /// The first output of a graph of one variable, its constant parts taken for constants.
    pub(super) fn of(dag: &Dag) -> Self {
        let mut sketch = Self {
            dag: Dag::new(vec!["x".to_owned()]),
            values: Vec::new(),
        };
        let mut known: Vec<Option<f64>> = Vec::with_capacity(dag.nodes().len());
        for node in dag.nodes() {
            known.push(value(node, &known));
        }
        let mut ids: Vec<Option<Id>> = vec![None; dag.nodes().len()];
        let mut leaf = |sketch: &mut Self, id: Id| {
            let slot = usize::from(id);
            if let Some(known) = ids[slot] {
                return known;
            }
            let small = |number: &Number| {
                let whole = number.to_integer()?;
                (whole.abs() <= STRUCTURAL).then_some(whole)
            };
            let made = match (dag.node(id), known[slot]) {
                (Node::Number(number), _) if small(number).is_some() => {
                    sketch.dag.number(number.clone())
                }
                (_, Some(value)) => sketch.constant(value),
                (_, None) => unreachable!("only constants are leaves"),
            };
            ids[slot] = Some(made);
            made
        };
        let mut made: Vec<Option<Id>> = vec![None; dag.nodes().len()];
        for (index, node) in dag.nodes().iter().enumerate() {
            if known[index].is_some() {
                continue;
            }
            let id = match node {
                Node::Variable(_) => sketch.dag.variable(0),
                Node::Apply(op, _) => {
                    let mut arguments = Vec::with_capacity(3);
                    for (place, &argument) in node.arguments().iter().enumerate() {
                        let slot = usize::from(argument);
                        arguments.push(match (made[slot], dag.node(argument)) {
                            (Some(id), _) => id,
                            (None, Node::Number(exponent)) if *op == Op::Powi && place == 1 => {
                                sketch.dag.number(exponent.clone())
                            }
                            (None, _) => leaf(&mut sketch, argument),
                        });
                    }
                    sketch.dag.apply(*op, &arguments)
                }
                Node::Number(_) => continue,
            };
            made[index] = Some(id);
        }
        let root = dag.roots[0];
        let root = made[usize::from(root)].unwrap_or_else(|| leaf(&mut sketch, root));
        sketch.dag.roots = vec![root];
        sketch.pruned()
    }

    /// One more constant.
    fn constant(&mut self, value: f64) -> Id {
        self.values.push(value);
        let index = self.dag.variables.len();
        self.dag.variables.push(format!("c{index}"));
        self.dag.variable(index)
    }

    /// The nodes that depend on the input, and are more than it.
    pub(super) fn parts(&self) -> Vec<Id> {
        let varying = self.varying();
        self.dag
            .used()
            .filter(|&id| varying[usize::from(id)] && matches!(self.dag.node(id), Node::Apply(..)))
            .collect()
    }

    /// Which nodes depend on the input.
    fn varying(&self) -> Vec<bool> {
        let mut varying: Vec<bool> = Vec::with_capacity(self.dag.nodes().len());
        for node in self.dag.nodes() {
            let below = node.arguments().iter().any(|&id| varying[usize::from(id)]);
            varying.push(below || *node == Node::Variable(0));
        }
        varying
    }

    /// The sketch with what a template makes of a node in its place.
    pub(super) fn with(&self, place: Id, template: &Template) -> Self {
        let mut made = self.clone();
        let x = made.dag.variable(0);
        let mut arguments = vec![x];
        let own = self.dag.node(place).arguments().to_vec();
        arguments.extend((0..3).map(|index| own.get(index).copied().unwrap_or(x)));
        arguments.extend(template.start.iter().map(|&start| made.constant(start)));
        arguments.resize(template.dag.variables.len(), x);
        let by = made.dag.inline(&template.dag, &arguments)[0];
        let mut out = Dag::new(made.dag.variables.clone());
        // Arguments of the node stand before it, so what comes in its place is complete when it is reached.
        let mut memo = vec![None; made.dag.nodes().len()];
        let root = copied(
            &made.dag,
            made.dag.roots[0],
            Some((place, by)),
            &mut out,
            &mut memo,
        );
        out.roots = vec![root];
        made.dag = out;
        made.pruned()
    }

    /// Without the constants that are not used.
    fn pruned(self) -> Self {
        let dag = self.dag.compact();
        let used = |index: usize| {
            let variable = Node::Variable(index);
            dag.find(&variable).is_some()
        };
        let kept: Vec<usize> = (1..dag.variables.len()).filter(|&v| used(v)).collect();
        let names = (0..=kept.len()).map(|index| match index {
            0 => "x".to_owned(),
            index => format!("c{index}"),
        });
        let mut out = Dag::new(names.collect());
        let mut arguments = vec![Id::from(0); dag.variables.len()];
        arguments[0] = out.variable(0);
        for (index, &variable) in kept.iter().enumerate() {
            arguments[variable] = out.variable(index + 1);
        }
        out.roots = out.inline(&dag, &arguments);
        Self {
            values: kept
                .iter()
                .map(|&variable| self.values[variable - 1])
                .collect(),
            dag: out.compact(),
        }
    }

    /// The formula with numbers for its constants.
    pub(super) fn settled(&self, numbers: &[Number]) -> Dag {
        let mut out = Dag::new(vec!["x".to_owned()]);
        let mut arguments = vec![out.variable(0)];
        arguments.extend(numbers.iter().map(|number| out.number(number.clone())));
        out.roots = out.inline(&self.dag, &arguments);
        out.compact()
    }

    /// The constants as numbers of so many digits; `None` if one is not finite.
    pub(super) fn numbers(&self, digits: usize) -> Option<Vec<Number>> {
        let values = self.values.iter();
        values.map(|&value| rounded(value, digits)).collect()
    }
}

/// A number to so many significant digits.
pub(super) fn rounded(value: f64, digits: usize) -> Option<Number> {
    let text = format!("{value:.*e}", digits.saturating_sub(1));
    value.is_finite().then(|| Number::parse(&text)).flatten()
}

/// The value of a node that depends on no variable.
fn value(node: &Node, known: &[Option<f64>]) -> Option<f64> {
    match node {
        Node::Number(number) => Some(number.to_f64()),
        Node::Variable(_) => None,
        Node::Apply(op, _) => {
            let arguments = node.arguments().iter().map(|&id| known[usize::from(id)]);
            let arguments: Option<Vec<f64>> = arguments.collect();
            arguments.map(|arguments| op.value(&arguments))
        }
    }
}

/// Copies a node with all below it; at `change.0`, what is at `change.1`.
fn copied(
    from: &Dag,
    id: Id,
    change: Option<(Id, Id)>,
    out: &mut Dag,
    memo: &mut Vec<Option<Id>>,
) -> Id {
    if let Some(known) = memo[usize::from(id)] {
        return known;
    }
    let made = match change {
        // What is put in place does not contain the place: it is made of the arguments.
        Some((place, by)) if place == id && by != id => copied(from, by, change, out, memo),
        _ => {
            let node = from.node(id).clone();
            let mut arguments = Vec::with_capacity(3);
            for &argument in node.arguments() {
                arguments.push(copied(from, argument, change, out, memo));
            }
            let mut arguments = arguments.into_iter();
            out.add(node.map(|id| arguments.next().unwrap_or(id)))
        }
    };
    memo[usize::from(id)] = Some(made);
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_parts_are_constants_and_come_back() {
        for (text, skeleton, back) in [
            (
                "x * sigmoid(1.5 * x)",
                "x * sigmoid(c1 * x)",
                "x * sigmoid(1.5 * x)",
            ),
            ("sigmoid(0) * x + 3", "c1 * x + c2", "0.5 * x + 3"),
            ("2 * x - 1", "2 * x - 1", "2 * x - 1"),
            (
                "min(x, ln(10)) + x.powi(5)",
                "min(x, c1) + powi(x, 5)",
                "min(x, 2.30259) + powi(x, 5)",
            ),
            ("sqrt(2) - 1", "c1", "0.414214"),
        ] {
            let sketch = Sketch::of(&Dag::parse(text).unwrap());
            assert_eq!(sketch.dag.formula(0), skeleton);
            let numbers = sketch.numbers(6).unwrap();
            assert_eq!(sketch.settled(&numbers).formula(0), back);
        }
    }
}
