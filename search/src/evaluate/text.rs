//! A report for readers: a table that fits 100 columns, and sentences.

use std::fmt;

use super::report::{Compared, Gain, Report, Row};
use super::{Role, searches};
use crate::error::counted;
use crate::report::{Measure, listed};
use crate::statistics::{FEWEST, LEVEL, Spread, Verdict, p_text};

/// An interval in the units of a measure.
fn interval_text(measure: Measure, interval: Option<[f64; 2]>) -> String {
    interval.map_or_else(String::new, |[low, high]| {
        format!("[{}, {}]", measure.plain(low), measure.plain(high))
    })
}

/// A gain with its interval.
pub(super) fn gain_text(measure: Measure, gain: Option<Gain>) -> String {
    gain.map_or_else(String::new, |gain| {
        let mean = measure.signed(gain.difference.mean);
        let text = format!("{mean} {}", interval_text(measure, gain.interval));
        text.trim_end().to_owned()
    })
}

/// Cells, each column as wide as its widest; the first is aligned to the left.
pub(super) fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let mut line = String::from(" ");
        for (column, cell) in row.iter().enumerate() {
            let padding = " ".repeat(widths[column] - cell.chars().count());
            let cell = match column {
                0 => format!(" {cell}{padding}"),
                _ => format!("  {padding}{cell}"),
            };
            line.push_str(&cell);
        }
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The main table: a row for each activation.
pub(super) fn scores(report: &Report) -> Vec<Vec<String>> {
    let measure = report.measure;
    let head = match report.measure {
        Measure::Accuracy => ["accuracy in %", "loss"],
        Measure::Loss => ["loss in nats", "bits/character"],
    };
    let both = |row: &Row| {
        let spread = |of: Option<Spread>, factor: f64, decimals| {
            of.map_or_else(String::new, |of| of.scaled(factor).text(decimals))
        };
        match report.measure {
            Measure::Accuracy => [
                spread(row.accuracy, 100.0, 2),
                spread(Some(row.loss), 1.0, 4),
            ],
            Measure::Loss => [
                spread(Some(row.loss), 1.0, 4),
                spread(row.bits_per_character, 1.0, 3),
            ],
        }
    };
    let same = report.best_baseline == report.reference;
    let mut rows = vec![vec![
        "activation".to_owned(),
        head[0].to_owned(),
        head[1].to_owned(),
    ]];
    if !same {
        rows[0].push(format!("over {}", report.reference));
    }
    rows[0].push(format!("over {} (best)", report.best_baseline));
    for row in &report.activations {
        let mut cells = vec![row.name.clone()];
        cells.extend(both(row));
        if !same {
            cells.push(gain_text(measure, row.over_reference));
        }
        cells.push(gain_text(measure, row.over_best));
        rows.push(cells);
    }
    rows
}

