//! The probabilities of attention: `p = softmax(scale · x)` along rows, where with a causal mask row `i` of a square sees only the
//! columns up to `i`.
//!
//! With `g` the gradient of `p`, `∂x = scale · p (g − Σ g p)`; what is masked has none.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, WithDType, bail};
use rayon::prelude::*;

use super::{contiguous, dispatch, with_elements};

/// Softmax of scores `x [.., rows, columns]` along their columns.
///
/// # Errors
/// If `x` is empty or not on the CPU, the mask has no square, or the elements are neither f32 nor f64.
pub(crate) fn softmax(x: &Tensor, scale: f64, causal: bool) -> Result<Tensor> {
    let [.., rows, columns] = *x.dims() else {
        bail!("scores have at least two dimensions, not {:?}", x.shape())
    };
    if x.elem_count() == 0 || causal && rows != columns {
        bail!("{:?} has no rows of scores", x.shape())
    }
    x.contiguous()?.apply_op1(Softmax {
        scale,
        causal,
        rows,
        columns,
    })
}

#[derive(Clone, Copy)]
struct Softmax {
    scale: f64,
    causal: bool,
    rows: usize,
    columns: usize,
}

impl Softmax {
    /// How many columns a row sees.
    fn seen(&self, row: usize) -> usize {
        match self.causal {
            true => row % self.rows + 1,
            false => self.columns,
        }
    }

    fn forward<T: WithDType + Float>(&self, x: &[T]) -> Vec<T> {
        let mut p = vec![T::zero(); x.len()];
        let rows = p
            .par_chunks_mut(self.columns)
            .zip(x.par_chunks(self.columns));
        let scale = T::from_f64(self.scale);
        rows.enumerate().for_each(|(row, (p, x))| {
            let seen = self.seen(row);
            let (p, x) = (&mut p[..seen], &x[..seen]);
            for (p, x) in p.iter_mut().zip(x) {
                *p = *x * scale;
            }
            let largest = p
                .iter()
                .copied()
                .fold(p[0], |a, b| if b > a { b } else { a });
            let mut sum = 0.0;
            for p in p.iter_mut() {
                *p = (*p - largest).exp();
                sum += p.to_f64();
            }
            let share = T::from_f64(sum.recip());
            p.iter_mut().for_each(|p| *p *= share);
        });
        p
    }

    fn backward<T: WithDType>(&self, p: &[T], grad: &[T]) -> Vec<T> {
        let mut grad_x = vec![T::zero(); p.len()];
        let rows = grad_x.par_chunks_mut(self.columns);
        let rows = rows
            .zip(p.par_chunks(self.columns))
            .zip(grad.par_chunks(self.columns));
        let scale = T::from_f64(self.scale);
        rows.enumerate().for_each(|(row, ((grad_x, p), grad))| {
            let seen = self.seen(row);
            let (p, grad) = (&p[..seen], &grad[..seen]);
            let mean: f64 = p.iter().zip(grad).map(|(p, g)| (*p * *g).to_f64()).sum();
            let mean = T::from_f64(mean);
            for ((grad_x, p), grad) in grad_x.iter_mut().zip(p).zip(grad) {
                *grad_x = scale * *p * (*grad - mean);
            }
        });
        grad_x
    }
}

/// Types with an exponential.
trait Float {
    fn exp(self) -> Self;
}

impl Float for f32 {
    fn exp(self) -> Self {
        f32::exp(self)
    }
}

impl Float for f64 {
    fn exp(self) -> Self {
        f64::exp(self)
    }
}

impl CustomOp1 for Softmax {
    fn name(&self) -> &'static str {
        "scaled-softmax"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let p = dispatch!(x.dtype(), "scaled-softmax", T => {
            Ok(T::to_cpu_storage_owned(self.forward::<T>(contiguous(x, layout)?)))
        })?;
        Ok((p, layout.shape().clone()))
    }

    fn bwd(&self, _x: &Tensor, p: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let grad = grad.contiguous()?;
        let grad_x = dispatch!(p.dtype(), "scaled-softmax", T => {
            let grad_x = with_elements::<T, _>(p, |p| {
                with_elements::<T, _>(&grad, |grad| Ok(self.backward(p, grad)))
            })?;
            Tensor::from_vec(grad_x, p.shape(), p.device())
        })?;
        Ok(Some(grad_x))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, assert_gradient, normal};
    use super::*;
    use candle_core::D;

    #[test]
    fn values_agree_with_candles_softmax() -> Result<()> {
        let x = (normal((2, 3, 4, 4), 1)? * 20.0)?;
        let theirs = candle_nn::ops::softmax(&(&x * 0.3)?, D::Minus1)?;
        // A few roundings of probabilities, in f64.
        assert_close(&softmax(&x, 0.3, false)?, &theirs, 1e-14)
    }

    #[test]
    fn a_row_sees_nothing_after_it() -> Result<()> {
        let x = normal((2, 3, 3), 1)?;
        let p = softmax(&x, 1.0, true)?;
        for square in p.to_vec3::<f64>()? {
            for (row, p) in square.iter().enumerate() {
                assert!(p[row + 1..].iter().all(|&p| p == 0.0));
                assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-15);
            }
        }
        Ok(())
    }

    #[test]
    fn gradients_agree_with_finite_differences() -> Result<()> {
        let x = normal((2, 3, 3), 1)?;
        assert_gradient(&x, |x| softmax(x, 0.7, true))?;
        assert_gradient(&x, |x| softmax(x, 0.7, false))
    }

    #[test]
    fn misfits_are_errors() -> Result<()> {
        assert!(softmax(&normal(3, 1)?, 1.0, false).is_err());
        assert!(softmax(&normal((2, 3), 1)?, 1.0, true).is_err());
        assert!(softmax(&normal((0, 3), 1)?, 1.0, false).is_err());
        Ok(())
    }
}
