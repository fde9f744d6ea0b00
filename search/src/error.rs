//! The one error type of the crate, whose variants are the kinds of failure.
//!
//! ```
//! use actsmith_search::error::Error;
//! use actsmith_search::space::Space;
//!
//! match Space::default().genotype("relu-relu-add-relu-relu-ad") {
//!     Err(Error::Invalid(message)) => assert!(message.contains("did you mean `add`?")),
//!     other => panic!("{other:?}"),
//! }
//! ```

use std::io::ErrorKind;

use actsmith_codegen::diagnostic::Diagnostics;

/// What can go wrong while preparing, running or reading back a search.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request itself cannot be met: a setting, a name or a combination of them is wrong.
    #[error("{0}")]
    Invalid(String),

    /// The request is fine, but carrying it out failed.
    #[error("{0}")]
    Failure(String),

    /// A data set is malformed or does not fit the model.
    #[error("data: {0}")]
    Data(String),

    /// A saved state does not belong to what it is loaded into.
    #[error("saved state: {0}")]
    State(String),

    /// The loss of a training, or a number that a step of it moved, stopped being finite.
    #[error(
        "{what} at step {step}: start anew with a lower `rate`, the learning rate, or check the data for non-finite values"
    )]
    Diverged {
        /// What is not finite, as in `the loss is NaN`.
        what: String,
        /// Optimisation steps made before the one that failed, over the whole run.
        step: usize,
    },

    /// The same in an experiment, which knows which training it was.
    #[error("{message}")]
    TrainingDiverged {
        /// Which training, what is not finite, and what to do.
        message: String,
        /// What is not finite.
        what: String,
        /// Optimisation steps made before the one that failed.
        step: usize,
    },

    /// A loss of the search, or a number that a step of it moved, stopped being finite.
    #[error("{what} at step {step}: start anew with {}, or check the data for non-finite values{}", lower(pass), last_good(.checkpoint.as_deref()))]
    SearchDiverged {
        /// Which step of the two: `architecture` or `weight`.
        pass: &'static str,
        /// What is not finite, as in `the loss of the weight step is NaN`.
        what: String,
        /// Search steps completed before.
        step: usize,
        /// The last checkpoint, written while all was finite.
        checkpoint: Option<std::path::PathBuf>,
    },

    /// A file or folder could not be read or written.
    #[error("{}: {source}{}", path.display(), remedy(source.kind()))]
    Io {
        /// The file or folder; `-` for the standard streams.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },

    /// A tensor operation failed.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

/// A mistake in a formula is a mistake of the request.
impl From<Diagnostics> for Error {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Invalid(diagnostics.to_string())
    }
}

/// So that `?` serves in a model's `forward`.
impl From<Error> for candle_core::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Candle(error) => error,
            other => Self::wrap(other),
        }
    }
}

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The setting to lower. The weights may be what makes a loss of the architecture step too large; they are finite themselves.
fn lower(pass: &str) -> &'static str {
    match pass {
        "architecture" => "a lower `architecture_rate`, or a lower `rate` of the network",
        _ => "a lower `rate`, the network's learning rate",
    }
}

/// What the user can do about a failure of the system, where there is something.
fn remedy(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::StorageFull => ": free some space on the disk",
        ErrorKind::QuotaExceeded => ": free some of your space on the disk",
        ErrorKind::FileTooLarge => ": allow larger files (`ulimit -f`)",
        ErrorKind::ReadOnlyFilesystem => ": nothing can be written there; choose another folder",
        ErrorKind::IsADirectory => ": a file is needed here; move the folder away",
        ErrorKind::PermissionDenied => ": ask for permission, or choose another folder",
        _ => "",
    }
}

fn last_good(checkpoint: Option<&std::path::Path>) -> String {
    checkpoint.map_or_else(String::new, |path| {
        format!("; the last good checkpoint is {}", path.display())
    })
}

