//! What the settings of all model families have in common: how they are read and written, and which counts make sense.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Architecture, Family};
use crate::error::{Error, Result, worded};

/// An architecture that is its own settings: by its fields, it makes a model [`family`].
pub trait Configuration: Architecture + Serialize + DeserializeOwned + 'static {
    /// The name of the family in settings.
    const FAMILY: &'static str;

    /// Sizes by their names, as the setting `size` has them: each with the settings that it stands for.
    const SIZES: &'static [(&'static str, &'static [(&'static str, i64)])] = &[];

    /// Says what is wrong, if this is not a model that can be built.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the setting and its range.
    fn validate(&self) -> Result<()>;
}

/// The model family whose settings are the fields of `C`.
///
/// ```
/// use actsmith_search::models::{ViTConfig, family};
///
/// let vit = family::<ViTConfig>();
/// assert_eq!(vit.name(), "vit");
/// assert!(vit.configure(&toml::Table::new()).is_err()); // a setting is missing
/// ```
pub fn family<C: Configuration>() -> Arc<dyn Family> {
    Arc::new(Configured::<C>(PhantomData))
}

struct Configured<C>(PhantomData<fn() -> C>);

impl<C: Configuration> Family for Configured<C> {
    fn name(&self) -> &str {
        C::FAMILY
    }

    fn sizes(&self) -> Vec<(&str, toml::Table)> {
        let table = |settings: &[(&str, i64)]| {
            let settings = settings.iter();
            settings
                .map(|(key, value)| ((*key).to_owned(), (*value).into()))
                .collect()
        };
        (C::SIZES.iter())
            .map(|(name, settings)| (*name, table(settings)))
            .collect()
    }

    fn configure(&self, settings: &toml::Table) -> Result<Box<dyn Architecture>> {
        let config: Result<C, _> = settings.clone().try_into();
        let config = config.map_err(|error| Error::Invalid(worded(&error.to_string())))?;
        config.validate()?;
        Ok(Box::new(config))
    }
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

/// Whether a share is the usual 0, so that it is not written.
pub(super) fn is_zero(share: &f64) -> bool {
    *share == 0.0
}
