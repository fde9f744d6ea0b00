//! Where to look at formulas: arguments in every regime, and the places that the formulas themselves single out.
//!
//! Every literal is such a place, and every argument at which a comparison tips, a piece ends, a step or a bump has its middle or
//! an operation reaches the edge of its domain. The last are found by bisection between arguments of different signs.

use super::interval::Interval;
use super::region::{Region, Span};
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;

/// Arguments in every regime: zero and kinks of the named functions, ordinary sizes, tails, tiny and huge.
pub(crate) const REGIMES: &[f64] = &[
    0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 6.0, -6.0, 1e-6, -1e-6, 1e-20, -1e-20, 1e-38,
    -1e-38, 3e-4, -3e-4, 0.013, -0.013, 0.11, -0.11, 0.27, -0.27, 0.41, -0.41, 0.73, -0.73, 0.95,
    -0.95, 1.31, -1.31, 1.73, -1.73, 2.17, -2.17, 2.303, -2.303, 2.61, -2.61, 3.1623, -3.1623, 3.7,
    -3.7, 4.4, -4.4, 5.53, -5.53, 7.1, -7.1, 8.9, -8.9, 10.0, -10.0, 13.3, -13.3, 17.0, -17.0,
    26.0, -26.0, 41.0, -41.0, 63.0, -63.0, 88.8, -88.8, 104.0, -104.0, 710.0, -710.0, 1e3, -1e3,
    1e4, -1e4, 1e6, -1e6, 1e10, -1e10, 1e19, -1e19, 3e38, -3e38,
];

/// Beyond the range of f32; not for samples of a form that computes in it.
const FAR: &[f64] = &[
    1e60, -1e60, 1e150, -1e150, 1e300, -1e300, 1e-60, -1e-60, 1e-150, -1e-150, 1e-300, -1e-300,
];
/// How far beside a singled-out place to look as well, relative to its size.
const BESIDE: [f64; 4] = [1e-9, 1e-6, 1e-3, 0.1];
/// Even steps through an interval that has two ends.
const STEPS: u32 = 32;
/// Points of formulas in several variables.
const COMBINATIONS: usize = 1_500;
/// How many plain values of each variable are combined with those of others.
const PLAINEST: usize = 7;
/// Node evaluations that bisection may take.
const EFFORT: usize = 2_000_000;
/// Bisections of the line of f64 that end between neighbours.
const BISECTIONS: usize = 64;

/// The points to look at, the plainest first, and for each variable the places that single out, in order.
pub(crate) struct Points {
    pub points: Vec<Vec<Number>>,
    pub breaks: Vec<Vec<f64>>,
    /// Boxes that are a point but for one variable, which goes a few ULP across a change of sign.
    pub brackets: Vec<Vec<Interval>>,
}

impl Points {
    /// The points for all outputs of `dag`, whose variables lie in `region`.
    pub(crate) fn new(dag: &Dag, region: &[Span]) -> Self {
        let (axes, found) = axes(dag, region);
        let mut points: Vec<Vec<Number>> = Vec::new();
        if let [axis] = &axes[..] {
            points.extend(axis.all().into_iter().map(|number| vec![number]));
        } else {
            let all: Vec<Vec<Number>> = axes.iter().map(Axis::all).collect();
            points.extend((0..PLAINEST * PLAINEST).map(|k| plain(&all, k)));
            points.extend((0..COMBINATIONS).map(|k| combination(&all, k)));
            for (variable, base, root) in &found {
                let exact = |&value: &f64| Number::from_f64(value);
                let Some(mut point) = base.iter().map(exact).collect::<Option<Vec<Number>>>()
                else {
                    continue;
                };
                for number in root.numbers() {
                    point[*variable] = number;
                    points.push(point.clone());
                }
            }
        }
        Self {
            points,
            breaks: axes.iter().map(Axis::sorted).collect(),
            brackets: found
                .iter()
                .map(|(variable, base, root)| bracket(*variable, base, root))
                .filter(|sides| {
                    sides
                        .iter()
                        .zip(region)
                        .all(|(side, span)| span.covers(*side))
                })
                .collect(),
        }
    }
}

