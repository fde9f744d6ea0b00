//! Exact literals: a number of a formula is a rational, so folding constants never rounds.
//!
//! `0.1` is the rational 1/10, not the nearest binary fraction; it is rounded once, when code is written for a dtype.

mod text;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Pow, Signed, ToPrimitive, Zero};

pub use text::NumberError;

/// Folding stops where a numerator or denominator would pass this many bits: longer exact values help nobody and cost time.
const FOLD_BITS: u64 = 256;
/// An interval between neighbouring f64 is told apart by fewer terms of a continued fraction than this.
const FRACTION_TERMS: usize = 64;

/// An exact rational number. It is shared: nodes that hold one are small and cheap to clone.
#[derive(Clone, Debug, Eq, PartialOrd, Ord)]
pub struct Number(Arc<BigRational>);

// Quotients are in lowest terms, so the parts tell them apart; `BigRational` itself takes a continued fraction to.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.0.numer() == other.0.numer() && self.0.denom() == other.0.denom()
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.numer().hash(state);
        self.0.denom().hash(state);
    }
}

impl From<BigRational> for Number {
    fn from(value: BigRational) -> Self {
        Self(Arc::new(value))
    }
}

impl Number {
    /// The number zero.
    pub fn zero() -> Self {
        BigRational::zero().into()
    }

    /// The number one.
    pub fn one() -> Self {
        BigRational::one().into()
    }

    /// `digits` · 10^`exponent`, in lowest terms.
    fn from_decimal(digits: BigInt, exponent: i64) -> Self {
        let places = usize::try_from(exponent.unsigned_abs()).unwrap_or(usize::MAX);
        if exponent >= 0 {
            let power = BigInt::from(10).pow(places);
            return BigRational::from_integer(digits * power).into();
        }
        if digits.is_zero() {
            return Self::zero();
        }
        // The denominator has no factors but 2 and 5: what it shares with the digits is taken out one by one, without a
        // greatest common divisor.
        let five = BigInt::from(5);
        let twos = digits.trailing_zeros().unwrap_or(0).min(places as u64);
        let (mut digits, mut fives) = (digits >> twos, places);
        while fives > 0 && (&digits % &five).is_zero() {
            digits /= &five;
            fives -= 1;
        }
        let denominator = five.pow(fives) << (places as u64 - twos);
        BigRational::new_raw(digits, denominator).into()
    }

    /// The rational with the shortest decimal that rounds to `value`; `None` unless it is finite.
    pub fn from_f64(value: f64) -> Option<Self> {
        // A whole number that f64 counts to is its own shortest decimal.
        const COUNTED: f64 = (1u64 << f64::MANTISSA_DIGITS) as f64;
        if value.abs() < COUNTED && value.fract() == 0.0 {
            return Some(BigRational::from_integer((value as i64).into()).into());
        }
        value
            .is_finite()
            .then(|| Self::parse(&format!("{value:e}")))
            .flatten()
    }

    /// The number that `value` is, to its last bit; `None` unless it is finite.
    pub fn exactly(value: f64) -> Option<Self> {
        BigRational::from_float(value).map(|exact| Self(Arc::new(exact)))
    }

    /// The numerator and the denominator, which is above 0.
    pub fn ratio(&self) -> (&BigInt, &BigInt) {
        (self.0.numer(), self.0.denom())
    }

    /// The nearest f64.
    pub fn to_f64(&self) -> f64 {
        // One rounding, of the quotient.
        if let Some((a, b)) = exact(self.0.numer()).zip(exact(self.0.denom())) {
            return a / b;
        }
        // A decimal is read by the standard library, which rounds correctly; other quotients are not literals of a source text.
        match self.decimal() {
            Some(text) => text.parse().unwrap_or(f64::NAN),
            None => self.0.to_f64().unwrap_or(f64::NAN),
        }
    }

