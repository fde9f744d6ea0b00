//! `metrics.jsonl`: one line of JSON for each epoch and each removal, in the order in which they happen.
//!
//! A line is written before the checkpoint of its epoch. An interruption between the two leaves lines that the checkpoint
//! knows nothing of: going on from it begins with taking them out, and writes the same bytes again, but for `steps_per_second`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Stage;
use crate::error::{Error, Result};
use crate::files;

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Record {
    /// The epoch that it belongs to.
    #[serde(flatten)]
    pub epoch: EpochId,
    /// What happened.
    #[serde(flatten)]
    pub event: RecordEvent,
}

/// An epoch of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EpochId {
    /// The seed of the search, or of the initial weights and the order of the images in a training from scratch.
    pub seed: u64,
    /// The name of the stage.
    pub stage: String,
    /// The epoch, counted from 1.
    pub epoch: usize,
}

impl EpochId {
    pub(super) fn new(stage: &Stage, epoch: usize) -> Self {
        Self {
            seed: stage.seed,
            stage: stage.name.clone(),
            epoch,
        }
    }

    /// Where it is in the order of the stages.
    fn position(&self, stages: &[Stage]) -> Option<(usize, usize)> {
        let is_of = |stage: &Stage| stage.seed == self.seed && stage.name == self.stage;
        stages
            .iter()
            .position(is_of)
            .map(|stage| (stage, self.epoch))
    }
}

/// What there is once for each group of sites: where all sites are one group, without its name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ByGroup<T> {
    /// That of all sites.
    One(T),
    /// By the name of the group.
    Several {
        /// The values.
        groups: BTreeMap<String, T>,
    },
}

impl<T> ByGroup<T> {
    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        let (one, several) = match self {
            Self::One(value) => (Some(value), None),
            Self::Several { groups } => (None, Some(groups.values())),
        };
        one.into_iter().chain(several.into_iter().flatten())
    }
}

/// What the search of a group has come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GroupState {
    /// Operations left in all.
    pub remaining: usize,
    /// The function with the largest `α` in each slot.
    pub genotype: String,
    /// By slot, the entropy of the mean weights of its operations, in nats: `ln n` if `n` are equal, 0 once decided.
    pub entropy: BTreeMap<&'static str, f64>,
    /// By slot and name, the mean weight of each operation still in.
    pub weights: BTreeMap<&'static str, BTreeMap<String, f64>>,
}

/// What a line tells.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordEvent {
    /// An operation left at the start of the epoch.
    Removed {
        /// The group of sites, where there are several.
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        /// Where it was.
        slot: &'static str,
        /// Its name.
        operation: String,
        /// Operations left in all, of the group.
        remaining: usize,
    },
    /// A candidate of a baseline had its share of steps.
    Candidate {
        /// How often candidates were sorted out before.
        rung: usize,
        /// Its number.
        candidate: usize,
        /// Its function, or functions.
        genotype: ByGroup<String>,
        /// The mean loss on the validation split that it is judged by, in nats.
        validation_loss: f64,
    },
    /// An epoch of the search is over.
    Searched {
        /// The mean loss of the weight steps, in nats.
        train_loss: f64,
        /// The mean loss of the architecture steps, in nats; none where candidates are compared.
        validation_loss: Option<f64>,
        /// By how much the loss of a validation batch rises, in nats, where each slot computes the operation of its largest `α` alone;
        /// none where candidates are compared.
        discretisation_gap: Option<f64>,
        /// The mean loss on the held-out part, in nats, with the mean weights of the operations still in. It decides nothing.
        test_loss: f64,
        /// The share of right answers there.
        test_accuracy: Option<f64>,
        /// What the search has come to.
        #[serde(flatten)]
        groups: ByGroup<GroupState>,
        /// The epoch's steps by the seconds that they took: of all that the file holds, the only thing that differs from run to
        /// run.
        steps_per_second: f64,
    },
    /// An epoch of a retraining is over.
    Trained {
        /// The mean loss over the epoch's images, in nats.
        train_loss: f64,
        /// The mean loss on the held-out part, in nats.
        test_loss: f64,
        /// The share of right answers on the held-out part.
        test_accuracy: Option<f64>,
    },
}

/// The file.
pub(super) struct MetricsFile {
    path: PathBuf,
}

impl MetricsFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Adds a line.
    pub(super) fn append(&self, record: &Record) -> Result<()> {
        let mut line =
            serde_json::to_vec(record).map_err(|error| Error::Failure(error.to_string()))?;
        line.push(b'\n');
        let write = || {
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(&self.path)?;
            file.write_all(&line)?;
            file.sync_data()
        };
        write().map_err(files::at(&self.path))
    }

    /// Takes out the lines past the last epoch that has a checkpoint; past the start if none has.
    ///
    /// # Errors
    /// [`Error::State`], before anything changes, if the checkpoints are not those that the lines were written with: that
    /// they are more than one epoch behind, or ahead.
    pub(super) fn rewind(&self, stages: &[Stage], saved: Option<&EpochId>) -> Result<()> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(files::at(&self.path)(error)),
        };
        let end = saved.and_then(|saved| saved.position(stages));
        let (mut kept, mut last, mut dropped) = (0, None, BTreeSet::new());
        // A line that an interruption cut short has no end.
        for (number, line) in bytes
            .split_inclusive(|byte| *byte == b'\n')
            .filter(|line| line.ends_with(b"\n"))
            .enumerate()
        {
            let damaged = |reason: &dyn std::fmt::Display| {
                self.refused(&format!(
                    "line {} is damaged ({reason}): put a copy of the file back, or start anew in another folder",
                    number + 1
                ))
            };
            let epoch: EpochId = serde_json::from_slice(line).map_err(|error| damaged(&error))?;
            let position = epoch.position(stages).ok_or_else(|| {
                let EpochId { seed, stage, .. } = &epoch;
                damaged(&format!("there is no stage `{stage}` with seed {seed}"))
            })?;
            if Some(position) <= end {
                kept += line.len();
                last = Some(position);
            } else {
                dropped.insert(position);
            }
        }
        if dropped.len() > 1 || last != end {
            let checkpoint = saved.map_or_else(
                || "the checkpoints (there are none)".to_owned(),
                |EpochId { seed, stage, epoch }| {
                    format!("the checkpoint of epoch {epoch} of {stage} with seed {seed}")
                },
            );
            return Err(self.refused(&format!(
                "its lines and {checkpoint} are of different runs or times, or one is missing: put them back as they were, or \
                 start anew in another folder"
            )));
        }
        if kept < bytes.len() {
            files::write(&self.path, &bytes[..kept])?;
        }
        Ok(())
    }

    fn refused(&self, reason: &str) -> Error {
        Error::State(format!("{}: {reason}", self.path.display()))
    }
}
