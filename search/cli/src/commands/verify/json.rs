//! What `verify` prints for programs.

use serde_json::{Value, json};

use super::{LIMITS, OUTPUTS};
use crate::commands::output::number_json;
use crate::verify::{Break, Cases, Inputs, Outcome, Subject, Tally, Verdict, Worst};

fn verdict_json(verdict: &Verdict) -> Value {
    let breaks = verdict.breaks.iter().map(|broken| match broken {
        Break::NotFinite {
            output,
            count,
            x,
            got,
        } => json!({
            "output": output,
            "limit": "finite",
            "inputs": count,
            "x": number_json(*x),
            "got": number_json(*got),
        }),
        Break::TooLarge {
            output,
            limit,
            count,
            worst,
        } => {
            let index = OUTPUTS.iter().position(|name| name == output);
            json!({
                "output": output,
                "limit": LIMITS[index.unwrap_or(0)][0],
                "allowed_ulp": limit.ulp,
                "allowed_absolute": limit.absolute,
                "inputs": count,
                "x": number_json(worst.case.x),
                "ulp": number_json(worst.error),
            })
        }
    });
    json!({
        "status": verdict.outcome.name(),
        "passed": verdict.outcome == Outcome::Passed,
        "undecided": verdict.undecided,
        "broken": breaks.collect::<Vec<_>>(),
    })
}

pub(super) fn to_json(
    subject: &Subject,
    inputs: &Inputs,
    tallies: &[Tally; 2],
    verdict: &Verdict,
) -> Value {
    let outputs = OUTPUTS.iter().zip(tallies).map(|(name, tally)| {
        let mut json = tally_json(tally);
        if let (&"derivative", Value::Object(map)) = (name, &mut json) {
            map.remove("number_where_undefined");
        }
        ((*name).to_owned(), json)
    });
    let mut object = json!({
        "formula": subject.formula().to_string(),
        "computed": subject.activation.formula(),
        "computed_derivative": subject.activation.derivative(),
        "dtype": inputs.dtype().name(),
        "exhaustive": inputs.are_all(),
        "verdict": verdict_json(verdict),
    });
    if let Value::Object(map) = &mut object {
        map.extend(outputs);
    }
    object
}

fn tally_json(tally: &Tally) -> Value {
    let worst = |worst: &Option<Worst>| {
        worst.map(|Worst { error, case }| {
            json!({
                "error": number_json(error),
                "x": number_json(case.x),
                "got": number_json(case.got),
                "true": case.truth.map(number_json),
            })
        })
    };
    let cases = |cases: &Cases| {
        let first = cases.first.iter().map(|case| {
            json!({ "x": number_json(case.x), "got": number_json(case.got), "true": case.truth.map(number_json) })
        });
        json!({ "count": cases.count, "first": first.collect::<Vec<_>>() })
    };
    json!({
        "points": tally.points,
        "max_ulp": worst(&tally.ulp),
        "max_absolute": worst(&tally.absolute),
        "above_ulp": { "1": tally.above[0], "2": tally.above[1], "4": tally.above[2] },
        "not_finite": cases(&tally.lost),
        "undefined": tally.undefined,
        "number_where_undefined": cases(&tally.invented),
        "undecided": cases(&tally.undecided),
    })
}
