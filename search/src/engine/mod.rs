//! The search: two optimisations in turn, while operations leave.
//!
//! Each step is an architecture step, which moves `α`, β and `m` along the gradient of a loss on the architecture part of the
//! data, and then a weight step, which moves the network's weights along that of a loss on the weight part. Each optimiser
//! owns its variables and sees only the gradients of its own loss. Operations leave at [`schedule::removal_times`]; what is
//! left in the end is one function, with which the network trains for the last period, is evaluated and saved.

pub mod checkpoint;
mod config;
pub mod schedule;
mod task;

use std::path::{Path, PathBuf};

use candle_core::backprop::GradStore;
use candle_core::{DType, Tensor, Var};

pub use config::SearchConfig;
pub use task::{Metrics, Task};

use crate::cell::{Cell, Mode, Pass};
use crate::error::{Error, Result};
use crate::genotype::{Constants, Genotype};
use crate::optim::{Adam, Cosine, Optimizer};
use crate::space::Slot;
use crate::state::{self, State};
use checkpoint::Header;

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
        /// The loss of the architecture step.
        validation_loss: f64,
        /// The learning rate of the weights.
        rate: f64,
    },
    /// An operation left.
    Removed {
        /// Steps made.
        step: usize,
        /// Where it was.
        slot: Slot,
        /// Its name.
        operation: String,
    },
    /// The periods between two reports are over.
    Epoch {
        /// Periods completed.
        period: usize,
        /// The mean loss of the weight steps.
        train_loss: f64,
        /// The mean loss of the architecture steps.
        validation_loss: f64,
        /// Operations left in all.
        remaining: usize,
        /// The function with the largest `α` in each slot.
        genotype: Genotype,
    },
    /// A checkpoint was written.
    Saved {
        /// Where.
        path: PathBuf,
    },
}

/// The result of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The function.
    pub genotype: Genotype,
    /// Its trained constants.
    pub constants: Constants,
    /// How good the network is with this very function, on the held-out data.
    pub metrics: Metrics,
}

/// A search that can be run, saved and resumed.
pub struct Search<T> {
    config: SearchConfig,
    cell: Cell,
    task: T,
    architecture: Adam,
    weights: Box<dyn Optimizer>,
    rate: Cosine,
    /// Completed periods at which one operation leaves, in order.
    removals: Vec<usize>,
    step: usize,
    /// Sums of the losses since the last report: weight, architecture.
    losses: [f64; 2],
    last_checkpoint: Option<PathBuf>,
}

impl<T: Task> Search<T> {
    /// A search with the network of `task`, whose sites are `cell`'s.
    ///
    /// # Errors
    /// [`Error::Usage`] if the configuration makes no sense or is of another space than the cell.
    pub fn new(config: SearchConfig, cell: Cell, task: T) -> Result<Self> {
        config.validate()?;
        if *cell.space() != config.space {
            return Err(Error::Usage(format!(
                "the cell has the {} space, the configuration the {}",
                cell.space(),
                config.space
            )));
        }
        let removable = config.space.choices().total() - Slot::ALL.len();
        Ok(Self {
            removals: schedule::removal_times(config.periods, config.shrink_start, removable)?,
            architecture: Adam::new(cell.variables(), SearchConfig::architecture_optimizer())?,
            weights: config.optimizer.build(task.variables())?,
            rate: Cosine {
                start: config.rate,
                end: config.final_rate,
                steps: config.steps(),
            },
            config,
            cell,
            task,
            step: 0,
            losses: [0.0; 2],
            last_checkpoint: None,
        })
    }

    /// Runs to the end, from the start or from where [`Self::load`] left it. With a path, every report also writes a checkpoint
    /// there.
    ///
    /// # Errors
    /// [`Error::SearchDiverged`] if a loss, or what a step moved, is not finite; whatever else fails in the task or in writing.
    pub fn run(
        &mut self,
        checkpoint: Option<&Path>,
        observe: &mut dyn FnMut(&Event),
    ) -> Result<Found> {
        while self.step < self.config.steps() {
            self.advance(checkpoint, observe)?;
        }
        self.finish()
    }

