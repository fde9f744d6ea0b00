//! Slopes that would be NaN by 0·∞ or 0/0, where the function is flat: the factor that is 0 outweighs the other.
//!
//! The chain rule makes such products: the slope of exp(−eˣ) is −eˣ·exp(−eˣ), whose factors overflow and underflow, and that of √(p·q) is
//! 0/0 while p is 0. `if a == 0 { 0 } else { a * b }` is the product wherever that has a value. It is written where a slope would be NaN
//! at an argument at which the value is a number and its difference quotients say that the slope is one, too.

use super::points::REGIMES;
use super::region::Region;
use crate::ir::{Dag, Id, Node};
use crate::number::Number;
use crate::ops::Op;

/// Passes over the graph: what one makes finite may meet an infinity further on.
const ROUNDS: usize = 4;
/// Steps of the difference quotients, relative to the argument.
const STEP: f64 = 1.0 / (1u64 << 20) as f64;
/// How closely quotients agree with each other and with the slope: they say whether a slope is near 0, not what it is.
const TOLERANCE: f64 = 1.0 / 128.0;
/// Values of the other variables.
const CONSTANTS: [f64; 6] = [1.0, 0.3, -0.6, 2.5, -1.7, 0.01];

/// The graph with guarded products, if any slope among its outputs after the first needs them.
pub(super) fn zero_factors(dag: &Dag, region: &Region) -> Option<Dag> {
    let mut form = dag.compact();
    let points = points(&form, region);
    let mut changed = false;
    for _ in 0..ROUNDS {
        let Some(next) = guarded(&form, &points) else {
            break;
        };
        (form, changed) = (next, true);
    }
    changed.then_some(form)
}

/// Powers of two over the range of f32 and arguments of every regime, beside several values of the other variables.
fn points(dag: &Dag, region: &Region) -> Vec<Vec<f64>> {
    let sides = region.intervals(&dag.variables);
    let ladder = (-148..128).step_by(4).map(|n| f64::from(n).exp2());
    let axis: Vec<f64> = ladder
        .flat_map(|x| [x, -x])
        .chain(REGIMES.iter().copied())
        .collect();
    let choices = if sides.len() > 1 { CONSTANTS.len() } else { 1 };
    let point = |(x, choice): (f64, usize)| {
        let value = |v: usize| {
            if v == 0 {
                x
            } else {
                CONSTANTS[(choice + v) % CONSTANTS.len()]
            }
        };
        let all = sides.iter().enumerate();
        all.map(|(v, side)| f64::from(value(v) as f32).clamp(side.low, side.high))
            .collect()
    };
    axis.into_iter()
        .flat_map(|x| (0..choices).map(move |choice| (x, choice)))
        .map(point)
        .collect()
}

/// The graph with those products and quotients guarded that make a slope NaN.
fn guarded(dag: &Dag, points: &[Vec<f64>]) -> Option<Dag> {
    let nodes = dag.nodes().len();
    let mut whole = dag.clone();
    whole.roots = (0..nodes).map(Id::from).collect();
    let (tape, wide) = (whole.tape(), dag.tape());
    // For each product or quotient, the factor that is 0; and the points at which it is, with the slopes that they should have.
    let mut factors: Vec<Option<Id>> = vec![None; nodes];
    let mut witnesses: Vec<(&Vec<f64>, usize, f64)> = Vec::new();
    for point in points {
        let values = tape.eval_f32(point);
        let of = |id: Id| values[usize::from(id)];
        if !of(dag.roots[0]).is_finite() {
            continue;
        }
        for output in 1..dag.roots.len() {
            if !of(dag.roots[output]).is_nan() {
                continue;
            }
            let variable = output - 1;
            let Some(slope) = quotient(|point| wide.eval(point)[0], point, variable) else {
                continue;
            };
            witnesses.push((point, output, slope));
            for (index, node) in dag.nodes().iter().enumerate() {
                match node {
                    Node::Apply(Op::Mul, [a, b, _]) => {
                        for (zero, other) in [(*a, *b), (*b, *a)] {
                            if of(zero) == 0.0 && of(other).is_infinite() {
                                factors[index].get_or_insert(zero);
                            }
                        }
                    }
                    Node::Apply(Op::Div, [a, b, _]) if of(*a) == 0.0 && of(*b) == 0.0 => {
                        factors[index].get_or_insert(*a);
                    }
                    _ => {}
                }
            }
        }
    }
    if factors.iter().all(Option::is_none) {
        return None;
    }
    let guarded = with_guards(dag, &factors);
    let tape = guarded.tape();
    // Where the other factor grows as fast as this one falls, 0 is as wrong as NaN, and hides it.
    let (mut better, mut wrong) = (false, false);
    for (point, output, slope) in witnesses {
        let found = tape.eval_f32(point)[output];
        better |= found.is_finite();
        wrong |= found.is_finite() && !near(found, slope);
    }
    (better && !wrong).then_some(guarded)
}

