//! Slopes that would be NaN by 0·∞ or 0/0 in a format, where one factor underflows and the other one overflows: the slope of
//! exp(−eˣ) is −eˣ·exp(−eˣ).
//!
//! `if a == 0 { 0 } else { a * b }` is the product wherever that has a value. It is written where the product is proven to be as good as 0:
//! bounds of the exponents of both factors say so. What they leave open stays.

use super::enclose::Encloser;
use super::exponents::{Exponent, exponents};
use super::interval::Interval;
use super::points::REGIMES;
use super::region::Region;
use crate::calculus::Gradient;
use crate::ir::{Dag, Id, Node, Rounding};
use crate::number::Number;
use crate::ops::Op;

/// Passes over the graph: what one makes finite may meet an infinity further on.
const ROUNDS: usize = 4;
/// Products below 2 to this power are as good as 0: half a unit in the last place of 1 in f64.
const NEGLIGIBLE: f64 = -53.0;
/// Values of the other variables.
const CONSTANTS: [f64; 10] = [1.0, 0.3, -0.6, 2.5, -1.7, 0.01, 0.0, 1e20, 1e-20, -1e10];

/// The graph with guarded products, if any derivative needs them.
pub(crate) fn zero_factors(gradient: &Gradient, region: &Region) -> Option<Gradient> {
    let mut form = gradient.compact();
    let points = points(&form, region);
    let mut changed = false;
    for _ in 0..ROUNDS {
        let Some(next) = guarded(&form, &points) else {
            break;
        };
        (form, changed) = (next, true);
    }
    changed.then(|| Gradient::of_outputs(form))
}

/// Powers of two over the range of f32 and arguments of every regime, beside several values of the other variables: a column for
/// each variable.
fn points(dag: &Dag, region: &Region) -> Vec<Vec<f64>> {
    let sides = region.intervals(&dag.variables);
    let ladder = (-148..128).step_by(4).map(|n| f64::from(n).exp2());
    let axis: Vec<f64> = ladder
        .flat_map(|x| [x, -x])
        .chain(REGIMES.iter().copied())
        .collect();
    let choices = if sides.len() > 1 { CONSTANTS.len() } else { 1 };
    let column = |(v, side): (usize, &Interval)| {
        let value = |x: f64, choice: usize| match v {
            0 => x,
            _ => CONSTANTS[(choice + v) % CONSTANTS.len()],
        };
        let all = axis
            .iter()
            .flat_map(|&x| (0..choices).map(move |choice| value(x, choice)));
        all.map(|value| f64::from(value as f32).clamp(side.low, side.high))
            .collect()
    };
    sides.iter().enumerate().map(column).collect()
}

/// The graph with those products and quotients guarded that make a slope NaN, and are as good as 0 wherever the guard is.
fn guarded(dag: &Dag, points: &[Vec<f64>]) -> Option<Dag> {
    let nodes = dag.nodes().len();
    let mut whole = dag.clone();
    whole.roots = (0..nodes).map(Id::from).collect();
    let (tape, encloser) = (whole.tape(), Encloser::new(dag));
    // For each product or quotient, the factor that is 0.
    let mut factors: Vec<Option<Id>> = vec![None; nodes];
    let mut refused = vec![false; nodes];
    for rounding in [Rounding::F32, Rounding::F64] {
        for point in without_slope(dag, points, rounding) {
            let point: Vec<f64> = points.iter().map(|column| column[point]).collect();
            let values = tape.rounded(&point, rounding);
            let of = |id: Id| values[usize::from(id)];
            let mut bounds: Option<Vec<Exponent>> = None;
            for (index, node) in dag.nodes().iter().enumerate() {
                let zero = match node {
                    Node::Apply(Op::Mul, [a, b, _]) => [(*a, *b), (*b, *a)]
                        .into_iter()
                        .find(|&(a, b)| of(a) == 0.0 && of(b).is_infinite())
                        .map(|(a, _)| a),
                    Node::Apply(Op::Div, [a, b, _]) => {
                        (of(*a) == 0.0 && of(*b) == 0.0).then_some(*a)
                    }
                    _ => None,
                };
                let Some(zero) = zero else {
                    continue;
                };
                let bounds = bounds.get_or_insert_with(|| exponents(dag, &encloser, &point));
                refused[index] |= bounds[index].high > NEGLIGIBLE;
                factors[index].get_or_insert(zero);
            }
        }
    }
    // What stands in the branch of a guard is not asked there.
    for node in dag.nodes() {
        if let Node::Apply(Op::If, [condition, _, product]) = node
            && let Node::Apply(Op::Eq, [factor, ..]) = dag.node(*condition)
            && factors[usize::from(*product)] == Some(*factor)
        {
            refused[usize::from(*product)] = true;
        }
    }
    for (factor, refused) in factors.iter_mut().zip(refused) {
        if refused {
            *factor = None;
        }
    }
    if factors.iter().all(Option::is_none) {
        return None;
    }
    let guarded = with_guards(dag, &factors);
    (guarded != *dag).then_some(guarded)
}

/// The indices of the points at which there is a value, and a slope is NaN. In f32, the value may overflow before the slope does: then
/// f64 has both.
fn without_slope(dag: &Dag, points: &[Vec<f64>], rounding: Rounding) -> Vec<usize> {
    let tape = dag.tape();
    let found = tape.columns(points, rounding).outputs;
    let (values, slopes) = Gradient::split(&found);
    let lacks = |&at: &usize| {
        let lost = |slope: &usize| slopes[*slope][at].is_nan();
        let mut lost = (0..slopes.len()).filter(lost).peekable();
        if lost.peek().is_none() || !values[at].is_infinite() {
            return lost.peek().is_some() && values[at].is_finite();
        }
        let point: Vec<f64> = points.iter().map(|column| column[at]).collect();
        let wide = tape.eval(&point);
        let (value, slopes) = Gradient::split(&wide);
        rounding == Rounding::F32
            && value.is_finite()
            && lost.any(|slope| slopes[slope].is_finite())
    };
    let count = points.first().map_or(0, Vec::len);
    (0..count).filter(lacks).collect()
}

