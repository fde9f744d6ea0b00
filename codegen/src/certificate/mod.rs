//! Certificates: why a simplified formula equals what was written, step by step, in a form that another program can replay.
//!
//! A certificate claims that a formula and its derivatives equal their simplified forms wherever both are defined, for all
//! values of the variables in its domain. Each claim rests on a *lemma*: a chain of terms from one side to the other, in which
//! every step rewrites one subterm by a named row of the rules, forward or backward, by exact arithmetic on literals, or by an
//! earlier lemma. [`Certificate::check`] replays the chains. It shares with the simplifier the parser, the rows of the rules,
//! the graph of operations and its derivatives, and decides conditions and constants by arithmetic of its own: nothing of the
//! e-graph, its intervals or its folding takes part.

mod book;
mod check;
mod explain;
mod facts;
mod flatten;
mod pattern;
mod rejection;
mod replay;
mod scope;
mod shorten;
mod term;
mod write;

use crate::analysis::{Region, where_both_defined};
use crate::calculus::{Basis, Component};
use crate::ir::{Dag, Id};
use crate::ops::Kinks;

pub use check::Verdict;
pub use explain::{Link, Passage};
pub use rejection::Rejection;
pub(crate) use rejection::{at, reject};
pub(crate) use scope::over;
pub(crate) use write::{Forms, certify, certify_refinement};

/// The version of the format. It rises with what a checker understands by a certificate, be it a field, a row of the rules, or the derivatives
/// of operations: a claim about a derivative is one about what the checker itself differentiates.
pub const VERSION: u32 = 4;

/// The claims, and what they rest on. Terms and lemmas are counted from 0.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Certificate {
    /// [`VERSION`].
    pub version: u32,
    /// The formula as it was written.
    pub formula: String,
    /// Its variables; the input comes first.
    pub variables: Vec<String>,
    /// The variables that do not take every finite value.
    pub domain: Vec<Bounds>,
    /// Divisors of the formula whose zeros are left out: there it has no value. Such a certificate claims a form of the value alone.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub nonzero: Vec<String>,
    /// What the formula is a form of, with values where that has none.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub refines: Option<Box<Self>>,
    /// What derivatives are at kinks.
    pub kinks: Kinks,
    /// What the derivatives, and the value beside them, are forms of: the formula, or the form that the first claim has for it.
    pub basis: Basis,
    /// What is claimed, the value first.
    pub outputs: Vec<Output>,
    /// Equations with their proofs. A lemma uses only earlier ones.
    pub lemmas: Vec<Lemma>,
    /// The terms: a literal such as `-0.5` or `1/3`, a variable such as `$x`, or an operation on earlier terms, `mul 0 3`.
    pub terms: Vec<String>,
}

/// The values that a variable takes, both ends included.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Bounds {
    /// The variable.
    pub name: String,
    /// The smallest value, exactly; none if there is no smallest.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub low: Option<String>,
    /// The largest value.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub high: Option<String>,
}

/// A claim: a form of the value or of a derivative.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Output {
    /// What has the form.
    pub of: Of,
    /// The form.
    pub form: String,
    /// Why it has.
    pub support: Support,
}

/// What a claim is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Of {
    /// The formula.
    Value,
    /// The formula, in the form that shares most with the derivatives.
    SharedValue,
    /// Its derivative with respect to the variable of this name.
    Derivative(String),
}

/// What a claim rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Support {
    /// The lemma whose left side is the formula or its derivative, and whose right side is the form.
    Lemma(usize),
    /// No proof was found within the budget; this is what the values say.
    Measured(Measurement),
}

/// How well two forms agree at sampled points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Measurement {
    /// At how many points both have a value that f64 holds; at none of them are the true values apart.
    pub points: usize,
    /// The largest difference of these values, in units in the last place.
    pub ulp: u64,
}

impl Measurement {
    /// Compares a form, as it is written, with one component of a formula and its derivatives, as it is written. Graphs hold their
    /// nodes in the order of their text, and where to look depends on that order: so whoever reads both measures the same.
    fn of_text(
        (formula, kinks): (&str, Kinks),
        variables: &[String],
        component: Component,
        form: &str,
        region: &Region,
    ) -> Option<Self> {
        let read = |text: &str| over(&Dag::parse(text).ok()?, variables);
        let gradient = read(formula)?.with_gradient_as(kinks);
        let form = read(form)?;
        Self::of(&gradient.graph(component), &form, region)
    }

    /// Compares the first outputs; none if they differ at a point where both are defined.
    fn of(left: &Dag, right: &Dag, region: &Region) -> Option<Self> {
        let agreement = where_both_defined(left, right, region).ok()?;
        Some(Self {
            points: agreement.points,
            ulp: agreement.max_ulp,
        })
    }
}

/// Two equal terms, and why they are.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Lemma {
    /// The term that the chain starts from.
    pub left: usize,
    /// The term that it ends with.
    pub right: usize,
    /// Each step rewrites what the one before it has left.
    pub steps: Vec<Step>,
}

/// One subterm of a term is rewritten.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Step {
    /// The path to it: each number picks an argument, the first being 0.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub at: Vec<u8>,
    /// Why what stands there equals what it becomes.
    pub by: By,
    /// Whether the equation is used from right to left.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "std::ops::Not::not")
    )]
    pub back: bool,
    /// What it becomes.
    pub to: usize,
    /// Earlier lemmas that prove the guards of the rule: in this order, each lends the facts of either side to the other.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub facts: Vec<usize>,
}

/// Why two terms are equal.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum By {
    /// The row of the rules with this name.
    Rule(String),
    /// An operation on literals has this exact value.
    Fold,
    /// An earlier lemma.
    Lemma(usize),
    /// They are the derivatives, by one variable, of the two sides of an earlier lemma. Both sides are smooth: equal smooth
    /// functions have equal derivatives.
    Derivative {
        /// The lemma.
        lemma: usize,
        /// The variable, by its index among the names.
        variable: usize,
    },
}

impl Lemma {
    const EMPTY: Self = Self {
        left: 0,
        right: 0,
        steps: Vec::new(),
    };
}

impl Certificate {
    /// Whether every claim rests on a lemma.
    pub fn is_complete(&self) -> bool {
        let proven = |output: &Output| matches!(output.support, Support::Lemma(_));
        let refined = self
            .refines
            .as_ref()
            .is_none_or(|refined| refined.is_complete());
        refined && self.outputs.iter().all(proven)
    }

    /// How many steps all lemmas have together.
    pub fn steps(&self) -> usize {
        let refined = self.refines.as_ref().map_or(0, |refined| refined.steps());
        refined
            + self
                .lemmas
                .iter()
                .map(|lemma| lemma.steps.len())
                .sum::<usize>()
    }

    /// The formula as a person wrote it, before any refinement.
    pub fn written(&self) -> &str {
        self.refines
            .as_ref()
            .map_or(&self.formula, |refined| refined.written())
    }
}

fn id(index: usize) -> Id {
    Id::from(index)
}
