//! `actsmith equiv`.

use std::process::ExitCode;

use actsmith_codegen::Budget;
use actsmith_codegen::Equality;
use actsmith_codegen::analysis::{Agreement, Difference};
use serde_json::{Value, json};

use super::formula::{self, Options};
use super::output::{number_json, number_text, point_json, point_text, print, print_json};
use super::simplify::void;
use crate::error::{Error, Result};

/// Decide whether two formulas are the same function of the real numbers
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Decide whether two formulas are the same function of the real numbers.\n\n\
        Exit code 0: proved by rules. 1: refuted by a point at which they differ, or at which only one has a value. \
        3: undecided, no point tells them apart and no proof was found. 2: wrong usage. Two formulas that are undefined \
        everywhere are an error, with exit code 2.",
    after_help = formula::help()
)]
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

/// The exit code where neither a proof nor a difference was found.
const UNDECIDED: u8 = 3;

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
    let (code, text, object) = match &equality {
        Equality::Proved => (
            ExitCode::SUCCESS,
            "equal: proved by rules".to_owned(),
            object("proved", Some(true), json!({})),
        ),
        Equality::Refuted(difference) => (
            ExitCode::FAILURE,
            different(&names, difference),
            object(
                "refuted",
                Some(false),
                json!({ "witness": difference_json(&names, difference) }),
            ),
        ),
        Equality::Undecided {
            agreement,
            equal_where_defined,
        } => (
            ExitCode::from(UNDECIDED),
            undecided(&names, agreement, *equal_where_defined),
            object(
                "undecided",
                None,
                json!({
                    "equal_where_defined": equal_where_defined,
                    "points": agreement.points,
                    "points_within_8_ulp": agreement.close,
                    "max_ulp": agreement.max_ulp,
                    "max_ulp_at": point_json(names.iter().zip(agreement.at.iter().copied())),
                }),
            ),
        ),
        Equality::Nowhere(left, right) => {
            return Err(Error::Usage(format!(
                "both formulas are undefined everywhere, so there is nothing to compare\n  left   {}\n  right  {}",
                void(left),
                void(right)
            )));
        }
    };
    if arguments.json {
        print_json(&object)?;
    } else {
        print(&text)?;
    }
    Ok(code)
}

/// The answer with what supports it; the keys are always the same, and what a status does not have is null.
fn object(status: &str, equal: Option<bool>, support: Value) -> Value {
    let mut object = json!({
        "status": status,
        "equal": equal,
        "witness": null,
        "equal_where_defined": null,
        "points": null,
        "points_within_8_ulp": null,
        "max_ulp": null,
        "max_ulp_at": null,
    });
    if let (Value::Object(all), Value::Object(some)) = (&mut object, support) {
        all.extend(some);
    }
    object
}

fn different(names: &[String], difference: &Difference) -> String {
    let value = |value: Option<f64>| value.map_or("undefined".to_owned(), number_text);
    let beyond = match difference.left == difference.right {
        true => "\n  the same f64, but the values differ in later digits",
        false => "",
    };
    format!(
        "different {} {}:\n  left   {}\n  right  {}{beyond}",
        if difference.exact { "at" } else { "near" },
        point_text(names, &difference.point),
        value(difference.left),
        value(difference.right)
    )
}

fn difference_json(names: &[String], difference: &Difference) -> Value {
    let value = |value: Option<f64>| value.map_or(Value::from("undefined"), number_json);
    let point = difference.point.iter().map(|number| number.to_f64());
    json!({
        "point": point_json(names.iter().zip(point)),
        "exact": difference.exact,
        "left": value(difference.left),
        "right": value(difference.right),
    })
}

fn undecided(names: &[String], agreement: &Agreement, equal_where_defined: bool) -> String {
    let head = if equal_where_defined {
        "undecided: equal wherever both are defined, by rules; not proved that they are defined at the same points"
    } else {
        "undecided: not proved by rules, and not refuted at any point"
    };
    if agreement.points == 0 {
        return format!("{head}\n  no point was found at which both have a value that f64 holds");
    }
    if agreement.max_ulp == 0 {
        let points = agreement.points;
        return format!("{head}\n  at {points} points both values round to the same f64");
    }
    let at: Vec<String> = agreement
        .at
        .iter()
        .map(|&value| number_text(value))
        .collect();
    format!(
        "{head}\n  at {} points both values are at most {} ULP of f64 apart; the largest difference is at {}",
        agreement.points,
        agreement.max_ulp,
        point_text(names, &at)
    )
}
