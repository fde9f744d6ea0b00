//! Intervals whose ends are binary numbers of any precision and any size.
//!
//! Ends come from dashu's correctly rounded functions, downward for the lower one and upward for the upper one, so that the
//! true value lies inside. An end may be infinite; values never are.

use dashu_float::round::mode::{Down, Up};
use dashu_float::{ConstCache, Context, FBig, FpResult, Repr};
use dashu_int::{IBig, UBig};
use num_bigint::BigInt;
use num_rational::BigRational;

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
const STEEP: i64 = 1 << 40;

/// Products beyond two to plus or minus this power are unbounded or next to 0, so that exponents stay far from the ends of their type.
const VAST: isize = 1 << 50;

/// Waves are not computed at arguments above two to this power.
const FAR: isize = 1 << 14;

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
    fn new(low: Big, high: Big) -> Self {
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
}

/// What a function does near 0.
#[derive(Clone, Copy)]
enum Near {
    /// f(x) = x + O(x²), with a factor of at most 1.
    Same,
    /// f(x) = 1 + O(x), with a factor of at most 2.
    One,
    /// The function is not asked there.
    Away,
}

/// The interval of a correctly rounded function that never falls, from its value at both ends. Arguments too small to matter have
/// intervals of their own: to round 1 + x correctly, a function would have to compute as many digits as x has zeros.
macro_rules! rising {
    ($self:ident, $x:expr, $method:ident, $near:expr) => {{
        let x = $x;
        let (tiny_low, tiny_high) = ($self.tiny(&x.low, $near), $self.tiny(&x.high, $near));
        let mut at_low = match tiny_low {
            Some(span) => span,
            None => {
                let context = Context::<Down>::new($self.precision);
                around(context.$method(&x.low, Some(&mut $self.cache)))?
            }
        };
        if !x.is_point() {
            at_low.high = match tiny_high {
                Some(span) => span.high,
                None => {
                    let context = Context::<Up>::new($self.precision);
                    let up = context.$method(&x.high, Some(&mut $self.cache)).ok()?;
                    up.value().into_repr()
                }
            };
        }
        Some(at_low)
    }};
}