/// A count with its noun, which has an `s` behind it unless the count is 1.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// What a reader of settings says of a mistake, in words that are not those of Rust's types.
pub(crate) fn worded(message: &str) -> String {
    let message = message.trim_end();
    // `error` or `error\nin `path``.
    let (message, place) = match message.rsplit_once("\nin `") {
        Some((message, place)) if !place.contains('\n') => (message, format!("`{place}: ")),
        _ => (message, String::new()),
    };
    let lines = message.lines().map(|line| {
        let kinds = ["invalid type: ", "invalid value: "];
        let stripped = kinds.iter().find_map(|kind| line.strip_prefix(kind));
        match stripped.and_then(|line| line.rsplit_once(", expected ")) {
            Some((found, expected)) => format!("{}, not {}", needed(expected), given(found)),
            None => match line.strip_prefix("missing field ") {
                Some(field) => format!("the setting {field} is missing"),
                None => line.to_owned() + hint(line),
            },
        }
    });
    let lines: Vec<String> = lines.collect();
    place + &lines.join("\n")
}

/// Where a setting is that is looked for elsewhere.
fn hint(line: &str) -> &'static str {
    let unknown = |name: &str| line.starts_with(&format!("unknown field `{name}`"));
    match ["epochs", "steps_per_epoch", "train", "baselines", "seeds"]
        .iter()
        .any(|name| unknown(name))
    {
        true => "; the lengths of search and trainings are `search.epochs` and `retrain.epochs`",
        false => "",
    }
}

/// What was given, as serde calls it.
fn given(found: &str) -> String {
    let numbers = ["integer `", "floating point `", "boolean `"];
    let number = numbers.iter().find_map(|kind| found.strip_prefix(kind));
    match (number.and_then(|rest| rest.strip_suffix('`')), found) {
        (Some(number), _) => number.to_owned(),
        (None, "sequence") => "a list".to_owned(),
        (None, "map") => "a table of settings".to_owned(),
        (None, "unit variant") => "a name alone".to_owned(),
        (None, "newtype variant" | "struct variant") => "a table of settings".to_owned(),
        (None, other) => match other.strip_prefix("string ") {
            Some(text) => format!("the text {text}"),
            None => other.to_owned(),
        },
    }
}

/// What is needed in its place.
fn needed(expected: &str) -> String {
    let what = match expected {
        "usize" | "u64" | "u32" => "a whole number from 0",
        "i64" | "i32" => "a whole number",
        "f64" | "f32" => "a number",
        "a boolean" => "`true` or `false`",
        "a string" | "path string" => "a text",
        "a sequence" => "a list in brackets",
        "an array of length 2" => "a list of 2 numbers",
        "a map" | "newtype variant" | "struct variant" => "a table of settings",
        "unit variant" => "a name alone",
        _ if expected.starts_with("struct ") || expected.starts_with("enum ") => {
            "a table of settings"
        }
        _ => expected,
    };
    format!("it is {what}")
}

#[cfg(test)]
mod tests {
    use super::worded;

    #[test]
    fn mistakes_are_told_without_the_types_of_rust() {
        for (message, expected) in [
            (
                "invalid type: string \"many\", expected usize",
                "it is a whole number from 0, not the text \"many\"",
            ),
            (
                "invalid value: integer `-1`, expected usize",
                "it is a whole number from 0, not -1",
            ),
            (
                "invalid type: floating point `2.5`, expected usize\nin `depth`\n",
                "`depth`: it is a whole number from 0, not 2.5",
            ),
            (
                "invalid type: sequence, expected f64",
                "it is a number, not a list",
            ),
            (
                "invalid type: integer `3`, expected struct Network",
                "it is a table of settings, not 3",
            ),
            (
                "invalid type: unit variant, expected newtype variant",
                "it is a table of settings, not a name alone",
            ),
            (
                "TOML parse error at line 1, column 8\n  |\n1 | rate = fast\n  |\ninvalid type: string \"fast\", expected f64",
                "TOML parse error at line 1, column 8\n  |\n1 | rate = fast\n  |\nit is a number, not the text \"fast\"",
            ),
            (
                "invalid type: integer `3`, expected path string\nin `dir`",
                "`dir`: it is a text, not 3",
            ),
            (
                "missing field `epsilon`",
                "the setting `epsilon` is missing",
            ),
            (
                "unknown field `epochs`, expected `clip`",
                "unknown field `epochs`, expected `clip`; the lengths of search and trainings are `search.epochs` and `retrain.epochs`",
            ),
            ("unknown field `x`", "unknown field `x`"),
        ] {
            assert_eq!(worded(message), expected);
        }
    }
}
