//! Points at every order of magnitude.
//!
//! Each variable climbs a ladder of powers of two over the whole range of the format, on both sides of 0, beside values of every
//! order of magnitude of the others. Wherever the graph reaches the end of the range on the way, the last argument before it
//! is a rung as well: a form that leaves the range only a little earlier is caught there.

use super::interval::Interval;
use crate::ir::{Columns, Dag, Node, Rounding, Samples, Tape};
use crate::ops::Op;

/// The orders of magnitude of other variables, as fractions of the range of exponents, beside which one climbs: the ends of the
/// range, the ends that squares have, ordinary sizes, and where exponentials saturate. Their count is prime, so that the others take all
/// of them.
const LEVELS: [f64; 19] = [
    0.0, 0.1, -0.1, 0.45, -0.45, 0.75, -0.75, 0.97, -0.97, 0.52, -0.52, 0.036, 0.039, 0.25, -0.25,
    0.01, -0.0088, 0.0043, NO_VALUE,
];
/// How many of them concern the range alone.
const RANGE_LEVELS: usize = 11;
/// The exponent of 0.
const NO_VALUE: f64 = f64::NEG_INFINITY;
/// Arguments between the powers of two, by their exponents: where exponentials saturate.
const ORDINARY: [f64; 8] = [-0.52, 0.93, 2.41, 3.46, 4.09, 5.32, 6.45, 6.69];
/// Other variables are no powers of two, so that nothing cancels by chance.
const SIGNIFICAND: f64 = 1.31;
/// How many variables beside the first climb ladders of their own.
const CLIMBERS: usize = 6;
/// How many special values are looked at.
const SPECIAL: usize = 4;
/// How many edges of the range are located at most.
const EDGES: usize = 128;
/// How closely an edge is located, in halvings of a step of the ladder.
const HALVINGS: usize = 13;
/// How far inside the range the last rungs before an edge stand, in powers of two. Forms may differ by rounding at the edge itself,
/// so one keeps away from it; the other is as close as the edge is known, for where functions oscillate or are steep, a form leaves the
/// range only there.
const INSIDE: [f64; 2] = [1.0 / 256.0, 0.0];

/// Samples of a graph at all orders of magnitude.
pub(super) fn climb(dag: &Dag, region: &[Interval], rounding: Rounding) -> Samples {
    let rays = rays(region.len(), rounding);
    let places = places(&rays, rounding);
    let mut points = columns(&rays, &places, region);
    let coarse = coarse_rays(region.len(), &special(dag), rounding);
    let more = columns(&coarse, &self::places(&coarse, rounding), region);
    for (column, more) in points.iter_mut().zip(more) {
        column.extend(more);
    }
    let mut samples = Samples::new(points, rounding);
    let found = samples.of(dag);
    let edges = edges(&dag.tape(), &rays, &places, &found, region, rounding);
    samples.extend(&columns(&rays, &edges, region));
    samples
}

/// All rungs of rays.
fn places(rays: &[Ray], rounding: Rounding) -> Vec<Rung> {
    let rung = |(ray, path): (usize, &Ray)| {
        let rungs = rungs(path.step, rounding).into_iter();
        rungs.map(move |rung| (ray, rung))
    };
    rays.iter().enumerate().flat_map(rung).collect()
}

/// A rung: a ray, and the exponent of its climber.
type Rung = (usize, f64);

/// A way through all magnitudes of one variable: the exponents and signs of the others stay.
struct Ray {
    climber: usize,
    /// Of its ladder, in powers of two.
    step: usize,
    exponents: Vec<f64>,
    signs: Vec<f64>,
    /// A variable that stays at a special value.
    pinned: Option<(usize, f64)>,
}

/// The smallest and the largest exponent of a format.
fn exponents(rounding: Rounding) -> (i32, i32) {
    match rounding {
        Rounding::F64 => (-1074, 1023),
        Rounding::F32 | Rounding::F32Digits => (-149, 127),
    }
}

