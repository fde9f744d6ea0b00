//! The network of a specification: a model family with its settings.

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::error::{Error, Result};
use crate::models::{Configuration, ResNetConfig, families};

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

/// Puts the settings that a `size` stands for in its place, among the settings of `over` that come on top of `base`. What is given beside
/// the size stays.
pub(super) fn sized(base: &Table, over: &mut Table) -> Result<()> {
    let named = |table: &Table| {
        let network = table.get("network").and_then(Value::as_table);
        let family = network.and_then(|network| network.get("family"));
        family.and_then(Value::as_str).map(str::to_owned)
    };
    let family = named(over).or_else(|| named(base)).unwrap_or_else(resnet);
    let Some(Value::Table(network)) = over.get_mut("network") else {
        return Ok(());
    };
    let families = families();
    let sizes = families.iter().find(|known| known.name() == family);
    let sizes = sizes.map(|family| family.sizes()).unwrap_or_default();
    // A family without sizes has to say what is wrong.
    let Some(size) = network.get("size").filter(|_| !sizes.is_empty()) else {
        return Ok(());
    };
    let known = sizes.iter().find(|(name, _)| size.as_str() == Some(*name));
    let Some((_, settings)) = known else {
        let names: Vec<String> = sizes.iter().map(|(name, _)| format!("`{name}`")).collect();
        return Err(Error::Invalid(format!(
            "the network `{family}` has no size {size}: choose {}, or give its settings",
            names.join(" or ")
        )));
    };
    network.remove("size");
    for (key, value) in settings {
        network.entry(key).or_insert_with(|| value.clone());
    }
    Ok(())
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
