//! The numbers of one function under search, and what is left of its operations.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor, Var};
use rand::RngExt;
use rand_distr::{Distribution, Normal};

use super::packed::{BETAS, BETAS_PER_SLOT, CONSTANTS, beta_index, unpack};
use crate::error::{Error, Result};
use crate::genotype::{Constants, Genotype};
use crate::relaxation::{self, Relaxation};
use crate::seed;
use crate::space::{Choices, Operation, Slot, Space};
use crate::state::{self, State};

/// `α` starts in `U(0, 10⁻⁶)`: all but equal, with a fixed order.
const ALPHA_START: f64 = 1e-6;
/// β starts in `N(1, 0.25²)`.
const BETA_START: (f64, f64) = (1.0, 0.25);

/// The sites that share a function: `α`, β, `m`, and the operations still in.
pub struct Group {
    name: String,
    relaxation: Arc<dyn Relaxation>,
    alpha: Var,
    /// β and `m`, as in the packed vector.
    constants: Var,
    progress: Mutex<Progress>,
}

struct Progress {
    /// The names of the sites.
    sites: Vec<String>,
    choices: Choices,
    /// The uses since the pass began whose gradients [`Group::gather`] asks for.
    uses: Vec<Use>,
}

/// One evaluation of a site in an architecture pass.
pub(super) struct Use {
    pub(super) choices: Choices,
    pub(super) weights: Vec<f64>,
    pub(super) packed: Var,
}

/// How far a loss reaches into a group: what [`Group::gather`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reach {
    /// No site of the group ran.
    Unused,
    /// Sites ran, but the loss has no gradient at their outputs.
    Detached,
    /// Gradients arrived, all of which are zero at `α`.
    Zero,
    /// Gradients arrived at `α`.
    Alpha,
}

impl Group {
    pub(super) fn new(
        name: &str,
        stream: &str,
        space: &Space,
        seed: u64,
        relaxation: Arc<dyn Relaxation>,
    ) -> Result<Self> {
        let mut rng = seed::rng(seed, stream, 0);
        let alpha: Vec<f64> = (0..space.vector_length())
            .map(|_| ALPHA_START * rng.random::<f64>())
            .collect();
        let (mean, deviation) = BETA_START;
        let start =
            Normal::new(mean, deviation).map_err(|error| Error::Failure(error.to_string()))?;
        let mut constants: Vec<f64> = (0..BETAS).map(|_| start.sample(&mut rng)).collect();
        constants.resize(CONSTANTS, 0.0);
        Ok(Self {
            name: name.to_owned(),
            relaxation,
            alpha: Var::from_vec(alpha, space.vector_length(), &Device::Cpu)?,
            constants: Var::from_vec(constants, CONSTANTS, &Device::Cpu)?,
            progress: Mutex::new(Progress {
                sites: Vec::new(),
                choices: space.choices(),
                uses: Vec::new(),
            }),
        })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The variables by name, f64: `alpha` of length [`Space::vector_length`], `constants` of length [`CONSTANTS`].
    pub fn variables(&self) -> Vec<(String, Var)> {
        vec![
            ("alpha".to_owned(), self.alpha.clone()),
            ("constants".to_owned(), self.constants.clone()),
        ]
    }

    /// How many sites it has.
    pub fn sites(&self) -> usize {
        self.progress().sites.len()
    }

    /// A name that more than one of its sites has, if there is one.
    pub fn repeated_site(&self) -> Option<String> {
        let sites = &self.progress().sites;
        let mut indices = 1..sites.len();
        let repeated = indices.find(|&index| sites[..index].contains(&sites[index]));
        repeated.map(|index| sites[index].clone())
    }

    pub(super) fn add_site(&self, name: &str) {
        self.progress().sites.push(name.to_owned());
    }

    pub(super) fn alpha(&self) -> Result<Vec<f64>> {
        Ok(self.alpha.to_vec1()?)
    }

    pub(super) fn numbers(&self) -> Result<Vec<f64>> {
        Ok(self.constants.to_vec1()?)
    }

    pub(super) fn forget_uses(&self) {
        self.progress().uses.clear();
    }

    pub(super) fn remember(&self, used: Use) {
        self.progress().uses.push(used);
    }

    /// Weights of all operations by `rule`, which gets the `α` of a slot's operations; 0 for those that are out.
    pub(super) fn weights(
        choices: &Choices,
        alpha: &[f64],
        mut rule: impl FnMut(&[f64]) -> Vec<f64>,
    ) -> Vec<f64> {
        let mut weights = vec![0.0; alpha.len()];
        for slot in Slot::ALL {
            let offsets: Vec<usize> = choices.offsets(slot).collect();
            for (&offset, weight) in offsets.iter().zip(rule(&pick(alpha, &offsets))) {
                weights[offset] = weight;
            }
        }
        weights
    }

    /// The mean weights of all operations, 0 for those that are out: a vector of [`Space::vector_length`] numbers.
    ///
    /// # Errors
    /// If `α` cannot be read.
    pub fn mean_weights(&self) -> Result<Vec<f64>> {
        let mean = |alpha: &[f64]| self.relaxation.mean(alpha);
        Ok(Self::weights(&self.choices(), &self.alpha()?, mean))
    }

    /// Puts the gradients of `α`, β and `m` into `gradients`, summed over every use of the group since the architecture pass
    /// began. `gradients` come from a loss of these uses; a use that the loss does not reach adds nothing.
    ///
    /// # Errors
    /// If a tensor operation fails.
    pub fn gather(&self, gradients: &mut GradStore) -> Result<Reach> {
        let uses = std::mem::take(&mut self.progress().uses);
        let mut reach = if uses.is_empty() {
            Reach::Unused
        } else {
            Reach::Detached
        };
        let alpha = self.alpha()?;
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
            reach = Reach::Zero;
            let gradient: Vec<f64> = gradient.to_dtype(DType::F64)?.to_vec1()?;
            let (by_weights, by_constants) = unpack(&gradient);
            for slot in Slot::ALL {
                let offsets: Vec<usize> = choices.offsets(slot).collect();
                let of = |from: &[f64]| pick(from, &offsets);
                let through_sample =
                    self.relaxation
                        .gradient(&of(&alpha), &of(&weights), &of(&by_weights));
                for (&offset, share) in offsets.iter().zip(through_sample) {
                    to_alpha[offset] += share;
                }
            }
            for (sum, share) in to_constants.iter_mut().zip(by_constants) {
                *sum += share;
            }
        }
        if to_alpha.iter().any(|&sum| sum != 0.0) {
            reach = Reach::Alpha;
        }
        let tensor = |values: Vec<f64>| Tensor::new(values, &Device::Cpu);
        gradients.insert(&self.alpha, tensor(to_alpha)?);
        gradients.insert(&self.constants, tensor(to_constants)?);
        Ok(reach)
    }

