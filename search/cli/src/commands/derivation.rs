//! Certificates as files: of exact forms, or of forms with numbers in place of constants.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use actsmith_codegen::certificate::{Certificate, Passage, Rejection, Verdict};
use actsmith_codegen::rounding::RoundedCertificate;
use serde::Serialize;
use serde_json::Value;

use super::output::{self, STREAM};
use crate::error::{Error, Result};

/// Certificates of the search space have some 10 kB.
const LARGEST: u64 = 16 << 20;

/// Why a formula has its simplified form.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Derivation {
    /// It equals it.
    Exact(Certificate),
    /// It equals it, but for constants that became numbers.
    Rounded(Box<RoundedCertificate>),
}

impl Derivation {
    /// Reads a file, or standard input. Whatever is wrong with it is the user's to change.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let wrong = |reason: String| Error::Usage(format!("{}: {reason}", path.display()));
        let file: Box<dyn Read> = if path == Path::new(STREAM) {
            Box::new(std::io::stdin().lock())
        } else {
            Box::new(File::open(path).map_err(|error| wrong(error.to_string()))?)
        };
        let text = crate::commands::text::read(file, LARGEST, "a certificate").map_err(wrong)?;
        let parsed =
            serde_json::from_str::<Value>(&text).and_then(|value| match value.get("exact") {
                Some(_) => serde_json::from_value(value).map(Self::Rounded),
                // From the text, whose lines errors name.
                None => serde_json::from_str(&text).map(Self::Exact),
            });
        parsed.map_err(|error| {
            wrong(format!(
                "not a certificate: {error}; write one with `actsmith simplify FORMULA --certificate FILE`"
            ))
        })
    }

    /// Writes it to a file, or to standard output.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string(self);
        let text = text.map_err(|error| Error::Failure(error.to_string()))?;
        output::write(path, &(text + "\n"))
    }

    /// The steps as text.
    pub(super) fn explain(&self) -> Result<String> {
        let parts = self.certificates().into_iter().map(Certificate::explain);
        let parts: std::result::Result<Vec<String>, Rejection> = parts.collect();
        Ok(parts
            .map_err(refused)?
            .join("\n\nThe same with numbers for constants:\n\n"))
    }

    /// The steps, in the order of [`Derivation::explain`].
    pub(super) fn passages(&self) -> Result<Vec<Passage>> {
        let parts = self.certificates().into_iter().map(Certificate::passages);
        let parts: std::result::Result<Vec<_>, Rejection> = parts.collect();
        Ok(parts.map_err(refused)?.concat())
    }

    pub(super) fn check(&self) -> std::result::Result<Verdict, Rejection> {
        match self {
            Self::Exact(certificate) => certificate.check(),
            Self::Rounded(certificate) => certificate.check(),
        }
    }

    /// Whether every claim rests on a lemma.
    pub(super) fn is_complete(&self) -> bool {
        self.certificates()
            .into_iter()
            .all(Certificate::is_complete)
    }

    /// How many steps all lemmas have together.
    pub(super) fn steps(&self) -> usize {
        self.certificates()
            .into_iter()
            .map(Certificate::steps)
            .sum()
    }

    /// The certificate of the formula, and that of its form with numbers, if there is one.
    pub(super) fn certificates(&self) -> Vec<&Certificate> {
        match self {
            Self::Exact(certificate) => vec![certificate],
            Self::Rounded(rounded) => std::iter::once(&rounded.exact)
                .chain(&rounded.again)
                .collect(),
        }
    }

    /// The certificate of the formula.
    pub(super) fn of_formula(&self) -> &Certificate {
        match self {
            Self::Exact(certificate) => certificate,
            Self::Rounded(rounded) => &rounded.exact,
        }
    }
}

fn refused(rejection: Rejection) -> Error {
    Error::Failure(format!("the proof does not hold: {rejection}"))
}
