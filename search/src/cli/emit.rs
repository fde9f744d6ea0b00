//! `actsmith emit`.

use std::path::PathBuf;

use actsmith_codegen::diagnostic::Diagnostics;
use actsmith_codegen::number::Number;
use actsmith_codegen::{Activation, Definedness};
use serde_json::json;

use super::formula::{self, Options};
use super::output::{note, print, print_json};
use crate::error::{Error, Result};
use crate::files;

/// Write a formula, or a declaration as of `activation!`, as Rust source: a struct that is a fused candle module
#[derive(Debug, clap::Args)]
#[command(after_help = formula::help())]
pub(super) struct Arguments {
    /// The formula, whose constants without a value become trained scalars; or a declaration, such as 'SwiGlu(x, gate) = silu(gate) *
    /// x' or 'PRelu(x; #[per_channel(dim = 1)] alpha = 0.25) = prelu(x, alpha)'
    #[arg(allow_hyphen_values = true)]
    formula: String,

    /// Name of the struct, unless the formula is a declaration
    #[arg(long)]
    name: Option<String>,

    /// Write one file that needs neither actsmith nor candle-nn: only candle-core and the standard library
    #[arg(long)]
    standalone: bool,

    /// Let rayon's threads share long tensors, in a standalone file
    #[arg(long, requires = "standalone")]
    rayon: bool,

    /// The file to write; standard output without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    options: Options,

    /// Print one JSON object, the source in it
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let activation = match (Activation::parse(&arguments.formula), &arguments.name) {
        (Some(declared), None) if !arguments.options.are_given() => {
            let (activation, warnings) = declared.map_err(usage)?;
            warnings.iter().for_each(|gap| warn(&gap.message));
            activation
        }
        (Some(_), _) => {
            let message = "a declaration holds its name and the values of its constants; leave out --name, --set, --domain and --unbounded";
            return Err(Error::Usage(message.to_owned()));
        }
        (None, Some(name)) => named(name, arguments)?,
        (None, None) => {
            let message = "the struct has no name; give it one, such as --name MyActivation";
            return Err(Error::Usage(message.to_owned()));
        }
    };
    let source = match arguments.standalone {
        true => activation.to_standalone(arguments.rayon, &command(arguments)),
        false => activation.to_source(),
    };
    let source = source.map_err(usage)?;
    if let Some(path) = &arguments.output {
        files::write(path, source.as_bytes())?;
    }
    match (&arguments.output, arguments.json) {
        (path, true) => print_json(&json!({
            "name": activation.name.to_string(),
            "input": activation.source,
            "formula": activation.value.formula(0),
            "output": path,
            "source": source,
        })),
        (None, false) => print(source.trim_end()),
        (Some(_), false) => Ok(()),
    }
}

/// The activation of a formula.
fn named(name: &str, arguments: &Arguments) -> Result<Activation> {
    let formula = arguments.options.parse_and_set(&arguments.formula)?;
    match formula.definedness(&arguments.options.region(&[&formula])?) {
        Definedness::Everywhere | Definedness::Unproved(_) => {}
        Definedness::Nowhere(gap) => {
            let message = format!("the formula is undefined everywhere: {}", gap.sentence());
            return Err(Error::Usage(message));
        }
        Definedness::Partly(gaps) => gaps.iter().for_each(|gap| warn(&gap.sentence())),
    }
    // The cell starts a mixing weight in the middle, every other trained scalar starts at 1.
    let starts = ["mix0", "mix1"].map(|name| (name.to_owned(), Number::zero()));
    Activation::new(name, &formula, &starts).map_err(usage)
}

fn usage(diagnostics: Diagnostics) -> Error {
    Error::Usage(diagnostics.to_string())
}

fn warn(message: &str) {
    note(&format!("warning: {message}"));
}

/// The command that writes the same source, on one line.
fn command(arguments: &Arguments) -> String {
    let formula: Vec<&str> = arguments.formula.split_whitespace().collect();
    let mut command = format!("actsmith emit '{}'", formula.join(" "));
    if let Some(name) = &arguments.name {
        command.push_str(&format!(" --name {name}"));
    }
    command.push_str(&arguments.options.text());
    command.push_str(" --standalone");
    if arguments.rayon {
        command.push_str(" --rayon");
    }
    command
}
