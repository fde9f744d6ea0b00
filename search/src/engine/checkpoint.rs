//! One file holds a search: a safetensors file of named tensors, with what they belong to as JSON in its header.

use std::collections::HashMap;
use std::path::Path;

use candle_core::Device;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files;
use crate::state::State;

/// The version of the layout that is written; others are refused.
const FORMAT: u32 = 1;
/// The header's only entry: one, because the order of several would not be the same in every file.
const KEY: &str = "actsmith.search";

/// What a checkpoint says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the layout.
    format: u32,
    /// Search steps made.
    pub step: usize,
    /// The configuration of the search.
    pub config: serde_json::Value,
    /// The function with the largest `α` in each slot.
    pub genotype: String,
}

impl Header {
    /// The header of a search.
    pub fn new(step: usize, config: serde_json::Value, genotype: String) -> Self {
        Self {
            format: FORMAT,
            step,
            config,
            genotype,
        }
    }
}

/// Writes the file, or leaves what was there: the bytes go to a temporary file beside it, which then takes its name.
///
/// # Errors
/// As [`files::write`]: the path and what the system said.
pub fn save(path: &Path, header: &Header, state: &State) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| {
        Error::Failure(format!(
            "cannot write the checkpoint {}: {error}",
            path.display()
        ))
    };
    let text = serde_json::to_string(header).map_err(|error| failed(&error))?;
    let bytes = safetensors::serialize(state, Some(HashMap::from([(KEY.to_owned(), text)])))
        .map_err(|error| failed(&error))?;
    files::write(path, &bytes)
}

/// Reads the file.
///
/// # Errors
/// [`Error::State`] with the path if it is no checkpoint, is cut short, or has another version.
pub fn load(path: &Path) -> Result<(Header, State)> {
    let refused = |reason: String| Error::State(format!("{}: {reason}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| refused(format!("cannot be read: {error}")))?;
    let damaged = |error: safetensors::SafeTensorError| {
        refused(format!(
            "is damaged or no checkpoint ({error}); use an earlier one"
        ))
    };
    let (_, metadata) = safetensors::SafeTensors::read_metadata(&bytes).map_err(damaged)?;
    let text = metadata
        .metadata()
        .as_ref()
        .and_then(|entries| entries.get(KEY));
    let text = text.ok_or_else(|| refused("is no checkpoint of a search".to_owned()))?;
    let format = serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .and_then(|header| header.get("format")?.as_u64());
    if format != Some(FORMAT.into()) {
        let found = format.map_or_else(|| "unknown".to_owned(), |format| format.to_string());
        return Err(refused(format!(
            "has format {found}, this version reads format {FORMAT}"
        )));
    }
    let header = serde_json::from_str(text)
        .map_err(|error| refused(format!("has a damaged header: {error}")))?;
    safetensors::SafeTensors::deserialize(&bytes).map_err(damaged)?;
    let state = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)?
        .into_iter()
        .collect();
    Ok((header, state))
}
