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

/// How what is left out of a number's text moves it.
#[derive(Clone, Copy)]
enum Rounding {
    Nearest,
    Down,
    Up,
}

impl Figure {
    /// The number as text, rounded up where it is proved, so that the text is an upper bound too.
    pub fn at_most(&self) -> String {
        self.text(Rounding::Up)
    }

    /// The number as text, rounded down where it is proved, so that the text is a lower bound too.
    pub fn at_least(&self) -> String {
        self.text(Rounding::Down)
    }

    fn text(&self, rounding: Rounding) -> String {
        match self {
            Self::Sampled(value) => short(*value, SAMPLED),
            Self::Proved(range) => enclosed(*range, rounding),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Rounding::Nearest))
    }
}

/// An enclosure with the digits that it proves; both ends where it proves none.
fn enclosed(range: Interval, rounding: Rounding) -> String {
    let Interval { low, high } = range;
    if low == high {
        return short(low, 17);
    }
    let size = low.abs().max(high.abs());
    // What cannot be told from 0, and is closer to it than any reader cares, is 0.
    if size < 1e-7 && low <= 0.0 && high >= 0.0 {
        return "0".to_owned();
    }
    if high - low <= SHOWN * size && size.is_finite() {
        let value = match rounding {
            Rounding::Nearest => range.middle(),
            Rounding::Down => low,
            Rounding::Up => high,
        };
        let digits = (1..=DIGITS).rev().find(|&digits| {
            let unit = 10f64.powf(size.log10().floor() - digits as f64 + 1.0);
            high - low <= unit
        });
        return directed(value, digits.unwrap_or(1).max(2), rounding);
    }
    let (low, high) = (
        directed(low, 4, Rounding::Down),
        directed(high, 4, Rounding::Up),
    );
    format!("{low} to {high}")
}

/// A number with at most so many digits, rounded to one side.
fn directed(value: f64, digits: usize, rounding: Rounding) -> String {
    let text = short(value, digits);
    let Ok(rounded) = text.parse::<f64>() else {
        return text;
    };
    let unit = 10f64.powf(value.abs().log10().floor() - digits as f64 + 1.0);
    match rounding {
        Rounding::Down if rounded > value => short(rounded - unit, digits),
        Rounding::Up if rounded < value => short(rounded + unit, digits),
        _ => text,
    }
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
            (9e-21, 1e-20, "9e-21 to 1e-20"),
            (1e-20, 1e-20, "1e-20"),
        ] {
            assert_eq!(Figure::Proved(Interval { low, high }).to_string(), text);
        }
        assert_eq!(Figure::Sampled(1.676_532_47).to_string(), "1.67653");
    }

    #[test]
    fn bounds_are_rounded_outwards() {
        for (low, high, least, most) in [
            (0.5, 0.5, "0.5", "0.5"),
            (0.282_094_791_2, 0.282_094_792, "0.282094791", "0.282094792"),
            (-0.278_464_65, -0.278_464_58, "-0.2784647", "-0.2784645"),
            (0.123_456, 0.987_654, "0.1234 to 0.9877", "0.1234 to 0.9877"),
            (9.999_96, 9.999_98, "9.9999", "10"),
            (1.0, f64::INFINITY, "1 to ∞", "1 to ∞"),
        ] {
            let figure = Figure::Proved(Interval { low, high });
            assert_eq!(figure.at_least(), least);
            assert_eq!(figure.at_most(), most);
        }
    }
}
