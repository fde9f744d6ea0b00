//! A whole run: the search, then the network trained from scratch with the found function, with ReLU and with GELU; with no
//! epochs for that, the search alone.
//!
//! Everything that a run has come to lies in its [`Folder`], and each stage is a pure function of the settings and of the
//! stages before: whoever opens the folder again goes on from the last checkpoint, and the files in it end as the same bytes, but
//! for what the clock says: `timing.json`, and `steps_per_second` in `metrics.jsonl`.

mod config;
mod folder;
mod metrics;
mod retrain;
mod search;
mod stage;
mod task;

pub use config::{DataSet, RetrainSettings, RunConfig, SearchSettings};
pub use folder::{Folder, Timing};
pub use metrics::{Place, Row, RowEvent};
pub use stage::Stage;
pub use task::Classification;

use crate::data::Splits;
use crate::error::Result;
use crate::report::{Outcome, Retrained};
use retrain::Retraining;

/// What those who watch a run are told.
#[derive(Clone, Copy, Debug)]
pub enum Update<'a> {
    /// A stage begins, or goes on.
    Begin {
        /// Which.
        stage: Stage,
        /// Epochs in all.
        epochs: usize,
        /// Epochs done.
        done: usize,
        /// Steps of an epoch.
        steps_per_epoch: usize,
    },
    /// A step was made; of the search only.
    Step,
    /// A line was added to `metrics.jsonl`.
    Row(&'a Row),
}

/// Runs what is left of a run.
///
/// # Errors
/// Whatever fails in a stage; the folder then holds all epochs that have a checkpoint.
pub fn run(
    config: &RunConfig,
    folder: &mut Folder,
    watch: &mut dyn FnMut(Update<'_>),
) -> Result<Outcome> {
    if let Some(outcome) = folder.outcome()? {
        return Ok(outcome);
    }
    let data = Splits::new(&config.data.load()?, config.seed)?;
    let found = search::run(config, &data, folder, watch)?;
    let mut retrained = Vec::new();
    let retrainings = match config.retrain.epochs {
        0 => &[][..],
        _ => &Stage::RETRAININGS,
    };
    for &stage in retrainings {
        let retraining = Retraining::new(config, &data, stage, &found)?;
        retrained.push(Retrained {
            activation: stage.name().to_owned(),
            formula: retraining.formula().to_owned(),
            score: retraining.run(folder, watch)?,
        });
    }
    let outcome = Outcome {
        seed: config.seed,
        data: config.data.name().to_owned(),
        depth: config.network.depth,
        search_epochs: config.search.epochs,
        retrain_epochs: config.retrain.epochs,
        training_steps: config.search.epochs * data.train.len().div_ceil(config.batch),
        held_out: data.test.len(),
        genotype: found.genotype,
        formulas: found.function.formulas(),
        searched: found.metrics,
        retrained,
    };
    folder.finish(&outcome)?;
    Ok(outcome)
}
