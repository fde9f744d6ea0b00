//! `actsmith simplify`.

use actsmith_codegen::ir::Dag;
use actsmith_codegen::rewrite::{Budget, cost};
use serde_json::json;

use super::formula::{self, Options};
use super::output::{derivatives_json, print, print_json, table};
use crate::error::Result;

/// Simplify a formula together with its derivatives
#[derive(Debug, clap::Args)]
#[command(after_help = formula::help())]
pub(super) struct Arguments {
    /// The formula, such as "x / (1 + exp(-x))"
    #[arg(allow_hyphen_values = true)]
    formula: String,

    #[command(flatten)]
    options: Options,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let formula = arguments.options.parse_and_set(&arguments.formula)?;
    let region = arguments.options.region(&[&formula])?;
    let simplified = formula.simplify(&region, Budget::default());
    let (value, gradient) = (&simplified.value.dag, &simplified.gradient.dag);
    let raw = formula.with_gradient();
    // Costs are in tenths of an addition.
    let additions = |dag: &Dag| cost(dag, &region) as f64 / 10.0;
    let stop_reason = simplified.gradient.stop_reason.to_string();
    if arguments.json {
        return print_json(&json!({
            "input": formula.to_string(),
            "formula": value.formula(0),
            "sexpr": value.sexpr(0),
            "derivatives": derivatives_json(gradient),
            "operations_before": raw.operations(),
            "operations_after": gradient.operations(),
            "cost_before": additions(&raw),
            "cost_after": additions(gradient),
            "stop_reason": stop_reason,
        }));
    }
    let mut rows = vec![
        ("input".to_owned(), formula.to_string()),
        ("simplified".to_owned(), value.formula(0)),
    ];
    for (index, name) in gradient.variables.iter().enumerate() {
        rows.push((format!("∂/∂{name}"), gradient.formula(index + 1)));
    }
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
    print(&table(&rows))
}
