//! How weights are trained, besides the optimiser: what the search, the comparison at its end and single trainings have in common.

use serde::{Deserialize, Serialize};

use super::schedule::check_warmup;
use super::{Rates, Schedule, Span, check_clip};
use crate::error::{Error, Result};

/// How weights are trained, besides the optimiser. The default is a cosine to 0 and nothing else.
///
/// ```
/// use actsmith_search::optim::{Span, TrainingOptions};
///
/// let text = "warmup = 0.05\nclip = 1.0\naverage = 0.999";
/// let options: TrainingOptions = toml::from_str(text)?;
/// options.validate()?;
/// assert_eq!(options.warmup, Span::Share(0.05));
/// assert_eq!(options.accumulate, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingOptions {
    /// How the learning rate goes on after the warm-up.
    pub schedule: Schedule,
    /// The first steps, or the first share of them, in which the learning rate rises linearly.
    pub warmup: Span,
    /// The learning rate after the last step, of a cosine.
    pub final_rate: f64,
    /// The largest norm of the gradient of all weights, if it is limited: a larger one is scaled down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
    /// Batches whose gradients are averaged in a step.
    pub accumulate: usize,
    /// The share of a target that is spread evenly over all classes, while weights are trained.
    pub label_smoothing: f64,
    /// What a moving average of the weights keeps of itself in each step, if a training from scratch has one: the network is
    /// evaluated and saved with the averages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<f64>,
}

impl Default for TrainingOptions {
    fn default() -> Self {
        Self {
            schedule: Schedule::Cosine,
            warmup: Span::Steps(0),
            final_rate: 0.0,
            clip: None,
            accumulate: 1,
            label_smoothing: 0.0,
            average: None,
        }
    }
}

impl TrainingOptions {
    /// Whether nothing is set.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The learning rates of so many steps, of which the first has the rate `start` if there is no warm-up.
    pub fn rates(&self, start: f64, steps: usize) -> Rates {
        Rates {
            start,
            end: self.final_rate,
            steps,
            schedule: self.schedule.clone(),
            warmup: self.warmup,
        }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the setting, if one makes no sense.
    pub fn validate(&self) -> Result<()> {
        let invalid = |message: String| Err(Error::Invalid(message));
        self.schedule.validate()?;
        check_warmup(self.warmup)?;
        let rate = self.final_rate;
        if !(rate.is_finite() && rate >= 0.0) {
            return invalid(format!(
                "`final_rate` is {rate}: choose a finite number from 0"
            ));
        }
        if rate > 0.0 && self.schedule != Schedule::Cosine {
            return invalid(format!(
                "`final_rate` is {rate}, but only the schedule `cosine` ends at a rate: leave it out"
            ));
        }
        if let Some(limit) = self.clip {
            check_clip(limit)?;
        }
        if self.accumulate == 0 {
            return invalid("`accumulate` is 0: choose at least 1".to_owned());
        }
        let shares = [
            ("label_smoothing", Some(self.label_smoothing)),
            ("average", self.average),
        ];
        for (name, share) in shares {
            if let Some(share) = share.filter(|share| !(0.0..1.0).contains(share)) {
                return invalid(format!(
                    "`{name}` is {share}: choose a share from 0 to below 1"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_make_no_sense_are_named() {
        for (text, part) in [
            ("warmup = 1.5", "`warmup` is 1.5: choose a share"),
            ("warmup = nan", "`warmup` is NaN"),
            ("warmup = -0.1", "`warmup` is -0.1"),
            ("final_rate = -1.0", "`final_rate` is -1"),
            ("final_rate = inf", "`final_rate` is inf"),
            (
                "final_rate = 0.1\nschedule = 'constant'",
                "only the schedule `cosine`",
            ),
            ("clip = 0.0", "`clip` is 0"),
            ("clip = nan", "`clip` is NaN"),
            ("accumulate = 0", "`accumulate` is 0"),
            ("label_smoothing = 1.0", "`label_smoothing` is 1"),
            ("label_smoothing = -0.1", "`label_smoothing` is -0.1"),
            ("average = 1.0", "`average` is 1"),
            ("average = nan", "`average` is NaN"),
            (
                "schedule = { multistep = { milestones = [] } }",
                "has no `milestones`",
            ),
            (
                "schedule = { multistep = { milestones = [1.5] } }",
                "`milestones` is 1.5",
            ),
            (
                "schedule = { multistep = { milestones = [9], factor = 0.0 } }",
                "`factor` of the schedule",
            ),
        ] {
            let options: TrainingOptions = toml::from_str(text).expect(text);
            match options.validate() {
                Err(Error::Invalid(message)) => assert!(message.contains(part), "{message}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        assert!(toml::from_str::<TrainingOptions>("ema = 0.9").is_err());
    }

    #[test]
    fn what_is_not_set_is_not_written() {
        let options = TrainingOptions::default();
        assert!(options.validate().is_ok());
        assert_eq!(
            toml::from_str::<TrainingOptions>("").expect("parses"),
            options
        );
        let text = toml::to_string(&options).expect("serialises");
        assert_eq!(
            toml::from_str::<TrainingOptions>(&text).expect("parses"),
            options
        );
        assert!(
            !text.contains("clip") && !text.contains("average"),
            "{text}"
        );
    }
}
