//! How far a computed value or derivative is from the true one.
//!
//! The oracle knows the formula as it was written and the derivative by the rules of differentiation, with nothing simplified, and
//! none of the runtime's functions. It encloses both between two numbers, in two tiers:
//!
//! 1. *fast*: interval arithmetic in f64 over rows of points, after identities that spare it cancellation, such as
//!    1 − σ(x) = σ(−x). Its values come from `libm`, with bounds on their errors.
//! 2. *exact*: interval arithmetic on correctly rounded functions of any precision ([`dashu_float`]), which is raised until
//!    the enclosure is narrow, up to 8192 bits. It takes the formula as it stands, and every operation by its definition.
//!
//! An enclosure is narrow if it is below 2⁻⁸ of a unit in the last place (ULP). The unit is that of the format at the true value:
//! the distance of neighbouring numbers there, of subnormal ones at the bottom, of the largest ones at the top. Infinity stands for
//! the first power of two that the format cannot hold, and so do true values beyond it.
//!
//! At a kink the derivative takes the value that the operation table gives, decided by rational arithmetic where
//! floating-point intervals cannot.

mod compare;
#[cfg(test)]
mod enclosures;
mod exact;
mod fast;
mod format;
mod identities;
mod outcome;

use crate::calculus::{Component, Gradient};
use crate::formula::Formula;
use crate::number::Number;
use crate::ops::Kinks;
use exact::{Exact, Known, LEVELS};
use fast::{Enclosures, ROW, Tape};
use identities::without_cancellation;

pub use compare::{Agreement, Comparison, Enclosure, Quotient, Slope, Truth};
pub use exact::Levels;
pub use format::Format;
pub use outcome::Outcome;

/// The true values of a formula in `x` and of its derivative.
#[derive(Debug)]
pub struct Oracle {
    fast: Tape,
    /// The value alone, for difference quotients.
    value: Truth,
    /// Value and derivative as they are written, and after identities.
    exact: [[Exact; 2]; 2],
    kinks: Kinks,
}

/// What one thread keeps from one row of points to the next.
#[derive(Debug)]
pub struct Scratch {
    rows: Vec<Enclosures>,
    levels: Levels,
}

/// What was computed at a point: the value and the derivative.
pub type Computed = [f64; 2];

impl Oracle {
    /// The oracle of a formula without parameters; `None` if it has any.
    pub fn new(formula: &Formula) -> Option<Self> {
        let kinks = formula.kinks();
        let written = formula.with_gradient();
        // The value first, then what its derivative brings in.
        let stable = without_cancellation(formula.dag()).with_gradient_as(kinks);
        let stable = Gradient::of_outputs(without_cancellation(&stable));
        (written.variables.len() == 1).then(|| Self {
            fast: Tape::new(&stable),
            value: Truth::new(formula.dag()),
            exact: [Component::Value, Component::Derivative(0)].map(|component| {
                [&written, &stable].map(|gradient| Exact::new(&gradient.graph(component)))
            }),
            kinks,
        })
    }

    /// Room for the evaluations of one thread.
    pub fn scratch(&self) -> Scratch {
        Scratch {
            rows: self.fast.rows(),
            levels: Levels::default(),
        }
    }

    /// Measures what was `computed` at the finite points `x` in a format: `visit` is told the index of each point, which of the two
    /// results, and the outcome. Where there is no value, there is no derivative either. The exact tier spends about `effort` on each
    /// point at most, on the mean over all of them, counted in additions of 128 bits.
    pub fn measure(
        &self,
        x: &[f64],
        computed: &[Computed],
        format: Format,
        effort: u64,
        scratch: &mut Scratch,
        mut visit: impl FnMut(usize, usize, Outcome),
    ) {
        let Scratch { rows, levels } = scratch;
        let mut all = Measured {
            oracle: self,
            x,
            computed,
            format,
            outcomes: [vec![None; x.len()], vec![None; x.len()]],
        };
        for (block, x) in x.chunks(ROW).enumerate() {
            let start = block * ROW;
            for (output, enclosures) in self.fast.run(x, rows).into_iter().enumerate() {
                for i in 0..x.len() {
                    let (low, high) = (enclosures.low[i], enclosures.high[i]);
                    let got = computed[start + i][output];
                    all.outcomes[output][start + i] = Outcome::of(low, high, got, format);
                }
            }
        }
        let begun = levels.work();
        let most = begun + effort * x.len() as u64;
        all.decide(0, begun + (most - begun) / 2, levels);
        for i in 0..x.len() {
            if matches!(all.outcomes[0][i], Some(Outcome::Undefined { .. })) {
                all.outcomes[1][i] = Some(Outcome::Undefined { invented: false });
            }
        }
        all.decide(1, most, levels);
        all.find_slopes(most, levels);
        for (output, outcomes) in all.outcomes.iter().enumerate() {
            for (i, outcome) in outcomes.iter().enumerate() {
                visit(i, output, outcome.unwrap_or(Outcome::Undecided));
            }
        }
    }
}

