//! A search that can be run, saved and resumed.

use std::path::{Path, PathBuf};

use super::bilevel::Bilevel;
use super::shrinking::Shrinking;
use super::strategy::{StepLosses, Strategy};
use super::tournament::Tournament;
use super::{Cost, Event, Found, FoundFunction, SearchConfig};
use crate::cell::{Cell, Mode};
use crate::checkpoint::{self, Header};
use crate::error::{Error, Result};
use crate::state::{self, State};
use crate::task::Task;

/// A search that can be run, saved and resumed.
///
/// ```
/// use actsmith_search::cell::Cell;
/// use actsmith_search::engine::{Search, SearchConfig};
/// use actsmith_search::models::variables;
/// use actsmith_search::space::Space;
/// use actsmith_search::task::Losses;
/// use candle_core::{DType, Device, Module, Tensor};
/// use candle_nn::{VarBuilder, VarMap, linear, seq};
///
/// let config = SearchConfig { periods: 3, steps_per_period: 1, ..SearchConfig::default() };
/// let cell = Cell::new(Space::default(), 0)?;
/// let vars = VarMap::new();
/// let vb = VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu);
/// let model = seq()
///     .add(linear(1, 8, vb.pp("hidden"))?)
///     .add(cell.site("hidden"))
///     .add(linear(8, 1, vb.pp("head"))?);
/// let loss = |shift: f32| {
///     let x = Tensor::arange(-4f32, 4f32, &Device::Cpu)?.unsqueeze(1)?.affine(0.5, f64::from(shift))?;
///     Ok(model.forward(&x)?.sub(&x.sin()?)?.sqr()?.mean_all()?)
/// };
/// let task = Losses::new(variables(&vars), |n| loss(0.01 * n as f32), |n| loss(0.1 + 0.01 * n as f32));
/// let mut search = Search::new(config, cell, task)?;
/// let found = search.run(None, &mut |event| println!("{event}"))?;
/// assert_eq!((search.step(), found.functions.len()), (3, 1));
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
pub struct Search<T> {
    config: SearchConfig,
    network: Bilevel<T>,
    strategy: Box<dyn Strategy<T>>,
    step: usize,
    /// Of the steps since the last report.
    losses: LossSums,
    last_checkpoint: Option<PathBuf>,
}

/// Sums of losses.
#[derive(Default)]
struct LossSums {
    train: f64,
    validation: Option<f64>,
    steps: usize,
}

impl<T: Task> Search<T> {
    /// A search with the network of `task`, whose sites are `cell`'s.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the configuration makes no sense, if the cell has no site or two of
    /// one name, or if the task has no variable.
    pub fn new(config: SearchConfig, cell: Cell, task: T) -> Result<Self> {
        config.validate()?;
        let network = Bilevel::new(&config, cell, task)?;
        let strategy: Box<dyn Strategy<T>> = match config.strategy.tournament() {
            None => Box::new(Shrinking::new(&config, network.cell.space())?),
            Some((candidates, rungs)) => {
                Box::new(Tournament::new(&config, &network, candidates, rungs)?)
            }
        };
        Ok(Self {
            strategy,
            config,
            network,
            step: 0,
            losses: LossSums::default(),
            last_checkpoint: None,
        })
    }

    /// Runs to the end, from the start or from where [`Self::load`] left it. With a path, every report also writes a checkpoint
    /// there.
    ///
    /// # Errors
    /// [`Error::SearchDiverged`] if a loss, or what a step moved, is not finite; [`Error::Invalid`] if the loss does not depend on the
    /// cell, or on none of the task's variables; whatever else fails in the task or in writing.
    pub fn run(
        &mut self,
        checkpoint: Option<&Path>,
        observe: &mut dyn FnMut(&Event),
    ) -> Result<Found> {
        while self.step < self.steps() {
            self.advance(checkpoint, observe)?;
        }
        self.finish()
    }

