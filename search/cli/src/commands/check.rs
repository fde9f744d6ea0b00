//! `actsmith check`.

use std::path::PathBuf;
use std::process::ExitCode;

use actsmith_codegen::certificate::{Bounds, Of, Output, Verdict};
use actsmith_codegen::rounding::{Printed, Stated};
use serde_json::{Map, Value, json};

use super::derivation::Derivation;
use super::output::{print, print_json, table, upward};
use crate::error::Result;

/// The exit code for a certificate that holds, and does not prove all that it claims.
const UNPROVED: u8 = 3;

/// Replay a certificate of `simplify --certificate`: exit code 0 if all of it is proved, 1 if it does not hold, 3 if some of it
/// is measured and not proved
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The certificate; `-` reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let derivation = Derivation::read(&arguments.file)?;
    let verdict = derivation.check();
    let certificate = derivation.of_formula();
    let (printed, stated) = match &derivation {
        Derivation::Exact(_) => (None, None),
        Derivation::Rounded(rounded) => (Some(&rounded.printed), rounded.distance.as_ref()),
    };
    let status = match &verdict {
        Ok(Verdict::Proved(_)) => "proved",
        Ok(Verdict::Measured(_)) => "evidence",
        Err(_) => "rejected",
    };
    if arguments.json {
        let outputs = verdict.as_ref().ok().map(|verdict| {
            let outputs = certificate.outputs.iter();
            outputs.map(|o| output_json(o, verdict)).collect::<Vec<_>>()
        });
        let rejection = verdict.as_ref().err();
        print_json(&json!({
            "status": status,
            "formula": certificate.written(),
            "refined": certificate.refines.as_ref().map(|refined| json!({ "form": certificate.formula, "divisors": refined.nonzero })),
            "domain": domain_json(&certificate.domain),
            "outputs": outputs,
            "rounded": printed.map(|printed| rounded_json(printed, stated)),
            "steps": verdict.is_ok().then(|| derivation.steps()),
            "at": rejection.map(|rejection| &rejection.location),
            "reason": rejection.map(|rejection| &rejection.reason),
        }))?;
    } else {
        let mut rows = vec![("formula".to_owned(), certificate.written().to_owned())];
        if let Some(refined) = &certificate.refines {
            let (form, divisors) = (&certificate.formula, refined.nonzero.join(" and "));
            let refined = format!("{form}, wherever the formula has a value, so {divisors} not 0");
            rows.push(("refined".to_owned(), refined));
        }
        for bounds in &certificate.domain {
            rows.push((format!("domain of {}", bounds.name), interval(bounds)));
        }
        match &verdict {
            Ok(verdict) => {
                rows.extend(
                    certificate
                        .outputs
                        .iter()
                        .map(|output| row(output, verdict)),
                );
                for printed in printed.into_iter().flatten() {
                    rows.push((format!("{}, rounded", printed.of), printed.form.clone()));
                }
                rows.extend(stated.map(|stated| ("differs".to_owned(), differs(stated))));
                let steps = format!("{}, each of which holds", derivation.steps());
                rows.push(("steps".to_owned(), steps));
            }
            Err(rejection) => rows.push(("rejected".to_owned(), rejection.to_string())),
        }
        let within = within(&certificate.domain);
        let conclusion = match status {
            "proved" => format!("proved{within}"),
            "evidence" => {
                format!("not fully proved{within}: the rest agrees at every point tried")
            }
            _ => "not proved".to_owned(),
        };
        rows.push(("conclusion".to_owned(), conclusion));
        print(&table(&rows))?;
    }
    Ok(match verdict {
        Ok(Verdict::Proved(_)) => ExitCode::SUCCESS,
        Ok(Verdict::Measured(_)) => ExitCode::from(UNPROVED),
        Err(_) => ExitCode::FAILURE,
    })
}

/// The ends of a variable as they are given on the command line: `0..4`, `0..`.
fn interval(bounds: &Bounds) -> String {
    let end = |bound: &Option<String>| bound.clone().unwrap_or_default();
    format!("{}..{}", end(&bounds.low), end(&bounds.high))
}

/// ` for x in 0..4`; nothing if the variables take every value.
fn within(domain: &[Bounds]) -> String {
    let each = domain
        .iter()
        .map(|bounds| format!("{} in {}", bounds.name, interval(bounds)));
    let all: Vec<String> = each.collect();
    match all.is_empty() {
        true => String::new(),
        false => format!(" for {}", all.join(", ")),
    }
}

/// How far rounding goes.
fn differs(stated: &Stated) -> String {
    let (value, derivative) = (upward(stated.value), upward(stated.derivative));
    format!(
        "by rounding, the value by at most {value}, the derivative by {derivative}, for x in {}..{}",
        stated.low, stated.high
    )
}

fn rounded_json(printed: &[Printed], stated: Option<&Stated>) -> Value {
    let form = |printed: &Printed| json!({ "of": printed.of.to_string(), "form": printed.form });
    json!({
        "outputs": printed.iter().map(form).collect::<Vec<_>>(),
        "domain": stated.map(|stated| [stated.low, stated.high]),
        "value_at_most": stated.map(|stated| stated.value),
        "derivative_at_most": stated.map(|stated| stated.derivative),
    })
}

/// An object with an entry for each variable that does not take every value: its ends as exact decimals or quotients, `null`
/// where there is none.
fn domain_json(domain: &[Bounds]) -> Value {
    let entry = |bounds: &Bounds| {
        let ends = json!({ "low": bounds.low, "high": bounds.high });
        (bounds.name.clone(), ends)
    };
    Value::Object(domain.iter().map(entry).collect::<Map<String, Value>>())
}

/// How many points support an output that is not proved, and how closely.
fn measured(of: &Of, verdict: &Verdict) -> Option<(usize, u64)> {
    match verdict {
        Verdict::Proved(_) => None,
        Verdict::Measured(measured) => {
            let found = measured.iter().find(|(known, _)| known == of);
            found.map(|(_, agreement)| (agreement.points, agreement.ulp))
        }
    }
}

fn row(output: &Output, verdict: &Verdict) -> (String, String) {
    let text = match measured(&output.of, verdict) {
        None => output.form.clone(),
        Some((points, ulp)) => {
            let form = &output.form;
            format!("{form}  (not proved, {points} points agree, to {ulp} ULP)")
        }
    };
    (output.of.to_string(), text)
}

fn output_json(output: &Output, verdict: &Verdict) -> Value {
    let measured = measured(&output.of, verdict);
    json!({
        "of": output.of.to_string(),
        "form": output.form,
        "status": if measured.is_none() { "proved" } else { "evidence" },
        "points": measured.map(|(points, _)| points),
        "ulp": measured.map(|(_, ulp)| ulp),
    })
}
