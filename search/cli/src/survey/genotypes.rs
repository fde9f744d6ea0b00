//! A survey of the search space: what simplification makes of random genotypes, and whether it can be trusted.
//!
//! Every genotype is looked at twice, with the cell's bounds and without them. The form of its value and derivatives is compared
//! with the definition of the genotype and its rule-free derivative, at points that simplification itself does not look at.

use std::collections::BTreeMap;
use std::time::Duration;

use actsmith_codegen::analysis::Judge;
use actsmith_codegen::backend::rust;
use actsmith_codegen::certificate::Verdict;
use actsmith_codegen::egraph::{cost, written_cost};
use actsmith_codegen::{Budget, Formula, Gradient, Region};
use rand::RngExt;
use rand_distr::{Distribution, Normal};
use rayon::prelude::*;

use super::quantiles;
use super::writing::Writing;
use actsmith_search::genotype::Genotype;
use actsmith_search::seed;
use actsmith_search::space::{Slot, Space};

/// At how many points a form is compared with the definition.
pub const POINTS: usize = 200;

/// What to look at.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many genotypes.
    pub sample: u64,
    /// What they are drawn with.
    pub seed: u64,
    /// Whether every simplification is also proved, and the proof checked.
    pub proofs: bool,
}

/// What is known of one genotype, with or without the cell's bounds.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The genotype.
    pub genotype: Genotype,
    /// Whether the cell's bounds are on.
    pub bounded: bool,
    /// The simplified value, its constants named in the order in which they occur.
    pub canonical: String,
    /// What {f, f′} cost as they are written.
    pub written: u64,
    /// What {f, f′} cost if what occurs twice is computed once.
    pub shared: u64,
    /// What {f, f′} cost in the simplified form.
    pub simplified: u64,
    /// How long simplification of the value and all derivatives took.
    pub time: Duration,
    /// At how many points and outputs form and definition give other values in f64, whichever is right.
    pub apart: usize,
    /// Where the form is wrong, or infinite or NaN where the definition is finite, if it is anywhere.
    pub wrong: Option<String>,
    /// How the form is written.
    pub writing: Writing,
    /// What became of the proof, if one was asked for.
    pub proof: Option<Proof>,
}

/// What became of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// All outputs are proved and the checker agrees: so many steps.
    Accepted(usize),
    /// Some output is not proved; the checker confirms the rest.
    Incomplete,
    /// The checker rejects the certificate: why.
    Rejected(String),
}

/// Looks at the genotypes of a plan, in their order; `done` is called after each.
pub fn survey(plan: Plan, done: impl Fn() + Sync) -> Vec<Finding> {
    (0..plan.sample)
        .into_par_iter()
        .flat_map_iter(|index| {
            let genotype = draw(plan.seed, index);
            let findings = [true, false].map(|bounded| look(&genotype, bounded, index, plan));
            done();
            findings
        })
        .collect()
}

/// The genotype number `index` of a sample: every operation of the default space is as likely in its slot as any other.
pub(super) fn draw(seed: u64, index: u64) -> Genotype {
    let mut rng = seed::rng(seed, "survey", index);
    let choices = Space::default().choices();
    let indices = Slot::ALL.map(|slot| {
        let operations = choices.bits(slot).count_ones();
        rng.random_range(0..operations) as usize
    });
    Genotype::from_indices(choices.space(), indices)
}

