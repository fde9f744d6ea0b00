//! The tables and sentences of a report, which both of its formats have.

use actsmith_search::report::Measure;
use actsmith_search::statistics::{Spread, p_text};

use super::chart::number;
use super::figures::Scored;
use super::load::{Activation, Evaluation, Folder, Form, Forms, Found, Run};

/// A table.
pub(super) struct Table {
    pub head: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
    /// The columns of numbers.
    numbers: &'static [usize],
}

impl Table {
    fn new(head: &[&'static str], numbers: &'static [usize], rows: Vec<Vec<String>>) -> Self {
        Self {
            head: head.to_vec(),
            rows,
            numbers,
        }
    }

    /// The class of a column.
    pub(super) fn class(&self, column: usize) -> Option<&'static str> {
        self.numbers.contains(&column).then_some("number")
    }
}

/// What the report is called.
pub(super) fn title(folders: &[Folder]) -> String {
    match folders {
        [Folder::Run(run)] => format!("Report of {}", run.name),
        [Folder::Evaluation(found)] => format!("Report of {}", found.name),
        _ => format!("Report of {} folders", folders.len()),
    }
}

/// The found functions of all runs, by what they are called.
pub(super) fn functions(folders: &[Folder]) -> Vec<(String, &Found)> {
    let mut all = Vec::new();
    for folder in folders {
        if let Folder::Run(run) = folder {
            for found in &run.functions {
                let name = match &found.group {
                    Some(group) => format!("{} {group}", run.name),
                    None => run.name.clone(),
                };
                all.push((shortened(&name), found));
            }
        }
    }
    all
}

/// A name that has room beside a line.
fn shortened(name: &str) -> String {
    const MOST: usize = 16;
    let length = name.chars().count();
    match length > MOST {
        // The end of a name tells runs apart.
        true => format!(
            "…{}",
            name.chars().skip(length - MOST + 1).collect::<String>()
        ),
        false => name.to_owned(),
    }
}

/// What an evaluation is about: one formula, or the names of several.
fn candidates(found: &Evaluation) -> String {
    let own = found.activations.iter();
    let own: Vec<&Activation> = own.filter(|row| row.role == "candidate").collect();
    match own[..] {
        [one] => one.formula.clone(),
        _ => {
            let names: Vec<&str> = own.iter().map(|row| row.name.as_str()).collect();
            names.join(", ")
        }
    }
}

/// Against how many baselines each candidate is better or worse.
fn standings(found: &Evaluation) -> String {
    let own = found.activations.iter();
    let own = own.filter(|row| row.role == "candidate");
    let texts: Vec<String> = own
        .map(|row| {
            let pairs = || {
                found
                    .comparisons
                    .iter()
                    .filter(|of| of.candidate == row.name)
            };
            let count = |verdict: &str| pairs().filter(|of| of.verdict == verdict).count();
            let all = pairs().count();
            if count("too_few_seeds") == all {
                return format!("{}: too few seeds for a test", row.name);
            }
            format!(
                "{}: better than {} of {all} baselines, worse than {}",
                row.name,
                count("better"),
                count("worse")
            )
        })
        .collect();
    texts.join("; ")
}

/// A row for each folder.
pub(super) fn beside(folders: &[Folder]) -> Table {
    let row = |folder: &Folder| match folder {
        Folder::Run(run) => {
            let formulas: Vec<&str> = run
                .functions
                .iter()
                .map(|f| f.finding.formulas.simplified.as_str())
                .collect();
            let score = run
                .outcome
                .retrained
                .first()
                .map(|found| match run.outcome.measure {
                    Measure::Accuracy => found.accuracy().scaled(100.0).text(2) + " %",
                    _ => found.loss().text(4) + " nats",
                });
            let searched = match (run.outcome.measure, run.outcome.searched.accuracy) {
                (Measure::Accuracy, Some(accuracy)) => format!("{:.2} %", 100.0 * accuracy),
                _ => format!("{:.4} nats", run.outcome.searched.loss),
            };
            vec![
                run.name.clone(),
                format!("{} on {}", run.outcome.title(), run.outcome.data),
                formulas.join("; "),
                searched,
                score.unwrap_or_else(|| "not trained".to_owned()),
                format!("{:.1}", run.timing.search.seconds()),
            ]
        }
        Folder::Evaluation(found) => vec![
            found.name.clone(),
            format!("{} on {}", found.network, found.data),
            candidates(found),
            "–".to_owned(),
            standings(found),
            "–".to_owned(),
        ],
    };
    let head = [
        "folder",
        "network",
        "found",
        "search's network",
        "trained from scratch",
        "search in s",
    ];
    Table::new(&head, &[5], folders.iter().map(row).collect())
}

