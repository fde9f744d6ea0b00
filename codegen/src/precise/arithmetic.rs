//! Operations of arithmetic and of order over ranges.

use std::cmp::Ordering;

use super::range::{End, Range};
use super::span::{Arithmetic, Big, Span, power_of_two, whole};

pub(super) fn point(value: i64) -> Range {
    Range::point(whole(value))
}

/// The numbers between two whole numbers, with or without these.
pub(super) fn between(low: i64, high: i64, open_low: bool, open_high: bool) -> Range {
    let span = Span {
        low: whole(low),
        high: whole(high),
    };
    Range::between(span, open_low, open_high)
}

/// Whether a comparison holds: always, never, or neither is known.
pub(super) fn truth(always: bool, never: bool) -> Range {
    match (always, never) {
        (true, _) => point(1),
        (_, true) => point(0),
        _ => between(0, 1, false, false),
    }
}

pub(super) fn abs(x: &Range) -> Range {
    if x.is_not_negative() {
        x.clone()
    } else if x.is_not_positive() {
        x.negated()
    } else {
        let far = x.high.clone().outer(x.low.negated(), Ordering::Greater);
        Range::new(End::new(Big::zero(), false), far).without_zero(x.excludes_zero())
    }
}

pub(super) fn sign(x: &Range) -> Range {
    let low = if x.is_positive() {
        1
    } else if x.is_not_negative() {
        0
    } else {
        -1
    };
    let high = if x.is_negative() {
        -1
    } else if x.is_not_positive() {
        0
    } else {
        1
    };
    between(low, high, false, false).without_zero(x.excludes_zero())
}

pub(super) fn min(a: &Range, b: &Range) -> Range {
    max(&a.negated(), &b.negated()).negated()
}

pub(super) fn max(a: &Range, b: &Range) -> Range {
    // Neither is above the greater upper end, and to reach the greater lower one, the range that has it must.
    let low = match a.low.at.cmp(&b.low.at) {
        Ordering::Equal => End::new(a.low.at.clone(), a.low.open || b.low.open),
        Ordering::Greater => a.low.clone(),
        Ordering::Less => b.low.clone(),
    };
    let high = a.high.clone().outer(b.high.clone(), Ordering::Greater);
    let nonzero = a.excludes_zero() && b.excludes_zero() || a.is_positive() || b.is_positive();
    Range::new(low, high).without_zero(nonzero)
}

pub(super) fn add(arithmetic: &Arithmetic, a: &Range, b: &Range) -> Range {
    let Some(sum) = arithmetic.add(&a.span(), &b.span()) else {
        return Range::reals();
    };
    let range = Range::between(sum, a.low.open || b.low.open, a.high.open || b.high.open);
    // Of two values on one side of 0, one is away from it.
    let one_side =
        a.is_not_negative() && b.is_not_negative() || a.is_not_positive() && b.is_not_positive();
    range.without_zero(one_side && (a.excludes_zero() || b.excludes_zero()))
}

/// The smallest range around the values of an operation at the four corners.
fn corners(a: &Range, b: &Range, at: impl Fn(&End, &End) -> Option<Range>) -> Option<Range> {
    let ends = |range: &Range| match range.single() {
        Some(_) => vec![range.low.clone()],
        None => vec![range.low.clone(), range.high.clone()],
    };
    let mut hull: Option<Range> = None;
    for x in ends(a) {
        for y in ends(b) {
            let corner = at(&x, &y)?;
            hull = Some(hull.map_or_else(|| corner.clone(), |hull| hull.hull(&corner)));
        }
    }
    hull
}

pub(super) fn mul(arithmetic: &Arithmetic, a: &Range, b: &Range) -> Range {
    let product = corners(a, b, |x, y| {
        let zero = |end: &End| end.at == Big::zero();
        let span = |end: &End| Span::point(end.at.clone());
        let product = arithmetic.mul(&span(x), &span(y))?;
        // 0 times anything is 0, whether the other end is reached or not.
        let open = match (zero(x), zero(y)) {
            (true, true) => x.open && y.open,
            (true, false) => x.open,
            (false, true) => y.open,
            (false, false) => x.open || y.open,
        };
        Some(Range::ends(product, open))
    });
    let nonzero = a.excludes_zero() && b.excludes_zero();
    product.unwrap_or_else(Range::reals).without_zero(nonzero)
}

