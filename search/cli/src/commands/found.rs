//! What the search in a run folder found, where the folder stands for a formula.

use std::path::{Path, PathBuf};

use actsmith_codegen::Formula;
use actsmith_search::experiment::{Chosen, Specification, part};
use actsmith_search::report::{Outcome, Pick};

use super::output::quoted;
use crate::error::{Error, Result};

/// Which function of a run is taken; every command that takes a run folder for a formula takes this.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct PickOption {
    /// Take a point of the front of the run in place of the found function, by its number in `formula.txt`; `simplest` is the cheapest one
    /// whose loss on the validation split is within one standard error
    #[arg(long, value_name = "N|simplest", allow_negative_numbers = true)]
    pub(super) pick: Option<Pick>,
}

impl PickOption {
    /// Which point is taken.
    pub(super) fn point(&self) -> Pick {
        self.pick.unwrap_or_default()
    }

    /// Refuses the option where no argument is the folder of a search.
    pub(super) fn needs(&self, has_run: bool) -> Result<()> {
        match self.pick {
            Some(pick) if !has_run => Err(Error::Usage(format!(
                "`--pick {pick}` takes a point of the front of a search: give the folder of one, or leave it out"
            ))),
            _ => Ok(()),
        }
    }
}

/// Refuses a folder that is given twice, under one path or two.
pub(super) fn folders_once(folders: &[impl AsRef<Path>]) -> Result<()> {
    let mut seen: Vec<PathBuf> = Vec::new();
    for folder in folders {
        let folder = folder.as_ref();
        // What is not there is refused where it is read.
        let full = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        if seen.contains(&full) {
            return Err(Error::Usage(format!(
                "{} is given twice; give it once",
                folder.display()
            )));
        }
        seen.push(full);
    }
    Ok(())
}

/// A point of a run that there is none of.
pub(super) fn no_point(folder: &Path, error: &actsmith_search::error::Error) -> Error {
    Error::Usage(format!("--pick: {}: {error}", folder.display()))
}

/// The folder of a run, where an argument is one.
///
/// # Errors
/// [`Error::Usage`] if the argument is another folder, or looks like the path of one that is missing. What is a formula in `x`, or the name of
/// one, is a formula, whatever folders there are.
pub(super) fn run_folder(argument: &str) -> Result<Option<&Path>> {
    let argument = argument.trim();
    let path = Path::new(argument);
    if path.join("config.toml").is_file() {
        return Ok(Some(path));
    }
    match misplaced(argument) {
        None => Ok(None),
        Some(Misplaced::Missing(message)) => Err(Error::Usage(message)),
        Some(Misplaced::Folder) => {
            let holds = OTHERS.iter().find(|(file, _)| path.join(file).is_file());
            let why = match holds {
                Some((_, what)) => format!("holds {what}, not a single function"),
                None => "is not a run folder (it has no config.toml)".to_owned(),
            };
            Err(Error::Usage(format!(
                "{argument} {why}: give the folder of a search, or a formula"
            )))
        }
    }
}

/// Refuses a folder, and what looks like the path of a missing one, where only a formula is taken.
pub(super) fn refuse_folder(argument: &str) -> Result<()> {
    let folder = argument.trim().trim_end_matches('/');
    Err(Error::Usage(match misplaced(argument.trim()) {
        None => return Ok(()),
        Some(Misplaced::Missing(message)) => message,
        Some(Misplaced::Folder) if Path::new(folder).join("formula.txt").is_file() => format!(
            "{folder} is a folder, and a formula is wanted: `@{folder}/formula.txt` is what was found there"
        ),
        Some(Misplaced::Folder) => {
            format!(
                "{folder} is a folder, and a formula is wanted: write `@FILE` for one in a file"
            )
        }
    }))
}

/// Folders that are no runs: a file that tells them, and what they hold.
const OTHERS: [(&str, &str); 3] = [
    ("evaluation.toml", "an evaluation"),
    ("selection.toml", "a selection"),
    ("transfer.json", "evaluations on several tasks"),
];

/// A text in place of a formula that is none.
enum Misplaced {
    /// A folder is there.
    Folder,
    /// A path is meant, and no folder is there; with what to say.
    Missing(String),
}

