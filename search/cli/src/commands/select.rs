//! `actsmith select`: the best of several searches, by short trainings that look at nothing that is held out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use actsmith_search::evaluate::{Selected, Selection, SelectionPlan};
use actsmith_search::experiment::{Registry, Timing};
use clap::builder::RangedU64ValueParser;

use super::entrants::{Entered, Entrants, Epochs, Place};
use super::evaluate::{Trainings, elsewhere, write_json};
use super::output::{self, quoted};
use super::{settings, tasks};
use crate::error::Result;
use crate::threads;

/// Choose among what several searches found, without looking at what is held out.
///
/// A search with another seed finds another function, and some are better than others. The network of the task is trained from scratch
/// with each for a few epochs, and judged by its loss on the validation split, a part of the training set; the better half goes on for
/// twice as long, until two are left. What is chosen can then be evaluated. Each training is kept in the folder of the
/// selection: after an interruption, the same command goes on.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    entrants: Entrants,
    #[command(flatten)]
    place: Place,
    /// Epochs of the first trainings [default: a quarter of those of a training from scratch].
    #[arg(long)]
    epochs: Option<usize>,
    /// How many seeds each candidate is trained with each time.
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = RangedU64ValueParser::<u64>::new().range(1..=1000))]
    seeds: u64,
    #[command(flatten)]
    trainings: Trainings,
    /// The folder of the selection [default: runs/select-<TASK or data>-seed<SEED>].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on with the selection in this folder, with its settings.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["candidates", "task", "config", "data", "set", "seeds", "seed", "epochs", "pick", "train_constants", "out"])]
    resume: Option<PathBuf>,
    /// Print the result as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    threads::inside(|| run_inside(arguments))
}

fn run_inside(arguments: &Arguments) -> Result<()> {
    if arguments.place.task.as_deref() == Some(settings::LIST) {
        return tasks::list("select", arguments.json);
    }
    let registry = Registry::default();
    arguments.trainings.check()?;
    let selection = match &arguments.resume {
        Some(path) => Selection::open(path)?,
        None => arguments.create(&registry)?,
    };
    for rung in 0..selection.plan().rungs() {
        let evaluation = selection.rung(rung)?;
        let units = evaluation.plan().units();
        arguments
            .trainings
            .complete(&evaluation, &units, &registry)?;
    }
    let selected = selection.report(&registry)?;
    write_json(&selection.path().join("selection.json"), &selected)?;
    let searches = &selection.plan().searches;
    let chosen = searches.get(&selected.chosen).map(PathBuf::as_path);
    if arguments.json {
        return output::print_json(&serde_json::json!({
            "folder": selection.path(),
            "result": selected,
            "chosen": chosen,
        }));
    }
    let cost = searches_cost(searches, selected.training_steps);
    output::print(&format!(
        "{selected}{}\n\n{}\n\nEverything is in {}.",
        cost.map_or_else(String::new, |cost| format!("\n{cost}")),
        next(&selected, chosen),
        selection.path().display()
    ))
}

impl Arguments {
    /// The folder of the selection, new or as it was left.
    fn create(&self, registry: &Registry) -> Result<Selection> {
        let epochs = match self.epochs {
            Some(_) => Epochs::Others,
            None => Epochs::OfTask(None),
        };
        let Entered {
            task,
            contenders,
            searches,
        } = self
            .entrants
            .read(&self.place, "select", epochs, registry)?;
        let usual = || self.place.folder("select", &task);
        let path = self.out.clone().unwrap_or_else(usual);
        let plan = SelectionPlan::new(task, contenders, self.epochs, self.seeds)?;
        Selection::create(&path, plan.of_searches(searches))
            .map_err(|error| elsewhere(error, &path))
    }
}

/// What the searches took, in words, as far as their folders say.
fn searches_cost(searches: &BTreeMap<String, PathBuf>, steps: usize) -> Option<String> {
    let cost = |path: &PathBuf| {
        let text = std::fs::read(path.join("timing.json")).ok()?;
        let timing: Timing = serde_json::from_slice(&text).ok()?;
        Some(timing.search.in_trainings(steps)?.iter().sum::<f64>())
    };
    let costs: Option<Vec<f64>> = searches.values().map(cost).collect();
    let costs = costs.filter(|costs| !costs.is_empty())?;
    let all: f64 = costs.iter().sum();
    Some(match costs.len() {
        1 => format!("The search before took as long as {all:.2}."),
        count => format!("The {count} searches before took as long as {all:.2}."),
    })
}

/// What was chosen, and what to do with it.
fn next(selected: &Selected, chosen: Option<&Path>) -> String {
    let name = &selected.chosen;
    match chosen {
        Some(path) => {
            let path = quoted(path);
            format!(
                "Chosen: {name}. `actsmith evaluate {path} --seeds 8` compares it with the usual activations."
            )
        }
        None => format!("Chosen: {name}."),
    }
}
