//! Where a formula is looked at: the interval of each variable.

use super::interval::Interval;
use crate::ir::Dag;
use crate::number::Number;

/// The values that variables take, by name. A variable that is not named takes every finite real value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Region {
    bounds: Vec<(String, Span)>,
    /// Functions that are nowhere 0: points at which one is are left out.
    nonzero: Vec<Dag>,
}

/// The values of one variable.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Span {
    /// Holds them all.
    pub interval: Interval,
    /// The exact lower end, if there is one.
    pub low: Option<Number>,
    /// The exact upper end, if there is one.
    pub high: Option<Number>,
}

impl Span {
    /// Whether all of the interval is among the values.
    pub(crate) fn covers(&self, interval: Interval) -> bool {
        let holds = |end: f64| Number::from_f64(end).is_some_and(|number| self.holds(&number));
        holds(interval.low.next_down()) && holds(interval.high.next_up())
            || self.interval == Interval::REALS
            || interval.single().is_some_and(holds)
    }

    const REALS: Self = Self {
        interval: Interval::REALS,
        low: None,
        high: None,
    };

    /// Whether the number is among the values.
    pub(crate) fn holds(&self, number: &Number) -> bool {
        self.low.as_ref().is_none_or(|low| low <= number)
            && self.high.as_ref().is_none_or(|high| number <= high)
    }
}

impl Region {
    /// The same region with `name` between `low` and `high`, both included; `None` stands for no bound.
    ///
    /// # Errors
    /// If no value lies between the bounds.
    pub fn with(
        mut self,
        name: &str,
        low: Option<&Number>,
        high: Option<&Number>,
    ) -> Result<Self, Box<EmptyInterval>> {
        if let (Some(low), Some(high)) = (low, high)
            && low > high
        {
            return Err(Box::new(EmptyInterval {
                name: name.to_owned(),
                low: low.clone(),
                high: high.clone(),
            }));
        }
        let bound = |end: Option<&Number>, none: f64, pick: fn(Interval) -> f64| {
            end.map_or(none, |number| pick(Interval::exactly(number)))
        };
        let interval = Interval {
            low: bound(low, f64::NEG_INFINITY, |i| i.low),
            high: bound(high, f64::INFINITY, |i| i.high),
        };
        self.bounds.retain(|(known, _)| known != name);
        let span = Span {
            interval,
            low: low.cloned(),
            high: high.cloned(),
        };
        self.bounds.push((name.to_owned(), span));
        Ok(self)
    }

    /// The same region without the points at which one of `functions` is 0, smaller graphs first.
    pub(crate) fn without_zeros_of(&self, functions: Vec<Dag>) -> Self {
        Self {
            nonzero: functions,
            ..self.clone()
        }
    }

    /// The functions whose zeros are left out.
    pub(crate) fn nonzero(&self) -> &[Dag] {
        &self.nonzero
    }

    /// The interval of the variable `name`.
    pub fn interval(&self, name: &str) -> Interval {
        let bound = self.bounds.iter().find(|(known, _)| known == name);
        bound.map_or(Interval::REALS, |(_, span)| span.interval)
    }

    /// The exact ends of the variable `name`, where it has them.
    pub fn ends(&self, name: &str) -> (Option<&Number>, Option<&Number>) {
        let bound = self.bounds.iter().find(|(known, _)| known == name);
        bound.map_or((None, None), |(_, span)| {
            (span.low.as_ref(), span.high.as_ref())
        })
    }

    /// Whether every one of `variables` takes more than one value.
    pub fn is_open(&self, variables: &[String]) -> bool {
        variables.iter().all(|name| match self.ends(name) {
            (Some(low), Some(high)) => low < high,
            _ => true,
        })
    }

    /// The names that have bounds.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.bounds.iter().map(|(name, _)| name.as_str())
    }

    /// The exact values of `variables`, in their order.
    pub(crate) fn spans(&self, variables: &[String]) -> Vec<Span> {
        let bound = |name: &String| self.bounds.iter().find(|(known, _)| known == name);
        let span = |name| bound(name).map_or(Span::REALS, |(_, span)| span.clone());
        variables.iter().map(span).collect()
    }

    /// The intervals of `variables`, in their order.
    pub fn intervals(&self, variables: &[String]) -> Vec<Interval> {
        variables.iter().map(|name| self.interval(name)).collect()
    }
}

/// Bounds that no value lies between.
#[derive(Clone, Debug, PartialEq)]
pub struct EmptyInterval {
    /// The variable.
    pub name: String,
    /// The lower bound.
    pub low: Number,
    /// The upper bound, which is below it.
    pub high: Number,
}

impl std::fmt::Display for EmptyInterval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, low, high } = self;
        write!(
            f,
            "no value of `{name}` lies between {low} and {high}; write the smaller bound first"
        )
    }
}

impl std::error::Error for EmptyInterval {}