/// The graph in which every product with a factor among `factors` is 0 where that factor is.
fn with_guards(dag: &Dag, factors: &[Option<Id>]) -> Dag {
    let mut out = Dag::new(dag.variables.clone());
    let mut ids: Vec<Id> = Vec::with_capacity(factors.len());
    let zero = out.number(Number::zero());
    let divisors = divisors(dag);
    for (index, (node, factor)) in dag.nodes().iter().zip(factors).enumerate() {
        let node = node.map(|id| ids[usize::from(id)]);
        let factor = factor.map(|factor| ids[usize::from(factor)]);
        ids.push(match (&node, factor) {
            // A quotient by 0 has no value, and one by the number 0 cannot be written.
            _ if divisors[index] => out.add(node),
            (_, Some(factor)) if factor == zero => zero,
            (_, Some(factor)) => {
                let is_zero = out.apply(Op::Eq, &[factor, zero]);
                let product = out.add(node);
                out.apply(Op::If, &[is_zero, zero, product])
            }
            // What a product that is 0 leaves behind.
            (Node::Apply(Op::Mul, [a, b, _]), None) if [*a, *b].contains(&zero) => zero,
            (Node::Apply(Op::Add, [a, b, _]), None) if *a == zero => *b,
            (Node::Apply(Op::Add, [a, b, _]), None) if *b == zero => *a,
            (Node::Apply(Op::If, [_, then, otherwise]), None) if then == otherwise => *then,
            (_, None) => out.add(node),
        });
    }
    out.roots = dag
        .roots
        .iter()
        .map(|&root| ids[usize::from(root)])
        .collect();
    out.compact()
}

/// Whether something is divided by a node.
fn divisors(dag: &Dag) -> Vec<bool> {
    let mut divisors = vec![false; dag.nodes().len()];
    for node in dag.nodes() {
        if let Node::Apply(Op::Div | Op::Celu, [_, divisor, _]) = node {
            divisors[usize::from(*divisor)] = true;
        }
    }
    divisors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calculus::Component;

    fn slopes(text: &str, points: &[f64]) -> (Gradient, Vec<f64>) {
        let raw = Dag::parse(text).unwrap().with_gradient();
        let form = zero_factors(&raw, &Region::default()).unwrap_or(raw);
        let at = points
            .iter()
            .map(|&x| form.tape().eval_f32(&[f64::from(x as f32)])[1])
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
            // The value is infinite, and the slope is not.
            (
                "relu(x * x - 1) + log1p(exp(-abs(x * x - 1)))",
                1.7e38,
                2.0 * f64::from(1.7e38_f32),
            ),
            (
                "relu(x * x - 1) + log1p(exp(-abs(x * x - 1)))",
                3e38,
                f64::INFINITY,
            ),
            (
                "min0(x * x - 1) + square(x) * (1 + exp(-abs(x * x)))",
                -1.5e38,
                -2.0 * f64::from(1.5e38_f32),
            ),
        ] {
            assert_eq!(slopes(text, &[x]).1, [expected], "{text}");
        }
    }

    /// Where several factors meet, one guard does not make another one ask again.
    #[test]
    fn no_product_is_guarded_twice() {
        let mut guards = 0;
        for text in [
            "exp(-exp(x))",
            "gaussian(cube(x)) * x",
            "sigmoid(sinh(x)) * x",
            "x * sigmoid(-cube(x)) * square(x) + exp(-exp(x))",
            "relu(x * x - 1) + log1p(exp(-abs(x * x - 1)))",
        ] {
            let (form, _) = slopes(text, &[]);
            let choice = |id: Id| match *form.node(id) {
                Node::Apply(Op::If, [condition, _, product]) => Some((condition, product)),
                _ => None,
            };
            for id in (0..form.nodes().len()).map(Id::from) {
                if let Some((condition, product)) = choice(id) {
                    guards += 1;
                    let again = choice(product).is_some_and(|(inner, _)| inner == condition);
                    assert!(!again, "{text}: {}", form.graph(Component::Derivative(0)));
                }
            }
        }
        assert!(guards > 5, "{guards}");
    }

    /// The logarithm of x·(x − x) has no value, and its slope is a quotient by 0: that is no reason to write 0/0.
    #[test]
    fn every_form_reads_back() {
        for text in [
            "(if ((0.5 * (1 + tanh(x))) * rrelu(9)) != ((1e144 - x) - sinh(x))
                || (laplace(x) * powi(x, 0)) == ((if x < 8 { x } else { 6.00000000000000000000 }) / (x + x))
                { ((x / x) * gelu_tanh_grad(x)) } else { (ln((x - x) * x)) })",
            "if exp(x) == 3 - x { exp(-exp(x)) } else { 1 / (x * (x - x)) + x / ((x - x) * exp(x)) }",
            "if exp(x) == 3 - x { gelu_tanh_grad(x) * (x / x) } else { sqrt((x - x) * x) / (x * (x - x)) }",
        ] {
            let formula = crate::formula::Formula::parse(text).unwrap();
            let form = formula.simplify(&Region::default(), crate::egraph::Budget::default());
            for output in 0..2 {
                let written = form.gradient.dag.formula(output);
                assert!(Dag::parse(&written).is_ok(), "{text}: {written}");
            }
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
