//! The slope at a place where the chain rule does not tell it: where kinks cancel, as in `relu(x) + log1p(exp(-abs(x)))`, at a single
//! point, as in `if x == 0 { 1 } else { expm1(x) / x }`, and where a factor that is 0 meets one that is infinite, as in
//! `x * sqrt(max(x, 0))`.
//!
//! The function is expanded on both sides of the place, exactly. If both series tend to its value there, with one slope, that is its
//! slope, whatever the pieces say. What has no series keeps the slope that the chain rule gives.

use super::coefficient::Coefficient;
use super::expand::{Expansion, Pinned};
use super::places::{At, Level, Place};
use super::series::{Assumption, Open, Series, not_zero};
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;

/// Values of the other variables at which a place is looked at before it is expanded.
const SAMPLES: [f64; 4] = [1.3, 0.7, -0.4, 2.1];
/// The step to either side, and how closely slopes agree: this decides what is worth an expansion, not what is true.
const STEP: f64 = 1e-7;
const CLOSE: f64 = 0.01;

impl Dag {
    /// The slope of the node `value` by `variable`: `slope`, but for places at which the function has another one.
    pub(super) fn joined(&mut self, value: Id, variable: usize, slope: Id) -> Id {
        let mut joined = slope;
        for Doubtful { place, roots } in self.places_worth_expanding(value, variable, slope) {
            let mut places = self.points_of(&place, roots, variable);
            places.insert(0, place);
            for (rank, place) in places.into_iter().enumerate() {
                let Some((tangent, assumed)) = self.tangent(value, variable, &place.at) else {
                    continue;
                };
                if self.at_place(slope, variable, &place.at) != Some(tangent.clone()) {
                    let tangent = self.guarded(&tangent, assumed, joined);
                    let condition = self.apply(Op::Eq, &[place.left, place.right]);
                    joined = self.choose(condition, tangent, joined);
                }
                if rank == 0 {
                    break; // what holds wherever the pieces meet holds at each point
                }
            }
        }
        joined
    }

    /// The slope by `variable` of the choice at `id`, where its condition singles out one value of the variable and the choice goes on
    /// through it as one function. `slopes` are those of its branches.
    pub(super) fn filled_gap(&mut self, id: Id, slopes: [Id; 2], variable: usize) -> Option<Id> {
        let Node::Apply(Op::If, [condition, ..]) = *self.node(id) else {
            return None;
        };
        let Node::Apply(Op::Eq, [left, right, _]) = *self.node(condition) else {
            return None;
        };
        let place = self.crossing(left, right, variable)?;
        let (tangent, assumed) = self.tangent(id, variable, &place.at)?;
        if assumed.is_empty()
            && self.at_place(slopes[1], variable, &place.at).as_ref() == Some(&tangent)
        {
            return Some(slopes[1]);
        }
        let tangent = self.guarded(&tangent, assumed, slopes[0]);
        Some(self.choose(condition, tangent, slopes[1]))
    }

    /// The points of a level that are rational numbers, as far as they are among those next to `roots`.
    fn points_of(&mut self, place: &Place, roots: Vec<f64>, variable: usize) -> Vec<Place> {
        let mut points: Vec<Place> = Vec::new();
        let At::Level(level) = &place.at else {
            return points;
        };
        for root in roots {
            let [below, above] = [root.next_down(), root.next_up()].map(Number::from_f64);
            let number = below
                .zip(above)
                .and_then(|(below, above)| Number::simplest_between(&below, &above));
            let Some(number) = number else {
                continue;
            };
            let at = At::Point(Coefficient::number(number.clone()));
            let mut value = |id: Id| self.at_place(id, variable, &at);
            let above = match level.against {
                Some(against) => value(against).and_then(|above| above.add(&level.value)),
                None => Some(level.value.clone()),
            };
            if above.is_some() && value(level.node) == above {
                let (left, right) = (self.variable(variable), self.number(number));
                points.push(Place { at, left, right });
            }
        }
        points
    }

    /// The tangent under what it assumes, and else `otherwise`.
    fn guarded(&mut self, tangent: &Coefficient, assumed: Vec<Assumption>, otherwise: Id) -> Id {
        let zero = self.number(Number::zero());
        let mut guarded = tangent.write(self);
        for assumption in assumed {
            guarded = match assumption {
                Assumption::NotZero(id) => {
                    let fails = self.apply(Op::Eq, &[id, zero]);
                    self.choose(fails, otherwise, guarded)
                }
                Assumption::Positive(id) => {
                    let holds = self.apply(Op::Lt, &[zero, id]);
                    self.choose(holds, guarded, otherwise)
                }
            };
        }
        guarded
    }

