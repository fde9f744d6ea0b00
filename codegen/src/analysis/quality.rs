//! Whether one form of a value may stand for another in floating point, and how many digits it loses.
//!
//! Rules hold over the reals; rounding and overflow do not know that. A form is judged at points of every regime, in f64 and
//! with every operation rounded to f32, and at all orders of magnitude.

use super::enclose::{Defined, Encloser};
use super::interval::Interval;
use super::magnitudes::{Loss, Magnitudes};
use super::points::REGIMES;
use super::region::Region;
use super::spoiled::{FEW, is_lost, is_spoiled};
use crate::ir::{Dag, Id, Node, Rounding, Samples};
use crate::ops::Domain;

/// Forms of one value that agree this closely are equally good: each operation rounds by a few ULP, which its neighbours may
/// amplify some thousand times.
const RELATIVE: f64 = 1e-9;
/// The same near a zero of the function.
const ABSOLUTE: f64 = 1e-12;
/// What an enclosure widens by where one bit more is lost: a sum of the same terms in another order may lose it.
const ONE_BIT: f64 = 2.0;
/// Errors below this many units in the last place of f32 are the price of any arithmetic.
const UNAVOIDABLE: f64 = 4.0;
/// Losing every digit counts as this many bits: the significand of f32.
const ALL_BITS: f64 = 24.0;
/// Digits count at arguments up to here. Further out most forms are constant, linear or infinite and lose none, which says
/// nothing about them.
const ORDINARY: f64 = 64.0;

/// A point at which two forms of a value differ in f64.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// The values of the variables there.
    pub point: Vec<f64>,
    /// Which output differs.
    pub output: usize,
    /// The value of the first form.
    pub left: f64,
    /// The value of the second form.
    pub right: f64,
}

/// Judges forms of the outputs of one graph.
pub struct Judge<'a> {
    original: &'a Dag,
    encloser: Encloser<'a>,
    wide_samples: Samples,
    /// At the same points, with every operation rounded to f32.
    narrow_samples: Samples,
    /// A column for each output of the original in f64.
    wide: Vec<Vec<f64>>,
    /// The same in f32.
    narrow: Vec<Vec<f64>>,
    /// Every order of magnitude, unless the points are someone's choice.
    magnitudes: Option<Magnitudes<'a>>,
    /// Points at which a variable is 0, and which outputs of the original have a value there.
    zeros: Vec<(Vec<f64>, Vec<bool>)>,
    /// Whether all outputs but the first are derivatives, which may be other numbers at kinks.
    kinks_are_free: bool,
}

impl<'a> Judge<'a> {
    /// A judge of forms of `original` over `region`.
    pub(crate) fn new(original: &'a Dag, region: &Region) -> Self {
        let region = region.intervals(&original.variables);
        Self {
            magnitudes: Some(Magnitudes::new(original, &region)),
            zeros: zeros(original, &region),
            ..Self::at(original, points(&region))
        }
    }

    /// A judge that looks at these values of the variables. Where a form and the original are far apart, the form may not
    /// be the worse one.
    pub fn at(original: &'a Dag, points: impl Iterator<Item = Vec<f64>>) -> Self {
        let mut columns: Vec<Vec<f64>> = vec![Vec::new(); original.variables.len()];
        for point in points {
            for (column, value) in columns.iter_mut().zip(point) {
                column.push(value);
            }
        }
        let wide_samples = Samples::new(columns.clone(), Rounding::F64);
        let narrow_samples = Samples::new(columns, Rounding::F32);
        Self {
            wide: wide_samples.of(original).outputs,
            narrow: narrow_samples.of(original).outputs,
            wide_samples,
            narrow_samples,
            original,
            encloser: Encloser::new(original),
            magnitudes: None,
            zeros: Vec::new(),
            kinks_are_free: false,
        }
    }

    /// The same, of a value and its derivatives, for forms whose derivatives may be other finite numbers at kinks.
    #[must_use]
    pub fn with_free_kinks(self) -> Self {
        Self {
            kinks_are_free: true,
            ..self
        }
    }

    /// A point at which an output of `form` is worse than that of the original: it is another number, has lost digits, or is
    /// infinite or NaN where the original is finite, in f64 or in f32.
    pub fn find_loss(&self, form: &Dag) -> Option<Witness> {
        self.assess(form).err()
    }

