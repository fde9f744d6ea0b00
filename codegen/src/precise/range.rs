//! Ranges of real numbers whose ends may be left out.

use std::cmp::Ordering;

use super::span::{Big, Span, from_f64, whole};

/// The real numbers between two ends. Infinite ends are always left out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Range {
    pub(super) low: End,
    pub(super) high: End,
    /// Whether 0 is left out as well.
    nonzero: bool,
}

/// One end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct End {
    pub(super) at: Big,
    /// Whether it is surely no value. If not, it may be one.
    pub(super) open: bool,
}

impl End {
    pub(super) fn new(at: Big, open: bool) -> Self {
        let open = open || at.is_infinite();
        // One 0, without a sign.
        let at = if at == Big::zero() { Big::zero() } else { at };
        Self { at, open }
    }

    pub(super) fn negated(&self) -> Self {
        Self::new(-self.at.clone(), self.open)
    }

    /// Of two ends at one point, the one that leaves more in.
    pub(super) fn outer(self, other: Self, wanted: Ordering) -> Self {
        match self.at.cmp(&other.at) {
            Ordering::Equal => Self::new(self.at, self.open && other.open),
            order if order == wanted => self,
            _ => other,
        }
    }

    /// Of two ends at one point, the one that leaves less in.
    pub(super) fn inner(self, other: Self, wanted: Ordering) -> Self {
        match self.at.cmp(&other.at) {
            Ordering::Equal => Self::new(self.at, self.open || other.open),
            order if order == wanted => self,
            _ => other,
        }
    }
}

impl Range {
    pub(super) fn new(low: End, high: End) -> Self {
        Self {
            low,
            high,
            nonzero: false,
        }
    }

    /// Every real number.
    pub(crate) fn reals() -> Self {
        Self::between(Span::reals(), true, true)
    }

    /// What a span holds, with or without its ends.
    pub(super) fn between(span: Span, open_low: bool, open_high: bool) -> Self {
        Self::new(End::new(span.low, open_low), End::new(span.high, open_high))
    }

    /// What a span holds.
    pub(super) fn closed(span: Span) -> Self {
        Self::between(span, false, false)
    }

    /// What a span holds, with or without both of its ends.
    pub(super) fn ends(span: Span, open: bool) -> Self {
        Self::between(span, open, open)
    }

    /// A whole number.
    pub(crate) fn whole(value: i32) -> Self {
        Self::point(whole(value.into()))
    }

    /// From the least of one range to the greatest of another; without an end where there is no range.
    pub(crate) fn from_ends(low: Option<&Self>, high: Option<&Self>) -> Self {
        let end = |end: Option<Big>, none: Big| End::new(end.unwrap_or(none), false);
        Self::new(
            end(low.map(|range| range.low.at.clone()), Big::neg_infinity()),
            end(high.map(|range| range.high.at.clone()), Big::infinity()),
        )
    }

    /// One number.
    pub(super) fn point(value: Big) -> Self {
        Self::closed(Span::point(value))
    }

    /// All numbers that are not below 0.
    pub(super) fn not_negative() -> Self {
        Self::new(
            End::new(Big::zero(), false),
            End::new(Big::infinity(), true),
        )
    }

    /// All numbers above a number.
    pub(super) fn above(value: Big) -> Self {
        Self::new(End::new(value, true), End::new(Big::infinity(), true))
    }

    /// All numbers below a number.
    pub(super) fn below(value: Big) -> Self {
        Self::new(End::new(Big::neg_infinity(), true), End::new(value, true))
    }

    /// The same without 0, if so told.
    pub(crate) fn without_zero(mut self, nonzero: bool) -> Self {
        self.nonzero |= nonzero;
        if self.nonzero {
            for end in [&mut self.low, &mut self.high] {
                end.open |= end.at == Big::zero();
            }
        }
        self
    }

    /// The span from end to end.
    pub(crate) fn span(&self) -> Span {
        Span {
            low: self.low.at.clone(),
            high: self.high.at.clone(),
        }
    }

    /// The number, if there is only one.
    pub(super) fn single(&self) -> Option<&Big> {
        (self.low.at == self.high.at).then_some(&self.low.at)
    }

    /// Whether both ends are numbers.
    pub(super) fn is_bounded(&self) -> bool {
        !self.low.at.is_infinite() && !self.high.at.is_infinite()
    }

    /// Whether no number is left: the ends are out of order, or one number is left out.
    pub(super) fn is_empty(&self) -> bool {
        match self.low.at.cmp(&self.high.at) {
            Ordering::Less => false,
            Ordering::Equal => {
                self.low.open || self.high.open || self.nonzero && self.low.at == Big::zero()
            }
            Ordering::Greater => true,
        }
    }

    /// Whether every number is above 0.
    pub(crate) fn is_positive(&self) -> bool {
        self.is_above(&Big::zero()) || self.is_not_negative() && self.nonzero
    }

    /// Whether every number is below 0.
    pub(crate) fn is_negative(&self) -> bool {
        self.is_below(&Big::zero()) || self.is_not_positive() && self.nonzero
    }

    /// Whether no number is below 0.
    pub(crate) fn is_not_negative(&self) -> bool {
        self.low.at >= Big::zero()
    }

    /// Whether no number is above 0.
    pub(crate) fn is_not_positive(&self) -> bool {
        self.high.at <= Big::zero()
    }

