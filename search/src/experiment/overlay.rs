//! Specifications that say only what differs from the default.

use toml::{Table, Value};

use super::{Specification, data, network};
use crate::error::{Error, Result, worded};

impl Specification {
    /// The default with the settings of a TOML text, which may leave out any; then with `settings`, such as `search.epochs=20`, whose
    /// values are written as in TOML, or are words. Their order does not matter.
    ///
    /// A `[network]` that names a family, and an `[optimizer]`, take the place of the default's; so their settings are all given. Among
    /// `settings` that is so only for another family or optimiser than the text has. A `size` of the network stands for the settings that
    /// the family has under this name, and gives way to those beside it.
    ///
    /// ```
    /// use actsmith_search::experiment::Specification;
    ///
    /// let text = "data = 'austen'\n[search]\nepochs = 4";
    /// let specification = Specification::overlaid(text, &["search.epochs=6"])?;
    /// assert_eq!(specification.data.name, "austen");
    /// assert_eq!(specification.search.epochs, 6);
    /// assert_eq!(specification.batch, Specification::default().batch);
    /// # Ok::<(), actsmith_search::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the line or the setting, if one is malformed or unknown, or given twice.
    pub fn overlaid(text: &str, settings: &[impl AsRef<str>]) -> Result<Self> {
        Self::layered(&[text], settings)
    }

    /// The same with several TOML texts, each on top of the one before.
    ///
    /// # Errors
    /// As [`Self::overlaid`].
    pub fn layered(texts: &[&str], settings: &[impl AsRef<str>]) -> Result<Self> {
        let mut base: Table = parse(&Self::default().to_toml()?)?;
        data::spread(&mut base);
        for text in texts {
            let mut over = parse(text)?;
            data::spread(&mut over);
            network::sized(&base, &mut over)?;
            data::read_one_way(&mut base, &over);
            overlay(&mut base, over, &|key, under, over| match key {
                "data" => data::differs(under, over),
                "network" => over.contains_key("family"),
                _ => key == "optimizer",
            });
        }
        read(&base)?;
        let settings: Vec<&str> = settings.iter().map(AsRef::as_ref).collect();
        // What is read with the first few of the settings.
        let with = |few: &[&str]| {
            let mut over = Table::new();
            few.iter().try_for_each(|setting| set(&mut over, setting))?;
            network::sized(&base, &mut over)?;
            let mut all = base.clone();
            data::read_one_way(&mut all, &over);
            overlay(&mut all, over, &differ);
            read(&all)
        };
        with(&settings).map_err(|error| {
            // The one that brought the error in.
            let same = |few: &[&str]| {
                with(few).is_err_and(|earlier| earlier.to_string() == error.to_string())
            };
            let first = (1..settings.len()).rev();
            let first = first.take_while(|&count| same(&settings[..count])).last();
            let setting = settings[first.unwrap_or(settings.len()) - 1];
            Error::Invalid(format!("`{setting}`: {error}"))
        })
    }
}

fn read(all: &Table) -> Result<Specification> {
    let specification = all.clone().try_into();
    specification.map_err(|error| Error::Invalid(worded(error.message())))
}

fn parse(text: &str) -> Result<Table> {
    text.parse()
        .map_err(|error: toml::de::Error| Error::Invalid(worded(&error.to_string())))
}

/// Puts the settings of `over` into `under`. Tables are merged, unless one `replaces` the other because the settings in it make sense only
/// together: those of another data set, of another model family or of another optimiser.
fn overlay(under: &mut Table, over: Table, replaces: &dyn Fn(&str, &Table, &Table) -> bool) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(over)) if !replaces(&key, under, &over) => {
                overlay(under, over, replaces);
            }
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

