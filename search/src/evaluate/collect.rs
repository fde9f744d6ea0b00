//! The scores of all trainings, from one folder or from several that have a part each.

use std::fs;

use super::{Evaluation, Plan, Role, Score, Unit};
use crate::error::{Error, Result, counted};

/// Unfinished trainings that an error names.
const NAMED: usize = 4;

/// The scores of an evaluation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Collection {
    /// What was trained.
    pub plan: Plan,
    /// The scores of each activation, seed by seed, as the plan names them.
    pub scores: Vec<Vec<Score>>,
    /// Those of the trials of learning rates, on the validation split.
    pub tuning: Vec<Score>,
    /// The programs and machines that worked on it.
    pub provenance: Vec<serde_json::Value>,
}

/// Puts the scores of an evaluation together. A training that several folders have counts once.
///
/// # Errors
/// [`Error::Invalid`] if the folders are of different evaluations, or have different scores for one training; [`Error::Failure`] if a
/// training is not finished.
pub fn collect(evaluations: &[Evaluation]) -> Result<Collection> {
    let Some((first, others)) = evaluations.split_first() else {
        return Err(Error::Invalid(
            "there is no evaluation to collect: give its folders".to_owned(),
        ));
    };
    for other in others {
        let different = first.plan().differences(other.plan())?;
        if !different.is_empty() {
            return Err(Error::Invalid(format!(
                "{} and {} are parts of different evaluations (`{}`): collect those of one",
                first.path().display(),
                other.path().display(),
                different.join("`, `")
            )));
        }
    }
    let plan = first.plan();
    if plan.of_role(Role::Baseline).next().is_none() {
        return Err(Error::Invalid(format!(
            "{} has no baseline to compare with: it is a part of a selection, which `actsmith select --resume` reports",
            first.path().display()
        )));
    }
    let units = plan.units();
    let mut provenance = Vec::new();
    let mut found = Vec::new();
    for unit in &units {
        found.push(score(evaluations, unit, &mut provenance)?);
    }
    let missing: Vec<String> = units
        .iter()
        .zip(&found)
        .filter(|(_, score)| score.is_none())
        .map(|(unit, _)| unit.to_string())
        .collect();
    if !missing.is_empty() {
        let named = missing[..missing.len().min(NAMED)].join("; ");
        let more = if missing.len() > NAMED { "; …" } else { "" };
        return Err(Error::Failure(format!(
            "{} of {} {} not finished ({named}{more})",
            missing.len(),
            counted(units.len(), "training"),
            if missing.len() == 1 { "is" } else { "are" },
        )));
    }
    let mut scores: Vec<Score> = found.into_iter().flatten().collect();
    let scored = scores.split_off(plan.tunings().len());
    let of = |name: &str| {
        let of = scored.iter().filter(|score| score.activation == name);
        of.cloned().collect()
    };
    provenance.sort_by_key(ToString::to_string);
    Ok(Collection {
        scores: plan.activations.iter().map(|one| of(&one.name)).collect(),
        plan: plan.clone(),
        tuning: scores,
        provenance,
    })
}

/// The score of a training, if one of the folders has it.
fn score(
    evaluations: &[Evaluation],
    unit: &Unit,
    provenance: &mut Vec<serde_json::Value>,
) -> Result<Option<Score>> {
    let mut known: Option<(Score, &Evaluation)> = None;
    for evaluation in evaluations {
        let Some(score) = evaluation.score(unit)? else {
            continue;
        };
        let config = evaluation.folder(unit).join("config.toml");
        let specification = evaluation.plan().specification(unit, score.rate)?;
        if fs::read_to_string(&config).ok() != Some(specification.to_toml()?) {
            return Err(Error::Invalid(format!(
                "{} has other settings than its evaluation: remove this training, and run the evaluation again",
                config.display()
            )));
        }
        for mut who in evaluation.provenance(unit)? {
            // The scores do not depend on it.
            who.as_object_mut().map(|who| who.remove("threads"));
            if !provenance.contains(&who) {
                provenance.push(who);
            }
        }
        match &known {
            Some((other, place)) if *other != score => {
                return Err(Error::Invalid(format!(
                    "{} and {} have different scores for {unit}: remove the training from one of them",
                    place.path().display(),
                    evaluation.path().display()
                )));
            }
            Some(_) => {}
            None => known = Some((score, evaluation)),
        }
    }
    Ok(known.map(|(score, _)| score))
}
