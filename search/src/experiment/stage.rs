//! The stages of an experiment: the search, and a training from scratch for each activation and seed.

use candle_core::Device;
use serde::{Deserialize, Serialize};

use super::chosen;
use crate::error::{Error, Result};

/// The name of the search among the stages.
pub const SEARCH: &str = "search";
/// The name of the trainings with the function that was found.
pub const FOUND: &str = "found";

/// The name of a training with activations that are given, the one stage of an experiment without a search.
pub const TRAINING: &str = "training";

/// A stage of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stage {
    /// [`SEARCH`], [`FOUND`], [`TRAINING`] or the name of a baseline.
    pub name: String,
    /// The seed of the initial weights and of the order of the examples.
    pub seed: u64,
    /// Where it runs.
    pub device: DeviceName,
}

impl Stage {
    /// Whether it is the search.
    pub fn is_search(&self) -> bool {
        self.name == SEARCH
    }

    /// The name of its checkpoint.
    pub fn checkpoint(&self) -> String {
        match self.name.as_str() {
            SEARCH | TRAINING => format!("{}.safetensors", self.name),
            _ => format!("retrain-{}-seed{}.safetensors", self.name, self.seed),
        }
    }
}

/// A device of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DeviceName {
    /// The processor.
    #[default]
    Cpu,
}

impl DeviceName {
    /// The device.
    pub fn device(self) -> Device {
        match self {
            Self::Cpu => Device::Cpu,
        }
    }

    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// An activation that the found function is compared with: the name of a function of the formula language, such as `relu`, or a
/// declaration, such as `swish(x) = x * sigmoid(1.5 * x)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Baseline(String);

impl Baseline {
    /// The baseline that `text` names or declares.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The name, in files and reports.
    pub fn name(&self) -> &str {
        let head = self.0.split('=').next().unwrap_or_default().trim();
        head.split('(').next().unwrap_or_default().trim()
    }

    /// The formula in `x`.
    pub fn formula(&self) -> String {
        match self.0.split_once('=') {
            Some((_, formula)) => formula.trim().to_owned(),
            None => format!("{}(x)", self.name()),
        }
    }

    /// Refuses what cannot be trained with.
    pub(super) fn validate(&self) -> Result<()> {
        let name = self.name();
        let refused = |reason: &str| {
            Err(Error::Invalid(format!(
                "the baseline `{}`: {reason}; write for example `relu` or `swish(x) = x * sigmoid(1.5 * x)`",
                self.0
            )))
        };
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(word) {
            return refused("its name has other characters than letters, digits and `_`");
        }
        if [SEARCH, FOUND].contains(&name) {
            return refused("another stage has this name");
        }
        match chosen::activation(&self.formula()) {
            Ok(_) => Ok(()),
            Err(error) => refused(error.to_string().trim_end()),
        }
    }
}

/// ReLU and GELU.
pub(super) fn baselines() -> Vec<Baseline> {
    ["relu", "gelu"].map(Baseline::new).into()
}

pub(super) fn are_default_baselines(given: &[Baseline]) -> bool {
    given == baselines()
}
