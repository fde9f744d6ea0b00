//! The stages of a run, and the order in which they follow each other.

use serde::{Deserialize, Serialize};

/// A stage of a run.
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

    /// The name of the checkpoint of the stage with this seed.
    pub fn checkpoint(self, seed: u64) -> String {
        match self {
            Self::Search => "search.safetensors".to_owned(),
            Self::Found | Self::Relu | Self::Gelu => {
                format!("retrain-{}-seed{seed}.safetensors", self.name())
            }
        }
    }
}
