//! Which experiment a command is about: a task by its name, a file of settings, and single settings on top of them.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use actsmith_search::error::Error as SearchError;
use actsmith_search::experiment::{Experiment, Folder, NamedTask, Registry, Specification};

use super::output::quoted;
use super::text;
use crate::error::{Error, Result};

/// Bytes of a file of settings at most; a run's own has a few hundred.
const LARGEST: u64 = 1 << 20;

/// What `--task` takes for a list of the tasks.
pub(super) const LIST: &str = "list";

#[derive(Debug, clap::Args)]
pub(super) struct Settings {
    /// A TOML file with settings as `config.toml` of a run folder has them; what it leaves out is as without it. Options and `--set`
    /// come after it.
    #[arg(value_name = "CONFIG.toml")]
    config: Option<PathBuf>,
    /// The model, the data and the budget to start from, by name; `--task list` lists them [default: the embedded digits].
    #[arg(long, value_name = "NAME")]
    pub(super) task: Option<String>,
    /// The folder of the task's files, for data that are not embedded.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Any setting of such a file, as `--set data=fashion-small --set network.width=16`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
}

impl Settings {
    /// Settings that a command reads in another way.
    pub(super) fn new(
        config: Option<PathBuf>,
        task: Option<String>,
        data: Option<PathBuf>,
        set: Vec<String>,
    ) -> Self {
        Self {
            config,
            task,
            data,
            set,
        }
    }

    /// Whether the list of tasks is asked for.
    pub(super) fn lists(&self) -> bool {
        self.task.as_deref() == Some(LIST)
    }

    /// Whether neither a task nor a file is named: then it is the embedded digits, with a network that is trained in seconds.
    pub(super) fn is_default(&self) -> bool {
        self.task.is_none() && self.config.is_none()
    }

    /// The task, if one is named.
    fn named(&self) -> Result<Option<&'static NamedTask>> {
        let task = self.task.as_deref().map(NamedTask::find).transpose();
        task.map_err(|error| Error::Usage(format!("{error}; `--task {LIST}` explains them")))
    }

    /// The settings: the defaults, with what was asked for.
    pub(super) fn specification(&self) -> Result<Specification> {
        let task = self.named()?;
        let text = match &self.config {
            Some(path) => File::open(path)
                .map_err(|error| error.to_string())
                .and_then(|file| text::read(file, LARGEST, "settings"))
                .map_err(|reason| Error::Usage(format!("{}: {reason}", path.display())))?,
            None => String::new(),
        };
        let texts = [task.map_or("", |task| task.settings), &text];
        // Without `--set` first: a mistake of the file names the file.
        let none: [&str; 0] = [];
        if let Err(error) = Specification::layered(&texts, &none) {
            return Err(match (error, &self.config) {
                (SearchError::Invalid(message), Some(path)) => {
                    Error::Usage(format!("{}: {message}", path.display()))
                }
                (other, _) => other.into(),
            });
        }
        let mut specification = Specification::layered(&texts, &self.set)?;
        let name = &specification.data.name;
        let files = actsmith_search::data::files_of(name);
        let known = specification.data.settings.contains_key(FOLDER);
        match (&self.data, files) {
            (Some(_), None) => {
                return Err(Error::Usage(format!(
                    "the data set `{name}` reads no files: leave out `--data`"
                )));
            }
            (Some(_), Some(_)) if known => {
                return Err(Error::Usage(
                    "`--data` and the setting `data.dir` both name a folder; give it once"
                        .to_owned(),
                ));
            }
            (Some(path), Some(_)) => {
                let folder = path.to_str().ok_or_else(|| {
                    Error::Usage(format!(
                        "{} is not UTF-8, as settings are: give the folder another name",
                        quoted(path)
                    ))
                })?;
                let settings = &mut specification.data.settings;
                settings.insert(FOLDER.to_owned(), folder.into());
            }
            (None, Some((expected, origin))) if !known => {
                return Err(Error::Usage(format!(
                    "the data set `{name}` is read from files: give their folder with `--data DIR`; it holds {expected}, from {origin}"
                )));
            }
            (None, _) => {}
        }
        make_absolute(&mut specification.data.settings)?;
        Ok(specification)
    }

    /// Whether `--set` gives a value to this key.
    pub(super) fn sets(&self, key: &str) -> bool {
        let paths = self.set.iter().flat_map(|setting| paths(setting));
        paths.into_iter().any(|path| path == key)
    }

    /// A new run folder: `out`, or one that is named after the command and the task.
    pub(super) fn create(
        &self,
        prefix: &str,
        out: Option<&Path>,
        of: &Specification,
    ) -> Result<Folder> {
        let name = self.task.as_deref().unwrap_or(&of.data.name);
        let usual = || Path::new("runs").join(format!("{prefix}{name}-seed{}", of.seed));
        let path = out.map_or_else(usual, Path::to_owned);
        Folder::create(&path, of).map_err(|error| elsewhere(error, &path))
    }

    /// Refuses a setting that `--set` gives and an option too; `options` are a key, an option and whether it is given.
    pub(super) fn given_once(&self, options: &[(&str, &str, bool)]) -> Result<()> {
        for setting in &self.set {
            let paths = paths(setting);
            let same = |key: &str| {
                let below = format!("{key}.");
                (paths.iter()).any(|path| path == key || path.starts_with(&below))
            };
            let option = options.iter().find(|(key, _, given)| *given && same(key));
            if let Some((key, option, _)) = option {
                return Err(Error::Usage(format!(
                    "`{setting}`: `{option}` gives `{key}` too; give it once"
                )));
            }
        }
        Ok(())
    }
}

