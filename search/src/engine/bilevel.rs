//! The two optimisations: steps of the architecture and of the weights, each of which sees the gradients of its own loss alone.

use std::sync::Arc;
use std::time::Instant;

use candle_core::backprop::GradStore;
use candle_core::{Tensor, Var};

use super::event::listed;
use super::{Cost, GroupReport, SearchConfig};
use crate::cell::{Base, Cell, Group, Mode, Pass, Reach};
use crate::error::{Error, Result};
use crate::objective::Metrics;
use crate::optim::{Adam, Optimizer, clip};
use crate::space::Slot;
use crate::state::{self, State};
use crate::task::{self, Task};

/// Steps from one step with ReLU, the yardstick of [`Cost`], to the next.
const YARDSTICK_EVERY: u64 = 16;

/// The names of the two steps in errors.
const ARCHITECTURE: &str = "architecture";
const WEIGHT: &str = "weight";

/// A network, its cell, and an optimiser for each.
pub(super) struct Bilevel<T> {
    pub(super) cell: Cell,
    pub(super) groups: Vec<Arc<Group>>,
    pub(super) task: T,
    pub(super) cost: Cost,
    architecture: Adam,
    weights: Box<dyn Optimizer>,
    architecture_rate: f64,
    /// What the mean cost of the cell is worth in the architecture step, and the costs of all operations.
    costs: Option<(f64, Vec<f64>)>,
    accumulate: u64,
    clip: Option<f64>,
    /// The names of the task's variables that the first weight step found no gradient for.
    unreached: Option<Vec<String>>,
}

impl<T: Task> Bilevel<T> {
    /// The network of `task`, whose sites are `cell`'s.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the cell has no site or two of one name, or the task no variable.
    pub(super) fn new(config: &SearchConfig, cell: Cell, task: T) -> Result<Self> {
        let groups = cell.groups();
        if groups.is_empty() {
            return Err(Error::Invalid(
                "the cell has no site: build the network with `cell.site(\"name\")`, of this cell, in place of its \
                 activation"
                    .to_owned(),
            ));
        }
        for group in &groups {
            if let Some(site) = group.repeated_site() {
                return Err(Error::Invalid(format!(
                    "the group `{}` has more than one site `{site}`: give each its own name",
                    group.name()
                )));
            }
        }
        if task.variables().is_empty() {
            return Err(Error::Invalid(
                "the task has no variables, so that no weight would be trained: give it those of the network, for example \
                 `variables(&var_map)`"
                    .to_owned(),
            ));
        }
        let weight = config.cost_weight;
        let costs = match weight > 0.0 {
            true => Some((weight, cell.space().costs()?)),
            false => None,
        };
        Ok(Self {
            unreached: None,
            architecture: Adam::new(
                cell_variables(&groups),
                SearchConfig::architecture_optimizer(),
            )?,
            weights: config.optimizer.build(task.variables())?,
            architecture_rate: config.architecture_rate,
            accumulate: config.accumulate as u64,
            clip: config.clip,
            cost: Cost::default(),
            costs,
            cell,
            groups,
            task,
        })
    }

    /// Moves `α`, β and `m`; weights and buffers stay as they are. Returns the loss.
    pub(super) fn architecture_step(&mut self, step: u64) -> Result<f64> {
        let start = Instant::now();
        self.cell.set_mode(Mode::Mixture);
        self.cell.begin(Pass::Architecture, step);
        let buffers = self.task.buffers();
        let kept = state::save(&buffers)?;
        let (mut gradients, loss) = self.gradients(ARCHITECTURE, step, T::validation_loss)?;
        state::restore(&buffers, &kept)?;
        self.move_cell(step, &mut gradients)?;
        self.cost.architecture.count(start);
        Ok(loss)
    }

    /// Moves the weights, with the cell or an activation in its place; the cell stays as it is. Returns the loss.
    pub(super) fn weight_step(&mut self, step: u64, base: Option<Base>, rate: f64) -> Result<f64> {
        if step.is_multiple_of(YARDSTICK_EVERY) {
            self.step_with_relu(step, rate)?;
        }
        let start = Instant::now();
        self.cell.set_mode(base.map_or(Mode::Mixture, Mode::Base));
        let loss = self.move_weights(step, rate)?;
        self.cost.weights.count(start);
        Ok(loss)
    }

    /// Moves the weights together with β and `m`, along the gradient of the training loss. Returns the loss.
    pub(super) fn joint_step(&mut self, step: u64, rate: f64) -> Result<f64> {
        if step.is_multiple_of(YARDSTICK_EVERY) {
            self.step_with_relu(step, rate)?;
        }
        let start = Instant::now();
        self.cell.set_mode(Mode::Mixture);
        self.cell.begin(Pass::Architecture, step);
        let (mut gradients, loss) = self.gradients(WEIGHT, step, T::training_loss)?;
        self.move_cell(step, &mut gradients)?;
        self.descend(step, gradients, rate)?;
        self.cost.weights.count(start);
        Ok(loss)
    }

