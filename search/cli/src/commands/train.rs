//! `actsmith train`: one network with an activation that is given.

use std::path::{Path, PathBuf};

use actsmith_search::experiment::{Chosen, Experiment, Registry, Specification, part, pieces};
use actsmith_search::models::Sampling;
use actsmith_search::report::Pick;
use clap::builder::RangedU64ValueParser;

use super::formula::on_one_line;
use super::found::{Found, Parts, PickOption, found};
use super::output::{self, warn};
use super::settings::{self, Settings};
use super::tasks;
use super::watch::Watch;
use crate::error::{Error, Result};
use crate::threads;

/// Train a network with an activation of your choice.
///
/// The network, its data and its training are those of a task; without one, a ResNet-8 learns 8×8 handwritten digits. The weights, the
/// result and the checkpoints go to a run folder; a run that was interrupted goes on with `--resume`, and on the same machine it ends
/// with the same bytes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// The activation: a name such as `relu2`, a formula in `x`, `@FILE` with one, `-` for standard input, a genotype, or the folder of a finished search.
    /// `PART=FORMULA` is for the sites with a part of this name, as `--activation stem=relu,inner=gelu,outer=silu`; may be repeated.
    #[arg(long, value_name = "FORMULA", allow_hyphen_values = true)]
    activation: Vec<String>,
    #[command(flatten)]
    pick: PickOption,
    /// Seed of the initial weights and of the order of the examples [default: 1].
    #[arg(long, value_parser = RangedU64ValueParser::<u64>::new().range(..=i64::MAX as u64))]
    seed: Option<u64>,
    /// Epochs of the training [default: those of the task's trainings from scratch].
    #[arg(long)]
    epochs: Option<usize>,
    /// Print so many characters of text that the network goes on with, once it is trained.
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    sample: Option<usize>,
    /// How freely the text is drawn: 0 takes the likeliest character, 1 follows the probabilities.
    #[arg(
        long,
        default_value_t = 0.8,
        requires = "sample",
        allow_negative_numbers = true
    )]
    temperature: f64,
    /// The run folder to make [default: runs/train-<TASK or data>-seed<SEED>].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on with the run in this folder, with its settings.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "task", "data", "set", "activation", "pick", "seed", "epochs", "out"])]
    resume: Option<PathBuf>,
    /// Show no progress; warnings stay.
    #[arg(long, short)]
    quiet: bool,
    /// Print the result as one JSON object.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// The settings: those of the task, with what was asked for.
    fn specification(&self) -> Result<Specification> {
        self.settings.given_once(&[
            ("seed", "--seed", self.seed.is_some()),
            ("retrain.epochs", "--epochs", self.epochs.is_some()),
            ("activation", "--activation", !self.activation.is_empty()),
        ])?;
        let mut specification = self.settings.specification()?;
        if !self.activation.is_empty() {
            let texts = self.texts()?;
            let chosen = Chosen::parse(&texts);
            let chosen = chosen.map_err(|error| Error::from(error).about("--activation"));
            specification.activation = Some(chosen?);
        }
        if self.activation.is_empty() {
            self.pick.needs(false)?;
        }
        if specification.activation.is_none() {
            return Err(Error::Usage(
                "there is no activation: add `--activation`, for example `--activation gelu`"
                    .to_owned(),
            ));
        }
        specification.seed = self.seed.unwrap_or(specification.seed);
        specification.retrain.epochs = self.epochs.unwrap_or(specification.retrain.epochs);
        let seeds = specification.retrain.seeds;
        if seeds != 1 {
            if self.settings.sets("retrain.seeds") {
                return Err(Error::Usage(format!(
                    "`retrain.seeds` is {seeds}, but a training has one seed: leave it out, and call `train` once for each `--seed`"
                )));
            }
            warn(&format!(
                "the {seeds} seeds of the settings are those of a search; this trains one, {}",
                specification.seed
            ));
            specification.retrain.seeds = 1;
        }
        Ok(specification)
    }

    /// The activations, those of runs as formulas.
    fn texts(&self) -> Result<Vec<String>> {
        let mut has_run = false;
        let mut texts = Vec::new();
        for argument in &self.activation {
            let (written, is_run) = written(argument, self.pick.point())
                .map_err(|error| error.about("--activation"))?;
            texts.extend(written);
            has_run |= is_run;
        }
        self.pick.needs(has_run)?;
        Ok(texts)
    }
}