/// The keys that a `--set` gives values to: one, or those of the table that its value is.
fn paths(setting: &str) -> Vec<String> {
    fn below(path: String, value: &toml::Value, paths: &mut Vec<String>) {
        match value {
            toml::Value::Table(table) if !table.is_empty() => {
                for (key, value) in table {
                    below(format!("{path}.{key}"), value, paths);
                }
            }
            _ => paths.push(path),
        }
    }
    let (path, value) = setting.split_once('=').unwrap_or((setting, ""));
    let path = path.split_whitespace().collect();
    let value = value.trim().parse();
    let mut paths = Vec::new();
    below(
        path,
        &value.unwrap_or(toml::Value::Boolean(true)),
        &mut paths,
    );
    paths
}

/// The setting of a data set for the folder of its files.
const FOLDER: &str = "dir";
/// The settings of data sets that are paths.
const PATHS: [&str; 2] = [FOLDER, "tokenizer"];

/// Makes the paths of a data set start at the root, so that a run goes on from any folder.
fn make_absolute(settings: &mut toml::Table) -> Result<()> {
    for key in PATHS {
        let Some(toml::Value::String(path)) = settings.get_mut(key) else {
            continue;
        };
        let whole = std::path::absolute(&*path)
            .map_err(|error| Error::Usage(format!("`data.{key}` is `{path}`: {error}")))?;
        *path = whole.into_os_string().into_string().map_err(|whole| {
            Error::Usage(format!(
                "{} is not UTF-8, as settings are: give the folder another name",
                quoted(Path::new(&whole))
            ))
        })?;
    }
    Ok(())
}

/// The run in a folder, which `command` goes on with: `search` or `train`.
pub(super) fn resume(
    path: &Path,
    registry: &Registry,
    command: &str,
) -> Result<(Folder, Experiment)> {
    let (folder, experiment) = Folder::open(path, registry)?;
    let (own, holds, not) = match experiment.specification().activation {
        Some(_) => ("train", "training", "search"),
        None => ("search", "search", "training"),
    };
    if own == command {
        return Ok((folder, experiment));
    }
    Err(Error::Usage(format!(
        "{} holds a {holds}, not a {not}: go on with `actsmith {own} --resume {}`",
        path.display(),
        quoted(path)
    )))
}

/// Says what to do if the folder of a new run cannot be made.
pub(super) fn elsewhere(error: SearchError, path: &Path) -> Error {
    let SearchError::Io {
        path: refused,
        source,
    } = &error
    else {
        return error.into();
    };
    match source.kind() {
        ErrorKind::AlreadyExists => Error::Usage(format!(
            "{} already exists: go on with it (`--resume {}`) or choose another folder (`--out`)",
            path.display(),
            quoted(path)
        )),
        ErrorKind::NotADirectory => Error::Usage(format!(
            "{}: a part of this path is a file, not a folder; choose another folder (`--out`)",
            refused.display()
        )),
        _ => error.into(),
    }
}

/// Says how the run goes on once what the system refused can be done.
pub(super) fn go_on(error: SearchError, command: &str, folder: &Folder) -> Error {
    match error {
        SearchError::Io { .. } => Error::Failure(format!(
            "{error}; then go on with `actsmith {command} --resume {}`, all epochs with a checkpoint are kept",
            quoted(folder.path())
        )),
        // The settings of a folder stay: going on would end the same way.
        SearchError::SearchDiverged { .. } => {
            let error = Error::from(error);
            Error::Failure(format!(
                "{error}{}; choose another folder (`--out DIR`), or remove {} first",
                super::options(&error),
                quoted(folder.path())
            ))
        }
        other => other.into(),
    }
}
