//! What the settings of all model families have in common: how they are read, and which counts make sense.

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// The configuration in a table of settings.
///
/// # Errors
/// [`Error::Invalid`], naming the setting, if one is missing, unknown or of another type.
pub(super) fn read<C: DeserializeOwned>(settings: &toml::Table) -> Result<C> {
    let config = settings.clone().try_into();
    config.map_err(|error| Error::Invalid(error.to_string().trim_end().to_owned()))
}

/// Refuses the first of some counts, each with the largest that makes sense, that is not from 1 to there.
pub(super) fn check_counts(model: &str, counts: &[(&str, usize, usize)]) -> Result<()> {
    let outside = |(_, count, most): &&(&str, usize, usize)| !(1..=*most).contains(count);
    match counts.iter().find(outside) {
        Some((name, count, most)) => Err(Error::Invalid(format!(
            "the {name} of a {model} {} from 1 to {most}, not {count}",
            if name.ends_with('s') { "are" } else { "is" }
        ))),
        None => Ok(()),
    }
}

/// Refuses a width that the heads of an attention cannot share out.
pub(super) fn check_heads(model: &str, width: usize, heads: usize) -> Result<()> {
    match width.is_multiple_of(heads) {
        true => Ok(()),
        false => Err(Error::Invalid(format!(
            "the width of a {model} is a multiple of its heads, not {width} for {heads} heads"
        ))),
    }
}
