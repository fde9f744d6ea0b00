//! The gain of an activation for initial weights.
//!
//! A layer keeps the variance of its inputs if its weights are scaled by 1/√E\[f(z)²\], z ~ N(0, 1): He et al., "Delving Deep
//! into Rectifiers" (arXiv 1502.01852), for ReLU, where it is √2; for any function as in Klambauer et al., "Self-Normalizing
//! Neural Networks" (arXiv 1706.02515). The second moment is an integral,
//!
//! E\[f(z)²\] = ∫ f(z)² φ(z) dz,  φ(z) = exp(−z²/2) / √(2π),
//!
//! which Gauss–Kronrod rules of 7 and 15 points take between the kinks of f, halving an interval until both agree. Of two inputs
//! the other integral is inside, unless the function is a product.

use std::f64::consts::PI;

use super::Activation;
use crate::analysis::smooth_between;
use crate::ir::{Dag, Id, Node, Tape};
use crate::ops::Op;

/// Nodes of the Kronrod rule on (0, 1], mirrored, and its weights; every second one, from the second, belongs to the Gauss rule.
/// QUADPACK, `qk15` (Piessens et al., 1983); the node 0 comes last.
const NODES: [(f64, f64, f64); 8] = [
    (0.991_455_371_120_812_6, 0.022_935_322_010_529_224, 0.0),
    (
        0.949_107_912_342_758_5,
        0.063_092_092_629_978_56,
        0.129_484_966_168_869_7,
    ),
    (0.864_864_423_359_769_1, 0.104_790_010_322_250_19, 0.0),
    (
        0.741_531_185_599_394_4,
        0.140_653_259_715_525_92,
        0.279_705_391_489_276_64,
    ),
    (0.586_087_235_467_691_1, 0.169_004_726_639_267_9, 0.0),
    (
        0.405_845_151_377_397_2,
        0.190_350_578_064_785_4,
        0.381_830_050_505_118_9,
    ),
    (0.207_784_955_007_898_46, 0.204_432_940_075_298_9, 0.0),
    (0.0, 0.209_482_141_084_727_82, 0.417_959_183_673_469_4),
];
/// Where the integral is cut into parts that are halved one by one, beside the kinks of the function: a kink between the last node
/// of a rule and the end of its interval is seen by neither rule. Beyond ±39, φ is below the smallest f64; up to there, it meets
/// functions that grow like exp(z²/5).
const CUTS: [f64; 13] = [
    -39.0, -20.0, -12.0, -8.0, -5.0, -2.5, 0.0, 2.5, 5.0, 8.0, 12.0, 20.0, 39.0,
];
/// Digits of the gain that are kept, one before the point.
const DIGITS: usize = 12;

/// A part is halved until its error is this small beside the whole, or this often.
const TOLERANCE: f64 = 1e-13;
const HALVINGS: u32 = 44;
/// How many evaluations of a function an expectation may take.
const EVALUATIONS: u64 = 20_000_000;
/// The same around another integral, whose errors are then far below its own tolerance.
const OUTER: (f64, u32) = (1e-11, 8);

impl Activation {
    /// 1/√E\[f(z)²\] for independent standard normal inputs, with the parameters at their initial values, to 10 digits at least.
    /// None if the function has no value for some inputs, or the expectation is 0 or infinite: then no scale of weights keeps the
    /// variance. Also none for what depends on two inputs, is no product of functions of one each, and has kinks.
    pub fn init_gain(&self) -> Option<f64> {
        let function = self.at_start();
        let moment = match apart(&function) {
            // Independent factors have independent moments.
            Some(factors) => factors
                .iter()
                .map(|(input, factor)| second_moment(factor, &[*input]))
                .product(),
            None if !function.is_smooth() => return None,
            None => second_moment(&function, &[0, 1]),
        };
        let gain = 1.0 / libm::sqrt(moment);
        // NaN is not above 0: the function has no value somewhere.
        let usable = moment > 0.0 && gain.is_normal();
        // What is left of rounding is cut off, so that the gain of the identity is 1.
        let text = format!("{gain:.*e}", DIGITS - 1);
        usable.then(|| text.parse().ok()).flatten()
    }

    /// The function of the inputs alone.
    fn at_start(&self) -> Dag {
        let (inputs, parameters) = self.value.variables.split_at(self.inputs);
        let mut dag = Dag::new(inputs.to_vec());
        let mut arguments: Vec<Id> = (0..inputs.len()).map(|index| dag.variable(index)).collect();
        for (_, parameter) in parameters.iter().zip(&self.parameters) {
            arguments.push(dag.number(parameter.initial.clone()));
        }
        dag.roots = dag.inline(&self.value, &arguments);
        dag.compact()
    }
}