/// What a run is about.
pub(super) fn about(run: &Run) -> String {
    let outcome = &run.outcome;
    format!(
        "A search on {} with {}: {} epochs, seed {}; {} examples held out.",
        outcome.data,
        outcome.title(),
        outcome.search_epochs,
        outcome.seed,
        outcome.held_out
    )
}

/// What an evaluation is about.
pub(super) fn about_evaluation(found: &Evaluation) -> String {
    format!(
        "Trainings of {} on {}: {} steps each, {} seeds; {} examples held out.",
        found.network,
        found.data,
        found.steps,
        found.seeds.len(),
        found.held_out
    )
}

/// What the chart of a function shows.
pub(super) fn values_caption(found: &Found) -> &'static str {
    match found.histogram {
        Some(_) => {
            "The found function beside well-known ones, where the numbers that come to its sites lie: bars show how often each occurs."
        }
        None => "The found function beside well-known ones.",
    }
}

/// From what the cell computes to the formula.
pub(super) fn steps(found: &Found) -> Table {
    let formulas = &found.finding.formulas;
    let mut rows = vec![
        vec!["genotype".to_owned(), found.finding.genotype.clone()],
        vec!["as searched".to_owned(), formulas.raw.clone()],
        vec!["simplified".to_owned(), formulas.simplified.clone()],
        vec!["derivative".to_owned(), formulas.derivative.clone()],
    ];
    rows.extend(
        found
            .finding
            .constants
            .iter()
            .map(|(name, value)| vec![format!("trained {name}"), number(*value)]),
    );
    Table::new(&["step", "formula"], &[], rows)
}

/// Forms from exact to simple.
pub(super) fn front(forms: &Forms) -> Table {
    let tried = forms
        .points
        .iter()
        .any(|form| form.validation_loss.is_some());
    let row = |(index, form): (usize, &Form)| {
        let away = |bound: f64| match bound > 0.0 {
            true => format!("{bound:.1e}"),
            false => "exact".to_owned(),
        };
        let taken = forms.picked == Some(index) && index > 0;
        let mut row = vec![
            index.to_string() + if taken { ", taken" } else { "" },
            number(form.cost),
            away(form.difference),
            away(form.difference_derivative),
        ];
        if tried {
            let loss = form.validation_loss;
            row.push(loss.map_or("–".to_owned(), |loss| format!("{loss:.4}")));
        }
        row.push(form.formula.clone());
        row
    };
    let rows = forms.points.iter().enumerate().map(row).collect();
    match tried {
        true => Table::new(
            &[
                "",
                "cost",
                "value within",
                "derivative within",
                "validation loss",
                "form",
            ],
            &[0, 1, 2, 3, 4],
            rows,
        ),
        false => Table::new(
            &["", "cost", "value within", "derivative within", "form"],
            &[0, 1, 2, 3],
            rows,
        ),
    }
}

/// Which form the networks trained from scratch took, if not the found function.
pub(super) fn taken(forms: &Forms) -> Option<String> {
    let number = forms.picked.filter(|number| *number > 0)?;
    let formula = &forms.points.get(number)?.formula;
    Some(format!(
        "The networks trained from scratch took form {number}: {formula}"
    ))
}

/// The operations that left, by epoch.
pub(super) fn removals(removed: &[(u64, Vec<String>)]) -> Table {
    let row = |(epoch, left): &(u64, Vec<String>)| vec![epoch.to_string(), left.join(", ")];
    Table::new(&["epoch", "left"], &[0], removed.iter().map(row).collect())
}

/// The scores of the trainings from scratch of a run.
pub(super) fn retrained(run: &Run) -> Vec<Scored> {
    let measure = run.outcome.measure;
    let row = |of: &actsmith_search::report::Retrained| Scored {
        name: of.activation.clone(),
        is_found: of.activation.starts_with("found"),
        scores: of
            .scores
            .iter()
            .map(|score| {
                let value = match measure {
                    Measure::Accuracy => score.score.accuracy,
                    _ => Some(score.score.loss),
                };
                (score.seed, value.filter(|value| value.is_finite()))
            })
            .collect(),
    };
    run.outcome.retrained.iter().map(row).collect()
}

