//! Intervals whose ends are binary numbers of any precision and any size.
//!
//! Ends come from dashu's correctly rounded functions, downward for the lower one and upward for the upper one, so that the
//! true value lies inside. An end may be infinite; values never are.

use std::cell::Cell;

use dashu_float::round::mode::{Down, Up};
use dashu_float::{ConstCache, Context, FBig, FpResult, Repr};
use dashu_int::{IBig, UBig};
use num_bigint::BigInt;
use num_rational::BigRational;

use super::work::Work;
use crate::number::Number;

/// A binary number of any precision.
pub(crate) type Big = Repr<2>;

/// All real numbers from `low` to `high`; `low` may be −∞ and `high` ∞.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub low: Big,
    pub high: Big,
}

/// Arguments of exponential functions are cut here: what is above counts as unbounded, far beyond every floating-point format.
pub(super) const STEEP: i64 = 1 << 40;

/// Products beyond two to plus or minus this power are unbounded or next to 0, so that exponents stay far from the ends of their type.
const VAST: isize = 1 << 50;

/// Waves are not computed at arguments above two to this power.
pub(super) const FAR: isize = 1 << 14;

/// 2ⁿ.
pub(crate) fn power_of_two(n: isize) -> Big {
    Big::new(IBig::ONE, n)
}

/// A whole number.
pub(crate) fn whole(n: i64) -> Big {
    Big::new(IBig::from(n), 0)
}

/// The number that a finite f64 is.
pub(crate) fn from_f64(value: f64) -> Big {
    let bits = value.to_bits();
    let (biased, fraction) = (
        (bits >> 52 & 0x7ff) as isize,
        (bits & ((1 << 52) - 1)) as i64,
    );
    let (digits, exponent) = match biased {
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, biased - 1075),
    };
    Big::new(
        IBig::from(if value < 0.0 { -digits } else { digits }),
        exponent,
    )
}

impl Span {
    pub(super) fn new(low: Big, high: Big) -> Self {
        Self { low, high }
    }

    /// Every real number.
    pub(crate) fn reals() -> Self {
        Self::new(Big::neg_infinity(), Big::infinity())
    }

    /// The interval of one number.
    pub(crate) fn point(value: Big) -> Self {
        Self::new(value.clone(), value)
    }

    pub(crate) fn is_point(&self) -> bool {
        self.low == self.high
    }

    /// Whether both ends are numbers.
    pub(crate) fn is_bounded(&self) -> bool {
        !self.low.is_infinite() && !self.high.is_infinite()
    }

    /// Whether 0 is inside.
    pub(crate) fn holds_zero(&self) -> bool {
        !(self.low > Big::zero() || self.high < Big::zero())
    }

    /// Whether it is 0 alone.
    pub(crate) fn is_zero(&self) -> bool {
        let zero = Big::zero();
        self.low >= zero && self.high <= zero
    }

    pub(crate) fn neg(&self) -> Self {
        Self::new(-self.high.clone(), -self.low.clone())
    }

    /// What either holds.
    pub(crate) fn join(&self, other: &Self) -> Self {
        let (low, high) = ((&self.low).min(&other.low), (&self.high).max(&other.high));
        Self::new(low.clone(), high.clone())
    }

    pub(crate) fn min(&self, other: &Self) -> Self {
        let (low, high) = ((&self.low).min(&other.low), (&self.high).min(&other.high));
        Self::new(low.clone(), high.clone())
    }

    pub(crate) fn max(&self, other: &Self) -> Self {
        let (low, high) = ((&self.low).max(&other.low), (&self.high).max(&other.high));
        Self::new(low.clone(), high.clone())
    }

    pub(crate) fn abs(&self) -> Self {
        let negated = self.neg();
        if self.low >= Big::zero() {
            self.clone()
        } else if self.high <= Big::zero() {
            negated
        } else {
            Self::new(Big::zero(), self.max(&negated).high)
        }
    }
}

