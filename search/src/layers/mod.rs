//! The layers that candle leaves slow in training on the CPU, as fused operations with their own backward pass.
//!
//! They take and return candle's tensors, f32 or f64, and gradients flow to all of their arguments; any candle model can use them.
//! What a layer computes in between is neither kept nor allocated anew: it is computed again for the gradients, in buffers that each
//! thread keeps. Work is shared out among rayon's threads in parts that depend on the shapes alone, so that results do not depend on
//! the number of threads.
//!
//! Feature maps of convolutions lie channels first, `[c, n, h, w]` (channels, images, height, width). In this order a convolution of
//! several images is a single matrix product, and batch normalisation works on contiguous rows; an activation function
//! does not notice.
//!
//! A block of a language model, with an activation of your choice:
//!
//! ```
//! use actsmith_search::layers::{attention, cross_entropy, layer_norm, linear};
//! use candle_core::{Device, Module, Result, Tensor, Var};
//!
//! # fn main() -> Result<()> {
//! let (width, heads, device) = (8, 2, &Device::Cpu);
//! let weights = |rows: usize, columns: usize| Var::randn(0f32, 0.1, (rows, columns), device);
//! let (all, out, up, down) = (
//!     weights(3 * width, width)?,
//!     weights(width, width)?,
//!     weights(4 * width, width)?,
//!     weights(width, 4 * width)?,
//! );
//! let gamma = Var::ones(width, candle_core::DType::F32, device)?;
//!
//! let x = Tensor::randn(0f32, 1.0, (3, 5, width), device)?; // 3 texts of 5 tokens
//! let normal = layer_norm(&x, &gamma, None, 1e-5)?;
//! let mixed = attention(&linear(&normal, &all, None, None)?, heads, true, None)?;
//! let x = linear(&mixed, &out, None, Some(&x))?; // the shortcut is added
//! let hidden = linear(&layer_norm(&x, &gamma, None, 1e-5)?, &up, None, None)?;
//! let x = linear(&actsmith::zoo::Gelu.forward(&hidden)?, &down, None, Some(&x))?;
//!
//! let targets = Tensor::zeros(15, candle_core::DType::U32, device)?;
//! let gradients = cross_entropy(&x.flatten_to(1)?, &targets, 0.0)?.backward()?;
//! assert!(gradients.get(&all).is_some());
//! # Ok(())
//! # }
//! ```

mod attention;
mod batch_norm;
mod blocks;
mod columns;
mod convolution;
mod cross_entropy;
mod element;
mod layer_norm;
mod linear;
mod normalized;
mod product;
mod shortcut;
mod sums;
mod window;

pub use attention::attention;
pub use batch_norm::{Moments, Source, normalize};
pub use convolution::conv2d;
pub use cross_entropy::cross_entropy;
pub use layer_norm::layer_norm;
pub use linear::linear;
pub use normalized::{Convolution, Normalization};
pub use shortcut::shortcut;

#[cfg(test)]
pub(crate) mod tests {
    use crate::seed;
    use candle_core::{DType, Device, Result, Shape, Tensor, Var};
    use rand_distr::{Distribution, StandardNormal};

    /// Normal f64 values that depend on the seed alone.
    pub(crate) fn normal(shape: impl Into<Shape>, seed: u64) -> Result<Tensor> {
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

    /// Compares values and gradients of two functions of the same f64 arguments, in f64 and f32: they may differ by a few hundred
    /// roundings of the largest number in each tensor.
    pub(super) fn assert_agree(
        arguments: &[&Tensor],
        ours: impl Fn(&[Tensor]) -> Result<Tensor>,
        theirs: impl Fn(&[Tensor]) -> Result<Tensor>,
    ) -> Result<()> {
        for (dtype, rounding) in [(DType::F64, 2f64.powi(-53)), (DType::F32, 2f64.powi(-24))] {
            let vars = arguments
                .iter()
                .map(|x| Var::from_tensor(&x.to_dtype(dtype)?));
            let vars = vars.collect::<Result<Vec<_>>>()?;
            let all = |f: &dyn Fn(&[Tensor]) -> Result<Tensor>| -> Result<Vec<Tensor>> {
                let tensors: Vec<Tensor> = vars.iter().map(|var| var.as_tensor().clone()).collect();
                let y = f(&tensors)?;
                let weights = normal(y.dims(), 99)?.to_dtype(dtype)?;
                let gradients = (&y * weights)?.sum_all()?.backward()?;
                let gradient = |var: &Var| gradients.get(var).expect("a gradient arrives").clone();
                Ok(std::iter::once(y)
                    .chain(vars.iter().map(gradient))
                    .collect())
            };
            for (ours, theirs) in all(&ours)?.iter().zip(all(&theirs)?) {
                let (ours, theirs) = (ours.to_dtype(DType::F64)?, theirs.to_dtype(DType::F64)?);
                let largest = theirs.abs()?.max_all()?.to_scalar::<f64>()?;
                assert_close(&ours, &theirs, 400.0 * rounding * largest)?;
            }
        }
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