/// The scores of an evaluation.
pub(super) fn evaluated(found: &Evaluation) -> Vec<Scored> {
    let row = |of: &super::load::Activation| Scored {
        name: of.name.clone(),
        is_found: of.role == "candidate",
        scores: of
            .scores
            .iter()
            .map(|score| match found.measure {
                Measure::Accuracy => (score.seed, score.accuracy),
                _ => (score.seed, score.loss),
            })
            .collect(),
    };
    found.activations.iter().map(row).collect()
}

/// Every score, a row for each activation.
pub(super) fn scores(rows: &[Scored], measure: Measure) -> Table {
    let shown = |value: f64| match measure {
        Measure::Accuracy => format!("{:.2} %", 100.0 * value),
        _ => format!("{value:.4}"),
    };
    let row = |of: &Scored| {
        let known: Vec<f64> = of.scores.iter().filter_map(|score| score.1).collect();
        let mean = match (known.is_empty(), measure) {
            (true, _) => "diverged".to_owned(),
            (_, Measure::Accuracy) => Spread::of(&known).scaled(100.0).text(2) + " %",
            _ => Spread::of(&known).text(4),
        };
        let each = of.scores.iter().map(|(seed, score)| {
            let score = score.map_or("diverged".to_owned(), shown);
            format!("{seed}: {score}")
        });
        vec![of.name.clone(), mean, each.collect::<Vec<_>>().join(", ")]
    };
    Table::new(
        &["activation", "mean ± deviation", "by seed"],
        &[1],
        rows.iter().map(row).collect(),
    )
}

/// A difference of scores: percentage points of accuracy, or nats.
fn difference(value: f64, measure: Measure) -> String {
    match measure {
        Measure::Accuracy => format!("{:+.2}", 100.0 * value),
        _ => format!("{value:+.4}"),
    }
}

/// The activations of an evaluation, with what each gains.
pub(super) fn evaluation(found: &Evaluation) -> Table {
    let scored = evaluated(found);
    let plain = scores(&scored, found.measure);
    let shown = |value: f64| difference(value, found.measure);
    let rows = plain
        .rows
        .into_iter()
        .zip(&found.activations)
        .map(|(mut row, of)| {
            let gain = of.over_reference.as_ref().map(|gain| {
                let interval = gain
                    .interval
                    .map(|[low, high]| format!(" ({} to {})", shown(low), shown(high)));
                shown(gain.mean) + &interval.unwrap_or_default()
            });
            row.insert(2, gain.unwrap_or_else(|| format!("is {}", found.reference)));
            if of.diverged > 0 {
                row[1].push_str(&format!(", {} diverged", of.diverged));
            }
            row
        });
    Table::new(
        &[
            "activation",
            "mean ± deviation",
            "gain over the reference, 95 %",
            "by seed",
        ],
        &[1, 2],
        rows.collect(),
    )
}

/// Each candidate beside each baseline.
pub(super) fn comparisons(found: &Evaluation) -> Table {
    let shown = |value: f64| difference(value, found.measure);
    let row = |of: &super::load::Comparison| {
        let mean = of
            .difference
            .get("mean")
            .and_then(serde_json::Value::as_f64);
        let interval = of
            .interval
            .map(|[low, high]| format!(" ({} to {})", shown(low), shown(high)));
        vec![
            of.candidate.clone(),
            of.baseline.clone(),
            mean.map_or("–".to_owned(), shown) + &interval.unwrap_or_default(),
            of.corrected.map_or("–".to_owned(), |p| p_text(Some(p))),
            of.verdict.replace('_', " "),
        ]
    };
    let rows = found.comparisons.iter().map(row).collect();
    Table::new(
        &[
            "candidate",
            "baseline",
            "difference, 95 %",
            "corrected p",
            "verdict",
        ],
        &[2, 3],
        rows,
    )
}

/// The seconds of the stages of a run.
pub(super) fn seconds(run: &Run) -> Table {
    let rows = run
        .timing
        .seconds
        .iter()
        .map(|(stage, seconds)| vec![stage.clone(), format!("{seconds:.1}")]);
    Table::new(&["stage", "seconds"], &[1], rows.collect())
}

/// Who worked on a run.
pub(super) fn provenance(run: &Run) -> Table {
    let row = |of: &serde_json::Value| {
        let text = |name: &str| match of.get(name) {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(serde_json::Value::Null) | None => "–".to_owned(),
            Some(other) => other.to_string(),
        };
        ["version", "threads", "system", "architecture", "processor"]
            .map(text)
            .to_vec()
    };
    let rows = run.provenance.iter().map(row).collect();
    Table::new(
        &["actsmith", "threads", "system", "architecture", "processor"],
        &[1],
        rows,
    )
}
