//! Values of many graphs at the same points: what they share is computed once.

use std::cell::RefCell;
use std::ops::Range;

use super::eval::constant;
use super::{Columns, Dag, Id, Rounding};

/// Points in a format, and the values there of all graphs that were asked for.
///
/// The forms of one formula share most of their parts, and the exponentials among them take most of the time.
pub(crate) struct Samples {
    /// A column for each variable.
    points: Vec<Vec<f64>>,
    rounding: Rounding,
    known: RefCell<Known>,
}

/// The nodes of all graphs as one graph, and a column for each.
#[derive(Default)]
struct Known {
    dag: Dag,
    constants: Vec<Option<f64>>,
    columns: Vec<Column>,
}

/// The values of a node.
#[derive(Default)]
struct Column {
    values: Vec<f64>,
    /// The indices of the points at which it leaves the range of the format.
    strained: Vec<u32>,
}

/// A graph of more nodes than this would take much memory, and the nodes of others are forgotten before they are as many.
const REMEMBERED: usize = 2_000;

impl Samples {
    /// Samples at `points`, a column for each variable.
    pub(crate) fn new(points: Vec<Vec<f64>>, rounding: Rounding) -> Self {
        Self {
            points,
            rounding,
            known: RefCell::default(),
        }
    }

    /// A column for each variable.
    pub(crate) fn points(&self) -> &[Vec<f64>] {
        &self.points
    }

    /// The values of the variables at one point.
    pub(crate) fn point(&self, at: usize) -> Vec<f64> {
        self.points.iter().map(|column| column[at]).collect()
    }

    /// How many points there are.
    pub(crate) fn count(&self) -> usize {
        self.points.first().map_or(0, Vec::len)
    }

    /// More points, at which what is known is computed as well.
    pub(crate) fn extend(&mut self, points: &[Vec<f64>]) {
        let before = self.count();
        for (column, more) in self.points.iter_mut().zip(points) {
            column.extend(more);
        }
        let block = before..self.count();
        let known = self.known.get_mut();
        for index in 0..known.dag.nodes().len() {
            known.compute(index, block.clone(), &self.points, self.rounding);
        }
    }

    /// What a graph over the same variables gives.
    pub(crate) fn of(&self, dag: &Dag) -> Columns {
        if dag.nodes().len() > REMEMBERED {
            return dag.tape().columns(&self.points, self.rounding);
        }
        let known = &mut *self.known.borrow_mut();
        if known.dag.nodes().len() > REMEMBERED {
            *known = Known::default();
        }
        let mut strained = vec![false; self.count()];
        let mut ids: Vec<Id> = Vec::with_capacity(dag.nodes().len());
        for node in dag.nodes() {
            let id = known.dag.add(node.map(|id| ids[usize::from(id)]));
            let index = usize::from(id);
            if index == known.columns.len() {
                known.compute(index, 0..self.count(), &self.points, self.rounding);
            }
            for &point in &known.columns[index].strained {
                strained[point as usize] = true;
            }
            ids.push(id);
        }
        let output = |&root: &Id| {
            known.columns[usize::from(ids[usize::from(root)])]
                .values
                .clone()
        };
        Columns {
            outputs: dag.roots.iter().map(output).collect(),
            strained,
        }
    }
}

impl Known {
    /// Adds the values of a node at a block of points to those it has.
    fn compute(
        &mut self,
        index: usize,
        block: Range<usize>,
        points: &[Vec<f64>],
        rounding: Rounding,
    ) {
        let node = &self.dag.nodes()[index];
        if index == self.columns.len() {
            self.columns.push(Column::default());
            let constant = constant(node, |id| self.constants[usize::from(id)]);
            self.constants.push(constant);
        }
        let (before, column) = self.columns.split_at_mut(index);
        let column = &mut column[0];
        column.values.resize(block.end, 0.0);
        let side = |id: Id| &before[usize::from(id)].values[block.clone()];
        let variable = |variable: usize| &points[variable][block.clone()];
        rounding.compute(
            (node, self.constants[index]),
            side,
            variable,
            &mut column.values[block.clone()],
            |point| column.strained.push((block.start + point) as u32),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In whichever order graphs and points come.
    #[test]
    fn samples_are_the_values_at_the_points() {
        let texts = [
            "exp(x) * beta + 1e-40 * x",
            "exp(x) / (1 + exp(x)) * 1e300",
            "if x > beta { exp(x) } else { square(x) * pi }",
            "x - beta + sqrt(2) * 1e-50",
        ];
        let dags = texts.map(|text| Dag::parse(text).unwrap());
        let column = |scale: f64| (-40..40).map(|k| f64::from(k) * scale).collect::<Vec<_>>();
        let points = vec![column(2.5), column(1e-9)];
        let more = vec![vec![1e30, -1e-30], vec![0.0, 1e200]];
        let mut all = points.clone();
        all.iter_mut()
            .zip(&more)
            .for_each(|(all, more)| all.extend(more));
        for rounding in [Rounding::F32, Rounding::F64, Rounding::F32Digits] {
            let mut samples = Samples::new(points.clone(), rounding);
            let compare = |samples: &Samples, points: &[Vec<f64>]| {
                for dag in dags.iter().chain(&dags) {
                    let (found, expected) = (samples.of(dag), dag.tape().columns(points, rounding));
                    let bits = |column: &Vec<f64>| column.iter().map(|v| v.to_bits()).collect();
                    let bits = |all: &[Vec<f64>]| all.iter().map(bits).collect::<Vec<Vec<u64>>>();
                    assert_eq!(bits(&found.outputs), bits(&expected.outputs));
                    assert_eq!(found.strained, expected.strained);
                }
            };
            compare(&samples, &points);
            samples.extend(&more);
            compare(&samples, &all);
        }
    }
}