    /// The slope of the node at a place, where it has one, and what that assumes of the other variables.
    fn tangent(
        &mut self,
        id: Id,
        variable: usize,
        at: &At,
    ) -> Option<(Coefficient, Vec<Assumption>)> {
        let (here, assumed) = self.value_at(id, variable, at)?;
        // On a level, a step of the node is the unit; this is how far the node goes with a step of the variable.
        let speed = match at {
            At::Point(_) => None,
            At::Level(level) => Some(self.speed(level, variable)),
        };
        let start = self.start(variable, at);
        let mut expansion = Expansion::new(self);
        expansion.assumed = assumed;
        let step = match &speed {
            None => Coefficient::number(Number::one()),
            Some(speed) => speed.reciprocal(expansion.dag)?,
        };
        let mut side = |direction: i32| {
            let direction = Number::from(direction);
            let line = match at {
                At::Point(_) => Series::line(start.clone(), direction.clone()),
                At::Level(level) => {
                    expansion.pinned = Some(level.pinned(direction.clone()));
                    let step = step.scaled(&direction).ok_or(Open::Unknown)?;
                    Series::nearly_line(start.clone(), step)
                }
            };
            let series = expansion.along(id, variable, &line)?;
            let slope = series.slope()?;
            let slope = slope.scaled(&direction).ok_or(Open::Unknown)?;
            Ok((series.value()?, slope))
        };
        let (left, right) = (side(-1), side(1));
        let (value, slope) = match (left, right) {
            (Ok(left), Ok(right)) if left == right => left,
            // At the edge of its domain, a function has the slope of the side that it has.
            (Ok(only), Err(Open::Undefined)) | (Err(Open::Undefined), Ok(only)) => only,
            _ => return None,
        };
        let mut assumed = expansion.assumed;
        let mut kept = Vec::new();
        for assumption in assumed.drain(..) {
            if !kept.contains(&assumption) {
                kept.push(assumption);
            }
        }
        if value != here {
            return None;
        }
        let slope = match speed {
            None => slope,
            Some(speed) => {
                let slope = slope.mul(&speed)?;
                // Of sides with equal slopes along both, the chain rule holds where the node stands still as well.
                if slope.divides_by(&speed) {
                    not_zero(&speed, self, &mut kept);
                }
                // As a polynomial in what stands in the formula, which the slope is compared with.
                let slope = slope.write(self);
                self.at_place(slope, variable, at)?
            }
        };
        Some((slope, kept))
    }

    /// The value of the variable at a place: on a level, that is what it is.
    fn start(&mut self, variable: usize, at: &At) -> Coefficient {
        match at {
            At::Point(at) => at.clone(),
            At::Level(_) => Coefficient::node(self.variable(variable)),
        }
    }

    /// The slope of what is constant on a level.
    fn speed(&mut self, level: &Level, variable: usize) -> Coefficient {
        let mut speed = self.derivative(level.node, variable);
        if let Some(against) = level.against {
            let other = self.derivative(against, variable);
            speed = self.apply(Op::Sub, &[speed, other]);
        }
        match self.node(speed) {
            Node::Number(number) => Coefficient::number(number.clone()),
            Node::Variable(_) | Node::Apply(..) => Coefficient::node(speed),
        }
    }

    /// The value of the node at a place, where that is known for all values of the other variables.
    fn at_place(&mut self, id: Id, variable: usize, at: &At) -> Option<Coefficient> {
        let (value, assumed) = self.value_at(id, variable, at)?;
        assumed.is_empty().then_some(value)
    }

    /// The value of the node at a place, and what that assumes of the other variables.
    fn value_at(
        &mut self,
        id: Id,
        variable: usize,
        at: &At,
    ) -> Option<(Coefficient, Vec<Assumption>)> {
        let start = Series::constant(self.start(variable, at));
        let mut expansion = Expansion::new(self);
        if let At::Level(level) = at {
            expansion.pinned = Some(level.pinned(Number::zero()));
        }
        let value = expansion.along(id, variable, &start);
        let value = value.ok()?.as_constant()?;
        Some((value, expansion.assumed))
    }

