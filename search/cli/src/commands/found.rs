//! What the search in a run folder found, where the folder stands for a formula.

use std::path::Path;

use actsmith_search::report::{Outcome, Pick};

use super::output::quoted;
use crate::error::{Error, Result};

/// Which function of a run is taken; every command that takes a run folder for a formula takes this.
#[derive(Debug, clap::Args)]
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

/// A point of a run that there is none of.
pub(super) fn no_point(folder: &Path, error: &actsmith_search::error::Error) -> Error {
    Error::Usage(format!("--pick: {}: {error}", folder.display()))
}

/// The formula that a run found.
pub(super) struct Found {
    /// `PART` of `PART=DIR`.
    pub(super) part: Option<String>,
    pub(super) formula: String,
}

/// The formula that the search in a folder found, where an argument is `DIR` or `PART=DIR` with the folder of a run. What is wrong with it
/// is said after `prefix`.
pub(super) fn found(argument: &str, pick: Pick, prefix: &str) -> Result<Option<Found>> {
    let is_run = |text: &str| Path::new(text).join("config.toml").is_file();
    let (part, folder) = match argument.split_once('=') {
        _ if is_run(argument) => (None, argument),
        Some((part, folder)) if is_run(folder) => (Some(part.trim().to_owned()), folder),
        _ => return Ok(None),
    };
    let usage = |what: String| Err(Error::Usage(format!("{prefix}{folder} {what}")));
    let path = Path::new(folder);
    let Ok(text) = std::fs::read_to_string(path.join("result.json")) else {
        let folder = quoted(path);
        return usage(format!(
            "holds a run that is not finished: go on with it first (`actsmith search --resume {folder}`)"
        ));
    };
    let Ok(outcome) = serde_json::from_str::<Outcome>(&text) else {
        return usage("holds no search: give the folder of a search, or a formula".to_owned());
    };
    let functions: Vec<_> = outcome.functions.iter().collect();
    let of_part = functions
        .iter()
        .find(|(group, _)| functions.len() == 1 || group.is_some() && *group == part.as_deref());
    let Some((_, finding)) = of_part else {
        let groups = functions.iter().filter_map(|(group, _)| *group);
        let groups = groups.map(|group| format!("{group}={folder}"));
        return usage(format!(
            "holds several functions: name the one of each part, as `{}`",
            groups.collect::<Vec<_>>().join(",")
        ));
    };
    let formula = finding.picked(pick);
    let formula = formula.map_err(|error| no_point(path, &error))?.to_owned();
    Ok(Some(Found { part, formula }))
}
