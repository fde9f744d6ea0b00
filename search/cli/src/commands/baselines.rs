//! What candidates are compared with.

use actsmith_search::evaluate::{Contender, Role, default_baselines};
use actsmith_search::experiment::pieces;

use super::{entrants, train};
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
            let read = Contender::read(text, unnamed, Role::Baseline);
            read.map_err(|error| Error::from(error).about("--baselines"))
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
            let about = |error: Error| error.about("--baselines");
            if let Some(run) = entrants::baseline(text.trim()).map_err(about)? {
                asked.push(run);
                continue;
            }
            let unnamed = format!("baseline{}", asked.len() + 1);
            let text = train::formula(text.trim()).map_err(about)?;
            asked.push(read(&text, &unnamed)?);
        }
        if !extends {
            return Ok(asked);
        }
        // What is asked for goes before the default of the same formula.
        let mut all = Vec::new();
        for text in default_baselines(family) {
            let default = read(&text, "")?;
            let mut others = candidates.iter().chain(&asked);
            let same = |of: &Contender| of.activation == default.activation;
            if others.clone().any(same) {
                continue;
            }
            if let Some(other) = others.find(|of| of.name.eq_ignore_ascii_case(&default.name)) {
                return Err(Error::Usage(format!(
                    "`{}` is the name of a baseline, `{}`, and `{}` is another function: call it otherwise, as `{}_2(x) = …`, or name the \
                     baselines that there are (`--baselines`)",
                    other.name,
                    default.formula(),
                    other.formula(),
                    other.name,
                )));
            }
            all.push(default);
        }
        all.extend(asked);
        Ok(all)
    }
}
