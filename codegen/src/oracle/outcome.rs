//! What comes of a comparison with the true value.

use std::cmp::Ordering;

use dashu_float::Context;
use dashu_float::round::mode::HalfEven;

use super::format::Format;
use crate::precise::span::{Big, Span, from_f64, power_of_two};

/// A computed number beside the true one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// Both are numbers, or both too large for the format.
    Error {
        /// In units in the last place at the true value.
        ulp: f64,
        /// In absolute terms.
        absolute: f64,
        /// The true value, rounded to f64.
        truth: f64,
    },
    /// NaN or an infinity was computed where the format holds the true value.
    Lost {
        /// The true value, rounded to f64.
        truth: f64,
    },
    /// There is no true value.
    Undefined {
        /// Whether a number was computed there.
        invented: bool,
    },
    /// The highest precision has not told the true value.
    Undecided,
}

/// An enclosure counts as the true value if it is narrower than this many units in the last place.
const NARROW: f64 = 1.0 / 256.0;

impl Outcome {
    /// The outcome for the true value between two f64; `None` if they are too far apart.
    #[inline(always)]
    pub(super) fn of(low: f64, high: f64, got: f64, format: Format) -> Option<Self> {
        if low.is_nan() {
            return Some(Self::undefined(got));
        }
        let bound = format.overflow();
        let (low, high) = (low.clamp(-bound, bound), high.clamp(-bound, bound));
        let truth = low + 0.5 * (high - low);
        let unit = format.unit(truth);
        // The difference of infinite ends is no number, and not narrow.
        let narrow = high - low <= NARROW * unit;
        if !narrow {
            return None;
        }
        Some(
            if got.is_finite() || truth.abs() > format.largest() && !got.is_nan() {
                let absolute = (got.clamp(-bound, bound) - truth).abs();
                Self::Error {
                    ulp: absolute / unit,
                    absolute,
                    truth,
                }
            } else {
                Self::Lost { truth }
            },
        )
    }

    pub(super) fn undefined(got: f64) -> Self {
        Self::Undefined {
            invented: got.is_finite(),
        }
    }

    /// The outcome for a true value inside `span`.
    pub(super) fn of_span(span: &Span, got: f64, format: Format) -> Self {
        if !is_narrow(span, format) {
            return Self::Undecided;
        }
        let truth = &cut(&span.low, format);
        let rounded = truth.to_f64().value();
        let bound = overflow(format);
        let largest = from_f64(format.largest());
        let beyond = *truth > largest || *truth < -largest;
        if got.is_nan() || got.is_infinite() && !beyond {
            return Self::Lost { truth: rounded };
        }
        let got = match got {
            f64::INFINITY => bound,
            f64::NEG_INFINITY => -bound,
            got => cut(&from_f64(got), format),
        };
        let context = Context::<HalfEven>::new(64);
        let error = context
            .sub(&got, truth)
            .map(|error| error.value().into_repr());
        let scale = -unit_exponent(truth, format);
        match error {
            Ok(error) => {
                let (digits, exponent) = error.clone().into_parts();
                let ulp = Big::new(digits, exponent + scale);
                Self::Error {
                    ulp: ulp.to_f64().value().abs(),
                    absolute: error.to_f64().value().abs(),
                    truth: rounded,
                }
            }
            Err(_) => Self::Undecided,
        }
    }
}

/// Whether `span` is narrow enough to be the true value.
pub(super) fn is_narrow(span: &Span, format: Format) -> bool {
    let (low, high) = (cut(&span.low, format), cut(&span.high, format));
    let context = Context::<HalfEven>::new(64);
    // 2⁻⁸ units.
    let unit = power_of_two(unit_exponent(&low, format).min(unit_exponent(&high, format)) - 8);
    match context.sub(&high, &low) {
        Ok(width) => *width.value().repr() <= unit,
        Err(_) => false,
    }
}

/// What infinity stands for.
fn overflow(format: Format) -> Big {
    power_of_two(format.max_exponent as isize + 1)
}

/// The value, or what infinity stands for if it is beyond that.
fn cut(value: &Big, format: Format) -> Big {
    let bound = overflow(format);
    if *value > bound {
        bound
    } else if *value < -bound.clone() {
        -bound
    } else {
        value.clone()
    }
}

/// The exponent of the unit in the last place at `value`, which is not infinite.
fn unit_exponent(value: &Big, format: Format) -> isize {
    let exponent = match value.cmp(&Big::zero()) {
        Ordering::Equal => isize::MIN,
        _ => value.exponent() + value.digits() as isize - 1,
    };
    // Every exponent of a format fits.
    let exponent = exponent.clamp(-1_000_000, 1_000_000) as i32;
    format.unit_exponent(exponent) as isize
}