    /// Makes one step, with the removals due before it and the report due after it. Does nothing once all steps are made.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn advance(
        &mut self,
        checkpoint: Option<&Path>,
        observe: &mut dyn FnMut(&Event),
    ) -> Result<()> {
        let SearchConfig {
            steps_per_period,
            report_every,
            ..
        } = self.config;
        if self.step >= self.config.steps() {
            return Ok(());
        }
        let period = self.step / steps_per_period;
        self.shrink(period, observe)?;
        let rate = self.rate.at(self.step);
        let validation_loss = self.architecture_step()?;
        let train_loss = self.weight_step(period < self.config.warm_periods, rate)?;
        self.step += 1;
        self.losses[0] += train_loss;
        self.losses[1] += validation_loss;
        observe(&Event::Step {
            step: self.step,
            train_loss,
            validation_loss,
            rate,
        });

        let interval = steps_per_period * report_every;
        if self.step.is_multiple_of(interval) || self.step == self.config.steps() {
            let since = (self.step - 1) % interval + 1;
            let [train_loss, validation_loss] = self.losses.map(|sum| sum / since as f64);
            self.losses = [0.0; 2];
            let remaining = self.cell.choices().total();
            let genotype = self.cell.genotype()?;
            observe(&Event::Epoch {
                period: self.step / steps_per_period,
                train_loss,
                validation_loss,
                remaining,
                genotype,
            });
            if let Some(path) = checkpoint {
                self.save(path)?;
                observe(&Event::Saved {
                    path: path.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Steps made.
    pub fn step(&self) -> usize {
        self.step
    }

    /// The cell.
    pub fn cell(&self) -> &Cell {
        &self.cell
    }

    /// The task.
    pub fn task(&self) -> &T {
        &self.task
    }

    /// Assigns the function that is left to every site and evaluates it; the cell stays in [`Mode::Found`].
    fn finish(&mut self) -> Result<Found> {
        self.cell.set_mode(Mode::Found);
        self.cell.begin(Pass::Evaluation, self.step as u64);
        let metrics = self.task.evaluate()?;
        let genotype = self.cell.genotype()?;
        Ok(Found {
            constants: self.cell.constants(&genotype)?,
            genotype,
            metrics,
        })
    }

    /// Takes out what is due after `completed` periods.
    fn shrink(&self, completed: usize, observe: &mut dyn FnMut(&Event)) -> Result<()> {
        let due = self.removals.partition_point(|&time| time <= completed);
        let total = self.config.space.choices().total();
        while total - self.cell.choices().total() < due {
            let Some((slot, operation)) = self.cell.shrink()? else {
                break;
            };
            observe(&Event::Removed {
                step: self.step,
                slot,
                operation,
            });
        }
        Ok(())
    }

    /// Moves `α`, β and `m`. Weights and buffers stay as they are.
    fn architecture_step(&mut self) -> Result<f64> {
        self.cell.set_mode(Mode::Mixture);
        self.cell.begin(Pass::Architecture, self.step as u64);
        let buffers = self.task.buffers();
        let kept = state::save(&buffers)?;
        let (mut gradients, loss) = self.gradients(Pass::Architecture, T::validation_loss)?;
        state::restore(&buffers, &kept)?;
        self.cell.gather(&mut gradients)?;
        self.architecture
            .step(&gradients, self.config.architecture_rate)?;
        self.check(Pass::Architecture, &self.cell.variables())?;
        Ok(loss)
    }

    /// Moves the weights. The cell stays as it is.
    fn weight_step(&mut self, warm: bool, rate: f64) -> Result<f64> {
        self.cell.set_mode(if warm {
            Mode::Base(self.config.base)
        } else {
            Mode::Mixture
        });
        self.cell.begin(Pass::Weights, self.step as u64);
        let (mut gradients, loss) = self.gradients(Pass::Weights, T::training_loss)?;
        if let Some(limit) = self.config.clip {
            clip(&self.task.variables(), &mut gradients, limit)?;
        }
        self.weights.step(&gradients, rate)?;
        self.check(Pass::Weights, &self.network())?;
        Ok(loss)
    }

    /// Gradients and value of the mean loss over the batches of this step.
    fn gradients(
        &mut self,
        pass: Pass,
        loss: impl Fn(&mut T, u64) -> Result<Tensor>,
    ) -> Result<(GradStore, f64)> {
        let count = self.config.accumulate;
        let (mut gradients, mut mean) = (GradStore::default(), 0.0);
        for i in 0..count {
            let loss = (loss(&mut self.task, (self.step * count + i) as u64)? / count as f64)?;
            mean += loss.to_dtype(DType::F64)?.to_scalar::<f64>()?;
            if !mean.is_finite() {
                return Err(self.diverged(pass, |step| {
                    format!("the loss of the {step} step is {mean}")
                }));
            }
            gradients.extend(loss.backward()?)?;
        }
        Ok((gradients, mean))
    }

    /// Stops the search if what a step has moved is not finite: the next loss need not show it.
    fn check(&self, pass: Pass, moved: &[(String, Var)]) -> Result<()> {
        let tensors = moved.iter().map(|(name, var)| (name, var.as_tensor()));
        match state::not_finite(tensors)? {
            None => Ok(()),
            Some(name) => Err(self.diverged(pass, |step| {
                format!("the {step} step makes `{name}` NaN or infinite")
            })),
        }
    }

    fn diverged(&self, pass: Pass, what: impl Fn(&str) -> String) -> Error {
        let pass = match pass {
            Pass::Architecture => "architecture",
            Pass::Weights | Pass::Evaluation => "weight",
        };
        Error::SearchDiverged {
            pass,
            what: what(pass),
            step: self.step,
            checkpoint: self.last_checkpoint.clone(),
        }
    }

    /// Writes everything that the rest of the search depends on.
    ///
    /// # Errors
    /// If the file cannot be written, or a number is not finite; what was there stays.
    pub fn save(&mut self, path: &Path) -> Result<()> {
        let state = self.state()?;
        checkpoint::save(
            path,
            &Header::new(
                self.step,
                self.config_json()?,
                self.cell.genotype()?.to_string(),
            ),
            &state,
        )?;
        self.last_checkpoint = Some(path.to_owned());
        Ok(())
    }

    /// Continues from a checkpoint of the same configuration: from then on every number is that of an uninterrupted run.
    ///
    /// # Errors
    /// [`Error::State`] if the file is damaged, or of another version, configuration or network. The search is then as before.
    pub fn load(&mut self, path: &Path) -> Result<()> {
        let (header, state) = checkpoint::load(path)?;
        let refused =
            |reason: &dyn std::fmt::Display| Error::State(format!("{}: {reason}", path.display()));
        if let Some(name) = first_difference(&header.config, &self.config_json()?) {
            return Err(refused(&format!(
                "was written with another `{name}`; resume with the same configuration"
            )));
        }
        let before = self.state()?;
        if let Err(error) = self.restore(&state) {
            self.restore(&before)?;
            return Err(match error {
                Error::State(reason) => refused(&reason),
                other => other,
            });
        }
        self.step = header.step;
        self.losses = [0.0; 2];
        self.last_checkpoint = Some(path.to_owned());
        Ok(())
    }

    /// All numbers that the steps change.
    fn state(&self) -> Result<State> {
        let mut state = State::new();
        state.extend(state::nest("cell", self.cell.state()?));
        state.extend(state::nest("weights", state::save(&self.network())?));
        state.extend(state::nest(
            "architecture_optimizer",
            self.architecture.state()?,
        ));
        state.extend(state::nest("weight_optimizer", self.weights.state()?));
        Ok(state)
    }

    /// Sets them. After an error some of them may be set.
    fn restore(&mut self, state: &State) -> Result<()> {
        state::restore(&self.network(), &state::part(state, "weights"))?;
        self.cell.load_state(&state::part(state, "cell"))?;
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

    fn config_json(&self) -> Result<serde_json::Value> {
        serde_json::to_value(&self.config).map_err(|error| Error::Failure(error.to_string()))
    }
}

/// The name of the first setting that differs.
fn first_difference(left: &serde_json::Value, right: &serde_json::Value) -> Option<String> {
    let names = [left, right]
        .into_iter()
        .filter_map(|value| value.as_object())
        .flat_map(|object| object.keys());
    names
        .into_iter()
        .find(|name| left.get(name.as_str()) != right.get(name.as_str()))
        .cloned()
}

/// Scales the gradients of `variables` so that their common norm is at most `limit`.
fn clip(variables: &[(String, Var)], gradients: &mut GradStore, limit: f64) -> Result<()> {
    let mut squares = 0.0;
    for (_, var) in variables {
        if let Some(gradient) = gradients.get(var) {
            squares += gradient
                .sqr()?
                .sum_all()?
                .to_dtype(DType::F64)?
                .to_scalar::<f64>()?;
        }
    }
    let norm = squares.sqrt();
    if norm > limit {
        for (_, var) in variables {
            if let Some(gradient) = gradients.remove(var) {
                gradients.insert(var, (gradient * (limit / norm))?);
            }
        }
    }
    Ok(())
}
