//! The run folder: what lies where, and who may write there.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::metrics::{EpochId, MetricsFile, Record};
use super::{DESCRIPTIONS, Experiment, Provenance, Registry, Specification, Stage};
use crate::engine::Cost;
use crate::error::{Error, Result};
use crate::files::{self, at};
use crate::report::Outcome;
use crate::state::State;

/// The specification; a folder without it is not a run folder.
const CONFIG: &str = "config.toml";
const METRICS: &str = "metrics.jsonl";
/// The results; a folder with it holds a finished run.
const RESULT: &str = "result.json";
/// With `steps_per_second` in the metrics, all that differs from one run to the next.
const TIMING: &str = "timing.json";
/// The programs and machines that worked on the run, in turn. It may differ from one run to the next, too.
const PROVENANCE: &str = "provenance.json";
/// The weights of a training with activations that are given.
const MODEL: &str = "model.safetensors";
/// How often numbers come to the sites of a group.
pub(super) const HISTOGRAM: &str = "histogram.json";
const CHECKPOINTS: &str = "checkpoint";

/// The other files and folders of a run folder: each name, and what stands there.
const FILES: [(&str, &str); 8] = [
    (CONFIG, "all settings; a folder without it is not a run"),
    (METRICS, "a line for each epoch, removal and candidate"),
    (RESULT, "the results; a folder with it is finished"),
    (
        HISTOGRAM,
        "how often the numbers that come to the sites lie where",
    ),
    (
        MODEL,
        "the weights of the network, of a training without a search",
    ),
    (TIMING, "seconds of the stages, and the cost of the search"),
    (
        PROVENANCE,
        "the version, the threads and the processor of each program that worked on the run",
    ),
    (
        CHECKPOINTS,
        "a checkpoint of the search, and one of each training",
    ),
];

/// What lies in a run folder: each name, and what stands there. Whoever runs an experiment may add files that describe what was found.
pub fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    let descriptions = DESCRIPTIONS.iter().map(|file| (file.name, file.about));
    FILES.into_iter().chain(descriptions)
}

/// What the clock says of a run, over all the processes that worked on it: `timing.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Timing {
    /// Seconds spent in the stages of each name.
    pub seconds: BTreeMap<String, f64>,
    /// What the search cost, beside steps with ReLU.
    pub search: Cost,
}

/// A run folder that this process alone writes.
pub struct Folder {
    path: PathBuf,
    metrics: MetricsFile,
    timing: Timing,
    /// Held as long as the folder is open.
    _lock: File,
}

