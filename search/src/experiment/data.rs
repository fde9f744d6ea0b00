//! The data of a specification: a data set with its settings.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use toml::{Table, Value};

/// The key of the name, where there are settings beside it.
pub(super) const NAME: &str = "name";

/// A data set by its name, with settings that only the set knows. In a file of settings it is its name alone, or a table with the
/// `name` among the settings.
///
/// ```
/// use actsmith_search::experiment::{Data, Specification};
///
/// let text = "[data]\nname = 'cifar10'\ndir = 'cifar'";
/// let specification = Specification::overlaid(text, &["data.flip=false"])?;
/// assert_eq!(specification.data.name, "cifar10");
/// assert_eq!(specification.data.settings.len(), 2);
/// assert_eq!(Specification::default().data, Data::from("digits"));
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// The name of the data set.
    pub name: String,
    /// The settings of the set.
    pub settings: Table,
}

impl From<&str> for Data {
    fn from(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            settings: Table::new(),
        }
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.settings.is_empty() {
            return self.name.serialize(serializer);
        }
        let mut table = Table::new();
        table.insert(NAME.to_owned(), self.name.clone().into());
        table.extend(self.settings.clone());
        table.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let named = |mut settings: Table| match settings.remove(NAME) {
            Some(Value::String(name)) => Some(Self { name, settings }),
            _ => None,
        };
        let data = match Value::deserialize(deserializer)? {
            Value::String(name) => Some(Self::from(&*name)),
            Value::Table(settings) => named(settings),
            _ => None,
        };
        data.ok_or_else(|| {
            let what = "`data` is the name of a data set, or a table with the `name` of one and its settings";
            de::Error::custom(what)
        })
    }
}

/// Makes the name of a data set that stands alone the table that it stands for.
pub(super) fn spread(all: &mut Table) {
    if let Some(data) = all.get_mut("data")
        && let Value::String(name) = data
    {
        let name = Value::String(std::mem::take(name));
        *data = Table::from_iter([(NAME.to_owned(), name)]).into();
    }
}

/// A text is read by characters or bytes, or with a tokenizer: which of them `over` says takes the place of what `all` says.
pub(super) fn read_one_way(all: &mut Table, over: &Table) {
    const WAYS: [&str; 2] = ["by", "tokenizer"];
    let (Some(Value::Table(under)), Some(Value::Table(over))) =
        (all.get_mut("data"), over.get("data"))
    else {
        return;
    };
    for [way, other] in [WAYS, [WAYS[1], WAYS[0]]] {
        if over.contains_key(way) && !over.contains_key(other) {
            under.remove(other);
        }
    }
}

/// Whether a table of data names another set than the one before: settings of two sets do not mix.
pub(super) fn differs(under: &Table, over: &Table) -> bool {
    over.get(NAME)
        .is_some_and(|name| Some(name) != under.get(NAME))
}
