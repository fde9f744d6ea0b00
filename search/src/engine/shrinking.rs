//! The search by gradients: two optimisations in turn, while operations are removed one by one.

use super::bilevel::Bilevel;
use super::strategy::{StepLosses, Strategy};
use super::{Event, Removal, SearchConfig, schedule};
use crate::cell::{Base, Group};
use crate::error::Result;
use crate::optim::Rates;
use crate::space::{Choices, Slot, Space};
use crate::state::{self, State};
use crate::task::Task;

/// Each step is an architecture step and a weight step; in the first periods the weights move with the base activation. At
/// [`schedule::removal_times`] every group loses the weakest operation of its fullest slot.
pub(super) struct Shrinking {
    base: Base,
    warm_steps: usize,
    steps_per_period: usize,
    rates: Rates,
    /// Operations that each group starts from.
    total: usize,
    /// Which operation leaves.
    removal: Removal,
    /// Completed periods at which one operation leaves, in order.
    removals: Vec<usize>,
}

/// How many operations are tried by their loss.
const TRIED: usize = 4;

impl Shrinking {
    pub(super) fn new(config: &SearchConfig, space: &Space) -> Result<Self> {
        let total = space.choices().total();
        let removable = total - Slot::ALL.len();
        Ok(Self {
            base: config.base,
            warm_steps: config.warm_periods * config.steps_per_period,
            steps_per_period: config.steps_per_period,
            rates: config.rates(config.steps()),
            removals: schedule::removal_times(config.periods, config.shrink_start, removable)?,
            removal: config.removal,
            total,
        })
    }

    /// Takes out what is due before step `step`.
    fn shrink<T: Task>(
        &self,
        step: usize,
        network: &mut Bilevel<T>,
        observe: &mut dyn FnMut(&Event),
    ) -> Result<()> {
        let completed = step / self.steps_per_period;
        let due = self.removals.partition_point(|&time| time <= completed);
        for group in network.groups.clone() {
            while self.total - group.choices().total() < due {
                let Some((slot, operation)) = self.remove(step, &group, network)? else {
                    break;
                };
                observe(&Event::Removed {
                    step,
                    group: group.name().to_owned(),
                    slot,
                    operation,
                });
            }
        }
        Ok(())
    }

    /// Takes out an operation of a group; `None` once each slot has one left.
    fn remove<T: Task>(
        &self,
        step: usize,
        group: &Group,
        network: &mut Bilevel<T>,
    ) -> Result<Option<(Slot, String)>> {
        if self.removal == Removal::Weight {
            return group.shrink();
        }
        let mut best: Option<(f64, Slot, String, Choices)> = None;
        for (slot, operation, left) in group.without_each(TRIED)? {
            group.set_choices(left.clone());
            let loss = network.validate_batch(step as u64)?;
            // NaN is more than any number; of equals the weakest leaves.
            if best
                .as_ref()
                .is_none_or(|(least, ..)| loss.total_cmp(least).is_lt())
            {
                best = Some((loss, slot, operation, left));
            }
        }
        Ok(best.map(|(_, slot, operation, left)| {
            group.set_choices(left);
            (slot, operation)
        }))
    }
}

impl<T: Task> Strategy<T> for Shrinking {
    fn steps(&self) -> usize {
        self.rates.steps
    }

    fn step(
        &mut self,
        step: usize,
        network: &mut Bilevel<T>,
        observe: &mut dyn FnMut(&Event),
    ) -> Result<StepLosses> {
        self.shrink(step, network, observe)?;
        let validation = network.architecture_step(step as u64)?;
        let base = (step < self.warm_steps).then_some(self.base);
        let rate = self.rates.at(step);
        Ok(StepLosses {
            train: network.weight_step(step as u64, base, rate)?,
            validation: Some(validation),
            rate,
        })
    }

    fn state(&self) -> Result<State> {
        Ok(State::new())
    }

    fn load_state(&mut self, state: &State) -> Result<()> {
        state::restore(&[], state)
    }
}
