//! Functions that rise and fall: by their extrema, or by how steep they are.

use std::cmp::Ordering;

use super::at;
use super::at::Function;
use super::range::{End, Range};
use super::span::{Arithmetic, Big, Span, power_of_two};

/// Arguments of sines above two to this power are told apart by their slope alone.
const FAR: isize = 40;

/// sin over a range, and cos, which is the sine a quarter of a turn further.
pub(super) fn sine(arithmetic: &mut Arithmetic, x: &Range) -> Range {
    extrema(arithmetic, x, at::sin, true)
}

pub(super) fn cosine(arithmetic: &mut Arithmetic, x: &Range) -> Range {
    extrema(arithmetic, x, at::cos, false)
}

/// A sine or cosine: whole numbers n of half turns, a quarter further for the sine, are where it is (−1)ⁿ.
fn extrema(arithmetic: &mut Arithmetic, x: &Range, f: Function, sine: bool) -> Range {
    let whole = unit();
    let near = |end: &Big| *end == Big::zero() || end.exponent() + end.digits() as isize <= FAR;
    if !x.is_bounded() || x.single().is_some() || !near(&x.low.at) || !near(&x.high.at) {
        return steep(arithmetic, x, f, Big::one(), &whole);
    }
    let Some([first, last]) = half_turns(arithmetic, x, sine) else {
        return steep(arithmetic, x, f, Big::one(), &whole);
    };
    if last - first >= 2 {
        return whole;
    }
    let Some(mut image) = ends(arithmetic, x, f) else {
        return whole;
    };
    for n in first..=last {
        let extremum = if n % 2 == 0 { Big::one() } else { -Big::one() };
        image = image.hull(&Range::point(extremum));
    }
    image.meet(&whole).unwrap_or(whole)
}

/// The first and the last whole number n for which an extremum may lie in the range; the last is below the first if none does.
fn half_turns(arithmetic: &mut Arithmetic, x: &Range, sine: bool) -> Option<[i64; 2]> {
    let pi = arithmetic.pi()?;
    let quarter = Span::point(if sine { power_of_two(-1) } else { Big::zero() });
    let turns = arithmetic.sub(&arithmetic.div(&x.span(), &pi)?, &quarter)?;
    Some([-floor(&-turns.low)?, floor(&turns.high)?])
}

/// The largest whole number that is not above a number below 2⁶².
fn floor(value: &Big) -> Option<i64> {
    if *value == Big::zero() {
        return Some(0);
    }
    let (digits, exponent) = value.clone().into_parts();
    let whole = match usize::try_from(exponent) {
        Ok(shift) if shift < 62 => digits << shift,
        Ok(_) => return None,
        Err(_) => digits >> exponent.unsigned_abs(),
    };
    i64::try_from(whole).ok()
}

/// The values at both ends and what lies between these.
fn ends(arithmetic: &mut Arithmetic, x: &Range, f: Function) -> Option<Range> {
    let mut at = |end: &End| {
        let value = f(arithmetic, &Span::point(end.at.clone()))?;
        Some(Range::between(value, end.open, end.open))
    };
    let (low, high) = (at(&x.low)?, at(&x.high)?);
    let lowest = low.low.clone().outer(high.low.clone(), Ordering::Less);
    let highest = low.high.outer(high.high, Ordering::Greater);
    Some(Range::new(lowest, highest))
}

/// From −1 to 1.
fn unit() -> Range {
    Range::closed(Span {
        low: -Big::one(),
        high: Big::one(),
    })
}

/// A function whose slope is nowhere above `slope` in size: its value in the middle, and as far as that leads from there.
pub(super) fn steep(
    arithmetic: &mut Arithmetic,
    x: &Range,
    f: Function,
    slope: Big,
    whole: &Range,
) -> Range {
    let image = (|| {
        if !x.is_bounded() {
            return None;
        }
        if let Some(point) = x.single() {
            return f(arithmetic, &Span::point(point.clone()));
        }
        let (low, high) = (
            Span::point(x.low.at.clone()),
            Span::point(x.high.at.clone()),
        );
        let width = arithmetic.sub(&high, &low)?;
        if width.low > power_of_two(2) {
            return None;
        }
        let sum = arithmetic.add(&low, &high)?;
        let middle = arithmetic.mul(&sum, &Span::point(power_of_two(-1)))?.low;
        let middle = Span::point(middle);
        let value = f(arithmetic, &middle)?;
        let reach = arithmetic
            .sub(&middle, &low)?
            .max(&arithmetic.sub(&high, &middle)?);
        let reach = arithmetic.mul(&reach, &Span::point(slope))?.high;
        let reach = Span {
            low: -reach.clone(),
            high: reach,
        };
        arithmetic.add(&value, &reach)
    })();
    let image = image.and_then(|image| Range::closed(image).meet(whole));
    image.unwrap_or_else(|| whole.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::precise::span::{from_f64, whole};

    fn over(f: fn(&mut Arithmetic, &Range) -> Range, low: f64, high: f64) -> (f64, f64) {
        let span = Span {
            low: from_f64(low),
            high: from_f64(high),
        };
        let image = f(&mut Arithmetic::new(64), &Range::closed(span));
        (
            image.low.at.to_f64().value(),
            image.high.at.to_f64().value(),
        )
    }

    #[test]
    fn floors_round_down() {
        for (value, expected) in [
            (2.5, 2),
            (-2.5, -3),
            (0.0, 0),
            (-4.0, -4),
            (0.25, 0),
            (-0.25, -1),
        ] {
            assert_eq!(floor(&from_f64(value)), Some(expected), "{value}");
        }
        assert_eq!(floor(&whole(1 << 40)), Some(1 << 40));
        assert_eq!(floor(&power_of_two(70)), None);
    }

    #[test]
    fn sines_take_their_extrema_where_they_lie_inside() {
        let close = |found: (f64, f64), low: f64, high: f64| {
            let near = |a: f64, b: f64| (a - b).abs() < 1e-15;
            assert!(
                near(found.0, low) && near(found.1, high),
                "{found:?}, not {low}, {high}"
            );
        };
        close(over(sine, 0.0, 3.0), 0.0, 1.0);
        close(over(sine, 0.25, 1.5), 0.25f64.sin(), 1.5f64.sin());
        close(over(sine, 2.0, 4.0), 4f64.sin(), 2f64.sin());
        close(over(sine, 4.0, 5.0), -1.0, 4f64.sin());
        close(over(sine, -2.0, 2.0), -1.0, 1.0);
        close(over(sine, -100.0, 100.0), -1.0, 1.0);
        close(over(cosine, -0.5, 0.25), 0.5f64.cos(), 1.0);
        close(over(cosine, 3.0, 3.5), -1.0, 3.5f64.cos());
        close(
            over(cosine, 1e6, 1e6 + 0.25),
            1e6f64.cos().min((1e6f64 + 0.25).cos()),
            1e6f64.cos().max((1e6f64 + 0.25).cos()),
        );
    }
}
