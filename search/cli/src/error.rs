//! What a command fails with, and the exit code of each kind.

use actsmith_codegen::diagnostic::Diagnostics;
use actsmith_search::error::Error as SearchError;

/// What a command fails with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The arguments are wrong, or do not go together.
    #[error("{0}")]
    Usage(String),

    /// A formula has mistakes.
    #[error(transparent)]
    Formula(Diagnostics),

    /// The arguments are fine, but carrying the command out failed.
    #[error("{0}")]
    Failure(String),

    /// The library reports an error.
    #[error(transparent)]
    Search(#[from] SearchError),

    /// A tensor operation failed.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

impl Error {
    /// The exit code of the process: 2 where the user has to change the request, 1 for everything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Formula(_) | Self::Search(SearchError::Invalid(_)) => 2,
            Self::Failure(_) | Self::Search(_) | Self::Candle(_) => 1,
        }
    }

    /// The same, with the option in front that a mistake is in.
    pub(crate) fn about(self, option: &str) -> Self {
        match self {
            Self::Usage(message) | Self::Search(SearchError::Invalid(message)) => {
                Self::Usage(format!("{option}: {message}"))
            }
            Self::Formula(mistakes) => Self::Usage(format!("{option}: {mistakes}")),
            other => other,
        }
    }
}

/// A mistake in a formula is a mistake of the request.
impl From<Diagnostics> for Error {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Formula(diagnostics)
    }
}

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;
