//! The searchable cell: one function with numbers of its own, used at any number of places of a network.
//!
//! ```
//! use actsmith_search::cell::Cell;
//! use actsmith_search::space::Space;
//! use candle_core::{Device, Module, Tensor};
//!
//! let cell = Cell::new(Space::default(), 7)?;
//! let (first, second) = (cell.site("block1"), cell.site("block2"));
//! let x = Tensor::new(&[-1.0f32, 0.5], &Device::Cpu)?;
//! let y = second.forward(&first.forward(&x)?)?;
//! assert_eq!(y.dims(), [2]);
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```
//!
//! **Numbers.** `α` (one an operation), β (three a unary slot) and `m` (one a binary slot) are f64 variables of the cell.
//! Every [`Site`] draws weights of its own from them for every forward pass: the draw is a pure function of the seed, the
//! site's name, the kind of pass, the step, and how often the site ran in that pass.
//!
//! **Gradients.** A forward pass of kind [`Pass::Architecture`] packs sample, β and `m` into a variable per use. After
//! `loss.backward()`, [`Cell::gather`] adds up over these uses: gradients of β and `m` as they are, gradients of weights
//! through the sample to `α` (see [`crate::sampler`]). Passes of other kinds make no variables, so nothing reaches the cell.

mod block;
pub mod fused;
pub mod packed;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actsmith::zoo::{Gelu, Relu};
use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Module, Tensor, Var};
use rand::RngExt;
use rand_distr::{Distribution, Normal};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::genotype::{Constants, Genotype};
use crate::models::Activations;
use crate::space::{Choices, Operation, Slot, Space};
use crate::state::{self, State};
use crate::{sampler, seed};
use packed::{BETAS, BETAS_PER_SLOT, CONSTANTS, PACKED, beta_index};

/// `α` starts in `U(0, 10⁻⁶)`: all but equal, with a fixed order.
const ALPHA_START: f64 = 1e-6;
/// β starts in `N(1, 0.25²)`.
const BETA_START: (f64, f64) = (1.0, 0.25);

/// What a site computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A fixed activation in place of the cell.
    Base(Base),
    /// The sampled mixture of the operations still in.
    Mixture,
    /// The one function with the largest `α` in each slot; deterministic.
    Found,
}

/// The activation that the network had before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Base {
    /// `max(x, 0)`.
    Relu,
    /// `x·Φ(x)`.
    Gelu,
}

/// Why a network is being run: each kind of pass draws its own samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// For gradients of the cell's numbers.
    Architecture,
    /// For gradients of the network's weights.
    Weights,
    /// For values only.
    Evaluation,
}

impl Pass {
    fn name(self) -> &'static str {
        match self {
            Self::Architecture => "architecture",
            Self::Weights => "weights",
            Self::Evaluation => "evaluation",
        }
    }
}

/// A handle to a cell; clones share it.
#[derive(Clone)]
pub struct Cell {
    shared: Arc<Shared>,
}

struct Shared {
    space: Space,
    seed: u64,
    alpha: Var,
    /// β and `m`, as in the packed vector.
    constants: Var,
    progress: Mutex<Progress>,
}

struct Progress {
    mode: Mode,
    choices: Choices,
    pass: Pass,
    step: u64,
    /// How often each site ran since the pass began.
    runs: BTreeMap<String, u64>,
    /// The uses since the pass began whose gradients [`Cell::gather`] asks for.
    uses: Vec<Use>,
}

/// One evaluation of a site in an architecture pass.
struct Use {
    choices: Choices,
    weights: Vec<f64>,
    packed: Var,
}

impl Cell {
    /// A cell with all operations of the space, in mode [`Mode::Mixture`].
    ///
    /// # Errors
    /// If its variables cannot be made.
    pub fn new(space: Space, seed: u64) -> Result<Self> {
        let mut rng = seed::rng(seed, "cell.start", 0);
        let alpha: Vec<f64> = (0..space.places())
            .map(|_| ALPHA_START * rng.random::<f64>())
            .collect();
        let (mean, deviation) = BETA_START;
        let start =
            Normal::new(mean, deviation).map_err(|error| Error::Failure(error.to_string()))?;
        let mut constants: Vec<f64> = (0..BETAS).map(|_| start.sample(&mut rng)).collect();
        constants.resize(CONSTANTS, 0.0);
        let progress = Progress {
            mode: Mode::Mixture,
            choices: space.choices(),
            pass: Pass::Evaluation,
            step: 0,
            runs: BTreeMap::new(),
            uses: Vec::new(),
        };
        let shared = Shared {
            alpha: Var::from_vec(alpha, space.places(), &Device::Cpu)?,
            space,
            seed,
            constants: Var::from_vec(constants, CONSTANTS, &Device::Cpu)?,
            progress: Mutex::new(progress),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// A place of the network that uses the cell. Names tell places apart: give each its own.
    pub fn site(&self, name: &str) -> Site {
        Site {
            cell: self.clone(),
            name: name.to_owned(),
        }
    }

    /// The space that the cell started from.
    pub fn space(&self) -> &Space {
        &self.shared.space
    }

    /// The cell's variables by name, f64: `alpha` of length [`Space::places`], `constants` of length [`CONSTANTS`].
    pub fn variables(&self) -> Vec<(String, Var)> {
        let Shared {
            alpha, constants, ..
        } = &*self.shared;
        vec![
            ("alpha".to_owned(), alpha.clone()),
            ("constants".to_owned(), constants.clone()),
        ]
    }

    /// What every site computes from now on.
    pub fn set_mode(&self, mode: Mode) {
        self.progress().mode = mode;
    }

    /// Begins a pass: forgets the uses of the one before, and lets the samples depend on `pass` and `step`.
    pub fn begin(&self, pass: Pass, step: u64) {
        let mut progress = self.progress();
        progress.pass = pass;
        progress.step = step;
        progress.runs.clear();
        progress.uses.clear();
    }

    /// Puts the gradients of `α`, β and `m` into `gradients`, summed over every use of the cell since the architecture pass
    /// began. `gradients` come from a loss of these uses; a use that the loss does not reach adds nothing.
    ///
    /// # Errors
    /// If a tensor operation fails.
    pub fn gather(&self, gradients: &mut GradStore) -> Result<()> {
        let uses = std::mem::take(&mut self.progress().uses);
        let alpha: Vec<f64> = self.shared.alpha.to_vec1()?;
        let (mut to_alpha, mut to_constants) = (vec![0.0; alpha.len()], vec![0.0; CONSTANTS]);
        for Use {
            choices,
            weights,
            packed,
        } in uses
        {
            let Some(gradient) = gradients.remove(&packed) else {
                continue;
            };
            let gradient: Vec<f64> = gradient.to_dtype(DType::F64)?.to_vec1()?;
            for slot in Slot::ALL {
                let places: Vec<usize> = choices.indices(slot).map(|i| slot.place(i)).collect();
                let pick = |from: &[f64]| places.iter().map(|&i| from[i]).collect::<Vec<f64>>();
                let through_sample =
                    sampler::gradient(&pick(&alpha), &pick(&weights), &pick(&gradient));
                for (&place, share) in places.iter().zip(through_sample) {
                    to_alpha[place] += share;
                }
            }
            for (sum, share) in to_constants.iter_mut().zip(&gradient[Slot::OPERATIONS..]) {
                *sum += share;
            }
        }
        let tensor = |values: Vec<f64>| Tensor::new(values, &Device::Cpu);
        gradients.insert(&self.shared.alpha, tensor(to_alpha)?);
        gradients.insert(&self.shared.constants, tensor(to_constants)?);
        Ok(())
    }

    /// The operations still in.
    pub fn choices(&self) -> Choices {
        self.progress().choices.clone()
    }

    /// Takes out one operation by [`Choices::remove_weakest`]; `None` once each slot has one left.
    ///
    /// # Errors
    /// If `α` cannot be read.
    pub fn shrink(&self) -> Result<Option<(Slot, String)>> {
        let alpha: Vec<f64> = self.shared.alpha.to_vec1()?;
        let removed = self.progress().choices.remove_weakest(&alpha);
        let name = |slot, index| self.space().operation(slot, index).name().to_owned();
        Ok(removed.map(|(slot, index)| (slot, name(slot, index))))
    }

    /// The function with the largest `α` in each slot; the only one left, once all else is removed.
    ///
    /// # Errors
    /// If `α` cannot be read.
    pub fn genotype(&self) -> Result<Genotype> {
        Ok(self
            .choices()
            .strongest(&self.shared.alpha.to_vec1::<f64>()?))
    }

    /// The constants that the cell has for the operations of `genotype`.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn constants(&self, genotype: &Genotype) -> Result<Constants> {
        let numbers: Vec<f64> = self.shared.constants.to_vec1()?;
        let mut beta = [0.0; 4];
        for slot in Slot::ALL {
            if let (Some(i), Operation::Unary(row)) = (slot.unary_index(), genotype.operation(slot))
            {
                beta[i] = numbers[BETAS_PER_SLOT * i + beta_index(row)];
            }
        }
        Ok(Constants {
            beta,
            mix: [numbers[BETAS], numbers[BETAS + 1]],
        })
    }

    /// `alpha`, `constants` and `choices` as tensors.
    ///
    /// # Errors
    /// If a copy cannot be made.
    pub fn state(&self) -> Result<State> {
        let mut state = state::save(&self.variables())?;
        let choices = self.choices();
        let bits = Slot::ALL.map(|slot| choices.bits(slot) as i64);
        state.insert("choices".to_owned(), Tensor::new(&bits, &Device::Cpu)?);
        Ok(state)
    }

    /// Continues from a saved state.
    ///
    /// # Errors
    /// [`Error::State`], before anything changes, if it is no state of such a cell.
    pub fn load_state(&self, state: &State) -> Result<()> {
        let like = Tensor::zeros(Slot::ALL.len(), DType::I64, &Device::Cpu)?;
        let bits: Vec<i64> = state::get(state, "choices", &like)?.to_vec1()?;
        let bits: Vec<u64> = bits.into_iter().map(i64::cast_unsigned).collect();
        let choices = bits.try_into().ok();
        let choices = choices.and_then(|bits| Choices::from_bits(self.space(), bits));
        let choices = choices.ok_or_else(|| {
            Error::State("`choices` names operations that the space lacks".to_owned())
        })?;
        let mut variables = state.clone();
        variables.remove("choices");
        state::restore(&self.variables(), &variables)?;
        self.progress().choices = choices;
        Ok(())
    }

    /// The cell at `x`, as used at `site`.
    fn forward(&self, site: &str, x: &Tensor) -> Result<Tensor> {
        let (choices, weights, pass) = {
            let mut progress = self.progress();
            match progress.mode {
                Mode::Base(Base::Relu) => return Ok(Relu.forward(x)?),
                Mode::Base(Base::Gelu) => return Ok(Gelu.forward(x)?),
                Mode::Mixture | Mode::Found => {}
            }
            let alpha: Vec<f64> = self.shared.alpha.to_vec1()?;
            let choices = match progress.mode {
                Mode::Found => Choices::single(&progress.choices.strongest(&alpha)),
                _ => progress.choices.clone(),
            };
            let (pass, step) = (progress.pass, progress.step);
            let run = progress.runs.entry(site.to_owned()).or_default();
            let stream = format!("cell.{}.{run}.{site}", pass.name());
            *run += 1;
            let weights = self.sample(&choices, &alpha, &stream, step);
            (choices, weights, pass)
        };
        let constants: Vec<f64> = self.shared.constants.to_vec1()?;
        let packed = Tensor::from_vec([&weights[..], &constants].concat(), PACKED, &Device::Cpu)?
            .to_dtype(x.dtype())?;
        if pass == Pass::Architecture {
            let packed = Var::from_tensor(&packed)?;
            let y = fused::apply(choices.clone(), x, &packed)?;
            self.progress().uses.push(Use {
                choices,
                weights,
                packed,
            });
            return Ok(y);
        }
        Ok(fused::apply(choices, x, &packed)?)
    }

    /// Weights of all operations, 0 for those that are out.
    fn sample(&self, choices: &Choices, alpha: &[f64], stream: &str, step: u64) -> Vec<f64> {
        let mut rng = seed::rng(self.shared.seed, stream, step);
        let mut weights = vec![0.0; alpha.len()];
        for slot in Slot::ALL {
            let places: Vec<usize> = choices.indices(slot).map(|i| slot.place(i)).collect();
            let numbers: Vec<f64> = places.iter().map(|&i| alpha[i]).collect();
            for (place, weight) in places.into_iter().zip(sampler::sample(&numbers, &mut rng)) {
                weights[place] = weight;
            }
        }
        weights
    }

    /// A panic of another thread leaves no state half written: every change under the lock is one assignment or push.
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.shared
            .progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place of the network that uses the cell, as a module.
#[derive(Clone)]
pub struct Site {
    cell: Cell,
    name: String,
}

impl Module for Site {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        self.cell
            .forward(&self.name, x)
            .map_err(|error| match error {
                Error::Candle(error) => error,
                other => candle_core::Error::wrap(other),
            })
    }
}

/// A model that is built with a cell has a site of it wherever it applies its activation function.
impl Activations for Cell {
    fn at(&self, site: &str) -> candle_core::Result<Box<dyn Module + Send + Sync>> {
        Ok(Box::new(self.site(site)))
    }
}
