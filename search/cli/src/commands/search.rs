//! `actsmith search`: a run from its options, or one that goes on.

use std::path::{Path, PathBuf};

use clap::builder::RangedU64ValueParser;

use super::output::{self, quoted, warn};
use super::settings::{self, Settings};
use super::tasks;
use super::watch::Watch;
use crate::error::{Error, Result};
use crate::plot;
use crate::threads;
use actsmith_search::cell::Base;
use actsmith_search::engine::StrategyKind;
use actsmith_search::experiment::{Experiment, Folder, Registry, Specification};
use actsmith_search::relaxation::RelaxationKind;
use actsmith_search::report::{Outcome, Pick};
use actsmith_search::space::Space;
use actsmith_search::statistics::FEWEST;

/// Search for an activation function, on the embedded digits or another task, and compare it with ReLU and GELU.
///
/// A network, by default a ResNet-8 that learns 8×8 handwritten digits, is trained with a searchable cell in place of its activation
/// function: a small formula whose six operations are chosen by training. In each of its six slots, the cell at first computes a mixture of all operations that may
/// stand there; the weights of the mixture are trained along with the network, and the weakest operations are removed one by one. The
/// network is then trained from scratch with the function that was found, with ReLU and with GELU. Everything goes to a run folder;
/// a run that was interrupted goes on with `--resume`, and on the same machine it ends with the same bytes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// Seed of everything that is random; a different one finds a different function [default: 1].
    #[arg(long, value_parser = RangedU64ValueParser::<u64>::new().range(..=i64::MAX as u64))]
    seed: Option<u64>,
    /// Epochs of the search, at least 3; for the baselines, at least 1 [default: 50].
    #[arg(long)]
    epochs: Option<usize>,
    /// Epochs of each training from scratch; 0 to search only [default: 40].
    #[arg(long)]
    retrain_epochs: Option<usize>,
    /// How many times each function is trained from scratch: with the seed and the ones that follow it
    /// [default: 5, the fewest that are tested; with a task or a file, 1].
    #[arg(long, value_name = "K")]
    retrain_seeds: Option<u64>,
    /// Which function the networks are trained with in place of the found one: a point of its front, by its number, or the cheapest one whose
    /// loss on the validation split is within one standard error [default: 0, the found function itself].
    #[arg(long, value_name = "N|simplest", allow_negative_numbers = true)]
    pick: Option<Pick>,
    /// Look for no cheaper functions: the front takes a second or two.
    #[arg(long, conflicts_with = "pick")]
    no_front: bool,
    /// Images in each training step [default: 64].
    #[arg(long)]
    batch: Option<usize>,
    /// Learning rate of the network in its first step; from there it falls to zero [default: 0.1].
    #[arg(long, allow_negative_numbers = true)]
    rate: Option<f64>,
    /// Learning rate of the cell's mixtures and constants [default: 0.01].
    #[arg(long, allow_negative_numbers = true)]
    arch_rate: Option<f64>,
    /// How the weights of a mixture are made in each step of the search [default: drnas].
    #[arg(long)]
    relaxation: Option<RelaxationName>,
    /// Search by gradients, or train random functions and take the best: a baseline to compare with [default: gradient].
    #[arg(long)]
    strategy: Option<StrategyName>,
    /// Random functions that a baseline starts with [default: 16].
    #[arg(long)]
    candidates: Option<usize>,
    /// What the network's weights are trained with in the first epoch, before the cell takes part [default: relu].
    #[arg(long)]
    base: Option<BaseName>,
    /// Operations to choose from: the 32 of the published search, or all 41 [default: default].
    #[arg(long, value_name = "default|wide", value_parser = ["default", "wide"])]
    space: Option<String>,
    /// One more operation of one argument, such as 'bump(x) = x * gaussian(x)'; may be repeated.
    #[arg(long, value_name = "NAME(x) = FORMULA")]
    unary: Vec<String>,
    /// One more operation of two arguments, such as 'gate(a, b) = a * sigmoid(b)'; may be repeated.
    #[arg(long, value_name = "NAME(a, b) = FORMULA")]
    binary: Vec<String>,
    /// The run folder to make [default: runs/<TASK or data>-seed<SEED>].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on with the run in this folder, with its settings.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "task", "data", "set", "seed", "epochs", "retrain_epochs", "retrain_seeds", "pick", "no_front", "batch", "rate", "arch_rate", "relaxation", "strategy", "candidates", "base", "space", "unary", "binary", "out"])]
    resume: Option<PathBuf>,
    /// Show no progress; warnings stay.
    #[arg(long, short)]
    quiet: bool,
    /// Print the result as one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum BaseName {
    Relu,
    Gelu,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum RelaxationName {
    /// At random, with trained means (a Dirichlet distribution).
    #[value(name = "drnas")]
    DrNas,
    /// As a softmax of trained numbers; nothing is random.
    Darts,
    /// One operation at a time has all the weight, drawn at random.
    #[value(name = "reinmax")]
    ReinMax,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum StrategyName {
    /// Mixtures are trained, and operations are removed one by one.
    Gradient,
    /// Random functions are trained for an equal share of the steps each; the best one wins.
    Random,
    /// As random, but after a while only the better half goes on, again and again.
    Halving,
}

/// The candidates of a baseline, if nobody says how many.
const CANDIDATES: usize = 16;

impl Arguments {
    /// The settings: the defaults, with what was asked for.
    fn specification(&self) -> Result<Specification> {
        self.each_once()?;
        let mut config = self.settings.specification()?;
        if config.activation.is_some() {
            return Err(Error::Usage(
                "`activation` is of trainings without a search: leave it out, or call `actsmith train`".to_owned(),
            ));
        }
        fn set<T: Copy>(setting: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *setting = value;
            }
        }
        set(&mut config.seed, self.seed);
        set(&mut config.batch, self.batch);
        set(&mut config.rate, self.rate);
        set(&mut config.search.epochs, self.epochs);
        set(&mut config.search.architecture_rate, self.arch_rate);
        set(&mut config.retrain.epochs, self.retrain_epochs);
        // Seconds each: enough of them for the comparison to mean something.
        if self.settings.is_default() && !self.settings.sets("retrain.seeds") {
            config.retrain.seeds = FEWEST as u64;
        }
        set(&mut config.retrain.seeds, self.retrain_seeds);
        set(&mut config.retrain.pick, self.pick);
        set(&mut config.search.front, self.no_front.then_some(false));
        set(
            &mut config.base,
            self.base.map(|base| match base {
                BaseName::Relu => Base::Relu,
                BaseName::Gelu => Base::Gelu,
            }),
        );
        set(
            &mut config.search.relaxation,
            self.relaxation.map(|name| match name {
                RelaxationName::DrNas => RelaxationKind::DrNas,
                RelaxationName::Darts => RelaxationKind::Darts,
                RelaxationName::ReinMax => RelaxationKind::ReinMax,
            }),
        );
        if self.strategy.is_some() || self.candidates.is_some() {
            config.search.strategy = self.strategy()?;
        }
        if self.space.is_some() || !self.unary.is_empty() || !self.binary.is_empty() {
            config.space = self.space()?;
        }
        Ok(config)
    }

    /// Refuses a setting that an option and `--set` both give.
    fn each_once(&self) -> Result<()> {
        let space = self.space.is_some() || !self.unary.is_empty() || !self.binary.is_empty();
        let strategy = self.strategy.is_some() || self.candidates.is_some();
        let options = [
            ("seed", "--seed", self.seed.is_some()),
            ("batch", "--batch", self.batch.is_some()),
            ("rate", "--rate", self.rate.is_some()),
            ("base", "--base", self.base.is_some()),
            ("space", "--space`, `--unary` or `--binary", space),
            ("search.epochs", "--epochs", self.epochs.is_some()),
            (
                "search.architecture_rate",
                "--arch-rate",
                self.arch_rate.is_some(),
            ),
            (
                "search.relaxation",
                "--relaxation",
                self.relaxation.is_some(),
            ),
            ("search.strategy", "--strategy` or `--candidates", strategy),
            (
                "retrain.epochs",
                "--retrain-epochs",
                self.retrain_epochs.is_some(),
            ),
            (
                "retrain.seeds",
                "--retrain-seeds",
                self.retrain_seeds.is_some(),
            ),
            ("retrain.pick", "--pick", self.pick.is_some()),
            ("search.front", "--no-front", self.no_front),
        ];
        self.settings.given_once(&options)
    }

    fn strategy(&self) -> Result<StrategyKind> {
        let candidates = self.candidates.unwrap_or(CANDIDATES);
        match self.strategy {
            Some(StrategyName::Random) => Ok(StrategyKind::Random(candidates)),
            Some(StrategyName::Halving) => Ok(StrategyKind::Halving(candidates)),
            None | Some(StrategyName::Gradient) if self.candidates.is_some() => Err(Error::Usage(
                "a search by gradients has no candidates: add `--strategy random` or `--strategy halving`, or leave out \
                 `--candidates`"
                    .to_owned(),
            )),
            None | Some(StrategyName::Gradient) => Ok(StrategyKind::Gradient),
        }
    }

    /// The operations to start from.
    fn space(&self) -> Result<Space> {
        let space = Space::named(self.space.as_deref().unwrap_or("default"))?;
        let mut unary = self.unary.iter();
        let space = unary.try_fold(space, |space, text| space.declare_unary(text))?;
        let mut binary = self.binary.iter();
        Ok(binary.try_fold(space, |space, text| space.declare_binary(text))?)
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    threads::inside(|| run_inside(arguments))
}

fn run_inside(arguments: &Arguments) -> Result<()> {
    if arguments.settings.lists() {
        return tasks::list("search", arguments.json);
    }
    let registry = Registry::default();
    let (mut folder, experiment) = match &arguments.resume {
        Some(path) => settings::resume(path, &registry, "search")?,
        None => {
            let experiment = Experiment::new(arguments.specification()?, &registry)?;
            experiment.check_memory()?;
            let specification = experiment.specification();
            let out = arguments.out.as_deref();
            let folder = arguments.settings.create("", out, specification)?;
            (folder, experiment)
        }
    };
    if folder.outcome()?.is_none() {
        let warnings = experiment.warnings();
        warnings.iter().for_each(|warning| warn(warning));
    }
    let seeds = experiment.specification().retrain.seeds;
    let mut watch = Watch::new(arguments.quiet, "search", folder.path(), seeds);
    let outcome = experiment
        .run(&mut folder, &[plot::PICTURE], &mut |update| {
            watch.update(update)
        })
        .map_err(|error| settings::go_on(error, "search", &folder))?;
    let pick = experiment.specification().retrain.pick;
    if arguments.json {
        return output::print_json(&serde_json::json!({
            "folder": folder.path(),
            "result": outcome,
            "remarks": remarks(&outcome, pick, folder.path()),
            "timing": folder.timing(),
        }));
    }
    output::print(&summary(&outcome, pick, &folder))
}

/// The results for a reader.
fn summary(outcome: &Outcome, pick: Pick, folder: &Folder) -> String {
    let cost = folder.timing().search.report(outcome.training_steps);
    let remarks: String = remarks(outcome, pick, folder.path())
        .iter()
        .map(|remark| format!("{remark}\n"))
        .collect();
    let paragraphs = [outcome.to_string(), remarks, cost.to_string()];
    let paragraphs = paragraphs.map(|paragraph| paragraph.trim_end().to_owned());
    let paragraphs: Vec<&str> = (paragraphs.iter().map(String::as_str))
        .filter(|paragraph| !paragraph.is_empty())
        .collect();
    format!(
        "{}\nEverything is in {}.",
        paragraphs.join("\n\n"),
        folder.path().display()
    )
}

/// What a reader should know of the results.
fn remarks(outcome: &Outcome, pick: Pick, folder: &Path) -> Vec<String> {
    let mut remarks = Vec::new();
    let further = "search longer (`--epochs`) or with another seed (`--seed`)";
    for (group, finding) in outcome.functions.iter() {
        if finding.formulas.is_straight() {
            let of = group.map_or_else(String::new, |group| format!(" of `{group}`"));
            remarks.push(format!(
                "The found function{of} is a straight line, no better than no activation: {further}."
            ));
        }
    }
    for (group, finding) in outcome.functions.iter() {
        let Some((picked, Pick::Number(number))) =
            finding.front.as_ref().map(|of| (of.picked, pick))
        else {
            continue;
        };
        if picked < number {
            let of = group.map_or_else(String::new, |group| format!(" of `{group}`"));
            remarks.push(format!(
                "The front{of} has no point {number}: the last one, {picked}, was taken."
            ));
        }
    }
    let seeds = outcome.retrained.first().map(|found| found.scores.len());
    // With more seeds, a test says which are.
    let behind = match seeds {
        Some(seeds) if seeds >= FEWEST => Vec::new(),
        _ => outcome.behind(),
    };
    for (name, points) in behind {
        remarks.push(format!(
            "The found function is worse than {name} by {:.1} percentage points, more than the choice of {} held-out examples \
             explains: {further}.",
            100.0 * points,
            outcome.held_out
        ));
    }
    remarks.extend(outcome.verdict());
    match seeds {
        None => remarks.push(
            "Nothing was trained from scratch: the run has no epochs for that (`--retrain-epochs 0`)."
                .to_owned(),
        ),
        Some(seeds) if seeds < FEWEST => remarks.push(format!(
            "`actsmith evaluate {} --seeds 8` compares it with seven activations over eight seeds.",
            quoted(folder)
        )),
        Some(_) => {}
    }
    remarks
}
