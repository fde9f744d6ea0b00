//! How long a step takes with each activation.

use serde::Serialize;

use super::{Evaluation, Plan, text};
use crate::error::Result;

/// The activation whose steps the others are compared with.
const BESIDE: &str = "silu";

/// How long a step takes with an activation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StepTime {
    /// The activation.
    pub activation: String,
    /// Trainings that were timed: those that ran alone on their machine, as far as this program knows, and did not diverge.
    pub trainings: usize,
    /// The median of their seconds a step, each with its share of the evaluations after the epochs.
    pub seconds: f64,
    /// The same in steps with SiLU, if there are any.
    pub ratio_to_silu: Option<f64>,
}

/// How long a step takes with each activation of these folders of one evaluation; without those that nobody timed.
///
/// # Errors
/// If files of a training are damaged.
pub fn step_times(plan: &Plan, evaluations: &[Evaluation]) -> Result<Vec<StepTime>> {
    let mut times = Vec::new();
    for contender in &plan.activations {
        let mut seconds = Vec::new();
        for unit in plan.scored() {
            for evaluation in evaluations {
                if unit.activation == contender.name
                    && let Some(score) = evaluation.score(&unit)?
                {
                    seconds.extend(evaluation.seconds_per_step(&unit, &score)?);
                }
            }
        }
        if let Some(median) = median(&mut seconds) {
            times.push(StepTime {
                activation: contender.name.clone(),
                trainings: seconds.len(),
                seconds: median,
                ratio_to_silu: None,
            });
        }
    }
    let silu = times.iter().find(|time| time.activation == BESIDE);
    if let Some(silu) = silu.map(|time| time.seconds) {
        for time in &mut times {
            time.ratio_to_silu = Some(time.seconds / silu);
        }
    }
    Ok(times)
}

/// What the steps cost, in a sentence.
pub fn step_times_text(times: &[StepTime]) -> String {
    if times.is_empty() {
        return "Steps were not timed: the trainings ran beside others.".to_owned();
    }
    let text = |time: &StepTime| match time.ratio_to_silu {
        Some(ratio) => format!("{} {ratio:.2}", time.activation),
        None => format!("{} {:.2} ms", time.activation, 1e3 * time.seconds),
    };
    let unit = match times[0].ratio_to_silu {
        Some(_) => format!(", in steps with {BESIDE}"),
        None => String::new(),
    };
    let list: Vec<String> = times.iter().map(text).collect();
    text::wrapped(&format!(
        "Time of a step{unit}, evaluations included: {}.",
        list.join(", ")
    ))
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_middle_is_taken() {
        assert_eq!(super::median(&mut []), None);
        assert_eq!(super::median(&mut [3.0, 1.0, 9.0]), Some(3.0));
        assert_eq!(super::median(&mut [3.0, 1.0, 9.0, 5.0]), Some(4.0));
    }
}
