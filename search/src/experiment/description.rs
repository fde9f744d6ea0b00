//! The files of the run folder that describe the functions that were found: a row each.

use super::Specification;
use super::discovery::{Discovery, FoundFunction};
use crate::error::{Error, Result};

/// A file that describes a function that was found. Whoever runs an experiment may add rows.
#[derive(Clone, Copy)]
pub struct Description {
    /// The name of the file; where several groups of sites have found functions, the name of the group is added, as in
    /// `formula-attention.txt`.
    pub name: &'static str,
    /// What stands in it, in a few words.
    pub about: &'static str,
    /// Its text: a pure function of what was found and of the specification.
    pub text: fn(&FoundFunction, &Discovery, &Specification) -> Result<String>,
}

/// The files that every experiment writes.
pub const DESCRIPTIONS: &[Description] = &[
    Description {
        name: "genotype.json",
        about: "names and constants of the function that was found",
        text: genotype,
    },
    Description {
        name: "formula.txt",
        about: "its formulas",
        text: |found, _, of| Ok(origin(found, of) + &found.function.formulas().to_file()),
    },
    Description {
        name: "activation.rs",
        about: "its Rust source",
        text: |found, _, of| Ok(origin(found, of) + "\n" + &found.function.source()?),
    },
];

impl Description {
    /// The name of the file for a group of sites.
    pub fn file(&self, group: Option<&str>) -> String {
        match (group, self.name.rsplit_once('.')) {
            (Some(group), Some((stem, extension))) => format!("{stem}-{group}.{extension}"),
            _ => self.name.to_owned(),
        }
    }
}

fn genotype(found: &FoundFunction, all: &Discovery, _: &Specification) -> Result<String> {
    let value = serde_json::json!({
        "genotype": found.genotype,
        "constants": found.function.constants(),
        "metrics": all.metrics,
    });
    let text = serde_json::to_string_pretty(&value);
    Ok(text.map_err(|error| Error::Failure(error.to_string()))? + "\n")
}

/// The comment that says where a function comes from.
fn origin(found: &FoundFunction, specification: &Specification) -> String {
    format!(
        "// Found by `actsmith search` {} on {}, seed {}: {}\n",
        env!("CARGO_PKG_VERSION"),
        specification.data,
        specification.seed,
        found.genotype
    )
}