impl Folder {
    /// Makes a new folder for a run with these settings, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] if the folder cannot be made: [`ErrorKind::AlreadyExists`] if there is something at `path`,
    /// [`ErrorKind::NotADirectory`] if a file stands where a folder above it should be.
    pub fn create(path: &Path, specification: &Specification) -> Result<Self> {
        let text = specification.to_toml()?;
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            fs::create_dir_all(parent).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => at(parent)(ErrorKind::NotADirectory.into()),
                _ => at(parent)(error),
            })?;
        }
        let made = files::make_folder(path, |hidden| {
            let checkpoints = hidden.join(CHECKPOINTS);
            fs::create_dir(&checkpoints).map_err(at(path))?;
            files::write(&hidden.join(CONFIG), text.as_bytes())
        });
        made.map_err(|error| match error {
            Error::Io { source, .. } => match source.kind() {
                ErrorKind::DirectoryNotEmpty => at(path)(ErrorKind::AlreadyExists.into()),
                _ => at(path)(source),
            },
            other => other,
        })?;
        Self::lock(path)
    }

    /// Opens the folder of an earlier run, with its experiment.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `path` is not a run folder, its settings are incomplete, or another process is at work there.
    pub fn open(path: &Path, registry: &Registry) -> Result<(Self, Experiment)> {
        let config = path.join(CONFIG);
        let bytes = fs::read(&config).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Error::Invalid(format!(
                "{} is not a run folder (it has no {CONFIG}): give the folder of an earlier run",
                path.display()
            )),
            _ => at(&config)(error),
        })?;
        let experiment = String::from_utf8(bytes)
            .map_err(|error| Error::Invalid(error.to_string()))
            .and_then(|text| Specification::from_toml(&text))
            .and_then(|specification| Experiment::new(specification, registry))
            .map_err(|error| match error {
                Error::Invalid(reason) => Error::Invalid(format!(
                    "{}: {reason}\nThe settings of a run cannot be changed, and only the version that wrote them reads them",
                    config.display()
                )),
                other => other,
            })?;
        Ok((Self::lock(path)?, experiment))
    }

    fn lock(path: &Path) -> Result<Self> {
        let config = path.join(CONFIG);
        let lock = File::open(&config).map_err(at(&config))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Invalid(format!(
                    "another process is using {}: wait for it to finish",
                    path.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(at(&config)(error)),
        }
        Ok(Self {
            metrics: MetricsFile::new(path.join(METRICS)),
            timing: read(&path.join(TIMING), "remove it: only the times are lost")?
                .unwrap_or_default(),
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the clock says so far.
    pub fn timing(&self) -> &Timing {
        &self.timing
    }

    /// The results, if the run is finished.
    ///
    /// # Errors
    /// [`Error::State`] if they are damaged.
    pub fn outcome(&self) -> Result<Option<Outcome>> {
        read(
            &self.path.join(RESULT),
            "remove it: resuming the run makes it again from the checkpoints",
        )
    }

    /// Writes the weights of a network.
    pub(super) fn write_model(&self, state: &State) -> Result<()> {
        let bytes = safetensors::serialize(state, None)
            .map_err(|error| Error::Failure(format!("{MODEL}: {error}")))?;
        files::write(&self.path.join(MODEL), &bytes)
    }

    /// Where the checkpoint of the stage lies, or will.
    pub(super) fn checkpoint(&self, stage: &Stage) -> PathBuf {
        self.path.join(CHECKPOINTS).join(stage.checkpoint())
    }

    /// Whether the folder has a file of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.path.join(name).exists()
    }

    /// Notes who works on the run from here on, unless that is as before.
    pub(super) fn note(&self, provenance: Provenance) -> Result<()> {
        let remedy = "remove it: only the names of earlier machines are lost";
        let known: Option<Vec<Provenance>> = read(&self.path.join(PROVENANCE), remedy)?;
        let mut known = known.unwrap_or_default();
        if known.last() == Some(&provenance) {
            return Ok(());
        }
        known.push(provenance);
        self.write_json(PROVENANCE, &known)
    }

    /// Writes the results, which finishes the run.
    pub(super) fn finish(&self, outcome: &impl Serialize) -> Result<()> {
        self.write_json(RESULT, outcome)
    }

    /// Writes a file of the folder.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<()> {
        files::write(&self.path.join(name), text.as_bytes())
    }

    /// Writes a file of the folder as JSON.
    pub(super) fn write_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| Error::Failure(error.to_string()))?;
        self.write(name, &(text + "\n"))
    }

    /// Writes a file of the folder as one line of JSON: lists of numbers in it are long.
    pub(super) fn write_line(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let text =
            serde_json::to_string(value).map_err(|error| Error::Failure(error.to_string()))?;
        self.write(name, &(text + "\n"))
    }

    pub(super) fn append(&self, record: &Record) -> Result<()> {
        self.metrics.append(record)
    }

    /// Makes the folder ready to go on after the last epoch that has a checkpoint: the metrics end with it.
    pub(super) fn rewind(&self, stages: &[Stage], saved: Option<&EpochId>) -> Result<()> {
        self.metrics.rewind(stages, saved)?;
        // A fresh run needs none of its files, but the folder for them.
        let checkpoints = self.path.join(CHECKPOINTS);
        fs::create_dir_all(&checkpoints).map_err(at(&checkpoints))
    }

    /// Adds to the time of the stages of a name.
    pub(super) fn spent(&mut self, stage: &str, seconds: f64) -> Result<()> {
        *self.timing.seconds.entry(stage.to_owned()).or_default() += seconds;
        self.write_json(TIMING, &self.timing)
    }

    /// Adds to the time of the search, which has cost so much by now.
    pub(super) fn searched(&mut self, stage: &Stage, seconds: f64, cost: Cost) -> Result<()> {
        self.timing.search = cost;
        self.spent(&stage.name, seconds)
    }
}

/// The value of a JSON file, if there is one, and what to do if it is damaged.
fn read<T: DeserializeOwned>(path: &Path, remedy: &str) -> Result<Option<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(path)(error)),
    };
    let value = serde_json::from_slice(&bytes);
    value.map(Some).map_err(|error| {
        Error::State(format!(
            "{} is damaged or of another version ({error}): {remedy}",
            path.display()
        ))
    })
}
