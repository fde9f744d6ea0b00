//! `actsmith transfer`: what a function that was found on one task gains on others.

use std::path::{Path, PathBuf};

use actsmith_search::evaluate::{Evaluation, Plan, Report, Transfer, collect};
use actsmith_search::experiment::Registry;
use clap::builder::RangedU64ValueParser;

use super::baselines::BaselineList;
use super::entrants::{Entered, Entrants, Epochs, Place};
use super::evaluate::{Trainings, elsewhere, write_json};
use super::output;
use super::settings;
use crate::error::{Error, Result};
use crate::threads;

/// Evaluate a found function on other tasks: larger models, other data.
///
/// For each task, the network is trained from scratch with the function and with the baselines, with the same seeds, as
/// `actsmith evaluate` does; a table has the gains of all tasks. Each training is kept in the folder: after an interruption, the same
/// command goes on.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    entrants: Entrants,
    /// The tasks to transfer to, by name, `NAME=DIR` for one whose data are read from a folder, or `CONFIG.toml` with settings; may be repeated.
    #[arg(long, value_name = "TASK", required = true, num_args = 1..)]
    to: Vec<String>,
    /// How many seeds each activation is trained with; a test takes at least 5.
    #[arg(long, value_name = "K", default_value_t = 8, value_parser = RangedU64ValueParser::<u64>::new().range(1..=1000))]
    seeds: u64,
    /// Epochs of each training [default: those of the trainings from scratch of each task].
    #[arg(long)]
    epochs: Option<usize>,
    #[command(flatten)]
    baselines: BaselineList,
    #[command(flatten)]
    trainings: Trainings,
    /// The folder, with an evaluation for each task.
    #[arg(long, value_name = "DIR", default_value = "runs/transfer")]
    out: PathBuf,
    /// Print the result as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    threads::inside(|| run_inside(arguments))
}

fn run_inside(arguments: &Arguments) -> Result<()> {
    let registry = Registry::default();
    arguments.trainings.check()?;
    // A mistake in the last task shows before the first one is trained.
    let evaluations = arguments.evaluations(&registry)?;
    let mut reports = Vec::new();
    for (task, evaluation) in evaluations {
        let units = evaluation.plan().units();
        arguments
            .trainings
            .complete(&evaluation, &units, &registry)?;
        let path = evaluation.path().to_owned();
        let report = Report::new(&collect(&[evaluation])?);
        super::evaluate::write_report(&path, &report)?;
        reports.push((task, report));
    }
    let transfer = Transfer::new(&reports);
    write_json(&arguments.out.join("transfer.json"), &transfer)?;
    if arguments.json {
        return output::print_json(&serde_json::json!({
            "folder": arguments.out,
            "result": transfer,
        }));
    }
    output::print(&format!(
        "{transfer}\n\nEverything is in {}, with an evaluation for each task.",
        arguments.out.display()
    ))
}

/// A task to transfer to.
struct Target {
    /// The name of its folder.
    name: String,
    place: Place,
}

impl Target {
    fn read(text: &str) -> Result<Self> {
        if text == settings::LIST {
            return Err(Error::Usage(
                "`--to list`: `actsmith evaluate --task list` lists the tasks".to_owned(),
            ));
        }
        let path = Path::new(text);
        if path.extension().is_some_and(|of| of == "toml") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            return Ok(Self {
                name: name.into_owned(),
                place: Place {
                    config: Some(path.to_owned()),
                    ..Place::default()
                },
            });
        }
        let (name, data) = match text.split_once('=') {
            Some((name, data)) => (name, Some(data.into())),
            None => (text, None),
        };
        Ok(Self {
            name: name.to_owned(),
            place: Place {
                task: Some(name.to_owned()),
                data,
                ..Place::default()
            },
        })
    }
}

impl Arguments {
    /// An evaluation for each task, new or as it was left.
    fn evaluations(&self, registry: &Registry) -> Result<Vec<(String, Evaluation)>> {
        let entrants = self.entrants.with_input()?;
        let mut plans: Vec<(String, Plan)> = Vec::new();
        for text in &self.to {
            let target = Target::read(text)?;
            if plans.iter().any(|(name, _)| *name == target.name) {
                return Err(Error::Usage(format!(
                    "`--to` names `{}` twice: leave one out",
                    target.name
                )));
            }
            let Entered {
                task,
                mut contenders,
                ..
            } = entrants.read(
                &target.place,
                "transfer",
                Epochs::OfTask(self.epochs),
                registry,
            )?;
            let baselines = self.baselines.of(&task.network.family, &contenders)?;
            contenders.extend(baselines);
            let plan = Plan::of(task, contenders, self.seeds)?;
            Evaluation::check(&plan, registry)?;
            plans.push((target.name, plan));
        }
        let create = |(name, plan): (String, Plan)| {
            let path = self.out.join(&name);
            let evaluation =
                Evaluation::create(&path, plan).map_err(|error| elsewhere(error, &path))?;
            Ok((name, evaluation))
        };
        plans.into_iter().map(create).collect()
    }
}
