//! How often numbers lie where.

use serde::{Deserialize, Serialize};

/// Bins to each side of 0.
const HALF: i64 = 256;
/// The width of a bin before a number has asked for a larger one, as a power of two.
const NARROWEST: i32 = -40;

/// Counts of numbers in bins of one width, a power of two: 256 to each side of 0.
///
/// The width doubles whenever a number lies outside. Bins lie inside those of twice the width, so that the counts are the same in whichever order
/// numbers come.
///
/// ```
/// use actsmith_search::statistics::Histogram;
///
/// let mut histogram = Histogram::default();
/// histogram.extend([0.25, -3.0, 0.26, 100.0]);
/// assert_eq!(histogram.range(), Some([-3.0, 100.0]));
/// let bins = histogram.bins();
/// assert_eq!((bins.edges[0], bins.edges.last()), (-3.0, Some(&100.5)));
/// assert_eq!(bins.counts.iter().sum::<u64>(), 4);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// The binary logarithm of the width of a bin.
    exponent: i32,
    counts: Vec<u64>,
    range: Option<[f64; 2]>,
}

/// The bins of a histogram from the first to the last that has counted a number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bins {
    /// The edges of the bins, one more than there are bins; each bin has its lower edge.
    pub edges: Vec<f64>,
    /// How many numbers lie in each.
    pub counts: Vec<u64>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            exponent: NARROWEST,
            counts: vec![0; 2 * HALF as usize],
            range: None,
        }
    }
}

impl Histogram {
    /// Counts numbers; those that are not finite have no bin.
    pub fn extend(&mut self, values: impl IntoIterator<Item = f64>) {
        let mut scale = self.scale();
        for value in values {
            if !value.is_finite() {
                continue;
            }
            let mut bin = (value * scale).floor();
            while !(-HALF as f64..HALF as f64).contains(&bin) {
                self.widen();
                scale = self.scale();
                bin = (value * scale).floor();
            }
            self.counts[(bin as i64 + HALF) as usize] += 1;
            let [low, high] = self.range.unwrap_or([value; 2]);
            self.range = Some([low.min(value), high.max(value)]);
        }
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        while self.exponent < other.exponent {
            self.widen();
        }
        while other.exponent < self.exponent {
            other.widen();
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.range = match (self.range, other.range) {
            (Some(a), Some(b)) => Some([a[0].min(b[0]), a[1].max(b[1])]),
            (one, other) => one.or(other),
        };
    }

    /// The smallest and the largest number; none if none was counted.
    pub fn range(&self) -> Option<[f64; 2]> {
        self.range
    }

    /// The bins from the first to the last that has counted a number; none if no one has.
    pub fn bins(&self) -> Bins {
        let hit = |count: &u64| *count > 0;
        let ends = self.counts.iter().position(hit);
        let Some((first, last)) = ends.zip(self.counts.iter().rposition(hit)) else {
            return Bins::default();
        };
        let width = 2f64.powi(self.exponent);
        let edge = |bin: usize| (bin as i64 - HALF) as f64 * width;
        Bins {
            edges: (first..=last + 1).map(edge).collect(),
            counts: self.counts[first..=last].to_vec(),
        }
    }

    /// Bins for each unit.
    fn scale(&self) -> f64 {
        2f64.powi(-self.exponent)
    }

    /// Doubles the width of the bins.
    fn widen(&mut self) {
        let mut counts = vec![0; self.counts.len()];
        for (bin, count) in self.counts.iter().enumerate() {
            let wide = (bin as i64 - HALF).div_euclid(2) + HALF;
            counts[wide as usize] += count;
        }
        self.counts = counts;
        self.exponent += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_do_not_depend_on_the_order() {
        let values: Vec<f64> = (-40..90).map(|i| 0.37 * f64::from(i)).collect();
        let mut forwards = Histogram::default();
        forwards.extend(values.iter().copied());
        let mut backwards = Histogram::default();
        backwards.extend(values.iter().rev().copied());
        assert_eq!(forwards, backwards);
        let [mut first, mut second] = [Histogram::default(), Histogram::default()];
        first.extend(values[..50].iter().copied());
        second.extend(values[50..].iter().copied());
        second.merge(&first);
        assert_eq!(second, forwards);
    }

    #[test]
    fn every_number_lies_in_its_bin() {
        let values = [-7.3, -7.2999, 0.0, -0.0, 1e-20, 3.5, 3.49, 12.0];
        let mut histogram = Histogram::default();
        histogram.extend(values);
        let bins = histogram.bins();
        assert_eq!(bins.edges.len(), bins.counts.len() + 1);
        for (edges, count) in bins.edges.windows(2).zip(&bins.counts) {
            let inside = |value: &&f64| (edges[0]..edges[1]).contains(*value);
            assert_eq!(values.iter().filter(inside).count() as u64, *count);
        }
        assert!(bins.counts.len() <= 512 && bins.edges[1] - bins.edges[0] <= 0.0625);
        assert_eq!(bins.counts.iter().sum::<u64>(), 8);
    }

    #[test]
    fn extremes_and_what_is_not_finite() {
        let mut histogram = Histogram::default();
        assert_eq!(
            (histogram.range(), histogram.bins()),
            (None, Bins::default())
        );
        histogram.extend([f64::NAN, f64::INFINITY, f64::from(f32::MAX), -1.0]);
        assert_eq!(histogram.range(), Some([-1.0, f64::from(f32::MAX)]));
        assert_eq!(histogram.bins().counts.iter().sum::<u64>(), 2);
    }
}
