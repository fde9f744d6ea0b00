//! Where a front is looked at: an interval of the input, and how often each part of it occurs.

use std::fmt;

use crate::analysis::{EmptyInterval, Interval, Region};
use crate::number::Number;

/// How often inputs occur.
#[derive(Clone, Debug, PartialEq)]
enum Frequency {
    /// Every input of the interval alike: the largest difference is what counts.
    Unknown,
    /// Normally distributed around 0, with this standard deviation.
    Normal(f64),
    /// The edges of bins, and how many inputs were in each.
    Histogram(Vec<f64>, Vec<f64>),
}

/// A bounded interval of the input `x`, with what is known of how inputs are distributed in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Domain {
    low: Number,
    high: Number,
    frequency: Frequency,
}

/// Why there is no such domain.
#[derive(Clone, Debug, PartialEq)]
pub enum DomainError {
    /// The lower end is above the upper one.
    Empty(Box<EmptyInterval>),
    /// Both ends are one number.
    Point(Number),
    /// The ends are too far apart, or too close, for f64.
    Extreme,
    /// The standard deviation is not a positive number.
    Deviation(f64),
    /// The histogram is none: why.
    Histogram(String),
}

impl fmt::Display for DomainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(error) => error.fmt(f),
            Self::Point(number) => write!(
                f,
                "`x` has the single value {number}; give an interval, such as -8 to 8"
            ),
            Self::Extreme => f.write_str(
                "the ends of the interval are too far apart or too close; give one of ordinary size, such as -8 to 8",
            ),
            Self::Deviation(sigma) => write!(
                f,
                "a standard deviation of {sigma} is not possible; give a positive number, such as 1"
            ),
            Self::Histogram(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for DomainError {}

/// How many standard deviations to each side a normal distribution is looked at: beyond lie 10⁻¹⁵ of it.
const DEVIATIONS: f64 = 8.0;
/// Steps of the trapezoidal rule for mean squares.
const STEPS: usize = 4_000;

impl Default for Domain {
    /// From −8 to 8.
    fn default() -> Self {
        Self {
            low: Number::from(-8),
            high: Number::from(8),
            frequency: Frequency::Unknown,
        }
    }
}

impl Domain {
    /// The numbers from `low` to `high`.
    ///
    /// # Errors
    /// If these are no interval, or none that f64 can divide.
    pub fn between(low: &Number, high: &Number) -> Result<Self, DomainError> {
        // The message is that of every command.
        Region::default()
            .with("x", Some(low), Some(high))
            .map_err(DomainError::Empty)?;
        if low == high {
            return Err(DomainError::Point(low.clone()));
        }
        let (a, b) = (low.to_f64(), high.to_f64());
        let size = a.abs().max(b.abs());
        if size > 1e30 || b - a < 1e-9 * size || b - a < 1e-30 {
            return Err(DomainError::Extreme);
        }
        Ok(Self {
            low: low.clone(),
            high: high.clone(),
            frequency: Frequency::Unknown,
        })
    }

    /// Inputs normally distributed around 0, up to eight standard deviations to each side.
    ///
    /// # Errors
    /// If the standard deviation is not a positive number of ordinary size.
    pub fn normal(sigma: f64) -> Result<Self, DomainError> {
        let end = Number::from_f64(DEVIATIONS * sigma).filter(|_| sigma > 0.0);
        let end = end.ok_or(DomainError::Deviation(sigma))?;
        Ok(Self {
            frequency: Frequency::Normal(sigma),
            ..Self::between(&end.neg(), &end)?
        })
    }

    /// Inputs that were counted: `counts[i]` of them between `edges[i]` and `edges[i + 1]`. Bins without inputs at both ends are left out.
    ///
    /// # Errors
    /// If these are no edges and counts of a histogram.
    pub fn histogram(edges: &[f64], counts: &[f64]) -> Result<Self, DomainError> {
        let wrong = |reason: String| Err(DomainError::Histogram(reason));
        if edges.len() != counts.len() + 1 || counts.is_empty() {
            return wrong(format!(
                "a histogram has one edge more than counts: these are {} edges and {} counts",
                edges.len(),
                counts.len()
            ));
        }
        if let Some(edge) = edges.iter().find(|edge| !edge.is_finite()) {
            return wrong(format!("an edge is {edge}; edges are finite numbers"));
        }
        if let Some(pair) = edges.windows(2).find(|pair| pair[0] >= pair[1]) {
            return wrong(format!(
                "the edge {} follows {}; edges rise from one to the next",
                pair[1], pair[0]
            ));
        }
        let valid = |count: &&f64| !(count.is_finite() && **count >= 0.0);
        if let Some(count) = counts.iter().find(valid) {
            return wrong(format!("a count is {count}; counts are 0 or more"));
        }
        let hit = |count: &f64| *count > 0.0;
        let (Some(first), Some(last)) = (counts.iter().position(hit), counts.iter().rposition(hit))
        else {
            return wrong("all counts are 0; count at least one input".to_owned());
        };
        let (edges, counts) = (&edges[first..=last + 1], &counts[first..=last]);
        let [low, high] = [edges[0], edges[edges.len() - 1]].map(Number::from_f64);
        let (low, high) = low.zip(high).ok_or(DomainError::Extreme)?;
        Ok(Self {
            frequency: Frequency::Histogram(edges.to_vec(), counts.to_vec()),
            ..Self::between(&low, &high)?
        })
    }

    /// The lower and the upper end.
    pub fn ends(&self) -> (&Number, &Number) {
        (&self.low, &self.high)
    }

    /// Whether it is known how inputs are distributed.
    pub fn is_weighted(&self) -> bool {
        self.frequency != Frequency::Unknown
    }

    /// The region of the variable `x` that the domain is.
    pub fn region(&self) -> Region {
        let region = Region::default().with("x", Some(&self.low), Some(&self.high));
        region.unwrap_or_default()
    }

    /// The interval, rounded outward.
    pub(super) fn interval(&self) -> Interval {
        let [low, high] = [&self.low, &self.high].map(Interval::exactly);
        Interval {
            low: low.low,
            high: high.high,
        }
    }

    /// So many points from end to end, at equal distances.
    pub(super) fn points(&self, count: usize) -> Vec<f64> {
        let (low, high) = (self.low.to_f64(), self.high.to_f64());
        let at = |index: usize| {
            let share = index as f64 / (count - 1) as f64;
            (low + share * (high - low)).clamp(low, high)
        };
        (0..count).map(at).collect()
    }

    /// How often inputs near a point occur, up to a factor.
    pub(super) fn density(&self, x: f64) -> f64 {
        match &self.frequency {
            Frequency::Unknown => 1.0,
            Frequency::Normal(sigma) => libm::exp(-0.5 * (x / sigma) * (x / sigma)),
            Frequency::Histogram(edges, counts) => {
                let after = edges.partition_point(|&edge| edge <= x);
                let bin = after.clamp(1, counts.len()) - 1;
                counts[bin] / (edges[bin + 1] - edges[bin])
            }
        }
    }

    /// The root of the mean square of a function of inputs so distributed, computed by the trapezoidal rule; `None` where nothing is
    /// known of how they are.
    pub(super) fn root_mean_square(&self, values: impl Fn(&[f64]) -> Vec<f64>) -> Option<f64> {
        if !self.is_weighted() {
            return None;
        }
        let points = self.points(STEPS + 1);
        let (mut sum, mut whole) = (0.0, 0.0);
        for (index, (value, &x)) in values(&points).iter().zip(&points).enumerate() {
            let end = index == 0 || index == STEPS;
            let weight = self.density(x) * if end { 0.5 } else { 1.0 };
            sum += weight * value * value;
            whole += weight;
        }
        Some((sum / whole).sqrt())
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { low, high, .. } = self;
        write!(f, "x={low}..{high}")?;
        match &self.frequency {
            Frequency::Unknown => Ok(()),
            Frequency::Normal(sigma) => write!(f, ", normal with standard deviation {sigma}"),
            Frequency::Histogram(_, counts) => {
                write!(f, ", histogram of {} bins", counts.len())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_domain_is_refused() {
        let number = |text: &str| Number::parse(text).unwrap();
        let between = |low: &str, high: &str| Domain::between(&number(low), &number(high));
        assert!(matches!(between("3", "1"), Err(DomainError::Empty(_))));
        assert!(matches!(between("3", "3"), Err(DomainError::Point(_))));
        assert!(matches!(between("-1e200", "1"), Err(DomainError::Extreme)));
        for sigma in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Domain::normal(sigma).is_err(), "{sigma}");
        }
        for (edges, counts) in [
            (vec![0.0, 1.0], vec![1.0, 2.0]),
            (vec![1.0], vec![]),
            (vec![1.0, 0.0], vec![1.0]),
            (vec![0.0, f64::NAN], vec![1.0]),
            (vec![0.0, 1.0], vec![-1.0]),
            (vec![0.0, 1.0], vec![0.0]),
        ] {
            let error = Domain::histogram(&edges, &counts).unwrap_err();
            assert!(matches!(error, DomainError::Histogram(_)), "{error}");
        }
    }

    #[test]
    fn mean_squares_are_those_of_the_distribution() {
        let line = |points: &[f64]| points.to_vec();
        let normal = Domain::normal(1.5).unwrap();
        let found = normal.root_mean_square(line).unwrap();
        assert!((found - 1.5).abs() < 1e-9, "{found}");
        // Empty bins at the ends are no part of the domain: uniform over 0 to 2.
        let counted = Domain::histogram(&[-5.0, 0.0, 1.0, 2.0, 9.0], &[0.0, 3.0, 3.0, 0.0]);
        let counted = counted.unwrap();
        assert_eq!(counted.ends(), (&Number::zero(), &Number::from(2)));
        let found = counted.root_mean_square(line).unwrap();
        assert!((found - (4.0_f64 / 3.0).sqrt()).abs() < 1e-6, "{found}");
    }
}
