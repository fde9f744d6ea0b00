//! One file holds a search: a safetensors file of named tensors, with what they belong to as JSON in its header.
//!
//! The header holds the CRC-32 of the whole file, taken with zeros in place of the checksum's own digits, as in a tar header. A
//! changed byte is refused wherever it is: names, types, shapes and numbers, and the header itself.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use candle_core::Device;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::files;
use crate::state::{self, State};

/// The version of the layout that is written; others are refused.
const FORMAT: u32 = 3;
/// The header's only entry: one, because the order of several would not be the same in every file.
const KEY: &str = "actsmith.search";
/// The name of the task's own settings among those of a search.
pub(crate) const TASK: &str = "task";
/// The digits of the checksum before it is known.
const BLANK: &str = "00000000";

/// What a checkpoint says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the layout.
    format: u32,
    /// The checksum of the file that the header was read from, in hexadecimal digits.
    checksum: String,
    /// Search steps made.
    pub step: usize,
    /// The configuration of the search.
    pub config: Value,
    /// The function with the largest `α` in each slot.
    pub genotype: String,
}

impl Header {
    /// The header of a search.
    pub fn new(step: usize, config: Value, genotype: String) -> Self {
        Self {
            format: FORMAT,
            checksum: BLANK.to_owned(),
            step,
            config,
            genotype,
        }
    }
}

/// Writes the file, or leaves what was there: the bytes go to a temporary file beside it, which then takes its name.
///
/// # Errors
/// [`Error::Failure`] if a number of the state is NaN or infinite: nothing could go on from it. Otherwise those of writing a file.
pub fn save(path: &Path, header: &Header, state: &State) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| {
        Error::Failure(format!(
            "cannot write the checkpoint {}: {error}",
            path.display()
        ))
    };
    if let Some(name) = state::not_finite(state)? {
        return Err(failed(&format!(
            "`{name}` is not finite; start anew with lower learning rates"
        )));
    }
    let header = Header {
        checksum: BLANK.to_owned(),
        ..header.clone()
    };
    let text = serde_json::to_string(&header).map_err(|error| failed(&error))?;
    let mut bytes = safetensors::serialize(state, Some(HashMap::from([(KEY.to_owned(), text)])))
        .map_err(|error| failed(&error))?;
    let range = digits(&bytes, BLANK).ok_or_else(|| failed(&"its header has no checksum"))?;
    let sum = checksum(&bytes, &range);
    bytes[range].copy_from_slice(sum.as_bytes());
    files::write(path, &bytes)
}

/// Where the digits of the checksum lie: the first offset in the file that looks so. The header comes first in the file, and the
/// checksum before everything in the header that is not of a fixed form.
fn digits(bytes: &[u8], digits: &str) -> Option<Range<usize>> {
    // JSON within JSON: the quotes are escaped.
    let label = br#"\"checksum\":\""#;
    let found = |window: &[u8]| window.strip_prefix(label) == Some(digits.as_bytes());
    let start = bytes.windows(label.len() + digits.len()).position(found)? + label.len();
    Some(start..start + digits.len())
}

/// The CRC-32 of the file, with zeros in place of its own digits.
fn checksum(bytes: &[u8], digits: &Range<usize>) -> String {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..digits.start]);
    hasher.update(BLANK.as_bytes());
    hasher.update(&bytes[digits.end..]);
    format!("{:08x}", hasher.finalize())
}

/// Reads the file.
///
/// # Errors
/// [`Error::State`] with the path if it is not a checkpoint, is not as it was written, or has another version.
pub fn load(path: &Path) -> Result<(Header, State)> {
    let refused = |reason: String| Error::State(format!("{}: {reason}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| {
        refused(format!(
            "cannot be read ({error}): put a copy of it back, or start anew"
        ))
    })?;
    let damaged = |reason: &dyn std::fmt::Display| {
        refused(format!(
            "is damaged or not a checkpoint ({reason}): put a copy of it back, or start anew"
        ))
    };
    let (_, metadata) =
        safetensors::SafeTensors::read_metadata(&bytes).map_err(|error| damaged(&error))?;
    let text = metadata
        .metadata()
        .as_ref()
        .and_then(|entries| entries.get(KEY));
    let text = text.ok_or_else(|| damaged(&"its header names no search"))?;
    let format = serde_json::from_str::<Value>(text)
        .ok()
        .and_then(|header| header.get("format")?.as_u64());
    if format != Some(FORMAT.into()) {
        let found = format.map_or_else(|| "unknown".to_owned(), |format| format.to_string());
        return Err(refused(format!(
            "has format {found}, this version reads format {FORMAT}: use the version that wrote it, or start anew"
        )));
    }
    let header: Header = serde_json::from_str(text).map_err(|error| damaged(&error))?;
    let range = digits(&bytes, &header.checksum);
    if range.is_none_or(|range| checksum(&bytes, &range) != header.checksum) {
        return Err(damaged(&"its checksum does not match"));
    }
    safetensors::SafeTensors::deserialize(&bytes).map_err(|error| damaged(&error))?;
    let state = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)?
        .into_iter()
        .collect();
    Ok((header, state))
}

/// Refuses the checkpoint at `path` if the settings that it was written with differ from those at hand.
///
/// # Errors
/// [`Error::State`] with the name of the first setting that differs, and both values.
pub(crate) fn agree(path: &Path, written: &Value, wanted: &Value) -> Result<()> {
    let Some((names, written, wanted)) = first_difference(written, wanted) else {
        return Ok(());
    };
    let names: Vec<&str> = names.into_iter().filter(|name| *name != TASK).collect();
    Err(Error::State(format!(
        "{}: was written with another `{}` ({written}, not {wanted}); resume with the same configuration",
        path.display(),
        names.join(".")
    )))
}

/// Refuses the checkpoint at `path` if one part of its settings is another.
///
/// # Errors
/// As [`load`], and as [`agree`].
pub(crate) fn check(path: &Path, part: &str, wanted: &Value) -> Result<()> {
    let (header, _) = load(path)?;
    agree(path, &header.config[part], wanted)
}

/// The first value that differs, by the names that lead to it: whole objects where they have other names.
fn first_difference<'a>(
    left: &'a Value,
    right: &'a Value,
) -> Option<(Vec<&'a str>, &'a Value, &'a Value)> {
    if left == right {
        return None;
    }
    let whole = Some((Vec::new(), left, right));
    let (Value::Object(fields), Value::Object(others)) = (left, right) else {
        return whole;
    };
    if fields.keys().ne(others.keys()) {
        return whole;
    }
    let mut differences = fields.iter().filter_map(|(name, left)| {
        let (mut names, left, right) = first_difference(left, &others[name])?;
        names.insert(0, name);
        Some((names, left, right))
    });
    differences.next()
}