/// Points as they are measured.
struct Measured<'a> {
    oracle: &'a Oracle,
    x: &'a [f64],
    computed: &'a [Computed],
    format: Format,
    /// Of values and of derivatives; none where it is open.
    outcomes: [Vec<Option<Outcome>>; 2],
}

/// What the exact tier says of an output at one precision.
enum Answer {
    Decided(Outcome),
    /// More digits may tell.
    Open,
    /// The enclosure has no end, which more digits do not give it.
    Unbounded,
}

impl Measured<'_> {
    /// Decides by the exact tier what is open of an output, at rising precision, until the work is `most`. Where that is not enough
    /// for all, points from everywhere are taken.
    #[cold]
    fn decide(&mut self, output: usize, most: u64, levels: &mut Levels) {
        let is_open = |i: &usize| self.outcomes[output][*i].is_none();
        let mut open: Vec<usize> = (0..self.x.len()).filter(is_open).collect();
        for level in 0..LEVELS {
            let mut next = Vec::new();
            for k in spread(open.len()) {
                if levels.work() >= most {
                    return;
                }
                let i = open[k];
                match self.answer(output, i, level, levels) {
                    Answer::Decided(outcome) => self.outcomes[output][i] = Some(outcome),
                    Answer::Open => next.push(i),
                    Answer::Unbounded if level == 0 => next.push(i),
                    Answer::Unbounded => {}
                }
            }
            next.sort_unstable();
            open = next;
        }
    }

    /// One output at one point and one precision.
    fn answer(&self, output: usize, i: usize, level: usize, levels: &mut Levels) -> Answer {
        let got = self.computed[i][output];
        let point = Number::exactly(self.x[i]).map_or(Vec::new(), |x| vec![x]);
        let mut answer = Answer::Unbounded;
        for exact in &self.oracle.exact[output] {
            match exact.outputs(&point, &mut levels.0[level]).swap_remove(0) {
                Known::Undefined => return Answer::Decided(Outcome::undefined(got)),
                Known::Inside(span) if outcome::is_narrow(&span, self.format) => {
                    return Answer::Decided(Outcome::of_span(&span, got, self.format));
                }
                Known::Inside(span) if span.is_bounded() => answer = Answer::Open,
                Known::Nothing => answer = Answer::Open,
                Known::Inside(_) => {}
            }
        }
        answer
    }

    /// The rules of differentiation may give no derivative where the function has one: where difference quotients show it, the
    /// computed derivative is measured against them. Where kinks are free, what is far from the derivative as it is written is right
    /// if it lies between the quotients on both sides.
    fn find_slopes(&mut self, most: u64, levels: &mut Levels) {
        let has_value =
            |i: &usize| !matches!(self.outcomes[0][*i], Some(Outcome::Undefined { .. }));
        let is_doubtful = |i: &usize| match self.outcomes[1][*i] {
            Some(Outcome::Undefined { .. }) => true,
            Some(Outcome::Error { ulp, .. }) => self.oracle.kinks == Kinks::Free && ulp > FAR,
            Some(Outcome::Lost { .. } | Outcome::Undecided) | None => false,
        };
        let open: Vec<usize> = (0..self.x.len())
            .filter(|i| has_value(i) && is_doubtful(i))
            .collect();
        let found: Vec<Option<Outcome>> = open.iter().map(|&i| self.outcomes[1][i]).collect();
        for (&i, found) in open.iter().zip(&found) {
            if let Some(Outcome::Undefined { .. }) = found {
                self.outcomes[1][i] = None;
            }
        }
        for k in spread(open.len()) {
            if levels.work() >= most {
                return;
            }
            let i = open[k];
            let got = self.computed[i][1];
            let point = Number::exactly(self.x[i]).map_or(Vec::new(), |x| vec![x]);
            let slope = self.oracle.value.slope(&point, 0, levels);
            self.outcomes[1][i] = match (found[k], slope) {
                (Some(Outcome::Error { .. }), Slope::Kinked(Some(sides)))
                    if sides.is_around(got, FAR * self.format.unit(1.0)) =>
                {
                    Some(Outcome::Error {
                        ulp: 0.0,
                        absolute: 0.0,
                        truth: got,
                    })
                }
                (Some(Outcome::Error { .. }), _) => found[k],
                (_, Slope::Smooth(quotient)) => Some(quotient.outcome(got, self.format)),
                (_, Slope::Kinked(_) | Slope::Unknown) => Some(Outcome::undefined(got)),
            };
        }
    }
}

/// A derivative that is further than so many units from the one that is written may be that of the other side of a kink.
const FAR: f64 = 4.0;

/// The numbers below `count` in an order whose beginnings are spread evenly: that of their bits reversed.
fn spread(count: usize) -> impl Iterator<Item = usize> {
    let bits = count.next_power_of_two().ilog2();
    let reversed = move |k: usize| {
        k.reverse_bits()
            .checked_shr(usize::BITS - bits)
            .unwrap_or(0)
    };
    (0..1 << bits).map(reversed).filter(move |&k| k < count)
}