/// Interval arithmetic at one precision. Functions give `None` where they know nothing.
#[derive(Debug)]
pub(crate) struct Arithmetic {
    pub precision: usize,
    pub cache: ConstCache,
    pub(super) work: Cell<u64>,
}

/// The interval from a value rounded down to the next number above it, or the value alone where it is exact.
pub(super) fn around(down: FpResult<FBig<Down, 2>>) -> Option<Span> {
    let down = down.ok()?;
    let exact = down.is_exact();
    let low = down.value();
    if exact {
        return Some(Span::point(low.into_repr()));
    }
    let unit = low.ulp();
    let up = Context::<Up>::new(low.precision());
    let high = up.add(low.repr(), unit.repr()).ok()?.value();
    Some(Span::new(low.into_repr(), high.into_repr()))
}

trait IsExact {
    fn is_exact(&self) -> bool;
}

impl<T> IsExact for dashu_float::round::Rounded<T> {
    fn is_exact(&self) -> bool {
        matches!(self, dashu_base::Approximation::Exact(_))
    }
}

impl Arithmetic {
    /// Counts an operation.
    pub(crate) fn count(&self, work: Work) {
        self.work.set(self.work.get() + work.price(self.precision));
    }

    /// The work of all operations so far.
    pub(crate) fn work(&self) -> u64 {
        self.work.get()
    }

    pub(crate) fn new(precision: usize) -> Self {
        Self {
            precision,
            cache: ConstCache::new(),
            work: Cell::new(0),
        }
    }

    pub(super) fn down(&self) -> Context<Down> {
        Context::new(self.precision)
    }

    pub(super) fn up(&self) -> Context<Up> {
        Context::new(self.precision)
    }

    /// A literal.
    pub(crate) fn number(&self, number: &Number) -> Option<Span> {
        let (numerator, denominator) = number.ratio();
        self.quotient(numerator, denominator)
    }

    /// A rational number.
    pub(crate) fn ratio(&self, number: &BigRational) -> Option<Span> {
        self.quotient(number.numer(), number.denom())
    }

    fn quotient(&self, numerator: &BigInt, denominator: &BigInt) -> Option<Span> {
        let big = |n: &BigInt| Big::new(IBig::from_le_bytes(&n.to_signed_bytes_le()), 0);
        self.div(&Span::point(big(numerator)), &Span::point(big(denominator)))
    }

    pub(crate) fn pi(&mut self) -> Option<Span> {
        around(Ok(self.cache.pi::<2, Down>(self.precision)))
    }

    pub(crate) fn add(&self, a: &Span, b: &Span) -> Option<Span> {
        self.count(Work::Sum);
        let low = if a.low.is_infinite() || b.low.is_infinite() {
            Big::neg_infinity()
        } else {
            self.down().add(&a.low, &b.low).ok()?.value().into_repr()
        };
        let high = if a.high.is_infinite() || b.high.is_infinite() {
            Big::infinity()
        } else {
            self.up().add(&a.high, &b.high).ok()?.value().into_repr()
        };
        Some(Span::new(low, high))
    }

    pub(crate) fn sub(&self, a: &Span, b: &Span) -> Option<Span> {
        self.add(a, &b.neg())
    }

    pub(crate) fn mul(&self, a: &Span, b: &Span) -> Option<Span> {
        let corner = |a: &Big, b: &Big| {
            let zero = Big::zero();
            if *a == zero || *b == zero {
                // The infinite end of an interval stands for arbitrarily large, yet finite, values.
                Some(Span::point(zero))
            } else if a.is_infinite() || b.is_infinite() {
                Some(Span::point(infinity((*a < zero) != (*b < zero))))
            } else if let Some(cut) = vast(a, b.exponent(), (*a < zero) != (*b < zero)) {
                Some(cut)
            } else {
                self.count(Work::Product);
                let (low, high) = (self.down().mul(a, b).ok()?, self.up().mul(a, b).ok()?);
                Some(Span::new(low.value().into_repr(), high.value().into_repr()))
            }
        };
        corners(a, b, corner)
    }

