//! `actsmith space --language`.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::super::output::{print, print_json, table};
use super::{Arguments, progress};
use crate::error::Result;
use crate::survey::genotypes::Proof;
use crate::survey::language::{Failure, Fault, Finding, Plan, Summary, formulas, survey};

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let plan = Plan {
        sample: arguments.sample,
        seed: arguments.seed,
        proofs: arguments.proofs,
    };
    if arguments.list {
        formulas(plan).try_for_each(|formula| print(&formula))?;
        return Ok(ExitCode::SUCCESS);
    }
    let findings = progress(arguments, "formulas", |done| survey(plan, done))?;
    let summary = Summary::of(&findings);
    if arguments.json {
        let failures = findings.iter().flat_map(|finding| {
            let entry = |(fault, detail): (&str, &str)| {
                json!({ "fault": fault, "formula": finding.formula, "detail": detail })
            };
            let faults = finding
                .failures
                .iter()
                .map(|failure| (failure.fault.key(), failure.detail.as_str()));
            let rejected = rejection(finding).map(|reason| ("rejected", reason));
            faults.chain(rejected).map(entry).collect::<Vec<Value>>()
        });
        let failures: Vec<Value> = failures.collect();
        print_json(&to_json(plan, &summary, &findings, failures))?;
    } else {
        print(&text(plan, &summary, &findings))?;
        for fault in Fault::ALL {
            let of = |finding: &&Finding| failure_of(finding, fault).is_some();
            for finding in findings.iter().filter(of).take(arguments.show) {
                if let Some(failure) = failure_of(finding, fault) {
                    print(&entry(fault.label(), &finding.formula, &failure.detail))?;
                }
            }
        }
        let rejected = findings.iter().filter(|f| rejection(f).is_some());
        for finding in rejected.take(arguments.show) {
            let reason = rejection(finding).unwrap_or_default();
            print(&entry("rejected", &finding.formula, reason))?;
        }
    }
    let failed = summary.faults.iter().any(|&count| count > 0) || summary.proofs[2] > 0;
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn failure_of(finding: &Finding, fault: Fault) -> Option<&Failure> {
    finding
        .failures
        .iter()
        .find(|failure| failure.fault == fault)
}

/// Why the checker rejects the certificate of a simplification.
fn rejection(finding: &Finding) -> Option<&str> {
    match &finding.proof {
        Some(Proof::Rejected(reason)) => Some(reason),
        Some(Proof::Accepted(_) | Proof::Incomplete) | None => None,
    }
}

fn entry(label: &str, formula: &str, detail: &str) -> String {
    format!("\n{label}\n  {formula}\n  {detail}")
}

/// The finding whose simplification took longest.
fn slowest(findings: &[Finding]) -> Option<&Finding> {
    findings.iter().max_by_key(|finding| finding.time)
}

fn text(plan: Plan, summary: &Summary, findings: &[Finding]) -> String {
    let milliseconds = |which: usize| format!("{:.1} ms", summary.time[which].as_secs_f64() * 1e3);
    let row = |label: &str, text: String| (label.to_owned(), text);
    let mut rows = vec![
        row("formulas", format!("{}, seed {}", plan.sample, plan.seed)),
        row("conditions among them", summary.conditions.to_string()),
    ];
    rows.extend(
        Fault::ALL
            .iter()
            .zip(summary.faults)
            .map(|(fault, count)| row(fault.label(), count.to_string())),
    );
    let compared = &summary.compared;
    rows.extend([
        row("comparisons, equal", compared.equal.to_string()),
        row("at kinks", compared.kinks.to_string()),
        row("where undefined", compared.undefined.to_string()),
        row(
            "undecided",
            format!("{} in {} formulas", compared.undecided, summary.undecided),
        ),
        row("right by chance in f32", compared.by_chance.to_string()),
        row("time, median", milliseconds(0)),
        row("time, 99 %", milliseconds(1)),
        row("time, longest", milliseconds(2)),
        row("over 1 s", summary.long.to_string()),
    ]);
    let writing = summary.writing.rows(summary.formulas);
    rows.extend(writing.into_iter().map(|(label, text)| row(label, text)));
    if plan.proofs {
        let [accepted, incomplete, rejected] = summary.proofs;
        let share = 100.0 * accepted as f64 / summary.formulas.max(1) as f64;
        rows.extend([
            row("proved, accepted", format!("{accepted} ({share:.2} %)")),
            row("not proved", incomplete.to_string()),
            row("rejected", rejected.to_string()),
        ]);
    }
    let mut text = table(&rows);
    if let Some(slowest) = slowest(findings) {
        text += &format!("\nlongest: {}", slowest.formula);
    }
    text
}

fn to_json(plan: Plan, summary: &Summary, findings: &[Finding], failures: Vec<Value>) -> Value {
    let [median, high, longest] = summary.time.map(|time| time.as_secs_f64() * 1e3);
    let faults: Map<String, Value> = Fault::ALL
        .iter()
        .zip(summary.faults)
        .map(|(fault, count)| (fault.key().to_owned(), json!(count)))
        .collect();
    let compared = &summary.compared;
    let undecided = findings.iter().filter_map(|finding| {
        let detail = finding.undecided.as_ref()?;
        Some(json!({ "formula": finding.formula, "detail": detail }))
    });
    let [accepted, incomplete, rejected] = summary.proofs;
    let proofs = json!({ "accepted": accepted, "incomplete": incomplete, "rejected": rejected });
    json!({
        "sample": plan.sample,
        "seed": plan.seed,
        "conditions": summary.conditions,
        "faults": faults,
        "compared": {
            "equal": compared.equal,
            "at_kinks": compared.kinks,
            "undefined": compared.undefined,
            "undecided": compared.undecided,
            "by_chance": compared.by_chance,
        },
        "undecided_formulas": summary.undecided,
        "median_ms": median,
        "p99_ms": high,
        "longest_ms": longest,
        "longest": slowest(findings).map(|finding| &finding.formula),
        "over_1_s": summary.long,
        "writing": summary.writing.to_json(summary.formulas),
        "failures": failures,
        "undecided": undecided.collect::<Vec<Value>>(),
        "proofs": plan.proofs.then_some(proofs),
    })
}
