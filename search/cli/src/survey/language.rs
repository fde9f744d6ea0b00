//! A survey of the whole language: random [formulas](super::formulas) and [conditions](super::conditions) are simplified, and the
//! form of value and derivatives is compared with the formula as it was written.
//!
//! True values come from the oracle, in up to 300 digits, at ordinary and at extreme points. At a kink, derivatives may differ; where
//! they do, or where either has no value, difference quotients tell a kink from a smooth point. Values in f32 come from evaluation
//! with every operation rounded, over a ladder of magnitudes.

use std::time::Duration;

use actsmith_codegen::oracle::Levels;
use rayon::prelude::*;

use super::genotypes::Proof;
use super::quantiles;
use super::subject::{Subject, simplify};
use super::writing::Writing;

/// Simplifications that take longer are counted.
pub const LONG: Duration = Duration::from_secs(1);

/// What to look at.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many formulas.
    pub sample: u64,
    /// What they are drawn with.
    pub seed: u64,
    /// Whether every simplification is also proved, the proof checked, and what it proves compared.
    pub proofs: bool,
}

/// What can be wrong with a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Its value is another than that of the formula, or there is none.
    Value,
    /// A derivative is another than that of the formula at a point where the formula is smooth, or there is none.
    Derivative,
    /// The derivative as the rules of differentiation give it is not the slope of the formula, at a point where that is smooth.
    Definition,
    /// A comparison of constants is decided wrongly.
    Condition,
    /// In f32 it is infinite, NaN, 0 or far off, where the formula as written is close to the true value.
    Range,
    /// The checker accepts a certificate with a claim that is false.
    Falsehood,
    /// Simplification, proof or check panics.
    Panic,
}

impl Fault {
    /// Every fault, in the order in which they are reported.
    pub const ALL: [Self; 7] = [
        Self::Value,
        Self::Derivative,
        Self::Definition,
        Self::Condition,
        Self::Range,
        Self::Falsehood,
        Self::Panic,
    ];

    /// What it is called in tables.
    pub fn label(self) -> &'static str {
        match self {
            Self::Value => "wrong values",
            Self::Derivative => "wrong derivatives",
            Self::Definition => "wrong slopes as written",
            Self::Condition => "wrong conditions",
            Self::Range => "overflow in f32",
            Self::Falsehood => "falsehoods accepted",
            Self::Panic => "panics",
        }
    }

    /// One word for programs.
    pub fn key(self) -> &'static str {
        match self {
            Self::Value => "wrong_values",
            Self::Derivative => "wrong_derivatives",
            Self::Definition => "wrong_slopes_as_written",
            Self::Condition => "wrong_conditions",
            Self::Range => "overflow_in_f32",
            Self::Falsehood => "falsehoods_accepted",
            Self::Panic => "panics",
        }
    }
}

/// A fault of one formula, with the first point where it was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What is wrong.
    pub fault: Fault,
    /// The point and the values there.
    pub detail: String,
}

/// How many comparisons of true values had which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// The same value.
    pub equal: usize,
    /// Derivatives that differ at a kink.
    pub kinks: usize,
    /// The formula has no value there.
    pub undefined: usize,
    /// The oracle does not tell.
    pub undecided: usize,
    /// In f32 the form is far off, and the formula as written close to the true value, but not so at the arguments next to it.
    pub by_chance: usize,
}

/// What is known of one formula.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The formula.
    pub formula: String,
    /// Whether it is a condition on constants.
    pub condition: bool,
    /// How long simplification of the value and all derivatives took.
    pub time: Duration,
    /// What is wrong; each fault once.
    pub failures: Vec<Failure>,
    /// What the comparisons said.
    pub compared: Compared,
    /// The first comparison that is undecided.
    pub undecided: Option<String>,
    /// How the form is written.
    pub writing: Writing,
    /// What became of the proof, if one was asked for.
    pub proof: Option<Proof>,
}

/// The formulas of a plan, as text.
pub fn formulas(plan: Plan) -> impl Iterator<Item = String> {
    let mut levels = Levels::default();
    (0..plan.sample).map(move |index| Subject::draw(plan.seed, index, &mut levels).0.text)
}

/// Looks at the formulas of a plan, in their order; `done` is called after each. The findings, but for times, depend on the plan alone.
pub fn survey(plan: Plan, done: impl Fn() + Sync) -> Vec<Finding> {
    (0..plan.sample)
        .into_par_iter()
        .map_init(Levels::default, |levels, index| {
            let (subject, formula) = Subject::draw(plan.seed, index, levels);
            let finding = subject.look(&formula, plan, levels, simplify);
            done();
            finding
        })
        .collect()
}

impl Finding {
    /// Counts a comparison that is undecided.
    pub(super) fn leave(&mut self, detail: impl FnOnce() -> String) {
        self.compared.undecided += 1;
        self.undecided.get_or_insert_with(detail);
    }

    /// Notes a fault, the first time that it is seen.
    pub(super) fn fail(&mut self, fault: Fault, detail: impl FnOnce() -> String) {
        if self.failures.iter().all(|failure| failure.fault != fault) {
            self.failures.push(Failure {
                fault,
                detail: detail(),
            });
        }
    }
}

/// What a survey says as a whole.
#[derive(Clone, Debug)]
pub struct Summary {
    /// How many formulas were looked at.
    pub formulas: usize,
    /// How many of them are conditions on constants.
    pub conditions: usize,
    /// How many have each fault, in the order of [`Fault::ALL`].
    pub faults: [usize; Fault::ALL.len()],
    /// All comparisons.
    pub compared: Compared,
    /// How many formulas have a comparison that is undecided.
    pub undecided: usize,
    /// Median, 99th percentile and largest time.
    pub time: [Duration; 3],
    /// How many took longer than [`LONG`].
    pub long: usize,
    /// How all forms are written.
    pub writing: Writing,
    /// Complete proofs, incomplete ones, rejected ones.
    pub proofs: [usize; 3],
}

impl Summary {
    /// Of all findings.
    pub fn of(findings: &[Finding]) -> Self {
        let count = |holds: &dyn Fn(&Finding) -> bool| findings.iter().filter(|f| holds(f)).count();
        let has =
            |fault: Fault| count(&|f| f.failures.iter().any(|failure| failure.fault == fault));
        let sum = |part: fn(&Compared) -> usize| findings.iter().map(|f| part(&f.compared)).sum();
        Self {
            formulas: findings.len(),
            conditions: count(&|f| f.condition),
            faults: Fault::ALL.map(has),
            compared: Compared {
                equal: sum(|c| c.equal),
                kinks: sum(|c| c.kinks),
                undefined: sum(|c| c.undefined),
                undecided: sum(|c| c.undecided),
                by_chance: sum(|c| c.by_chance),
            },
            undecided: count(&|f| f.compared.undecided > 0),
            time: quantiles(findings.iter().map(|f| f.time).collect()),
            long: count(&|f| f.time > LONG),
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
