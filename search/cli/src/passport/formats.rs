//! What each format makes of a function: where it overflows, and how far results are from the true ones.

use actsmith_codegen::Formula;
use actsmith_codegen::analysis::Interval;

use crate::error::Result;
use crate::verify::{Dtype, Inputs, Limit, Subject, Worst};

/// Inputs of single precision: every so many of a sample.
const STEP: usize = 16;
/// The work that true values may take for each format, in additions of 128 bits: some seconds.
const WORK: u64 = 2_000_000;

/// What a format makes of a function.
#[derive(Debug)]
pub struct Accuracy {
    /// The format.
    pub dtype: Dtype,
    /// At how many inputs it was computed, of value and derivative each.
    pub inputs: u64,
    /// Whether these are all numbers of the format.
    pub are_all: bool,
    /// The largest negative and the smallest positive input at which the value is not finite, though it is at 0 or beside it.
    pub overflow: [Option<f64>; 2],
    /// Value and derivative.
    pub outputs: [Output; 2],
}

/// How far results of a kind are from the true ones.
#[derive(Debug)]
pub struct Output {
    /// The largest error in units in the last place. Next to a zero, units are tiny.
    pub max_ulp: f64,
    /// Errors up to this size count as small: half a unit of the numbers from 1 to 2.
    pub small: f64,
    /// The largest error in units among those that are larger than that and than half a unit.
    pub worst: Option<Worst>,
    /// At how many inputs NaN or an infinity was computed where the format holds the true value.
    pub lost: u64,
    /// The first of them.
    pub lost_at: Option<f64>,
    /// At how many inputs the true value is not known.
    pub undecided: u64,
}

/// The first number above `low` for which something holds, if it holds from there up to `high`.
fn first_between(dtype: Dtype, low: f64, high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let [mut low, mut high] = [low, high].map(|end| dtype.encode(end));
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        match holds(dtype.decode(middle)) {
            true => high = middle,
            false => low = middle,
        }
    }
    dtype.decode(high)
}

/// The accuracy of each format over the numbers of a domain.
///
/// # Errors
/// [`crate::error::Error::Usage`] if the formula cannot be run.
pub fn measured(formula: &Formula, domain: Interval) -> Result<Vec<Accuracy>> {
    let subject = Subject::new(formula)?;
    let formats = [Dtype::F32, Dtype::Bf16, Dtype::F16];
    Ok(formats
        .into_iter()
        .map(|dtype| accuracy(&subject, dtype, domain))
        .collect())
}

fn accuracy(subject: &Subject, dtype: Dtype, domain: Interval) -> Accuracy {
    let bits: Vec<u64> = match dtype {
        Dtype::F16 | Dtype::Bf16 => (0..1 << 16).collect(),
        Dtype::F32 | Dtype::F64 => match Inputs::sample(dtype, subject.formula()) {
            Inputs::Some(_, bits) => bits.into_iter().step_by(STEP).collect(),
            Inputs::All(_) => Vec::new(),
        },
    };
    let inside = |&bits: &u64| {
        let x = dtype.decode(bits);
        x.is_finite() && domain.low <= x && x <= domain.high
    };
    let bits: Vec<u64> = bits.into_iter().filter(inside).collect();
    let x: Vec<f64> = bits.iter().map(|&bits| dtype.decode(bits)).collect();
    let values = dtype.compute(&subject.activation, &x);
    let overflow = [-1.0, 1.0].map(|sign: f64| {
        let infinite = x
            .iter()
            .zip(&values)
            .filter(|(x, y)| **x * sign > 0.0 && y[0].is_infinite());
        let nearest = infinite.map(|(x, _)| x.abs()).min_by(f64::total_cmp)?;
        let finite = x
            .iter()
            .map(|x| sign * x)
            .filter(|x| (0.0..nearest).contains(x));
        let overflows =
            |x: f64| dtype.compute(&subject.activation, &[sign * x])[0][0].is_infinite();
        // Nothing beyond the domain is looked at.
        let end = sign * 0f64.clamp(domain.low, domain.high);
        let last = finite.fold(end, f64::max);
        Some(
            sign * match overflows(last) {
                true => last,
                false => first_between(dtype, last, nearest, overflows),
            },
        )
    });
    let inputs = Inputs::Some(dtype, bits);
    let small = 2f64.powi(-dtype.format().digits);
    let limit = Limit {
        ulp: Some(0.5),
        absolute: small,
    };
    let tallies = subject.verify_within(&inputs, [limit; 2], WORK, |_| ());
    Accuracy {
        dtype,
        inputs: inputs.count(),
        are_all: dtype.bits() == 16,
        overflow,
        outputs: tallies.map(|tally| Output {
            max_ulp: tally.ulp.map_or(0.0, |worst| worst.error),
            small,
            worst: tally.worst_exceeding,
            lost: tally.lost.count,
            lost_at: tally.lost.first.first().map(|case| case.x),
            undecided: tally.undecided.count,
        }),
    }
}