/// The value of the first output of a graph in one variable, in as few digits as tell it; `None` where it has none.
#[cfg(test)]
pub(crate) fn span_at(dag: &crate::ir::Dag, x: f64) -> Option<crate::precise::span::Span> {
    let (exact, mut levels) = (Exact::new(dag), Levels::default());
    let point = [Number::exactly(x)?];
    for arithmetic in &mut levels.0 {
        match exact.outputs(&point, arithmetic).swap_remove(0) {
            Known::Inside(span) => return Some(span),
            Known::Undefined => return None,
            Known::Nothing => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::precise::span::from_f64;

    /// Every operation, and compositions that meet the identities.
    const FORMULAS: &[&str] = &[
        "sigmoid(x)",
        "tanh(x)",
        "silu(x)",
        "gelu(x)",
        "gelu_tanh(x)",
        "mish(x)",
        "softplus(x)",
        "log_sigmoid(x)",
        "gaussian(x)",
        "sinc(x)",
        "sin(x)",
        "cos(x)",
        "sinh(x)",
        "cosh(x)",
        "asinh(x)",
        "atan(x)",
        "erf(x)",
        "erfc(x)",
        "normal_cdf(x)",
        "normal_pdf(x)",
        "exp(x)",
        "expm1(x)",
        "ln(x)",
        "log1p(x)",
        "sqrt(x)",
        "1 / x",
        "elu(x)",
        "elu(x, 0.3)",
        "celu(x, 1.7)",
        "selu(x)",
        "softsign(x)",
        "tanhshrink(x)",
        "relu6(x)",
        "hardsigmoid(x)",
        "hardswish(x)",
        "hardtanh(x)",
        "hardshrink(x)",
        "softshrink(x)",
        "rrelu(x)",
        "threshold(x, 0.1, 2)",
        "leaky_relu(x)",
        "prelu(x, 1.3)",
        "min0(x)",
        "abs(x)",
        "sign(x)",
        "clamp(x, -1.5, cos(x))",
        "cube(x) - square(x)",
        "powi(x, 5)",
        "powi(x, -3)",
        "max(x, sin(3 * x))",
        "x / (1 + exp(-x))",
        "x * tanh(ln(1 + exp(x)))",
        "0.5 * x * (1 + erf(x / sqrt(2)))",
        "x - tanh(x)",
        "x - x * sigmoid(x)",
        "1 - square(tanh(x))",
        "1 - exp(x)",
        "exp(x) - 1",
        "1 - normal_cdf(x)",
        "1 - erf(x)",
        "1 - tanh(x)",
        "log1p(exp(x))",
        "if x > 0.1 { x } else { 0.1 * x }",
        "sin(pi * x)",
        "x * sigmoid(x) * (1 - sigmoid(x))",
        "sqrt(1 + x * x) - x",
    ];

    fn oracle(text: &str) -> Oracle {
        Oracle::new(&Formula::parse(text).unwrap()).unwrap()
    }

    /// A narrow enclosure of one output, or that it is undefined.
    fn known(oracle: &Oracle, output: usize, x: f64, levels: &mut Levels) -> Known {
        let point = [Number::exactly(x).unwrap()];
        for level in 0..LEVELS {
            for exact in &oracle.exact[output] {
                match exact.outputs(&point, &mut levels.0[level]).swap_remove(0) {
                    Known::Inside(span) if !outcome::is_narrow(&span, Format::F32) => {}
                    Known::Nothing => {}
                    known => return known,
                }
            }
        }
        Known::Nothing
    }

    /// f32 of every size, and a grid where functions bend.
    fn points() -> Vec<f64> {
        let bits = (0..120u32).map(|i| i.wrapping_mul(2_654_435_761));
        let spread = bits
            .map(|bits| f64::from(f32::from_bits(bits)))
            .filter(|x| x.is_finite());
        spread
            .chain((-30..30).map(|i| f64::from(i) * 0.625))
            .collect()
    }

    #[test]
    fn the_fast_tier_holds_what_the_exact_one_finds() {
        let points = points();
        for text in FORMULAS {
            let oracle = oracle(text);
            let mut scratch = oracle.scratch();
            let mut open = 0;
            for x in points.chunks(ROW) {
                let Scratch { rows, levels } = &mut scratch;
                let rows = oracle.fast.run(x, rows);
                for (i, &x) in x.iter().enumerate() {
                    for (output, row) in rows.iter().enumerate() {
                        let (low, high) = (row.low[i], row.high[i]);
                        if low == f64::NEG_INFINITY && high == f64::INFINITY {
                            open += 1;
                            continue;
                        }
                        match known(&oracle, output, x, levels) {
                            Known::Undefined => assert!(
                                low.is_nan(),
                                "{text} at {x:e}: [{low:e}, {high:e}], not undefined"
                            ),
                            Known::Nothing => open += 1,
                            Known::Inside(span) => {
                                let held = (low == f64::NEG_INFINITY || from_f64(low) <= span.high)
                                    && (high == f64::INFINITY || from_f64(high) >= span.low);
                                assert!(
                                    held,
                                    "{text} {output} at {x:e}: [{low:e}, {high:e}] without {:?}",
                                    span.low.to_f64()
                                );
                            }
                        }
                    }
                }
            }
            assert!(
                open < points.len() / 8,
                "{text}: {open} enclosures say nothing"
            );
        }
    }
}