    /// The task's variables that the first weight step of this process found no gradient for; told once.
    pub(super) fn take_unreached(&mut self) -> Vec<String> {
        self.unreached
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// How good the network is as it stands, on the held-out part. Nothing changes.
    pub(super) fn evaluate(&mut self, mode: Mode, step: u64) -> Result<Metrics> {
        self.measured(mode, step, T::evaluate)
    }

    /// The mean loss on the validation split. Nothing changes.
    pub(super) fn validate(&mut self, step: u64) -> Result<f64> {
        self.measured(Mode::Found, step, task::mean_validation_loss)
    }

    /// The loss on a batch of the validation split, with the mean weights of the operations still in. Nothing changes.
    pub(super) fn validate_batch(&mut self, step: u64) -> Result<f64> {
        self.validate_batch_as(Mode::Mixture, step)
    }

    /// By how much that loss rises where each slot computes the operation of its largest `α` alone. Nothing changes.
    pub(super) fn discretisation_gap(&mut self, step: u64) -> Result<f64> {
        Ok(self.validate_batch_as(Mode::Found, step)? - self.validate_batch(step)?)
    }

    fn validate_batch_as(&mut self, mode: Mode, step: u64) -> Result<f64> {
        self.measured(mode, step, |task| {
            task::value(&task.validation_loss(step)?.detach())
        })
    }

    /// What each group has come to.
    pub(super) fn report(&self) -> Result<Vec<GroupReport>> {
        let of = |group: &Arc<Group>| {
            Ok(GroupReport {
                group: group.name().to_owned(),
                remaining: group.choices().total(),
                genotype: group.genotype()?,
            })
        };
        self.groups.iter().map(of).collect()
    }

    /// Everything that the next steps depend on.
    pub(super) fn state(&self) -> Result<State> {
        let mut state = State::new();
        for group in &self.groups {
            let name = format!("cell.{}", group.name());
            state.extend(state::nest(&name, group.state()?));
        }
        let parts = [
            ("weights", state::save(&self.network())?),
            ("architecture_optimizer", self.architecture.state()?),
            ("weight_optimizer", self.weights.state()?),
        ];
        for (name, part) in parts {
            state.extend(state::nest(name, part));
        }
        Ok(state)
    }

    /// Continues from a saved state. After an error some of it may be loaded.
    pub(super) fn load_state(&mut self, state: &State) -> Result<()> {
        state::restore(&self.network(), &state::part(state, "weights"))?;
        let cells = state::part(state, "cell");
        for group in &self.groups {
            group.load_state(&state::part(&cells, group.name()))?;
        }
        self.architecture
            .load_state(&state::part(state, "architecture_optimizer"))?;
        self.weights
            .load_state(&state::part(state, "weight_optimizer"))
    }

    /// All variables of the network, trained or not.
    fn network(&self) -> Vec<(String, Var)> {
        let mut network = self.task.variables();
        network.extend(self.task.buffers());
        network
    }

    /// A weight step with ReLU, which is timed and then undone.
    fn step_with_relu(&mut self, step: u64, rate: f64) -> Result<()> {
        let network = self.network();
        let (kept, optimizer) = (state::save(&network)?, self.weights.state()?);
        let start = Instant::now();
        self.cell.set_mode(Mode::Base(Base::Relu));
        let made = self.move_weights(step, rate);
        self.cost.relu.count(start);
        state::restore(&network, &kept)?;
        self.weights.load_state(&optimizer)?;
        match made {
            // The network of the search need not be stable with ReLU.
            Ok(_) | Err(Error::SearchDiverged { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn move_weights(&mut self, step: u64, rate: f64) -> Result<f64> {
        self.cell.begin(Pass::Weights, step);
        let (gradients, loss) = self.gradients(WEIGHT, step, T::training_loss)?;
        self.descend(step, gradients, rate)?;
        Ok(loss)
    }

    fn move_cell(&mut self, step: u64, gradients: &mut GradStore) -> Result<()> {
        self.gather(step, gradients)?;
        if let Some((weight, costs)) = &self.costs {
            for group in &self.groups {
                group.add_cost(gradients, *weight, costs)?;
            }
        }
        self.architecture.step(gradients, self.architecture_rate)?;
        check(ARCHITECTURE, step, &cell_variables(&self.groups))
    }

    fn descend(&mut self, step: u64, mut gradients: GradStore, rate: f64) -> Result<()> {
        if self.unreached.is_none() {
            self.unreached = Some(unreached(&self.task.variables(), &gradients)?);
        }
        if let Some(limit) = self.clip {
            clip(&self.task.variables(), &mut gradients, limit)?;
        }
        self.weights.step(&gradients, rate)?;
        check(WEIGHT, step, &self.network())
    }

    /// Gradients and value of the mean loss over the batches of a step.
    fn gradients(
        &mut self,
        pass: &'static str,
        step: u64,
        loss: impl Fn(&mut T, u64) -> Result<Tensor>,
    ) -> Result<(GradStore, f64)> {
        let (mut gradients, mut mean) = (GradStore::default(), 0.0);
        for i in 0..self.accumulate {
            let loss = loss(&mut self.task, step * self.accumulate + i)?;
            if loss.elem_count() != 1 {
                return Err(Error::Invalid(format!(
                    "the loss of the {pass} step has shape {:?}: return one number, its mean for example (`.mean_all()`)",
                    loss.dims()
                )));
            }
            let loss = (loss.flatten_all()?.squeeze(0)? / self.accumulate as f64)?;
            mean += task::value(&loss)?;
            if !mean.is_finite() {
                return Err(diverged(
                    pass,
                    step,
                    format!("the loss of the {pass} step is {mean}"),
                ));
            }
            gradients.extend(loss.backward()?)?;
        }
        Ok((gradients, mean))
    }

    /// Gathers the gradients of `α`, β and `m`, and sees to it that there are some.
    fn gather(&self, step: u64, gradients: &mut GradStore) -> Result<()> {
        let refused = |group: &Group, reason: &str| {
            Err(Error::Invalid(format!(
                "the loss does not depend on the sites of `{}`: {reason}",
                group.name()
            )))
        };
        for group in &self.groups {
            let decided = group.choices().total() == Slot::ALL.len();
            match group.gather(gradients)? {
                Reach::Unused => {
                    return refused(
                        group,
                        "none of them ran; apply them in the network's forward pass",
                    );
                }
                Reach::Detached => {
                    return refused(
                        group,
                        "no gradient reaches them; look for a `detach`, or an operation without a backward pass, behind them",
                    );
                }
                // Later, a batch without gradients is bad luck.
                Reach::Zero if step == 0 && !decided => {
                    return refused(
                        group,
                        "the gradients of all operations are 0; look at what the network makes of their outputs",
                    );
                }
                Reach::Zero | Reach::Alpha => {}
            }
        }
        if let Some(late) = self.cell.groups().get(self.groups.len()) {
            return Err(Error::Invalid(format!(
                "`{}` or another group got its first site after the search was made: build the whole network before `Search::new`",
                late.name()
            )));
        }
        Ok(())
    }

    fn measured<V>(
        &mut self,
        mode: Mode,
        step: u64,
        measure: impl Fn(&mut T) -> Result<V>,
    ) -> Result<V> {
        let start = Instant::now();
        let buffers = self.task.buffers();
        let kept = state::save(&buffers)?;
        self.cell.set_mode(mode);
        self.cell.begin(Pass::Evaluation, step);
        let value = measure(&mut self.task)?;
        state::restore(&buffers, &kept)?;
        self.cost.validation.count(start);
        Ok(value)
    }
}

/// The variables without a gradient, by name.
///
/// # Errors
/// [`Error::Invalid`] if none has one.
fn unreached(variables: &[(String, Var)], gradients: &GradStore) -> Result<Vec<String>> {
    let without = variables
        .iter()
        .filter(|(_, var)| gradients.get(var).is_none());
    let names: Vec<String> = without.map(|(name, _)| name.clone()).collect();
    if names.len() == variables.len() {
        return Err(Error::Invalid(format!(
            "the training loss has a gradient for none of the task's variables ({}): give the task those that the network was built \
             from, and look for a `detach`, or an operation without a backward pass, behind them",
            listed(&names)
        )));
    }
    Ok(names)
}

/// Stops the search if what a step has moved is not finite: the next loss need not show it.
fn check(pass: &'static str, step: u64, moved: &[(String, Var)]) -> Result<()> {
    let tensors = moved.iter().map(|(name, var)| (name, var.as_tensor()));
    match state::not_finite(tensors)? {
        None => Ok(()),
        Some(name) => Err(diverged(
            pass,
            step,
            format!("the {pass} step makes `{name}` NaN or infinite"),
        )),
    }
}

fn diverged(pass: &'static str, step: u64, what: String) -> Error {
    Error::SearchDiverged {
        pass,
        what,
        step: step as usize,
        checkpoint: None,
    }
}

/// The variables of all groups, by name.
fn cell_variables(groups: &[Arc<Group>]) -> Vec<(String, Var)> {
    let of = |group: &Arc<Group>| {
        let prefix = group.name().to_owned();
        let variables = group.variables().into_iter();
        variables.map(move |(name, var)| (format!("{prefix}.{name}"), var))
    };
    groups.iter().flat_map(of).collect()
}
