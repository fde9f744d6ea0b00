//! `actsmith passport`.

use std::process::ExitCode;

use super::formula::{self, Options};
use super::output::table;
use super::several::{Answer, More};
use crate::error::Result;
use crate::passport::Measured;

/// Show what is known of a function: range, zeros, extremes, kinks, monotone and convex parts, tails, moments, accuracy
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Show what is known of a function: its range, zeros, extremes, kinks and jumps, monotone and convex parts, Lipschitz bound, \
        behaviour towards infinity, expectations for z ~ N(0, 1) with the gain for initial weights, the share of dead inputs, and what \
        single and half precision make of it. Each number is proved by interval arithmetic, or marked as sampled.",
    after_help = formula::help()
)]
pub(super) struct Arguments {
    /// The formula, such as "x * tanh(softplus(x))"
    #[arg(allow_hyphen_values = true)]
    formula: String,

    #[command(flatten)]
    more: More,

    #[command(flatten)]
    options: Options,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let more = &arguments.more;
    more.each(&arguments.formula, arguments.json, |formula| {
        passport(formula, arguments)
    })
}

/// What is known of a formula.
fn passport(formula: &str, arguments: &Arguments) -> Result<Answer> {
    let formula = arguments.options.parse_and_set(formula)?;
    let region = arguments.options.region(&[&formula])?;
    let measured = Measured::of(&formula, &region)?;
    if arguments.json {
        return Ok(Answer::Json(measured.json()));
    }
    let rows = measured.rows();
    let width = rows.iter().map(|row| row.basis.chars().count()).max();
    let width = width.unwrap_or(0);
    let mut lines = vec![("input".to_owned(), format!("{:width$}  {formula}", ""))];
    lines.extend(rows.into_iter().map(|row| {
        let padding = " ".repeat(width - row.basis.chars().count());
        (row.label, format!("{}{padding}  {}", row.basis, row.text))
    }));
    Ok(Answer::Text(table(&lines)))
}
