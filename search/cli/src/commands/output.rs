//! What commands print: aligned text for people, one JSON object for programs.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use actsmith_codegen::{Component, Gradient};
use clap::builder::Styles;
use clap::builder::styling::Style;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use actsmith_search::files;

/// The name of the standard streams where a file is wanted.
pub(super) const STREAM: &str = "-";

/// Writes to standard output.
pub(super) fn print(text: &str) -> Result<()> {
    print_bytes(format!("{text}\n").as_bytes())
}

fn print_bytes(bytes: &[u8]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    Ok(written.map_err(files::at(Path::new("standard output")))?)
}

/// Writes a file, or to standard output if it is named `-`.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    if path == Path::new(STREAM) {
        print_bytes(text.as_bytes())
    } else {
        Ok(files::write(path, text.as_bytes())?)
    }
}

/// Writes one JSON object.
pub(super) fn print_json(value: &impl Serialize) -> Result<()> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Error::Failure(error.to_string()))?;
    print(&text)
}

/// A bound with three digits, rounded up. No bound is negative.
pub(super) fn upward(bound: f64) -> String {
    if bound == 0.0 {
        return "0".to_owned();
    }
    let near = format!("{bound:.2e}");
    match near.parse::<f64>() {
        Ok(shown) if shown < bound => {
            // A unit of the last digit more.
            let exponent = near.split('e').nth(1).and_then(|e| e.parse::<i32>().ok());
            format!("{:.2e}", shown + 10f64.powi(exponent.unwrap_or(0) - 2))
        }
        _ => near,
    }
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

/// The derivatives, by variable.
pub(super) fn derivatives_json(gradient: &Gradient) -> Value {
    let entry = |(variable, name): (usize, &String)| {
        let derivative = gradient.graph(Component::Derivative(variable));
        (
            name.clone(),
            json!({ "formula": derivative.formula(0), "sexpr": derivative.sexpr(0) }),
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
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
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

/// A path as a shell takes it.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    // What begins with a dash would be an option.
    let text = if text.starts_with('-') {
        Cow::Owned(format!("./{text}"))
    } else {
        text
    };
    // No path holds the one character that cannot be quoted.
    shlex::try_quote(&text).map_or_else(|_| text.to_string(), Cow::into_owned)
}

/// Reports why the command ends: as one JSON object on standard output, or as text on the standard error stream.
pub(super) fn failed(message: &str, code: u8, json: bool) -> ExitCode {
    let kind = if code == 2 { "usage" } else { "failure" };
    let object = json!({ "error": { "kind": kind, "message": message } });
    if !json || print(&object.to_string()).is_err() {
        note(&labelled("error", Styles::styled().get_error(), message));
    }
    ExitCode::from(code)
}

/// Says what is allowed, and hardly meant.
pub(super) fn warn(message: &str) {
    note(&labelled(
        "warning",
        Styles::styled().get_invalid(),
        message,
    ));
}

/// The message of a failure in the colours of clap's own: the label, further labels and the marks under a formula in one style, the
/// remedies in another.
fn labelled(label: &str, style: &Style, message: &str) -> String {
    let remedy = Styles::styled();
    let remedy = remedy.get_valid();
    let text = format!("{label}: {message}");
    let paint = |line: &str| {
        if let Some(rest) = line.strip_prefix(label).and_then(|r| r.strip_prefix(": ")) {
            return format!("{style}{label}:{style:#} {rest}");
        }
        if let Some(rest) = line.strip_prefix("  help: ") {
            return format!("  {remedy}help:{remedy:#} {rest}");
        }
        match line.split_once("| ") {
            Some((gutter, marked))
                if gutter.trim().is_empty() && marked.trim_matches([' ', '^']).is_empty() =>
            {
                let (indent, marks) = marked.split_at(marked.find('^').unwrap_or(0));
                format!("{gutter}| {indent}{style}{marks}{style:#}")
            }
            _ => line.to_owned(),
        }
    };
    text.lines().map(paint).collect::<Vec<_>>().join("\n")
}

/// A line for the standard error stream, with colours only where a person wants them; nobody may be reading it.
pub(super) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_never_rounded_down() {
        for bound in [
            1.0,
            0.123_4,
            9.999e-5,
            1.234_000_1e-300,
            0.1,
            7.0 / 3.0,
            99_999.0,
        ] {
            let shown: f64 = upward(bound).parse().unwrap();
            assert!(shown >= bound && shown <= 1.011 * bound, "{bound}: {shown}");
        }
    }
}
