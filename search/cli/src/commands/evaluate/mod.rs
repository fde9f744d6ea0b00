//! `actsmith evaluate`: activations compared over several seeds.

mod jobs;
mod progress;

use std::path::{Path, PathBuf};

use actsmith_search::error::Error as SearchError;
use actsmith_search::evaluate::{
    Evaluation, Plan, Report, Unit, collect, step_times, step_times_text,
};
use actsmith_search::experiment::Registry;
use actsmith_search::files;
use actsmith_search::statistics::FEWEST;
use clap::builder::RangedU64ValueParser;

use super::baselines::BaselineList;
use super::entrants::{Entered, Entrants, Epochs, Place};
use super::found::folders_once;
use super::output::{self, quoted, warn};
use super::{settings, tasks};
use crate::error::{Error, Result};
use crate::threads;
use jobs::Shard;
pub(super) use jobs::Trainings;

/// Compare activations over several seeds: is one better, worse, or not told apart?
///
/// The network of a task is trained from scratch with each activation and with seven baselines, with the same seeds. The result has
/// means and deviations, paired differences with intervals, tests with corrected p values, and a verdict in words. Each training
/// is kept in the folder of the evaluation: after an interruption, the same command goes on.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    entrants: Entrants,
    #[command(flatten)]
    place: Place,
    /// How many seeds each activation is trained with; a test takes at least 5.
    #[arg(long, value_name = "K", default_value_t = 8, value_parser = RangedU64ValueParser::<u64>::new().range(1..=1000))]
    seeds: u64,
    /// Epochs of each training [default: those of the task's trainings from scratch].
    #[arg(long)]
    epochs: Option<usize>,
    #[command(flatten)]
    baselines: BaselineList,
    /// Learning rates of which each activation gets its best, by the loss on a part of the training set, as `0.1,0.03`.
    #[arg(
        long,
        value_name = "R1,R2,…",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    tune_rate: Vec<f64>,
    #[command(flatten)]
    trainings: Trainings,
    /// Only every N-th training, from the I-th on; other processes or machines take the others.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// The folder of the evaluation [default: runs/evaluate-<TASK or data>-seed<SEED>]; with `--collect`, where the result goes.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on with the evaluation in this folder, with its settings.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["candidates", "task", "config", "data", "set", "seeds", "seed", "epochs", "baselines", "tune_rate", "pick", "train_constants", "out"])]
    resume: Option<PathBuf>,
    /// Train nothing, and report what is in these folders, whose trainings are parts of one evaluation.
    #[arg(long, value_name = "DIR", num_args = 1.., conflicts_with_all = ["candidates", "task", "config", "data", "set", "seeds", "seed", "epochs", "baselines", "tune_rate", "pick", "train_constants", "jobs", "shard", "resume"])]
    collect: Vec<PathBuf>,
    /// The training that a process does for another one, which lives as long as its standard input is open.
    #[arg(long, hide = true, requires = "resume")]
    unit: Option<String>,
    /// Print the result as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    threads::inside(|| run_inside(arguments))
}

fn run_inside(arguments: &Arguments) -> Result<()> {
    if arguments.place.task.as_deref() == Some(settings::LIST) {
        return tasks::list("evaluate", arguments.json);
    }
    if !arguments.collect.is_empty() {
        return arguments.collect();
    }
    let registry = Registry::default();
    arguments.trainings.check()?;
    let evaluation = match &arguments.resume {
        Some(path) => Evaluation::open(path)?,
        None => arguments.create(&registry)?,
    };
    if let Some(name) = &arguments.unit {
        return jobs::serve(&evaluation, name, &registry);
    }
    let units = evaluation.plan().units();
    let own: Vec<Unit> = match arguments.shard {
        Some(shard) => shard.of(&units),
        None => units,
    };
    arguments.trainings.complete(&evaluation, &own, &registry)?;
    let evaluations = [evaluation];
    if let Some(left) = left(&evaluations[0])? {
        return arguments.unfinished(&evaluations[0], &left);
    }
    arguments.report(&evaluations, evaluations[0].path())
}

/// The trainings that are not finished; none if all are.
fn left(evaluation: &Evaluation) -> Result<Option<Vec<Unit>>> {
    let mut left = Vec::new();
    for unit in evaluation.plan().units() {
        if evaluation.score(&unit)?.is_none() {
            left.push(unit);
        }
    }
    Ok((!left.is_empty()).then_some(left))
}

impl Arguments {
    /// What to train.
    fn plan(&self, registry: &Registry) -> Result<Plan> {
        let Entered {
            task,
            mut contenders,
            ..
        } = self.entrants.read(
            &self.place,
            "evaluate",
            Epochs::OfTask(self.epochs),
            registry,
        )?;
        let baselines = self.baselines.of(&task.network.family, &contenders)?;
        contenders.extend(baselines);
        let plan = Plan::of(task, contenders, self.seeds)?;
        Ok(match self.tune_rate.is_empty() {
            true => plan,
            false => plan.with_rates(&self.tune_rate)?,
        })
    }

