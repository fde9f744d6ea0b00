//! What is searched on: a network, its data and its losses.

use candle_core::{DType, Tensor, Var};
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// Batches of the architecture part whose mean loss says how good a network is, where nothing else does.
pub(super) const VALIDATION_BATCHES: u64 = 8;

/// A network with sites of a [`Cell`](crate::cell::Cell), and its data.
///
/// The data are in two parts, one for the weights, one for the architecture (25 % of the training set), and best a third, held
/// out. Losses are functions of the variables, the buffers and the number given to them alone: a search that is resumed asks
/// for the same numbers again.
///
/// ```
/// use actsmith_search::cell::Site;
/// use actsmith_search::engine::Task;
/// use actsmith_search::error::Result;
/// use candle_core::{Device, Module, Tensor, Var};
///
/// struct Fit {
///     slope: Var,
///     site: Site,
/// }
///
/// impl Fit {
///     fn loss(&self, first: f32) -> Result<Tensor> {
///         let x = Tensor::arange(first, first + 8.0, &Device::Cpu)?;
///         let y = self.site.forward(&x.broadcast_mul(&self.slope)?)?;
///         Ok(y.sub(&x.sin()?)?.sqr()?.mean_all()?)
///     }
/// }
///
/// impl Task for Fit {
///     fn variables(&self) -> Vec<(String, Var)> {
///         vec![("slope".to_owned(), self.slope.clone())]
///     }
///     fn training_loss(&mut self, number: u64) -> Result<Tensor> {
///         self.loss(number as f32)
///     }
///     fn validation_loss(&mut self, number: u64) -> Result<Tensor> {
///         self.loss(number as f32 + 0.5)
///     }
/// }
/// ```
///
/// Two closures are one too: [`Losses`].
pub trait Task {
    /// The network's trained variables, by name.
    fn variables(&self) -> Vec<(String, Var)>;

    /// The settings of the network and its data, if there are any: a checkpoint remembers them, and a search with others, which
    /// would not go on as before, is refused with the name of the first that differs.
    fn settings(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    /// Variables that are saved but not trained, by name: running statistics. Only weight steps change them. Like the trained
    /// ones they are finite numbers; a search stops when one is not.
    fn buffers(&self) -> Vec<(String, Var)> {
        Vec::new()
    }

    /// The loss, a scalar, on batch `number` of the weight part, in training mode.
    ///
    /// # Errors
    /// Whatever fails ends the search.
    fn training_loss(&mut self, number: u64) -> Result<Tensor>;

    /// The loss, a scalar, on batch `number` of the architecture part, in training mode.
    ///
    /// # Errors
    /// Whatever fails ends the search.
    fn validation_loss(&mut self, number: u64) -> Result<Tensor>;

    /// How good the network is on the held-out part, in evaluation mode; it is reported and decides nothing. Without such a
    /// part, the mean loss on the first batches of the architecture part.
    ///
    /// # Errors
    /// Whatever fails ends the search.
    fn evaluate(&mut self) -> Result<Metrics> {
        let loss = mean_validation_loss(self)?;
        Ok(Metrics {
            loss,
            accuracy: None,
        })
    }
}

/// How good a network is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// The mean loss.
    pub loss: f64,
    /// The share of correct answers, where the task has such.
    pub accuracy: Option<f64>,
}

/// The mean loss on the first [`VALIDATION_BATCHES`] batches of the architecture part.
pub(super) fn mean_validation_loss<T: Task + ?Sized>(task: &mut T) -> Result<f64> {
    let mut sum = 0.0;
    for number in 0..VALIDATION_BATCHES {
        sum += value(&task.validation_loss(number)?.detach())?;
    }
    Ok(sum / VALIDATION_BATCHES as f64)
}

/// The number of a scalar loss.
pub(super) fn value(loss: &Tensor) -> Result<f64> {
    Ok(loss
        .to_dtype(DType::F64)?
        .flatten_all()?
        .get(0)?
        .to_scalar()?)
}

/// A task of two closures.
///
/// ```no_run
/// # use actsmith_search::{engine::Losses, error::Result, models::variables};
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
    /// The network with these trained variables, by its losses on a batch of the weight part and on one of the architecture part.
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