    /// The largest f64 that is not above the number, and the smallest that is not below it: equal if the number is an f64.
    pub fn bounds(&self) -> (f64, f64) {
        let order = |float: f64| {
            BigRational::from_float(float)
                .map_or(float.total_cmp(&0.0), |exact| exact.cmp(&*self.0))
        };
        let near = self.0.to_f64().unwrap_or(0.0);
        let (mut low, mut high) = (near, near);
        while order(low).is_gt() {
            low = low.next_down();
        }
        while order(high).is_lt() {
            high = high.next_up();
        }
        (low, high)
    }

    /// The rational of smallest denominator between two, both included: the root 1/3 from an interval of floats around it.
    pub fn simplest_between(low: &Self, high: &Self) -> Option<Self> {
        let (mut low, mut high) = (BigRational::clone(&low.0), BigRational::clone(&high.0));
        // Continued fractions: both ends share whole parts up to the term in which they part.
        let mut terms: Vec<BigInt> = Vec::new();
        let last = loop {
            if low > high || terms.len() > FRACTION_TERMS {
                return None;
            }
            let (whole, up) = (low.floor(), low.ceil());
            if up <= high {
                break if whole.is_negative() && !high.is_negative() {
                    BigInt::zero()
                } else if whole.is_negative() {
                    high.floor().to_integer()
                } else {
                    up.to_integer()
                };
            }
            let (a, b) = ((&high - &whole).recip(), (&low - &whole).recip());
            terms.push(whole.to_integer());
            (low, high) = (a, b);
        };
        let mut value = BigRational::from_integer(last);
        for term in terms.into_iter().rev() {
            value = BigRational::from_integer(term) + value.recip();
        }
        Some(value.into())
    }

    /// The value as an integer that fits `i32`, if it is one.
    pub fn to_integer(&self) -> Option<i32> {
        self.0
            .is_integer()
            .then(|| self.0.to_integer().to_i32())
            .flatten()
    }

    /// Whether a whole number is even; `None` of a fraction.
    pub fn is_even(&self) -> Option<bool> {
        let even = |whole: BigInt| whole.trailing_zeros() != Some(0);
        self.0.is_integer().then(|| even(self.0.to_integer()))
    }

    /// Whether this is 0.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether this is below 0.
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// −self.
    pub fn neg(&self) -> Self {
        (-&*self.0).into()
    }

    /// self + other, unless the exact result is too long to be worth keeping.
    pub fn add(&self, other: &Self) -> Option<Self> {
        Self::from(&*self.0 + &*other.0).no_longer_than(self, other)
    }

    /// self − other, unless the exact result is too long.
    pub fn sub(&self, other: &Self) -> Option<Self> {
        Self::from(&*self.0 - &*other.0).no_longer_than(self, other)
    }

    /// self · other, unless the exact result is too long.
    pub fn mul(&self, other: &Self) -> Option<Self> {
        Self::from(&*self.0 * &*other.0).no_longer_than(self, other)
    }

    /// self / other, unless other is 0 or the exact result is too long.
    pub fn div(&self, other: &Self) -> Option<Self> {
        (!other.is_zero())
            .then(|| Self::from(&*self.0 / &*other.0).no_longer_than(self, other))
            .flatten()
    }

    /// self^exponent, unless that divides by 0 or the exact result is too long.
    pub fn powi(&self, exponent: i32) -> Option<Self> {
        let bits = self.bits().saturating_mul(exponent.unsigned_abs().into());
        let defined = exponent >= 0 || !self.is_zero();
        (defined && bits <= FOLD_BITS).then(|| Pow::pow(&*self.0, exponent).into())
    }

    /// √self, if that is rational.
    pub fn sqrt(&self) -> Option<Self> {
        if self.is_negative() {
            return None;
        }
        let root = BigRational::new(self.0.numer().sqrt(), self.0.denom().sqrt());
        (&root * &root == *self.0).then(|| root.into())
    }

    fn bits(&self) -> u64 {
        self.0.numer().bits().max(self.0.denom().bits())
    }

    /// The number, if it is a literal that can be read and is short, or no longer than what it was made of: 1e-100 is long, and so is
    /// 1e-100 + 0.
    fn no_longer_than(self, a: &Self, b: &Self) -> Option<Self> {
        let most = FOLD_BITS.max(a.bits()).max(b.bits());
        (self.bits() <= most && self.is_in_range()).then_some(self)
    }