/// The table of comparisons.
pub(super) fn comparisons(report: &Report) -> Vec<Vec<String>> {
    let measure = report.measure;
    let head = [
        "",
        "gain",
        "95 % interval",
        "p sign-flip",
        "p t",
        "p corrected",
        "verdict",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for of in &report.comparisons {
        let comparison = &of.comparison;
        rows.push(vec![
            format!("{} over {}", of.candidate, of.baseline),
            measure.signed(comparison.difference.mean),
            interval_text(measure, comparison.interval),
            p_text(comparison.sign_flip.map(|test| test.p)),
            p_text(comparison.t_test),
            p_text(comparison.corrected),
            match comparison.verdict {
                Verdict::Better => "better",
                Verdict::Worse => "worse",
                Verdict::NotToldApart => "not told apart",
                Verdict::TooFewSeeds => "too few seeds",
            }
            .to_owned(),
        ]);
    }
    rows
}

/// Columns of a terminal that the text fits.
const COLUMNS: usize = 100;

/// A text in lines that fit a terminal.
pub(super) fn wrapped(text: &str) -> String {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join("\n")
}

/// What was trained, in a line.
pub(super) fn title(report: &Report) -> String {
    format!(
        "{} on {}, {} from scratch ({}), {}, {}",
        report.network,
        report.data,
        counted(report.epochs, "epoch"),
        counted(report.steps, "step"),
        counted(report.seeds.len(), "seed"),
        counted(report.held_out, "held-out example"),
    )
}

/// What a reader has to know of the tables, a sentence each.
pub(super) fn notes(report: &Report) -> Vec<String> {
    let measure = report.measure;
    let seeds = report.seeds.len();
    let mut notes = Vec::new();
    if let Some(deviation) = report.noise.deviation {
        notes.push(format!(
            "Noise: trainings with {} that differ in their seed alone span {} {}, with a standard deviation of {}.",
            report.noise.activation,
            measure.plain(report.noise.span),
            measure.unit_of(),
            measure.plain(deviation)
        ));
    }
    match report.test {
        Some(test) => {
            let sampled = report
                .comparisons
                .iter()
                .any(|of| of.comparison.sign_flip.is_some_and(|test| !test.exact));
            notes.push(format!(
                "Gains are paired by seed, and positive where the first is better. Intervals are bootstrap intervals (BCa) of the mean. \
                 The sign-flip test tries {}. The {} decides, corrected by Holm's method for {}.",
                if sampled { "100,000 drawn choices of signs" } else { "all signs" },
                test.name(),
                counted(report.comparisons.len(), "comparison"),
            ));
        }
        None => notes.push(format!(
            "{} too few for a test, which takes at least {FEWEST}: there are no intervals and no p values.",
            match seeds {
                1 => "One seed is".to_owned(),
                _ => format!("{seeds} seeds are"),
            }
        )),
    }
    if !report.searches.is_empty() {
        notes.push(
            "Strategies are compared by what their searches found, each search one number: deviations are those between searches, and \
             p values those of Welch's t test, not corrected."
                .to_owned(),
        );
    }
    for row in report.activations.iter().filter(|row| row.diverged > 0) {
        notes.push(format!(
            "{} of {} with {} diverged; each counts as a guess among all classes.",
            row.diverged,
            counted(seeds, "training"),
            row.name
        ));
    }
    if !report.tuning.is_empty() {
        let rates = report.activations.iter();
        let rates = rates.map(|row| format!("{} {}", row.name, row.rate));
        notes.push(format!(
            "Learning rates, chosen by the loss on the validation split, a part of the training set: {}.",
            rates.collect::<Vec<_>>().join(", ")
        ));
    }
    notes
}

/// A sentence for each candidate.
pub(super) fn verdicts(report: &Report) -> Vec<String> {
    let candidates = report.activations.iter();
    let candidates = candidates.filter(|row| row.role == Role::Candidate);
    candidates.map(|row| verdict(report, row)).collect()
}

fn verdict(report: &Report, row: &Row) -> String {
    let measure = report.measure;
    let of: Vec<&Compared> = report
        .comparisons
        .iter()
        .filter(|of| of.candidate == row.name)
        .collect();
    let with = |verdict: Verdict| {
        let of = of.iter().filter(|of| of.comparison.verdict == verdict);
        of.map(|of| of.baseline.as_str()).collect::<Vec<_>>()
    };
    let best = of.iter().find(|of| of.baseline == report.best_baseline);
    let Some(best) = best else {
        return String::new();
    };
    let comparison = &best.comparison;
    let gain = format!(
        "{} {}",
        measure.signed(comparison.difference.mean),
        measure.unit()
    );
    if comparison.verdict == Verdict::TooFewSeeds {
        return format!(
            "{} is not told apart from the baselines: {} too few for a test ({gain} over the best, {}).",
            row.name,
            match report.seeds.len() {
                1 => "one seed is".to_owned(),
                seeds => format!("{seeds} seeds are"),
            },
            best.baseline
        );
    }
    let interval = comparison.interval.map_or_else(String::new, |[low, high]| {
        format!(
            ", 95 % interval {} to {}",
            measure.signed(low),
            measure.signed(high)
        )
    });
    let mut text = format!(
        "{} is {} the best baseline, {} ({gain}{interval}, corrected p {})",
        row.name,
        comparison.verdict.words(),
        best.baseline,
        match comparison.corrected {
            Some(p) if p < 1e-4 => "< 0.0001".to_owned(),
            p => format!("= {}", p_text(p)),
        },
    );
    let others = [Verdict::Better, Verdict::Worse, Verdict::NotToldApart].map(|verdict| {
        let mut names = with(verdict);
        names.retain(|name| *name != best.baseline);
        (!names.is_empty()).then(|| format!("{} {}", verdict.words(), listed(&names)))
    });
    let others: Vec<String> = others.into_iter().flatten().collect();
    if !others.is_empty() {
        text += &format!("; it is {}", others.join(", and "));
    }
    if with(Verdict::Better).is_empty() {
        text += ". No significant gain, at the level of ";
        text += &format!("{:.0} %", 100.0 * LEVEL);
    }
    text + "."
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", title(self))?;
        let spread = match self.seeds.len() {
            1 => "one training each".to_owned(),
            seeds => format!("mean ± standard deviation over {seeds} seeds"),
        };
        writeln!(f, "{spread}; gains in {}\n", self.measure.unit_of())?;
        writeln!(f, "{}\n", aligned(&scores(self)))?;
        if self.test.is_some() {
            writeln!(f, "{}\n", aligned(&comparisons(self)))?;
        }
        if !self.searches.is_empty() {
            writeln!(
                f,
                "{}\n",
                aligned(&searches::table(&self.searches, self.measure))
            )?;
        }
        for contender in self
            .activations
            .iter()
            .filter(|row| row.role == Role::Candidate)
        {
            writeln!(f, "{} = {}", contender.name, contender.formula)?;
        }
        for note in notes(self) {
            writeln!(f, "{}", wrapped(&note))?;
        }
        let verdicts: Vec<String> = self.verdicts.iter().map(|text| wrapped(text)).collect();
        write!(f, "\n{}", verdicts.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Collection, Divergence, Plan, Score};
    use crate::experiment::Specification;

    /// The report of scores: those of a candidate, of ReLU and of SiLU.
    fn report(measure: Measure, merits: [&[f64]; 3]) -> Report {
        let mut task = Specification::default();
        task.retrain.epochs = 2;
        let seeds = merits[0].len() as u64;
        let plan =
            Plan::new(task, &["new(x) = tanh(x)"], &["relu", "silu"], seeds).expect("a plan");
        let scores = plan.activations.iter().zip(merits).map(|(of, merits)| {
            let scores = (1..).zip(merits).map(|(seed, &merit)| Score {
                network: "ResNet-8".to_owned(),
                activation: of.name.clone(),
                seed,
                rate: 0.1,
                measure,
                classes: 10,
                held_out: 359,
                steps: 12,
                parameters: Some(99),
                loss: (!merit.is_nan()).then_some(1.0 - merit),
                accuracy: (!merit.is_nan()).then_some(merit),
                bits_per_character: None,
                diverged: merit.is_nan().then(|| Divergence {
                    what: "the loss is NaN".to_owned(),
                    step: 3,
                }),
            });
            scores.collect()
        });
        Report::new(&Collection {
            scores: scores.collect(),
            plan,
            tuning: Vec::new(),
            provenance: Vec::new(),
        })
    }

    const RELU: [f64; 8] = [0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97];

    /// ReLU's scores, each with a gain.
    fn over_relu(gains: [f64; 8]) -> Vec<f64> {
        RELU.iter()
            .zip(gains)
            .map(|(relu, gain)| relu + gain)
            .collect()
    }

    #[test]
    fn a_candidate_is_better_worse_or_not_told_apart() {
        let better = over_relu([0.010, 0.012, 0.011, 0.009, 0.013, 0.010, 0.008, 0.012]);
        let worse = over_relu([-0.01, -0.02, -0.01, -0.03, -0.01, -0.01, -0.02, -0.01]);
        let neither = over_relu([0.01, -0.02, 0.03, -0.01, 0.01, -0.02, 0.01, -0.01]);
        for (measure, gain) in [
            (Measure::Accuracy, "+1.06 percentage points, 95 % interval"),
            (Measure::Loss, "+0.0106 nats, 95 % interval"),
        ] {
            let text = report(measure, [&better, &RELU, &worse]).to_string();
            let words = "new is better than the best baseline, relu (";
            assert!(text.contains(words) && text.contains(gain), "{text}");
            // Two comparisons, and the smallest p value of 8 seeds is 2/2⁸.
            assert!(
                text.contains("p = 0.0156); it is better than silu."),
                "{text}"
            );
        }
        let text = report(Measure::Accuracy, [&worse, &RELU, &RELU]).to_string();
        let text = text.replace('\n', " ");
        assert!(
            text.contains("new is worse than the best baseline, relu (-1.50"),
            "{text}"
        );
        assert!(
            text.contains("it is worse than silu. No significant gain"),
            "{text}"
        );
        let text = report(Measure::Loss, [&neither, &RELU, &worse]).to_string();
        assert!(
            text.contains("new is not told apart from the best baseline, relu"),
            "{text}"
        );
        let longest = text.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(COLUMNS), "{text}");
    }

    #[test]
    fn few_seeds_have_no_p_value() {
        for (count, words) in [(1, "one seed is too few"), (3, "3 seeds are too few")] {
            let of = report(
                Measure::Accuracy,
                [&RELU[1..=count], &RELU[..count], &RELU[..count]],
            );
            let text = of.to_string();
            assert!(text.contains(words), "{text}");
            assert!(
                !text.contains("p sign-flip") && !text.contains('['),
                "{text}"
            );
            assert!(text.contains("+1.00"), "{text}");
            assert!(of.verdicts[0].contains("not told apart"), "{text}");
            assert!(!of.to_markdown().contains("p corrected"));
        }
    }

    #[test]
    fn a_training_that_diverged_counts_as_a_guess() {
        let mut diverged = RELU.to_vec();
        diverged[2] = f64::NAN;
        let of = report(Measure::Accuracy, [&diverged, &RELU, &RELU]);
        assert_eq!(of.activations[0].diverged, 1);
        // A guess among ten classes in the place of 0.92.
        let mean = of.activations[0].accuracy.expect("there is one").mean;
        let expected = (RELU.iter().sum::<f64>() - 0.92 + 0.1) / 8.0;
        assert!((mean - expected).abs() < 1e-12);
        let text = of.to_string();
        assert!(
            text.contains("1 of 8 trainings with new diverged"),
            "{text}"
        );
        assert!(of.to_markdown().contains("diverged at step 3"));
        let loss = of.activations[0].scores[2].loss();
        assert_eq!(loss, 10f64.ln());
    }
}
