//! What the searches of each strategy found, on average over the searches.

use serde::Serialize;

use crate::engine::StrategyKind;
use crate::report::Measure;
use crate::statistics::{Spread, Welch, p_text, welch};

/// The searches of a strategy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SearchMean {
    /// How they spent their steps: `gradient`, `random` or `halving`.
    pub strategy: String,
    /// What they found, by name.
    pub activations: Vec<String>,
    /// What is compared, over the searches, each the mean over its seeds: a share of right answers, or a loss in nats.
    pub score: Spread,
    /// By how much the searches of the first strategy are better; none beside itself, and where a strategy has one search.
    pub behind_first: Option<Welch>,
}

/// What a search found, with its mean score: a share of right answers, or a loss in nats.
pub(super) struct FoundBySearch {
    pub name: String,
    pub strategy: StrategyKind,
    pub score: f64,
}

impl SearchMean {
    /// Those of these functions; nothing if all are of one search each.
    pub(super) fn of(found: &[FoundBySearch], measure: Measure) -> Vec<Self> {
        let mut samples: Vec<(&str, Vec<String>, Vec<f64>)> = Vec::new();
        for of in found {
            let name = of.strategy.name();
            let at = samples.iter().position(|(known, ..)| *known == name);
            let at = at.unwrap_or_else(|| {
                samples.push((name, Vec::new(), Vec::new()));
                samples.len() - 1
            });
            samples[at].1.push(of.name.clone());
            samples[at].2.push(of.score);
        }
        if samples.iter().all(|(_, names, _)| names.len() < 2) {
            return Vec::new();
        }
        // Searches by gradients are what the others are compared with.
        samples.sort_by_key(|(name, ..)| *name != StrategyKind::Gradient.name());
        let merit = |scores: &[f64]| -> Vec<f64> {
            let sign = match measure {
                Measure::Accuracy => 1.0,
                Measure::Loss => -1.0,
            };
            scores.iter().map(|score| sign * score).collect()
        };
        let first = merit(&samples[0].2);
        samples
            .iter()
            .enumerate()
            .map(|(index, (strategy, activations, scores))| Self {
                strategy: (*strategy).to_owned(),
                activations: activations.clone(),
                score: Spread::of(scores),
                behind_first: (index > 0).then(|| welch(&first, &merit(scores))).flatten(),
            })
            .collect()
    }
}

/// The table of strategies: none without searches.
pub(super) fn table(searches: &[SearchMean], measure: Measure) -> Vec<Vec<String>> {
    let Some(first) = searches.first() else {
        return Vec::new();
    };
    let (head, factor, decimals) = match measure {
        Measure::Accuracy => ("accuracy in %", 100.0, 2),
        Measure::Loss => ("loss in nats", 1.0, 4),
    };
    let head = [
        "strategy",
        "searches",
        head,
        &format!("{} is better by", first.strategy),
        "95 % interval",
        "p",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for of in searches {
        let mut cells = vec![
            of.strategy.clone(),
            of.activations.len().to_string(),
            of.score.scaled(factor).text(decimals),
        ];
        if let Some(Welch {
            difference,
            interval: [low, high],
            p,
        }) = of.behind_first
        {
            cells.push(measure.signed(difference));
            cells.push(format!("[{}, {}]", measure.plain(low), measure.plain(high)));
            cells.push(p_text(Some(p)));
        } else {
            cells.extend([const { String::new() }; 3]);
        }
        rows.push(cells);
    }
    rows
}
