//! Formulas at points whose coordinates are exact, in as many digits as it takes to tell values apart.
//!
//! An f64 interval at a point says where to look. What holds there is decided here: by enclosures that are disjoint, or by an
//! operation whose argument lies outside its domain for certain.

use super::interval::Interval;
use super::points::rank;
use crate::ir::Dag;
use crate::number::Number;
use crate::precise::{Arithmetic, Defined, Ladder, Value, evaluate};

/// What two formulas are at a point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Compared {
    /// Two values, or a value and none: for certain. Nearest in f64; `None` where there is none.
    Apart([Option<f64>; 2]),
    /// Two values that no digits so far tell apart, nearest in f64.
    Close([f64; 2]),
    /// Neither.
    Open,
}

/// The cost of a node at each precision.
const COSTS: [usize; 4] = [1, 2, 8, 64];
/// Evaluations of nodes, by these costs, after which everything is left open.
const EFFORT: usize = 200_000;
/// At how many bits two values count as close that meet.
const CLOSE: usize = 200;

/// Arithmetic for many points, and how much of it may still be done.
#[derive(Debug)]
pub(crate) struct Exactly {
    ladder: Ladder,
    left: usize,
}

impl Exactly {
    pub(crate) fn new() -> Self {
        Self {
            ladder: Ladder::new(),
            left: EFFORT,
        }
    }

    /// Looks at something at rising precision until it is found, or the effort is used up.
    fn look<T>(
        &mut self,
        nodes: usize,
        mut at: impl FnMut(&mut Arithmetic) -> Option<T>,
    ) -> Option<T> {
        for (arithmetic, cost) in self.ladder.rungs().zip(COSTS) {
            self.left = self.left.checked_sub(nodes * cost)?;
            let found = at(arithmetic);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Compares the first outputs of two graphs over the same variables.
    pub(crate) fn compare(&mut self, left: &Dag, right: &Dag, point: &[Number]) -> Compared {
        let nodes = left.nodes().len() + right.nodes().len();
        let found = self.look(nodes, |arithmetic| {
            let [a, b] = [left, right].map(|dag| output(dag, point, arithmetic));
            let apart = match (a.defined, b.defined) {
                (Defined::Always, Defined::Always) => a.range.misses(&b.range),
                (Defined::Always, Defined::Never) | (Defined::Never, Defined::Always) => true,
                _ => false,
            };
            if apart {
                return Some(Compared::Apart([None, None]));
            }
            let values = known(&a)
                .zip(known(&b))
                .filter(|_| arithmetic.precision >= CLOSE);
            values.map(|(a, b)| Compared::Close([a, b]))
        });
        match found {
            Some(Compared::Apart(_)) => {
                Compared::Apart([left, right].map(|dag| self.value(dag, point)))
            }
            found => found.unwrap_or(Compared::Open),
        }
    }

    /// The value nearest in f64, as well as it is known; `None` where there is none.
    fn value(&mut self, dag: &Dag, point: &[Number]) -> Option<f64> {
        let mut last = None;
        let found = self.look(dag.nodes().len(), |arithmetic| {
            let value = output(dag, point, arithmetic);
            if value.defined == Defined::Never {
                return Some(None);
            }
            let [low, high] = ends(&value);
            last = Some(low / 2.0 + high / 2.0);
            known(&value).map(Some)
        });
        found.unwrap_or(last)
    }

    /// Whether the first output of a graph has no value at a point, for certain.
    pub(crate) fn is_undefined(&mut self, dag: &Dag, point: &[Number]) -> bool {
        let found = self.look(dag.nodes().len(), |arithmetic| {
            match output(dag, point, arithmetic).defined {
                Defined::Never => Some(true),
                Defined::Always => Some(false),
                Defined::Perhaps => None,
            }
        });
        found == Some(true)
    }

    /// Whether a node has different signs at two opposite corners of a box.
    pub(crate) fn changes_sign(&mut self, dag: &Dag, index: usize, sides: &[Interval]) -> bool {
        let mut sign = |pick: fn(&Interval) -> f64| {
            let corner: Option<Vec<Number>> = sides
                .iter()
                .map(|side| Number::exactly(pick(side)))
                .collect();
            let corner = corner?;
            self.look(dag.nodes().len(), |arithmetic| {
                let range = &at(dag, &corner, arithmetic)[index].range;
                match (range.is_positive(), range.is_negative()) {
                    (true, _) => Some(true),
                    (_, true) => Some(false),
                    _ => None,
                }
            })
        };
        let corners = sign(|side| side.low).zip(sign(|side| side.high));
        corners.is_some_and(|(low, high)| low != high)
    }
}

/// Every node at a point.
fn at(dag: &Dag, point: &[Number], arithmetic: &mut Arithmetic) -> Vec<Value> {
    let point: Vec<Value> = point
        .iter()
        .map(|number| Value::constant(number.into(), arithmetic))
        .collect();
    evaluate(dag, &point, arithmetic)
}

fn output(dag: &Dag, point: &[Number], arithmetic: &mut Arithmetic) -> Value {
    at(dag, point, arithmetic).swap_remove(usize::from(dag.roots[0]))
}

/// The ends of a value in f64.
fn ends(value: &Value) -> [f64; 2] {
    let span = value.range.span();
    [&span.low, &span.high].map(|end| end.to_f64().value())
}

/// The value in f64, if that is as good as known.
fn known(value: &Value) -> Option<f64> {
    let [low, high] = ends(value);
    let narrow = value.defined == Defined::Always && rank(low).abs_diff(rank(high)) <= 1;
    narrow.then_some(low)
}
