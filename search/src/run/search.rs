//! The first stage: the search.

use std::collections::BTreeMap;
use std::time::Instant;

use super::{Classification, Folder, Place, Row, RowEvent, RunConfig, Stage, Update};
use crate::cell::Cell;
use crate::data::Splits;
use crate::engine::checkpoint::{self, TASK};
use crate::engine::{Event, FoundFunction, Metrics, Search};
use crate::error::Result;
use crate::report::{Function, Outcome};
use crate::space::Slot;

/// What the search found.
#[non_exhaustive]
pub struct Discovery {
    /// The names of its operations.
    pub genotype: String,
    /// The function.
    pub function: Function,
    /// How good the search's own network is with it.
    pub metrics: Metrics,
}

impl Discovery {
    /// What the search of a finished run found.
    pub(super) fn of(outcome: &Outcome) -> Result<Self> {
        Ok(Self {
            genotype: outcome.genotype.clone(),
            function: Function::read(&outcome.formulas.raw, &outcome.constants)?,
            metrics: outcome.searched,
        })
    }
}

/// Searches on from the checkpoint, if there is one. Gives what was found, and the last epoch.
pub(super) fn run(
    config: &RunConfig,
    data: &Splits,
    folder: &mut Folder,
    watch: &mut dyn FnMut(Update<'_>),
) -> Result<(Discovery, Place)> {
    let (stage, seed) = (Stage::Search, config.seed);
    let checkpoint = folder.checkpoint(stage, seed);
    if checkpoint.exists() {
        // Before a network is built that may be of another size.
        checkpoint::check(&checkpoint, TASK, &config.to_json()?)?;
    }
    let relaxation = config.search.relaxation.build();
    let cell = Cell::with_relaxation(config.space.clone(), config.seed, relaxation)?;
    let task = Classification::new(config, &cell, data)?;
    let steps_per_epoch = task.steps_per_epoch();
    let mut search = Search::new(config.search(steps_per_epoch), cell.clone(), task)?;
    if checkpoint.exists() {
        search.load(&checkpoint)?;
    }
    search.add_cost(&folder.timing().search);
    // The last epoch of a baseline, whose steps are shared out among its candidates, may have fewer steps.
    let epochs = search.steps().div_ceil(steps_per_epoch);
    let done = search.step().div_ceil(steps_per_epoch);
    let place = |epoch| Place { seed, stage, epoch };
    if done < epochs {
        folder.rewind((done > 0).then(|| place(done)))?;
    }
    watch(Update::Begin {
        stage,
        seed,
        epochs,
        done,
        steps_per_epoch,
    });
    for epoch in done + 1..=epochs {
        let start = Instant::now();
        let place = place(epoch);
        let steps = steps_per_epoch.min(search.steps() - search.step());
        for _ in 0..steps {
            let mut rows = Vec::new();
            search.advance(None, &mut |event| {
                let speed = steps as f64 / start.elapsed().as_secs_f64();
                rows.extend(row_event(event, &cell, speed));
            })?;
            for event in rows {
                let row = Row {
                    place,
                    event: event?,
                };
                folder.append(&row)?;
                watch(Update::Row(&row));
            }
            watch(Update::Step);
        }
        search.save(&checkpoint)?;
        folder.searched(start.elapsed().as_secs_f64(), *search.cost())?;
    }
    let found = search.run(None, &mut |_| {})?;
    let FoundFunction {
        genotype,
        constants,
        ..
    } = &found.functions[0];
    let function = Function::new(genotype, constants)?;
    let discovery = Discovery {
        genotype: genotype.to_string(),
        function,
        metrics: found.metrics,
    };
    Ok((discovery, place(epochs)))
}

/// What the engine tells, as a line of `metrics.jsonl`, if it belongs there. The speed is that at the end of an epoch.
fn row_event(event: &Event, cell: &Cell, speed: f64) -> Option<Result<RowEvent>> {
    match event {
        Event::Removed {
            slot, operation, ..
        } => Some(Ok(RowEvent::Removed {
            slot: slot.name(),
            operation: operation.clone(),
            remaining: cell.own_group().choices().total(),
        })),
        Event::Candidate {
            rung,
            candidate,
            groups,
            loss,
            ..
        } => Some(Ok(RowEvent::Candidate {
            rung: *rung,
            candidate: *candidate,
            genotype: groups[0].genotype.to_string(),
            validation_loss: *loss,
        })),
        Event::Epoch {
            train_loss,
            validation_loss,
            metrics,
            groups,
            ..
        } => Some(weights(cell).map(|weights| {
            RowEvent::Searched {
                train_loss: *train_loss,
                validation_loss: *validation_loss,
                test_loss: metrics.loss,
                test_accuracy: metrics.accuracy,
                remaining: groups[0].remaining,
                genotype: groups[0].genotype.to_string(),
                entropy: weights
                    .iter()
                    .map(|(slot, weights)| (*slot, entropy(weights)))
                    .collect(),
                weights,
                steps_per_second: speed,
            }
        })),
        _ => None,
    }
}

/// By slot and name, the mean weights of the operations still in.
fn weights(cell: &Cell) -> Result<BTreeMap<&'static str, BTreeMap<String, f64>>> {
    let (choices, mean) = (cell.own_group().choices(), cell.own_group().mean_weights()?);
    let of = |slot: Slot| {
        let name = |i: usize| choices.space().operation(slot, i).name().to_owned();
        let left = choices.indices(slot);
        left.map(|i| (name(i), mean[slot.place(i)])).collect()
    };
    Ok(Slot::ALL.map(|slot| (slot.name(), of(slot))).into())
}

/// The entropy of these weights; `+ 0` turns the −0 of a single one into 0.
fn entropy(weights: &BTreeMap<String, f64>) -> f64 {
    -weights
        .values()
        .filter(|p| **p > 0.0)
        .map(|p| p * p.ln())
        .sum::<f64>()
        + 0.0
}
