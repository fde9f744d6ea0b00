//! Batch normalisation as a layer: batch statistics while training, running averages of them otherwise.

use crate::layers::{Convolution, Moments, Normalization, Source, normalize};
use candle_core::{Result, Tensor, Var};
use candle_nn::{Init, ModuleT, VarBuilder};

/// Added to the variance, as in PyTorch.
const EPSILON: f64 = 1e-5;
/// The share of the newest batch in the running averages, as in PyTorch.
const MOMENTUM: f64 = 0.1;

/// Batch normalisation of feature maps `[c, n, h, w]` over `n`, `h` and `w`.
///
/// The running variance averages the unbiased variances of the batches, as in PyTorch.
#[derive(Debug, Clone)]
pub struct BatchNorm {
    weight: Tensor,
    bias: Tensor,
    running_mean: Var,
    running_var: Var,
}

impl BatchNorm {
    /// A layer for `channels` channels with its variables `weight`, `bias`, `running_mean` and `running_var` in `vars`.
    ///
    /// # Errors
    /// If a variable exists with another shape.
    pub fn new(channels: usize, vars: VarBuilder) -> Result<Self> {
        let make = |name, value| vars.get_with_hints(channels, name, Init::Const(value));
        Ok(Self {
            weight: make("weight", 1.0)?,
            bias: make("bias", 0.0)?,
            running_mean: Var::from_tensor(&make("running_mean", 0.0)?)?,
            running_var: Var::from_tensor(&make("running_var", 1.0)?)?,
        })
    }

    fn update(&self, moments: &Moments, per_channel: f64) -> Result<()> {
        // One element a channel has no unbiased variance: its biased one, zero, stands in.
        let unbiased = per_channel / (per_channel - 1.0).max(1.0);
        let new_variance: Vec<_> = moments.variance.iter().map(|v| v * unbiased).collect();
        for (running, new) in [
            (&self.running_mean, &moments.mean),
            (&self.running_var, &new_variance),
        ] {
            let new = Tensor::new(new.as_slice(), running.device())?.to_dtype(running.dtype())?;
            running.set(&((running.as_tensor() * (1.0 - MOMENTUM))? + (new * MOMENTUM)?)?)?;
        }
        Ok(())
    }

    fn running(&self) -> Result<Moments> {
        let values = |var: &Var| var.to_dtype(candle_core::DType::F64)?.to_vec1();
        Ok(Moments {
            mean: values(&self.running_mean)?,
            variance: values(&self.running_var)?,
        })
    }
}

impl BatchNorm {
    /// The output of a convolution of `x`, normalised, with what is `beside` it added.
    pub(super) fn after(
        &self,
        convolution: Convolution,
        x: &Tensor,
        beside: Option<&Tensor>,
        train: bool,
    ) -> Result<Tensor> {
        let running = (!train).then(|| self.running()).transpose()?;
        let normalization = Normalization {
            gamma: &self.weight,
            beta: &self.bias,
            epsilon: EPSILON,
            moments: running.as_ref(),
        };
        let (y, moments) = convolution.normalized(&normalization, x, beside)?;
        if train {
            self.update(&moments, (y.elem_count() / moments.mean.len()) as f64)?;
        }
        Ok(y)
    }
}

impl ModuleT for BatchNorm {
    fn forward_t(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let (moments, source) = if train {
            let moments = Moments::of(x)?;
            self.update(&moments, (x.elem_count() / moments.mean.len()) as f64)?;
            (moments, Source::Input)
        } else {
            (self.running()?, Source::Constant)
        };
        normalize(x, &self.weight, &self.bias, &moments, source, EPSILON)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};
    use candle_nn::VarMap;

    #[test]
    fn trains_and_evaluates_as_candle_does() -> Result<()> {
        let device = &Device::Cpu;
        let vars = VarMap::new();
        let ours = BatchNorm::new(2, VarBuilder::from_varmap(&vars, DType::F64, device))?;
        let one = || Tensor::ones(2, DType::F64, device);
        let zero = || Tensor::zeros(2, DType::F64, device);
        let theirs = candle_nn::BatchNorm::new(2, zero()?, one()?, one()?, zero()?, EPSILON)?;
        let x = Tensor::new(
            &[[[[1.0, 4.0], [-2.0, 0.5]]], [[[3.0, 3.5], [8.0, -1.0]]]],
            device,
        )?;
        let by_image = x.transpose(0, 1)?.contiguous()?;
        for train in [true, true, false] {
            let gap = (ours.forward_t(&x, train)?
                - theirs.forward_t(&by_image, train)?.transpose(0, 1)?)?;
            // A few roundings of values of order one, in f64.
            assert!(gap.abs()?.max_all()?.to_scalar::<f64>()? < 1e-14);
        }
        Ok(())
    }
}
