//! Where a formula is looked at: the interval of each variable.

use super::interval::Interval;
use crate::number::Number;

/// The values that variables take, by name. A variable that is not named takes every finite real value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Region {
    bounds: Vec<(String, Interval)>,
}

impl Region {
    /// The same region with `name` between `low` and `high`, both included; `None` stands for no bound.
    ///
    /// # Errors
    /// If no value lies between the bounds.
    pub fn with(
        self,
        name: &str,
        low: Option<&Number>,
        high: Option<&Number>,
    ) -> Result<Self, EmptyInterval> {
        if let (Some(low), Some(high)) = (low, high)
            && low > high
        {
            return Err(EmptyInterval {
                name: name.to_owned(),
                low: low.clone(),
                high: high.clone(),
            });
        }
        let bound = |end: Option<&Number>, none: f64, pick: fn(Interval) -> f64| {
            end.map_or(none, |number| pick(Interval::exactly(number)))
        };
        let interval = Interval {
            low: bound(low, f64::NEG_INFINITY, |i| i.low),
            high: bound(high, f64::INFINITY, |i| i.high),
        };
        Ok(self.within(name, interval))
    }

    /// The same region with `name` in `interval`.
    pub(crate) fn within(mut self, name: &str, interval: Interval) -> Self {
        self.bounds.retain(|(known, _)| known != name);
        self.bounds.push((name.to_owned(), interval));
        self
    }

    /// The interval of the variable `name`.
    pub fn interval(&self, name: &str) -> Interval {
        let bound = self.bounds.iter().find(|(known, _)| known == name);
        bound.map_or(Interval::REALS, |(_, interval)| *interval)
    }

    /// Whether every one of `variables` takes more than one value.
    pub fn is_open(&self, variables: &[String]) -> bool {
        self.intervals(variables)
            .iter()
            .all(|interval| interval.low < interval.high)
    }

    /// The names that have bounds.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.bounds.iter().map(|(name, _)| name.as_str())
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