    /// Whether the number is 0, or neither too large nor too small for f64.
    fn is_in_range(&self) -> bool {
        const SAFE: u64 = f64::MAX_EXP as u64 - 2;
        let (above, below) = (self.0.numer().bits(), self.0.denom().bits());
        if above.abs_diff(below) < SAFE {
            return true; // without a conversion
        }
        let float = self.to_f64();
        self.is_zero() || float != 0.0 && float.is_finite()
    }
}

/// The integer as an f64, if that is exact and can be told at a glance.
fn exact(integer: &BigInt) -> Option<f64> {
    let (length, zeros) = (integer.bits(), integer.trailing_zeros().unwrap_or(0));
    let fits = length - zeros <= f64::MANTISSA_DIGITS.into() && length < f64::MAX_EXP as u64;
    fits.then(|| integer.to_f64()).flatten()
}

/// The number with the shortest decimal that rounds to the float, as [`Number::from_f64`] gives it.
impl TryFrom<f64> for Number {
    type Error = NotFinite;

    fn try_from(value: f64) -> Result<Self, NotFinite> {
        Self::from_f64(value).ok_or(NotFinite)
    }
}

/// NaN and the infinities are no [`Number`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFinite;

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is not a finite number")
    }
}

impl std::error::Error for NotFinite {}

