//! What trainings are compared by.

use serde::{Deserialize, Serialize};

use crate::data::Kind;
use crate::objective::Metrics;

/// What trainings are compared by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Measure {
    /// The share of right answers; more is better.
    #[default]
    Accuracy,
    /// The loss in nats; less is better.
    Loss,
}

impl Measure {
    /// What trainings on examples of a kind are compared by: on text, the loss.
    pub fn of(kind: &Kind) -> Self {
        match kind {
            Kind::Images { .. } => Self::Accuracy,
            Kind::Text { .. } => Self::Loss,
        }
    }

    /// Scores as a number of which more is better.
    pub fn merit(self, of: &Metrics) -> f64 {
        match self {
            Self::Accuracy => of.accuracy.unwrap_or(0.0),
            Self::Loss => -of.loss,
        }
    }

    /// The unit of differences.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Accuracy => "percentage points",
            Self::Loss => "nats",
        }
    }

    /// What the unit is of.
    pub(crate) fn unit_of(self) -> &'static str {
        match self {
            Self::Accuracy => "percentage points of accuracy",
            Self::Loss => "nats of loss",
        }
    }

    /// A difference in these units.
    pub(crate) fn plain(self, value: f64) -> String {
        match self {
            Self::Accuracy => format!("{:.2}", 100.0 * value),
            Self::Loss => format!("{value:.4}"),
        }
    }

    /// The same with a sign, unless it is zero in so many decimals.
    pub(crate) fn signed(self, value: f64) -> String {
        let text = self.plain(value);
        let digit = |c: char| ('1'..='9').contains(&c);
        match text.strip_prefix('-') {
            Some(zero) if !zero.contains(digit) => zero.to_owned(),
            None if text.contains(digit) => format!("+{text}"),
            _ => text,
        }
    }

    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_have_no_sign() {
        let signed = |value| Measure::Accuracy.signed(value);
        assert_eq!(signed(0.0123), "+1.23");
        assert_eq!(signed(-0.0123), "-1.23");
        assert_eq!([signed(-1e-9), signed(1e-9), signed(0.0)], ["0.00"; 3]);
        assert_eq!(Measure::Loss.signed(-0.01), "-0.0100");
    }
}
