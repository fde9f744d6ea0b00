//! `actsmith eval`.

use actsmith_codegen::number::Number;
use actsmith_codegen::{Component, Definedness, Formula, Region};
use candle_core::{Device, Module, Var};
use serde_json::{Map, Value, json};

use super::formula::{self, Options};
use super::output::{number_json, number_text, print, print_json};
use crate::error::{Error, Result};

/// Evaluate a formula and its derivatives in f64
#[derive(Debug, clap::Args)]
#[command(after_help = formula::help())]
pub(super) struct Arguments {
    /// The formula
    #[arg(allow_hyphen_values = true)]
    formula: String,

    /// Values of x, separated by commas, such as --at=-1,0,2.5
    #[arg(
        long,
        required = true,
        value_delimiter = ',',
        value_parser = argument,
        allow_hyphen_values = true,
        value_name = "X,…"
    )]
    at: Vec<f64>,

    #[command(flatten)]
    options: Options,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    arguments.options.refuse_domain()?;
    let formula = arguments.options.parse(&arguments.formula)?;
    let given = arguments.options.constants(&[&formula])?;
    let names = &formula.dag().variables;
    let mut values = vec![0.0; names.len()];
    let mut missing = Vec::new();
    for (name, slot) in names.iter().zip(&mut values).skip(1) {
        match given.iter().find(|(known, _)| known == name) {
            Some((_, value)) => *slot = value.to_f64(),
            None => missing.push(format!("--set {name}=…")),
        }
    }
    if !missing.is_empty() {
        return Err(Error::Usage(format!(
            "constants without a value; add {}",
            missing.join(" ")
        )));
    }
    let gradient = formula.with_finite_gradient(&Region::default());
    let fixed = formula.with_constants(&given);
    let rows = arguments.at.iter().map(|&x| {
        if is_undefined_at(&fixed, x) {
            return (x, None);
        }
        values[0] = x;
        if x.is_infinite()
            && let Ok(limits) = fused(&formula, &values)
        {
            return (x, Some(limits));
        }
        let mut outputs = gradient.eval(&values);
        if outputs[0].is_nan() {
            // Where there is no value there is no slope, even if its formula has one.
            outputs.fill(f64::NAN);
        }
        (x, Some(outputs))
    });
    let rows: Vec<(f64, Option<Vec<f64>>)> = rows.collect();
    let outputs = 1 + names.len();
    if arguments.json {
        let points = rows.iter().map(|(x, values)| {
            let at = |component: Component| match values {
                Some(values) => number_json(values[component.output()]),
                None => UNDEFINED.into(),
            };
            let derivatives = names
                .iter()
                .enumerate()
                .map(|(variable, name)| (name.clone(), at(Component::Derivative(variable))));
            json!({
                "x": number_json(*x),
                "value": at(Component::Value),
                "derivatives": Value::Object(derivatives.collect::<Map<_, _>>()),
            })
        });
        return print_json(
            &json!({ "formula": formula.to_string(), "points": points.collect::<Vec<_>>() }),
        );
    }
    let mut header = vec!["x".to_owned(), "value".to_owned()];
    header.extend(names.iter().map(|name| format!("∂/∂{name}")));
    let cells = rows.iter().map(|(x, values)| {
        let texts = match values {
            Some(values) => values.iter().map(|&value| number_text(value)).collect(),
            None => vec![UNDEFINED.to_owned(); outputs],
        };
        std::iter::once(number_text(*x)).chain(texts).collect()
    });
    print(&columns([header].into_iter().chain(cells).collect()))
}

/// What the fused operation gives. At ±∞ it has limits, which the formula operation by operation need not have.
fn fused(formula: &Formula, values: &[f64]) -> Result<Vec<f64>> {
    let scalar = |&value: &f64| Var::new(value, &Device::Cpu);
    let variables: Vec<Var> = values
        .iter()
        .map(scalar)
        .collect::<candle_core::Result<_>>()?;
    let parameters = formula.dag().variables.iter().zip(&variables).skip(1);
    let layer = parameters.fold(formula.layer(), |layer, (name, variable)| {
        layer.scalar(name, variable)
    });
    let value = layer.build()?.forward(&variables[0])?;
    let slopes = value.backward()?;
    let slope = |variable: &Var| match slopes.get(variable) {
        Some(slope) => slope.to_scalar(),
        None => Ok(0.0),
    };
    let slopes = variables.iter().map(slope);
    std::iter::once(value.to_scalar())
        .chain(slopes)
        .map(|n| Ok(n?))
        .collect()
}

/// What is printed where there is no value.
const UNDEFINED: &str = "undefined";

/// Whether a formula without constants has provably no value at `x`, whatever its rounded operations give there.
fn is_undefined_at(formula: &Formula, x: f64) -> bool {
    let Some(exact) = Number::exactly(x) else {
        return false;
    };
    let at = Region::default().with("x", Some(&exact), Some(&exact));
    at.is_ok_and(|at| match formula.definedness(&at) {
        Definedness::Nowhere(_) => true,
        Definedness::Partly(gaps) => gaps.iter().any(|gap| gap.exact),
        Definedness::Everywhere | Definedness::Unproved(_) => false,
    })
}

/// A value of x; spaces around it do not matter.
fn argument(text: &str) -> std::result::Result<f64, String> {
    formula::float(text).map_err(|error| format!("{error}; write for example --at=-1,0,2.5"))
}

/// Lines of right-aligned columns.
fn columns(lines: Vec<Vec<String>>) -> String {
    let width = |column: usize| {
        lines
            .iter()
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    let line = |cells: &Vec<String>| {
        let padded = cells
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:>width$}"));
        padded.collect::<Vec<_>>().join("  ")
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}
