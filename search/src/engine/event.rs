//! What happens in a search, and what comes of it.

use std::fmt;
use std::path::PathBuf;

use crate::genotype::{Constants, Genotype};
use crate::objective::Metrics;
use crate::space::Slot;

/// What happens in a search.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A step was made.
    Step {
        /// Steps made.
        step: usize,
        /// The loss of the weight step.
        train_loss: f64,
        /// The loss of the architecture step, where there was one.
        validation_loss: Option<f64>,
        /// The learning rate of the weights.
        rate: f64,
    },
    /// Some of the task's variables have no gradient in the first weight step: nothing trains them, whether that is meant or an
    /// operation without a backward pass stands behind them.
    Unreached {
        /// Their names.
        variables: Vec<String>,
    },
    /// An operation left.
    Removed {
        /// Steps made.
        step: usize,
        /// The group of sites.
        group: String,
        /// Where it was.
        slot: Slot,
        /// Its name.
        operation: String,
    },
    /// A candidate had its share of steps.
    Candidate {
        /// Steps made.
        step: usize,
        /// How often candidates were sorted out before.
        rung: usize,
        /// Its number.
        candidate: usize,
        /// Its function by group.
        groups: Vec<GroupReport>,
        /// The mean loss on the validation split that it is judged by.
        loss: f64,
    },
    /// The periods between two reports are over.
    Epoch {
        /// Periods completed.
        period: usize,
        /// The mean loss of the weight steps.
        train_loss: f64,
        /// The mean loss of the architecture steps, where there were any.
        validation_loss: Option<f64>,
        /// By how much the loss of a validation batch rises where each slot computes the operation of its largest `α` alone; none
        /// without architecture steps.
        discretisation_gap: Option<f64>,
        /// How good the network is as it stands, with the mean weights of the operations still in.
        metrics: Metrics,
        /// What each group has come to.
        groups: Vec<GroupReport>,
    },
    /// A checkpoint was written.
    Saved {
        /// Where.
        path: PathBuf,
    },
}

/// One line for a log.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |groups: &[GroupReport]| {
            let genotypes = groups.iter().map(|group| group.genotype.to_string());
            genotypes.collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::Step {
                step, train_loss, ..
            } => write!(f, "step {step}: training loss {train_loss:.4}"),
            Self::Removed {
                step,
                group,
                slot,
                operation,
            } => write!(
                f,
                "step {step}: {operation} was removed from {} of {group}",
                slot.name()
            ),
            Self::Candidate {
                step,
                candidate,
                groups,
                loss,
                ..
            } => {
                let genotypes = list(groups);
                write!(
                    f,
                    "step {step}: candidate {candidate}, {genotypes}, has loss {loss:.4}"
                )
            }
            Self::Epoch {
                period,
                train_loss,
                metrics,
                groups,
                ..
            } => {
                let left: usize = groups.iter().map(|group| group.remaining).sum();
                write!(
                    f,
                    "period {period}: training loss {train_loss:.4}, held out {:.4}, {left} operations left, {}",
                    metrics.loss,
                    list(groups)
                )
            }
            Self::Unreached { variables } => write!(
                f,
                "no gradient reaches {}: nothing trains them",
                listed(variables)
            ),
            Self::Saved { path } => write!(f, "saved {}", path.display()),
        }
    }
}

/// What a group of sites has come to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GroupReport {
    /// The group.
    pub group: String,
    /// Operations left in all.
    pub remaining: usize,
    /// The function with the largest `α` in each slot.
    pub genotype: Genotype,
}

/// The result of a search.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// The function of each group of sites, in the order of their names; at least one.
    pub functions: Vec<FoundFunction>,
    /// How good the network is with these very functions, on the held-out data.
    pub metrics: Metrics,
}

/// A function that was found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FoundFunction {
    /// The group of sites that use it.
    pub group: String,
    /// The function.
    pub genotype: Genotype,
    /// Its trained constants.
    pub constants: Constants,
}

/// Names, the first ones of many.
pub(super) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 16;
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len() {
        count if count > SHOWN => format!("{} and {} more", shown.join(", "), count - SHOWN),
        _ => shown.join(", "),
    }
}
