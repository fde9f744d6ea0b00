//! The search for a point at which two formulas differ as real numbers.
//!
//! Rounding never passes for a difference: values are enclosed in intervals around the real value, and only intervals that do not
//! meet refute, or a side that is certainly undefined where the other is certainly defined. With the feature `oracle`, what f64
//! intervals show is decided again in as many digits as it takes. The search looks at the points that the formulas single out,
//! then halves boxes of the variables, those first whose enclosures leave most room for a difference.

use std::collections::BinaryHeap;

use super::boxes::{Entry, Judge};
use super::definedness::{crossing, cut};
use super::enclose::{Defined, Encloser, Enclosure};
#[cfg(feature = "oracle")]
use super::exactly::{Compared, Exactly};
use super::interval::Interval;
use super::points::{Points, between, rank};
use super::region::{Region, Span};
use crate::ir::{Dag, Id};
use crate::number::Number;

/// A point at which two formulas differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The values of the variables there.
    pub point: Vec<Number>,
    /// Whether the point is exact. If not, one of the sides divides by 0 within some ULP of it.
    pub exact: bool,
    /// The value of the first formula in f64; `None` where it is undefined.
    pub left: Option<f64>,
    /// The value of the second formula.
    pub right: Option<f64>,
}

/// How closely two formulas agree that no point tells apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreement {
    /// At how many points both have a value that f64 holds, and is known as closely as that.
    pub points: usize,
    /// The largest difference of these values, as a count of f64 from one to the other.
    pub max_ulp: u64,
    /// Where that is.
    pub at: Vec<f64>,
    /// At how many points the values are at most [`CLOSE`](Self::CLOSE) apart.
    pub close: usize,
}

impl Agreement {
    /// What is written beside the counts of points: so many ULP.
    pub const CLOSE: u64 = 8;

    fn note(&mut self, point: &[f64], left: f64, right: f64) {
        if !left.is_finite() || !right.is_finite() {
            return;
        }
        let ulp = rank(left).abs_diff(rank(right));
        self.points += 1;
        self.close += usize::from(ulp <= Self::CLOSE);
        if ulp > self.max_ulp || self.at.is_empty() {
            self.max_ulp = ulp;
            self.at = point.to_vec();
        }
    }
}

/// How closely the first outputs of two graphs over the same variables agree at the points that they single out, of which those
/// count where both are defined.
///
/// # Errors
/// A point at which their values differ.
#[cfg(feature = "oracle")]
pub(crate) fn where_both_defined(
    left: &Dag,
    right: &Dag,
    region: &Region,
) -> Result<Agreement, Difference> {
    let mut search = Search::new(left, right, region);
    let points = search.points.points.clone();
    let both = |difference: &Difference| difference.left.is_some() && difference.right.is_some();
    let mut found = points
        .iter()
        .take(search.affordable())
        .filter_map(|point| search.compare(point));
    match found.find(both) {
        Some(difference) => Err(difference),
        None => match search.settle(MEASURED).filter(both) {
            Some(difference) => Err(difference),
            None => Ok(search.agreement),
        },
    }
}

/// Whether two enclosures at a point cannot be those of one value.
fn differ(left: &Enclosure, right: &Enclosure) -> bool {
    match (left.defined, right.defined) {
        (Defined::Always, Defined::Always) => left.interval.misses(right.interval),
        (Defined::Always, Defined::Never) | (Defined::Never, Defined::Always) => true,
        _ => false,
    }
}

/// Node evaluations in the halving of boxes.
const EFFORT: usize = 600_000;
/// Bounds on the count of points that are looked at first, and the node evaluations that they may take, which are exact and so
/// dearer.
const POINTS: (usize, usize) = (12, 4_000);
const POINT_EFFORT: usize = 400_000;
/// Points of a measurement, in more digits than those of f64.
#[cfg(any(feature = "oracle", test))]
const MEASURED: usize = 500;
/// Bounds on the count of boxes.
const BOXES: (usize, usize) = (20, 6_000);

