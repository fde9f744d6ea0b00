//! Functions of one argument by the pieces on which they only rise or only fall.

use std::cmp::Ordering;

use super::at::Function;
use super::range::{End, Range};
use super::span::{Arithmetic, Big, Span, from_f64};

/// A function that falls to its least value and rises after it, and is 0 at 0 and far to the left.
pub(super) struct Valley {
    /// The least value is taken between these.
    pub(super) at: [f64; 2],
    /// Lies below the least value, by no more than 10⁻¹¹.
    pub(super) floor: f64,
    /// Whether the function has the sign of its argument, and not 0 for some of them.
    pub(super) strict: bool,
}

/// Which way a function goes.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Up,
    Down,
}

/// The image of a monotone function. All its values lie in `whole`, whose ends it comes close to where `x` has no end.
fn monotone(a: &mut Arithmetic, x: &Range, f: Function, whole: &Range, way: Way) -> Range {
    let mut at = |end: &End| match end.at.is_infinite() {
        true => None,
        false => f(a, &Span::point(end.at.clone())),
    };
    let (first, last) = match way {
        Way::Up => (&x.low, &x.high),
        Way::Down => (&x.high, &x.low),
    };
    let lowest = at(first);
    let highest = if x.single().is_some() {
        lowest.clone()
    } else {
        at(last)
    };
    let low = lowest.map_or_else(
        || whole.low.clone(),
        |value| End::new(value.low, first.open),
    );
    let high = highest.map_or_else(
        || whole.high.clone(),
        |value| End::new(value.high, last.open),
    );
    let image = Range::new(low, high).meet(whole);
    image.unwrap_or_else(|| whole.clone())
}

pub(super) fn rising(a: &mut Arithmetic, x: &Range, f: Function, whole: &Range) -> Range {
    monotone(a, x, f, whole, Way::Up)
}

pub(super) fn falling(a: &mut Arithmetic, x: &Range, f: Function, whole: &Range) -> Range {
    monotone(a, x, f, whole, Way::Down)
}

/// The same for a strictly rising function that is `centre` at 0: on which side of that its values lie, no digits need tell.
pub(super) fn rising_from(
    a: &mut Arithmetic,
    x: &Range,
    f: Function,
    whole: &Range,
    centre: Big,
) -> Range {
    let whole = side(x, centre).meet(whole).unwrap_or_else(|| whole.clone());
    monotone(a, x, f, &whole, Way::Up)
}

pub(super) fn falling_from(
    a: &mut Arithmetic,
    x: &Range,
    f: Function,
    whole: &Range,
    centre: Big,
) -> Range {
    let near = side(&x.negated(), centre).meet(whole);
    let whole = near.unwrap_or_else(|| whole.clone());
    monotone(a, x, f, &whole, Way::Down)
}

/// Where the values of a strictly rising function lie that is `centre` at 0.
fn side(x: &Range, centre: Big) -> Range {
    let nonzero = centre == Big::zero() && x.excludes_zero();
    let (below, above) = (Big::neg_infinity(), Big::infinity());
    let range = if x.is_not_negative() {
        Range::new(End::new(centre, x.excludes_zero()), End::new(above, true))
    } else if x.is_not_positive() {
        Range::new(End::new(below, true), End::new(centre, x.excludes_zero()))
    } else {
        Range::reals()
    };
    range.without_zero(nonzero)
}

/// The image of a function that falls and then rises.
pub(super) fn valley(a: &mut Arithmetic, x: &Range, f: Function, valley: &Valley) -> Range {
    let [left, right] = valley.at.map(from_f64);
    let floor = End::new(from_f64(valley.floor), false);
    let top = |at: Big| End::new(at, valley.strict);
    let mut signed = side(x, Big::zero());
    if !valley.strict {
        signed = Range::closed(signed.span());
    }
    let image = if x.high.at <= left {
        falling(a, x, f, &Range::new(floor, top(Big::zero())))
    } else if x.low.at >= right {
        rising(a, x, f, &Range::new(floor, top(Big::infinity())))
    } else {
        let mut at = |end: &End| match end.at.is_infinite() {
            true if end.at < Big::zero() => top(Big::zero()),
            true => top(Big::infinity()),
            false => match f(a, &Span::point(end.at.clone())) {
                Some(value) => End::new(value.high, end.open),
                None => top(Big::infinity()),
            },
        };
        let (one, other) = (at(&x.low), at(&x.high));
        Range::new(floor, one.outer(other, Ordering::Greater))
    };
    image.meet(&signed).unwrap_or(image)
}

/// A function that is x above 0 and up to 0 goes by `below`, which is 0 at 0.
pub(super) fn rectified(x: &Range, below: impl FnOnce(&Range) -> Range) -> Range {
    let above = x.meet(&Range::not_negative());
    let below = x.meet(&Range::below(Big::zero())).map(|x| below(&x));
    match (below, above) {
        (Some(below), Some(above)) => below.join(&above),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => Range::reals(),
    }
}