    /// a/b; nothing is known where b may be 0.
    pub(crate) fn div(&self, a: &Span, b: &Span) -> Option<Span> {
        if b.holds_zero() {
            return None;
        }
        let corner = |a: &Big, b: &Big| {
            let zero = Big::zero();
            if *a == zero {
                Some(Span::point(zero))
            } else if b.is_infinite() {
                (!a.is_infinite()).then(|| Span::point(zero))
            } else if a.is_infinite() {
                Some(Span::point(infinity((*a < zero) != (*b < zero))))
            } else if let Some(cut) = vast(a, -b.exponent(), (*a < zero) != (*b < zero)) {
                Some(cut)
            } else {
                self.count(Work::Product);
                let (low, high) = (self.down().div(a, b).ok()?, self.up().div(a, b).ok()?);
                Some(Span::new(low.value().into_repr(), high.value().into_repr()))
            }
        };
        corners(a, b, corner)
    }

    pub(crate) fn square(&self, x: &Span) -> Option<Span> {
        let x = x.abs();
        self.mul(&x, &x)
    }

    /// xⁿ by repeated squaring.
    pub(crate) fn power(&self, x: &Span, n: i32) -> Option<Span> {
        let (mut square, mut rest) = (x.clone(), n.unsigned_abs());
        let mut power = Span::point(Big::one());
        while rest > 0 {
            if rest & 1 == 1 {
                power = self.mul(&power, &square)?;
            }
            rest >>= 1;
            if rest > 0 {
                square = self.square(&square)?;
            }
        }
        if n < 0 {
            self.div(&Span::point(Big::one()), &power)
        } else {
            Some(power)
        }
    }

    /// √x, of x that is not negative.
    pub(crate) fn sqrt(&self, x: &Span) -> Option<Span> {
        self.count(Work::Product);
        let low = self.down().sqrt(&x.low).ok()?.value().into_repr();
        let high = if x.high.is_infinite() {
            Big::infinity()
        } else {
            self.up().sqrt(&x.high).ok()?.value().into_repr()
        };
        Some(Span::new(low, high))
    }
}

/// The exponent of the power of two next above the size of a number.
pub(crate) fn size(x: &Big) -> isize {
    x.exponent().saturating_add(x.digits() as isize)
}

/// The interval of a product or quotient whose exponent, about that of `a` and another, is out of all proportion.
fn vast(a: &Big, exponent: isize, negative: bool) -> Option<Span> {
    let sum = a.exponent().saturating_add(exponent);
    let span = if sum > VAST {
        Span::new(power_of_two(VAST / 2), Big::infinity())
    } else if sum < -VAST {
        Span::new(Big::zero(), power_of_two(-VAST / 2))
    } else {
        return None;
    };
    Some(if negative { span.neg() } else { span })
}

fn infinity(negative: bool) -> Big {
    if negative {
        Big::neg_infinity()
    } else {
        Big::infinity()
    }
}

/// The smallest interval around the images of the corners; once for a pair of points.
fn corners(a: &Span, b: &Span, corner: impl Fn(&Big, &Big) -> Option<Span>) -> Option<Span> {
    let first = corner(&a.low, &b.low)?;
    match (a.is_point(), b.is_point()) {
        (true, true) => Some(first),
        (true, false) => Some(first.join(&corner(&a.low, &b.high)?)),
        (false, true) => Some(first.join(&corner(&a.high, &b.low)?)),
        (false, false) => {
            let others = [
                corner(&a.low, &b.high)?,
                corner(&a.high, &b.low)?,
                corner(&a.high, &b.high)?,
            ];
            Some(others.iter().fold(first, |hull, other| hull.join(other)))
        }
    }
}

/// An unsigned integer, for the terms of a series.
pub(crate) fn natural(n: u64) -> Big {
    Big::new(IBig::from(UBig::from(n)), 0)
}
