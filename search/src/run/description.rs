//! The files of the run folder that describe the function that was found: a row each.

use super::search::Discovery;
use super::{Folder, RunConfig};
use crate::error::{Error, Result};

/// A file that describes the function that was found. Whoever runs a run may add rows.
#[derive(Clone, Copy)]
pub struct Description {
    /// The name of the file.
    pub name: &'static str,
    /// What stands in it: a pure function of what was found and of the settings.
    pub text: fn(&Discovery, &RunConfig) -> Result<String>,
}

/// The files that every run writes.
pub const DESCRIPTIONS: [Description; 3] = [
    Description {
        name: "genotype.json",
        text: genotype,
    },
    Description {
        name: "formula.txt",
        text: |found, config| Ok(origin(found, config) + &found.function.formulas().to_file()),
    },
    Description {
        name: "activation.rs",
        text: |found, config| Ok(origin(found, config) + "\n" + &found.function.source()?),
    },
];

/// Writes these files.
pub(super) fn describe(
    found: &Discovery,
    config: &RunConfig,
    folder: &Folder,
    files: impl IntoIterator<Item = Description>,
) -> Result<()> {
    for Description { name, text } in files {
        folder.write(name, &text(found, config)?)?;
    }
    Ok(())
}

fn genotype(found: &Discovery, _: &RunConfig) -> Result<String> {
    let value = serde_json::json!({
        "genotype": found.genotype,
        "constants": found.function.constants(),
        "metrics": found.metrics,
    });
    let text = serde_json::to_string_pretty(&value);
    Ok(text.map_err(|error| Error::Failure(error.to_string()))? + "\n")
}

/// The comment that says where a function comes from.
fn origin(found: &Discovery, config: &RunConfig) -> String {
    format!(
        "// Found by `actsmith search` {} on {}, seed {}: {}\n",
        env!("CARGO_PKG_VERSION"),
        config.data.name(),
        config.seed,
        found.genotype
    )
}
