//! What must be proven of the arguments of a rule before it fires.

use crate::analysis::Fact;
use crate::number::Number;

/// A fact about the arguments that must be proven before a rule fires. Unknown means that it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The argument is never 0.
    NonZero(&'static str),
    /// The argument is always above 0.
    Positive(&'static str),
    /// The argument is never below 0.
    NonNegative(&'static str),
    /// The argument is never above 0.
    NonPositive(&'static str),
    /// The argument is always 0.
    Zero(&'static str),
    /// The argument is a literal.
    Literal(&'static str),
    /// The argument is an even whole number, and a literal.
    Even(&'static str),
    /// The argument is an odd whole number, and a literal.
    Odd(&'static str),
    /// The argument is never above the number.
    AtMost(&'static str, i32),
    /// The argument is never below the number.
    AtLeast(&'static str, i32),
    /// The first argument is never above the second.
    Ordered(&'static str, &'static str),
}

impl Guard {
    /// Whether the facts of what the names stand for prove the guard.
    pub(crate) fn holds<'a>(self, fact: impl Fn(&str) -> &'a Fact) -> bool {
        let interval = |name: &str| fact(name).interval;
        match self {
            Self::NonZero(a) => fact(a).nonzero,
            Self::Positive(a) => interval(a).low > 0.0 || interval(a).low == 0.0 && fact(a).nonzero,
            Self::NonNegative(a) => interval(a).low >= 0.0,
            Self::NonPositive(a) => interval(a).high <= 0.0,
            Self::Zero(a) => interval(a).low == 0.0 && interval(a).high == 0.0,
            Self::Literal(a) => fact(a).constant.is_some(),
            Self::Even(a) => fact(a).constant.as_ref().and_then(Number::is_even) == Some(true),
            Self::Odd(a) => fact(a).constant.as_ref().and_then(Number::is_even) == Some(false),
            Self::AtMost(a, bound) => interval(a).high <= f64::from(bound),
            Self::AtLeast(a, bound) => interval(a).low >= f64::from(bound),
            Self::Ordered(a, b) => interval(a).high <= interval(b).low,
        }
    }

    /// The guard as a formula, with `text` for its names.
    #[cfg(feature = "oracle")]
    pub(crate) fn text(self, text: impl Fn(&str) -> String) -> String {
        match self {
            Self::NonZero(a) => format!("{} is not 0", text(a)),
            Self::Positive(a) => format!("{} > 0", text(a)),
            Self::NonNegative(a) => format!("{} ≥ 0", text(a)),
            Self::NonPositive(a) => format!("{} ≤ 0", text(a)),
            Self::Zero(a) => format!("{} is 0", text(a)),
            Self::Literal(a) => format!("{} is a literal", text(a)),
            Self::Even(a) => format!("{} is even", text(a)),
            Self::Odd(a) => format!("{} is odd", text(a)),
            Self::AtMost(a, bound) => format!("{} ≤ {bound}", text(a)),
            Self::AtLeast(a, bound) => format!("{} ≥ {bound}", text(a)),
            Self::Ordered(a, b) => format!("{} ≤ {}", text(a), text(b)),
        }
    }

    /// The names that the guard is about.
    pub(crate) fn names(self) -> Vec<&'static str> {
        match self {
            Self::NonZero(a)
            | Self::Positive(a)
            | Self::NonNegative(a)
            | Self::NonPositive(a)
            | Self::Zero(a)
            | Self::Literal(a)
            | Self::Even(a)
            | Self::Odd(a)
            | Self::AtMost(a, _)
            | Self::AtLeast(a, _) => vec![a],
            Self::Ordered(a, b) => vec![a, b],
        }
    }
}

#[cfg(test)]
impl Guard {
    /// Whether the guard holds where the names of patterns have the values of `point`.
    pub(crate) fn holds_at(self, point: &[f64]) -> bool {
        let names = super::PATTERN_NAMES;
        let value = |name: &str| {
            point[names
                .iter()
                .position(|known| *known == name)
                .expect("a pattern name")]
        };
        match self {
            Self::NonZero(a) => value(a) != 0.0,
            Self::Positive(a) => value(a) > 0.0,
            Self::NonNegative(a) => value(a) >= 0.0,
            Self::NonPositive(a) => value(a) <= 0.0,
            Self::Zero(a) => value(a) == 0.0,
            Self::Literal(_) => true,
            Self::Even(a) => value(a) % 2.0 == 0.0,
            Self::Odd(a) => value(a).abs() % 2.0 == 1.0,
            Self::AtMost(a, bound) => value(a) <= f64::from(bound),
            Self::AtLeast(a, bound) => value(a) >= f64::from(bound),
            Self::Ordered(a, b) => value(a) <= value(b),
        }
    }
}