/// The activations of an argument, those of files and runs as formulas; and whether one is of a run.
pub(super) fn written(argument: &str, pick: Pick) -> Result<(Vec<String>, bool)> {
    let whole = argument.starts_with('@') || Path::new(argument).exists();
    let texts = match whole {
        true => vec![argument],
        false => pieces(argument),
    };
    let mut has_run = false;
    let texts = texts.into_iter().map(|text| {
        Ok(match found(text, pick, Parts::All)? {
            Some(Found { part, formula }) => {
                has_run = true;
                part.map_or_else(String::new, |part| format!("{part}=")) + &formula
            }
            None => formula(text)?,
        })
    });
    let texts = texts.collect::<Result<_>>()?;
    Ok((texts, has_run))
}

/// The text of an activation, or of that of a part, on one line: read from a file where it is `@FILE`, from standard input where it is `-`, and
/// translated where it is of another language.
pub(super) fn formula(argument: &str) -> Result<String> {
    match part(argument) {
        Some((part, formula)) => Ok(format!("{part}={}", on_one_line(formula)?)),
        None => on_one_line(argument),
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    threads::inside(|| run_inside(arguments))
}

fn run_inside(arguments: &Arguments) -> Result<()> {
    if arguments.settings.lists() {
        return tasks::list("train", arguments.json);
    }
    let registry = Registry::default();
    let (mut folder, experiment) = match &arguments.resume {
        Some(path) => {
            let (folder, experiment) = settings::resume(path, &registry, "train")?;
            arguments.check(&experiment)?;
            (folder, experiment)
        }
        None => {
            let experiment = Experiment::new(arguments.specification()?, &registry)?;
            arguments.check(&experiment)?;
            let specification = experiment.specification();
            let out = arguments.out.as_deref();
            let folder = arguments.settings.create("train-", out, specification)?;
            (folder, experiment)
        }
    };
    experiment
        .warnings()
        .iter()
        .for_each(|warning| warn(warning));
    let mut watch = Watch::new(arguments.quiet, "train", folder.path(), 1);
    let training = experiment
        .train(&mut folder, &mut |update| watch.update(update))
        .map_err(|error| settings::go_on(error, "train", &folder))?;
    let sample = match arguments.sample {
        Some(count) => {
            let how = Sampling {
                temperature: arguments.temperature,
                seed: experiment.specification().seed,
            };
            Some(experiment.sample(&training, count, &how)?)
        }
        None => None,
    };
    let trained = &training.trained;
    if arguments.json {
        return output::print_json(&serde_json::json!({
            "folder": folder.path(),
            "result": trained,
            "sample": sample,
            "timing": folder.timing(),
        }));
    }
    let sample = sample.map_or_else(String::new, |text| format!("\n\n{text}\n"));
    output::print(&format!(
        "{trained}{sample}\nEverything is in {}; the weights are in model.safetensors.",
        folder.path().display()
    ))
}

impl Arguments {
    /// Refuses, before anything is trained, what would fail after it.
    fn check(&self, experiment: &Experiment) -> Result<()> {
        let usage = |what: &str| Err(Error::Usage(what.to_owned()));
        if self.sample.is_some() && !experiment.learns_text() {
            return usage(
                "only a network that learns from text has text to sample: leave out `--sample`, or take a task such as `austen-gpt`",
            );
        }
        if !(self.temperature.is_finite() && self.temperature >= 0.0) {
            return usage("`--temperature` is a finite number from 0");
        }
        Ok(())
    }
}