impl From<i32> for Number {
    fn from(value: i32) -> Self {
        BigRational::from_integer(value.into()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_exact_and_prints_as_it_was_written() {
        for text in [
            "0", "2", "-0.5", "0.044715", "1e-38", "1e30", "300", "-12.25", "0.1",
        ] {
            let number = Number::parse(text).unwrap();
            assert_eq!(number.to_string(), text);
            assert_eq!(number.to_f64(), text.parse::<f64>().unwrap());
        }
        let tenth = Number::parse("0.1").unwrap();
        let sum = tenth
            .add(&tenth)
            .and_then(|two| two.add(&tenth))
            .expect("short");
        assert_eq!(sum.to_string(), "0.3");
    }

    #[test]
    fn the_shortest_text_that_reads_back_is_printed() {
        for (text, printed) in [
            ("0.00000000000000000001", "1e-20"),
            ("0.0000000001", "1e-10"),
            ("100000000000000000000", "1e20"),
            (
                "10507009873554804934193349852946e-31",
                "1.0507009873554804934193349852946",
            ),
            ("71354816272600252722e-21", "0.071354816272600252722"),
            (
                "10000000000000000000000000001e-28",
                "1.0000000000000000000000000001",
            ),
            ("1.50", "1.5"),
            ("-0.00000123", "-1.23e-6"),
            ("-120000000000", "-1.2e11"),
            ("1234567890123456789", "1234567890123456789"),
            ("1000000", "1000000"),
            ("0.00001", "0.00001"),
            ("0e7", "0"),
        ] {
            let number = Number::parse(text).unwrap();
            assert_eq!(number.to_string(), printed);
            assert_eq!(Number::parse(printed), Some(number));
        }
        let smallest = Number::exactly(5e-324).unwrap();
        assert_eq!(Number::parse(&smallest.to_string()), Some(smallest));
    }

    #[test]
    fn a_number_out_of_range_says_on_which_side() {
        for (text, error) in [
            ("1e-400", NumberError::TooSmall),
            ("-1e-99999999999999999999", NumberError::TooSmall),
            ("0.000001e-320", NumberError::TooSmall),
            ("1e400", NumberError::TooLarge),
            ("2e308", NumberError::TooLarge),
            ("-1e99999999999999999999", NumberError::TooLarge),
            ("1e", NumberError::Malformed),
            ("_", NumberError::Malformed),
            ("1e2.5", NumberError::Malformed),
            ("one", NumberError::Malformed),
        ] {
            assert_eq!(Number::read(text), Err(error), "{text}");
        }
    }

    #[test]
    fn digits_that_no_number_needs_are_too_many() {
        let zeros = "0".repeat(2_000);
        let digits = "1".repeat(2_000);
        for (text, error) in [
            (format!("1.{digits}"), NumberError::TooLong),
            (format!("0.{digits}"), NumberError::TooLong),
            (format!("1{digits}e-2000"), NumberError::TooLong),
            (format!("0.{zeros}1"), NumberError::TooSmall),
            (digits, NumberError::TooLarge),
        ] {
            assert_eq!(Number::read(&text), Err(error), "{text}");
        }
        assert_eq!(
            Number::read(&format!("1.5{zeros}")),
            Ok(Number::parse("1.5").unwrap())
        );
    }

    #[test]
    fn quotients_that_are_no_decimals_print_as_quotients() {
        let third = Number::one().div(&Number::from(-3)).expect("short");
        assert_eq!(third.to_string(), "-1 / 3");
        assert_eq!(third.to_f64(), -1.0 / 3.0);
    }

    #[test]
    fn what_f64_cannot_hold_is_refused() {
        for text in ["1e400", "1e-400", "", ".", "-", "abc", "1e99999999999"] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
        assert!(Number::from_f64(f64::NAN).is_none());
        assert!(Number::one().div(&Number::zero()).is_none());
    }

    #[test]
    fn folding_stays_within_what_can_be_read() {
        let number = |text: &str| Number::parse(text).unwrap();
        let (one, tiny, huge) = (Number::one(), number("1e-320"), number("1e300"));
        assert_eq!(one.div(&tiny), None);
        assert_eq!(huge.mul(&huge), None);
        assert_eq!(tiny.mul(&number("1e-100")), None);
        assert_eq!(one.div(&huge), Some(number("1e-300")));
        assert_eq!(Number::zero().mul(&tiny), Some(Number::zero()));
    }

    #[test]
    fn bounds_are_the_neighbouring_floats() {
        assert_eq!(Number::from(3).bounds(), (3.0, 3.0));
        let tenth = Number::parse("0.1").unwrap();
        // The f64 that prints as 0.1 is above 1/10.
        assert_eq!(tenth.bounds(), (0.1f64.next_down(), 0.1));
        assert_eq!(tenth.neg().bounds(), (-0.1, (-0.1f64).next_up()));
        let huge = Number::parse("1e30").unwrap().bounds();
        assert_eq!(huge.0.next_up(), huge.1);
    }

    #[test]
    fn the_simplest_rational_is_found() {
        let between = |low: f64, high: f64| {
            let number = |value| Number::from_f64(value).unwrap();
            Number::simplest_between(&number(low), &number(high)).map(|n| n.to_string())
        };
        let third: f64 = 1.0 / 3.0;
        assert_eq!(
            between(third.next_down(), third.next_up()).as_deref(),
            Some("1 / 3")
        );
        assert_eq!(
            between(12345.678f64.next_down(), 12345.678f64.next_up()).as_deref(),
            Some("12345.678")
        );
        assert_eq!(between(-0.25, 3.0).as_deref(), Some("0"));
        assert_eq!(between(-2.5, -1.75).as_deref(), Some("-2"));
        assert_eq!(between(-0.7, -0.6).as_deref(), Some("-2 / 3"));
        assert_eq!(between(1.0, -1.0), None);
    }

    #[test]
    fn every_f64_survives_the_round_trip() {
        for value in [1.0 / 3.0, 5e-324, f64::MAX, -1.2345e-7, 0.0] {
            assert_eq!(Number::from_f64(value).expect("finite").to_f64(), value);
        }
    }

    #[test]
    fn roots_and_powers_stay_exact() {
        assert_eq!(
            Number::parse("2.25").and_then(|n| n.sqrt()),
            Number::parse("1.5")
        );
        assert_eq!(Number::from(2).sqrt(), None);
        assert_eq!(Number::from(2).powi(-2), Number::parse("0.25"));
        assert_eq!(Number::zero().powi(-1), None);
        assert_eq!(
            Number::from(10).powi(1000),
            None,
            "too long to be worth keeping"
        );
    }
}
