//! Several formulas in one call.

use std::process::ExitCode;

use serde_json::Value;

use super::output::{self, print, print_json};
use crate::error::{Error, Result};

/// Formulas behind the first; every command that answers for several takes them.
#[derive(Debug, clap::Args)]
pub(super) struct More {
    /// Further formulas: each gets its own answer, with --json on a line of its own
    #[arg(value_name = "FORMULA")]
    more: Vec<String>,
}

/// What a command says of a formula.
pub(super) enum Answer {
    /// For people.
    Text(String),
    /// For programs.
    Json(Value),
    /// Nothing: it is in a file.
    Written,
}

impl More {
    /// Refuses what is for one formula alone; `options` are their names, and whether they are given.
    pub(super) fn refuse(&self, options: &[(&str, bool)]) -> Result<()> {
        match options.iter().find(|(_, given)| *given) {
            Some((option, _)) if !self.more.is_empty() => Err(Error::Usage(format!(
                "{option} is for one formula, and {} are given: leave it out, or give one formula at a time",
                1 + self.more.len()
            ))),
            _ => Ok(()),
        }
    }

    /// Prints what each formula gives, one after another. Of several, one that is wrong is told in its place, and the others go on; the exit
    /// code is that of the first mistake.
    pub(super) fn each(
        &self,
        first: &str,
        json: bool,
        answer: impl Fn(&str) -> Result<Answer>,
    ) -> Result<ExitCode> {
        if self.more.is_empty() {
            match answer(first)? {
                Answer::Text(text) => print(&text)?,
                Answer::Json(object) => print_json(&object)?,
                Answer::Written => {}
            }
            return Ok(ExitCode::SUCCESS);
        }
        let mut code = None;
        let formulas = std::iter::once(first).chain(self.more.iter().map(String::as_str));
        for (index, formula) in formulas.enumerate() {
            match answer(formula) {
                Ok(Answer::Text(text)) if index > 0 => print(&format!("\n{text}"))?,
                Ok(Answer::Text(text)) => print(&text)?,
                Ok(Answer::Json(object)) => print(&object.to_string())?,
                Ok(Answer::Written) => {}
                Err(error) => {
                    let failed = output::failed(&error.to_string(), error.exit_code(), json);
                    code.get_or_insert(failed);
                }
            }
        }
        Ok(code.unwrap_or(ExitCode::SUCCESS))
    }
}
