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

use crate::error::{Error, Result};
use crate::layers::cross_entropy;

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

    /// The mean loss over a batch where the share `smoothing` of each target is spread evenly over all classes.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the objective has no classes, which is what this does by itself, unless nothing is spread.
    fn smoothed_loss(&self, outputs: &Tensor, targets: &Tensor, smoothing: f64) -> Result<Tensor> {
        match smoothing == 0.0 {
            true => self.loss(outputs, targets),
            false => Err(Error::Invalid(
                "the objective has no classes to smooth labels over: leave out `label_smoothing`"
                    .to_owned(),
            )),
        }
    }

    /// The mean loss of each example of a batch by itself; that of the whole batch, if outputs and targets have no row for each example.
    ///
    /// # Errors
    /// If outputs and targets do not fit each other.
    fn losses(&self, outputs: &Tensor, targets: &Tensor) -> Result<Vec<f64>> {
        let loss = |outputs: &Tensor, targets: &Tensor| -> Result<f64> {
            let loss = self.loss(outputs, targets)?.flatten_all()?.squeeze(0)?;
            Ok(loss.to_dtype(DType::F64)?.to_scalar()?)
        };
        match (outputs.dims(), targets.dims()) {
            ([rows, ..], [examples, ..]) if rows == examples => (0..*rows)
                .map(|row| loss(&outputs.narrow(0, row, 1)?, &targets.narrow(0, row, 1)?))
                .collect(),
            _ => Ok(vec![loss(outputs, targets)?]),
        }
    }

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
        self.smoothed_loss(logits, labels, 0.0)
    }

    fn smoothed_loss(&self, logits: &Tensor, labels: &Tensor, smoothing: f64) -> Result<Tensor> {
        let (logits, labels) = (rows(logits)?, labels.flatten_all()?);
        let fused = logits.device().is_cpu()
            && matches!(logits.dtype(), DType::F32 | DType::F64)
            && labels.dtype() == DType::U32;
        if fused {
            return Ok(cross_entropy(&logits, &labels, smoothing)?);
        }
        let loss = candle_nn::loss::cross_entropy(&logits, &labels)?;
        if smoothing == 0.0 {
            return Ok(loss);
        }
        // The cross-entropy with the uniform distribution.
        let spread = candle_nn::ops::log_softmax(&logits, D::Minus1)?
            .mean_all()?
            .neg()?;
        Ok(((loss * (1.0 - smoothing))? + (spread * smoothing)?)?)
    }

    fn correct(&self, logits: &Tensor, labels: &Tensor) -> Result<Option<f64>> {
        let right = logits.argmax(D::Minus1)?.eq(labels)?;
        let count = right.to_dtype(DType::F32)?.sum_all()?.to_scalar::<f32>()?;
        Ok(Some(f64::from(count)))
    }
}

/// Logits as a matrix, a row for each answer.
fn rows(logits: &Tensor) -> Result<Tensor> {
    Ok(match logits.rank() {
        2 => logits.clone(),
        _ => logits.flatten_to(D::Minus2)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    /// By hand: of logits `(0, ln 3)` and the label 1, the probabilities are 1/4 and 3/4, and the target is `(0.1, 0.9)`.
    #[test]
    fn smoothed_labels_are_spread_over_all_classes() -> Result<()> {
        let logits = Tensor::new(&[[[0.0, 3f64.ln()]]], &Device::Cpu)?;
        let labels = Tensor::new(&[[1u32]], &Device::Cpu)?;
        let loss = |smoothing| -> Result<f64> {
            let loss = Classification.smoothed_loss(&logits, &labels, smoothing)?;
            Ok(loss.to_scalar()?)
        };
        let expected = -(0.1 * 0.25f64.ln() + 0.9 * 0.75f64.ln());
        assert!((loss(0.2)? - expected).abs() < 1e-15);
        assert_eq!(
            loss(0.0)?,
            Classification.loss(&logits, &labels)?.to_scalar::<f64>()?
        );
        Ok(())
    }

    /// Examples of two answers each: the mean of their losses is that of the batch.
    #[test]
    fn every_example_has_its_loss() -> Result<()> {
        let logits = Tensor::new(
            &[
                [[0.0, 3f64.ln()], [0.0, 0.0]],
                [[1.0, 1.0], [9f64.ln(), 0.0]],
            ],
            &Device::Cpu,
        )?;
        let labels = Tensor::new(&[[1u32, 0], [0, 0]], &Device::Cpu)?;
        let losses = Classification.losses(&logits, &labels)?;
        let expected = [(0.75f64, 0.5f64), (0.5, 0.9)].map(|(a, b)| -(a.ln() + b.ln()) / 2.0);
        for (loss, expected) in losses.iter().zip(expected) {
            assert!((loss - expected).abs() < 1e-15, "{losses:?}");
        }
        let mean = Classification.loss(&logits, &labels)?.to_scalar::<f64>()?;
        assert!((mean - losses.iter().sum::<f64>() / 2.0).abs() < 1e-15);
        // Rows that are not those of examples.
        let flat = Classification.losses(&logits.flatten_to(1)?, &labels)?;
        assert_eq!(flat, [mean]);
        Ok(())
    }
}
