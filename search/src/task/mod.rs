//! What a network learns: data, a model, a loss and metrics. The search and trainings from scratch share it.
//!
//! A search takes any [`Task`]; [`Supervised`] is the model that learns from labelled examples, with an
//! [`Objective`](crate::objective::Objective) that says what
//! is minimised and what is counted, and [`Split`] makes it a task of the search.
//!
//! The examples to learn from are in two splits: the weights are trained on the training split, and the architecture (`α`, β and
//! `m`) on the validation split.
//!
//! ```
//! use actsmith_search::task::{Losses, Task};
//! use candle_core::{Device, Var};
//!
//! let slope = Var::new(2f32, &Device::Cpu)?;
//! let loss = |_number| Ok(slope.sqr()?);
//! let mut task = Losses::new(vec![("slope".to_owned(), slope.clone())], loss, loss);
//! assert_eq!(task.validation_loss(0)?.to_scalar::<f32>()?, 4.0);
//! assert_eq!(task.evaluate()?.loss, 4.0);
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```

mod losses;
mod split;
mod supervised;

use candle_core::{DType, Tensor, Var};

use crate::error::Result;
use crate::objective::Metrics;
pub use losses::Losses;
pub use split::Split;
pub(crate) use supervised::Scores;
pub use supervised::{Supervised, evaluate};

/// Batches of the validation split whose mean loss says how good a network is, where nothing else does.
const VALIDATION_BATCHES: u64 = 8;

/// A network with sites of a [`Cell`](crate::cell::Cell), and its data.
///
/// The data are in two splits, one to train the weights, one, the validation split, to train the architecture (25 % of the examples);
/// ideally, a third part is held out. Losses are functions of the variables, the buffers and the number given to them alone: a search that is resumed asks
/// for the same numbers again.
///
/// ```
/// use actsmith_search::cell::Site;
/// use actsmith_search::task::Task;
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

    /// The loss, a scalar, on batch `number` of the training split, in training mode.
    ///
    /// # Errors
    /// Whatever fails ends the search.
    fn training_loss(&mut self, number: u64) -> Result<Tensor>;

    /// The loss, a scalar, on batch `number` of the validation split, in training mode.
    ///
    /// # Errors
    /// Whatever fails ends the search.
    fn validation_loss(&mut self, number: u64) -> Result<Tensor>;

    /// How good the network is on the held-out part, in evaluation mode; it is reported and decides nothing. Without such a
    /// part, the mean loss on the first batches of the validation split.
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

/// The mean loss on the first [`VALIDATION_BATCHES`] batches of the validation split.
pub(crate) fn mean_validation_loss<T: Task + ?Sized>(task: &mut T) -> Result<f64> {
    let mut sum = 0.0;
    for number in 0..VALIDATION_BATCHES {
        sum += value(&task.validation_loss(number)?.detach())?;
    }
    Ok(sum / VALIDATION_BATCHES as f64)
}

/// The number of a scalar loss.
pub(crate) fn value(loss: &Tensor) -> Result<f64> {
    Ok(loss
        .to_dtype(DType::F64)?
        .flatten_all()?
        .get(0)?
        .to_scalar()?)
}
