//! Numbers of a passport, each with what is known of it.

use std::fmt;

use crate::analysis::Interval;
use crate::ops::Op;

/// A number of a passport.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// Proved by interval arithmetic: it lies between these ends, which are included.
    Proved(Interval),
    /// Computed in f64 at samples, without a bound on its error.
    Sampled(f64),
}

/// An enclosure narrower than this, beside its size, is shown as one number.
const SHOWN: f64 = 0.05;
/// The most digits that are shown.
const DIGITS: usize = 10;
/// Digits of what is sampled.
const SAMPLED: usize = 6;

impl Figure {
    /// The number, or the middle of what encloses it; the end that is finite, where the other one is not.
    pub fn value(&self) -> f64 {
        match self {
            Self::Proved(range) if range.low == range.high => range.low,
            Self::Proved(range) if range.low.is_infinite() => range.high,
            Self::Proved(range) if range.high.is_infinite() => range.low,
            Self::Proved(range) => range.middle(),
            Self::Sampled(value) => *value,
        }
    }

    /// The enclosure, where there is one.
    pub fn enclosure(&self) -> Option<Interval> {
        match self {
            Self::Proved(range) => Some(*range),
            Self::Sampled(_) => None,
        }
    }

    /// `proved` or `sampled`.
    pub fn basis(&self) -> &'static str {
        match self {
            Self::Proved(_) => "proved",
            Self::Sampled(_) => "sampled",
        }
    }

    /// 1/√self, where self is above 0.
    pub(super) fn inverse_root(&self) -> Option<Self> {
        match self {
            Self::Proved(range) if range.low > 0.0 => {
                let root = Interval::of(Op::Sqrt, &[*range]);
                let gain = Interval::of(Op::Div, &[Interval::point(1.0), root]);
                gain.high.is_finite().then_some(Self::Proved(gain))
            }
            Self::Proved(_) => None,
            Self::Sampled(value) => {
                let gain = 1.0 / value.sqrt();
                (*value > 0.0 && gain.is_normal()).then_some(Self::Sampled(gain))
            }
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sampled(value) => f.write_str(&short(*value, SAMPLED)),
            Self::Proved(range) => f.write_str(&enclosed(*range)),
        }
    }
}

/// An enclosure with the digits that it proves; both ends where it proves none.
fn enclosed(range: Interval) -> String {
    let Interval { low, high } = range;
    if low == high {
        return short(low, 17);
    }
    let size = low.abs().max(high.abs());
    // What cannot be told from 0, and is closer to it than any reader cares, is 0.
    if size < 1e-12 || size < 1e-7 && low <= 0.0 && high >= 0.0 {
        return "0".to_owned();
    }
    if high - low <= SHOWN * size && size.is_finite() {
        let middle = range.middle();
        let digits = (1..=DIGITS).rev().find(|&digits| {
            let unit = 10f64.powf(size.log10().floor() - digits as f64 + 1.0);
            high - low <= unit
        });
        return short(middle, digits.unwrap_or(1).max(2));
    }
    format!("{} to {}", short(low, 4), short(high, 4))
}

/// A number with at most so many digits.
pub fn short(value: f64, digits: usize) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "−∞" }.to_owned();
    }
    let rounded: f64 = format!("{value:.*e}", digits - 1).parse().unwrap_or(value);
    let size = rounded.abs();
    match rounded == 0.0 || (1e-4..1e7).contains(&size) {
        true => format!("{}", rounded + 0.0),
        false => format!("{rounded:e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_that_are_proved() {
        for (low, high, text) in [
            (0.5, 0.5, "0.5"),
            (0.282_094_791_2, 0.282_094_792, "0.282094792"),
            (-0.278_464_65, -0.278_464_58, "-0.2784646"),
            (0.1, 0.9, "0.1 to 0.9"),
            (0.0, f64::INFINITY, "0 to ∞"),
            (-1e-18, 1e-18, "0"),
            (0.999_999_999_94, 1.0, "1"),
        ] {
            assert_eq!(Figure::Proved(Interval { low, high }).to_string(), text);
        }
        assert_eq!(Figure::Sampled(1.676_532_47).to_string(), "1.67653");
    }
}