/// The arguments of a graph in one variable between which it is as smooth as its operations, as far as they are found, and some
/// more; in order.
pub(crate) fn smooth_between(dag: &Dag) -> Vec<f64> {
    let (axes, _) = axes(dag, &Region::default().spans(&dag.variables));
    axes.first().map(Axis::sorted).unwrap_or_default()
}

/// A variable, the values of all, and a root where that variable takes it.
type Found = (usize, Vec<f64>, Root);

/// The values to try for each variable, and the roots among them.
fn axes(dag: &Dag, region: &[Span]) -> (Vec<Axis>, Vec<Found>) {
    let literals = literals(dag);
    let axis = |span: &Span| Axis::new(span.clone(), &literals);
    let mut axes: Vec<Axis> = region.iter().map(axis).collect();
    let found = roots(dag, &axes);
    for (variable, _, root) in &found {
        axes[*variable].single_out(root);
    }
    (axes, found)
}

/// The box around a root, some ULP wider than its floats, so that the signs at its corners are certain.
fn bracket(variable: usize, base: &[f64], root: &Root) -> Vec<Interval> {
    const WIDER: f64 = 64.0 * f64::EPSILON;
    let mut sides: Vec<Interval> = base.iter().map(|&value| Interval::point(value)).collect();
    sides[variable] = Interval {
        low: root.low - root.low.abs() * WIDER,
        high: root.high + root.high.abs() * WIDER,
    };
    sides
}

/// All pairs of the first few values, one for the even and one for the odd variables.
fn plain(axes: &[Vec<Number>], k: usize) -> Vec<Number> {
    let pick = |(v, values): (usize, &Vec<Number>)| {
        let index = if v % 2 == 0 {
            k % PLAINEST
        } else {
            k / PLAINEST
        };
        values[index % values.len()].clone()
    };
    axes.iter().enumerate().map(pick).collect()
}

/// Each variable walks its values at a stride of its own.
fn combination(axes: &[Vec<Number>], k: usize) -> Vec<Number> {
    const STRIDES: [usize; 6] = [1, 31, 17, 53, 7, 43];
    let pick = |(v, values): (usize, &Vec<Number>)| {
        let index = k * STRIDES[v % STRIDES.len()] + 11 * v + k / values.len() * v;
        values[index % values.len()].clone()
    };
    axes.iter().enumerate().map(pick).collect()
}

/// The values to try for one variable, in the order of trying.
struct Axis {
    span: Span,
    numbers: Vec<Number>,
    beside: Vec<f64>,
}

impl Axis {
    fn new(span: Span, literals: &[Number]) -> Self {
        let mut axis = Self {
            numbers: Vec::new(),
            beside: Vec::new(),
            span,
        };
        REGIMES.iter().for_each(|&value| axis.add(value));
        let ends = [&axis.span.low, &axis.span.high].map(Clone::clone);
        ends.into_iter()
            .flatten()
            .for_each(|end| axis.add_number(end));
        for literal in literals {
            for number in [literal.clone(), literal.neg()] {
                axis.look_beside(number.to_f64());
                axis.add_number(number);
            }
        }
        let (low, width) = (
            axis.span.interval.low,
            axis.span.interval.high - axis.span.interval.low,
        );
        if width.is_finite() {
            (1..STEPS).for_each(|k| axis.add(low + width * (f64::from(k) / f64::from(STEPS))));
        }
        FAR.iter().for_each(|&value| axis.add(value));
        axis
    }

    fn add(&mut self, value: f64) {
        if let Some(number) = Number::from_f64(value) {
            self.add_number(number);
        }
    }

    fn add_number(&mut self, number: Number) {
        if self.span.holds(&number) && !self.numbers.contains(&number) {
            self.numbers.push(number);
        }
    }

    fn look_beside(&mut self, value: f64) {
        let scale = if value == 0.0 { 1.0 } else { value.abs() };
        self.beside.extend([value.next_down(), value.next_up()]);
        self.beside.extend(
            BESIDE
                .iter()
                .flat_map(|by| [value - by * scale, value + by * scale]),
        );
    }

    fn single_out(&mut self, root: &Root) {
        for number in root.numbers() {
            self.add_number(number);
        }
        self.look_beside(root.low);
    }