    /// How many bits of its f32 results `form` loses, on the mean over outputs and points of [`ORDINARY`] arguments, in whole
    /// quarters: less is chance.
    ///
    /// # Errors
    /// If it is worse than the original somewhere, as [`Judge::find_loss`] says.
    pub(crate) fn assess(&self, form: &Dag) -> Result<f64, Witness> {
        let encloser = Encloser::new(form);
        let wide = self.wide_samples.of(form).outputs;
        let narrow = self.narrow_samples.of(form).outputs;
        for at in 0..self.wide_samples.count() {
            if let Some((right, output)) = self.loss_at((form, &encloser), at, &wide, &narrow) {
                return Err(Witness {
                    point: self.point(at),
                    output,
                    left: self.wide[output][at],
                    right,
                });
            }
        }
        if let Some(witness) = self.find_gap(form, &encloser) {
            return Err(witness);
        }
        let excused = |point: &[f64], output, value| {
            self.is_free(form, point, output, value) || self.excuses(&encloser, point, output)
        };
        let kept = |point: &[f64], output, value| {
            self.is_free(form, point, output, value) || self.keeps(&encloser, point, output, value)
        };
        let magnitudes = self.magnitudes.as_ref();
        if let Some(loss) = magnitudes.and_then(|all| all.find_loss(form, excused, kept)) {
            let Loss {
                point,
                output,
                original,
                value,
            } = loss;
            return Err(Witness {
                point,
                output,
                left: original,
                right: value,
            });
        }
        Ok(self.bits_lost(&wide, &narrow))
    }

    /// Where a variable is 0, the original has a value and `form` has none, though f64 may give the same number: 1/0 is infinite, and
    /// its hyperbolic tangent is 1.
    fn find_gap(&self, form: &Dag, encloser: &Encloser<'_>) -> Option<Witness> {
        let is_total = |node: &Node| match node {
            Node::Apply(op, _) => op.row().domain == Domain::All,
            Node::Number(_) | Node::Variable(_) => true,
        };
        if form.nodes().iter().all(is_total) {
            return None;
        }
        self.zeros.iter().find_map(|(point, defined)| {
            let lost = |&output: &usize| defined[output] && !has_value(encloser, point, output);
            let output = (0..form.roots.len()).find(lost)?;
            Some(Witness {
                point: point.clone(),
                output,
                left: self.original.eval(point)[output],
                right: f64::NAN,
            })
        })
    }

    /// As [`Judge::assess`], for the original, which is no worse than itself.
    pub(crate) fn assess_original(&self) -> f64 {
        self.bits_lost(&self.wide, &self.narrow)
    }

    fn bits_lost(&self, wide: &[Vec<f64>], narrow: &[Vec<f64>]) -> f64 {
        let (mut bits, mut count) = (0.0, 0.0);
        let ordinary = |&at: &usize| {
            let mut variables = self.wide_samples.points().iter();
            variables.all(|column| column[at].abs() <= ORDINARY)
        };
        for at in (0..self.wide_samples.count()).filter(ordinary) {
            for output in 0..wide.len() {
                if self.wide[output][at].is_finite() && self.narrow[output][at].is_finite() {
                    let loss = ulps(narrow[output][at], wide[output][at]) / UNAVOIDABLE;
                    bits += loss.log2().clamp(0.0, ALL_BITS);
                    count += 1.0;
                }
            }
        }
        let mean = if count == 0.0 { 0.0 } else { bits / count };
        (4.0 * mean).floor() / 4.0
    }

    /// The nodes of `form` to do without because of a point: those that leave the range of f32 there, or of f64 where f32 does
    /// not hold the point, and those that cancel.
    pub(crate) fn strained(form: &Dag, point: &[f64]) -> Vec<Id> {
        let held = point.iter().all(|&value| {
            value == 0.0
                || (f64::from(f32::MIN_POSITIVE)..=f64::from(f32::MAX)).contains(&value.abs())
        });
        let rounding = if held { Rounding::F32 } else { Rounding::F64 };
        let tape = form.tape();
        let mut nodes = tape.strained(point, rounding);
        nodes.extend(tape.cancelling(point));
        nodes
    }

