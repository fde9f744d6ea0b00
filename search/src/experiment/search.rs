//! The first stage: the search.

use std::collections::BTreeMap;
use std::time::Instant;

use candle_nn::VarMap;

use super::discovery::Discovery;
use super::front::{self, FRONT};
use super::groups::Grouped;
use super::{ByGroup, EpochId, Experiment, Folder, GroupState, Record, RecordEvent, Update};
use crate::cell::{Cell, Group};
use crate::checkpoint::{self, TASK};
use crate::engine::{Event, GroupReport, Search};
use crate::error::Result;
use crate::space::Slot;
use crate::state;
use crate::task::{Split, Task};

/// Searches on from the checkpoint, if there is one. Gives what was found, and the last epoch.
pub(super) fn run(
    experiment: &Experiment,
    folder: &mut Folder,
    watch: &mut dyn FnMut(Update<'_>),
) -> Result<(Discovery, EpochId)> {
    let specification = &experiment.specification;
    let stage = &experiment.stages[0];
    let checkpoint = folder.checkpoint(stage);
    if checkpoint.exists() {
        // Before a network is built that may be of another size.
        checkpoint::check(&checkpoint, TASK, &specification.to_json()?)?;
    }
    experiment.check_memory()?;
    let relaxation = specification.search.relaxation.build();
    let cell = Cell::with_relaxation(specification.space.clone(), stage.seed, relaxation)?;
    let task = task(experiment, &cell)?;
    let steps_per_epoch = experiment.search_steps_per_epoch();
    let mut search = Search::new(specification.search(steps_per_epoch), cell.clone(), task)?;
    if checkpoint.exists() {
        search.load(&checkpoint)?;
    }
    search.add_cost(&folder.timing().search);
    // The last epoch of a baseline, whose steps are shared out among its candidates, may have fewer steps.
    let epochs = search.steps().div_ceil(steps_per_epoch);
    let done = search.step().div_ceil(steps_per_epoch);
    if done < epochs {
        let saved = (done > 0).then(|| EpochId::new(stage, done));
        folder.rewind(&experiment.stages, saved.as_ref())?;
    }
    watch(Update::Begin {
        stage,
        epochs,
        done,
        steps_per_epoch,
    });
    for epoch in done + 1..=epochs {
        let start = Instant::now();
        let steps = steps_per_epoch.min(search.steps() - search.step());
        for _ in 0..steps {
            let mut events = Vec::new();
            search.advance(None, &mut |event| {
                let speed = steps as f64 / start.elapsed().as_secs_f64();
                events.extend(record_event(event, &cell, speed));
            })?;
            for event in events {
                let record = Record {
                    epoch: EpochId::new(stage, epoch),
                    event: event?,
                };
                folder.append(&record)?;
                watch(Update::Record(&record));
            }
            watch(Update::Step);
        }
        search.save(&checkpoint)?;
        folder.searched(stage, start.elapsed().as_secs_f64(), *search.cost())?;
    }
    let found = search.run(None, &mut |_| {})?;
    let start = Instant::now();
    let mut network = search.task().variables();
    network.extend(search.task().buffers());
    let network = state::save(&network)?;
    drop(search);
    let found = front::explore(experiment, Discovery::new(&found)?, network, folder)?;
    folder.spent(FRONT, start.elapsed().as_secs_f64())?;
    Ok((found, EpochId::new(stage, epochs)))
}

/// The network with the cell at every site, as a task of the search.
fn task(experiment: &Experiment, cell: &Cell) -> Result<Split> {
    let specification = &experiment.specification;
    let stage = &experiment.stages[0];
    let vars = VarMap::new();
    let groups = &specification.groups;
    let device = stage.device.device();
    let activations = Grouped { cell, groups };
    let architecture = &experiment.architecture;
    let model = architecture.build(&activations, &vars, &device, stage.seed)?;
    let split = Split::new(
        experiment.supervised(model, vars),
        experiment.splits.clone(),
        experiment.data.test.clone(),
        specification.batch,
        stage.seed,
        specification.to_json()?,
    )?;
    Ok(split.with_label_smoothing(specification.training.label_smoothing))
}

/// What the engine tells, as a line of `metrics.jsonl`, if it belongs there. The speed is that at the end of an epoch.
fn record_event(event: &Event, cell: &Cell, speed: f64) -> Option<Result<RecordEvent>> {
    let groups = cell.groups();
    match event {
        Event::Removed {
            group,
            slot,
            operation,
            ..
        } => {
            let of = groups.iter().find(|of| of.name() == group)?;
            Some(Ok(RecordEvent::Removed {
                group: (groups.len() > 1).then(|| group.clone()),
                slot: slot.name(),
                operation: operation.clone(),
                remaining: of.choices().total(),
            }))
        }
        Event::Candidate {
            rung,
            candidate,
            groups,
            loss,
            ..
        } => Some(Ok(RecordEvent::Candidate {
            rung: *rung,
            candidate: *candidate,
            genotype: by_group(groups, |report| Ok(report.genotype.to_string())).ok()?,
            validation_loss: *loss,
        })),
        Event::Epoch {
            train_loss,
            validation_loss,
            discretisation_gap,
            metrics,
            groups: reports,
            ..
        } => {
            let state = |report: &GroupReport| {
                let group = groups.iter().find(|of| of.name() == report.group);
                let weights = group.map(|group| weights(group)).transpose()?;
                let weights = weights.unwrap_or_default();
                Ok(GroupState {
                    remaining: report.remaining,
                    genotype: report.genotype.to_string(),
                    entropy: weights
                        .iter()
                        .map(|(slot, weights)| (*slot, entropy(weights)))
                        .collect(),
                    weights,
                })
            };
            Some(
                by_group(reports, state).map(|groups| RecordEvent::Searched {
                    train_loss: *train_loss,
                    validation_loss: *validation_loss,
                    discretisation_gap: *discretisation_gap,
                    test_loss: metrics.loss,
                    test_accuracy: metrics.accuracy,
                    groups,
                    steps_per_second: speed,
                }),
            )
        }
        _ => None,
    }
}

/// A value of each group.
fn by_group<T>(
    reports: &[GroupReport],
    value: impl Fn(&GroupReport) -> Result<T>,
) -> Result<ByGroup<T>> {
    if let [one] = reports {
        return value(one).map(ByGroup::One);
    }
    let values = reports.iter();
    let groups = values.map(|report| Ok((report.group.clone(), value(report)?)));
    Ok(ByGroup::Several {
        groups: groups.collect::<Result<_>>()?,
    })
}

/// By slot and name, the mean weights of the operations still in.
fn weights(group: &Group) -> Result<BTreeMap<&'static str, BTreeMap<String, f64>>> {
    let (choices, mean) = (group.choices(), group.mean_weights()?);
    let of = |slot: Slot| {
        let name = |i: usize| choices.space().operation(slot, i).name().to_owned();
        let left = choices.indices(slot);
        left.map(|i| (name(i), mean[slot.offset(i)])).collect()
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
