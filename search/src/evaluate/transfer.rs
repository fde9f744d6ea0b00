//! What activations gain on other tasks than the one that they were found on: an evaluation of each.

use std::fmt;

use serde::Serialize;

use super::report::{Compared, Report, Row};
use super::text::{aligned, gain_text, wrapped};
use super::{Gain, Role};
use crate::error::counted;
use crate::report::{Measure, listed};
use crate::statistics::{Verdict, p_text};

/// The evaluations of the same candidates on several tasks.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Transfer {
    /// What follows, a sentence for each candidate.
    pub verdicts: Vec<String>,
    /// A row for each task and candidate.
    pub rows: Vec<TransferRow>,
}

/// A candidate on a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TransferRow {
    /// The name of the task.
    pub task: String,
    /// What the network is called.
    pub network: String,
    /// The data set.
    pub data: String,
    /// Steps of each training.
    pub steps: usize,
    /// How many seeds there are.
    pub seeds: usize,
    /// What is compared.
    pub measure: Measure,
    /// The candidate.
    pub candidate: String,
    /// What it gains over ReLU, or over the first baseline where ReLU is none.
    pub over_reference: Against,
    /// What it gains over the best baseline.
    pub over_best: Against,
}

/// A candidate beside a baseline on a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Against {
    /// The baseline.
    pub baseline: String,
    /// Mean and deviation of the differences, and the interval of the mean.
    pub gain: Gain,
    /// The p value, corrected for all comparisons on the task; none with too few seeds.
    pub corrected: Option<f64>,
    /// What follows.
    pub verdict: Verdict,
}

impl Against {
    fn of(report: &Report, candidate: &str, baseline: &str) -> Option<Self> {
        let pair = |of: &&Compared| of.candidate == candidate && of.baseline == baseline;
        let comparison = &report.comparisons.iter().find(pair)?.comparison;
        Some(Self {
            baseline: baseline.to_owned(),
            gain: Gain {
                difference: comparison.difference,
                interval: comparison.interval,
            },
            corrected: comparison.corrected,
            verdict: comparison.verdict,
        })
    }
}

impl Transfer {
    /// What these evaluations come to, each with the name of its task.
    pub fn new(reports: &[(String, Report)]) -> Self {
        let mut rows = Vec::new();
        for (task, report) in reports {
            let candidate = |row: &&Row| row.role == Role::Candidate;
            for row in report.activations.iter().filter(candidate) {
                let against = |baseline: &str| Against::of(report, &row.name, baseline);
                let (Some(over_reference), Some(over_best)) =
                    (against(&report.reference), against(&report.best_baseline))
                else {
                    continue;
                };
                rows.push(TransferRow {
                    task: task.clone(),
                    network: report.network.clone(),
                    data: report.data.clone(),
                    steps: report.steps,
                    seeds: report.seeds.len(),
                    measure: report.measure,
                    candidate: row.name.clone(),
                    over_reference,
                    over_best,
                });
            }
        }
        let mut names: Vec<&str> = Vec::new();
        for row in &rows {
            if !names.contains(&row.candidate.as_str()) {
                names.push(&row.candidate);
            }
        }
        let verdicts = names.iter().map(|name| verdict(name, &rows)).collect();
        Self { verdicts, rows }
    }
}

/// On which tasks a candidate is ahead of the reference.
fn verdict(candidate: &str, rows: &[TransferRow]) -> String {
    let rows: Vec<&TransferRow> = (rows.iter())
        .filter(|row| row.candidate == candidate)
        .collect();
    let tasks = |holds: &dyn Fn(&TransferRow) -> bool| -> Vec<&str> {
        let rows = rows.iter().filter(|row| holds(row));
        rows.map(|row| row.task.as_str()).collect()
    };
    let ahead = tasks(&|row| row.over_reference.gain.difference.mean > 0.0);
    let better = tasks(&|row| row.over_reference.verdict == Verdict::Better);
    let worse = tasks(&|row| row.over_reference.verdict == Verdict::Worse);
    let mut text = format!(
        "{candidate} is ahead of {} on {} of {}",
        rows[0].over_reference.baseline,
        ahead.len(),
        counted(rows.len(), "task")
    );
    for (which, words) in [
        (better, "better with certainty"),
        (worse, "worse with certainty"),
    ] {
        if !which.is_empty() {
            text += &format!(", {words} on {}", listed(&which));
        }
    }
    text + "."
}

impl fmt::Display for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = [
            "task",
            "activation",
            "gain",
            "p corrected",
            "gain",
            "p corrected",
        ];
        let mut table = vec![head.map(str::to_owned).to_vec()];
        for row in &self.rows {
            let mut cells = vec![row.task.clone(), row.candidate.clone()];
            for against in [&row.over_reference, &row.over_best] {
                let gain = gain_text(row.measure, Some(against.gain));
                cells.push(format!("{gain} over {}", against.baseline));
                cells.push(p_text(against.corrected));
            }
            table.push(cells);
        }
        writeln!(f, "{}\n", aligned(&table))?;
        for (index, row) in self.rows.iter().enumerate() {
            let first = self.rows.iter().position(|of| of.task == row.task);
            if first == Some(index) {
                let text = format!(
                    "{}: {} on {}, {}, {}, gains in {}.",
                    row.task,
                    row.network,
                    row.data,
                    counted(row.steps, "step"),
                    counted(row.seeds, "seed"),
                    row.measure.unit_of()
                );
                writeln!(f, "{}", wrapped(&text))?;
            }
        }
        writeln!(
            f,
            "{}\n",
            wrapped(
                "Gains are paired by seed, with a 95 % interval; p values are corrected for all comparisons of their task. The second pair \
                 of columns is against the baseline that is best on the task."
            )
        )?;
        let verdicts: Vec<String> = self.verdicts.iter().map(|text| wrapped(text)).collect();
        write!(f, "{}", verdicts.join("\n"))
    }
}