/// The factors of a product that depend on one input each, together for each input; none if a factor depends on two.
fn apart(function: &Dag) -> Option<Vec<(usize, Dag)>> {
    let mut factors: Vec<(usize, Vec<Id>)> = Vec::new();
    let mut open = function.roots.clone();
    while let Some(id) = open.pop() {
        if let Node::Apply(Op::Mul, [a, b, _]) = function.node(id) {
            open.extend([*b, *a]);
            continue;
        }
        let part = function.part(id);
        let reads = |index: &usize| part.find(&Node::Variable(*index)).is_some();
        let mut inputs = (0..function.variables.len()).filter(reads);
        let input = inputs.next().unwrap_or(0);
        if inputs.next().is_some() {
            return None;
        }
        match factors.iter_mut().find(|(known, _)| *known == input) {
            Some((_, own)) => own.push(id),
            None => factors.push((input, vec![id])),
        }
    }
    let factors = factors.iter();
    Some(
        factors
            .map(|(input, own)| (*input, product(function, own)))
            .collect(),
    )
}

fn product(dag: &Dag, factors: &[Id]) -> Dag {
    let mut dag = dag.clone();
    let product = factors
        .iter()
        .copied()
        .reduce(|a, b| dag.apply(Op::Mul, &[a, b]));
    dag.roots = product.into_iter().collect();
    dag.compact()
}

/// The expectation of the square over the named inputs, on which alone the function depends; the first is the outermost.
fn second_moment(function: &Dag, inputs: &[usize]) -> f64 {
    let cuts = match inputs {
        [input] => kinks(function, *input),
        _ => Vec::new(),
    };
    let mut square = function.clone();
    square.roots[0] = square.apply(Op::Square, &[function.roots[0]]);
    let mut values = vec![0.0; function.variables.len()];
    integral(&square.tape(), inputs, &mut values, &cuts, &mut {
        EVALUATIONS
    })
}

/// The expectation of a function of one standard normal input, to 10 digits at least where it is smooth between the places that it
/// singles out; infinite or NaN where there is none, or too many evaluations would be needed.
#[cfg(feature = "oracle")]
pub(crate) fn expectation(function: &Dag) -> f64 {
    let cuts = smooth_between(function);
    integral(&function.tape(), &[0], &mut [0.0], &cuts, &mut {
        EVALUATIONS / 100
    })
}

/// Where a function of one input may have kinks.
fn kinks(function: &Dag, input: usize) -> Vec<f64> {
    let mut single = Dag::new(vec![function.variables[input].clone()]);
    let variable = single.variable(0);
    // It does not depend on the others.
    single.roots = single.inline(function, &vec![variable; function.variables.len()]);
    smooth_between(&single.compact())
}

fn integral(
    tape: &Tape<'_>,
    inputs: &[usize],
    values: &mut [f64],
    kinks: &[f64],
    left: &mut u64,
) -> f64 {
    let Some((&input, inner)) = inputs.split_first() else {
        // What needs more oscillates too fast.
        let Some(fewer) = left.checked_sub(1) else {
            return f64::NAN;
        };
        *left = fewer;
        return tape.eval(values)[0];
    };
    let (tolerance, halvings) = match inner {
        [] => (TOLERANCE, HALVINGS),
        _ => OUTER,
    };
    let mut integrand = |z: f64| {
        values[input] = z;
        let density = libm::exp(-0.5 * z * z) / libm::sqrt(2.0 * PI);
        integral(tape, inner, values, &[], left) * density
    };
    let [first, .., last] = CUTS;
    // A function that outgrows φ is still large where the integral ends.
    if ![first, last]
        .map(&mut integrand)
        .iter()
        .all(|&end| end.abs() < f64::EPSILON)
    {
        return f64::INFINITY;
    }
    let within = kinks.iter().filter(|&&kink| first < kink && kink < last);
    let mut cuts: Vec<f64> = CUTS.iter().chain(within).copied().collect();
    cuts.sort_by(f64::total_cmp);
    // What lies closer is one point.
    cuts.dedup_by(|b, a| *b - *a < 1e-12);
    let parts = cuts
        .windows(2)
        .map(|cut| Part::new(&mut integrand, cut[0], cut[1]));
    let parts: Vec<Part> = parts.collect();
    let rough: f64 = parts.iter().map(|part| part.value.abs()).sum();
    let refined = |part: Part| part.refined(&mut integrand, tolerance * rough, halvings);
    parts.into_iter().map(refined).sum()
}

