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
pub struct Row {
    /// Where it belongs.
    #[serde(flatten)]
    pub place: Place,
    /// What happened.
    #[serde(flatten)]
    pub event: RowEvent,
}

/// The epoch of a stage, in the order in which they follow each other: with one seed all stages, then the trainings with the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The seed of the search, or of the initial weights and the order of the images in a training from scratch.
    pub seed: u64,
    /// The stage.
    pub stage: Stage,
    /// The epoch, counted from 1.
    pub epoch: usize,
}

/// What a line tells.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RowEvent {
    /// An operation left at the start of the epoch.
    Removed {
        /// Where it was.
        slot: &'static str,
        /// Its name.
        operation: String,
        /// Operations left in all.
        remaining: usize,
    },
    /// A candidate of a baseline had its share of steps.
    Candidate {
        /// How often candidates were sorted out before.
        rung: usize,
        /// Its number.
        candidate: usize,
        /// Its function.
        genotype: String,
        /// The mean loss on the architecture part that it is judged by, in nats.
        validation_loss: f64,
    },
    /// An epoch of the search is over.
    Searched {
        /// The mean loss of the weight steps, in nats.
        train_loss: f64,
        /// The mean loss of the architecture steps, in nats; none where candidates are compared.
        validation_loss: Option<f64>,
        /// The mean loss on the held-out part, in nats, with the mean weights of the operations still in. It decides nothing.
        test_loss: f64,
        /// The share of right answers there.
        test_accuracy: Option<f64>,
        /// Operations left in all.
        remaining: usize,
        /// The function with the largest `α` in each slot.
        genotype: String,
        /// By slot, the entropy of the mean weights of its operations, in nats: `ln n` if `n` are equal, 0 once decided.
        entropy: BTreeMap<&'static str, f64>,
        /// By slot and name, the mean weight of each operation still in.
        weights: BTreeMap<&'static str, BTreeMap<String, f64>>,
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
        test_accuracy: f64,
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
    pub(super) fn append(&self, row: &Row) -> Result<()> {
        let mut line =
            serde_json::to_vec(row).map_err(|error| Error::Failure(error.to_string()))?;
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
    pub(super) fn rewind(&self, saved: Option<Place>) -> Result<()> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(files::at(&self.path)(error)),
        };
        let (mut kept, mut last, mut dropped) = (0, None, BTreeSet::new());
        // A line that an interruption cut short has no end.
        for (number, line) in bytes
            .split_inclusive(|byte| *byte == b'\n')
            .filter(|line| line.ends_with(b"\n"))
            .enumerate()
        {
            let place: Place = serde_json::from_slice(line).map_err(|error| {
                self.refused(&format!(
                    "line {} is damaged ({error}): put a copy of the file back, or start anew in another folder",
                    number + 1
                ))
            })?;
            if Some(place) <= saved {
                kept += line.len();
                last = Some(place);
            } else {
                dropped.insert(place);
            }
        }
        if dropped.len() > 1 || last != saved {
            let checkpoint = saved.map_or_else(
                || "the checkpoints, of which there is none,".to_owned(),
                |Place { seed, stage, epoch }| {
                    let stage = stage.name();
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
