//! From scores to a report.

use super::report::{Compared, Gain, Noise, Report, Row};
use super::searches::FoundBySearch;
use super::{Collection, Plan, Role, Score, SearchMean, text};
use crate::statistics::{Family, LEVEL, Spread, interval};

/// The baseline that differences are given to, if it is there; otherwise the first one.
const REFERENCE: &str = "relu";

impl Report {
    /// What these scores come to.
    pub fn new(of: &Collection) -> Self {
        let Collection { plan, scores, .. } = of;
        let merits: Vec<Vec<f64>> = scores
            .iter()
            .map(|scores| scores.iter().map(Score::merit).collect())
            .collect();
        let indices = |role: Role| {
            let all = plan.activations.iter().enumerate();
            all.filter(move |(_, contender)| contender.role == role)
                .map(|(index, _)| index)
        };
        let mean = |index: usize| Spread::of(&merits[index]).mean;
        // A plan has at least one of each.
        let baselines: Vec<usize> = indices(Role::Baseline).collect();
        let reference = (baselines.iter().copied())
            .find(|index| plan.activations[*index].name == REFERENCE)
            .unwrap_or(baselines[0]);
        let mut best = baselines[0];
        for &index in &baselines {
            if mean(index) > mean(best) {
                best = index;
            }
        }
        let seed = plan.task.seed;
        let pairs: Vec<(usize, usize)> = indices(Role::Candidate)
            .flat_map(|candidate| baselines.iter().map(move |&baseline| (candidate, baseline)))
            .collect();
        let differences: Vec<Vec<f64>> = pairs
            .iter()
            .map(|(one, other)| differences(&merits[*one], &merits[*other]))
            .collect();
        let family = Family::of(&differences, seed);
        let gain = |one: usize, other: usize| {
            let differences = differences_of(&merits, one, other)?;
            Some(Gain {
                difference: Spread::of(&differences),
                interval: (family.test).map(|_| interval(&differences, 1.0 - LEVEL, seed)),
            })
        };
        let name = |index: usize| plan.activations[index].name.clone();
        let rows: Vec<Row> = (0..plan.activations.len())
            .map(|index| {
                let gains = [reference, best].map(|other| gain(index, other));
                row(plan, index, &scores[index], gains)
            })
            .collect();
        let compared = pairs.iter().zip(family.comparisons);
        let any = &scores[0][0];
        let found = plan.activations.iter().zip(&rows).filter_map(|(of, row)| {
            Some(FoundBySearch {
                name: of.name.clone(),
                strategy: of.strategy?,
                score: row.mean_score(any.measure),
            })
        });
        let searches = SearchMean::of(&found.collect::<Vec<_>>(), any.measure);
        let mut report = Self {
            verdicts: Vec::new(),
            network: any.network.clone(),
            data: plan.task.data.name.clone(),
            epochs: plan.task.retrain.epochs,
            steps: any.steps,
            held_out: any.held_out,
            measure: any.measure,
            seeds: plan.seeds().collect(),
            reference: name(reference),
            best_baseline: name(best),
            noise: noise(name(reference), &merits[reference]),
            activations: rows,
            test: family.test,
            comparisons: compared
                .map(|((candidate, baseline), comparison)| Compared {
                    candidate: name(*candidate),
                    baseline: name(*baseline),
                    comparison,
                })
                .collect(),
            searches,
            tuning: of.tuning.clone(),
            plan: plan.clone(),
            provenance: of.provenance.clone(),
        };
        report.verdicts = text::verdicts(&report);
        report
    }
}

fn row(plan: &Plan, index: usize, scores: &[Score], gains: [Option<Gain>; 2]) -> Row {
    let contender = &plan.activations[index];
    let numbers = |of: fn(&Score) -> f64| scores.iter().map(of).collect::<Vec<f64>>();
    let bits: Vec<f64> = scores
        .iter()
        .filter_map(|score| score.bits_per_character)
        .collect();
    let diverged = scores.iter().filter(|score| score.diverged.is_some());
    let [over_reference, over_best] = gains;
    Row {
        name: contender.name.clone(),
        role: contender.role,
        formula: contender.formula(),
        rate: scores[0].rate,
        diverged: diverged.count(),
        accuracy: Some(Spread::of(&numbers(Score::accuracy))),
        loss: Spread::of(&numbers(Score::loss)),
        bits_per_character: (!bits.is_empty()).then(|| Spread::of(&bits)),
        over_reference,
        over_best,
        scores: scores.to_owned(),
    }
}

fn differences(one: &[f64], other: &[f64]) -> Vec<f64> {
    one.iter()
        .zip(other)
        .map(|(one, other)| one - other)
        .collect()
}

/// The differences of two activations; none of one and itself.
fn differences_of(merits: &[Vec<f64>], one: usize, other: usize) -> Option<Vec<f64>> {
    (one != other).then(|| differences(&merits[one], &merits[other]))
}

fn noise(activation: String, merits: &[f64]) -> Noise {
    let [mut least, mut most] = [merits[0]; 2];
    for merit in merits {
        least = least.min(*merit);
        most = most.max(*merit);
    }
    Noise {
        activation,
        deviation: Spread::of(merits).deviation,
        span: most - least,
    }
}