    /// Every value in the order of trying, with those beside and between the places that are singled out.
    fn all(&self) -> Vec<Number> {
        let mut all = Self {
            span: self.span.clone(),
            numbers: self.numbers.clone(),
            beside: Vec::new(),
        };
        self.beside.iter().for_each(|&value| all.add(value));
        let sorted = all.sorted();
        sorted
            .windows(2)
            .for_each(|pair| all.add(pair[0] / 2.0 + pair[1] / 2.0));
        all.numbers
    }

    fn sorted(&self) -> Vec<f64> {
        let mut values: Vec<f64> = self.numbers.iter().map(Number::to_f64).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        values
    }
}

/// The literals of the graph, as far as there are not too many.
fn literals(dag: &Dag) -> Vec<Number> {
    const MOST: usize = 64;
    let literal = |node: &Node| match node {
        Node::Number(number) => Some(number.clone()),
        Node::Variable(_) | Node::Apply(..) => None,
    };
    dag.nodes().iter().filter_map(literal).take(MOST).collect()
}

/// Neighbouring f64 between which a feature changes its sign.
#[derive(Clone, Copy)]
struct Root {
    low: f64,
    high: f64,
}

impl Root {
    /// The ends, and the plainest number between them: most likely the exact root.
    fn numbers(&self) -> Vec<Number> {
        let ends = [
            self.low,
            self.high,
            self.low.next_down(),
            self.high.next_up(),
        ]
        .map(Number::from_f64);
        let [Some(low), Some(high), Some(below), Some(above)] = ends else {
            return Vec::new();
        };
        let plain = Number::simplest_between(&below, &above);
        plain.into_iter().chain([low, high]).collect()
    }
}

/// A difference of two nodes, or of a node and a number, whose sign says on which side of a feature a point lies.
type Feature = (Id, Option<Id>, f64);

fn features(dag: &Dag) -> Vec<Feature> {
    let mut features: Vec<Feature> = Vec::new();
    for node in dag.nodes() {
        let Node::Apply(op, _) = node else { continue };
        let arguments = node.arguments();
        let mut at = |argument: usize, values: &[f64]| {
            features.extend(
                values
                    .iter()
                    .map(|&value| (arguments[argument], None, value)),
            );
        };
        match op {
            Op::Celu => {
                at(0, &[0.0]);
                at(1, &[0.0]);
            }
            Op::Log1p => at(0, &[-1.0]),
            Op::Powi => at(0, &[0.0]),
            Op::Div => at(1, &[0.0]),
            Op::Lt | Op::Le | Op::Eq | Op::Min | Op::Max | Op::Clamp | Op::Threshold => {
                let bounds = arguments[1..].iter();
                features.extend(bounds.map(|&bound| (arguments[0], Some(bound), 0.0)));
            }
            Op::Pi | Op::Add | Op::Sub | Op::Mul | Op::If | Op::Neg | Op::Square | Op::Cube => {}
            // Where pieces meet, or the middle of a step or a bump.
            _ => match op.row().joins {
                [] => at(0, &[0.0]),
                joins => at(0, joins),
            },
        }
    }
    features.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
    features.dedup();
    features
}

/// Where features change their sign along each axis: the variable, the values of all variables, and the place.
fn roots(dag: &Dag, axes: &[Axis]) -> Vec<Found> {
    let features = features(dag);
    let mut all = dag.clone();
    all.roots = (0..all.nodes().len()).map(Id::from).collect();
    let signs = |point: &[f64]| -> Vec<f64> {
        let values = all.eval(point);
        let value = |&(a, b, offset): &Feature| {
            values[usize::from(a)] - b.map_or(offset, |b| values[usize::from(b)])
        };
        features.iter().map(value).collect()
    };
    let most = (EFFORT / (BISECTIONS * all.nodes().len())).clamp(2, 128);
    let mut found = Vec::new();
    for (variable, axis) in axes.iter().enumerate() {
        let share = most * (variable + 1) / axes.len();
        let grid = axis.sorted();
        for base in bases(axes) {
            let at = |value: f64| {
                let mut point = base.clone();
                point[variable] = value;
                point
            };
            let rows: Vec<Vec<f64>> = grid.iter().map(|&value| signs(&at(value))).collect();
            for feature in 0..features.len() {
                for (k, pair) in rows.windows(2).enumerate() {
                    // A sign of 0 has its argument in the grid already.
                    let (before, after) = (pair[0][feature], pair[1][feature]);
                    let changes = before < 0.0 && after > 0.0 || before > 0.0 && after < 0.0;
                    if !changes || found.len() >= share {
                        continue;
                    }
                    let (mut low, mut high) = (grid[k], grid[k + 1]);
                    while let Some(middle) = between(low, high) {
                        let value = signs(&at(middle))[feature];
                        if value == 0.0 {
                            (low, high) = (middle, middle);
                        } else if (value < 0.0) == (before < 0.0) {
                            low = middle;
                        } else {
                            high = middle;
                        }
                    }
                    found.push((variable, base.clone(), Root { low, high }));
                }
            }
        }
    }
    found
}

