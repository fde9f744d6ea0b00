//! The network of a specification: a model family with its settings.

use serde::{Deserialize, Serialize};

use crate::models::{Family, GptConfig, GptFamily, ResNetConfig, ViTConfig, ViTFamily};

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

impl Network {
    fn new(family: &str, counts: &[(&str, usize)], switches: &[(&str, bool)]) -> Self {
        // No count that makes sense is beyond the largest of TOML; the family refuses what makes none.
        let count = |value: usize| toml::Value::Integer(i64::try_from(value).unwrap_or(i64::MAX));
        let counts = counts
            .iter()
            .map(|(name, value)| ((*name).to_owned(), count(*value)));
        let switches = switches
            .iter()
            .map(|(name, on)| ((*name).to_owned(), toml::Value::Boolean(*on)));
        Self {
            family: family.to_owned(),
            settings: counts.chain(switches).collect(),
        }
    }
}

impl From<ResNetConfig> for Network {
    fn from(config: ResNetConfig) -> Self {
        let ResNetConfig {
            depth,
            width,
            channels,
            classes,
        } = config;
        let counts = [
            ("depth", depth),
            ("width", width),
            ("channels", channels),
            ("classes", classes),
        ];
        Self::new(&resnet(), &counts, &[])
    }
}

impl From<GptConfig> for Network {
    fn from(config: GptConfig) -> Self {
        let GptConfig {
            layers,
            heads,
            width,
            context,
            vocabulary,
            tied,
            bias,
        } = config;
        let counts = [
            ("layers", layers),
            ("heads", heads),
            ("width", width),
            ("context", context),
            ("vocabulary", vocabulary),
        ];
        Self::new(GptFamily.name(), &counts, &[("tied", tied), ("bias", bias)])
    }
}

impl From<ViTConfig> for Network {
    fn from(config: ViTConfig) -> Self {
        let ViTConfig {
            patch,
            layers,
            heads,
            width,
            side,
            channels,
            classes,
        } = config;
        let counts = [
            ("patch", patch),
            ("layers", layers),
            ("heads", heads),
            ("width", width),
            ("side", side),
            ("channels", channels),
            ("classes", classes),
        ];
        Self::new(ViTFamily.name(), &counts, &[])
    }
}

fn resnet() -> String {
    "resnet".to_owned()
}

fn is_resnet(family: &String) -> bool {
    *family == resnet()
}