fn look(genotype: &Genotype, bounded: bool, index: u64, plan: Plan) -> Finding {
    let (region, budget) = (Region::default(), Budget::default());
    let formula = Formula::parse(&genotype.formula(bounded)).expect("genotypes spell formulas");
    let raw = formula.with_gradient();
    let start = std::time::Instant::now();
    let simplification = formula.simplify(&region, budget);
    let time = start.elapsed();
    let form = &simplification.gradient.dag;

    let points = points(plan.seed, index, raw.variables.len());
    let judge = Judge::at(&raw, points).with_free_kinks();
    let named = |values: &[f64]| {
        let pairs = raw.variables.iter().zip(values);
        pairs
            .map(|(name, value)| format!("{name} = {value}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let wrong = judge.find_loss(form).map(|witness| {
        format!(
            "output {} at {}: {}, not {}",
            witness.output,
            named(&witness.point),
            witness.right,
            witness.left
        )
    });
    let proof = plan.proofs.then(|| {
        let certificate = formula.certify(&simplification, &region, budget);
        match certificate.check() {
            Ok(Verdict::Proved(steps)) => Proof::Accepted(steps),
            Ok(Verdict::Measured(_)) => Proof::Incomplete,
            Err(rejection) => Proof::Rejected(rejection.to_string()),
        }
    });
    let by_x = |gradient: &Gradient| gradient.value_and_derivatives_of(&[0]);
    Finding {
        genotype: genotype.clone(),
        bounded,
        canonical: canonical(&simplification.value.dag.formula(0)),
        written: written_cost(&by_x(&raw), &region, rust::cost),
        shared: cost(&by_x(&raw), &region, rust::cost),
        simplified: cost(&by_x(form), &region, rust::cost),
        time,
        apart: judge.count_apart(form),
        writing: Writing::of(formula.dag(), &simplification.value.dag, form),
        wrong,
        proof,
    }
}

/// Points in every regime: half of ordinary size, the others spread over the magnitudes from 10⁻⁸ to 10⁴, and the ends of what
/// f32 holds. Constants are drawn around the values that training starts from.
fn points(seed: u64, index: u64, variables: usize) -> impl Iterator<Item = Vec<f64>> {
    let mut rng = seed::rng(seed, "survey points", index);
    let normal = |deviation: f64| Normal::new(0.0, deviation).expect("a positive deviation");
    let (ordinary, constant) = (normal(3.0), normal(1.5));
    let special = [
        0.0, 1e4, -1e4, 3e38, -3e38, 1e-38, -1e-38, 88.9, -88.9, 709.9, -709.9, 1.0,
    ];
    (0..POINTS).map(move |k| {
        let x = match (k, k % 2) {
            (k, _) if k < special.len() => special[k],
            (_, 0) => ordinary.sample(&mut rng),
            _ => {
                let magnitude = 10_f64.powf(rng.random_range(-8.0..4.0));
                if rng.random() { magnitude } else { -magnitude }
            }
        };
        let constants = (1..variables).map(|_| constant.sample(&mut rng));
        std::iter::once(x).chain(constants).collect()
    })
}

/// The text with its constants, `beta0` to `mix1`, renamed in the order in which they occur: genotypes that put the same function
/// into other slots have the same text.
fn canonical(formula: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    let (mut out, mut rest) = (String::new(), formula);
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    while let Some(start) = rest.find(is_word) {
        let (before, tail) = rest.split_at(start);
        let (word, after) = tail.split_at(tail.find(|c| !is_word(c)).unwrap_or(tail.len()));
        out.push_str(before);
        if ["beta", "mix"].iter().any(|kind| word.starts_with(kind)) {
            let index = names
                .iter()
                .position(|known| *known == word)
                .unwrap_or_else(|| {
                    names.push(word);
                    names.len() - 1
                });
            out.push_str(&format!("c{index}"));
        } else {
            out.push_str(word);
        }
        rest = after;
    }
    out + rest
}

/// What a survey says as a whole.
#[derive(Clone, Debug)]
pub struct Summary {
    /// How many formulas were looked at.
    pub formulas: usize,
    /// Distinct canonical forms.
    pub distinct: usize,
    /// A lower bound for the distinct canonical forms of the whole space, by how many forms were drawn once and twice: Chao,
    /// "Nonparametric estimation of the number of classes in a population" (1984), bias-corrected.
    pub at_least: u64,
    /// Median and 99th percentile of the time.
    pub time: [Duration; 2],
    /// Mean of the simplified cost of {f, f′} over that as written, and over that with common subexpressions computed once.
    pub cost: [f64; 2],
    /// How many forms and definitions differ somewhere in f64, whichever is right.
    pub apart: usize,
    /// How many forms are wrong somewhere.
    pub wrong: usize,
    /// How all forms are written.
    pub writing: Writing,
    /// Complete proofs, incomplete ones, rejected ones.
    pub proofs: [usize; 3],
}

impl Summary {
    /// Of at least one finding.
    pub fn of<'a>(findings: impl Iterator<Item = &'a Finding>) -> Self {
        let findings: Vec<&Finding> = findings.collect();
        let [median, high, _] = quantiles(findings.iter().map(|f| f.time).collect());
        let mean = |before: fn(&Finding) -> u64| {
            let ratios = findings
                .iter()
                .filter(|f| before(f) > 0)
                .map(|f| f.simplified as f64 / before(f) as f64);
            let (count, sum) =
                ratios.fold((0_u32, 0.0), |(count, sum), ratio| (count + 1, sum + ratio));
            sum / f64::from(count.max(1))
        };
        let count = |holds: &dyn Fn(&Finding) -> bool| findings.iter().filter(|f| holds(f)).count();
        let mut canonical: BTreeMap<&str, u32> = BTreeMap::new();
        for finding in &findings {
            *canonical.entry(&finding.canonical).or_default() += 1;
        }
        let drawn = |times: u32| canonical.values().filter(|&&count| count == times).count() as f64;
        let unseen = drawn(1) * (drawn(1) - 1.0).max(0.0) / (2.0 * (drawn(2) + 1.0));
        Self {
            formulas: findings.len(),
            distinct: canonical.len(),
            at_least: canonical.len() as u64 + unseen.round() as u64,
            time: [median, high],
            cost: [mean(|f| f.written), mean(|f| f.shared)],
            apart: count(&|f| f.apart > 0),
            wrong: count(&|f| f.wrong.is_some()),
            writing: findings
                .iter()
                .map(|f| f.writing)
                .fold(Writing::default(), Writing::and),
            proofs: [
                count(&|f| matches!(f.proof, Some(Proof::Accepted(_)))),
                count(&|f| matches!(f.proof, Some(Proof::Incomplete))),
                count(&|f| matches!(f.proof, Some(Proof::Rejected(_)))),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_named_in_the_order_in_which_they_occur() {
        assert_eq!(canonical("beta3 * x + beta0 * beta3"), "c0 * x + c1 * c0");
        assert_eq!(
            canonical("sigmoid(mix1) * gelu(x)"),
            "sigmoid(c0) * gelu(x)"
        );
    }

    #[test]
    fn a_sample_is_simplified_without_a_loss() {
        let plan = Plan {
            sample: 12,
            seed: 5,
            proofs: false,
        };
        let findings = survey(plan, || {});
        assert_eq!(findings.len(), 24);
        let wrong: Vec<_> = findings.iter().filter_map(|f| f.wrong.as_ref()).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        // A form is the cheapest for all derivatives together and for the digits that it keeps: what is computed for x alone may cost an
        // addition more, and costs less on the whole.
        let total = |cost: fn(&Finding) -> u64| findings.iter().map(cost).sum::<u64>();
        let (simplified, shared) = (total(|f| f.simplified), total(|f| f.shared));
        assert!(20 * simplified < 19 * shared, "{simplified} of {shared}");
        let again: Vec<String> = survey(plan, || {})
            .into_iter()
            .map(|f| f.canonical)
            .collect();
        assert_eq!(
            again,
            findings
                .iter()
                .map(|f| f.canonical.clone())
                .collect::<Vec<_>>()
        );
    }
}