/// The integral from a to b by the Kronrod rule, and how far the Gauss rule is from it.
struct Part {
    a: f64,
    b: f64,
    value: f64,
    error: f64,
}

/// A part so far from its tolerance after every halving that it has a pole.
const POLE: f64 = 1e6;

impl Part {
    fn new(f: &mut impl FnMut(f64) -> f64, a: f64, b: f64) -> Self {
        let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
        let (mut kronrod, mut gauss) = (0.0, 0.0);
        for (node, wide, narrow) in NODES {
            let mut value = f(middle + half * node);
            if node != 0.0 {
                value += f(middle - half * node);
            }
            kronrod += wide * value;
            gauss += narrow * value;
        }
        Self {
            a,
            b,
            value: half * kronrod,
            error: (half * (kronrod - gauss)).abs(),
        }
    }

    fn refined(self, f: &mut impl FnMut(f64) -> f64, allowed: f64, halvings: u32) -> f64 {
        // Without a value somewhere there is no integral.
        if !self.value.is_finite() || self.error <= allowed {
            return self.value;
        }
        if halvings == 0 {
            let pole = self.error > POLE * allowed;
            return if pole { f64::INFINITY } else { self.value };
        }
        let middle = 0.5 * (self.a + self.b);
        [(self.a, middle), (middle, self.b)]
            .map(|(a, b)| Self::new(f, a, b).refined(f, allowed, halvings - 1))
            .iter()
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use crate::declaration::Declaration;
    use crate::formula::Formula;
    use crate::syntax::Item;

    fn gain(formula: &str) -> Option<f64> {
        let formula = Formula::parse(formula).unwrap();
        Declaration::new("F", &formula, &[])
            .unwrap()
            .activation
            .init_gain()
    }

    fn near(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found / expected - 1.0).abs() < 1e-10)
    }

    /// Expected values from closed forms, or from mpmath's `quad` in 40 digits.
    #[test]
    fn gains_are_those_of_the_integral() {
        assert_eq!(gain("x"), Some(1.0));
        assert_eq!(
            gain("-3"),
            Some(1.0 / 3.0).map(|g: f64| (g * 1e12).round() / 1e12)
        );
        for (formula, expected) in [
            ("relu(x)", std::f64::consts::SQRT_2),
            ("exp(x)", 1.0 / std::f64::consts::E),
            ("if x > 0 { x } else { 0.25 * x }", 1.371_988_681_140),
            ("square(x)", 1.0 / 3f64.sqrt()),
            ("exp(0.2 * square(x))", 0.2f64.sqrt().sqrt()),
            ("sign(x - 0.3)", 1.0),
            ("if x > 0.003 { 1 } else { 0 }", 1.415_909_173_217_1),
            ("if abs(x) > 0.7 { x } else { 0 }", 1.041_959_074_018_4),
            ("tanh(x)", 1.592_537_419_722_8),
            ("sigmoid(x)", 1.846_228_545_338_6),
            ("silu(x)", 1.676_532_470_331),
            ("gelu(x)", 1.533_530_441_195_5),
            ("elu(x)", 1.245_198_300_700_7),
            ("mish(x)", 1.486_847_581_273),
            ("relu6(x)", 1.414_213_565_095),
            ("ln(abs(x))", 0.781_546_764_122_8),
        ] {
            assert!(
                near(gain(formula), expected),
                "{formula}: {:?}",
                gain(formula)
            );
        }
    }

    #[test]
    fn without_a_finite_moment_there_is_no_gain() {
        for formula in [
            "0 * x",
            "1 / x",
            "ln(x)",
            "exp(0.25 * square(x))",
            "exp(square(x))",
            "1 / sqrt(abs(x))",
        ] {
            assert_eq!(gain(formula), None, "{formula}");
        }
    }

    #[test]
    fn the_inputs_of_a_gated_function_are_independent() {
        let gain = |declaration: &str| {
            let item: Item = syn::parse_str(declaration).unwrap();
            Declaration::from_item(item)
                .unwrap()
                .0
                .activation
                .init_gain()
        };
        assert!(near(gain("F(x, gate) = silu(gate) * x"), 1.676_532_470_331));
        assert!(near(
            gain("F(x, gate; const a = 2.0) = a * relu(gate) * tanh(x)"),
            1.592_537_419_722_8 / 2f64.sqrt()
        ));
        // E[x² σ(x + y)²] by mpmath.
        assert!(near(
            gain("F(x, y) = x * sigmoid(x + y)"),
            1.668_991_367_552_32
        ));
        assert_eq!(gain("F(x, y) = max(x, y)"), None);
        assert!(near(gain("F(x, y) = x + y"), 1.0 / 2f64.sqrt()));
    }
}
