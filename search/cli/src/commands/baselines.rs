//! What candidates are compared with.

use actsmith_search::evaluate::{Contender, Role, default_baselines};
use actsmith_search::experiment::pieces;

use super::entrants;
use crate::error::{Error, Result};

/// A list of baselines.
#[derive(Debug, clap::Args)]
pub(super) struct BaselineList {
    /// What to compare with, as `relu,gelu,swish(x) = x * sigmoid(1.5 * x),runs/random`; with `+` in front, these too
    /// [default: relu,gelu,silu,elu,leaky_relu,mish,relu2].
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    baselines: Option<String>,
}

impl BaselineList {
    /// Those of a model family, beside these candidates.
    pub(super) fn of(&self, family: &str, candidates: &[Contender]) -> Result<Vec<Contender>> {
        let read = |text: &str, unnamed: &str| {
            Contender::read(text, unnamed, Role::Baseline)
                .map_err(|error| Error::Usage(format!("--baselines: {error}")))
        };
        let (extends, list) = match self.baselines.as_deref().map(str::trim) {
            None => (true, ""),
            Some(list) => match list.strip_prefix('+') {
                Some(list) => (true, list),
                None => (false, list),
            },
        };
        let mut asked = Vec::new();
        for text in pieces(list) {
            if text.trim().is_empty() {
                if self.baselines.is_none() {
                    continue;
                }
                return Err(Error::Usage(
                    "--baselines: a name is missing between commas; write for example `relu,gelu` or `+celu(x) = max(x, 0) + min(0, expm1(x))`"
                        .to_owned(),
                ));
            }
            if let Some(run) = entrants::baseline(text.trim())? {
                asked.push(run);
                continue;
            }
            let unnamed = format!("baseline{}", asked.len() + 1);
            asked.push(read(text, &unnamed)?);
        }
        if !extends {
            return Ok(asked);
        }
        // What is asked for goes before the default of the same name or formula.
        let mut all = Vec::new();
        for text in default_baselines(family) {
            let default = read(&text, "")?;
            let same =
                |of: &&Contender| of.name == default.name || of.activation == default.activation;
            if candidates.iter().chain(&asked).find(same).is_none() {
                all.push(default);
            }
        }
        all.extend(asked);
        Ok(all)
    }
}
