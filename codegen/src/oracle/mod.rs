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

#[cfg(test)]
mod enclosures;
mod exact;
mod fast;
mod format;
mod identities;
mod outcome;

use crate::formula::Formula;
use crate::precise::span::Span;
use exact::{Exact, Known, Levels};
use fast::{ROW, Row, Tape};
use identities::without_cancellation;

pub use format::Format;
pub use outcome::Outcome;

/// The true values of a formula in `x` and of its derivative.
#[derive(Debug)]
pub struct Oracle {
    fast: Tape,
    /// Value and derivative as they are written, and after identities.
    exact: [[Exact; 2]; 2],
}

/// What one thread keeps from one row of points to the next.
#[derive(Debug)]
pub struct Scratch {
    rows: Vec<Row>,
    levels: Levels,
}

/// What was computed at a point: the value and the derivative.
pub type Computed = [f64; 2];

impl Oracle {
    /// The oracle of a formula without parameters; `None` if it has any.
    pub fn new(formula: &Formula) -> Option<Self> {
        let written = formula.with_gradient();
        // The value first, then what its derivative brings in.
        let stable = without_cancellation(&without_cancellation(formula.dag()).with_gradient());
        (written.variables.len() == 1).then(|| Self {
            fast: Tape::new(&stable),
            exact: [0, 1].map(|output| [&written, &stable].map(|dag| Exact::new(dag, output))),
        })
    }

    /// Room for the evaluations of one thread.
    pub fn scratch(&self) -> Scratch {
        Scratch {
            rows: self.fast.rows(),
            levels: Levels::new(),
        }
    }

    /// Measures what was `computed` at the finite points `x` in a format: `visit` is told the index of each point, which of the two
    /// results, and the outcome. Where there is no value, there is no derivative either.
    pub fn measure(
        &self,
        x: &[f64],
        computed: &[Computed],
        format: Format,
        scratch: &mut Scratch,
        mut visit: impl FnMut(usize, usize, Outcome),
    ) {
        for (block, (x, computed)) in x.chunks(ROW).zip(computed.chunks(ROW)).enumerate() {
            let Scratch { rows, levels } = scratch;
            let rows = self.fast.run(x, rows);
            let mut undefined = [false; ROW];
            for (output, row) in rows.into_iter().enumerate() {
                for (i, (&x, computed)) in x.iter().zip(computed).enumerate() {
                    let got = computed[output];
                    let outcome = if undefined[i] {
                        Outcome::Undefined { invented: false }
                    } else {
                        match Outcome::of(row.low[i], row.high[i], got, format) {
                            Some(outcome) => outcome,
                            None => self.exactly(output, x, got, format, levels),
                        }
                    };
                    undefined[i] |= matches!(outcome, Outcome::Undefined { .. });
                    visit(block * ROW + i, output, outcome);
                }
            }
        }
    }

    /// The outcome for one output by the exact tier alone.
    #[cold]
    fn exactly(
        &self,
        output: usize,
        x: f64,
        got: f64,
        format: Format,
        levels: &mut Levels,
    ) -> Outcome {
        match self.known(output, x, format, levels) {
            Known::Undefined => Outcome::undefined(got),
            Known::Nothing => Outcome::Undecided,
            Known::Inside(span) => Outcome::of_span(&span, got, format),
        }
    }

    /// A narrow enclosure of one output, or that it is undefined.
    fn known(&self, output: usize, x: f64, format: Format, levels: &mut Levels) -> Known {
        let narrow = |span: &Span| outcome::is_narrow(span, format);
        for exact in &self.exact[output] {
            match exact.at(x, levels, narrow) {
                Known::Inside(span) if narrow(&span) => return Known::Inside(span),
                Known::Undefined => return Known::Undefined,
                Known::Inside(_) | Known::Nothing => {}
            }
        }
        Known::Nothing
    }
}

/// The value of the first output of a graph in one variable, in 256 bits; `None` where it has none.
#[cfg(test)]
pub(crate) fn span_at(dag: &crate::ir::Dag, x: f64) -> Option<Span> {
    match Exact::new(dag, 0).at(x, &mut Levels::new(), |_| true) {
        Known::Inside(span) => Some(span),
        Known::Undefined | Known::Nothing => None,
    }
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
                        match oracle.known(output, x, Format::F32, levels) {
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
