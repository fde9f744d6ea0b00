//! Whether a found function is better than what it is compared with, in words.

use super::{Outcome, Retrained};
use crate::statistics::{Family, Verdict, p_text};

impl Outcome {
    /// Whether the found function is better or worse than those that it is compared with, or not told apart from them: a sentence. None
    /// if nothing was compared, or all of them are [ahead](Self::behind) anyway.
    pub fn verdict(&self) -> Option<String> {
        let (found, others) = self.retrained.split_first()?;
        let merits = |of: &Retrained| -> Vec<f64> {
            let scores = of.scores.iter();
            scores.map(|of| self.measure.merit(&of.score)).collect()
        };
        let own = merits(found);
        let differences: Vec<Vec<f64>> = others
            .iter()
            .map(|other| own.iter().zip(merits(other)).map(|(a, b)| a - b).collect())
            .collect();
        let family = Family::of(&differences, self.seed);
        let Some(test) = family.test else {
            let behind = self.behind();
            let ahead =
                |other: &&Retrained| behind.iter().any(|(name, _)| *name == other.activation);
            let names = others.iter().filter(|other| !ahead(other));
            let names: Vec<&str> = names.map(|other| &*other.activation).collect();
            if names.is_empty() {
                return None;
            }
            let few = match own.len() {
                1 => "one seed tells nothing, for with another the order may be the reverse"
                    .to_owned(),
                seeds => format!("{seeds} seeds are too few for a test"),
            };
            return Some(format!(
                "The found function is not told apart from {}: {few}.",
                listed(&names)
            ));
        };
        let parts = [Verdict::Better, Verdict::Worse, Verdict::NotToldApart].map(|verdict| {
            let of = others.iter().zip(&family.comparisons);
            let of = of.filter(|(_, comparison)| comparison.verdict == verdict);
            let names: Vec<String> = of
                .map(|(other, comparison)| {
                    format!(
                        "{} ({} {}, p = {})",
                        other.activation,
                        self.measure.signed(comparison.difference.mean),
                        self.measure.unit(),
                        p_text(comparison.corrected)
                    )
                })
                .collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            (!names.is_empty()).then(|| format!("{} {}", verdict.words(), listed(&names)))
        });
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let corrected = match others.len() {
            1 => String::new(),
            count => format!(", corrected for {count} comparisons"),
        };
        Some(format!(
            "The found function is {}, by the {}{corrected}.",
            parts.join(", and "),
            test.name()
        ))
    }
}

/// Names in a sentence.
pub(crate) fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