/// Whether `over` names another data set, another model family or another optimiser than `under`.
fn differ(key: &str, under: &Table, over: &Table) -> bool {
    let family = |table: &Table| {
        table
            .get("family")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    match key {
        "network" => family(over)
            .is_some_and(|name| name != family(under).unwrap_or_else(super::network::resnet)),
        "data" => data::differs(under, over),
        "optimizer" => over.keys().any(|name| !under.contains_key(name)),
        _ => false,
    }
}

/// Adds `path.of.the.key=value`, where the value is written as in TOML, or is a word.
fn set(table: &mut Table, setting: &str) -> Result<()> {
    let refused = |reason: String| Err(Error::Invalid(reason));
    let Some((path, value)) = setting.split_once('=') else {
        return refused("it has no `=`; write for example `search.epochs=20`".to_owned());
    };
    if setting.contains(['\n', '\r']) {
        return refused("it has several lines; set each key on its own".to_owned());
    }
    let (path, value) = (path.trim(), value.trim());
    let mut keys: Vec<&str> = path.split('.').map(str::trim).collect();
    if keys.iter().any(|key| key.is_empty()) {
        return refused("a key is missing; write for example `search.epochs=20`".to_owned());
    }
    let value = self::value(value)?;
    if keys == ["data"] && value.is_str() {
        keys.push(data::NAME);
    }
    let last = keys.pop().unwrap_or_default();
    let mut table = table;
    for key in keys {
        let below = table.entry(key).or_insert_with(|| Table::new().into());
        table = match below {
            Value::Table(below) => below,
            _ => return refused(format!("`{key}` is given a value too; give it once")),
        };
    }
    match table.insert(last.to_owned(), value) {
        None => Ok(()),
        Some(_) => refused(format!("`{path}` is given twice; give it once")),
    }
}

/// A value as TOML writes it, or a word.
fn value(text: &str) -> Result<Value> {
    if text.is_empty() {
        return Err(Error::Invalid(
            "the value is missing; write for example `search.epochs=20`".to_owned(),
        ));
    }
    match text.parse::<Value>() {
        Ok(value) => Ok(value),
        Err(error) if text.starts_with(['"', '\'', '[', '{']) => {
            Err(Error::Invalid(error.message().trim_end().to_owned()))
        }
        Err(_) => Ok(Value::String(text.to_owned())),
    }
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
            gated: false,
            dropout: 0.0,
        };
        let mut expected = Specification {
            data: "austen".into(),
            rate: 6e-4,
            batch: 16,
            optimizer: OptimizerConfig::Adam(AdamConfig {
                betas: [0.9, 0.99],
                epsilon: 1e-8,
                decay: Decay::Decoupled(0.1),
                ..AdamConfig::default()
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
        refused(
            "",
            &["epochs"],
            "`epochs`: it has no `=`; write for example",
        );
        for missing in ["=3", ".=3", "search.=3", ".epochs=3", "search..epochs=3"] {
            refused("", &[missing], "a key is missing");
        }
        refused("", &["batch="], "`batch=`: the value is missing");
        refused(
            "",
            &["batch.size=3"],
            "`batch.size=3`: it is a whole number from 0, not a table of settings",
        );
        refused("", &["search.length=3"], "unknown field `length`");
        refused(
            "",
            &["batch=many"],
            "`batch=many`: it is a whole number from 0, not the text \"many\"",
        );
        refused(
            "",
            &["batch=3 # few"],
            "`batch=3 # few`: it is a whole number",
        );
        refused("", &["batch=3, 4"], "`batch=3, 4`: it is a whole number");
        refused("", &["retrain.baselines=['relu'"], "unclosed array");
        refused("", &["data='austen"], "invalid literal string");
        for lines in ["batch=3\nrate=0.5", "batch=3\n", "batch=\r3", "batch\n=3"] {
            refused("", &[lines], "it has several lines");
        }
        // The setting that is at fault is named, wherever it stands.
        let three = ["rate=0.5", "batch=many", "seed=2"];
        refused(
            "",
            &three,
            "`batch=many`: it is a whole number from 0, not the text \"many\"",
        );
    }

    #[test]
    fn no_setting_is_lost() {
        let refused = |settings: &[&str], part: &str| {
            let error = Specification::overlaid("", settings).expect_err(part);
            assert!(error.to_string().contains(part), "{error}");
        };
        refused(&["batch=3", "batch=3"], "`batch` is given twice");
        refused(
            &["batch=3", "rate=1", " batch = 4"],
            "`batch` is given twice",
        );
        let inner = ["search={epochs=5}", "search.epochs=6"];
        refused(&inner, "`search.epochs` is given twice");
        refused(&["search.epochs=6", inner[0]], "`search` is given twice");
        refused(&["batch=3", "batch.size=4"], "`batch` is given a value too");
    }

    #[test]
    fn another_family_or_optimizer_is_set_key_by_key_in_any_order() -> Result<()> {
        let settings = [
            "network.layers=2",
            "network.heads=2",
            "network.family=gpt",
            "network.width=8",
            "network.context=16",
            "network.vocabulary=75",
            "optimizer.adam.epsilon=1e-8",
            "optimizer.adam.betas=[0.9, 0.99]",
            "optimizer.adam.decay.decoupled=0.1",
        ];
        let forwards = Specification::overlaid("", &settings)?;
        assert_eq!(forwards.network.family, "gpt");
        assert!(!forwards.network.settings.contains_key("depth"));
        assert!(matches!(forwards.optimizer, OptimizerConfig::Adam(_)));
        let mut backwards = settings;
        backwards.reverse();
        let backwards = Specification::overlaid("", &backwards)?;
        assert_eq!(forwards.optimizer, backwards.optimizer);
        let sorted = |of: &Specification| {
            let mut settings: Vec<_> = of.network.settings.clone().into_iter().collect();
            settings.sort_by(|(left, _), (right, _)| left.cmp(right));
            settings
        };
        assert_eq!(sorted(&forwards), sorted(&backwards));
        // Of the same family or optimiser, the rest stays.
        let same = [
            "network.family=resnet",
            "network.width=4",
            "optimizer.sgd.momentum=0.5",
        ];
        let same = Specification::overlaid("", &same)?;
        assert_eq!(same.network.settings["depth"], 8.into());
        let expected = crate::optim::SgdConfig {
            momentum: 0.5,
            weight_decay: 1e-4,
            nesterov: false,
        };
        assert_eq!(same.optimizer, OptimizerConfig::Sgd(expected));
        Ok(())
    }

    #[test]
    fn a_size_stands_for_the_settings_of_its_name() -> Result<()> {
        let text = "[network]\nfamily = 'gpt'\nsize = 'mini'\ncontext = 8\nvocabulary = 9";
        let of = |settings: &[&str]| -> Result<GptConfig> {
            let settings = Specification::overlaid(text, settings)?.network.settings;
            Ok(settings.try_into().expect("a shape"))
        };
        let shape = |settings: &[&str]| -> Result<[usize; 3]> {
            let config = of(settings)?;
            Ok([config.layers, config.heads, config.width])
        };
        assert_eq!(shape(&[])?, [3, 3, 192]);
        assert_eq!(shape(&["network.size=small"])?, [9, 9, 576]);
        // What is given beside the size stays, wherever it stands.
        assert_eq!(
            shape(&["network.layers=2", "network.size=tiny"])?,
            [2, 6, 384]
        );
        assert_eq!(shape(&["network.width=96"])?, [3, 3, 96]);
        let error = of(&["network.size=huge"]).expect_err("no size").to_string();
        assert!(
            error.contains("no size \"huge\": choose `mini` or `tiny` or `small`"),
            "{error}"
        );
        let none: [&str; 0] = [];
        assert!(
            Specification::overlaid("[network]\nsize = 'tiny'", &none)?
                .network
                .settings
                .contains_key("size")
        );
        Ok(())
    }

    #[test]
    fn data_sets_have_settings_that_do_not_mix() -> Result<()> {
        let file = "[data]\nname = 'mnist'\ndir = 'a b'\ncrop = 2";
        let of = |text: &str, settings: &[&str]| -> Result<String> {
            let specification = Specification::overlaid(text, settings)?;
            let written = specification.to_toml()?;
            assert_eq!(Specification::from_toml(&written)?, specification);
            Ok(
                format!("{} {}", specification.data, specification.data.settings)
                    .replace('\n', " "),
            )
        };
        let whole = "mnist dir = \"a b\" crop = 2 ";
        assert_eq!(of(file, &[])?, whole);
        assert_eq!(
            of("", &["data.dir=a b", "data=mnist", "data.crop=2"])?,
            whole
        );
        assert_eq!(
            of("data = 'mnist'", &["data.dir=a b", "data.crop=2"])?,
            whole
        );
        assert_eq!(of(file, &["data.crop=3"])?, "mnist dir = \"a b\" crop = 3 ");
        assert_eq!(
            of(file, &["data=mnist", "data.crop=3"])?,
            "mnist dir = \"a b\" crop = 3 "
        );
        // A text is read one way.
        let text = "[data]\nname = 'text'\nby = 'bytes'";
        assert_eq!(
            of(text, &["data.tokenizer=t.json"])?,
            "text tokenizer = \"t.json\" "
        );
        assert_eq!(
            of(text, &["data.by=characters"])?,
            "text by = \"characters\" "
        );
        // Another set keeps none of them.
        assert_eq!(of(file, &["data=digits"])?, "digits ");
        assert_eq!(
            of(file, &["data={name='svhn', dir='b'}"])?,
            "svhn dir = \"b\" "
        );
        for setting in ["data=3", "data=[]", "data.name=3"] {
            let error = Specification::overlaid("", &[setting]).expect_err(setting);
            let expected = "`data` is the name of a data set, or a table";
            assert!(error.to_string().contains(expected), "{error}");
        }
        Ok(())
    }

    #[test]
    fn words_need_no_quotation_marks() -> Result<()> {
        let specification = Specification::overlaid("", &["data=austen", "rate=0.5"])?;
        assert_eq!(
            (&*specification.data.name, specification.rate),
            ("austen", 0.5)
        );
        Ok(())
    }
}
