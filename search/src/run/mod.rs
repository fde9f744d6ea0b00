//! A whole run: the search, then the network trained from scratch with the found function, with ReLU and with GELU, with one seed
//! or several; with no epochs for that, the search alone.
//!
//! Everything that a run has come to lies in its [`Folder`], and each stage is a pure function of the settings and of the
//! stages before: whoever opens the folder again goes on from the last checkpoint, and on the same type of processor the files in it
//! end as the same bytes, but for what the clock says (`timing.json`, and `steps_per_second` in `metrics.jsonl`) and for who did the
//! work (`provenance.json`).

mod config;
mod description;
mod folder;
mod metrics;
mod provenance;
mod retrain;
mod search;
mod stage;
mod task;

pub use config::{DataSet, RetrainSettings, RunConfig, SearchSettings};
pub use description::{DESCRIPTIONS, Description};
pub use folder::{Folder, Timing};
pub use metrics::{Place, Row, RowEvent};
pub use provenance::Provenance;
pub use search::Discovery;
pub use stage::Stage;
pub use task::Classification;

use crate::data::Splits;
use crate::error::Result;
use crate::report::{Outcome, Retrained, SeedScore};
use description::describe;
use retrain::Retraining;

/// What those who watch a run are told.
#[derive(Clone, Copy, Debug)]
pub enum Update<'a> {
    /// A stage begins, or goes on.
    Begin {
        /// Which.
        stage: Stage,
        /// With which seed.
        seed: u64,
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

/// Runs what is left of a run. Of a finished one nothing is, but for files that describe the function and have gone missing: those of
/// [`DESCRIPTIONS`], and `also` others.
///
/// # Errors
/// Whatever fails in a stage; the folder then holds all epochs that have a checkpoint.
pub fn run(
    config: &RunConfig,
    folder: &mut Folder,
    also: &[Description],
    watch: &mut dyn FnMut(Update<'_>),
) -> Result<Outcome> {
    let files = DESCRIPTIONS.iter().chain(also).copied();
    if let Some(outcome) = folder.outcome()? {
        let missing: Vec<Description> = files.filter(|file| !folder.has(file.name)).collect();
        if !missing.is_empty() {
            describe(&Discovery::of(&outcome)?, config, folder, missing)?;
        }
        return Ok(outcome);
    }
    folder.note(Provenance::here())?;
    let data = Splits::new(&config.data.load()?, config.seed)?;
    let (found, mut before) = search::run(config, &data, folder, watch)?;
    describe(&found, config, folder, files)?;
    let mut retrained: Vec<Retrained> = Vec::new();
    if config.retrain.epochs > 0 {
        retrained.extend(Stage::RETRAININGS.map(|stage| Retrained {
            activation: stage.name().to_owned(),
            formula: retrain::formula(stage, &found),
            scores: Vec::new(),
        }));
    }
    for seed in config.retrain.seeds(config.seed) {
        for (stage, retrained) in Stage::RETRAININGS.into_iter().zip(&mut retrained) {
            let retraining = Retraining::new(config, &data, stage, seed, &found)?;
            let score = retraining.run(before, folder, watch)?;
            retrained.scores.push(SeedScore { seed, score });
            before = retraining.end();
        }
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
        constants: found.function.constants().clone(),
        formulas: found.function.formulas(),
        searched: found.metrics,
        retrained,
    };
    folder.finish(&outcome)?;
    Ok(outcome)
}
