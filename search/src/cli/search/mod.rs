//! `actsmith search`: a run from its options, or one that goes on.

mod watch;

use std::path::{Path, PathBuf};

use clap::builder::RangedU64ValueParser;

use super::output;
use crate::cell::Base;
use crate::engine::StrategyKind;
use crate::error::{Error, Result};
use crate::report::Outcome;
use crate::run::{self, Folder, RunConfig};
use crate::sampler::RelaxationKind;
use crate::space::Space;
use watch::Watch;

/// Search for an activation function on the embedded digits, and compare it with ReLU and GELU.
///
/// A ResNet-8 learns 8×8 handwritten digits with a searchable cell in place of its activation function. The network is then
/// trained from scratch with the function that was found, with ReLU and with GELU. Everything goes to a run folder; a run that
/// was interrupted goes on with `--resume` and ends with the same bytes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Seed of everything that is random [default: 1].
    #[arg(long, value_parser = RangedU64ValueParser::<u64>::new().range(..=i64::MAX as u64))]
    seed: Option<u64>,
    /// Epochs of the search [default: 50].
    #[arg(long)]
    epochs: Option<usize>,
    /// Epochs of each training from scratch; 0 to search only [default: 40].
    #[arg(long)]
    retrain_epochs: Option<usize>,
    /// Images a step [default: 64].
    #[arg(long)]
    batch: Option<usize>,
    /// Learning rate of the network's first step [default: 0.1].
    #[arg(long, allow_negative_numbers = true)]
    rate: Option<f64>,
    /// Learning rate of the cell [default: 0.01].
    #[arg(long, allow_negative_numbers = true)]
    arch_rate: Option<f64>,
    /// How a slot's weights are drawn from its numbers [default: drnas].
    #[arg(long)]
    relaxation: Option<RelaxationName>,
    /// How the steps are spent: by gradients, or by one of two baselines on random functions [default: gradient].
    #[arg(long)]
    strategy: Option<StrategyName>,
    /// Random functions that a baseline begins with [default: 16].
    #[arg(long)]
    candidates: Option<usize>,
    /// Activation of the first epoch, in which the cell waits [default: relu].
    #[arg(long)]
    base: Option<BaseName>,
    /// Operations to start from: the 32 of the published search, or all 41 [default: default].
    #[arg(long, value_name = "default|wide", value_parser = ["default", "wide"])]
    space: Option<String>,
    /// One more operation of a number, such as 'bump(x) = x * gaussian(x)'; may be repeated.
    #[arg(long, value_name = "NAME(x) = FORMULA")]
    unary: Vec<String>,
    /// One more operation of two numbers, such as 'gate(a, b) = a * sigmoid(b)'; may be repeated.
    #[arg(long, value_name = "NAME(a, b) = FORMULA")]
    binary: Vec<String>,
    /// The run folder to make [default: runs/digits-seed<SEED>].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on with the run in this folder, with its settings.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["seed", "epochs", "retrain_epochs", "batch", "rate", "arch_rate", "relaxation", "strategy", "candidates", "base", "space", "unary", "binary", "out"])]
    resume: Option<PathBuf>,
    /// Show no progress.
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
    /// Random weights, a sample of a Dirichlet distribution.
    #[value(name = "drnas")]
    DrNas,
    /// The softmax, nothing random.
    Darts,
    /// One random operation at a time, and a gradient of the second order.
    #[value(name = "reinmax")]
    ReinMax,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum StrategyName {
    /// The cell is relaxed, and operations leave one by one.
    Gradient,
    /// Each candidate is trained for an equal share of the steps; the best one is found.
    Random,
    /// As random, but the better half of the candidates goes on, again and again.
    Halving,
}

/// The candidates of a baseline, if nobody says how many.
const CANDIDATES: usize = 16;

impl Arguments {
    /// The settings: the defaults, with what was asked for.
    fn config(&self) -> Result<RunConfig> {
        let mut config = RunConfig::default();
        fn set<T: Copy>(place: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *place = value;
            }
        }
        set(&mut config.seed, self.seed);
        set(&mut config.batch, self.batch);
        set(&mut config.rate, self.rate);
        set(&mut config.search.epochs, self.epochs);
        set(&mut config.search.architecture_rate, self.arch_rate);
        set(&mut config.retrain.epochs, self.retrain_epochs);
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
        config.search.strategy = self.strategy()?;
        config.space = self.space()?;
        config.validate()?;
        Ok(config)
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
        binary.try_fold(space, |space, text| space.declare_binary(text))
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let (mut folder, config) = match &arguments.resume {
        Some(path) => Folder::open(path)?,
        None => {
            let config = arguments.config()?;
            let path = arguments
                .out
                .clone()
                .unwrap_or_else(|| default_folder(&config));
            (Folder::create(&path, &config)?, config)
        }
    };
    let mut watch = Watch::new(arguments.quiet, folder.path());
    let outcome = run::run(&config, &mut folder, &mut |update| watch.update(update))
        .map_err(|error| go_on(error, &folder))?;
    if arguments.json {
        return output::print_json(&serde_json::json!({
            "folder": folder.path(),
            "result": outcome,
            "timing": folder.timing(),
        }));
    }
    output::print(&summary(&outcome, &folder))
}

/// Says how the run goes on once what the system refused can be done.
fn go_on(error: Error, folder: &Folder) -> Error {
    match error {
        Error::Io { .. } => Error::Failure(format!(
            "{error}; then go on with `actsmith search --resume {}`, all epochs with a checkpoint are kept",
            folder.path().display()
        )),
        // The settings of a folder stay: going on would end the same way.
        Error::SearchDiverged { .. } => Error::Failure(format!(
            "{error}; that takes another folder (`--out DIR`), or remove {} first",
            folder.path().display()
        )),
        other => other,
    }
}

fn default_folder(config: &RunConfig) -> PathBuf {
    Path::new("runs").join(format!("{}-seed{}", config.data.name(), config.seed))
}

/// The results for a reader.
fn summary(outcome: &Outcome, folder: &Folder) -> String {
    let cost = folder.timing().search.report(outcome.training_steps);
    format!(
        "{outcome}\n{cost}\nEverything is in {}.",
        folder.path().display()
    )
}
