//! What commands print: aligned text for people, one JSON object for programs.

use std::io::Write;

use actsmith_codegen::ir::Dag;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};

/// Writes to standard output.
pub(super) fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    written.map_err(|source| Error::Io {
        path: "standard output".into(),
        source,
    })
}

/// Writes one JSON object.
pub(super) fn print_json(value: &impl Serialize) -> Result<()> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Error::Failure(error.to_string()))?;
    print(&text)
}

/// `label  text` lines with the texts below each other.
pub(super) fn table(rows: &[(String, String)]) -> String {
    let width = rows
        .iter()
        .map(|(label, _)| label.chars().count())
        .max()
        .unwrap_or(0);
    let line = |(label, text): &(String, String)| {
        let padding = " ".repeat(width - label.chars().count());
        format!("{label}{padding}  {text}")
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The derivatives of a graph from `with_gradient` or a simplification of it, by variable.
pub(super) fn derivatives_json(gradient: &Dag) -> Value {
    let entry = |(index, name): (usize, &String)| {
        let root = index + 1;
        (
            name.clone(),
            json!({ "formula": gradient.formula(root), "sexpr": gradient.sexpr(root) }),
        )
    };
    Value::Object(
        gradient
            .variables
            .iter()
            .enumerate()
            .map(entry)
            .collect::<Map<_, _>>(),
    )
}

/// A number as JSON; NaN and infinities, which JSON lacks, as text.
pub(super) fn number_json(value: f64) -> Value {
    serde_json::Number::from_f64(value)
        .map_or_else(|| Value::String(value.to_string()), Value::Number)
}

/// A number for a reader: very large and very small ones with an exponent.
pub(super) fn number_text(value: f64) -> String {
    let size = value.abs();
    let plain = value == 0.0 || !value.is_finite() || (1e-5..1e16).contains(&size);
    if plain {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

/// A count with its thousands apart.
pub(super) fn number_grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The values of variables as `x = 1, beta = 2`.
pub(super) fn point_text<N: std::fmt::Display>(names: &[String], values: &[N]) -> String {
    let pairs = names.iter().zip(values);
    let pairs = pairs.map(|(name, value)| format!("{name} = {value}"));
    pairs.collect::<Vec<_>>().join(", ")
}

/// The values of variables as an object.
pub(super) fn point_json<'a>(values: impl IntoIterator<Item = (&'a String, f64)>) -> Value {
    let pairs = values.into_iter();
    Value::Object(
        pairs
            .map(|(name, value)| (name.clone(), number_json(value)))
            .collect(),
    )
}

/// A line for the standard error stream; nobody may be reading it.
pub(super) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
