//! `actsmith equiv`.

use std::process::ExitCode;

use actsmith_codegen::Equality;
use actsmith_codegen::rewrite::{Budget, Witness};
use serde_json::{Map, Value, json};

use super::formula::{self, Options};
use super::output::{number_json, print, print_json};
use crate::error::Result;

/// Decide whether two formulas are the same function: exit code 0 if so, 1 if they differ
#[derive(Debug, clap::Args)]
#[command(after_help = formula::help())]
pub(super) struct Arguments {
    /// A formula
    #[arg(allow_hyphen_values = true)]
    left: String,

    /// Another; constants of the same name have the same value in both
    #[arg(allow_hyphen_values = true)]
    right: String,

    #[command(flatten)]
    options: Options,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let (left, right) = (
        arguments.options.parse(&arguments.left)?,
        arguments.options.parse(&arguments.right)?,
    );
    let constants = arguments.options.constants(&[&left, &right])?;
    let (left, right) = (
        left.with_constants(&constants),
        right.with_constants(&constants),
    );
    let region = arguments.options.region(&[&left, &right])?;
    let (names, equality) = left.equality(&right, &region, Budget::default());
    let (status, code, text) = match &equality {
        Equality::Proved => (
            "proved",
            ExitCode::SUCCESS,
            "equal: proved by rules".to_owned(),
        ),
        Equality::NotRefuted => {
            let text =
                "equal at every point tried: not refuted numerically, and not proved by rules";
            ("not refuted", ExitCode::SUCCESS, text.to_owned())
        }
        Equality::Refuted(witness) => ("refuted", ExitCode::FAILURE, different(&names, witness)),
    };
    if arguments.json {
        let mut object = json!({ "equal": code == ExitCode::SUCCESS, "status": status });
        if let Equality::Refuted(Witness {
            point, left, right, ..
        }) = &equality
        {
            let point = names
                .iter()
                .zip(point)
                .map(|(name, &value)| (name.clone(), number_json(value)));
            object["witness"] = json!({
                "point": Value::Object(point.collect::<Map<_, _>>()),
                "left": number_json(*left),
                "right": number_json(*right),
            });
        }
        print_json(&object)?;
    } else {
        print(&text)?;
    }
    Ok(code)
}

fn different(names: &[String], witness: &Witness) -> String {
    let point = names
        .iter()
        .zip(&witness.point)
        .map(|(name, value)| format!("{name} = {value}"));
    format!(
        "different at {}:\n  left   {}\n  right  {}",
        point.collect::<Vec<_>>().join(", "),
        witness.left,
        witness.right
    )
}
