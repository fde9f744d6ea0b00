//! Text of some size from files and from standard input.

use std::io::Read;

/// Reads a text, without the mark that some editors put before it.
///
/// # Errors
/// What is wrong: it cannot be read, is not UTF-8, or is longer than `largest` bytes, too long for `what` it should be.
pub(super) fn read(from: impl Read, largest: u64, what: &str) -> Result<String, String> {
    let mut text = String::new();
    let length = from.take(largest + 1).read_to_string(&mut text);
    match length.map_err(|error| error.to_string())? {
        length if length as u64 > largest => Err(format!("too long for {what}")),
        _ => Ok(text.trim_start_matches('\u{feff}').to_owned()),
    }
}