/// Values of all variables, to move one of them from.
fn bases(axes: &[Axis]) -> Vec<Vec<f64>> {
    const BASES: [f64; 3] = [1.0, -0.73, 2.61];
    let count = if axes.len() > 1 { BASES.len() } else { 1 };
    let base = |k: usize| {
        let value = |(v, axis): (usize, &Axis)| {
            BASES[(k + v) % BASES.len()].clamp(axis.span.interval.low, axis.span.interval.high)
        };
        axes.iter().enumerate().map(value).collect()
    };
    (0..count).map(base).collect()
}

/// The middle of an interval by its count of f64, hence geometric over wide ones; `None` between neighbours.
pub(crate) fn between(low: f64, high: f64) -> Option<f64> {
    let (a, b) = (rank(low), rank(high));
    let middle = (i128::from(a) + i128::from(b)).div_euclid(2);
    let middle = i64::try_from(middle).ok().filter(|&m| a < m && m < b)?;
    Some(ranked(middle))
}

/// The rank of a number among all f64, where 0 has rank 0.
pub(crate) fn rank(value: f64) -> i64 {
    let magnitude = i64::try_from(value.abs().to_bits()).unwrap_or(i64::MAX);
    if value < 0.0 { -magnitude } else { magnitude }
}

fn ranked(rank: i64) -> f64 {
    let magnitude = f64::from_bits(rank.unsigned_abs());
    if rank < 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::region::Region;

    fn values(text: &str) -> Vec<String> {
        let dag = Dag::parse(text).unwrap();
        let points = Points::new(&dag, &Region::default().spans(&dag.variables));
        points.points.iter().map(|p| p[0].to_string()).collect()
    }

    #[test]
    fn literals_and_kinks_are_among_the_points() {
        for (text, expected) in [
            ("x + 12345.678", "12345.678"),
            ("x - 1e30", "-1e30"),
            ("relu(3 * x - 1)", "1 / 3"),
            ("if square(x) < x + 3.75 { 1 } else { 0 }", "2.5"),
            ("gaussian(1000 * (x * 2 - 7.5))", "3.75"),
            ("1 / (x * 0.3 - 1.2)", "4"),
            ("clamp(x + 2, -3, 7.5)", "5.5"),
            ("log1p(x / 7)", "-7"),
        ] {
            assert!(
                values(text).contains(&expected.to_owned()),
                "{text}: {expected}"
            );
        }
    }

    #[test]
    fn points_stay_in_their_region() {
        let dag = Dag::parse("relu(x - 3) + beta").unwrap();
        let number = |text: &str| Number::parse(text).unwrap();
        let region = Region::default().with("x", Some(&number("2.1")), Some(&number("2.5")));
        let region = region
            .and_then(|r| r.with("beta", Some(&number("0")), None))
            .unwrap();
        let points = Points::new(&dag, &region.spans(&dag.variables)).points;
        assert!(points.len() > 100);
        for point in &points {
            assert!(
                number("2.1") <= point[0] && point[0] <= number("2.5"),
                "{point:?}"
            );
            assert!(!point[1].is_negative(), "{point:?}");
        }
        assert!(points.iter().any(|point| point[0] == number("2.1")));
    }

    #[test]
    fn the_middle_is_one_by_count() {
        assert_eq!(between(1.0, 1.0f64.next_up()), None);
        assert_eq!(between(-1.0, 1.0), Some(0.0));
        assert_eq!(between(1.0, 2.0), Some(1.5));
        assert!(between(1.0, f64::MAX).is_some_and(|m| 1e150 < m && m < 1e160));
    }
}
