//! Passports of functions, as rows of text and as JSON, with how accurately each format computes them.

pub mod formats;
mod json;
mod rows;

use actsmith_codegen::Formula;
use actsmith_codegen::Region;
use actsmith_codegen::passport::{Passport, PassportError};

use crate::error::{Error, Result};
use formats::Accuracy;
pub use rows::Row;

/// A passport with how accurately each format computes the function.
#[derive(Debug)]
pub struct Measured {
    /// What is known of the function.
    pub passport: Passport,
    /// What single and half precision make of it.
    pub formats: Vec<Accuracy>,
}

impl Measured {
    /// The passport of a formula of `x`, over the numbers that a region gives it.
    ///
    /// # Errors
    /// [`Error::Usage`] if the formula has none: it has parameters without a value, is too large, or has no value anywhere.
    pub fn of(formula: &Formula, region: &Region) -> Result<Self> {
        let passport = Passport::of(formula, region).map_err(usage)?;
        Ok(Self {
            formats: formats::measured(formula, passport.domain)?,
            passport,
        })
    }

    /// The rows of the passport, for a reader.
    pub fn rows(&self) -> Vec<Row> {
        rows::rows(self)
    }

    /// The passport as JSON.
    pub fn json(&self) -> serde_json::Value {
        json::json(self)
    }
}

/// What the options are called by which the error is mended.
fn usage(error: PassportError) -> Error {
    let option = match &error {
        PassportError::Parameters(names) => format!(" (`--set {}=1`)", names[0]),
        PassportError::Undefined(_) | PassportError::Point => " (`--domain x=1..8`)".to_owned(),
        PassportError::TooLarge => String::new(),
    };
    Error::Usage(format!("{error}{option}"))
}
