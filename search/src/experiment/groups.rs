//! Which sites of a model find a function together.

use std::collections::BTreeMap;

use candle_core::Module;
use serde::{Deserialize, Serialize};

use crate::cell::{Cell, ROOT};
use crate::error::{Error, Result};
use crate::models::Activations;

/// By the name of a group, how the names of its sites begin. Sites that begin otherwise are those of the cell itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Groups(pub BTreeMap<String, Vec<String>>);

impl Groups {
    /// Whether all sites find one function.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The group of a site: that of the longest beginning.
    pub fn of(&self, site: &str) -> Option<&str> {
        let groups = self.0.iter();
        let fitting = groups.flat_map(|(group, starts)| {
            let fits = starts
                .iter()
                .filter(|start| site.starts_with(start.as_str()));
            fits.map(move |start| (start.len(), group.as_str()))
        });
        fitting
            .max_by_key(|(length, _)| *length)
            .map(|(_, group)| group)
    }

    /// The name of the cell's group that a site is in.
    pub(super) fn name_of(&self, site: &str) -> &str {
        self.of(site).unwrap_or(ROOT)
    }

    /// Refuses names that a cell or a file cannot have.
    pub(super) fn validate(&self) -> Result<()> {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let named = |name: &&String| name.is_empty() || !name.chars().all(word);
        match self.0.keys().find(named) {
            Some(name) => Err(Error::Invalid(format!(
                "`{name}` cannot name a group of sites: write letters, digits, `_` and `-`"
            ))),
            None => Ok(()),
        }
    }
}

/// The cell as the activation of a model, each site in its group.
pub(super) struct Grouped<'a> {
    pub(super) cell: &'a Cell,
    pub(super) groups: &'a Groups,
}

impl Activations for Grouped<'_> {
    fn at(&self, site: &str) -> candle_core::Result<Box<dyn Module + Send + Sync>> {
        match self.groups.of(site) {
            Some(group) => self.cell.group(group)?.at(site),
            None => self.cell.at(site),
        }
    }
}