/// Two graphs over the same variables, looked at point by point.
pub(crate) struct Search<'a> {
    sides: [(&'a Dag, Encloser<'a>); 2],
    spans: Vec<Span>,
    points: Points,
    #[cfg(feature = "oracle")]
    exactly: Exactly,
    /// What has been seen so far.
    pub agreement: Agreement,
}

impl<'a> Search<'a> {
    /// The search for a difference of the first outputs.
    pub(crate) fn new(left: &'a Dag, right: &'a Dag, region: &Region) -> Self {
        let spans = region.spans(&left.variables);
        let mut both = left.clone();
        let variables: Vec<Id> = (0..spans.len()).map(|v| both.variable(v)).collect();
        let added = both.inline(right, &variables);
        both.roots.extend(added);
        Self {
            sides: [left, right].map(|dag| (dag, Encloser::new(dag))),
            points: Points::new(&both, &spans),
            spans,
            #[cfg(feature = "oracle")]
            exactly: Exactly::new(),
            agreement: Agreement::default(),
        }
    }

    /// Looks at the points that the formulas single out.
    pub(crate) fn among_points(&mut self) -> Option<Difference> {
        let points = self.points.points.clone();
        let found = points
            .iter()
            .take(self.affordable())
            .find_map(|point| self.compare(point));
        let brackets = std::mem::take(&mut self.points.brackets);
        found.or_else(|| brackets.iter().find_map(|sides| self.cross(sides)))
    }

    /// Whether exactly one side divides by 0 inside the box.
    fn cross(&self, sides: &[Interval]) -> Option<Difference> {
        let middle: Vec<f64> = sides.iter().map(|side| side.middle()).collect();
        let point = self.exact(&middle)?;
        let [left, right] = [0, 1].map(|side| {
            let (dag, encloser) = &self.sides[side];
            let defined = encloser.over(sides)[usize::from(dag.roots[0])].defined;
            let value = (defined == Defined::Always).then(|| dag.eval(&middle)[0]);
            (value, crossing(dag, encloser, sides).is_some())
        });
        let differ = left.1 && right.0.is_some() || right.1 && left.0.is_some();
        differ.then_some(Difference {
            point,
            exact: false,
            left: left.0,
            right: right.0,
        })
    }

    /// How many points are looked at.
    fn affordable(&self) -> usize {
        let nodes = self.sides[0].1.len() + self.sides[1].1.len();
        (POINT_EFFORT / nodes).clamp(POINTS.0, POINTS.1)
    }

    /// Compares both sides at one point.
    fn compare(&mut self, point: &[Number]) -> Option<Difference> {
        let [a, b] = self.enclosed(point);
        if !differ(&a, &b) {
            #[cfg(not(feature = "oracle"))]
            self.note(point, &a, &b);
            return None;
        }
        self.decide(point, &a, &b)
    }

    fn enclosed(&self, point: &[Number]) -> [Enclosure; 2] {
        [0, 1].map(|side| {
            let (dag, encloser) = &self.sides[side];
            encloser.at(point)[usize::from(dag.roots[0])]
        })
    }

    /// Whether the sides differ at a point at which f64 intervals say so.
    #[cfg(feature = "oracle")]
    fn decide(&mut self, point: &[Number], _: &Enclosure, _: &Enclosure) -> Option<Difference> {
        match self
            .exactly
            .compare(self.sides[0].0, self.sides[1].0, point)
        {
            Compared::Apart([left, right]) => Some(Difference {
                point: point.to_vec(),
                exact: true,
                left,
                right,
            }),
            Compared::Close(_) | Compared::Open => None,
        }
    }

    /// The intervals hold the values, so they decide.
    #[cfg(not(feature = "oracle"))]
    fn decide(&mut self, point: &[Number], a: &Enclosure, b: &Enclosure) -> Option<Difference> {
        let floats: Vec<f64> = point.iter().map(Number::to_f64).collect();
        let [left, right] = [(0, a), (1, b)].map(|(side, enclosure)| {
            let Interval { low, high } = enclosure.interval;
            let float = self.sides[side].0.eval(&floats)[0];
            let float = if float.is_nan() {
                low / 2.0 + high / 2.0
            } else {
                float
            };
            (enclosure.defined == Defined::Always).then(|| float.max(low).min(high))
        });
        Some(Difference {
            point: point.to_vec(),
            exact: true,
            left,
            right,
        })
    }

