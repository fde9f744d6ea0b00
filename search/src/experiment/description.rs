//! The files of the run folder that describe the functions that were found: a row each.

use super::Specification;
use super::discovery::{Discovery, FoundFunction};
use crate::error::{Error, Result};
use crate::report::Front;

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
        text: formula,
    },
    Description {
        name: "activation.rs",
        about: "its Rust source",
        text: |found, _, of| Ok(origin(found, of) + "\n" + &found.picked()?.source()?),
    },
];

impl Description {
    /// The name of the file for a group of sites.
    pub fn file(&self, group: Option<&str>) -> String {
        file_name(self.name, group)
    }
}

/// The name of a file for a group of sites.
pub(super) fn file_name(name: &str, group: Option<&str>) -> String {
    match (group, name.rsplit_once('.')) {
        (Some(group), Some((stem, extension))) => format!("{stem}-{group}.{extension}"),
        _ => name.to_owned(),
    }
}

/// A file that reads as the formula that is taken; the rest stands in comments.
fn formula(found: &FoundFunction, _: &Discovery, of: &Specification) -> Result<String> {
    let front = found.front.as_ref();
    let mut formulas = found.function.formulas();
    let mut text = origin(found, of);
    text += &front.map_or_else(String::new, Front::comments);
    if let Some((front, point)) = front.zip(found.point()) {
        text += &format!("// This is point {}.\n", front.picked);
        formulas.simplified = point.formula.clone();
        formulas.derivative = point.derivative.clone();
    }
    Ok(text + &formulas.to_file())
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
