//! How the learning rate goes over a training: a linear warm-up, then a schedule.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::error::{Error, Result};

/// A stretch of a training from its start: a number of steps, or a share of all steps. As a setting, a whole number is of steps.
///
/// ```
/// use actsmith_search::optim::Span;
///
/// assert_eq!(Span::Share(0.05).of(3_000), 150);
/// assert_eq!(serde_json::from_str::<Span>("100")?, Span::Steps(100));
/// assert_eq!(serde_json::from_str::<Span>("0.5")?, Span::Share(0.5));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Span {
    /// So many steps.
    Steps(usize),
    /// This share of all steps, from 0 to 1.
    Share(f64),
}

impl Default for Span {
    fn default() -> Self {
        Self::Steps(0)
    }
}

impl Span {
    /// How many of `steps` steps it takes.
    pub fn of(self, steps: usize) -> usize {
        match self {
            Self::Steps(count) => count,
            Self::Share(share) => (share * steps as f64).round() as usize,
        }
    }

    fn validate(self, name: &str) -> Result<()> {
        match self {
            Self::Share(share) if !(0.0..=1.0).contains(&share) => Err(Error::Invalid(format!(
                "`{name}` is {share:?}: choose a share of all steps from 0 to 1, such as 0.05, or a whole number of steps"
            ))),
            Self::Share(_) | Self::Steps(_) => Ok(()),
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Span;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number of steps, or a share of all steps such as 0.05")
            }
            fn visit_u64<E: de::Error>(self, count: u64) -> Result<Span, E> {
                usize::try_from(count).map(Span::Steps).map_err(E::custom)
            }
            fn visit_i64<E: de::Error>(self, count: i64) -> Result<Span, E> {
                match u64::try_from(count) {
                    Ok(count) => self.visit_u64(count),
                    Err(_) => Err(E::invalid_value(de::Unexpected::Signed(count), &self)),
                }
            }
            fn visit_f64<E: de::Error>(self, share: f64) -> Result<Span, E> {
                Ok(Span::Share(share))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// How the learning rate goes on after the warm-up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Schedule {
    /// It falls along half a cosine.
    #[default]
    Cosine,
    /// It stays.
    Constant,
    /// It is multiplied by `factor` at each of the `milestones`.
    Multistep {
        /// Where, counted from the start of the training, in ascending order.
        milestones: Vec<Span>,
        /// By how much; 0.1 is usual.
        #[serde(default = "tenth")]
        factor: f64,
    },
}

fn tenth() -> f64 {
    0.1
}

impl Schedule {
    pub(super) fn validate(&self) -> Result<()> {
        let Self::Multistep { milestones, factor } = self else {
            return Ok(());
        };
        let invalid = |message: String| Err(Error::Invalid(message));
        if milestones.is_empty() {
            return invalid(
                "the schedule `multistep` has no `milestones`: give some, as `[0.5, 0.75]`, or choose `constant`"
                    .to_owned(),
            );
        }
        for milestone in milestones {
            milestone.validate("milestones")?;
        }
        if !(factor.is_finite() && *factor > 0.0) {
            return invalid(format!(
                "the `factor` of the schedule `multistep` is {factor}: choose a finite number above 0, such as 0.1"
            ));
        }
        Ok(())
    }
}

/// The learning rates of a training: linear from `start / (w + 1)` to `start` in the first `w` steps, then as the schedule has it.
///
/// ```
/// use actsmith_search::optim::{Rates, Schedule, Span};
///
/// let rates = Rates { warmup: Span::Steps(3), ..Rates::cosine(0.4, 0.0, 7) };
/// let first: Vec<f64> = (0..4).map(|step| rates.at(step)).collect();
/// assert_eq!(first, [0.1, 0.2, 0.30000000000000004, 0.4]);
/// assert_eq!(rates.at(7), 0.0);
/// let constant = Rates { schedule: Schedule::Constant, ..rates };
/// assert_eq!(constant.at(6), 0.4);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rates {
    /// The rate after the warm-up.
    pub start: f64,
    /// The rate after the last step, of a cosine.
    pub end: f64,
    /// The number of steps.
    pub steps: usize,
    /// How it goes on after the warm-up.
    pub schedule: Schedule,
    /// The length of the warm-up.
    pub warmup: Span,
}

impl Rates {
    /// A cosine from the first step to one past the last.
    pub fn cosine(start: f64, end: f64, steps: usize) -> Self {
        Self {
            start,
            end,
            steps,
            schedule: Schedule::Cosine,
            warmup: Span::Steps(0),
        }
    }

