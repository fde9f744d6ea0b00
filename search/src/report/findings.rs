//! The functions that a search found, as `result.json` holds them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Formulas;

/// A function that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The names of its operations.
    pub genotype: String,
    /// The trained constants that the function holds, by the names that they have in the genotype's formula.
    pub constants: BTreeMap<String, f64>,
    /// The function with its trained constants.
    pub formulas: Formulas,
}

/// The functions that a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Findings {
    /// That of all sites.
    One(Finding),
    /// One for each group of sites, by the name of the group.
    Several {
        /// The functions.
        groups: BTreeMap<String, Finding>,
    },
}

impl Findings {
    /// Functions, each with the name of its group where there are several.
    pub(crate) fn new(functions: impl Iterator<Item = (Option<String>, Finding)>) -> Self {
        let mut groups = BTreeMap::new();
        for (group, finding) in functions {
            match group {
                None => return Self::One(finding),
                Some(group) => groups.insert(group, finding),
            };
        }
        Self::Several { groups }
    }

    /// The functions, each with the name of its group where there are several.
    pub fn iter(&self) -> impl Iterator<Item = (Option<&str>, &Finding)> {
        let (one, several) = match self {
            Self::One(finding) => (Some((None, finding)), None),
            Self::Several { groups } => (None, Some(groups)),
        };
        let several = several.into_iter().flatten();
        one.into_iter()
            .chain(several.map(|(group, finding)| (Some(group.as_str()), finding)))
    }

    /// The names of the groups; no name for that of all sites.
    pub(crate) fn names(&self) -> Vec<Option<String>> {
        self.iter()
            .map(|(group, _)| group.map(str::to_owned))
            .collect()
    }
}
