//! The fused forward and backward of a formula against its true value and derivative, over all inputs of a format or a sample.

mod inputs;
mod tally;
mod verdict;

use actsmith_codegen::oracle::{Computed, Format, Oracle};
use actsmith_codegen::runtime::Element;
use actsmith_codegen::{Formula, Interpreted};
use half::{bf16, f16};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::error::{Error, Result};
pub use inputs::Inputs;
pub use tally::{Case, Cases, Limit, Tally, Worst};
pub use verdict::{Break, Outcome, Verdict};

/// A type that activations are computed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
    /// Half precision, computed in f32.
    F16,
    /// The upper half of f32, computed in f32.
    Bf16,
}

impl Dtype {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
        }
    }

    /// Its format.
    pub fn format(self) -> Format {
        match self {
            Self::F32 => Format::F32,
            Self::F64 => Format::F64,
            Self::F16 => Format::F16,
            Self::Bf16 => Format::BF16,
        }
    }

    /// How many bits a number takes.
    pub fn bits(self) -> u32 {
        match self {
            Self::F32 => 32,
            Self::F64 => 64,
            Self::F16 | Self::Bf16 => 16,
        }
    }

    /// The work in all that the exact tier of the oracle may take for a sample, in additions of 128 bits: of single precision, that is
    /// up to 28 seconds of processor time, as measured on an AMD EPYC (Zen 5). Double precision leaves more inputs to this tier, and its
    /// samples are smaller.
    fn work(self) -> u64 {
        match self {
            Self::F32 | Self::F16 | Self::Bf16 => 25_000_000,
            Self::F64 => 100_000_000,
        }
    }

    /// The number that is stored as `bits`.
    pub fn decode(self, bits: u64) -> f64 {
        match self {
            Self::F32 => f64::from(f32::from_bits(bits as u32)),
            Self::F64 => f64::from_bits(bits),
            Self::F16 => f16::from_bits(bits as u16).into(),
            Self::Bf16 => bf16::from_bits(bits as u16).into(),
        }
    }

    /// What is stored for the number nearest to `value`.
    pub fn encode(self, value: f64) -> u64 {
        match self {
            Self::F32 => (value as f32).to_bits().into(),
            Self::F64 => value.to_bits(),
            Self::F16 => f16::from_f64(value).to_bits().into(),
            Self::Bf16 => bf16::from_f64(value).to_bits().into(),
        }
    }

    /// Values and slopes of an activation at `x`, which are numbers of this type.
    pub(crate) fn compute(self, activation: &Interpreted, x: &[f64]) -> Vec<Computed> {
        match self {
            Self::F32 => compute(activation, x, |x| x as f32, f64::from),
            Self::F64 => compute(activation, x, |x| x, |y| y),
            Self::F16 => compute(activation, x, f16::from_f64, f64::from),
            Self::Bf16 => compute(activation, x, bf16::from_f64, f64::from),
        }
    }
}

fn compute<T: Element>(
    activation: &Interpreted,
    x: &[f64],
    from: fn(f64) -> T,
    to: fn(T) -> f64,
) -> Vec<Computed> {
    let x: Vec<T> = x.iter().map(|&x| from(x)).collect();
    let (values, slopes) = (activation.values(&x), activation.slopes(&x));
    let pairs = values.into_iter().zip(slopes);
    pairs.map(|(value, slope)| [to(value), to(slope)]).collect()
}

/// A formula with all that a verification needs.
#[derive(Debug)]
pub struct Subject {
    /// What runs.
    pub activation: Interpreted,
    oracle: Oracle,
    formula: Formula,
}

/// The work for each input of many, in additions of 128 bits.
const LEAST: u64 = 25;

impl Subject {
    /// Prepares a formula without parameters.
    pub fn new(formula: &Formula) -> Result<Self> {
        let usage = |diagnostics: actsmith_codegen::diagnostic::Diagnostics| {
            Error::Usage(diagnostics.to_string())
        };
        let activation = formula.activation().map_err(usage)?;
        let oracle = Oracle::new(formula)
            .ok_or_else(|| Error::Usage("the formula has parameters without a value".to_owned()))?;
        Ok(Self {
            activation,
            oracle,
            formula: formula.clone(),
        })
    }

    /// The formula as it was written.
    pub fn formula(&self) -> &Formula {
        &self.formula
    }

    /// What is found for value and derivative at `inputs`, each with its limits; `advance` is told how many of them are done. The
    /// work for each input is bounded, so that a verification ends: true values that it does not tell are undecided.
    pub fn verify(
        &self,
        inputs: &Inputs,
        limits: [Limit; 2],
        advance: impl Fn(u64) + Sync,
    ) -> [Tally; 2] {
        self.verify_within(inputs, limits, inputs.dtype().work(), advance)
    }

    /// As [`Subject::verify`], with the work that the true values may take in all, in additions of 128 bits.
    pub fn verify_within(
        &self,
        inputs: &Inputs,
        limits: [Limit; 2],
        work: u64,
        advance: impl Fn(u64) + Sync,
    ) -> [Tally; 2] {
        let dtype = inputs.dtype();
        let effort = (work / inputs.count().max(1)).max(LEAST);
        // Adjacent tallies are merged, so that the first input is the same for any number of threads.
        (0..inputs.chunks())
            .into_par_iter()
            .map_init(
                || self.oracle.scratch(),
                |scratch, chunk| {
                    let mut tallies = limits.map(Tally::new);
                    let bits = inputs.chunk(chunk);
                    let numbers = bits.iter().map(|&bits| dtype.decode(bits));
                    let x: Vec<f64> = numbers.filter(|x| x.is_finite()).collect();
                    let computed = dtype.compute(&self.activation, &x);
                    let visit = |i: usize, output: usize, outcome| {
                        tallies[output].count(x[i], computed[i][output], outcome);
                    };
                    let format = dtype.format();
                    self.oracle
                        .measure(&x, &computed, format, effort, scratch, visit);
                    advance(bits.len() as u64);
                    tallies
                },
            )
            .reduce(
                || limits.map(Tally::new),
                |a, b| {
                    let ([value, slope], [other_value, other_slope]) = (a, b);
                    [value.merge(other_value), slope.merge(other_slope)]
                },
            )
    }
}
