//! `actsmith simplify`.

use std::path::{Path, PathBuf};

use actsmith_codegen::analysis::Gap;
use actsmith_codegen::backend::rust;
use actsmith_codegen::certificate::Certificate;
use actsmith_codegen::egraph::cost;
use actsmith_codegen::ir::Dag;
use actsmith_codegen::{Budget, Component, Definedness};
use serde_json::{Value, json};

use super::formula::{self, Options};
use super::front;
use super::output::{self, STREAM, derivatives_json, point_json, print, print_json, table};
use crate::error::{Error, Result};

/// Simplify a formula together with its derivatives
#[derive(Debug, clap::Args)]
#[command(after_help = formula::help())]
pub(super) struct Arguments {
    /// The formula, such as "x / (1 + exp(-x))"
    #[arg(allow_hyphen_values = true)]
    formula: String,

    #[command(flatten)]
    options: Options,

    /// Print every step from the formula and its derivatives to their simplified forms, and why it holds
    #[arg(long)]
    explain: bool,

    /// Write the steps to a file, which `actsmith check` replays; `-` is standard output, which then gets nothing else
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,

    /// Print the cheapest form whose value differs from that of the formula by no more than this over the domain, which is x=-8..8
    /// unless an option says otherwise
    #[arg(long, value_parser = formula::float, allow_hyphen_values = true, conflicts_with_all = ["explain", "certificate"])]
    tolerance: Option<f64>,

    #[command(flatten)]
    inputs: front::Inputs,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let streamed = arguments.certificate.as_deref() == Some(Path::new(STREAM));
    if streamed && (arguments.explain || arguments.json) {
        let message = "--certificate -: standard output holds the certificate alone; name a file, or leave out --explain and --json";
        return Err(Error::Usage(message.to_owned()));
    }
    if let Some(tolerance) = arguments.tolerance {
        let Arguments {
            formula, options, ..
        } = arguments;
        return front::within(
            formula,
            options,
            &arguments.inputs,
            tolerance,
            arguments.json,
        );
    }
    arguments.inputs.refuse()?;
    let formula = arguments.options.parse_and_set(&arguments.formula)?;
    let region = arguments.options.region(&[&formula])?;
    let defined = formula.definedness(&region);
    if let Definedness::Nowhere(gap) = &defined {
        return Err(Error::Usage(format!(
            "the formula is undefined everywhere: {}",
            void(gap)
        )));
    }
    let simplified = formula.simplify(&region, Budget::default());
    let wanted = arguments.explain || arguments.certificate.is_some();
    let certificate = wanted.then(|| formula.certify(&simplified, &region, Budget::default()));
    if let (Some(certificate), Some(path)) = (&certificate, &arguments.certificate) {
        write(certificate, path)?;
    }
    if streamed {
        return Ok(());
    }
    let explained = certificate.as_ref().filter(|_| arguments.explain);
    let explanation = explained.map(explain).transpose()?;
    let (value, gradient) = (&simplified.value.dag, &simplified.gradient.dag);
    let raw = formula.with_gradient();
    // Costs are in tenths of an addition.
    let additions = |dag: &Dag| cost(dag, &region, rust::cost) as f64 / 10.0;
    let stop_reason = simplified.gradient.stop_reason.to_string();
    if arguments.json {
        return print_json(&json!({
            "input": formula.to_string(),
            "constants": formula.dag().variables[1..],
            "formula": value.formula(0),
            "sexpr": value.sexpr(0),
            "derivatives": derivatives_json(gradient),
            "operations_before": raw.operations(),
            "operations_after": gradient.operations(),
            "cost_before": additions(&raw),
            "cost_after": additions(gradient),
            "stop_reason": stop_reason,
            "defined": defined.name(),
            "undefined": defined.gaps().iter().map(gap_json).collect::<Vec<_>>(),
            "proved": certificate.as_ref().map(Certificate::is_complete),
            "steps": certificate.as_ref().map(Certificate::steps),
            "explanation": explanation,
        }));
    }
    let mut rows = vec![
        ("input".to_owned(), formula.to_string()),
        ("simplified".to_owned(), value.formula(0)),
    ];
    if let constants @ [_, ..] = &formula.dag().variables[1..] {
        let names = format!(
            "{}, trained unless --set gives a value",
            constants.join(", ")
        );
        rows.insert(1, ("constants".to_owned(), names));
    }
    for (index, name) in gradient.variables.iter().enumerate() {
        let derivative = gradient.graph(Component::Derivative(index));
        rows.push((format!("∂/∂{name}"), derivative.formula(0)));
    }
    let maybe = match defined {
        Definedness::Unproved(_) => "perhaps ",
        Definedness::Everywhere | Definedness::Partly(_) | Definedness::Nowhere(_) => "",
    };
    let undefined = defined.gaps().iter().map(|gap| format!("{maybe}{gap}"));
    rows.extend(undefined.map(|text| ("undefined".to_owned(), text)));
    rows.push((
        "operations".to_owned(),
        format!(
            "{} → {}, value and derivatives together",
            raw.operations(),
            gradient.operations()
        ),
    ));
    rows.push((
        "cost".to_owned(),
        format!(
            "{:.1} → {:.1}, in vectorised additions",
            additions(&raw),
            additions(gradient)
        ),
    ));
    rows.push(("stopped".to_owned(), stop_reason));
    if let Some(certificate) = &certificate {
        let steps = certificate.steps();
        let proof = if certificate.is_complete() {
            format!("{steps} steps")
        } else {
            format!("{steps} steps; what they do not prove was measured")
        };
        rows.push(("proof".to_owned(), proof));
    }
    let mut text = table(&rows);
    if let Some(explanation) = explanation {
        text = format!("{text}\n\n{explanation}");
    }
    print(&text)
}

/// The steps as text.
fn explain(certificate: &Certificate) -> Result<String> {
    let failure = |rejection| Error::Failure(format!("the proof does not hold: {rejection}"));
    certificate.explain().map_err(failure)
}

fn write(certificate: &Certificate, path: &Path) -> Result<()> {
    let text = serde_json::to_string(certificate);
    let text = text.map_err(|error| Error::Failure(error.to_string()))?;
    output::write(path, &(text + "\n"))
}

fn gap_json(gap: &Gap) -> Value {
    let point = gap.point.iter().map(|(name, value)| (name, value.to_f64()));
    json!({
        "operation": gap.operation,
        "condition": gap.condition,
        "exact": gap.exact,
        "point": if gap.point.is_empty() { Value::Null } else { point_json(point) },
    })
}

/// Why a formula has no value anywhere.
pub(super) fn void(gap: &Gap) -> String {
    format!("`{}` has no value where {}", gap.operation, gap.condition)
}