    /// Adds `weight` times the gradient of the mean cost to that of `α`, by [`Self::gather`]: of the sum over all slots of the costs of
    /// operations, each times its mean weight.
    pub(crate) fn add_cost(
        &self,
        gradients: &mut GradStore,
        weight: f64,
        costs: &[f64],
    ) -> Result<()> {
        let (choices, alpha) = (self.choices(), self.alpha()?);
        let mut to_alpha = vec![0.0; alpha.len()];
        for slot in Slot::ALL {
            let offsets: Vec<usize> = choices.offsets(slot).collect();
            let (alpha, costs) = (pick(&alpha, &offsets), pick(costs, &offsets));
            let slopes = relaxation::mean_gradient(&*self.relaxation, &alpha, &costs);
            for (&offset, slope) in offsets.iter().zip(slopes) {
                to_alpha[offset] = weight * slope;
            }
        }
        let mut sum = Tensor::new(to_alpha, &Device::Cpu)?;
        if let Some(known) = gradients.get(&self.alpha) {
            sum = (sum + known)?;
        }
        gradients.insert(&self.alpha, sum);
        Ok(())
    }

    /// The operations still in.
    pub fn choices(&self) -> Choices {
        self.progress().choices.clone()
    }

    /// Leaves these operations in, and no others.
    pub(crate) fn set_choices(&self, choices: Choices) {
        self.progress().choices = choices;
    }

    /// Takes out one operation by [`Choices::remove_weakest`]; `None` once each slot has one left.
    ///
    /// # Errors
    /// If `α` cannot be read.
    pub fn shrink(&self) -> Result<Option<(Slot, String)>> {
        let alpha = self.alpha()?;
        let choices = &mut self.progress().choices;
        let removed = choices.remove_weakest(&alpha);
        let name = |slot, index| choices.space().operation(slot, index).name().to_owned();
        Ok(removed.map(|(slot, index)| (slot, name(slot, index))))
    }

    /// Of the operations that are next by [`Self::shrink`], the first so many, each as what would be left without it; nothing once each slot
    /// has one left.
    ///
    /// # Errors
    /// If `α` cannot be read.
    pub(crate) fn without_each(&self, count: usize) -> Result<Vec<(Slot, String, Choices)>> {
        let choices = self.choices();
        let Some((slot, weakest)) = choices.weakest(&self.alpha()?, count) else {
            return Ok(Vec::new());
        };
        let without = weakest.into_iter().map(|index| {
            let name = choices.space().operation(slot, index).name().to_owned();
            let mut left = choices.clone();
            left.remove(slot, index);
            (slot, name, left)
        });
        Ok(without.collect())
    }

    /// The function with the largest `α` in each slot; the only one left, once all else is removed.
    ///
    /// # Errors
    /// If `α` cannot be read.
    pub fn genotype(&self) -> Result<Genotype> {
        Ok(self.choices().strongest(&self.alpha()?))
    }

    /// The constants that the group has for the operations of `genotype`.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn constants(&self, genotype: &Genotype) -> Result<Constants> {
        let numbers = self.numbers()?;
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
    /// [`Error::State`], before anything changes, if it is not the state of such a group.
    pub fn load_state(&self, state: &State) -> Result<()> {
        let like = Tensor::zeros(Slot::ALL.len(), DType::I64, &Device::Cpu)?;
        let bits: Vec<i64> = state::get(state, "choices", &like)?.to_vec1()?;
        let bits: Vec<u64> = bits.into_iter().map(i64::cast_unsigned).collect();
        let space = self.choices().space().clone();
        let choices = bits.try_into().ok();
        let choices = choices.and_then(|bits| Choices::from_bits(&space, bits));
        let choices = choices.ok_or_else(|| {
            Error::State("`choices` names operations that the space lacks".to_owned())
        })?;
        let mut variables = state.clone();
        variables.remove("choices");
        state::restore(&self.variables(), &variables)?;
        self.set_choices(choices);
        Ok(())
    }

    /// A panic of another thread leaves no state half written: every change under the lock is one assignment or push.
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pick(from: &[f64], offsets: &[usize]) -> Vec<f64> {
    offsets.iter().map(|&offset| from[offset]).collect()
}
