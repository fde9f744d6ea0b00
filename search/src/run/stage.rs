//! The stages of a run, and the order in which they follow each other.

use serde::{Deserialize, Serialize};

/// A stage of a run; each has a checkpoint of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The search.
    Search,
    /// Training from scratch with the found function.
    Found,
    /// Training from scratch with ReLU.
    Relu,
    /// Training from scratch with GELU.
    Gelu,
}

impl Stage {
    /// The trainings from scratch that are compared, in their order.
    pub const RETRAININGS: [Self; 3] = [Self::Found, Self::Relu, Self::Gelu];

    /// The name in files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Found => "found",
            Self::Relu => "relu",
            Self::Gelu => "gelu",
        }
    }

    /// The stage before.
    pub fn previous(self) -> Option<Self> {
        match self {
            Self::Search => None,
            Self::Found => Some(Self::Search),
            Self::Relu => Some(Self::Found),
            Self::Gelu => Some(Self::Relu),
        }
    }

    /// The name of the stage's checkpoint.
    pub fn checkpoint(self) -> String {
        match self {
            Self::Search => "search.safetensors".to_owned(),
            _ => format!("retrain-{}.safetensors", self.name()),
        }
    }
}
