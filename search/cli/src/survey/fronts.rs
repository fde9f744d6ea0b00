//! A survey of fronts: of the named activations and of random genotypes with random constants. Every bound is compared with the differences
//! at many points, which the search for forms does not look at.

use std::time::{Duration, Instant};

use actsmith::zoo;
use actsmith_codegen::front::{Domain, Effort, Front, FrontError, Point};
use actsmith_codegen::{Formula, Gradient};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::genotypes::draw;
use actsmith_search::genotype::Constants;
use actsmith_search::seed;

/// At how many points bounds are compared with differences.
pub const POINTS: usize = 100_000;
/// What rounding to f64 may add to a difference, relative to the values.
const ROUNDING: f64 = 1e-11;
/// A form is close if its value is.
pub const CLOSE: f64 = 1e-2;

/// A formula to look at.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its name, or its genotype.
    pub name: String,
    /// Its text, without parameters.
    pub formula: String,
}

/// What is known of the front of one formula.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The formula.
    pub subject: Subject,
    /// Its front, or why it has none.
    pub front: Result<Front, FrontError>,
    /// How long it took.
    pub time: Duration,
    /// Where a difference is larger than its bound.
    pub violations: Vec<String>,
}

impl Finding {
    /// The cost of the cheapest close form over that of the exact one; `None` without a front, or if the exact form costs nothing.
    pub fn cost_of_close(&self) -> Option<f64> {
        let front = self.front.as_ref().ok()?;
        let exact = front.points[0].cost;
        let close = front.within(CLOSE).ok()?.cost;
        (exact > 0).then(|| close as f64 / exact as f64)
    }
}

/// The named activations without trained parameters.
///
/// # Panics
/// If a name of the list is unknown.
pub fn named() -> Vec<Subject> {
    let subject = |names: &&[&str]| {
        let activation = zoo::by_name(names[0]).expect("its name is in the list");
        Subject {
            name: names[0].to_owned(),
            formula: activation.formula(),
        }
    };
    zoo::NAMES.iter().map(subject).collect()
}

/// The genotype number `index` of a sample, bounded as in the cell, with constants of f32.
pub fn random(seed: u64, index: u64) -> Subject {
    let genotype = draw(seed, index);
    let mut rng = seed::rng(seed, "survey constants", index);
    let mut constant = || {
        let value: f32 = StandardNormal.sample(&mut rng);
        // The shortest text of an f32, as results have it.
        value.to_string().parse().unwrap_or(f64::from(value))
    };
    let constants = Constants {
        beta: std::array::from_fn(|_| constant()),
        mix: std::array::from_fn(|_| constant()),
    };
    Subject {
        name: genotype.to_string(),
        formula: genotype.formula_with_constants(true, &constants),
    }
}

/// Looks at every subject, in their order; `done` is called after each.
pub fn survey(subjects: Vec<Subject>, points: usize, done: impl Fn() + Sync) -> Vec<Finding> {
    subjects
        .into_par_iter()
        .map(|subject| {
            let finding = look(subject, points);
            done();
            finding
        })
        .collect()
}

fn look(subject: Subject, points: usize) -> Finding {
    let formula = Formula::parse(&subject.formula).expect("subjects spell formulas");
    let domain = Domain::default();
    let start = Instant::now();
    let front = Front::of(&formula, &domain, Effort::default());
    let time = start.elapsed();
    let violations = match &front {
        Ok(front) => violations(front, points),
        Err(_) => Vec::new(),
    };
    Finding {
        subject,
        front,
        time,
        violations,
    }
}

/// Where a difference is larger than its bound. The formula and its derivative are evaluated as written.
fn violations(front: &Front, count: usize) -> Vec<String> {
    let (low, high) = front.domain.ends();
    let (low, high) = (low.to_f64(), high.to_f64());
    // Points between which no kink of round numbers lies.
    let at = |index: usize| low + (high - low) * (index as f64 + 0.618_033_988_7) / count as f64;
    let points: Vec<f64> = (0..count).map(at).collect();
    let values = |gradient: &Gradient| -> Vec<[f64; 2]> {
        let tape = gradient.tape();
        let both = points.iter().map(|&x| {
            let outputs = tape.eval(&[x]);
            [outputs[0], outputs[1]]
        });
        both.collect()
    };
    let truth = values(&front.formula.with_gradient());
    let mut found = Vec::new();
    for point in &front.points {
        let bounds = [point.value.at_most, point.derivative.at_most];
        let form = Formula::from_dag(&point.form.value.dag).with_gradient();
        for ((x, truth), value) in points.iter().zip(&truth).zip(values(&form)) {
            for (index, name) in ["value", "derivative"].into_iter().enumerate() {
                let difference = (truth[index] - value[index]).abs();
                let slack = ROUNDING * (1.0 + truth[index].abs().max(value[index].abs()));
                if difference.is_nan() || difference > bounds[index] + slack {
                    found.push(describe(point, name, *x, difference, bounds[index]));
                }
            }
        }
    }
    found
}

fn describe(point: &Point, name: &str, x: f64, difference: f64, bound: f64) -> String {
    let formula = point.formula();
    format!("the {name} of {formula} differs by {difference:e} at x = {x}, by {bound:e} at most")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fronts of all subjects are printed with `--nocapture`.
    fn hold(subjects: Vec<Subject>, points: usize) -> Vec<Finding> {
        let findings = survey(subjects, points, || ());
        let mut violations = Vec::new();
        for finding in &findings {
            let Subject { name, formula } = &finding.subject;
            match &finding.front {
                Ok(front) => println!(
                    "{name}: {} points, {:.1}, {:.2} of it within {CLOSE}, {:?}: {formula}",
                    front.points.len(),
                    front.points[0].cost as f64 / 10.0,
                    finding.cost_of_close().unwrap_or(f64::NAN),
                    finding.time,
                ),
                Err(error) => println!("{name}: {error}: {formula}"),
            }
            violations.extend(finding.violations.iter().take(3));
        }
        assert!(violations.is_empty(), "{violations:#?}");
        findings
    }

    #[test]
    fn bounds_hold_for_some_named_activations_and_genotypes() {
        let mut subjects: Vec<Subject> = named().into_iter().step_by(6).collect();
        subjects.extend((0..4).map(|index| random(3, index)));
        let findings = hold(subjects, 5_000);
        let fronts = findings.iter().filter(|finding| finding.front.is_ok());
        assert!(fronts.clone().count() + 1 >= findings.len());
        // A front goes down: something cheaper than the exact form is on it.
        assert!(fronts.filter(|f| f.cost_of_close().is_some()).count() > 4);
    }

    /// Takes minutes.
    #[test]
    #[ignore = "takes minutes: 200 genotypes at 100,000 points"]
    fn bounds_hold_for_all_named_activations_and_genotypes() {
        let mut subjects = named();
        let first = subjects.len();
        subjects.extend((0..200).map(|index| random(1, index)));
        let findings = hold(subjects, POINTS);
        let ratios: Vec<f64> = findings[first..]
            .iter()
            .filter_map(Finding::cost_of_close)
            .collect();
        let half = ratios.iter().filter(|ratio| **ratio <= 0.5).count();
        println!(
            "{half} of {} genotypes have a close form of half the cost",
            ratios.len()
        );
        assert!(2 * half >= ratios.len(), "{half} of {}", ratios.len());
    }
}
