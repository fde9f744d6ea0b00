//! Layer normalisation of rows, `y = γ x̂ + β` with `x̂ = (x − μ) / √(σ² + ε)` (Ba et al., arXiv 1607.06450).
//!
//! With `g` the gradient of `y` and `n` elements a row, `∂γ = Σ g x̂` and `∂β = Σ g` over the rows, and
//! `∂x = (γ g − mean(γ g) − x̂ mean(γ g x̂)) / √(σ² + ε)`.

use std::mem::MaybeUninit;

use candle_core::backend::BackendStorage;
use candle_core::{
    CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, WithDType, bail,
};
use rayon::prelude::*;

use super::element::{
    Element, add_all, contiguous, dispatch, in_groups, vectorised, with_elements, written,
};
use super::sums::{SHORT, sum, sums};

/// Elements that a task normalises, rounded up to rows: the order of sums does not depend on the number of threads.
const TASK: usize = 1 << 14;

/// Normalises the last dimension of `x [.., n]`, with `epsilon` added to the variance, scales it by `gamma [n]` and adds `beta [n]`.
///
/// # Errors
/// If the sizes differ, `x` is empty or not on the CPU, or the elements are neither f32 nor f64.
pub fn layer_norm(
    x: &Tensor,
    gamma: &Tensor,
    beta: Option<&Tensor>,
    epsilon: f64,
) -> Result<Tensor> {
    let columns = gamma.dims1()?;
    if x.dims().last() != Some(&columns) || x.elem_count() == 0 {
        bail!("{:?} cannot be normalised in rows of {columns}", x.shape())
    }
    let (x, gamma, op) = (x.contiguous()?, gamma.contiguous()?, LayerNorm { epsilon });
    match beta {
        Some(beta) if beta.dims() != [columns] => {
            bail!("{:?} cannot be added to rows of {columns}", beta.shape())
        }
        Some(beta) => x.apply_op3(&gamma, &beta.contiguous()?, op),
        None => x.apply_op2(&gamma, op),
    }
}

struct LayerNorm {
    epsilon: f64,
}

/// The mean and `1 / √(σ² + ε)` of a row.
#[inline(always)]
fn moments<T: Element>(row: &[T], epsilon: f64) -> (T, T) {
    let count = row.len() as f64;
    let mean = T::of(sum::<T, SHORT>(row, row, |x, _| x) / count);
    let variance = sum::<T, SHORT>(row, row, |x, _| (x - mean) * (x - mean)) / count;
    (mean, T::of((variance + epsilon).sqrt().recip()))
}

vectorised! {
    fn normalise<'a, T, S>(x: &'a [T], gamma: &'a [T], beta: Option<&'a [T]>, epsilon: f64, y: &'a mut [MaybeUninit<T>]) -> () {
        for (y, x) in y.chunks_mut(gamma.len()).zip(x.chunks(gamma.len())) {
            let (mean, inverse) = moments(x, epsilon);
            let elements = y.iter_mut().zip(x).zip(gamma);
            match beta {
                Some(beta) => for (((y, x), gamma), beta) in elements.zip(beta) {
                    y.write((*x - mean) * inverse * *gamma + *beta);
                }
                None => for ((y, x), gamma) in elements {
                    y.write((*x - mean) * inverse * *gamma);
                }
            }
        }
    }
}

vectorised! {
    /// Writes `∂x` and returns `[∂γ, ∂β]`.
    fn gradients<'a, T, S>(x: &'a [T], gamma: &'a [T], grad: &'a [T], epsilon: f64, grad_x: &'a mut [MaybeUninit<T>]) -> Vec<T> {
        let columns = gamma.len();
        let mut totals = vec![T::of(0.0); 2 * columns];
        let (to_gamma, to_beta) = totals.split_at_mut(columns);
        let mut normal = vec![T::of(0.0); columns];
        let rows = grad_x.chunks_mut(columns).zip(x.chunks(columns)).zip(grad.chunks(columns));
        let share = T::of((columns as f64).recip());
        for ((grad_x, x), grad) in rows {
            let (mean, inverse) = moments(x, epsilon);
            for ((normal, x), (grad, (to_gamma, to_beta))) in
                normal.iter_mut().zip(x).zip(grad.iter().zip(to_gamma.iter_mut().zip(&mut *to_beta)))
            {
                *normal = (*x - mean) * inverse;
                *to_gamma += *grad * *normal;
                *to_beta += *grad;
            }
            // The gradient with respect to x̂ is written first.
            let normal = &normal[..];
            for ((grad_x, grad), gamma) in grad_x.iter_mut().zip(grad).zip(gamma) {
                grad_x.write(*grad * *gamma);
            }
            // SAFETY: the loop above has written all of the row.
            let grad_x = unsafe { &mut *(grad_x as *mut [MaybeUninit<T>] as *mut [T]) };
            let [all, along] = sums::<T, 2, SHORT>(grad_x, normal, |grad, normal| [grad, grad * normal]);
            let (all, along) = (T::of(all) * share, T::of(along) * share);
            for (grad_x, normal) in grad_x.iter_mut().zip(normal) {
                *grad_x = inverse * (*grad_x - all - *normal * along);
            }
        }
        totals
    }
}

impl LayerNorm {
    fn forward<T: Element>(&self, x: &[T], gamma: &[T], beta: Option<&[T]>) -> Vec<T> {
        let task = TASK.next_multiple_of(gamma.len());
        let write = |y: &mut [MaybeUninit<T>]| {
            in_groups(y.par_chunks_mut(task).zip(x.par_chunks(task)), |(y, x)| {
                normalise(x, gamma, beta, self.epsilon, y);
            });
        };
        // SAFETY: each task writes all of its rows.
        unsafe { written(x.len(), write).0 }
    }

