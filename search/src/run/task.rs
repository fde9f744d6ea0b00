//! Classification of images as a task of the search.

use candle_core::{Device, Tensor, Var};
use candle_nn::{ModuleT, VarMap};

use super::RunConfig;
use crate::cell::Cell;
use crate::data::{Batches, ImageSet, Splits};
use crate::engine::{Metrics, Task};
use crate::error::Result;
use crate::models::{ResNet, trainable, variables};
use crate::train;

/// The share of the training part that the weights learn from; the architecture learns from the rest.
pub(super) const WEIGHT_SHARE: f64 = 0.75;

/// A residual network with the cell at every site, and its data in three parts: for the weights, for the architecture, held
/// out.
pub struct Classification {
    model: ResNet,
    vars: VarMap,
    weights: Part,
    architecture: Part,
    test: ImageSet,
    settings: serde_json::Value,
}

/// A part of the data, in batches.
struct Part {
    set: ImageSet,
    batches: Batches,
}

impl Part {
    fn batch(&mut self, number: u64) -> Result<(Tensor, Tensor)> {
        self.set.batch(self.batches.at(number as usize))
    }
}

impl Classification {
    /// The network at its start, and the training part in two.
    ///
    /// # Errors
    /// [`crate::error::Error::Invalid`] if the data are too few or the batch is empty; if the network cannot be built.
    pub fn new(config: &RunConfig, cell: &Cell, data: &Splits) -> Result<Self> {
        let (batch, seed) = (config.batch, config.seed);
        let vars = VarMap::new();
        let (weights, architecture) = data.train.split(WEIGHT_SHARE, seed, "architecture part")?;
        let part = |set: ImageSet, stream| -> Result<Part> {
            let batches = Batches::new(set.len(), batch, seed, stream)?;
            Ok(Part { set, batches })
        };
        Ok(Self {
            model: ResNet::new(&config.network, cell, &vars, &Device::Cpu, seed)?,
            vars,
            weights: part(weights, "search weight order")?,
            architecture: part(architecture, "search architecture order")?,
            test: data.test.clone(),
            settings: config.to_json()?,
        })
    }

    /// Steps in which the weights see each of their images once.
    pub fn steps_per_epoch(&self) -> usize {
        self.weights.batches.per_epoch()
    }

    fn loss(&self, (images, labels): (Tensor, Tensor)) -> Result<Tensor> {
        let logits = self.model.forward_t(&images, true)?;
        Ok(candle_nn::loss::cross_entropy(&logits, &labels)?)
    }
}

impl Task for Classification {
    fn settings(&self) -> serde_json::Value {
        self.settings.clone()
    }

    fn variables(&self) -> Vec<(String, Var)> {
        trainable(&self.vars)
    }

    fn buffers(&self) -> Vec<(String, Var)> {
        let trained = trainable(&self.vars);
        let is_trained = |name: &String| trained.iter().any(|(known, _)| known == name);
        let mut buffers = variables(&self.vars);
        buffers.retain(|(name, _)| !is_trained(name));
        buffers
    }

    fn training_loss(&mut self, number: u64) -> Result<Tensor> {
        let batch = self.weights.batch(number)?;
        self.loss(batch)
    }

    fn validation_loss(&mut self, number: u64) -> Result<Tensor> {
        let batch = self.architecture.batch(number)?;
        self.loss(batch)
    }

    fn evaluate(&mut self) -> Result<Metrics> {
        let score = train::evaluate(&self.model, &self.test)?;
        Ok(Metrics {
            loss: score.loss,
            accuracy: Some(score.accuracy),
        })
    }
}
