//! Numbers as decimals: how they are read and printed.

use std::fmt;

use num_bigint::BigInt;
use num_traits::{One, Pow, Signed, Zero};

use super::Number;

/// Beyond this decimal exponent, f64 has no finite non-zero value.
const MAX_EXPONENT: i64 = 400;
/// A decimal may have this many places: as many as the exact value of the smallest f64, and some more.
const MOST_PLACES: i64 = 1_200;
/// So many zeros may stand before or behind the digits of a decimal; with more of them it has an exponent.
const ZEROS: (i64, i64) = (4, 6);

impl Number {
    /// Reads an unsigned or signed decimal such as `2`, `0.044715`, `-1e-3`. `None` if it is not a decimal or its magnitude is
    /// outside what f64 can hold.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// As [`Number::parse`].
    ///
    /// # Errors
    /// Says why it is not a number.
    pub fn read(text: &str) -> Result<Self, NumberError> {
        let text = text.replace('_', "");
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent),
            None => (text.as_str(), "0"),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let places = fraction.trim_end_matches('0');
        if whole.trim_start_matches(['-', '+']).is_empty() && fraction.is_empty() {
            return Err(NumberError::Malformed);
        }
        let digits = format!("{whole}{places}").parse::<BigInt>();
        let digits = digits.map_err(|_| NumberError::Malformed)?;
        if digits.is_zero() && exponent.parse::<f64>().is_ok() {
            return Ok(Self::zero());
        }
        let magnitude = |small: bool| match small {
            true => NumberError::TooSmall,
            false => NumberError::TooLarge,
        };
        let plain = exponent.trim_start_matches(['-', '+']);
        if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NumberError::Malformed);
        }
        let exponent = match exponent.parse::<i64>() {
            Ok(exponent) => exponent.saturating_sub(places.len() as i64),
            Err(_) => return Err(magnitude(exponent.starts_with('-'))),
        };
        // The place of the first digit tells what is beyond every f64 without long arithmetic.
        let first = exponent.saturating_add(digits.magnitude().to_string().len() as i64);
        if !(-MAX_EXPONENT..=MAX_EXPONENT).contains(&first) {
            return Err(magnitude(first < 0));
        }
        if exponent < -MOST_PLACES {
            return Err(NumberError::TooLong);
        }
        let value = Self::from_decimal(digits, exponent);
        let float = value.to_f64();
        if float == 0.0 || !float.is_finite() {
            return Err(magnitude(float == 0.0));
        }
        Ok(value)
    }

    /// The decimal digits of the number, if it has finitely many and not absurdly so: the shortest text that reads back as it.
    pub(super) fn decimal(&self) -> Option<String> {
        let (five, ten) = (BigInt::from(5), BigInt::from(10));
        let twos = self.0.denom().trailing_zeros().unwrap_or(0);
        let (mut rest, mut fives) = (self.0.denom() >> twos, 0u64);
        while (&rest % &five).is_zero() {
            rest /= &five;
            fives += 1;
        }
        let places = i64::try_from(twos.max(fives)).ok()?;
        // A denominator with another prime factor ends no decimal.
        if !rest.is_one() || places > MOST_PLACES {
            return None;
        }
        let digits = self.0.numer() * Pow::pow(&ten, places as u64) / self.0.denom();
        let sign = if digits.is_negative() { "-" } else { "" };
        let digits = digits.abs().to_string();
        if digits == "0" {
            return Some(digits);
        }
        let significant = digits.trim_end_matches('0');
        let behind = (digits.len() - significant.len()) as i64 - places;
        // The exponent of the first digit.
        let first = behind + significant.len() as i64 - 1;
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
        Some(if behind > ZEROS.1 || -first - 1 > ZEROS.0 {
            let (whole, fraction) = significant.split_at(1);
            let point = if fraction.is_empty() { "" } else { "." };
            format!("{sign}{whole}{point}{fraction}e{first}")
        } else if behind >= 0 {
            format!("{sign}{significant}{}", zeros(behind))
        } else if first < 0 {
            format!("{sign}0.{}{significant}", zeros(-first - 1))
        } else {
            let (whole, fraction) = significant.split_at(first as usize + 1);
            format!("{sign}{whole}.{fraction}")
        })
    }
}

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// It is not a decimal.
    Malformed,
    /// It has more digits than any number needs.
    TooLong,
    /// It is nearer to 0 than any other f64.
    TooSmall,
    /// It is beyond every f64.
    TooLarge,
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "this is not a number",
            Self::TooLong => {
                return write!(
                    f,
                    "this number is too long: it has more than {MOST_PLACES} decimal places"
                );
            }
            Self::TooSmall => "this number is too small: the smallest that f64 holds is 5e-324",
            Self::TooLarge => "this number is too large: the largest that f64 holds is 1.8e308",
        })
    }
}

impl std::error::Error for NumberError {}

impl fmt::Display for Number {
    /// A decimal where the number is one, else the quotient `p / q`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decimal() {
            Some(text) => f.write_str(&text),
            None => write!(f, "{} / {}", self.0.numer(), self.0.denom()),
        }
    }
}