/// a/b, where b is not 0.
pub(super) fn div(arithmetic: &Arithmetic, a: &Range, b: &Range) -> Range {
    let nonzero = a.excludes_zero();
    if !b.is_positive() && !b.is_negative() {
        return Range::reals().without_zero(nonzero);
    }
    let negative = b.is_negative();
    let quotient = corners(a, b, |x, y| {
        let zero = Big::zero();
        let infinity = if (x.at < zero) != negative {
            Big::neg_infinity()
        } else {
            Big::infinity()
        };
        let nothing = Range::ends(Span::point(zero.clone()), true);
        let endless = Range::ends(Span::point(infinity), true);
        if x.at == zero {
            return Some(Range::ends(Span::point(zero), x.open));
        }
        Some(
            match (x.at.is_infinite(), y.at.is_infinite(), y.at == zero) {
                // Any ratio with that sign.
                (true, true, _) => nothing.hull(&endless),
                (true, false, _) | (false, false, true) => endless,
                (false, true, _) => nothing,
                (false, false, false) => {
                    let span = |end: &End| Span::point(end.at.clone());
                    let quotient = arithmetic.div(&span(x), &span(y))?;
                    Range::ends(quotient, x.open || y.open)
                }
            },
        )
    });
    quotient.unwrap_or_else(Range::reals).without_zero(nonzero)
}

/// aⁿ, where a is not 0 if n is negative.
pub(super) fn power(a: &mut Arithmetic, base: &Range, n: i32) -> Range {
    if n < 0 {
        let power = power_of(a, base, n.unsigned_abs());
        return div(a, &point(1), &power.without_zero(true));
    }
    power_of(a, base, n.unsigned_abs())
}

fn power_of(a: &mut Arithmetic, base: &Range, n: u32) -> Range {
    /// Larger exponents of two are not computed.
    const FAR: u64 = 1 << 20;
    let zero = Big::zero();
    if n == 0 {
        return point(1);
    }
    let (base, whole) = match n % 2 {
        0 => (abs(base), Range::not_negative()),
        _ => (base.clone(), Range::reals()),
    };
    let at = |end: &End| {
        if end.at.is_infinite() {
            return None;
        }
        // The number is below 2ᵉ in size, and at least half of that.
        let e = end.at.exponent() + end.at.digits() as isize;
        let exponent = i32::try_from(n).ok();
        if (e.unsigned_abs() as u64).saturating_mul(n.into()) < FAR || end.at == zero {
            return a.power(&Span::point(end.at.clone()), exponent?);
        }
        let size = match e > 0 {
            true => Span {
                low: Big::one(),
                high: Big::infinity(),
            },
            false => Span {
                low: zero.clone(),
                high: Big::one(),
            },
        };
        Some(if end.at < zero && n % 2 == 1 {
            size.neg()
        } else {
            size
        })
    };
    let low = at(&base.low).map_or(whole.low.clone(), |value| {
        End::new(value.low, base.low.open)
    });
    let high = at(&base.high).map_or(whole.high.clone(), |value| {
        End::new(value.high, base.high.open)
    });
    let power = Range::new(low, high).meet(&whole).unwrap_or(whole);
    power.without_zero(base.excludes_zero())
}

/// The range within those whose ends have exponents of ordinary size: others are left to infinity and 0.
pub(super) fn tamed(range: Range) -> Range {
    const FAR: isize = 1 << 20;
    let size = |at: &Big| at.exponent().saturating_add(at.digits() as isize);
    let wild = |at: &Big| !at.is_infinite() && *at != Big::zero() && size(at).abs() > FAR;
    if !wild(&range.low.at) && !wild(&range.high.at) {
        return range;
    }
    let nonzero = range.excludes_zero();
    // Outward: up to the next of −∞, −2^FAR, −2^−FAR, 0 and so on.
    let outward = |at: &Big, up: bool| {
        let negative = *at < Big::zero();
        let grows = negative != up;
        let bound = match (size(at) > 0, grows) {
            (true, true) => Big::infinity(),
            (true, false) => power_of_two(FAR - 1),
            (false, true) => power_of_two(-FAR + 1),
            (false, false) => Big::zero(),
        };
        if negative { -bound } else { bound }
    };
    let end = |end: &End, up: bool| match wild(&end.at) {
        true => End::new(outward(&end.at, up), true),
        false => end.clone(),
    };
    Range::new(end(&range.low, false), end(&range.high, true)).without_zero(nonzero)
}
