//! The one path of supervised learning: a model, its variables and an objective. The search and trainings from scratch share it.

use candle_core::{Tensor, Var};
use candle_nn::{ModuleT, VarMap};

use crate::data::Examples;
use crate::error::Result;
use crate::models::{Sampling, trainable, variables};
use crate::objective::{Classification, Metrics, Objective};

/// Examples of a batch where nothing is learned, unless each takes much memory.
const EVALUATION_BATCH: usize = 256;

/// How good a model is on some examples.
pub(crate) struct Scores {
    /// The loss of each.
    pub(crate) losses: Vec<f64>,
    /// The share of correct answers, where the task has such.
    pub(crate) accuracy: Option<f64>,
}

/// A model that learns from labelled examples.
pub struct Supervised {
    model: Box<dyn ModuleT>,
    vars: VarMap,
    objective: Box<dyn Objective>,
    evaluation_batch: usize,
}

impl Supervised {
    /// The model with the variables that it was built from.
    pub fn new(model: Box<dyn ModuleT>, vars: VarMap, objective: Box<dyn Objective>) -> Self {
        Self {
            model,
            vars,
            objective,
            evaluation_batch: EVALUATION_BATCH,
        }
    }

    /// The same, evaluated on so many examples at once.
    #[must_use]
    pub fn with_evaluation_batch(self, evaluation_batch: usize) -> Self {
        Self {
            evaluation_batch,
            ..self
        }
    }

    /// The variables that an optimiser moves, by name.
    pub fn trained(&self) -> Vec<(String, Var)> {
        trainable(&self.vars)
    }

    /// The variables that are saved but not trained, by name: running statistics.
    pub fn buffers(&self) -> Vec<(String, Var)> {
        let trained = self.trained();
        let is_trained = |name: &String| trained.iter().any(|(known, _)| known == name);
        let mut buffers = self.variables();
        buffers.retain(|(name, _)| !is_trained(name));
        buffers
    }

    /// All variables, by name.
    pub fn variables(&self) -> Vec<(String, Var)> {
        variables(&self.vars)
    }

    /// The mean loss over a batch, in training mode.
    ///
    /// # Errors
    /// If the model does not fit the inputs.
    pub fn loss(&self, (inputs, targets): &(Tensor, Tensor)) -> Result<Tensor> {
        let outputs = self.model.forward_t(inputs, true)?;
        self.objective.loss(&outputs, targets)
    }

    /// The same, with the share `smoothing` of each target spread evenly over all classes.
    ///
    /// # Errors
    /// If the model does not fit the inputs, or the objective has no classes.
    pub fn smoothed_loss(
        &self,
        (inputs, targets): &(Tensor, Tensor),
        smoothing: f64,
    ) -> Result<Tensor> {
        let outputs = self.model.forward_t(inputs, true)?;
        self.objective.smoothed_loss(&outputs, targets, smoothing)
    }

    /// The token that a language model draws next; see [`Sampling::next`].
    ///
    /// # Errors
    /// If the model does not fit the tokens.
    pub(crate) fn next(
        &self,
        how: &Sampling,
        before: &[u32],
        context: usize,
        step: u64,
    ) -> Result<u32> {
        Ok(how.next(&*self.model, before, context, step)?)
    }

    /// How good the model is on each of some examples, in evaluation mode.
    ///
    /// # Errors
    /// If the model does not fit the inputs.
    pub(crate) fn scores(&self, set: &dyn Examples, indices: &[u32]) -> Result<Scores> {
        let (mut losses, mut correct, mut answers) = (Vec::new(), Some(0.0), 0);
        for indices in indices.chunks(self.evaluation_batch.max(1)) {
            let (inputs, targets) = set.batch(indices)?;
            let outputs = self.model.forward_t(&inputs, false)?.detach();
            losses.extend(self.objective.losses(&outputs, &targets)?);
            answers += targets.elem_count();
            let right = self.objective.correct(&outputs, &targets)?;
            correct = correct.zip(right).map(|(sum, right)| sum + right);
        }
        Ok(Scores {
            losses,
            accuracy: correct.map(|correct| correct / answers as f64),
        })
    }

    /// How good the model is on a set, in evaluation mode.
    ///
    /// # Errors
    /// If the model does not fit the inputs.
    pub fn evaluate(&self, set: &dyn Examples) -> Result<Metrics> {
        measure(&*self.model, &*self.objective, set, self.evaluation_batch)
    }
}

/// How good a classifier is on a set, in evaluation mode.
///
/// # Errors
/// If the model does not fit the inputs.
pub fn evaluate(model: &dyn ModuleT, set: &dyn Examples) -> Result<Metrics> {
    measure(model, &Classification, set, EVALUATION_BATCH)
}

fn measure(
    model: &dyn ModuleT,
    objective: &dyn Objective,
    set: &dyn Examples,
    batch: usize,
) -> Result<Metrics> {
    let indices: Vec<u32> = (0..set.len() as u32).collect();
    let (mut loss, mut correct, mut answers) = (0.0, Some(0.0), 0);
    for indices in indices.chunks(batch.max(1)) {
        let (inputs, targets) = set.batch(indices)?;
        let outputs = model.forward_t(&inputs, false)?.detach();
        let mean = objective.loss(&outputs, &targets)?.to_scalar::<f32>()?;
        loss += f64::from(mean) * indices.len() as f64;
        answers += targets.elem_count();
        let right = objective.correct(&outputs, &targets)?;
        correct = correct.zip(right).map(|(sum, right)| sum + right);
    }
    Ok(Metrics {
        loss: loss / set.len() as f64,
        accuracy: correct.map(|correct| correct / answers as f64),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::ImageSet;
    use candle_core::{DType, Device};

    #[test]
    fn scores_are_means_over_all_images() -> Result<()> {
        /// Logits `(0, ln 3)` for every image: probabilities 1/4 and 3/4.
        struct Constant;
        impl ModuleT for Constant {
            fn forward_t(&self, images: &Tensor, _train: bool) -> candle_core::Result<Tensor> {
                Tensor::new(&[[0f32, 3f32.ln()]], images.device())?.repeat((images.dim(0)?, 1))
            }
        }
        // More than one evaluation batch, three quarters of the images in class 1.
        let labels: Vec<u32> = (0..1000).map(|i| u32::from(i % 4 > 0)).collect();
        let images = Tensor::zeros((1000, 1, 1, 1), DType::F32, &Device::Cpu)?;
        let score = evaluate(
            &Constant,
            &ImageSet::new(images, Tensor::new(labels, &Device::Cpu)?, 2)?,
        )?;
        let loss = -(0.25 * 0.25f64.ln() + 0.75 * 0.75f64.ln());
        assert_eq!(score.accuracy, Some(0.75));
        // One f32 rounding of each batch's mean.
        assert!((score.loss - loss).abs() < 1e-6, "{score:?}");
        Ok(())
    }
}
