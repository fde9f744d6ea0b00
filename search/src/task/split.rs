//! Supervised learning as a task of the search.

use std::sync::Arc;

use candle_core::{Tensor, Var};

use super::{Supervised, Task};
use crate::data::{Batches, Examples};
use crate::error::Result;
use crate::objective::Metrics;

/// A model with the cell at its sites, and its examples: a training split for the weights, a validation split for the architecture,
/// and a part that is held out.
pub struct Split {
    model: Supervised,
    training: Part,
    validation: Part,
    held_out: Arc<dyn Examples>,
    settings: serde_json::Value,
    label_smoothing: f64,
}

/// Examples, in batches.
struct Part {
    set: Arc<dyn Examples>,
    batches: Batches,
}

impl Part {
    fn new(set: Arc<dyn Examples>, batch: usize, seed: u64, stream: &str) -> Result<Self> {
        let batches = Batches::new(set.len(), batch, seed, stream)?;
        Ok(Self { set, batches })
    }

    fn batch(&mut self, number: u64) -> Result<(Tensor, Tensor)> {
        self.batches.of(&*self.set, number as usize)
    }
}

impl Split {
    /// The task of a model, in batches of so many examples; `settings` are what a checkpoint has to agree with.
    ///
    /// # Errors
    /// [`crate::error::Error::Invalid`] if the batch is empty.
    pub fn new(
        model: Supervised,
        [training, validation]: [Arc<dyn Examples>; 2],
        held_out: Arc<dyn Examples>,
        batch: usize,
        seed: u64,
        settings: serde_json::Value,
    ) -> Result<Self> {
        Ok(Self {
            model,
            training: Part::new(training, batch, seed, "search weight order")?,
            validation: Part::new(validation, batch, seed, "search architecture order")?,
            held_out,
            settings,
            label_smoothing: 0.0,
        })
    }

    /// The same, where the loss that the weights are moved along spreads this share of each target evenly over all classes.
    #[must_use]
    pub fn with_label_smoothing(self, label_smoothing: f64) -> Self {
        Self {
            label_smoothing,
            ..self
        }
    }
}

impl Task for Split {
    fn settings(&self) -> serde_json::Value {
        self.settings.clone()
    }

    fn variables(&self) -> Vec<(String, Var)> {
        self.model.trained()
    }

    fn buffers(&self) -> Vec<(String, Var)> {
        self.model.buffers()
    }

    fn training_loss(&mut self, number: u64) -> Result<Tensor> {
        let batch = self.training.batch(number)?;
        self.model.smoothed_loss(&batch, self.label_smoothing)
    }

    fn validation_loss(&mut self, number: u64) -> Result<Tensor> {
        self.model.loss(&self.validation.batch(number)?)
    }

    fn evaluate(&mut self) -> Result<Metrics> {
        self.model.evaluate(&*self.held_out)
    }
}
