//! Whether activations have values on the numbers that a network really passes to them.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{DType, Module, Tensor};
use candle_nn::VarMap;

use super::Experiment;
use super::retrain::Contestant;
use crate::data::Batches;
use crate::error::{Error, Result};

/// The first number without a value: the site, and the number.
type Lacking = Arc<Mutex<Option<(String, f32)>>>;

/// An activation that notes where it has no value.
struct Noted {
    site: String,
    activation: Box<dyn Module + Send + Sync>,
    lacking: Lacking,
}

impl Module for Noted {
    fn forward(&self, xs: &Tensor) -> candle_core::Result<Tensor> {
        let ys = self.activation.forward(xs)?;
        let total = ys.sum_all()?.to_dtype(DType::F32)?.to_scalar::<f32>()?;
        if !total.is_finite() {
            let [xs, ys] = [xs, &ys].map(|tensor| tensor.flatten_all()?.to_vec1::<f32>());
            let (xs, ys) = (xs?, ys?);
            let lacks = |(x, y): &(&f32, &f32)| x.is_finite() && !y.is_finite();
            let first = xs.iter().zip(&ys).find(lacks);
            let mut lacking = self.lacking.lock().unwrap_or_else(PoisonError::into_inner);
            if let (Some((x, _)), None) = (first, &*lacking) {
                *lacking = Some((self.site.clone(), *x));
            }
        }
        Ok(ys)
    }
}

impl Experiment {
    /// Refuses activations that are not finite on the first batch of the training, with the initial weights: such a training fails in its
    /// first step, whatever its learning rate.
    ///
    /// # Errors
    /// [`Error::Invalid`], with a number that has no value and the site that it comes to; or if the experiment is a search.
    pub fn check_range(&self) -> Result<()> {
        let Some(chosen) = &self.specification.activation else {
            return Err(Error::Invalid(
                "a search has no activation whose values could be checked".to_owned(),
            ));
        };
        let contestant = Contestant::chosen(chosen)?;
        let groups = &self.specification.groups;
        let lacking = Lacking::default();
        let (stage, vars) = (&self.stages[0], VarMap::new());
        let device = stage.device.device();
        let activations = |site: &str| -> candle_core::Result<Box<dyn Module + Send + Sync>> {
            Ok(Box::new(Noted {
                site: site.to_owned(),
                activation: contestant.module(site, groups, &vars, &device)?,
                lacking: lacking.clone(),
            }))
        };
        let model = self
            .architecture
            .build(&activations, &vars, &device, stage.seed)?;
        let train = &*self.data.train;
        let mut batches = Batches::new(
            train.len(),
            self.specification.batch,
            stage.seed,
            "training order",
        )?;
        let batch = batches.of(train, 0)?;
        self.supervised(model, vars).loss(&batch)?;
        let lacking = lacking.lock().unwrap_or_else(PoisonError::into_inner);
        match &*lacking {
            None => Ok(()),
            Some((site, x)) => Err(Error::Invalid(format!(
                "`{}` is not finite at x = {x}, which the first batch brings to `{site}`: choose a formula that has a value \
                 at every number, or clamp its argument",
                contestant.formula
            ))),
        }
    }
}
