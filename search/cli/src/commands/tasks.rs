//! The list of the tasks.

use actsmith_search::experiment::{NamedTask, Specification, TASKS};
use serde_json::{Value, json};

use super::output::{number_grouped, print, print_json};
use crate::error::Result;

/// Prints what tasks there are.
pub(super) fn list(json: bool) -> Result<()> {
    if json {
        let tasks = TASKS.iter().map(entry_json).collect::<Result<Vec<_>>>()?;
        return print_json(&json!({ "tasks": tasks }));
    }
    let tasks = TASKS.iter().map(entry).collect::<Result<Vec<_>>>()?;
    print(&tasks.join("\n\n"))
}

fn entry(task: &NamedTask) -> Result<String> {
    let specification = task.specification()?;
    let data = match task.files()? {
        None => "embedded".to_owned(),
        Some((expected, origin)) => {
            format!("with `--data DIR`, a folder with {expected}\n  from {origin}")
        }
    };
    let Specification {
        search, retrain, ..
    } = &specification;
    let length = |epochs: usize, steps: Option<usize>| match steps {
        Some(steps) => format!(
            "{} steps",
            number_grouped(epochs.saturating_mul(steps) as u64)
        ),
        None => format!("{epochs} epochs"),
    };
    let trainings: Vec<&str> = (retrain.baselines.iter())
        .map(|baseline| baseline.name())
        .collect();
    Ok(format!(
        "{}\n  {} on {}, {data}\n  a search of {}, then trainings of {} with what was found, {}\n  about {} on 2 cores",
        task.name,
        task.model()?,
        task.examples,
        length(search.epochs, search.steps_per_epoch),
        length(retrain.epochs, retrain.steps_per_epoch),
        trainings.join(", "),
        match task.minutes {
            1 => "1 minute".to_owned(),
            minutes => format!("{minutes} minutes"),
        }
    ))
}

fn entry_json(task: &NamedTask) -> Result<Value> {
    let specification = task.specification()?;
    let files = task.files()?;
    let Specification {
        search, retrain, ..
    } = &specification;
    Ok(json!({
        "name": task.name,
        "model": task.model()?,
        "data": specification.data.name,
        "examples": task.examples,
        "files": files.map(|(expected, _)| expected),
        "origin": files.map(|(_, origin)| origin),
        "search_epochs": search.epochs,
        "search_steps_per_epoch": search.steps_per_epoch,
        "retrain_epochs": retrain.epochs,
        "retrain_steps_per_epoch": retrain.steps_per_epoch,
        "baselines": retrain.baselines,
        "minutes": task.minutes,
    }))
}
