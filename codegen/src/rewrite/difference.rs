//! The search for a point at which two formulas differ as real numbers.
//!
//! Rounding never passes for a difference: values are enclosed in intervals around the real value, and only intervals that do not
//! meet refute, or a side that is certainly undefined where the other is certainly defined. The search looks at the points that
//! the formulas single out, then halves boxes of the variables, those first whose enclosures leave most room for a difference.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::enclose::{Defined, Encloser, Enclosure};
use super::interval::Interval;
use super::points::{Points, between, rank};
use super::region::{Region, Span};
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;

/// A point at which two formulas differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The exact values of the variables there.
    pub point: Vec<Number>,
    /// The value of the first formula in f64; `None` where it is undefined.
    pub left: Option<f64>,
    /// The value of the second formula.
    pub right: Option<f64>,
}

/// How closely two formulas agree that no point tells apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreement {
    /// At how many points both have a value that f64 holds.
    pub points: usize,
    /// The largest difference of these values, as a count of f64 from one to the other. Large where one of them cancels.
    pub max_ulp: u64,
    /// Where that is.
    pub at: Vec<Number>,
    /// At how many points the values are at most [`CLOSE`](Self::CLOSE) apart.
    pub close: usize,
}

impl Agreement {
    /// Two forms of a value that round well differ by no more than this many ULP.
    pub const CLOSE: u64 = 8;
}

/// Node evaluations in the halving of boxes.
const EFFORT: usize = 600_000;
/// Bounds on the count of boxes.
const BOXES: (usize, usize) = (60, 6_000);
/// Above these, boxes are judged without derivatives.
const MAX_SLOPES: (usize, usize) = (4_000, 6);

/// Two graphs over the same variables, looked at point by point.
pub(super) struct Search<'a> {
    sides: [(&'a Dag, Encloser<'a>); 2],
    spans: Vec<Span>,
    /// What has been seen so far.
    pub agreement: Agreement,
}

impl<'a> Search<'a> {
    /// The search for a difference of the first outputs.
    pub(super) fn new(left: &'a Dag, right: &'a Dag, region: &Region) -> Self {
        Self {
            sides: [left, right].map(|dag| (dag, Encloser::new(dag))),
            spans: region.spans(&left.variables),
            agreement: Agreement::default(),
        }
    }

    /// Looks at the points that the formulas single out.
    pub(super) fn among(&mut self, points: &Points) -> Option<Difference> {
        points.points.iter().find_map(|point| self.compare(point))
    }

    /// Compares both sides at one point.
    fn compare(&mut self, point: &[Number]) -> Option<Difference> {
        let floats: Vec<f64> = point.iter().map(Number::to_f64).collect();
        let [a, b] = [0, 1].map(|side| {
            let (dag, encloser) = &self.sides[side];
            let enclosure = encloser.at(point)[usize::from(dag.roots[0])];
            (enclosure, dag.eval(&floats)[0])
        });
        let value = |(enclosure, float): (Enclosure, f64)| {
            let Interval { low, high } = enclosure.interval;
            let float = if float.is_nan() { low / 2.0 + high / 2.0 } else { float };
            (enclosure.defined == Defined::Always).then(|| float.max(low).min(high))
        };
        let differ = match (a.0.defined, b.0.defined) {
            (Defined::Always, Defined::Always) => a.0.interval.misses(b.0.interval),
            (Defined::Always, Defined::Never) | (Defined::Never, Defined::Always) => true,
            _ => false,
        };
        if differ {
            return Some(Difference {
                point: point.to_vec(),
                left: value(a),
                right: value(b),
            });
        }
        let defined = a.0.defined == Defined::Always && b.0.defined == Defined::Always;
        if defined && a.1.is_finite() && b.1.is_finite() {
            let ulp = rank(a.1).abs_diff(rank(b.1));
            self.agreement.points += 1;
            self.agreement.close += usize::from(ulp <= Agreement::CLOSE);
            if ulp > self.agreement.max_ulp || self.agreement.at.is_empty() {
                self.agreement.max_ulp = ulp;
                self.agreement.at = point.to_vec();
            }
        }
        None
    }

