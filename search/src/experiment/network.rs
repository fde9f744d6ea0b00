//! The network of a specification: a model family with its settings.

use serde::{Deserialize, Serialize};

use crate::models::ResNetConfig;

/// A model family by its name, with settings that only the family knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// The name of the family; a specification that names none has a residual network.
    #[serde(default = "resnet", skip_serializing_if = "is_resnet")]
    pub family: String,
    /// The settings of the family.
    #[serde(flatten)]
    pub settings: toml::Table,
}

impl From<ResNetConfig> for Network {
    fn from(config: ResNetConfig) -> Self {
        let ResNetConfig {
            depth,
            width,
            channels,
            classes,
        } = config;
        // No count that makes sense is beyond the largest of TOML; the family refuses what makes none.
        let count = |value: usize| toml::Value::Integer(i64::try_from(value).unwrap_or(i64::MAX));
        let settings = [
            ("depth", depth),
            ("width", width),
            ("channels", channels),
            ("classes", classes),
        ];
        Self {
            family: resnet(),
            settings: settings
                .map(|(name, value)| (name.to_owned(), count(value)))
                .into_iter()
                .collect(),
        }
    }
}

fn resnet() -> String {
    "resnet".to_owned()
}

fn is_resnet(family: &String) -> bool {
    *family == resnet()
}