/// The interval from a value rounded down to the next number above it, or the value alone where it is exact.
fn around(down: FpResult<FBig<Down, 2>>) -> Option<Span> {
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
    pub(crate) fn new(precision: usize) -> Self {
        Self {
            precision,
            cache: ConstCache::new(),
        }
    }

    fn down(&self) -> Context<Down> {
        Context::new(self.precision)
    }

    fn up(&self) -> Context<Up> {
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
        let low = self.down().sqrt(&x.low).ok()?.value().into_repr();
        let high = if x.high.is_infinite() {
            Big::infinity()
        } else {
            self.up().sqrt(&x.high).ok()?.value().into_repr()
        };
        Some(Span::new(low, high))
    }

    pub(crate) fn exp(&mut self, x: &Span) -> Option<Span> {
        self.steep(x, Big::zero(), Self::exp_within)
    }

    fn exp_within(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, exp, Near::One)
    }

    pub(crate) fn expm1(&mut self, x: &Span) -> Option<Span> {
        self.steep(x, -Big::one(), Self::expm1_within)
    }

    fn expm1_within(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, exp_m1, Near::Same)
    }

    pub(crate) fn sinh(&mut self, x: &Span) -> Option<Span> {
        self.steep(x, Big::neg_infinity(), Self::sinh_within)
    }

    fn sinh_within(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, sinh, Near::Same)
    }

    pub(crate) fn cosh(&mut self, x: &Span) -> Option<Span> {
        self.steep(&x.abs(), Big::one(), Self::cosh_within)
    }

    fn cosh_within(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, cosh, Near::One)
    }

    pub(crate) fn tanh(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, tanh, Near::Same)
    }

    pub(crate) fn asinh(&mut self, x: &Span) -> Option<Span> {
        if !x.is_bounded() {
            return None;
        }
        self.far_out(x, Self::asinh_within, |this, end| {
            let doubled = Span::point(end.clone().max(-end.clone()));
            let doubled = this.add(&doubled, &doubled)?;
            let size = this.ln_and_little(&doubled)?;
            Some(if *end < Big::zero() { size.neg() } else { size })
        })
    }

    fn asinh_within(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, asinh, Near::Same)
    }

    pub(crate) fn atan(&mut self, x: &Span) -> Option<Span> {
        self.far_out(x, Self::atan_within, |this, end| {
            let radius = power_of_two(-(this.precision as isize));
            let factor = this.sub(&Span::point(Big::one()), &Span::new(Big::zero(), radius))?;
            let (pi, half) = (this.pi()?, Span::point(power_of_two(-1)));
            let quarter = this.mul(&pi, &half)?;
            let size = this.mul(&quarter, &factor)?;
            Some(if *end < Big::zero() { size.neg() } else { size })
        })
    }

    fn atan_within(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, atan, Near::Same)
    }

    /// A rising function by its values at both ends, each computed by `far` where the precision does not tell x + 1 from x: there, a
    /// sum would have as many digits as the exponent says.
    fn far_out(
        &mut self,
        x: &Span,
        near: fn(&mut Self, &Span) -> Option<Span>,
        far: fn(&mut Self, &Big) -> Option<Span>,
    ) -> Option<Span> {
        let least = self.precision as isize + 8;
        let is_far = |end: &Big| end.is_infinite() || size(end) > least;
        if !is_far(&x.low) && !is_far(&x.high) {
            return near(self, x);
        }
        let mut at = |end: &Big| {
            if is_far(end) {
                far(self, end)
            } else {
                near(self, &Span::point(end.clone()))
            }
        };
        let low = at(&x.low)?;
        let high = if x.is_point() {
            low.high
        } else {
            at(&x.high)?.high
        };
        Some(Span::new(low.low, high))
    }

    /// ln x with what is left of a sum beside it: less than the precision tells.
    fn ln_and_little(&mut self, x: &Span) -> Option<Span> {
        let little = Span::new(Big::zero(), power_of_two(-(self.precision as isize)));
        let ln = self.ln(x)?;
        self.add(&ln, &little)
    }

    /// ln x, of x above 0.
    pub(crate) fn ln(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, ln, Near::Away)
    }

    /// ln(1 + x), of x above −1.
    pub(crate) fn log1p(&mut self, x: &Span) -> Option<Span> {
        self.far_out(x, Self::log1p_within, |this, end| {
            this.ln_and_little(&Span::point(end.clone()))
        })
    }

    fn log1p_within(&mut self, x: &Span) -> Option<Span> {
        rising!(self, x, ln_1p, Near::Same)
    }

    pub(crate) fn sin(&mut self, x: &Span) -> Option<Span> {
        self.wave(x, |this, x| match this.tiny(x, Near::Same) {
            Some(span) => Some(span),
            None => around(Context::<Down>::new(this.precision).sin(x, Some(&mut this.cache))),
        })
    }

    pub(crate) fn cos(&mut self, x: &Span) -> Option<Span> {
        self.wave(x, |this, x| match this.tiny(x, Near::One) {
            Some(span) => Some(span),
            None => around(Context::<Down>::new(this.precision).cos(x, Some(&mut this.cache))),
        })
    }

    /// The interval of a function at x so close to 0 that the precision does not tell its value from x, or from 1.
    fn tiny(&self, x: &Big, near: Near) -> Option<Span> {
        let precision = self.precision as isize;
        if x.is_infinite() || *x == Big::zero() || size(x) > -precision - 4 {
            return None;
        }
        let radius = power_of_two(-precision);
        let one = Span::point(Big::one());
        let factor = self.add(&one, &Span::new(-radius.clone(), radius))?;
        match near {
            Near::Same => self.mul(&Span::point(x.clone()), &factor),
            Near::One => Some(factor),
            Near::Away => None,
        }
    }

    /// A function between −1 and 1 whose slope is, too.
    fn wave(&mut self, x: &Span, at: fn(&mut Self, &Big) -> Option<Span>) -> Option<Span> {
        let whole = Span::new(-Big::one(), Big::one());
        // To reduce a longer argument, π takes too many digits.
        let vast = |end: &Big| end.is_infinite() || end.exponent() > FAR;
        if vast(&x.low) || vast(&x.high) {
            return Some(whole);
        }
        let value = at(self, &x.low)?;
        if x.is_point() {
            return Some(value);
        }
        let width = self.up().sub(&x.high, &x.low).ok()?.value().into_repr();
        let reached = self.add(&value, &Span::new(-width.clone(), width))?;
        Some(
            reached
                .max(&Span::point(-Big::one()))
                .min(&Span::point(Big::one())),
        )
    }

    /// A rising function that grows like eˣ above, and comes from `floor` below. What lies past the cut is not computed.
    fn steep(
        &mut self,
        x: &Span,
        floor: Big,
        within: fn(&mut Self, &Span) -> Option<Span>,
    ) -> Option<Span> {
        let (lowest, highest) = (whole(-STEEP), whole(STEEP));
        let (below, above) = (x.low < lowest, x.high > highest);
        if !below && !above {
            return within(self, x);
        }
        let cut = |end: &Big| end.clone().max(lowest.clone()).min(highest.clone());
        let mut image = within(self, &Span::new(cut(&x.low), cut(&x.high)))?;
        if below {
            image.low = floor;
        }
        if above {
            image.high = Big::infinity();
        }
        Some(image)
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

#[cfg(test)]
mod tests {
    use super::*;

    type Function = fn(&mut Arithmetic, &Span) -> Option<Span>;

    /// Functions end, and enclose, at arguments whose exponents have no use in any format.
    #[test]
    fn functions_take_arguments_of_any_size() {
        let functions: [(&str, Function); 15] = [
            ("exp", Arithmetic::exp),
            ("expm1", Arithmetic::expm1),
            ("sinh", Arithmetic::sinh),
            ("cosh", Arithmetic::cosh),
            ("tanh", Arithmetic::tanh),
            ("asinh", Arithmetic::asinh),
            ("atan", Arithmetic::atan),
            ("ln", Arithmetic::ln),
            ("log1p", Arithmetic::log1p),
            ("sin", Arithmetic::sin),
            ("cos", Arithmetic::cos),
            ("erf", Arithmetic::erf),
            ("erfc", Arithmetic::erfc),
            ("sqrt", |arithmetic, x| arithmetic.sqrt(x)),
            ("square", |arithmetic, x| arithmetic.square(x)),
        ];
        for precision in [128, 1024] {
            let mut arithmetic = Arithmetic::new(precision);
            for k in [120, 1_000, 20_000, 1_000_000, 1_000_000_000_000, 1 << 49] {
                for exponent in [k, -k] {
                    for (name, function) in functions {
                        let x = power_of_two(exponent);
                        let positive = function(&mut arithmetic, &Span::point(x.clone()));
                        let positive = positive.unwrap_or_else(|| panic!("{name} at 2^{exponent}"));
                        assert!(positive.low <= positive.high, "{name} at 2^{exponent}");
                        if ["ln", "log1p", "sqrt"].contains(&name) {
                            continue;
                        }
                        let negative = function(&mut arithmetic, &Span::point(-x));
                        assert!(negative.is_some(), "{name} at -2^{exponent}");
                        let wide = Span::new(power_of_two(-exponent.abs()), Big::infinity());
                        let image = function(&mut arithmetic, &wide);
                        assert!(image.is_none_or(|image| image.low <= image.high), "{name}");
                    }
                }
            }
        }
    }
}