    /// The places at which the slope may be another than the chain rule's, by values in f64.
    fn places_worth_expanding(&mut self, value: Id, variable: usize, slope: Id) -> Vec<Doubtful> {
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
        let mut asked = vec![false; places.len()];
        let mut roots: Vec<Vec<f64>> = vec![Vec::new(); places.len()];
        for sample in 0..samples {
            let mut point: Vec<f64> = (0..self.variables.len())
                .map(|v| SAMPLES[(sample + v) % SAMPLES.len()])
                .collect();
            let ends = tape.eval(&point).split_off(2);
            let mut all = |at: f64| {
                point[variable] = at;
                tape.eval(&point)
            };
            for (index, place) in places.iter().enumerate() {
                if let At::Point(_) = place.at {
                    let mut outputs = |at: f64| {
                        let found = all(at);
                        (found[0], found[1])
                    };
                    let at = ends[index];
                    asked[index] |= at.is_finite() && is_doubtful(at, true, &mut outputs);
                    continue;
                }
                for at in zeros(|at| all(at)[2 + index]) {
                    let is_exact = all(at)[2 + index] == 0.0;
                    let mut outputs = |at: f64| {
                        let found = all(at);
                        (found[0], found[1])
                    };
                    if is_doubtful(at, is_exact, &mut outputs) {
                        asked[index] = true;
                        roots[index].push(at);
                    }
                }
            }
        }
        let doubtful = places.into_iter().zip(roots).zip(asked);
        let doubtful = doubtful.filter(|(_, asked)| *asked);
        doubtful
            .map(|((place, roots), _)| Doubtful { place, roots })
            .collect()
    }
}

/// A place to look at, and of a level some points on it.
struct Doubtful {
    place: Place,
    roots: Vec<f64>,
}