/// What a text is that makes no sense as a formula, if it is about a folder.
fn misplaced(text: &str) -> Option<Misplaced> {
    let in_path = |c: char| c.is_ascii_alphanumeric() || "/._-~".contains(c);
    let like_path = text.contains('/') && text.chars().all(in_path);
    let folder = Path::new(text).is_dir();
    if !(folder || like_path) {
        return None;
    }
    let formula = Formula::parse(text).ok();
    let words = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let about_x = || text.split(words).any(|word| word == "x");
    // Names alone are no function of the input, and a mistake in a formula is told as one.
    let is_formula = match &formula {
        Some(formula) => formula.dag().variables.len() == 1 || about_x(),
        None => about_x() && !text.starts_with(['.', '/', '~']),
    };
    if is_formula || Chosen::parse(&[text]).is_ok() {
        return None;
    }
    if folder {
        return Some(Misplaced::Folder);
    }
    if Path::new(text).exists() {
        let message = format!("{text} is a file, not a folder: `@{text}` reads a formula from it");
        return Some(Misplaced::Missing(message));
    }
    let spaced = formula.map_or_else(String::new, |formula| {
        format!("; if it is a formula, write it with spaces, as `{formula}`")
    });
    Some(Misplaced::Missing(format!(
        "there is no folder `{text}`{spaced}"
    )))
}

/// The settings of the run in a folder, and what it has found so far.
pub(super) struct RunFolder {
    pub(super) specification: Specification,
    path: PathBuf,
}

impl RunFolder {
    /// Reads the settings.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let read = std::fs::read_to_string(path.join("config.toml"));
        let read = read.map_err(|error| error.to_string());
        let specification = read
            .and_then(|text| Specification::from_toml(&text).map_err(|error| error.to_string()))
            .map_err(|reason| {
                usage(path, &format!("has settings that cannot be read: {reason}"))
            })?;
        Ok(Self {
            specification,
            path: path.to_owned(),
        })
    }

    /// What the search has found.
    pub(super) fn outcome(&self) -> Result<Outcome> {
        let path = &self.path;
        if self.specification.activation.is_some() {
            return Err(usage(
                path,
                "holds no search: give the folder of a search, or a formula",
            ));
        }
        let text = std::fs::read_to_string(path.join("result.json")).map_err(|_| {
            let folder = quoted(path);
            let what = format!(
                "holds a search that is not finished: go on with it first (`actsmith search --resume {folder}`)"
            );
            usage(path, &what)
        })?;
        serde_json::from_str(&text).map_err(|_| {
            usage(
                path,
                "has a result that cannot be read: was it another version that wrote it?",
            )
        })
    }
}

/// What is wrong with a run.
fn usage(path: &Path, what: &str) -> Error {
    Error::Usage(format!("{} {what}", path.display()))
}

/// The formula that a run found.
pub(super) struct Found {
    /// `PART` of `PART=DIR`.
    pub(super) part: Option<String>,
    pub(super) formula: String,
}

/// Whether a command takes the functions of all parts of a network, or one.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Parts {
    All,
    One,
}

/// The formula that the search in a folder found, where an argument is `DIR` or `PART=DIR` with the folder of a run.
pub(super) fn found(argument: &str, pick: Pick, parts: Parts) -> Result<Option<Found>> {
    let (part, path) = match run_folder(argument)? {
        Some(path) => (None, path),
        None => {
            let Some((part, folder)) = part(argument) else {
                return Ok(None);
            };
            match run_folder(folder)? {
                Some(path) => (Some(part.to_owned()), path),
                None => return Ok(None),
            }
        }
    };
    let outcome = RunFolder::read(path)?.outcome()?;
    let functions: Vec<_> = outcome.functions.iter().collect();
    let of_part = functions
        .iter()
        .find(|(group, _)| functions.len() == 1 || group.is_some() && *group == part.as_deref());
    let Some((_, finding)) = of_part else {
        let groups = functions.iter().filter_map(|(group, _)| *group);
        let groups = groups.map(|group| format!("{group}={}", path.display()));
        let groups: Vec<String> = groups.collect();
        let what = match parts {
            Parts::All => format!(
                "holds several functions: name the one of each part, as `{}`",
                groups.join(",")
            ),
            Parts::One => format!(
                "holds several functions: give one of them, `{}`",
                groups.join("` or `")
            ),
        };
        return Err(usage(path, &what));
    };
    let formula = finding.picked(pick);
    let formula = formula.map_err(|error| no_point(path, &error))?.to_owned();
    Ok(Some(Found { part, formula }))
}
