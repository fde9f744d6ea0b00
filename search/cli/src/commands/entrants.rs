//! Activations that are trained on a task: from the arguments to what takes part.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use actsmith_search::evaluate::{Contender, Role};
use actsmith_search::experiment::{Chosen, Experiment, Registry, Specification};
use actsmith_search::report::{Finding, Pick};
use clap::builder::RangedU64ValueParser;

use super::found::{PickOption, RunFolder, folders_once, no_point, run_folder};
use super::output::{STREAM, warn};
use super::settings::Settings;
use super::train;
use crate::error::{Error, Result};

/// What takes part.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Entrants {
    /// What takes part: the folder of a finished search, a formula in `x`, the name of an activation, a declaration such as
    /// 'swish(x) = x * sigmoid(1.5 * x)', `@FILE` with a formula, `-` for one on standard input, a genotype, or `PART=FORMULA, PART=FORMULA`.
    #[arg(value_name = "RUN | FORMULA")]
    candidates: Vec<String>,
    /// Any setting of the task, as `--set network.width=16`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The first seed [default: that of the search, else 1].
    #[arg(long, value_parser = RangedU64ValueParser::<u64>::new().range(..=i64::MAX as u64))]
    seed: Option<u64>,
    #[command(flatten)]
    pick: PickOption,
    /// Constants of functions that searches found go on being trained, each site with its own; otherwise they stay as they were found.
    #[arg(long, conflicts_with = "pick")]
    train_constants: bool,
}

/// The epochs that an option gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Epochs {
    /// Those of each training from scratch; without them, the task has its own.
    OfTask(Option<usize>),
    /// Others: those of the task do not matter.
    Others,
}

impl Epochs {
    fn of_task(self) -> Option<usize> {
        match self {
            Self::OfTask(epochs) => epochs,
            Self::Others => None,
        }
    }
}

/// The task.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Place {
    /// The model, the data and the budget, by name; `--task list` lists them [default: those of the search, else the embedded digits].
    #[arg(long, value_name = "NAME")]
    pub(super) task: Option<String>,
    /// A TOML file with settings, as `actsmith train` takes one.
    #[arg(long, value_name = "CONFIG.toml")]
    pub(super) config: Option<PathBuf>,
    /// The folder of the task's files, for data that are not embedded.
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
}

impl Place {
    /// The folder of a command's results, if nobody names one.
    pub(super) fn folder(&self, command: &str, task: &Specification) -> PathBuf {
        let name = self.task.as_deref().unwrap_or(&task.data.name);
        Path::new("runs").join(format!("{command}-{name}-seed{}", task.seed))
    }
}

/// A finished search.
struct Run {
    path: PathBuf,
    specification: Specification,
    activation: Chosen,
    /// Whether it is not a training with an activation that was chosen by hand.
    is_search: bool,
}

impl Run {
    fn contender(&self, name: String, role: Role) -> Contender {
        let contender = Contender::new(name, role, self.activation.clone());
        match self.is_search {
            true => contender.found_by(self.specification.search.strategy),
            false => contender,
        }
    }
}

/// A task with the activations that are trained on it.
#[derive(Debug)]
pub(super) struct Entered {
    pub(super) task: Specification,
    pub(super) contenders: Vec<Contender>,
    /// The finished searches among them, each with the name of its contender.
    pub(super) searches: BTreeMap<String, PathBuf>,
}

impl Entrants {
    /// The same, with the text of standard input in place of `-`: it can be read only once, and several tasks ask for it.
    pub(super) fn with_input(&self) -> Result<Self> {
        let mut read = self.clone();
        for text in &mut read.candidates {
            if text.trim() == STREAM {
                *text = train::formula(text)?;
            }
        }
        Ok(read)
    }