    /// `(∂x, [∂γ, ∂β])`
    fn backward<T: Element>(&self, x: &[T], gamma: &[T], grad: &[T]) -> (Vec<T>, Vec<T>) {
        let task = TASK.next_multiple_of(gamma.len());
        let write = |grad_x: &mut [MaybeUninit<T>]| {
            let tasks = grad_x.par_chunks_mut(task).zip(x.par_chunks(task));
            let parts = in_groups(tasks.zip(grad.par_chunks(task)), |((grad_x, x), grad)| {
                gradients(x, gamma, grad, self.epsilon, grad_x)
            });
            add_all(parts)
        };
        // SAFETY: each task writes the gradients of all of its rows.
        unsafe { written(x.len(), write) }
    }

    /// The gradients with respect to `x`, `γ` and `β`.
    fn gradients(&self, x: &Tensor, gamma: &Tensor, grad: &Tensor) -> Result<[Tensor; 3]> {
        let grad = grad.contiguous()?;
        let (columns, device) = (gamma.dims1()?, x.device());
        dispatch!(x.dtype(), NAME, T => {
            let (grad_x, mut grad_gamma) = with_elements::<T, _>(x, |x| {
                with_elements::<T, _>(gamma, |gamma| {
                    with_elements::<T, _>(&grad, |grad| Ok(self.backward(x, gamma, grad)))
                })
            })?;
            let grad_beta = grad_gamma.split_off(columns);
            Ok([
                Tensor::from_vec(grad_x, x.shape(), device)?,
                Tensor::from_vec(grad_gamma, columns, device)?,
                Tensor::from_vec(grad_beta, columns, device)?,
            ])
        })
    }
}

const NAME: &str = "layer-norm";

impl CustomOp2 for LayerNorm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        gamma: &CpuStorage,
        gamma_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let y = dispatch!(x.dtype(), NAME, T => {
            let (x, gamma) = (contiguous(x, x_layout)?, contiguous(gamma, gamma_layout)?);
            Ok(T::to_cpu_storage_owned(self.forward::<T>(x, gamma, None)))
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
        let [grad_x, grad_gamma, _] = self.gradients(x, gamma, grad)?;
        Ok((Some(grad_x), Some(grad_gamma)))
    }
}

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        gamma: &CpuStorage,
        gamma_layout: &Layout,
        beta: &CpuStorage,
        beta_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let y = dispatch!(x.dtype(), NAME, T => {
            let (x, gamma) = (contiguous(x, x_layout)?, contiguous(gamma, gamma_layout)?);
            let beta = contiguous(beta, beta_layout)?;
            Ok(T::to_cpu_storage_owned(self.forward::<T>(x, gamma, Some(beta))))
        })?;
        Ok((y, x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        gamma: &Tensor,
        _beta: &Tensor,
        _y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let [grad_x, grad_gamma, grad_beta] = self.gradients(x, gamma, grad)?;
        Ok((Some(grad_x), Some(grad_gamma), Some(grad_beta)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_agree, assert_gradient, normal};
    use super::*;

    const EPSILON: f64 = 1e-5;

    fn composed(x: &[Tensor]) -> Result<Tensor> {
        let centered = x[0].broadcast_sub(&x[0].mean_keepdim(2)?)?;
        let deviation = (centered.sqr()?.mean_keepdim(2)? + EPSILON)?.sqrt()?;
        let y = centered.broadcast_div(&deviation)?.broadcast_mul(&x[1])?;
        match x.get(2) {
            Some(beta) => y.broadcast_add(beta),
            None => Ok(y),
        }
    }

    #[test]
    fn values_and_gradients_agree_with_the_formula() -> Result<()> {
        // Less than a lane, lanes and a remainder; and more rows than one task takes.
        for (n, length, columns) in [(2, 5, 7), (3, 70, 100)] {
            let x = ((normal((n, length, columns), 1)? * 3.0)? + 2.0)?;
            let (gamma, beta) = (normal(columns, 2)?, normal(columns, 3)?);
            let ours = |x: &[Tensor]| layer_norm(&x[0], &x[1], x.get(2), EPSILON);
            assert_agree(&[&x, &gamma, &beta], ours, composed)?;
            assert_agree(&[&x, &gamma], ours, composed)?;
        }
        Ok(())
    }

    #[test]
    fn gradients_agree_with_finite_differences() -> Result<()> {
        let (x, gamma, beta) = (normal((2, 4, 3), 1)?, normal(3, 2)?, normal(3, 3)?);
        assert_gradient(&x, |x| layer_norm(x, &gamma, Some(&beta), EPSILON))?;
        assert_gradient(&gamma, |gamma| layer_norm(&x, gamma, None, EPSILON))?;
        assert_gradient(&beta, |beta| layer_norm(&x, &gamma, Some(beta), EPSILON))
    }

    #[test]
    fn misfits_are_errors() -> Result<()> {
        let (two, three) = (normal(2, 2)?, normal(3, 2)?);
        assert!(layer_norm(&normal((2, 3), 1)?, &two, None, EPSILON).is_err());
        assert!(layer_norm(&normal((0, 3), 1)?, &three, None, EPSILON).is_err());
        assert!(layer_norm(&normal((2, 3), 1)?, &three, Some(&two), EPSILON).is_err());
        Ok(())
    }
}
