//! An activation of an evaluation, and how it is written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::StrategyKind;
use crate::error::{Error, Result};
use crate::experiment::Chosen;

/// What part an activation has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Role {
    /// It is what is asked about.
    Candidate,
    /// The candidates are compared with it.
    Baseline,
}

/// An activation of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Contender {
    /// Its name, in tables and folders.
    pub name: String,
    /// What part it has.
    pub role: Role,
    /// How the search that found it spent its steps, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<StrategyKind>,
    /// Its formula, or those of the parts of the network.
    pub activation: Chosen,
}

impl Contender {
    /// The activation of this name.
    pub fn new(name: impl Into<String>, role: Role, activation: Chosen) -> Self {
        Self {
            name: name.into(),
            role,
            strategy: None,
            activation,
        }
    }

    /// The same, as a search with this strategy found it.
    #[must_use]
    pub fn found_by(self, strategy: StrategyKind) -> Self {
        Self {
            strategy: Some(strategy),
            ..self
        }
    }

    /// Reads a formula, a name or a declaration; one without a name is called `unnamed`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is malformed.
    pub fn read(text: &str, unnamed: &str, role: Role) -> Result<Self> {
        let text = text.trim();
        let Some(declared) = Declared::read(text)? else {
            let name = match is_word(text) && text != "x" {
                true => text.to_lowercase(),
                false => unnamed.to_owned(),
            };
            return Ok(Self::new(name, role, Chosen::parse(&[text])?));
        };
        let activation = match declared.trained.is_empty() {
            true => Chosen::parse(&[declared.formula])?,
            false => Chosen::trained(declared.formula, declared.trained)?,
        };
        Ok(Self::new(declared.name, role, activation))
    }

    /// Its formula in one text.
    pub fn formula(&self) -> String {
        match &self.activation {
            Chosen::One(formula) => formula.clone(),
            Chosen::ByPart(parts) => {
                let parts = parts
                    .iter()
                    .map(|(part, formula)| format!("{part}: {formula}"));
                parts.collect::<Vec<_>>().join("; ")
            }
            Chosen::Trained(trained) => trained.to_string(),
        }
    }
}

/// A declaration: `name(x) = formula`, or `name(x; beta = 1) = formula` with constants that are trained.
struct Declared<'a> {
    name: &'a str,
    /// The constants, and where they start.
    trained: BTreeMap<String, f64>,
    formula: &'a str,
}

impl<'a> Declared<'a> {
    /// Reads one; none if the text has not its form.
    fn read(text: &'a str) -> Result<Option<Self>> {
        let parts = || {
            let (name, rest) = text.split_once('(')?;
            let (inside, rest) = rest.split_once(')')?;
            let formula = rest.trim_start().strip_prefix('=')?;
            let name = name.trim();
            let is_one = is_word(name) && !formula.starts_with('=');
            is_one.then(|| (name, inside, formula.trim()))
        };
        let Some((name, inside, formula)) = parts() else {
            return Ok(None);
        };
        let invalid = |what: String| {
            Err(Error::Invalid(format!(
                "`{name}({inside})`: {what}; write for example `swish(x) = x * sigmoid(1.5 * x)`, or with a trained constant \
                 `swish(x; beta = 1) = x * sigmoid(beta * x)`"
            )))
        };
        let (input, constants) = match inside.split_once(';') {
            Some((input, constants)) => (input, constants.split(',').collect()),
            None => (inside, Vec::new()),
        };
        if input.trim() != "x" {
            return invalid("an activation is a function of `x`".to_owned());
        }
        let mut trained = BTreeMap::new();
        for constant in constants {
            let value = constant.split_once('=');
            let value = value.and_then(|(name, value)| {
                let value: f64 = value.trim().parse().ok()?;
                is_word(name.trim()).then(|| (name.trim().to_owned(), value))
            });
            let Some((name, value)) = value else {
                return invalid(format!("`{}` is no constant with a value", constant.trim()));
            };
            trained.insert(name, value);
        }
        Ok(Some(Self {
            name,
            trained,
            formula,
        }))
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
