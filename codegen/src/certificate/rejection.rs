//! Why a certificate does not hold.

use std::fmt;

/// Why a certificate does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Where: a claim, a lemma and its step, counted from 1, or a part of the certificate.
    pub location: String,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.reason)
    }
}

impl std::error::Error for Rejection {}

pub(crate) fn reject<T>(location: &str, reason: impl Into<String>) -> Result<T, Rejection> {
    Err(at(location)(reason.into()))
}

pub(crate) fn at(location: &str) -> impl FnOnce(String) -> Rejection {
    let location = location.to_owned();
    move |reason| Rejection { location, reason }
}