    /// Counts a point at which both values are known well enough that their difference says something.
    #[cfg(not(feature = "oracle"))]
    fn note(&mut self, point: &[Number], a: &Enclosure, b: &Enclosure) {
        const NARROW: f64 = 1.0 / (1u64 << 40) as f64;
        let known = |enclosure: &Enclosure| {
            let Interval { low, high } = enclosure.interval;
            enclosure.defined == Defined::Always && high - low <= NARROW * low.abs().min(high.abs())
        };
        if known(a) && known(b) {
            let floats: Vec<f64> = point.iter().map(Number::to_f64).collect();
            let [left, right] = [0, 1].map(|side| self.sides[side].0.eval(&floats)[0]);
            self.agreement.note(&floats, left, right);
        }
    }

    /// Where nothing has told the sides apart: looks at the plainest points again, in more digits.
    #[cfg(feature = "oracle")]
    pub(crate) fn settle(&mut self, most: usize) -> Option<Difference> {
        let mut exactly = Exactly::new();
        self.agreement = Agreement::default();
        for point in self.points.points.iter().take(most) {
            match exactly.compare(self.sides[0].0, self.sides[1].0, point) {
                Compared::Apart([left, right]) => {
                    return Some(Difference {
                        point: point.clone(),
                        exact: true,
                        left,
                        right,
                    });
                }
                Compared::Close([left, right]) => {
                    let floats: Vec<f64> = point.iter().map(Number::to_f64).collect();
                    self.agreement.note(&floats, left, right);
                }
                Compared::Open => {}
            }
        }
        None
    }

    /// No digits beyond those of f64.
    #[cfg(not(feature = "oracle"))]
    pub(crate) fn settle(&mut self, _: usize) -> Option<Difference> {
        None
    }

    /// Halves boxes, first at the places that the formulas single out, and compares in the middle of each.
    pub(crate) fn in_boxes(&mut self) -> Option<Difference> {
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
            let Some((dimension, at)) = cut(&sides, &self.points.breaks) else {
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
                let middle: Vec<f64> = half
                    .iter()
                    .map(|i| between(i.low, i.high).unwrap_or(i.low))
                    .collect();
                let at_middle = encloser.over(
                    &middle
                        .iter()
                        .map(|&m| Interval::point(m))
                        .collect::<Vec<_>>(),
                );
                let of = |id: Id| at_middle[usize::from(id)];
                if differ(&of(judge.left), &of(judge.right)) {
                    // What the nearest f64 shows is shown again by the decimal that is printed.
                    let found = self.exact(&middle).and_then(|point| self.compare(&point));
                    if found.is_some() {
                        return found;
                    }
                }
                if let Some(room) = judge.room(&encloser, &half, of(judge.difference)) {
                    count += 1;
                    heap.push(Entry::new(room, count, depth + 1, half));
                }
            }
        }
        None
    }

    /// The point as exact numbers, if it lies in the region.
    fn exact(&self, point: &[f64]) -> Option<Vec<Number>> {
        let exact =
            |(&value, span): (&f64, &Span)| Number::from_f64(value).filter(|n| span.holds(n));
        point.iter().zip(&self.spans).map(exact).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(a: &str, b: &str) -> (Option<Difference>, Agreement) {
        let (a, b) = (Dag::parse(a).unwrap(), Dag::parse(b).unwrap());
        let region = Region::default();
        let mut search = Search::new(&a, &b, &region);
        let found = search.among_points().or_else(|| search.in_boxes());
        let found = found.or_else(|| search.settle(MEASURED));
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
            (
                "x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * cube(x)))) / 2",
                "gelu_tanh(x)",
            ),
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
        assert!(
            agreement.points > 100 && agreement.close == agreement.points,
            "{agreement:?}"
        );
        assert!(
            agreement.max_ulp <= 8 && agreement.at.len() == 1,
            "{agreement:?}"
        );
    }
}
