//! The layers that candle leaves slow in training, as fused operations with their own backward pass.
//!
//! Feature maps of convolutions lie channels first, `[c, n, h, w]` (channels, images, height, width). In this order a convolution over
//! the whole batch is a single matrix product, and batch normalisation works on contiguous rows; an activation function
//! does not notice.

mod convolution;
mod layer_norm;
mod normalization;
mod softmax;
mod window;

pub(super) use convolution::conv2d;
pub(super) use layer_norm::layer_norm;
pub(super) use normalization::{Moments, Source, normalize};
pub(super) use softmax::softmax;
pub(super) use window::subsample;

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, WithDType, bail};

/// The elements of a contiguous tensor.
fn contiguous<'a, T: WithDType>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice()?[start..end]),
        None => bail!(
            "expected a contiguous tensor, not strides {:?}",
            layout.stride()
        ),
    }
}

/// Lends the elements of a contiguous tensor on the CPU.
fn with_elements<T: WithDType, R>(tensor: &Tensor, f: impl FnOnce(&[T]) -> Result<R>) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => f(contiguous(storage, layout)?),
        _ => bail!("expected a tensor on the CPU"),
    }
}

/// Evaluates an expression with `T` standing for the element type: `dispatch!(dtype, "name", T => f::<T>(…))`.
macro_rules! dispatch {
    ($dtype:expr, $op:expr, $T:ident => $body:expr) => {
        match $dtype {
            candle_core::DType::F32 => {
                type $T = f32;
                $body
            }
            candle_core::DType::F64 => {
                type $T = f64;
                $body
            }
            other => Err(candle_core::Error::UnsupportedDTypeForOp(other, $op).bt()),
        }
    };
}
use dispatch;

#[cfg(test)]
pub(super) mod tests {
    use crate::seed;
    use candle_core::{Device, Result, Shape, Tensor, Var};
    use rand_distr::{Distribution, StandardNormal};

    /// Normal f64 values that depend on the seed alone.
    pub(in crate::models) fn normal(shape: impl Into<Shape>, seed: u64) -> Result<Tensor> {
        let shape = shape.into();
        let mut rng = seed::rng(seed, "test", 0);
        let values = (0..shape.elem_count()).map(|_| StandardNormal.sample(&mut rng));
        Tensor::from_vec(values.collect::<Vec<f64>>(), shape, &Device::Cpu)
    }

    pub(super) fn assert_close(left: &Tensor, right: &Tensor, tolerance: f64) -> Result<()> {
        assert_eq!(left.dims(), right.dims());
        let gap = (left - right)?.abs()?.max_all()?.to_scalar::<f64>()?;
        assert!(gap <= tolerance, "{gap:e} > {tolerance:e}");
        Ok(())
    }

    /// Compares the gradient of `⟨f(x), w⟩`, with a fixed random `w`, with central differences of step h = 1e-5: their
    /// error is about h² times the third derivative plus rounding of 1e-16 / h, both below 1e-8 for values of order one.
    pub(super) fn assert_gradient(x: &Tensor, f: impl Fn(&Tensor) -> Result<Tensor>) -> Result<()> {
        let value = |x: &Tensor| -> Result<Tensor> {
            let y = f(x)?;
            (&y * normal(y.dims(), 99)?)?.sum_all()
        };
        let var = Var::from_tensor(x)?;
        let gradient = value(&var)?
            .backward()?
            .get(&var)
            .expect("a gradient arrives")
            .clone();
        let h = 1e-5;
        let values = x.flatten_all()?.to_vec1::<f64>()?;
        let moved = |i: usize, by: f64| -> Result<f64> {
            let mut values = values.clone();
            values[i] += by;
            value(&Tensor::from_vec(values, x.dims(), x.device())?)?.to_scalar()
        };
        let differences = (0..values.len())
            .map(|i| Ok((moved(i, h)? - moved(i, -h)?) / (2.0 * h)))
            .collect::<Result<Vec<f64>>>()?;
        assert_close(
            &gradient,
            &Tensor::from_vec(differences, x.dims(), x.device())?,
            1e-8,
        )
    }
}
