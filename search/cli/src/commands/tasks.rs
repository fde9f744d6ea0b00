//! The list of the tasks.

use actsmith_search::experiment::{NamedTask, Specification, TASKS};
use clap::CommandFactory;
use clap::parser::ValueSource;
use serde_json::{Value, json};

use super::output::{number_grouped, print, print_json};
use super::settings::LIST;
use crate::error::{Error, Result};

/// Prints what tasks there are, in place of running `command`.
pub(super) fn list(command: &str, json: bool) -> Result<()> {
    if let Some(other) = others(command).first() {
        return Err(Error::Usage(format!(
            "`--task {LIST}` prints the tasks and runs nothing: leave out {other}"
        )));
    }
    if json {
        let tasks = TASKS.iter().map(entry_json).collect::<Result<Vec<_>>>()?;
        return print_json(&json!({ "tasks": tasks }));
    }
    let tasks = TASKS.iter().map(entry).collect::<Result<Vec<_>>>()?;
    print(&tasks.join("\n\n"))
}

/// What else the process was started with.
fn others(command: &str) -> Vec<String> {
    let Ok(matches) = super::Arguments::command().try_get_matches() else {
        return Vec::new();
    };
    let (root, Some(given)) = (
        super::Arguments::command(),
        matches.subcommand_matches(command),
    ) else {
        return Vec::new();
    };
    let arguments = root.find_subcommand(command).into_iter();
    let arguments = arguments.flat_map(clap::Command::get_arguments);
    let given = arguments.filter(|argument| {
        let id = argument.get_id().as_str();
        !["task", "json", "help", "version"].contains(&id)
            && given.value_source(id) == Some(ValueSource::CommandLine)
    });
    let name = |argument: &clap::Arg| match argument.get_long() {
        Some(long) => format!("`--{long}`"),
        None => "the file of settings".to_owned(),
    };
    given.map(name).collect()
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
        None if epochs == 1 => "1 epoch".to_owned(),
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