    /// The folder of the evaluation, new or as it was left.
    fn create(&self, registry: &Registry) -> Result<Evaluation> {
        let plan = self.plan(registry)?;
        let usual = || self.place.folder("evaluate", &plan.task);
        let path = self.out.clone().unwrap_or_else(usual);
        if path.symlink_metadata().is_err() {
            Evaluation::check(&plan, registry)?;
            if plan.seeds < FEWEST as u64 {
                warn(&format!(
                    "{} seed{} too few for a test, which takes at least {FEWEST} (`--seeds`): there will be no p value",
                    plan.seeds,
                    if plan.seeds == 1 { " is" } else { "s are" }
                ));
            }
        }
        Evaluation::create(&path, plan).map_err(|error| elsewhere(error, &path))
    }

    /// Says that other shards have to finish first.
    fn unfinished(&self, evaluation: &Evaluation, left: &[Unit]) -> Result<()> {
        let all = evaluation.plan().units().len();
        let folder = quoted(evaluation.path());
        if self.json {
            return output::print_json(&serde_json::json!({
                "folder": evaluation.path(),
                "trainings": all,
                "left": left.iter().map(Unit::name).collect::<Vec<_>>(),
            }));
        }
        let own = self.shard.map(|shard| shard.of(&evaluation.plan().units()));
        let waits = own.is_some_and(|own| own.iter().any(|unit| left.contains(unit)));
        let next = match waits {
            true => format!(
                "Some of this shard wait for learning rates that other shards find: when these have finished, run the same command again. \
                 With `--tune-rate`, all shards share one folder.\nThen report with `actsmith evaluate --collect {folder}`."
            ),
            false => format!(
                "When the other shards have finished too, report with `actsmith evaluate --collect {folder}`, and the folders of the \
                 others, if they have their own."
            ),
        };
        output::print(&format!(
            "{} of {all} trainings are finished in {}.\n{next}",
            all - left.len(),
            evaluation.path().display()
        ))
    }

    /// Reports the trainings of these folders.
    fn collect(&self) -> Result<()> {
        folders_once(&self.collect)?;
        let evaluations = self.collect.iter().map(|path| Evaluation::open(path));
        let evaluations = evaluations.collect::<Result<Vec<_>, _>>()?;
        let path = match (&self.out, &evaluations[..]) {
            (Some(path), _) => {
                std::fs::create_dir_all(path).map_err(files::at(path))?;
                path.as_path()
            }
            (None, [one]) => one.path(),
            (None, _) => {
                return Err(Error::Usage(
                    "where does the result go? Add a folder for it (`--out DIR`)".to_owned(),
                ));
            }
        };
        self.report(&evaluations, path)
    }

    /// Writes the result to a folder, and prints it.
    fn report(&self, evaluations: &[Evaluation], path: &Path) -> Result<()> {
        let collection = collect(evaluations).map_err(|error| match error {
            actsmith_search::error::Error::Failure(reason) => Error::Failure(format!(
                "{reason}: go on with `actsmith evaluate --resume {}`, or add the folders of the other shards",
                quoted(evaluations[0].path())
            )),
            other => other.into(),
        })?;
        let report = Report::new(&collection);
        let times = step_times(&collection.plan, evaluations)?;
        write_report(path, &report)?;
        write_json(&path.join("timing.json"), &times)?;
        if self.json {
            return output::print_json(&serde_json::json!({
                "folder": path,
                "result": report,
                "timing": times,
            }));
        }
        let times = step_times_text(&times);
        output::print(&format!(
            "{report}\n\n{times}\n\nEverything is in {}; evaluation.md has these tables with every single score.",
            path.display()
        ))
    }
}

/// Says what to do if a folder cannot be made, or holds something else.
pub(super) fn elsewhere(error: SearchError, path: &Path) -> Error {
    let error = settings::elsewhere(error, path);
    match error.exit_code() {
        2 => Error::Usage(format!("{error} (`--out`)")),
        _ => error,
    }
}

/// Writes a report to the folder of its evaluation.
pub(super) fn write_report(path: &Path, report: &Report) -> Result<()> {
    write_json(&path.join("evaluation.json"), report)?;
    let page = report.to_markdown();
    Ok(files::write(&path.join("evaluation.md"), page.as_bytes())?)
}

/// Writes a value as JSON.
pub(super) fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<()> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Error::Failure(error.to_string()))?;
    Ok(files::write(path, (text + "\n").as_bytes())?)
}