    /// Makes one step, and the report due after it. Does nothing once all steps are made.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn advance(
        &mut self,
        checkpoint: Option<&Path>,
        observe: &mut dyn FnMut(&Event),
    ) -> Result<()> {
        if self.step >= self.steps() {
            return Ok(());
        }
        let made = self.strategy.step(self.step, &mut self.network, observe);
        let StepLosses {
            train,
            validation,
            rate,
        } = made.map_err(|error| self.with_checkpoint(error))?;
        let unreached = self.network.take_unreached();
        if !unreached.is_empty() {
            observe(&Event::Unreached {
                variables: unreached,
            });
        }
        self.step += 1;
        self.losses.steps += 1;
        self.losses.train += train;
        if let Some(validation) = validation {
            *self.losses.validation.get_or_insert(0.0) += validation;
        }
        observe(&Event::Step {
            step: self.step,
            train_loss: train,
            validation_loss: validation,
            rate,
        });
        let interval = self.config.steps_per_period * self.config.report_every;
        if self.step.is_multiple_of(interval) || self.step == self.steps() {
            self.report(observe)?;
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

    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.strategy.steps()
    }

    /// The cell.
    pub fn cell(&self) -> &Cell {
        &self.network.cell
    }

    /// The task.
    pub fn task(&self) -> &T {
        &self.network.task
    }

    /// What the steps of this process cost, with what [`Self::add_cost`] added.
    pub fn cost(&self) -> &Cost {
        &self.network.cost
    }

    /// Adds what the steps before the checkpoint cost: a checkpoint does not hold it, for it is not the same twice.
    pub fn add_cost(&mut self, cost: &Cost) {
        self.network.cost.add(cost);
    }

    fn report(&mut self, observe: &mut dyn FnMut(&Event)) -> Result<()> {
        let LossSums {
            train,
            validation,
            steps,
        } = std::mem::take(&mut self.losses);
        let mean = |sum: f64| sum / steps as f64;
        // Only architecture steps have a mixture that says something.
        let gap = validation.map(|_| self.network.discretisation_gap(self.step as u64));
        observe(&Event::Epoch {
            period: self.step / self.config.steps_per_period,
            train_loss: mean(train),
            validation_loss: validation.map(mean),
            discretisation_gap: gap.transpose()?,
            metrics: self.network.evaluate(Mode::Mixture, self.step as u64)?,
            groups: self.network.report()?,
        });
        Ok(())
    }

    /// Assigns the functions that are left to every site and evaluates them; the cell stays in [`Mode::Found`].
    fn finish(&mut self) -> Result<Found> {
        let metrics = self.network.evaluate(Mode::Found, self.step as u64)?;
        let functions = self.network.groups.iter().map(|group| {
            let genotype = group.genotype()?;
            Ok(FoundFunction {
                group: group.name().to_owned(),
                constants: group.constants(&genotype)?,
                genotype,
            })
        });
        Ok(Found {
            functions: functions.collect::<Result<_>>()?,
            metrics,
        })
    }

    /// Writes everything that the rest of the search depends on.
    ///
    /// # Errors
    /// If the file cannot be written, or a number is not finite; what was there stays.
    pub fn save(&mut self, path: &Path) -> Result<()> {
        let genotypes = self.network.report()?.into_iter();
        let genotypes: Vec<String> = genotypes.map(|group| group.genotype.to_string()).collect();
        let header = Header::new(self.step, self.settings()?, genotypes.join(" "));
        checkpoint::save(path, &header, &self.state()?)?;
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
        checkpoint::agree(path, &header.config, &self.settings()?)?;
        let before = self.state()?;
        if let Err(error) = self.restore(&state) {
            self.restore(&before)?;
            return Err(match error {
                Error::State(reason) => refused(&reason),
                other => other,
            });
        }
        self.step = header.step;
        self.losses = LossSums::default();
        self.last_checkpoint = Some(path.to_owned());
        Ok(())
    }

    /// All numbers that the steps change.
    fn state(&self) -> Result<State> {
        let mut state: State = state::nest("network", self.network.state()?).collect();
        state.extend(state::nest("strategy", self.strategy.state()?));
        Ok(state)
    }

    /// Sets them. After an error some of them may be set.
    fn restore(&mut self, state: &State) -> Result<()> {
        self.network.load_state(&state::part(state, "network"))?;
        self.strategy.load_state(&state::part(state, "strategy"))
    }

    /// All that a checkpoint has to agree with.
    fn settings(&self) -> Result<serde_json::Value> {
        let groups = self.network.groups.iter().map(|group| group.name());
        let cell = &self.network.cell;
        let failed = |error: serde_json::Error| Error::Failure(error.to_string());
        let mut settings = serde_json::to_value(&self.config).map_err(failed)?;
        settings["space"] = serde_json::to_value(cell.space()).map_err(failed)?;
        // Checkpoints of this format name the seed twice.
        settings["seed"] = cell.seed().into();
        settings["seed of the cell"] = cell.seed().into();
        settings["relaxation"] = cell.relaxation().name().into();
        settings["groups"] = groups.collect::<Vec<_>>().into();
        settings[checkpoint::TASK] = self.network.task.settings();
        Ok(settings)
    }

    fn with_checkpoint(&self, mut error: Error) -> Error {
        if let Error::SearchDiverged {
            step, checkpoint, ..
        } = &mut error
        {
            *step = self.step;
            checkpoint.clone_from(&self.last_checkpoint);
        }
        error
    }
}
