//! A task of two closures.

use candle_core::{Tensor, Var};

use super::Task;
use crate::error::Result;

/// A task of two closures.
///
/// ```no_run
/// # use actsmith_search::{error::Result, models::variables, task::Losses};
/// # use candle_core::Tensor;
/// # fn loss_on(_: &str, _: u64) -> Result<Tensor> { todo!() }
/// # let vars = candle_nn::VarMap::new();
/// let task = Losses::new(variables(&vars), |n| loss_on("train", n), |n| loss_on("valid", n));
/// ```
pub struct Losses<F, G> {
    variables: Vec<(String, Var)>,
    training: F,
    validation: G,
}

impl<F, G> Losses<F, G>
where
    F: FnMut(u64) -> Result<Tensor>,
    G: FnMut(u64) -> Result<Tensor>,
{
    /// The network with these trained variables, by its losses on a batch of the training split and on one of the validation split.
    pub fn new(variables: Vec<(String, Var)>, training: F, validation: G) -> Self {
        Self {
            variables,
            training,
            validation,
        }
    }
}

impl<F, G> Task for Losses<F, G>
where
    F: FnMut(u64) -> Result<Tensor>,
    G: FnMut(u64) -> Result<Tensor>,
{
    fn variables(&self) -> Vec<(String, Var)> {
        self.variables.clone()
    }

    fn training_loss(&mut self, number: u64) -> Result<Tensor> {
        (self.training)(number)
    }

    fn validation_loss(&mut self, number: u64) -> Result<Tensor> {
        (self.validation)(number)
    }
}
