//! What a specification may name: data sets and model families, ours and those that users add.

use std::sync::Arc;

use actsmith_codegen::syntax::nearest;

use crate::data::{DataSet, data_sets};
use crate::error::{Error, Result};
use crate::models::{Family, families};

/// The data sets and model families that specifications may name; the default has those of this crate.
#[derive(Clone)]
pub struct Registry {
    data_sets: Vec<Arc<dyn DataSet>>,
    families: Vec<Arc<dyn Family>>,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            data_sets: data_sets(),
            families: families(),
        }
    }
}

impl Registry {
    /// Adds a data set; it comes before another of the same name.
    pub fn with_data_set(mut self, data_set: Arc<dyn DataSet>) -> Self {
        self.data_sets.insert(0, data_set);
        self
    }

    /// Adds a model family; it comes before another of the same name.
    pub fn with_family(mut self, family: Arc<dyn Family>) -> Self {
        self.families.insert(0, family);
        self
    }

    pub(super) fn data_set(&self, name: &str) -> Result<Arc<dyn DataSet>> {
        let named = |known: &&Arc<dyn DataSet>| known.name() == name;
        self.data_sets.iter().find(named).cloned().ok_or_else(|| {
            unknown(
                "data set",
                name,
                self.data_sets.iter().map(|set| set.name()),
            )
        })
    }

    pub(super) fn family(&self, name: &str) -> Result<Arc<dyn Family>> {
        let named = |known: &&Arc<dyn Family>| known.name() == name;
        self.families
            .iter()
            .find(named)
            .cloned()
            .ok_or_else(|| unknown("model family", name, self.families.iter().map(|f| f.name())))
    }
}

fn unknown<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let known: Vec<&str> = known.collect();
    let near = nearest(name, known.iter().copied());
    let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    let known: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
    Error::Invalid(format!(
        "there is no {kind} `{name}`: {near}choose {}",
        known.join(" or ")
    ))
}