    /// Halves boxes, from those that `breaks` cut the region into, and compares in the middle of each.
    pub(super) fn bisect(&mut self, breaks: &[Vec<f64>]) -> Option<Difference> {
        let judge = Judge::new(self.sides[0].0, self.sides[1].0);
        let encloser = Encloser::new(&judge.graph);
        let mut boxes = (EFFORT / judge.graph.nodes().len()).clamp(BOXES.0, BOXES.1);
        let whole = |span: &Span| Interval {
            low: span.interval.low.max(f64::MIN),
            high: span.interval.high.min(f64::MAX),
        };
        let mut heap = BinaryHeap::new();
        let mut count = 0usize;
        let root: Vec<Interval> = self.spans.iter().map(whole).collect();
        heap.push(Entry::new(1.0, count, 0, root));
        while let Some(Entry { depth, sides, .. }) = heap.pop() {
            let Some((dimension, at)) = split(&sides, breaks) else {
                continue;
            };
            for upper in [false, true] {
                let mut half = sides.clone();
                if upper {
                    half[dimension].low = at;
                } else {
                    half[dimension].high = at;
                }
                if boxes == 0 {
                    return None;
                }
                boxes -= 1;
                let middle: Vec<f64> = half.iter().map(|i| between(i.low, i.high).unwrap_or(i.low)).collect();
                if let Some(point) = self.exact(&middle)
                    && let Some(difference) = self.compare(&point)
                {
                    return Some(difference);
                }
                if let Some(room) = judge.room(&encloser, &half, &middle) {
                    count += 1;
                    heap.push(Entry::new(room, count, depth + 1, half));
                }
            }
        }
        None
    }

    /// The point as exact numbers, if it lies in the region.
    fn exact(&self, point: &[f64]) -> Option<Vec<Number>> {
        let exact = |(&value, span): (&f64, &Span)| Number::from_f64(value).filter(|n| span.holds(n));
        point.iter().zip(&self.spans).map(exact).collect()
    }
}

/// A box that waits; the one with most room comes first, then the first that came.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank(i64, Reverse<usize>);

struct Entry {
    rank: Rank,
    depth: i32,
    sides: Vec<Interval>,
}

impl Entry {
    fn new(room: f64, count: usize, depth: i32, sides: Vec<Interval>) -> Self {
        // Ordinary arguments before extreme ones, and no box is followed for ever.
        let far = |i: &Interval| (i.low / 2.0 + i.high / 2.0).abs().max(f64::MIN_POSITIVE).log2() / 64.0;
        let weight: f64 = sides.iter().map(|side| 1.0 / (1.0 + far(side).powi(2))).product();
        let room = room * weight * 0.95f64.powi(depth);
        Self {
            rank: Rank(rank(room), Reverse(count)),
            depth,
            sides,
        }
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank)
    }
}

/// The variable with the longest side by its count of f64, and where to cut it: at the break nearest to the middle of those
/// inside, else in the middle.
fn split(sides: &[Interval], breaks: &[Vec<f64>]) -> Option<(usize, f64)> {
    let length = |side: &Interval| rank(side.high).abs_diff(rank(side.low));
    let inside = |variable: usize| {
        let side = sides[variable];
        let from = breaks[variable].partition_point(|&value| value <= side.low);
        let to = breaks[variable].partition_point(|&value| value < side.high);
        &breaks[variable][from..to.max(from)]
    };
    let dimension = (0..sides.len()).max_by_key(|&v| (inside(v).len(), length(&sides[v]), Reverse(v)))?;
    let side = sides[dimension];
    let cuts = inside(dimension);
    let at = match cuts.get(cuts.len() / 2) {
        Some(&cut) => Some(cut),
        None => between(side.low, side.high),
    };
    at.map(|at| (dimension, at))
}

/// What bounds the difference over a box: the graph of both sides, their difference and its derivatives.
struct Judge {
    graph: Dag,
    left: Id,
    right: Id,
    difference: Id,
    slopes: Vec<Id>,
}

impl Judge {
    fn new(left: &Dag, right: &Dag) -> Self {
        let mut graph = Dag::new(left.variables.clone());
        let variables: Vec<Id> = (0..left.variables.len()).map(|v| graph.variable(v)).collect();
        let [a, b] = [left, right].map(|dag| graph.inline(dag, &variables)[0]);
        let difference = graph.apply(Op::Sub, &[a, b]);
        graph.roots = vec![difference];
        let few = graph.nodes().len() <= MAX_SLOPES.0 && variables.len() <= MAX_SLOPES.1;
        let graph = if few { graph.with_gradient() } else { graph.compact() };
        let difference = graph.roots[0];
        let (left, right) = match graph.node(difference) {
            Node::Apply(_, [left, right, _]) => (*left, *right),
            Node::Number(_) | Node::Variable(_) => (difference, difference),
        };
        Self {
            left,
            right,
            difference,
            slopes: graph.roots[1..].to_vec(),
            graph,
        }
    }