/// The exponents on a ladder in ascending order. The last stands just below the end of the range.
fn rungs(step: usize, rounding: Rounding) -> Vec<f64> {
    let (low, high) = exponents(rounding);
    let powers = (low..=high).step_by(step).map(f64::from);
    let between = match rounding {
        Rounding::F32 | Rounding::F32Digits => &ORDINARY[..],
        // Digits are compared in f32 alone, against those of f64.
        Rounding::F64 => &[],
    };
    let mut rungs: Vec<f64> = powers.chain(between.iter().copied()).collect();
    rungs.sort_unstable_by(f64::total_cmp);
    rungs.push(f64::from(high) + 0.99);
    rungs
}

/// The values of variables at which formulas have branches of their own: what the graph compares them with, and 0 for all but the
/// first, which climbs beside it only where the others are ordinary.
fn special(dag: &Dag) -> Vec<(usize, f64)> {
    let compared = |node: &Node| {
        let Node::Apply(Op::Eq, [a, b, _]) = node else {
            return None;
        };
        match (dag.node(*a), dag.node(*b)) {
            (Node::Variable(v), Node::Number(c)) | (Node::Number(c), Node::Variable(v)) => {
                Some((*v, c.to_f64()))
            }
            _ => None,
        }
    };
    let compared = dag.nodes().iter().filter_map(compared);
    let zeros = (1..dag.variables.len()).map(|v| (v, 0.0));
    let mut found: Vec<(usize, f64)> = Vec::new();
    for value in compared.chain(zeros) {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found.truncate(SPECIAL);
    found
}

/// How far apart the rungs of the finest ladder are, in powers of two: f64 has eight times the exponents.
fn fine(rounding: Rounding) -> usize {
    match rounding {
        Rounding::F64 => 16,
        Rounding::F32 | Rounding::F32Digits => 1,
    }
}

/// How many levels of the others concern the first variable.
fn levels(variables: usize, rounding: Rounding) -> usize {
    match rounding {
        _ if variables == 1 => 1,
        Rounding::F32 | Rounding::F32Digits => LEVELS.len(),
        Rounding::F64 => RANGE_LEVELS,
    }
}

/// The rays of both signs of a climber, with each of the others at a level of its own.
fn both(climber: usize, level: usize, variables: usize, rounding: Rounding) -> [Ray; 2] {
    let widest = f64::from(exponents(rounding).1);
    let sign = |minus: bool| if minus { -1.0 } else { 1.0 };
    [false, true].map(|minus| Ray {
        climber,
        step: match (climber, level) {
            (0, 0) => fine(rounding),
            (_, 0) => 3 * fine(rounding),
            _ => 6 * fine(rounding),
        },
        exponents: (0..variables)
            .map(|v| match level {
                0 => 0.0,
                level => widest * LEVELS[level * v.max(1) % LEVELS.len()],
            })
            .collect(),
        signs: (0..variables)
            .map(|v| match v == climber {
                true => sign(minus),
                false => sign((v + level).is_multiple_of(2)),
            })
            .collect(),
        pinned: None,
    })
}

fn rays(variables: usize, rounding: Rounding) -> Vec<Ray> {
    let both = |climber, level| both(climber, level, variables, rounding);
    let first = (0..levels(variables, rounding)).flat_map(|level| both(0, level));
    // Beside an ordinary value of the first, and beside 0.
    let beside = [0, LEVELS.len() - 1];
    let others = 1..variables.min(CLIMBERS + 1);
    let others = others.flat_map(|variable| {
        beside
            .into_iter()
            .flat_map(move |level| both(variable, level))
    });
    first.chain(others).collect()
}

/// More rays, on coarser ladders: the first variable beside the others with the other sign, and all beside special values of one of them.
fn coarse_rays(variables: usize, special: &[(usize, f64)], rounding: Rounding) -> Vec<Ray> {
    let both = |climber, level| both(climber, level, variables, rounding);
    let levels = if variables > 1 { RANGE_LEVELS } else { 0 };
    let mut rays: Vec<Ray> = (0..levels).flat_map(|level| both(0, level)).collect();
    for ray in &mut rays {
        ray.signs.iter_mut().skip(1).for_each(|sign| *sign = -*sign);
    }
    for &(variable, value) in special {
        let climbers = (0..variables).filter(|&climber| climber != variable);
        // Beside two variables, the third is at a level of its own.
        let counts = [if variables > 2 { levels } else { 1 }, 1];
        for (climber, count) in climbers.zip(counts) {
            let free = (0..count).flat_map(|level| both(climber, level));
            rays.extend(free.map(|ray| Ray {
                pinned: Some((variable, value)),
                ..ray
            }));
        }
    }
    rays.into_iter()
        .map(|ray| Ray {
            step: 12 * fine(rounding),
            ..ray
        })
        .collect()
}

/// The points at places on the rays, a column for each variable; all of them in the region.
fn columns(rays: &[Ray], places: &[Rung], region: &[Interval]) -> Vec<Vec<f64>> {
    let column = |(variable, side): (usize, &Interval)| {
        let beside = |ray: &Ray| SIGNIFICAND * libm::exp2(ray.exponents[variable]);
        let beside: Vec<f64> = rays.iter().map(beside).collect();
        let value = |&(index, rung): &Rung| {
            let ray = &rays[index];
            if let Some((pinned, value)) = ray.pinned
                && pinned == variable
            {
                return value.clamp(side.low, side.high);
            }
            let size = match ray.climber == variable {
                true => libm::exp2(rung),
                false => beside[index],
            };
            (ray.signs[variable] * size).clamp(side.low, side.high)
        };
        places.iter().map(value).collect()
    };
    region.iter().enumerate().map(column).collect()
}

/// The last places inside the range before outputs, or any value that they need, leave it on a ray; `found` is what the original
/// gives at `places` and further points.
fn edges(
    tape: &Tape<'_>,
    rays: &[Ray],
    places: &[Rung],
    found: &Columns,
    region: &[Interval],
    rounding: Rounding,
) -> Vec<Rung> {
    struct Edge {
        ray: usize,
        /// None is for the values in between.
        output: Option<usize>,
        inside: f64,
        outside: f64,
    }
    let is_inside = |found: &Columns, output: Option<usize>, at: usize| match output {
        Some(output) => {
            let value = found.outputs[output][at];
            value.is_finite() && value.abs() >= rounding.smallest_normal()
        }
        None => !found.strained[at],
    };
    let mut edges: Vec<Edge> = Vec::new();
    for output in (0..found.outputs.len()).map(Some).chain([None]) {
        for (k, pair) in places.windows(2).enumerate() {
            let ((ray, low), (next, high)) = (pair[0], pair[1]);
            let sides = [k, k + 1].map(|at| is_inside(found, output, at));
            let (inside, outside) = match sides {
                [true, false] if ray == next => (low, high),
                [false, true] if ray == next => (high, low),
                _ => continue,
            };
            edges.push(Edge {
                ray,
                output,
                inside,
                outside,
            });
        }
    }
    edges.truncate(EDGES);
    for _ in 0..HALVINGS {
        let middle = |edge: &Edge| (edge.ray, 0.5 * (edge.inside + edge.outside));
        let places: Vec<Rung> = edges.iter().map(middle).collect();
        let found = tape.columns(&columns(rays, &places, region), rounding);
        for (k, edge) in edges.iter_mut().enumerate() {
            if is_inside(&found, edge.output, k) {
                edge.inside = places[k].1;
            } else {
                edge.outside = places[k].1;
            }
        }
    }
    let inner = |edge: &Edge| {
        let inward = (edge.inside - edge.outside).signum();
        let (ray, inside) = (edge.ray, edge.inside);
        INSIDE.map(|distance| (ray, inside + distance * inward))
    };
    edges.iter().flat_map(inner).collect()
}
