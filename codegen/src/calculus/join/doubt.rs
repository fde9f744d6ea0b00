//! Where the slope of a function may be another than the chain rule's, by values in f64: this decides what is worth an expansion, not
//! what is true.

use crate::calculus::places::{At, Place};
use crate::calculus::ties::Ties;
use crate::ir::{Dag, Id};
use crate::ops::{Kinks, Op};

/// Values of the other variables at which a place is looked at before it is expanded.
const SAMPLES: [f64; 4] = [1.3, 0.7, -0.4, 2.1];
/// The steps to either side, of which the small one is for places next to others, and how closely slopes agree.
const STEPS: [f64; 2] = [1e-7, 1e-13];
const CLOSE: f64 = 0.01;

/// A place to look at, of a level some points on it, and the values of all variables at the first point that is in doubt.
pub(super) struct Doubtful {
    pub(super) place: Place,
    pub(super) roots: Vec<f64>,
    pub(super) point: Vec<f64>,
}

impl Dag {
    /// The places at which the slope may be another than the chain rule's, by values in f64.
    pub(super) fn places_worth_expanding(
        &mut self,
        value: Id,
        variable: usize,
        slope: Id,
        kinks: Kinks,
    ) -> Vec<Doubtful> {
        let places = self.kinks(value, variable);
        if places.is_empty() {
            return Vec::new();
        }
        // Of a point its place, of a level a difference that is 0 on it.
        let ends: Vec<Id> = places
            .iter()
            .map(|place| match &place.at {
                At::Point(at) => at.write(self),
                At::Level(_) => self.apply(Op::Sub, &[place.left, place.right]),
            })
            .collect();
        let roots = self.roots.clone();
        self.roots = [&[value, slope], &ends[..]].concat();
        let graph = self.compact();
        self.roots = roots;
        let tape = graph.tape();
        let samples = if self.variables.len() > 1 {
            SAMPLES.len()
        } else {
            1
        };
        let mut asked: Vec<Option<Vec<f64>>> = vec![None; places.len()];
        let mut roots: Vec<Vec<f64>> = vec![Vec::new(); places.len()];
        for sample in 0..samples {
            let point: Vec<f64> = (0..self.variables.len())
                .map(|v| SAMPLES[(sample + v) % SAMPLES.len()])
                .collect();
            let ends = tape.eval(&point).split_off(2);
            let all = |at: f64| tape.eval(&with(&point, variable, at));
            for (index, place) in places.iter().enumerate() {
                if let At::Point(_) = place.at {
                    let mut outputs = |at: f64| {
                        let found = all(at);
                        (found[0], found[1])
                    };
                    let at = ends[index];
                    if at.is_finite() && is_doubtful(at, true, kinks, &mut outputs) {
                        asked[index].get_or_insert_with(|| with(&point, variable, at));
                    }
                    continue;
                }
                for at in zeros(|at| all(at)[2 + index]) {
                    let is_exact = all(at)[2 + index] == 0.0;
                    let mut outputs = |at: f64| {
                        let found = all(at);
                        (found[0], found[1])
                    };
                    if is_doubtful(at, is_exact, kinks, &mut outputs) {
                        asked[index].get_or_insert_with(|| with(&point, variable, at));
                        roots[index].push(at);
                    }
                }
            }
        }
        let doubtful = places.into_iter().zip(roots).zip(asked);
        let doubtful = doubtful.filter_map(|((place, roots), point)| {
            let point = point?;
            Some(Doubtful {
                place,
                roots,
                point,
            })
        });
        doubtful.collect()
    }
}

/// The point with another value for one of its variables.
fn with(point: &[f64], variable: usize, value: f64) -> Vec<f64> {
    let mut point = point.to_vec();
    point[variable] = value;
    point
}

impl Dag {
    /// A slope by the chain rule that follows the pieces on one side of each place where `slope`, which follows those of the table, is in
    /// doubt, if that leaves fewer of them; with the places that are left.
    pub(super) fn slope_of_one_side(
        &mut self,
        value: Id,
        variable: usize,
        slope: Id,
        doubtful: Vec<Doubtful>,
    ) -> (Id, Vec<Doubtful>) {
        let mut sides = [-1.0, 1.0].map(|direction| {
            let mut ties = Ties::default();
            for Doubtful { point, .. } in &doubtful {
                let at = point[variable];
                let beside = at + direction * STEPS[0] * at.abs().max(1.0);
                let beside = with(point, variable, beside);
                self.follow(&mut ties, value, [point, &beside]);
            }
            ties
        });
        sides.sort_by_key(Ties::len);
        let mut best = (slope, doubtful);
        for ties in sides.iter().filter(|ties| ties.len() > 0) {
            let followed = self.derivative_with(value, variable, Kinks::Free, ties);
            let left = self.places_worth_expanding(value, variable, followed, Kinks::Free);
            if left.len() < best.1.len() {
                best = (followed, left);
            }
        }
        best
    }
}

/// Zeros of a function where it changes its sign between plain arguments.
fn zeros(mut f: impl FnMut(f64) -> f64) -> Vec<f64> {
    const SIZES: [f64; 16] = [
        1e-3, 0.11, 0.27, 0.6, 0.9, 1.2, 1.45, 1.8, 2.3, 3.1, 4.3, 6.6, 11.0, 31.0, 110.0, 1e4,
    ];
    const MOST: usize = 6;
    const HALVINGS: usize = 64;
    let sizes = SIZES.iter();
    let line = sizes.clone().rev().map(|size| -size).chain(sizes.copied());
    let line: Vec<(f64, f64)> = line.map(|at| (at, f(at))).collect();
    let changes = |pair: &&[(f64, f64)]| pair[0].1 * pair[1].1 < 0.0;
    let mut zeros = Vec::new();
    for pair in line.windows(2).filter(changes).take(MOST) {
        let (mut low, mut high) = (pair[0].0, pair[1].0);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            let value = f(middle);
            if value == 0.0 {
                (low, high) = (middle, middle);
                break;
            }
            if (value < 0.0) == (pair[0].1 < 0.0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        zeros.push(if f(low).abs() <= f(high).abs() {
            low
        } else {
            high
        });
    }
    zeros
}

/// Whether the slope of a function, given with its value, is none at a place, or another than that on both sides of it. Beside a place
/// that f64 does not hold, only those on both sides count. Where kinks are free, it has to be between those on both sides.
fn is_doubtful(
    at: f64,
    is_exact: bool,
    kinks: Kinks,
    outputs: &mut impl FnMut(f64) -> (f64, f64),
) -> bool {
    let (value, here) = outputs(at);
    if value.is_nan() || is_exact && !here.is_finite() {
        return !value.is_nan();
    }
    // Slopes that vanish on both sides agree, beside one that does not.
    let near = |a: f64, b: f64| (a - b).abs() <= CLOSE * a.abs().max(b.abs()).max(here.abs());
    STEPS.into_iter().any(|step| {
        let step = step * at.abs().max(1.0);
        let (left, right) = (outputs(at - step).1, outputs(at + step).1);
        let is_outside = |here: f64| here < left.min(right) || here > left.max(right);
        match near(left, right) {
            true => !(is_exact && near(here, left)),
            false => {
                kinks == Kinks::Free
                    && is_exact
                    && is_outside(here)
                    && !near(here, left)
                    && !near(here, right)
            }
        }
    })
}