    /// At how many points and outputs the f64 value of `form` is another than that of the original, whichever of them is right:
    /// by more than 10⁻⁹ relative and 10⁻¹² absolute.
    pub fn count_apart(&self, form: &Dag) -> usize {
        let columns = self.wide_samples.of(form).outputs;
        let mut count = 0;
        for (output, (known, found)) in self.wide.iter().zip(&columns).enumerate() {
            for (at, (&a, &b)) in known.iter().zip(found).enumerate() {
                let is_apart = a.is_finite() && !close(a, b);
                count += usize::from(is_apart && !self.is_free(form, &self.point(at), output, b));
            }
        }
        count
    }

    fn point(&self, at: usize) -> Vec<f64> {
        self.wide_samples.point(at)
    }

    /// The value and the index of the first output that is worse at a point, where the outputs of `form` are `wide` in f64 and
    /// `narrow` in f32.
    fn loss_at(
        &self,
        (form, encloser): (&Dag, &Encloser<'_>),
        at: usize,
        wide: &[Vec<f64>],
        narrow: &[Vec<f64>],
    ) -> Option<(f64, usize)> {
        let is_free =
            |output: usize, value: f64| self.is_free(form, &self.point(at), output, value);
        let loses = |&output: &usize| {
            let (a, b) = (self.wide[output][at], wide[output][at]);
            a.is_finite()
                && !close(a, b)
                && !(b.is_finite()
                    && (is_free(output, b) || self.excuses(encloser, &self.point(at), output)))
        };
        if let Some(output) = (0..wide.len()).find(loses) {
            return Some((wide[output][at], output));
        }
        let loses = |&output: &usize| {
            let (written, value) = (self.narrow[output][at], narrow[output][at]);
            let exact = self.wide[output][at];
            is_lost(written, value, Rounding::F32)
                || is_spoiled(exact, written, value)
                    && !is_free(output, value)
                    && !self.keeps(encloser, &self.point(at), output, value)
        };
        (0..wide.len())
            .find(loses)
            .map(|output| (narrow[output][at], output))
    }

    /// Whether an output is a derivative, the point a kink of the original or of the form, in f64 or in f32, and a value between the
    /// derivatives of the original on both sides of it.
    fn is_free(&self, form: &Dag, point: &[f64], output: usize, value: f64) -> bool {
        let has_kink = |dag: &Dag| {
            let tape = dag.tape();
            let mut formats = [Rounding::F64, Rounding::F32].into_iter();
            formats.any(|rounding| tape.has_kink(point, rounding))
        };
        self.kinks_are_free
            && output > 0
            && (has_kink(self.original) || has_kink(form))
            && self.original.tape().is_between_sides(point, output, value)
    }

    /// Whether values that are not close differ because of digits that the original loses, where the form loses at most one bit
    /// more: their enclosures meet, and that of the form is at most twice as wide.
    fn excuses(&self, form: &Encloser<'_>, point: &[f64], output: usize) -> bool {
        let (a, b) = (
            self.encloser.output(point, output),
            form.output(point, output),
        );
        let defined = a.defined != Defined::Never && b.defined != Defined::Never;
        let (a, b) = (a.interval, b.interval);
        defined && !a.misses(b) && b.high - b.low <= ONE_BIT * (a.high - a.low)
    }

    /// Whether a value of `form` in f32 that is far from that of the original is none the worse: the enclosure of the form in
    /// f64 proves three digits of it, or is far narrower and proves that the original is wrong in f64, or the original has its digits by
    /// chance, and not at the arguments next to it. An enclosure of the original may be wide only because a condition is open.
    fn keeps(&self, form: &Encloser<'_>, point: &[f64], output: usize, value: f64) -> bool {
        const NARROWER: f64 = 16.0;
        let (a, b) = (
            self.encloser.output(point, output),
            form.output(point, output),
        );
        let (a, own) = (a.interval, b.interval);
        let error = (own.high - value).max(value - own.low);
        let is_closer = || {
            let known = self.original.eval(point)[output];
            NARROWER * (own.high - own.low) <= a.high - a.low
                && !a.misses(own)
                && !(own.low..=own.high).contains(&known)
        };
        b.defined == Defined::Always && (error <= FEW * value.abs() || is_closer())
            || !self.is_steady(point, output)
    }

    /// Whether the original has three digits in f32 at the arguments next to a point.
    fn is_steady(&self, point: &[f64], output: usize) -> bool {
        // Some units of f32 away.
        let moved = |step: f64, variable: usize| {
            let next = point[variable] * (1.0 + step * f64::from(f32::EPSILON));
            f64::from(next as f32)
        };
        const STEPS: [f64; 4] = [3.0, -5.0, 11.0, -13.0];
        let neighbours: Vec<Vec<f64>> = (0..point.len())
            .map(|variable| STEPS.map(|step| moved(step, variable)).to_vec())
            .collect();
        let tape = self.original.tape();
        let values = |rounding| tape.columns(&neighbours, rounding).outputs[output].clone();
        let mut pairs = values(Rounding::F64).into_iter().zip(values(Rounding::F32));
        pairs.all(|(exact, value)| (value - exact).abs() <= FEW * exact.abs())
    }
}

/// Whether an output has a value at a point for certain.
fn has_value(encloser: &Encloser<'_>, point: &[f64], output: usize) -> bool {
    encloser.output(point, output).defined == Defined::Always
}

/// The error of an f32 result in units in the last place, at least [`UNAVOIDABLE`].
fn ulps(value: f64, exact: f64) -> f64 {
    let unit = f64::from(f32::EPSILON) * exact.abs().max(f64::from(f32::MIN_POSITIVE));
    let error = (value - exact).abs() / unit;
    // A comparison that NaN fails as well.
    if error > UNAVOIDABLE {
        error
    } else {
        UNAVOIDABLE
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= ABSOLUTE + RELATIVE * a.abs().max(b.abs())
}

/// The points at which one variable or all are 0, as far as the region holds them, and which outputs have a value there for certain.
fn zeros(dag: &Dag, region: &[Interval]) -> Vec<(Vec<f64>, Vec<bool>)> {
    let encloser = Encloser::new(dag);
    let beside = |v: usize| CONSTANTS[(2 + v) % CONSTANTS.len()];
    let point = |zero: Option<usize>| -> Vec<f64> {
        let value = |v: usize| match zero {
            Some(zero) if zero != v => beside(v),
            Some(_) | None => 0.0,
        };
        let sides = region.iter().enumerate();
        sides
            .map(|(v, side)| value(v).clamp(side.low, side.high))
            .collect()
    };
    let all = (region.len() > 1).then_some(None);
    let points = (0..region.len()).map(Some).chain(all).map(point);
    let with_values = |point: Vec<f64>| {
        let outputs = 0..dag.roots.len();
        let defined = outputs.map(|output| has_value(&encloser, &point, output));
        let defined = defined.collect();
        (point, defined)
    };
    points.map(with_values).collect()
}

/// Just below where e^x overflows in f32 and in f64: products in another order may overflow there.
const BRINK: [f64; 8] = [84.3, -84.3, 87.5, -87.5, 88.6, -88.6, 706.3, -706.3];

/// Constants as training leaves them.
const CONSTANTS: [f64; 11] = [
    1.0, -1.0, 0.5, 1.31, -0.41, 2.17, 0.95, -1.73, 0.11, 3.7, -0.73,
];

/// Where the constants decide what an argument leads to: it or e to its power is close to the end of f32, so that a product in
/// another order overflows, or it is large, so that some constants saturate a sigmoid just so far that its complement cancels.
const EDGE: [f64; 8] = [3e38, -3e38, 87.5, -87.5, 88.6, -88.6, 1e4, -1e4];
/// How many choices of the constants are tried at each.
const CHOICES: usize = 20;

/// Every argument of [`REGIMES`] for one variable. For more, each variable walks the list at its own stride; the first walks
/// it again beside ordinary values of the others; and it comes to the [`EDGE`] beside values of every magnitude.
fn points(region: &[Interval]) -> impl Iterator<Item = Vec<f64>> + use<'_> {
    let variables = region.len();
    // Strides prime to the length, so that no two variables stay in step.
    const STRIDES: [usize; 6] = [1, 31, 17, 53, 7, 43];
    let rounds = if variables > 1 { 8 } else { 1 };
    let all: Vec<f64> = REGIMES.iter().chain(&BRINK).copied().collect();
    let count = all.len();
    let walk = (0..rounds * count).map(move |k| {
        let round = k / count;
        let value = |v: usize| {
            if v > 0 && round >= 4 {
                return CONSTANTS[(k + k / CONSTANTS.len() * v + 5 * v) % CONSTANTS.len()];
            }
            let index = k * STRIDES[v % STRIDES.len()] + 11 * v + round * v;
            all[index % count]
        };
        (0..variables).map(value).collect::<Vec<f64>>()
    });
    let choices = if variables > 1 { CHOICES } else { 0 };
    let edge = (0..choices * EDGE.len()).map(move |k| {
        let value = |v: usize| match v {
            0 => EDGE[k % EDGE.len()],
            // From 4 down to 2⁻⁸, evenly in the logarithm (Weyl's sequence of a root), on either side of 0.
            v => {
                let choice = k / EDGE.len();
                let fraction =
                    (choice as f64 * f64::sqrt(STRIDES[v % STRIDES.len()] as f64)).fract();
                let sign = if (choice >> (v % 4)) & 1 == 0 {
                    1.0
                } else {
                    -1.0
                };
                sign * 4.0 * (-10.0 * fraction).exp2()
            }
        };
        (0..variables).map(value).collect()
    });
    walk.chain(edge).map(move |mut values| {
        for (value, side) in values.iter_mut().zip(region) {
            // Arguments that f32 holds, so that all errors are the form's own.
            *value = f64::from(*value as f32).clamp(side.low, side.high);
        }
        values
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(a: &str, b: &str) -> Option<Witness> {
        let (a, b) = (Dag::parse(a).unwrap(), Dag::parse(b).unwrap());
        Judge::new(&a, &Region::default()).find_loss(&b)
    }

    #[test]
    fn a_form_that_overflows_or_cancels_is_a_loss() {
        assert!(loss("sigmoid(x)", "exp(x) / (1 + exp(x))").is_some());
        assert!(loss("expm1(x) / x", "(exp(x) - 1) / x").is_some());
        assert_eq!(loss("(exp(x) - 1) / x", "expm1(x) / x"), None);
    }

    #[test]
    fn cancellation_costs_bits() {
        let bits = |a: &str, b: &str| {
            let (a, b) = (Dag::parse(a).unwrap(), Dag::parse(b).unwrap());
            Judge::new(&a, &Region::default()).assess(&b).unwrap()
        };
        assert_eq!(bits("x * sigmoid(x)", "silu(x)"), 0.0);
        let (near, far) = ("sigmoid(-min(x, 5))", "1 - sigmoid(min(x, 5))");
        assert!(bits(near, far) >= 0.25, "{}", bits(near, far));
    }

    #[test]
    fn a_form_that_has_no_value_where_the_original_has_one_is_a_loss() {
        let lazy = "if beta == 1 { tanh(powi(x, -2)) * x } else { 0 }";
        let eager = "tanh(powi(x, -2)) * (if beta == 1 { x } else { 0 })";
        assert!(loss(lazy, eager).is_some());
        assert_eq!(loss(eager, lazy), None);
        assert_eq!(loss("x * tanh(x / beta)", "tanh(x / beta) * x"), None);
    }

    /// Where all digits are lost, no price makes up for it; and where the original has lost them, nothing is known.
    #[test]
    fn a_form_that_cancels_altogether_is_a_loss() {
        for (formula, form) in [
            ("sigmoid(-x)", "1 - sigmoid(x)"),
            ("tanh_grad(x)", "1 - square(tanh(x))"),
            (
                "sigmoid(m) * x + (1 - sigmoid(m)) * b",
                "b + sigmoid(m) * (x - b)",
            ),
            ("(1 - square(tanh(x))) - b", "1 - (square(tanh(x)) + b)"),
        ] {
            assert!(loss(formula, form).is_some(), "{formula} as {form}");
        }
        for (formula, form) in [
            ("if relu(x) < softplus(x) { x } else { exp(x) }", "x"),
            ("(x + 1) - x", "1"),
            ("1 - sigmoid(x)", "sigmoid(-x)"),
            ("max(x, b) - b", "relu(x - b)"),
            ("x - (2 * sigmoid(2 * x) - 1)", "tanhshrink(x)"),
            ("square(sinh(asinh(x)))", "square(x)"),
        ] {
            assert_eq!(loss(formula, form), None, "{formula} as {form}");
        }
    }
}