/// The graph in which every product with a factor among `factors` is 0 where that factor is.
fn with_guards(dag: &Dag, factors: &[Option<Id>]) -> Dag {
    let mut out = Dag::new(dag.variables.clone());
    let mut places: Vec<Id> = Vec::with_capacity(factors.len());
    for (node, factor) in dag.nodes().iter().zip(factors) {
        let mut place = out.add(node.map(|id| places[usize::from(id)]));
        if let Some(factor) = factor {
            let zero = out.number(Number::zero());
            let is_zero = out.apply(Op::Eq, &[places[usize::from(*factor)], zero]);
            place = out.apply(Op::If, &[is_zero, zero, place]);
        }
        places.push(place);
    }
    out.roots = dag
        .roots
        .iter()
        .map(|&root| places[usize::from(root)])
        .collect();
    out.compact()
}

/// The difference quotient of `value` by one variable, where those of both sides agree.
fn quotient(value: impl Fn(&[f64]) -> f64, point: &[f64], variable: usize) -> Option<f64> {
    let step = point[variable].abs() * STEP;
    let step = if step == 0.0 { STEP } else { step };
    let at = |step: f64| {
        let mut moved = point.to_vec();
        moved[variable] += step;
        value(&moved)
    };
    let (left, middle, right) = (at(-step), at(0.0), at(step));
    let (left, right) = ((middle - left) / step, (right - middle) / step);
    let smooth = left.is_finite() && right.is_finite() && near(left, right);
    smooth.then_some(left / 2.0 + right / 2.0)
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= TOLERANCE * (1.0 + a.abs().min(b.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slopes(text: &str, points: &[f64]) -> (Dag, Vec<f64>) {
        let raw = Dag::parse(text).unwrap().with_gradient();
        let form = zero_factors(&raw, &Region::default()).unwrap_or(raw);
        let at = points
            .iter()
            .map(|&x| form.tape().eval_f32(&[x])[1])
            .collect();
        (form, at)
    }

    #[test]
    fn a_factor_that_vanishes_outweighs_one_that_overflows() {
        for (text, x, expected) in [
            ("exp(-exp(x))", 100.0, 0.0),
            ("tanh(exp(x)) * x", 100.0, 1.0),
            ("gaussian(cube(x))", 1e20, 0.0),
            ("if x > 0 { exp(-1 / x) } else { 0 }", 1e-20, 0.0),
            ("sigmoid(sinh(x))", -200.0, 0.0),
            ("sqrt(relu(x) * square(x))", -2.0, 0.0),
        ] {
            assert_eq!(slopes(text, &[x]).1, [expected], "{text}");
        }
    }

    /// The slope of ln(1 + eˣ) is eˣ/(1 + eˣ): at 100 that is 1, and a 0 would be worse than NaN.
    #[test]
    fn no_wrong_number_takes_the_place_of_nan() {
        assert!(slopes("ln(1 + exp(x))", &[100.0]).1[0].is_nan());
    }

    #[test]
    fn slopes_that_are_numbers_stay_as_they_are() {
        for text in [
            "x * sigmoid(x)",
            "gelu(x)",
            "relu(x) + tanh(x)",
            "sqrt(abs(x))",
            "mish(x) * x",
        ] {
            let raw = Dag::parse(text).unwrap().with_gradient();
            assert_eq!(zero_factors(&raw, &Region::default()), None, "{text}");
        }
    }
}
