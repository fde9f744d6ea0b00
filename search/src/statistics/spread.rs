//! A mean and a standard deviation.

use serde::{Deserialize, Serialize};

/// The mean of some numbers, and their standard deviation as estimated from them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The standard deviation; none of a single number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
}

impl Spread {
    /// That of these numbers, of which there is at least one.
    pub fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Self {
            mean,
            deviation: (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt()),
        }
    }

    /// The same, with every number multiplied by `factor`.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self {
            mean: factor * self.mean,
            deviation: self.deviation.map(|deviation| factor.abs() * deviation),
        }
    }

    /// `mean ± deviation` with so many decimals.
    pub fn text(&self, decimals: usize) -> String {
        let Self { mean, deviation } = self;
        match deviation {
            Some(deviation) => format!("{mean:.decimals$} ± {deviation:.decimals$}"),
            None => format!("{mean:.decimals$}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_a_mean_and_a_sample_deviation() {
        let spread = Spread::of(&[1.0, 2.0, 4.0, 5.0]);
        // The squares of −2, −1, 1, 2 add up to 10; a sample of four has three degrees of freedom.
        assert_eq!(spread.mean, 3.0);
        assert_eq!(spread.deviation, Some((10.0_f64 / 3.0).sqrt()));
        assert_eq!(Spread::of(&[7.0]).deviation, None);
        assert_eq!(spread.scaled(-2.0).text(2), "-6.00 ± 3.65");
    }
}
