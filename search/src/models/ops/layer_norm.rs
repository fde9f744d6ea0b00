//! Layer normalisation of rows, `y = γ x̂` with `x̂ = (x − μ) / √(σ² + ε)` (Ba et al., arXiv 1607.06450).
//!
//! With `g` the gradient of `y` and `n` elements a row, `∂γ = Σ g x̂` over the rows, and
//! `∂x = (γ g − mean(γ g) − x̂ mean(γ g x̂)) / √(σ² + ε)`.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, WithDType, bail};
use rayon::prelude::*;

use super::{contiguous, dispatch, with_elements};

/// Rows whose sums for ∂γ one task adds up: their order, and with it the sum, does not depend on the number of threads.
const ROWS: usize = 64;

/// Normalises the last dimension of `x [.., n]`, with `epsilon` added to the variance, and scales it by `gamma [n]`.
///
/// # Errors
/// If the sizes differ, `x` is empty or not on the CPU, or the elements are neither f32 nor f64.
pub(crate) fn layer_norm(x: &Tensor, gamma: &Tensor, epsilon: f64) -> Result<Tensor> {
    let columns = gamma.dims1()?;
    if x.dims().last() != Some(&columns) || x.elem_count() == 0 {
        bail!("{:?} cannot be normalised in rows of {columns}", x.shape())
    }
    x.contiguous()?
        .apply_op2(&gamma.contiguous()?, LayerNorm { epsilon })
}

struct LayerNorm {
    epsilon: f64,
}

/// The mean and `1 / √(σ² + ε)` of a row.
fn moments<T: WithDType>(row: &[T], epsilon: f64) -> (f64, f64) {
    let count = row.len() as f64;
    let mean = row.iter().map(|x| x.to_f64()).sum::<f64>() / count;
    let squares = row.iter().map(|x| (x.to_f64() - mean).powi(2));
    let variance = squares.sum::<f64>() / count;
    (mean, (variance + epsilon).sqrt().recip())
}

fn forward<T: WithDType>(x: &[T], gamma: &[T], epsilon: f64) -> Vec<T> {
    let mut y = vec![T::zero(); x.len()];
    let rows = y.par_chunks_mut(gamma.len()).zip(x.par_chunks(gamma.len()));
    rows.for_each(|(y, x)| {
        let (mean, inverse) = moments(x, epsilon);
        for ((y, x), gamma) in y.iter_mut().zip(x).zip(gamma) {
            *y = T::from_f64((x.to_f64() - mean) * inverse) * *gamma;
        }
    });
    y
}

/// `(∂x, ∂γ)`
fn backward<T: WithDType>(x: &[T], gamma: &[T], grad: &[T], epsilon: f64) -> (Vec<T>, Vec<T>) {
    let columns = gamma.len();
    let mut grad_x = vec![T::zero(); x.len()];
    let block = ROWS * columns;
    let blocks = grad_x.par_chunks_mut(block);
    let blocks = blocks.zip(x.par_chunks(block)).zip(grad.par_chunks(block));
    let parts = blocks.map(|((grad_x, x), grad)| {
        let mut grad_gamma = vec![0.0; columns];
        let rows = grad_x.chunks_mut(columns);
        let rows = rows.zip(x.chunks(columns)).zip(grad.chunks(columns));
        for ((grad_x, x), grad) in rows {
            let (mean, inverse) = moments(x, epsilon);
            let (mut sum, mut product) = (0.0, 0.0);
            for ((x, grad), (gamma, grad_gamma)) in
                x.iter().zip(grad).zip(gamma.iter().zip(&mut grad_gamma))
            {
                let (normal, grad) = ((x.to_f64() - mean) * inverse, grad.to_f64());
                *grad_gamma += grad * normal;
                sum += grad * gamma.to_f64();
                product += grad * gamma.to_f64() * normal;
            }
            let (sum, product) = (sum / columns as f64, product / columns as f64);
            for ((grad_x, x), (grad, gamma)) in grad_x.iter_mut().zip(x).zip(grad.iter().zip(gamma))
            {
                let normal = (x.to_f64() - mean) * inverse;
                let scaled = grad.to_f64() * gamma.to_f64();
                *grad_x = T::from_f64(inverse * (scaled - sum - normal * product));
            }
        }
        grad_gamma
    });
    let parts: Vec<Vec<f64>> = parts.collect();
    let total = (0..columns).map(|column| parts.iter().map(|part| part[column]).sum());
    (grad_x, total.map(T::from_f64).collect())
}

impl CustomOp2 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        gamma: &CpuStorage,
        gamma_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let y = dispatch!(x.dtype(), "layer-norm", T => {
            let (x, gamma) = (contiguous(x, x_layout)?, contiguous(gamma, gamma_layout)?);
            let y = forward::<T>(x, gamma, self.epsilon);
            Ok(T::to_cpu_storage_owned(y))
        })?;
        Ok((y, x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        gamma: &Tensor,
        _y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let (grad_x, grad_gamma) = dispatch!(x.dtype(), "layer-norm", T => {
            let (grad_x, grad_gamma) = with_elements::<T, _>(x, |x| {
                with_elements::<T, _>(gamma, |gamma| {
                    with_elements::<T, _>(&grad, |grad| Ok(backward(x, gamma, grad, self.epsilon)))
                })
            })?;
            Ok((
                Tensor::from_vec(grad_x, x.shape(), x.device())?,
                Tensor::from_vec(grad_gamma, gamma.shape(), x.device())?,
            ))
        })?;
        Ok((Some(grad_x), Some(grad_gamma)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, assert_gradient, normal};
    use super::*;

    const EPSILON: f64 = 1e-5;

    #[test]
    fn values_agree_with_the_formula() -> Result<()> {
        let (x, gamma) = (((normal((2, 5, 7), 1)? * 3.0)? + 2.0)?, normal(7, 2)?);
        let centered = x.broadcast_sub(&x.mean_keepdim(2)?)?;
        let deviation = (centered.sqr()?.mean_keepdim(2)? + EPSILON)?.sqrt()?;
        let theirs = centered.broadcast_div(&deviation)?.broadcast_mul(&gamma)?;
        // A few roundings of values of order one, in f64.
        assert_close(&layer_norm(&x, &gamma, EPSILON)?, &theirs, 1e-13)
    }

    #[test]
    fn gradients_agree_with_finite_differences() -> Result<()> {
        // More rows than one task adds up.
        let (x, gamma) = (normal((2, ROWS, 3), 1)?, normal(3, 2)?);
        assert_gradient(&x, |x| layer_norm(x, &gamma, EPSILON))?;
        assert_gradient(&gamma, |gamma| layer_norm(&x, gamma, EPSILON))
    }

    #[test]
    fn misfits_are_errors() -> Result<()> {
        assert!(layer_norm(&normal((2, 3), 1)?, &normal(2, 2)?, EPSILON).is_err());
        assert!(layer_norm(&normal((0, 3), 1)?, &normal(3, 2)?, EPSILON).is_err());
        Ok(())
    }
}