    /// Whether 0 is no value.
    pub(crate) fn excludes_zero(&self) -> bool {
        self.nonzero || self.is_positive() || self.is_negative()
    }

    /// Whether 0 is the only value.
    pub(crate) fn is_zero(&self) -> bool {
        self.single().is_some_and(|value| *value == Big::zero())
    }

    pub(super) fn is_above(&self, value: &Big) -> bool {
        self.low.at > *value || self.low.at == *value && self.low.open
    }

    pub(super) fn is_below(&self, value: &Big) -> bool {
        self.high.at < *value || self.high.at == *value && self.high.open
    }

    /// Whether no number is above any of `other`.
    pub(crate) fn is_at_most(&self, other: &Self) -> bool {
        self.high.at <= other.low.at
    }

    /// Whether every number is below all of `other`.
    pub(crate) fn is_less_than(&self, other: &Self) -> bool {
        let touch = self.high.at == other.low.at && (self.high.open || other.low.open);
        self.high.at < other.low.at || touch
    }

    /// Whether no number is in both.
    pub(crate) fn misses(&self, other: &Self) -> bool {
        self.is_less_than(other)
            || other.is_less_than(self)
            || self.is_zero() && other.excludes_zero()
            || other.is_zero() && self.excludes_zero()
    }

    /// What both hold; nothing if they have no number in common.
    pub(crate) fn meet(&self, other: &Self) -> Option<Self> {
        let low = self.low.clone().inner(other.low.clone(), Ordering::Greater);
        let high = self.high.clone().inner(other.high.clone(), Ordering::Less);
        let both = Self::new(low, high).without_zero(self.nonzero || other.nonzero);
        (!both.is_empty()).then_some(both)
    }

    /// Holds what either does, if every value is in one of them.
    pub(crate) fn join(&self, other: &Self) -> Self {
        self.hull(other)
            .without_zero(self.excludes_zero() && other.excludes_zero())
    }

    /// Holds what either does, and all that lies between.
    pub(super) fn hull(&self, other: &Self) -> Self {
        let low = self.low.clone().outer(other.low.clone(), Ordering::Less);
        let high = self
            .high
            .clone()
            .outer(other.high.clone(), Ordering::Greater);
        Self::new(low, high)
    }

    /// What is known of a number in the range, as the rest of a sentence about it, its ends rounded outward to f64.
    pub(crate) fn describe(&self) -> String {
        let [low, high] = [rounded(&self.low.at, false), rounded(&self.high.at, true)];
        let (least, most) = (
            if self.low.open { "above" } else { "at least" },
            if self.high.open { "below" } else { "at most" },
        );
        let never = match self.nonzero && !self.is_positive() && !self.is_negative() {
            true => " and never 0",
            false => "",
        };
        match (low.is_finite(), high.is_finite()) {
            (true, true) if self.low.open || self.high.open => {
                format!("is {least} {low} and {most} {high}{never}")
            }
            (true, true) => format!("lies in [{low}, {high}]{never}"),
            (true, false) => format!("is {least} {low}{never}"),
            (false, true) => format!("is {most} {high}{never}"),
            (false, false) if self.nonzero => "is never 0".to_owned(),
            (false, false) => "is any number".to_owned(),
        }
    }

    /// The numbers with the other sign.
    pub(super) fn negated(&self) -> Self {
        Self::new(self.high.negated(), self.low.negated()).without_zero(self.nonzero)
    }
}

/// The next f64 up or down.
fn rounded(end: &Big, up: bool) -> f64 {
    if end.is_infinite() {
        return if up { f64::INFINITY } else { f64::NEG_INFINITY };
    }
    let near = end.to_f64().value();
    if !near.is_finite() {
        return match (near > 0.0, up) {
            (true, false) => f64::MAX,
            (false, true) => f64::MIN,
            _ => near,
        };
    }
    match from_f64(near).cmp(end) {
        Ordering::Less if up => near.next_up(),
        Ordering::Greater if !up => near.next_down(),
        _ => near,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(low: i64, open_low: bool, high: i64, open_high: bool) -> Range {
        let span = Span {
            low: whole(low),
            high: whole(high),
        };
        Range::between(span, open_low, open_high)
    }

    #[test]
    fn ends_that_are_left_out_count() {
        let (open, closed) = (range(0, true, 1, false), range(0, false, 1, false));
        assert!(open.is_positive() && !closed.is_positive() && closed.is_not_negative());
        assert!(open.negated().is_negative() && open.excludes_zero() && !closed.excludes_zero());
        let above = range(1, true, 2, false);
        assert!(closed.is_less_than(&above) && closed.misses(&above));
        assert!(closed.is_at_most(&range(1, false, 2, false)));
        assert!(!closed.is_less_than(&range(1, false, 2, false)));
        assert_eq!(closed.meet(&above), None);
        assert_eq!(open.join(&closed), closed);
        assert_eq!(
            open.join(&range(-1, false, 0, true)),
            range(-1, false, 1, false).without_zero(true)
        );
        assert!(closed.clone().without_zero(true).is_positive());
        assert_eq!(range(0, false, 0, false).meet(&open), None);
        assert!(
            range(-1, false, 1, false)
                .without_zero(true)
                .misses(&range(0, false, 0, false))
        );
    }
}