    /// What takes part in a task, which `command` asks for.
    pub(super) fn read(
        &self,
        place: &Place,
        command: &str,
        epochs: Epochs,
        registry: &Registry,
    ) -> Result<Entered> {
        if self.candidates.is_empty() {
            return Err(Error::Usage(format!(
                "there is no activation to {command}: give a formula, such as `relu2`, or the folder of a search"
            )));
        }
        let mut runs = Vec::new();
        let mut formulas = Vec::new();
        for text in &self.candidates {
            match run(text, self.pick.point(), self.train_constants)? {
                Some(run) => runs.push(run),
                None => formulas.push(text),
            }
        }
        let folders: Vec<&Path> = runs.iter().map(|run| run.path.as_path()).collect();
        folders_once(&folders)?;
        let task = self.task(place, &runs, epochs, registry)?;
        let mut has_search = runs.iter().any(|run| run.is_search);
        let mut contenders = Vec::new();
        let mut searches = BTreeMap::new();
        for run in &runs {
            let name = match runs.len() {
                1 => "found".to_owned(),
                _ => word(&run.path),
            };
            if run.is_search {
                searches.insert(name.clone(), run.path.clone());
            }
            contenders.push(run.contender(name, Role::Candidate));
        }
        for (number, text) in formulas.iter().enumerate() {
            let unnamed = match formulas.len() {
                1 => "candidate".to_owned(),
                _ => format!("candidate{}", number + 1),
            };
            let (written, is_run) = train::written(text, self.pick.point())?;
            has_search |= is_run;
            let read = Contender::read(&written.join(","), &unnamed, Role::Candidate);
            contenders.push(read?);
        }
        self.pick.needs(has_search)?;
        Ok(Entered {
            task,
            contenders,
            searches,
        })
    }

    /// The settings: those of the task, of the file or of the first search, with what was asked for.
    fn task(
        &self,
        place: &Place,
        runs: &[Run],
        epochs: Epochs,
        registry: &Registry,
    ) -> Result<Specification> {
        let mut config = place.config.clone();
        let own = place.task.is_some() || config.is_some();
        if !own && let Some(first) = runs.first() {
            config = Some(first.path.join("config.toml"));
        }
        let settings = Settings::new(
            config,
            place.task.clone(),
            place.data.clone(),
            self.set.clone(),
        );
        settings.given_once(&[
            ("seed", "--seed", self.seed.is_some()),
            ("retrain.epochs", "--epochs", epochs.of_task().is_some()),
            ("retrain.seeds", "--seeds", true),
            ("retrain.baselines", "--baselines", true),
        ])?;
        let mut task = settings.specification()?;
        if task.activation.is_some() {
            return Err(Error::Usage(
                "`activation` is a setting of `actsmith train`: leave it out, and name the activation as an argument".to_owned(),
            ));
        }
        task.retrain.baselines = Specification::default().retrain.baselines;
        task.retrain.pick = Pick::default();
        task.retrain.epochs = epochs.of_task().unwrap_or(task.retrain.epochs);
        task.seed = self.seed.unwrap_or(task.seed);
        let same_data = |run: &&Run| run.specification.data.name == task.data.name;
        if task.split_seed.is_none()
            && let Some(first) = runs.iter().find(same_data)
        {
            task.split_seed = Some(first.specification.splits());
        }
        if !own && let [first, others @ ..] = runs {
            for other in others {
                let mut different = differences(&first.specification, &other.specification);
                // What is asked for holds for all.
                different.retain(|key| !settings.sets(key));
                if epochs != Epochs::OfTask(None) {
                    different.retain(|key| *key != "retrain.epochs");
                }
                let [first, other] = [first, other].map(|run| run.path.display());
                if different.contains(&"groups") {
                    return Err(Error::Usage(format!(
                        "{first} and {other} have found functions for different groups of sites (`groups`): take searches with the same groups"
                    )));
                }
                if !different.is_empty() {
                    return Err(Error::Usage(format!(
                        "{first} and {other} are searches on different tasks (`{}`): evaluate each by itself, or name the task (`--task`)",
                        different.join("`, `")
                    )));
                }
            }
        }
        self.warn_of_splits(&task, runs, registry)?;
        Ok(task)
    }