    /// How large a difference the box may hold, relative to the values: from 0 to 1; `None` if it can hold none.
    fn room(&self, encloser: &Encloser<'_>, sides: &[Interval], middle: &[f64]) -> Option<f64> {
        let known = encloser.over(sides);
        let of = |id: Id| known[usize::from(id)];
        let (left, right, difference) = (of(self.left), of(self.right), of(self.difference));
        match (left.defined, right.defined) {
            (Defined::Never, Defined::Never) => return None,
            (Defined::Always, Defined::Always) if self.left == self.right => return None,
            _ => {}
        }
        let size = |interval: Interval| interval.low.abs().max(interval.high.abs());
        let mut bound = size(difference.interval);
        if difference.continuous && !self.slopes.is_empty() {
            // The mean value theorem: from the middle, the difference grows by no more than its slopes allow.
            let at_middle: Vec<Interval> = middle.iter().map(|&m| Interval { low: m, high: m }).collect();
            let centre = size(encloser.over(&at_middle)[usize::from(self.difference)].interval);
            let growth = self.slopes.iter().zip(sides).map(|(&slope, side)| {
                let width = side.high / 2.0 - side.low / 2.0;
                if width == 0.0 { 0.0 } else { size(of(slope).interval) * width }
            });
            bound = bound.min(centre + growth.sum::<f64>());
        }
        let scale = size(left.interval).min(size(right.interval));
        let scale = if scale.is_finite() { scale } else { 0.0 };
        let relative = if bound.is_finite() { bound / (bound + scale) } else { 1.0 };
        // Where one side may be undefined, the other may not be.
        let unsure = left.defined == Defined::Perhaps || right.defined == Defined::Perhaps;
        Some(if unsure { relative.max(0.75) } else { relative })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(a: &str, b: &str) -> (Option<Difference>, Agreement) {
        let (a, b) = (Dag::parse(a).unwrap(), Dag::parse(b).unwrap());
        let region = Region::default();
        let mut search = Search::new(&a, &b, &region);
        let mut both = a.clone();
        let variables: Vec<Id> = (0..a.variables.len()).map(|v| both.variable(v)).collect();
        let root = both.inline(&b, &variables)[0];
        both.roots.push(root);
        let points = Points::new(&both, &region.spans(&a.variables));
        let found = search.among(&points).or_else(|| search.bisect(&points.breaks));
        (found, search.agreement)
    }

    #[test]
    fn rounding_and_overflow_refute_nothing() {
        for (a, b) in [
            ("(exp(x) - 1) / x", "expm1(x) / x"),
            ("exp(x) / (1 + exp(x))", "sigmoid(x)"),
            ("square(sin(x)) + square(cos(x))", "1"),
            ("ln(1 + exp(x))", "softplus(x)"),
            ("powi(x, 3) / x", "square(x) * x / x"),
            ("x - tanh(x)", "tanhshrink(x)"),
            ("x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * cube(x)))) / 2", "gelu_tanh(x)"),
            ("exp(-square(x))", "gaussian(x)"),
            ("x * erfc(-x / sqrt(2)) / 2", "gelu(x)"),
            ("if x == 0 { 1 } else { sin(pi * x) / (pi * x) }", "sinc(x)"),
            ("x * clamp(x / 6 + 0.5, 0, 1)", "hardswish(x)"),
        ] {
            assert_eq!(difference(a, b).0, None, "{a} = {b}");
        }
    }

    #[test]
    fn differences_are_found_wherever_they_hide() {
        for (a, b) in [
            ("gelu(x)", "gelu_tanh(x)"),
            ("x + 1e-6", "x"),
            ("relu(x)", "relu(x) + 0 * ln(x)"),
            ("if x > 0 { x } else { 0 }", "leaky_relu(x)"),
            ("x", "if x == 12345.678 { 0 } else { x }"),
            ("x", "if 3 * x == 1 { 0 } else { x }"),
            ("relu(x)", "max(x, 1e-30)"),
            ("clamp(x, -1000003, 1000003)", "x"),
            ("sin(x)", "sin(x) + gaussian(1000 * (x - 3.21))"),
            ("x", "x + relu(x - 1e30)"),
            ("x", "x + relu(-x - 1e300)"),
            ("x", "x + relu(x - 1.2345) * relu(1.2346 - x)"),
            ("x", "if (x - 1.0001) * (x - 1.0003) < 0 { 0 } else { x }"),
            ("sin(x)", "sin(x) + gaussian(1000 * (sin(x) - 0.7))"),
            ("tanh(x)", "tanh(x) + 1e-3 * relu(cos(37 * x) - 0.9999)"),
            ("x / x", "1"),
            ("exp(ln(x))", "x"),
            ("sqrt(square(x))", "square(sqrt(x))"),
            ("ln(x) - ln(x)", "0"),
            ("abs(x)", "exp(ln(abs(x)))"),
        ] {
            assert!(difference(a, b).0.is_some(), "{a} ≠ {b}");
        }
    }

    #[test]
    fn a_side_without_a_value_is_undefined() {
        let found = difference("exp(ln(abs(x)))", "abs(x)").0.unwrap();
        assert_eq!((found.left, found.right), (None, Some(0.0)));
    }

    #[test]
    fn agreement_is_counted() {
        let (_, agreement) = difference("ln(1 + exp(x))", "softplus(x)");
        assert!(agreement.points > 200 && agreement.close < agreement.points);
        assert!(agreement.max_ulp > 1_000 && agreement.at.len() == 1);
    }
}
