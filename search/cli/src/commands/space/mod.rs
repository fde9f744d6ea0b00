//! `actsmith space`.

use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

mod language;

use super::output::{print, print_json, table};
use crate::error::{Error, Result};
use crate::survey::genotypes::{Finding, POINTS, Plan, Proof, Summary, survey};

/// Survey the search space or the formula language: simplify random genotypes or formulas, and compare each form with its
/// definition; exit code 1 if any form or proof is wrong
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    /// Draw formulas over all operations of the language, odd constants and parameters, instead of genotypes, and compare true values
    #[arg(long)]
    language: bool,

    /// How many genotypes or formulas to draw, at most 1,000,000: all findings are kept
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    sample: u64,

    /// What they are drawn with
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,

    /// Also prove every simplification, and check every proof
    #[arg(long)]
    proofs: bool,

    /// How many threads; times are those of a formula on one of them
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,

    /// Only print the formulas, one a line, for other commands to read
    #[arg(long, requires = "language", conflicts_with_all = ["proofs", "threads", "json"])]
    list: bool,

    /// How many formulas to print of each fault of the language; --json has all
    #[arg(long, value_name = "N", default_value_t = 5, requires = "language")]
    show: usize,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What the rows of the output say.
const HELP: &str = "\
Rows of the output, for genotypes:
- distinct forms: simplified values that differ, where constants are named in the order in which they occur
- in all, at least: a lower bound for the whole space of 22,667,121 genotypes, estimated from repetitions in the sample (Chao 1984)
- cost, as written: mean cost of the simplified {f, f'} over that of the definition and its rule-free derivative, all written out
- cost, shared: the same where the definition, too, computes only once what occurs twice
- wrong: forms that differ from the definition at one of 200 points, by more than 1e-9 relative and 1e-12 absolute, or that are \
infinite or NaN where it is finite, in f64 or f32
- length of f': characters of the derivative with respect to x as it is printed
- places to write better: what a person would not write, in values and derivatives: the rows below it together
- apart by rounding: forms that differ so much because the definition has lost digits there, which the form keeps

Rows for the language (--language), by true values in up to 300 digits:
- wrong values: forms whose value differs from that of the formula at one of about 10 points, or undefined
- wrong derivatives: the same of a derivative, at points where the formula is smooth
- wrong slopes as written: derivatives by the rules of differentiation that difference quotients refute at a smooth point
- wrong conditions: comparisons of constants that are decided wrongly
- overflow in f32: forms that are infinite, NaN or far off in f32 where the formula as written is close to the true value
- falsehoods accepted: certificates with a false claim that the checker accepts (--proofs)
- undecided: comparisons that 300 digits do not decide
- right by chance in f32: values of a form that are finite and far off where the formula as written is close to the true value, but \
is not at the arguments next to that one";

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.language {
        return language::run(arguments);
    }
    let plan = Plan {
        sample: arguments.sample,
        seed: arguments.seed,
        proofs: arguments.proofs,
    };
    let findings = progress(arguments, "genotypes", |done| survey(plan, done))?;
    let summary = |bounded| Summary::of(findings.iter().filter(move |f| f.bounded == bounded));
    let summaries = [summary(true), summary(false)];
    let failures: Vec<Value> = findings.iter().flat_map(failure).collect();
    if arguments.json {
        let [bounded, unbounded] = summaries.each_ref().map(|s| to_json(s, plan.proofs));
        print_json(&json!({
            "sample": plan.sample,
            "seed": plan.seed,
            "points": POINTS,
            "bounded": bounded,
            "unbounded": unbounded,
            "failures": failures,
            "to_write_better": findings.iter().filter_map(to_write_better).collect::<Vec<_>>(),
        }))?;
    } else {
        print(&text(plan, &summaries))?;
        for failure in &failures {
            print(&format!("failure  {failure}"))?;
        }
    }
    Ok(if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs a survey on as many threads as asked for, with a bar that counts `what`.
fn progress<T: Send>(
    arguments: &Arguments,
    what: &str,
    survey: impl FnOnce(&(dyn Fn() + Sync)) -> T + Send,
) -> Result<T> {
    let template = format!("{{bar:32}} {{pos}}/{{len}} {what}, {{eta}} left");
    let bar = ProgressBar::new(arguments.sample);
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    let threads = arguments.threads.unwrap_or(0) as usize;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Error::Failure(format!("cannot start threads: {error}")))?;
    let findings = pool.install(|| survey(&|| bar.inc(1)));
    bar.finish_and_clear();
    Ok(findings)
}

/// What is wrong with a form or its proof.
fn failure(finding: &Finding) -> Vec<Value> {
    let rejected = match &finding.proof {
        Some(Proof::Rejected(reason)) => Some(format!("the proof is rejected: {reason}")),
        Some(Proof::Accepted(_) | Proof::Incomplete) | None => None,
    };
    let entry = |reason: &String| {
        let genotype = finding.genotype.to_string();
        json!({ "genotype": genotype, "bounded": finding.bounded, "reason": reason })
    };
    finding.wrong.iter().chain(&rejected).map(entry).collect()
}

/// Which form a person would write otherwise.
fn to_write_better(finding: &Finding) -> Option<Value> {
    let any = finding.writing.places.iter().any(|&count| count > 0);
    any.then(|| json!({ "genotype": finding.genotype.to_string(), "bounded": finding.bounded }))
}

fn text(plan: Plan, summaries: &[Summary; 2]) -> String {
    let row = |label: &str, cell: &dyn Fn(&Summary) -> String| {
        let [bounded, unbounded] = summaries.each_ref().map(cell);
        (label.to_owned(), format!("{bounded:<24}{unbounded}"))
    };
    let milliseconds =
        |s: &Summary, which: usize| format!("{:.1} ms", s.time[which].as_secs_f64() * 1e3);
    let mut rows = vec![
        (
            format!("{} genotypes", plan.sample),
            format!("{:<24}{}", "with bounds", "without"),
        ),
        row("distinct forms", &|s| s.distinct.to_string()),
        row("in all, at least", &|s| s.at_least.to_string()),
        row("cost, as written", &|s| format!("× {:.3}", s.cost[0])),
        row("cost, shared", &|s| format!("× {:.3}", s.cost[1])),
        row("time, median", &|s| milliseconds(s, 0)),
        row("time, 99 %", &|s| milliseconds(s, 1)),
        row("wrong", &|s| s.wrong.to_string()),
        row("apart by rounding", &|s| {
            (s.apart.saturating_sub(s.wrong)).to_string()
        }),
    ];
    let [bounded, unbounded] = summaries.each_ref().map(|s| s.writing.rows(s.formulas));
    for ((label, bounded), (_, unbounded)) in bounded.into_iter().zip(unbounded) {
        rows.push((label.to_owned(), format!("{bounded:<24}{unbounded}")));
    }
    if plan.proofs {
        let share = |s: &Summary, count: usize| {
            format!(
                "{count} ({:.2} %)",
                100.0 * count as f64 / s.formulas as f64
            )
        };
        rows.push(row("proved, accepted", &|s| share(s, s.proofs[0])));
        rows.push(row("not proved", &|s| s.proofs[1].to_string()));
        rows.push(row("rejected", &|s| s.proofs[2].to_string()));
    }
    table(&rows)
}

fn to_json(summary: &Summary, proofs: bool) -> Value {
    let [accepted, incomplete, rejected] = summary.proofs;
    let [median, high] = summary.time.map(|time| time.as_secs_f64() * 1e3);
    json!({
        "formulas": summary.formulas,
        "distinct": summary.distinct,
        "distinct_in_all_at_least": summary.at_least,
        "cost_over_written": summary.cost[0],
        "cost_over_shared": summary.cost[1],
        "median_ms": median,
        "p99_ms": high,
        "wrong": summary.wrong,
        "apart": summary.apart,
        "writing": summary.writing.to_json(summary.formulas),
        "proofs": proofs.then_some(
            json!({ "accepted": accepted, "incomplete": incomplete, "rejected": rejected })
        ),
    })
}
