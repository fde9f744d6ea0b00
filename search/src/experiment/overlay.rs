//! Specifications that say only what differs from the default.

use toml::{Table, Value};

use super::Specification;
use crate::error::{Error, Result};

impl Specification {
    /// The default with the settings of a TOML text, which may leave out any; then with each of `settings`, such as
    /// `search.epochs=20`.
    ///
    /// A `[network]` that names a family, and an `[optimizer]`, take the place of the default's; so their settings are all given.
    ///
    /// ```
    /// use actsmith_search::experiment::Specification;
    ///
    /// let text = "data = 'austen'\n[search]\nepochs = 4";
    /// let specification = Specification::overlaid(text, &["search.epochs=6"])?;
    /// assert_eq!(specification.data, "austen");
    /// assert_eq!(specification.search.epochs, 6);
    /// assert_eq!(specification.batch, Specification::default().batch);
    /// # Ok::<(), actsmith_search::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the line or the setting, if one is malformed or unknown.
    pub fn overlaid(text: &str, settings: &[impl AsRef<str>]) -> Result<Self> {
        let mut all: Table = parse(&Self::default().to_toml()?)?;
        overlay(&mut all, parse(text)?);
        let mut specification = read(&all)?;
        for setting in settings {
            let setting = setting.as_ref();
            set(&mut all, setting)?;
            specification =
                read(&all).map_err(|error| Error::Invalid(format!("`{setting}`: {error}")))?;
        }
        Ok(specification)
    }
}

fn read(all: &Table) -> Result<Specification> {
    let specification = all.clone().try_into();
    specification.map_err(|error| Error::Invalid(error.message().trim_end().to_owned()))
}

fn parse(text: &str) -> Result<Table> {
    text.parse()
        .map_err(|error: toml::de::Error| Error::Invalid(error.to_string().trim_end().to_owned()))
}

/// Puts the settings of `over` into `under`.
fn overlay(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(over)) if !replaces(&key, &over) => {
                overlay(under, over);
            }
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

/// Whether a table takes the place of the default's, because its settings make sense only together: those of another model family or
/// of another optimiser, whose table has its name.
fn replaces(key: &str, over: &Table) -> bool {
    key == "optimizer" || key == "network" && over.contains_key("family")
}

/// Sets `path.of.the.key=value`, where the value is written as in TOML, or is a word.
fn set(all: &mut Table, setting: &str) -> Result<()> {
    let malformed = || {
        Error::Invalid(format!(
            "`{setting}` is not a setting: write for example `search.epochs=20`"
        ))
    };
    let (path, value) = setting.split_once('=').ok_or_else(malformed)?;
    let (path, value) = (path.trim(), value.trim());
    let value = match format!("value = {value}").parse::<Table>() {
        Ok(mut table) => table.remove("value").ok_or_else(malformed)?,
        Err(_) => Value::String(value.to_owned()),
    };
    let mut keys = path.split('.');
    let last = keys.next_back().filter(|key| !key.is_empty());
    let last = last.ok_or_else(malformed)?;
    let mut table = all;
    for key in keys {
        let below = table.entry(key).or_insert_with(|| Table::new().into());
        table = below.as_table_mut().ok_or_else(malformed)?;
    }
    table.insert(last.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::GptConfig;
    use crate::optim::{AdamConfig, Decay, OptimizerConfig};

    #[test]
    fn what_is_left_out_is_that_of_the_default() -> Result<()> {
        let none: [&str; 0] = [];
        assert_eq!(
            Specification::overlaid("", &none)?,
            Specification::default()
        );
        let text = "
            data = 'austen'
            rate = 6e-4
            [search]
            epochs = 5
            [retrain]
            baselines = ['relu', 'silu']
            [network]
            family = 'gpt'
            layers = 3
            heads = 3
            width = 96
            context = 128
            vocabulary = 75
            [optimizer.adam]
            betas = [0.9, 0.99]
            epsilon = 1e-8
            decay = { decoupled = 0.1 }
        ";
        let specification = Specification::overlaid(text, &["network.tied=true", "batch=16"])?;
        let config = GptConfig {
            layers: 3,
            heads: 3,
            width: 96,
            context: 128,
            vocabulary: 75,
            tied: true,
            bias: false,
        };
        let mut expected = Specification {
            data: "austen".to_owned(),
            rate: 6e-4,
            batch: 16,
            optimizer: OptimizerConfig::Adam(AdamConfig {
                betas: [0.9, 0.99],
                epsilon: 1e-8,
                decay: Decay::Decoupled(0.1),
            }),
            ..Specification::default()
        };
        expected.search.epochs = 5;
        expected.retrain.baselines = ["relu", "silu"].map(super::super::Baseline::new).into();
        expected.network = specification.network.clone();
        assert_eq!(specification, expected);
        let settings: GptConfig = specification.network.settings.try_into().expect("a shape");
        assert_eq!(settings, config);
        Ok(())
    }

    #[test]
    fn mistakes_are_named() {
        let refused = |text: &str, settings: &[&str], part: &str| {
            let error = Specification::overlaid(text, settings).expect_err(part);
            assert!(error.to_string().contains(part), "{error}");
        };
        refused("rate = fast", &[], "line 1");
        refused("epochs = 3", &[], "unknown field `epochs`");
        refused("", &["epochs"], "write for example `search.epochs=20`");
        refused("", &["=3"], "`=3` is not a setting");
        refused("", &["batch.size=3"], "`batch.size=3` is not a setting");
        refused("", &["search.length=3"], "unknown field `length`");
        refused("", &["batch=many"], "`batch=many`: invalid type");
    }

    #[test]
    fn words_need_no_quotation_marks() -> Result<()> {
        let specification = Specification::overlaid("", &["data=austen", "rate=0.5"])?;
        assert_eq!((&*specification.data, specification.rate), ("austen", 0.5));
        Ok(())
    }
}