    /// The rate of a step, counted from 0.
    pub fn at(&self, step: usize) -> f64 {
        let warmup = self.warmup.of(self.steps);
        if step < warmup {
            return self.start * (step + 1) as f64 / (warmup as f64 + 1.0);
        }
        match &self.schedule {
            Schedule::Constant => self.start,
            Schedule::Cosine => self.falling(step - warmup, self.steps.saturating_sub(warmup)),
            Schedule::Multistep { milestones, factor } => {
                let passed = milestones.iter().filter(|at| at.of(self.steps) <= step);
                passed.fold(self.start, |rate, _| rate * factor)
            }
        }
    }

    /// The rate on a cosine of so many steps; past them it stays at its end.
    fn falling(&self, step: usize, steps: usize) -> f64 {
        if step >= steps {
            return self.end;
        }
        let done = step as f64 / steps as f64;
        self.end + 0.5 * (self.start - self.end) * (1.0 + (std::f64::consts::PI * done).cos())
    }
}

/// Refuses a warm-up that makes no sense.
pub(super) fn check_warmup(warmup: Span) -> Result<()> {
    warmup.validate("warmup")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_rates(rates: &Rates, expected: &[f64]) {
        let found: Vec<f64> = (0..expected.len()).map(|step| rates.at(step)).collect();
        let close = |(found, expected): (&f64, &f64)| (found - expected).abs() < 1e-15;
        assert!(found.iter().zip(expected).all(close), "{found:?}");
    }

    #[test]
    fn the_cosine_covers_exactly_its_steps() {
        // 0.3 + 0.2 cos(π t / 4)
        let half = 0.2 * std::f64::consts::FRAC_1_SQRT_2;
        let expected = [0.5, 0.3 + half, 0.3, 0.3 - half, 0.1, 0.1];
        assert_rates(&Rates::cosine(0.5, 0.1, 4), &expected);
    }

    #[test]
    fn a_warm_up_rises_to_where_the_schedule_starts() {
        let with = |warmup, schedule| Rates {
            schedule,
            warmup,
            ..Rates::cosine(0.5, 0.1, 8)
        };
        let half = 0.2 * std::f64::consts::FRAC_1_SQRT_2;
        let cosine = [0.1, 0.2, 0.3, 0.4, 0.5, 0.3 + half, 0.3, 0.3 - half, 0.1];
        assert_rates(&with(Span::Steps(4), Schedule::Cosine), &cosine);
        assert_rates(&with(Span::Share(0.5), Schedule::Cosine), &cosine);
        let constant = [0.5 / 3.0, 1.0 / 3.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5];
        assert_rates(&with(Span::Steps(2), Schedule::Constant), &constant);
        // A warm-up that lasts to the end, and one past it.
        assert_rates(
            &with(Span::Share(1.0), Schedule::Constant),
            &[0.5 / 9.0, 1.0 / 9.0],
        );
        assert_eq!(with(Span::Steps(9), Schedule::Cosine).at(7), 0.4);
    }

    #[test]
    fn milestones_are_steps_or_shares() {
        let rates = Rates {
            schedule: Schedule::Multistep {
                milestones: vec![Span::Share(0.5), Span::Steps(6)],
                factor: 0.1,
            },
            warmup: Span::Steps(1),
            ..Rates::cosine(0.5, 0.0, 8)
        };
        let expected = [0.25, 0.5, 0.5, 0.5, 0.05, 0.05, 0.005, 0.005];
        assert_rates(&rates, &expected);
    }

    #[test]
    fn settings_are_read_and_written() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Both {
            schedule: Schedule,
            warmup: Span,
        }
        let read = |text: &str| toml::from_str::<Both>(text);
        for text in [
            "schedule = \"cosine\"\nwarmup = 100\n",
            "schedule = \"constant\"\nwarmup = 0.05\n",
            "warmup = 1.0\n\n[schedule.multistep]\nmilestones = [0.5, 80]\nfactor = 0.2\n",
        ] {
            let both = read(text).expect(text);
            assert_eq!(
                read(&toml::to_string(&both).expect("serialises")).expect("parses"),
                both
            );
        }
        let usual =
            read("warmup = 0\nschedule = { multistep = { milestones = [9] } }").expect("a tenth");
        let milestones = vec![Span::Steps(9)];
        assert_eq!(
            usual.schedule,
            Schedule::Multistep {
                milestones,
                factor: 0.1
            }
        );
        for (text, part) in [
            (
                "schedule = 'cosine'\nwarmup = -1",
                "a whole number of steps, or a share",
            ),
            (
                "schedule = 'cosine'\nwarmup = 'long'",
                "a whole number of steps, or a share",
            ),
            (
                "schedule = 'linear'\nwarmup = 0",
                "`cosine`, `constant`, `multistep`",
            ),
            (
                "schedule = { multistep = { milestone = [9] } }\nwarmup = 0",
                "milestones",
            ),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
