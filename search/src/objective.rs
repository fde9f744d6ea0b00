//! What the outputs of a network are judged by: a loss and metrics.
//!
//! ```
//! use actsmith_search::objective::{Classification, Objective};
//! use candle_core::{Device, Tensor};
//!
//! let logits = Tensor::new(&[[0f32, 1.0], [3.0, 2.0]], &Device::Cpu)?;
//! let labels = Tensor::new(&[1u32, 1], &Device::Cpu)?;
//! assert_eq!(Classification.correct(&logits, &labels)?, Some(1.0));
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```

use candle_core::{D, DType, Tensor};
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// How good a network is on some examples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// The mean loss.
    pub loss: f64,
    /// The share of correct answers, where the task has such.
    pub accuracy: Option<f64>,
}

/// What the outputs of a network are judged by: a loss that is minimised, and how many answers are correct.
pub trait Objective: Send + Sync {
    /// The mean loss over a batch, a scalar.
    ///
    /// # Errors
    /// If outputs and targets do not fit each other.
    fn loss(&self, outputs: &Tensor, targets: &Tensor) -> Result<Tensor>;

    /// How many answers of a batch are correct, where there is such a thing.
    ///
    /// # Errors
    /// If outputs and targets do not fit each other.
    fn correct(&self, outputs: &Tensor, targets: &Tensor) -> Result<Option<f64>>;
}

/// One class of several, or one token: outputs are logits `[.., classes]`, targets the right classes `[..]`; the loss is the
/// cross-entropy in nats.
#[derive(Clone, Copy, Debug, Default)]
pub struct Classification;

impl Objective for Classification {
    fn loss(&self, logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
        let logits = match logits.rank() {
            2 => logits.clone(),
            _ => logits.flatten_to(D::Minus2)?,
        };
        let labels = labels.flatten_all()?;
        Ok(candle_nn::loss::cross_entropy(&logits, &labels)?)
    }

    fn correct(&self, logits: &Tensor, labels: &Tensor) -> Result<Option<f64>> {
        let right = logits.argmax(D::Minus1)?.eq(labels)?;
        let count = right.to_dtype(DType::F32)?.sum_all()?.to_scalar::<f32>()?;
        Ok(Some(f64::from(count)))
    }
}