    /// Says if a search has seen what is held out here.
    fn warn_of_splits(
        &self,
        task: &Specification,
        runs: &[Run],
        registry: &Registry,
    ) -> Result<()> {
        let mut experiment = None;
        for run in runs {
            let of = &run.specification;
            if of.data != task.data {
                if of.data.name != task.data.name {
                    warn(&format!(
                        "{} is a search on {}: this says how its function does on {}",
                        run.path.display(),
                        of.data,
                        task.data
                    ));
                }
                continue;
            }
            if of.splits() == task.splits() {
                continue;
            }
            let experiment = match &mut experiment {
                Some(experiment) => experiment,
                none => none.insert(Experiment::new(task.clone(), registry)?),
            };
            if !experiment.holds_out_the_same(of.splits())? {
                warn(&format!(
                    "{} has searched with examples that are held out here: splits are those of seed {} there, and of seed {} here \
                     (`--set split_seed={}` in the searches avoids that)",
                    run.path.display(),
                    of.splits(),
                    task.splits(),
                    task.splits(),
                ));
            }
        }
        Ok(())
    }
}

/// The finished search or training in a folder, as a baseline.
pub(super) fn baseline(text: &str) -> Result<Option<Contender>> {
    let run = run(text, Pick::default(), false)?;
    Ok(run.map(|run| run.contender(word(&run.path), Role::Baseline)))
}

/// The finished search in a folder, if `text` is the folder of a run; its constants stay as they were found, or are trained.
fn run(text: &str, pick: Pick, train_constants: bool) -> Result<Option<Run>> {
    let Some(path) = run_folder(text)? else {
        return Ok(None);
    };
    let folder = RunFolder::read(path)?;
    let specification = folder.specification.clone();
    if let Some(activation) = specification.activation.clone() {
        // A training with an activation that was chosen by hand is as good a name for it.
        return Ok(Some(Run {
            path: path.to_owned(),
            specification: Specification {
                activation: None,
                ..specification
            },
            activation,
            is_search: false,
        }));
    }
    let outcome = folder.outcome()?;
    let functions: Vec<_> = outcome.functions.iter().collect();
    let picked = |of: &Finding| -> Result<String> {
        let formula = of.picked(pick).map_err(|error| no_point(path, &error));
        formula.map(str::to_owned)
    };
    let activation = match functions[..] {
        [(None, of)] if train_constants && !of.constants.is_empty() => {
            let genotype = specification.space.genotype(&of.genotype)?;
            Chosen::trained(&genotype.formula(true), of.constants.clone())?
        }
        [(None, of)] => Chosen::One(picked(of)?),
        _ if train_constants => {
            return Err(Error::Usage(format!(
                "{} has found several functions, whose constants cannot be trained: leave out `--train-constants`",
                path.display()
            )));
        }
        _ => Chosen::ByPart(
            functions
                .iter()
                .map(|(group, of)| {
                    let group = group.unwrap_or_default();
                    Ok((group.to_owned(), picked(of)?))
                })
                .collect::<Result<BTreeMap<_, _>>>()?,
        ),
    };
    Ok(Some(Run {
        path: path.to_owned(),
        specification,
        activation,
        is_search: true,
    }))
}

/// The settings of trainings from scratch in which two searches differ.
fn differences(one: &Specification, other: &Specification) -> Vec<&'static str> {
    let pairs = [
        ("data", one.data == other.data),
        ("network", one.network == other.network),
        ("groups", one.groups == other.groups),
        ("batch", one.batch == other.batch),
        ("rate", one.rate == other.rate),
        ("optimizer", one.optimizer == other.optimizer),
        ("training", one.training == other.training),
        ("retrain.epochs", one.retrain.epochs == other.retrain.epochs),
        (
            "retrain.steps_per_epoch",
            one.retrain.steps_per_epoch == other.retrain.steps_per_epoch,
        ),
    ];
    let different = pairs.into_iter().filter(|(_, same)| !same);
    different.map(|(key, _)| key).collect()
}

/// The last part of a path as a word.
fn word(path: &Path) -> String {
    let name = path.components().next_back();
    let name = name.map_or_else(String::new, |name| {
        name.as_os_str().to_string_lossy().into_owned()
    });
    let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    name.chars().map(letter).collect()
}