impl Level {
    /// The node as it moves away from the level.
    fn pinned(&self, direction: Number) -> Pinned {
        Pinned {
            node: self.node,
            above: self.against,
            series: Series::line(self.value.clone(), direction),
        }
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
/// that f64 does not hold, only those on both sides count.
fn is_doubtful(at: f64, is_exact: bool, outputs: &mut impl FnMut(f64) -> (f64, f64)) -> bool {
    let (value, here) = outputs(at);
    if value.is_nan() || is_exact && !here.is_finite() {
        return !value.is_nan();
    }
    let step = STEP * at.abs().max(1.0);
    let (left, right) = (outputs(at - step).1, outputs(at + step).1);
    let near = |a: f64, b: f64| (a - b).abs() <= CLOSE * a.abs().max(b.abs());
    near(left, right) && !(is_exact && near(here, left))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calculus::Component;

    fn tangent(text: &str, at: i32) -> Option<[String; 2]> {
        let mut dag = Dag::parse(text).unwrap();
        let root = dag.roots[0];
        let at = Coefficient::number(Number::from(at));
        let mut expansion = Expansion::new(&mut dag);
        let line = Series::line(at, Number::one());
        let series = expansion.along(root, 0, &line).ok()?;
        let found = [series.value().ok()?, series.slope().ok()?];
        Some(found.map(|found| {
            let id = found.write(&mut dag);
            dag.part(id).to_string()
        }))
    }

    /// Taylor coefficients of these functions, which tables of series list.
    #[test]
    fn gaps_have_the_limits_of_their_series() {
        for (text, at, value, slope) in [
            ("expm1(x) / x", 0, "1", "0.5"),
            ("x / expm1(x)", 0, "1", "-0.5"),
            ("(exp(2 * x) - 1) / x", 0, "2", "2"),
            ("sin(x) / x", 0, "1", "0"),
            ("(1 - cos(x)) / x", 0, "0", "0.5"),
            ("ln(x) / (x - 1)", 1, "1", "-0.5"),
            ("log1p(x) / x", 0, "1", "-0.5"),
            ("tanh(x) / x", 0, "1", "0"),
            ("x / sinh(x)", 0, "1", "0"),
            ("(sqrt(1 + x) - 1) / x", 0, "0.5", "-0.125"),
            ("(square(x) - 4) / (x - 2)", 2, "4", "1"),
            ("atan(x) / x + asinh(x) / x", 0, "2", "0"),
            ("(sigmoid(x) - 0.5) / x", 0, "0.25", "0"),
            ("tanhshrink(x) / cube(x)", 0, "1 / 3", "0"),
            ("(sqrt(4 + x) - 2) / x", 0, "0.25", "-0.015625"),
            ("sinh(x) / x - cosh(x)", 0, "0", "0"),
            ("erf(x)", 0, "0", "2 / sqrt(pi)"),
            ("exp(x)", 1, "exp(1)", "exp(1)"),
            ("x * beta", 0, "0", "beta"),
            ("(exp(beta * x) - 1) / x", 0, "beta", "0.5 * powi(beta, 2)"),
            ("abs(x)", 0, "0", "1"),
            ("sqrt(abs(x)) * sqrt(abs(x))", 0, "0", "1"),
            ("sqrt(square(x) * x) / sqrt(x)", 0, "0", "1"),
            ("sqrt(2 * square(x))", 0, "0", "sqrt(2)"),
            ("softplus(x)", 0, "ln(2)", "0.5"),
            ("gelu(x)", 0, "0", "0.5"),
            ("silu(x) + mish(x)", 0, "0", "0.5 + tanh(ln(2))"),
            ("relu6(x)", 6, "6", "0"),
            ("hardswish(x)", 3, "3", "1"),
            ("sinc(x)", 0, "1", "0"),
        ] {
            let expected = Some([value.to_owned(), slope.to_owned()]);
            assert_eq!(tangent(text, at), expected, "{text}");
        }
    }

    #[test]
    fn poles_and_steep_places_have_none() {
        for text in [
            "1 / x",
            "exp(x) / x",
            "sqrt(x)",
            "ln(x)",
            "x * ln(x)",
            "sqrt(-x)",
        ] {
            assert_eq!(tangent(text, 0), None, "{text}");
        }
    }

    /// Right slopes are those of the definition of a derivative, on paper.
    #[test]
    fn slopes_at_places_where_the_chain_rule_has_none() {
        let mut wrong = Vec::new();
        for (text, values, variable, expected) in [
            // A root that is 0 all along, at this value of the parameter.
            ("(x - 0.654) * sqrt(x * beta)", [0.3, 0.0], 0, 0.0),
            ("(x - 0.654) * sqrt(x * beta)", [-7.0, 0.0], 0, 0.0),
            ("(x - 0.654) * sqrt(x * beta)", [0.0, 0.4], 1, 0.0),
            ("sqrt(beta * square(x))", [1.5, 0.0], 0, 0.0),
            ("sqrt(square(beta) * exp(x))", [1.5, 0.0], 0, 0.0),
            ("sqrt(relu(beta) * x) + x", [2.0, -1.0], 0, 1.0),
            ("tanh(sqrt(abs(beta * x)))", [2.0, 0.0], 0, 0.0),
            ("exp(sqrt(beta * x * x))", [2.0, 0.0], 0, 0.0),
            ("x + sqrt(tanh(beta * x))", [2.0, 0.0], 0, 1.0),
            ("sqrt(geglu(x, 0) * (2.075 + x))", [0.5, 0.0], 0, 0.0),
            (
                "sqrt(geglu(x, 0) * (2.075 + x)) + 2 * x",
                [-3.0, 0.0],
                0,
                2.0,
            ),
            ("sqrt(reglu(x, 0) * (1 + x))", [0.5, 0.0], 0, 0.0),
            ("sqrt(0 * x * sin(x))", [0.5, 0.0], 0, 0.0),
            ("sqrt((x - x) * exp(x))", [0.5, 0.0], 0, 0.0),
            // Roots of what vanishes faster than t².
            ("sqrt(square(square(x)))", [0.0, 0.0], 0, 0.0),
            ("sqrt(abs(x) * square(relu(x)))", [0.0, 0.0], 0, 0.0),
            ("sqrt(cube(abs(x)))", [0.0, 0.0], 0, 0.0),
            ("sqrt(square(square(x - 1))) + x", [1.0, 0.0], 0, 1.0),
            ("sqrt(square(x - beta) * abs(x - beta))", [0.7, 0.7], 0, 0.0),
            ("sqrt(square(1 - cos(x)))", [0.0, 0.0], 0, 0.0),
            // A factor that vanishes against a steep one.
            ("x * sqrt(abs(x))", [0.0, 0.0], 0, 0.0),
            ("x * sqrt(max(x, 0))", [0.0, 0.0], 0, 0.0),
            ("sin(x) * sqrt(max(x, 0)) + x", [0.0, 0.0], 0, 1.0),
            ("(x - 2) * sqrt(max(x, 2) - 2)", [2.0, 0.0], 0, 0.0),
            ("cube(sqrt(max(x, 0)))", [0.0, 0.0], 0, 0.0),
            ("(2 * x - 1) * sqrt(max(2 * x, 1) - 1)", [0.5, 0.0], 0, 0.0),
            // At the edge of the domain.
            ("x * sqrt(x)", [0.0, 0.0], 0, 0.0),
            ("x * sqrt(-x) + x", [0.0, 0.0], 0, 1.0),
            ("cube(sqrt(x - 1))", [1.0, 0.0], 0, 0.0),
            // A branch that is taken at one point.
            (
                "if (x / beta) != (atan(1) * x) || gaussian(x) <= hardswish(x) { x } else { sqrt(x) }",
                [0.0, 0.25617611458246764],
                0,
                1.0,
            ),
            (
                "if x != 0 || beta > 3 { x } else { sqrt(x) }",
                [0.0, 0.5],
                0,
                1.0,
            ),
            ("if x == 0 { sqrt(x) } else { sin(x) }", [0.0, 0.5], 0, 1.0),
            ("if x == 1 { 2 } else { 2 * x }", [1.0, 0.5], 0, 2.0),
            (
                "if 2 * x == 1 { 1 } else { 4 * square(x) }",
                [0.5, 0.5],
                0,
                4.0,
            ),
            (
                "if x + 1 == 0 { 0 } else { expm1(x + 1) }",
                [-1.0, 0.5],
                0,
                1.0,
            ),
            ("if x == beta { 0 } else { x - beta }", [0.5, 0.5], 0, 1.0),
            ("if x == 0 { 0 } else { x * beta }", [0.0, 0.5], 0, 0.5),
            (
                "if x == 0 { beta } else { expm1(beta * x) / x }",
                [0.0, 0.5],
                0,
                0.125,
            ),
            ("if x * x == 0 { x } else { 3 * x }", [0.0, 0.5], 0, 3.0),
            (
                "if x == 0 { ln(2) } else { softplus(x) }",
                [0.0, 0.5],
                0,
                0.5,
            ),
            (
                "if x == 0 { 0 } else { x + exp(-1 / square(x)) }",
                [0.0, 0.5],
                0,
                1.0,
            ),
            (
                "if x > 0 { x + exp(-1 / x) } else { x }",
                [0.0, 0.5],
                0,
                1.0,
            ),
            // It jumps there.
            ("if x == 0 { 1e-12 } else { x }", [0.0, 0.5], 0, 0.0),
            (
                "if x == 1 { 2.000000001 } else { 2 * x }",
                [1.0, 0.5],
                0,
                0.0,
            ),
            // Kinks that cancel.
            ("relu(x) + log1p(exp(-abs(x)))", [0.0, 0.5], 0, 0.5),
            ("relu(x - 1) + min0(x - 1)", [1.0, 0.5], 0, 1.0),
            ("relu(2 * x + 1) + min0(2 * x + 1)", [-0.5, 0.5], 0, 2.0),
            ("relu(3 - x) - relu(x - 3)", [3.0, 0.5], 0, -1.0),
            ("max(x, 2) + min(x, 2)", [2.0, 0.5], 0, 1.0),
            ("relu(x - beta) + min0(x - beta)", [0.5, 0.5], 0, 1.0),
            ("beta * relu(x) + beta * min0(x)", [0.0, 0.5], 0, 0.5),
            ("relu6(x) + relu(x - 6)", [6.0, 0.5], 0, 1.0),
            ("hardtanh(x) + softshrink(x + 0.5)", [3.0, 0.5], 0, 1.0),
            ("clamp(x, -1, 1) + relu(x - 1)", [1.0, 0.5], 0, 1.0),
            (
                "if x < 1 { square(x) } else { 2 * x - 1 }",
                [1.0, 0.5],
                0,
                2.0,
            ),
            ("leaky_relu(x) + 0.99 * min0(x)", [0.0, 0.5], 0, 1.0),
            ("x * abs(x)", [0.0, 0.5], 0, 0.0),
            // Where something else than x vanishes.
            ("relu(x * x - 1) + min0(x * x - 1)", [1.0, 0.5], 0, 2.0),
            ("relu(x * x - 1) + min0(x * x - 1)", [-1.0, 0.5], 0, -2.0),
            ("relu(x * x - 1) - relu(1 - x * x)", [-1.0, 0.5], 0, -2.0),
            ("relu(x * x - 1) - relu(1 - x * x)", [1.0, 0.5], 0, 2.0),
            ("relu(exp(x) - 1) + min0(exp(x) - 1)", [0.0, 0.5], 0, 1.0),
            ("max(x * x, 4) + min(x * x, 4)", [-2.0, 0.5], 0, -4.0),
            (
                "x * relu(x * x - 4) + x * min0(x * x - 4)",
                [-2.0, 0.5],
                0,
                8.0,
            ),
            (
                "relu(x * x - 4) + min0(x * x - 4) + sin(x - 2)",
                [2.0, 0.5],
                0,
                5.0,
            ),
            (
                "relu(x * x - 4) + min0(x * x - 4) + abs(x)",
                [-2.0, 0.5],
                0,
                -5.0,
            ),
            (
                "relu(beta * x * x - 2) + min0(beta * x * x - 2)",
                [2.0, 0.5],
                0,
                2.0,
            ),
            (
                "relu(beta * x * x - 2) + min0(beta * x * x - 2)",
                [2.0, 0.5],
                1,
                4.0,
            ),
            (
                "relu(beta * x - 1) + min0(beta * x - 1)",
                [2.0, 0.5],
                0,
                0.5,
            ),
            ("relu(1 / x - 2) + min0(1 / x - 2)", [0.5, 0.5], 0, -4.0),
            ("relu(x * x - x) + min0(x * x - x)", [1.0, 0.5], 0, 1.0),
            ("relu(x * x - x) + min0(x * x - x)", [0.0, 0.5], 0, -1.0),
            ("max(x * x, x) + min(x * x, x)", [1.0, 0.5], 0, 3.0),
            ("relu(cube(x) - 8) + min0(cube(x) - 8)", [2.0, 0.5], 0, 12.0),
            ("abs(x * x - 4) * sign(x * x - 4)", [2.0, 0.5], 0, 4.0),
            ("abs(x * x - 4) * sign(x * x - 4)", [-2.0, 0.5], 0, -4.0),
            (
                "relu(x * x - 1) + log1p(exp(-abs(x * x - 1)))",
                [-1.0, 0.5],
                0,
                -1.0,
            ),
            ("clamp(x * x, 0, 4) + relu(x * x - 4)", [2.0, 0.5], 0, 4.0),
            // Where something else than x takes one value.
            (
                "if x * x == 4 { 8 } else { x * x * x }",
                [2.0, 0.5],
                0,
                12.0,
            ),
            (
                "if x * x == 4 { 4 } else { square(x) }",
                [-2.0, 0.5],
                0,
                -4.0,
            ),
            (
                "if x * x - 3 * x == -2 { 1 } else { square(x) }",
                [1.0, 0.5],
                0,
                2.0,
            ),
            ("if exp(x) == 1 { 0 } else { x }", [0.0, 0.5], 0, 1.0),
            ("if cosh(x) == 1 { 0 } else { x }", [0.0, 0.5], 0, 0.0),
            (
                "if x == 1e-100 { 1e-100 } else { x }",
                [1e-100, 0.5],
                0,
                1.0,
            ),
            (
                "if x == 1e-300 { 1e-300 } else { x }",
                [1e-300, 0.5],
                0,
                1.0,
            ),
            ("relu(x - 1e-100) + min0(x - 1e-100)", [1e-100, 0.5], 0, 1.0),
            ("if x == 1e200 { 1e200 } else { x }", [1e200, 0.5], 0, 1.0),
            // It jumps there, or has an edge.
            (
                "if x * x == 4 { 8 } else { x * x * x }",
                [-2.0, 0.5],
                0,
                0.0,
            ),
            ("relu(x * x - 1)", [1.0, 0.5], 0, 0.0),
            ("relu(x * x - 1) + 2 * min0(x * x - 1)", [1.0, 0.5], 0, 0.0),
            // Close is not equal: these kinks stay as the table has them.
            ("relu(x) + 0.9999999999 * min0(x)", [0.0, 0.5], 0, 0.0),
            (
                "relu(x - 1) + 1.0000000001 * min0(x - 1)",
                [1.0, 0.5],
                0,
                0.0,
            ),
        ] {
            let mut dag = Dag::parse(text).unwrap();
            if !dag.variables.contains(&"beta".to_owned()) {
                dag.variables.push("beta".to_owned());
            }
            let gradient = dag.with_gradient();
            let found = gradient.at(&values).1[variable];
            if (found - expected).abs() > 1e-15 || found.is_nan() {
                let form = gradient.graph(Component::Derivative(variable));
                wrong.push(format!("{text}: {found}, not {expected}; {form}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
