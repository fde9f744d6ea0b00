//! The network of a specification: a model family with its settings.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::models::{Configuration, ResNetConfig};

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
    /// The network of this configuration.
    ///
    /// # Errors
    /// [`Error::Invalid`] if TOML cannot say it, as for a count of 2⁶³ or more.
    pub fn new<C: Configuration>(config: &C) -> Result<Self> {
        let settings = toml::Table::try_from(config);
        Ok(Self {
            family: C::FAMILY.to_owned(),
            settings: settings
                .map_err(|error| Error::Invalid(format!("the settings of the network: {error}")))?,
        })
    }
}

/// The family of a specification that names none.
pub(super) fn resnet() -> String {
    ResNetConfig::FAMILY.to_owned()
}

fn is_resnet(family: &String) -> bool {
    family == ResNetConfig::FAMILY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{GptConfig, families};

    #[test]
    fn a_configuration_is_written_in_the_order_of_its_fields_and_read_back() -> Result<()> {
        let config = GptConfig {
            layers: 3,
            heads: 4,
            width: 8,
            context: 16,
            vocabulary: 75,
            tied: true,
            bias: false,
            gated: false,
            dropout: 0.0,
        };
        let network = Network::new(&config)?;
        let text = toml::to_string(&network).expect("serialises");
        let lines = [
            "family = \"gpt\"",
            "layers = 3",
            "heads = 4",
            "width = 8",
            "context = 16",
            "vocabulary = 75",
            "tied = true",
            "bias = false",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), lines);
        assert_eq!(toml::from_str::<Network>(&text).expect("parses"), network);
        let families = families();
        let family = families.iter().find(|family| family.name() == "gpt");
        let read = family.expect("there is one").configure(&network.settings)?;
        assert_eq!(read.title(), "GPT of 3 layers and width 8");
        Ok(())
    }

    #[test]
    fn a_residual_network_needs_no_name() {
        let network = super::super::Specification::default().network;
        let text = toml::to_string(&network).expect("serialises");
        assert_eq!(text, "depth = 8\nwidth = 8\nchannels = 1\nclasses = 10\n");
        assert_eq!(toml::from_str::<Network>(&text).expect("parses"), network);
    }

    #[test]
    fn a_count_beyond_those_of_toml_is_an_error() {
        let config = ResNetConfig {
            depth: usize::MAX,
            width: 8,
            channels: 1,
            classes: 10,
        };
        let error = Network::new(&config).expect_err("too large").to_string();
        assert!(
            error.starts_with("the settings of the network: "),
            "{error}"
        );
    }
}
