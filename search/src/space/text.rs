//! A space as text: `default` or `wide`, and custom operations as they are declared, `bump(x) = x * gaussian(x)`.

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::operations::Rows;
use super::{Slot, Space};
use crate::error::{Error, Result};

impl Space {
    /// The space of this name, `default` or `wide`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is another.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "default" => Ok(Self::default()),
            "wide" => Ok(Self::wide()),
            _ => Err(Error::Invalid(format!(
                "there is no space `{name}`: choose `default` or `wide`"
            ))),
        }
    }

    /// Adds the unary operation that `text` declares, such as `bump(x) = x * gaussian(x)`.
    ///
    /// # Errors
    /// As [`Self::with_unary`], or if the text declares nothing in `x`.
    pub fn declare_unary(self, text: &str) -> Result<Self> {
        let (name, formula) = declaration(text, "(x)")
            .ok_or_else(|| malformed("unary", text, "bump(x) = x * gaussian(x)"))?;
        self.with_unary(name, formula)
    }

    /// Adds the binary operation that `text` declares, such as `gate(a, b) = a * sigmoid(b)`.
    ///
    /// # Errors
    /// As [`Self::with_binary`], or if the text declares nothing in `a` and `b`.
    pub fn declare_binary(self, text: &str) -> Result<Self> {
        let (name, formula) = declaration(text, "(a,b)")
            .ok_or_else(|| malformed("binary", text, "gate(a, b) = a * sigmoid(b)"))?;
        self.with_binary(name, formula)
    }

    /// The name of the rows of the tables.
    fn rows_name(&self) -> &'static str {
        match self.rows {
            Rows::Default => "default",
            Rows::Wide => "wide",
        }
    }

    /// What declares the custom operations of the kind that `slot` holds.
    fn declarations(&self, slot: Slot) -> Vec<String> {
        let inputs = match slot.unary_index() {
            Some(_) => "x",
            None => "a, b",
        };
        let declare = |custom: &super::Custom| {
            format!("{}({inputs}) = {}", custom.name(), custom.formula(false))
        };
        self.custom(slot).iter().map(declare).collect()
    }
}

/// The name and the formula of a declaration whose inputs, without blanks, are `inputs`.
fn declaration<'a>(text: &'a str, inputs: &str) -> Option<(&'a str, &'a str)> {
    let (head, formula) = text.split_once('=')?;
    let (name, list) = head.split_at(head.find('(')?);
    let list: String = list.split_whitespace().collect();
    (list == inputs).then(|| (name.trim(), formula.trim()))
}

fn malformed(kind: &str, text: &str, example: &str) -> Error {
    Error::Invalid(format!(
        "`{text}` declares no {kind} operation; write it as `{example}`"
    ))
}

impl fmt::Display for Space {
    /// `default`, or `default with bump(x) = x * gaussian(x), gate(a, b) = a * sigmoid(b)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rows_name())?;
        let custom = [Slot::U0, Slot::B0]
            .map(|slot| self.declarations(slot))
            .concat();
        if !custom.is_empty() {
            write!(f, " with {}", custom.join(", "))?;
        }
        Ok(())
    }
}

/// A space that has more than rows of the tables, in files.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    rows: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unary: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    binary: Vec<String>,
}

impl Written {
    fn space(&self) -> Result<Space> {
        let space = Space::named(&self.rows)?;
        let space = self
            .unary
            .iter()
            .try_fold(space, |space, text| space.declare_unary(text))?;
        self.binary
            .iter()
            .try_fold(space, |space, text| space.declare_binary(text))
    }
}

impl Serialize for Space {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [unary, binary] = [Slot::U0, Slot::B0].map(|slot| self.declarations(slot));
        if unary.is_empty() && binary.is_empty() {
            return serializer.serialize_str(self.rows_name());
        }
        let rows = self.rows_name().to_owned();
        Written {
            rows,
            unary,
            binary,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Space {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Space;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`default`, `wide`, or `rows` with lists `unary` and `binary`")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Space, E> {
                Space::named(name).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Space, A::Error> {
                let written = Written::deserialize(MapAccessDeserializer::new(map))?;
                written.space().map_err(de::Error::custom)
            }
        }

        deserializer.deserialize_any(Either)
    }
}
