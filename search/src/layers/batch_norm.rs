//! Batch normalisation `y = γ (x − μ) / √(σ² + ε) + β`, one channel a row (Ioffe and Szegedy, arXiv 1502.03167).
//!
//! With `x̂ = (x − μ) / √(σ² + ε)`, `g` the gradient of `y` and `m` elements a channel, `∂β = Σ g`, `∂γ = Σ g x̂`, and
//! `∂x = γ / √(σ² + ε) · (g − ∂β / m − x̂ ∂γ / m)`. The last two terms are the way through μ and σ²: they vanish where
//! the moments are constants instead of those of `x`.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, WithDType, bail};
use rayon::prelude::*;

use super::element::{Element, contiguous, dispatch, vectorised, with_elements};
use super::sums::{LONG, sum, sums};

/// Mean and (biased) variance of each channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// `μ`, one a channel.
    pub mean: Vec<f64>,
    /// `σ²`, one a channel.
    pub variance: Vec<f64>,
}

impl Moments {
    /// The moments of feature maps `[c, …]` over everything but the channel.
    ///
    /// # Errors
    /// If the tensor is empty, not contiguous, not on the CPU, or its elements are neither f32 nor f64.
    pub fn of(x: &Tensor) -> Result<Self> {
        let len = row_len(x.shape())?;
        let per_row = dispatch!(x.dtype(), "moments", T => with_elements(x, |x: &[T]| {
            Ok(x.par_chunks(len).map(row_moments::<T>).collect::<Vec<_>>())
        }))?;
        let (mean, variance) = per_row.into_iter().unzip();
        Ok(Self { mean, variance })
    }
}

/// Where the moments of a normalisation come from: this decides whether gradients flow through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// They are [`Moments::of`] the input.
    Input,
    /// They are constants, such as running averages.
    Constant,
}

/// Normalises feature maps `x [c, …]` with the moments of each channel, then scales and shifts them by `gamma [c]` and
/// `beta [c]`.
///
/// # Errors
/// If the number of channels differs between the arguments, `x` is empty or not on the CPU, or the elements are neither
/// f32 nor f64.
pub fn normalize(
    x: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    moments: &Moments,
    source: Source,
    epsilon: f64,
) -> Result<Tensor> {
    let channels = x.dims().first().copied().unwrap_or(0);
    let counts = [
        gamma.dims1()?,
        beta.dims1()?,
        moments.mean.len(),
        moments.variance.len(),
    ];
    if counts.iter().any(|count| *count != channels) {
        bail!(
            "{:?} cannot be normalised with {counts:?} channels",
            x.shape()
        )
    }
    let op = Normalize {
        mean: moments.mean.clone(),
        inverse: moments
            .variance
            .iter()
            .map(|v| (v + epsilon).sqrt().recip())
            .collect(),
        source,
    };
    x.contiguous()?
        .apply_op3(&gamma.contiguous()?, &beta.contiguous()?, op)
}

struct Normalize {
    /// `μ`
    mean: Vec<f64>,
    /// `1 / √(σ² + ε)`
    inverse: Vec<f64>,
    source: Source,
}

impl Normalize {
    fn forward<T: Element>(&self, x: &[T], gamma: &[T], beta: &[T], len: usize) -> Vec<T> {
        let mut y = vec![T::zero(); x.len()];
        let rows = y.par_chunks_mut(len).zip(x.par_chunks(len)).enumerate();
        rows.for_each(|(c, (y, x))| {
            let (center, scale) = (T::of(self.mean[c]), gamma[c] * T::of(self.inverse[c]));
            let shift = beta[c];
            for (y, x) in y.iter_mut().zip(x) {
                *y = (*x - center) * scale + shift;
            }
        });
        y
    }

    /// `(∂x, ∂γ, ∂β)`
    fn backward<T: Element>(
        &self,
        x: &[T],
        gamma: &[T],
        grad: &[T],
        len: usize,
    ) -> (Vec<T>, Vec<T>, Vec<T>) {
        let mut grad_x = vec![T::zero(); x.len()];
        let rows = grad_x
            .par_chunks_mut(len)
            .zip(x.par_chunks(len))
            .zip(grad.par_chunks(len));
        let per_row: Vec<_> = rows
            .enumerate()
            .map(|(c, ((grad_x, x), grad))| {
                let (center, inverse) = (T::of(self.mean[c]), T::of(self.inverse[c]));
                let [grad_beta, grad_gamma] = gradient_sums(grad, x, center).map(T::of);
                let grad_gamma = inverse * grad_gamma;
                let scale = gamma[c] * inverse;
                let (slope, shift) = match self.source {
                    Source::Input => {
                        let per_element = scale * T::of(1.0 / len as f64);
                        (per_element * grad_gamma * inverse, per_element * grad_beta)
                    }
                    Source::Constant => (T::zero(), T::zero()),
                };
                for ((to, x), g) in grad_x.iter_mut().zip(x).zip(grad) {
                    *to = scale * *g - slope * (*x - center) - shift;
                }
                (grad_gamma, grad_beta)
            })
            .collect();
        let (grad_gamma, grad_beta) = per_row.into_iter().unzip();
        (grad_x, grad_gamma, grad_beta)
    }
}

impl CustomOp3 for Normalize {
    fn name(&self) -> &'static str {
        "batch-normalization"
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
        let len = row_len(x_layout.shape())?;
        let y = dispatch!(x.dtype(), self.name(), T => {
            let (gamma, beta) = (contiguous(gamma, gamma_layout)?, contiguous(beta, beta_layout)?);
            Ok(T::to_cpu_storage_owned(self.forward::<T>(contiguous(x, x_layout)?, gamma, beta, len)))
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
        let len = row_len(x.shape())?;
        let (channels, device) = (gamma.dims1()?, x.device());
        let grad = grad.contiguous()?;
        dispatch!(x.dtype(), self.name(), T => {
            let (grad_x, grad_gamma, grad_beta) = with_elements(x, |x: &[T]| {
                with_elements(gamma, |gamma| {
                    with_elements(&grad, |grad| Ok(self.backward(x, gamma, grad, len)))
                })
            })?;
            Ok((
                Some(Tensor::from_vec(grad_x, x.shape(), device)?),
                Some(Tensor::from_vec(grad_gamma, channels, device)?),
                Some(Tensor::from_vec(grad_beta, channels, device)?),
            ))
        })
    }
}

/// Elements of a channel.
fn row_len(shape: &Shape) -> Result<usize> {
    match (shape.dims().first(), shape.elem_count()) {
        (None, _) | (_, 0) => bail!("a tensor of shape {shape:?} has no channels to normalise"),
        (Some(channels), count) => Ok(count / channels),
    }
}

vectorised! {
    /// Mean and variance in two passes, since the one-pass formula cancels.
    pub(super) fn row_moments<'a, T, S>(row: &'a [T]) -> (f64, f64) {
        let count = row.len() as f64;
        let mean = sum::<T, LONG>(row, row, |x, _| x) / count;
        let center = T::of(mean);
        let squares = sum::<T, LONG>(row, row, |x, _| (x - center) * (x - center));
        (mean, squares / count)
    }
}

vectorised! {
    /// `Σ g` and `Σ g (a − center)`.
    pub(super) fn gradient_sums<'a, T, S>(grad: &'a [T], a: &'a [T], center: T) -> [f64; 2] {
        sums::<T, 2, LONG>(grad, a, |grad, a| [grad, grad * (a - center)])
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, assert_gradient, normal};
    use super::*;
    use candle_core::Var;

    const EPSILON: f64 = 1e-5;

    fn of_input(x: &Tensor, gamma: &Tensor, beta: &Tensor) -> Result<Tensor> {
        normalize(x, gamma, beta, &Moments::of(x)?, Source::Input, EPSILON)
    }

    #[test]
    fn values_and_gradients_agree_with_the_composed_formula() -> Result<()> {
        // 21 elements a channel: whole lanes and a remainder.
        let x = Var::from_tensor(&((normal((3, 7, 3), 1)? * 2.0)? + 5.0)?)?;
        let (gamma, beta) = (
            Var::from_tensor(&normal(3, 2)?)?,
            Var::from_tensor(&normal(3, 3)?)?,
        );
        let rows = x.reshape((3, 21))?;
        let centered = rows.broadcast_sub(&rows.mean_keepdim(1)?)?;
        let deviation = (centered.sqr()?.mean_keepdim(1)? + EPSILON)?.sqrt()?;
        let theirs = centered
            .broadcast_div(&deviation)?
            .broadcast_mul(&gamma.reshape((3, 1))?)?
            .broadcast_add(&beta.reshape((3, 1))?)?
            .reshape((3, 7, 3))?;
        let ours = of_input(&x, &gamma, &beta)?;
        // A few hundred roundings of values of order ten, in f64.
        assert_close(&ours, &theirs, 1e-12)?;
        let weights = normal((3, 7, 3), 4)?;
        let ours = (ours * &weights)?.sum_all()?.backward()?;
        let theirs = (theirs * &weights)?.sum_all()?.backward()?;
        for var in [&x, &gamma, &beta] {
            assert_close(ours.get(var).unwrap(), theirs.get(var).unwrap(), 1e-12)?;
        }
        Ok(())
    }

    #[test]
    fn gradients_agree_with_finite_differences() -> Result<()> {
        let (x, gamma, beta) = (normal((2, 3, 2), 1)?, normal(2, 2)?, normal(2, 3)?);
        assert_gradient(&x, |x| of_input(x, &gamma, &beta))?;
        assert_gradient(&gamma, |gamma| of_input(&x, gamma, &beta))?;
        assert_gradient(&beta, |beta| of_input(&x, &gamma, beta))?;
        let constant = Moments {
            mean: vec![0.5, -1.0],
            variance: vec![2.0, 0.25],
        };
        assert_gradient(&x, |x| {
            normalize(x, &gamma, &beta, &constant, Source::Constant, EPSILON)
        })
    }

    #[test]
    fn misfits_are_errors() -> Result<()> {
        let (x, two, three) = (normal((2, 3), 1)?, normal(2, 2)?, normal(3, 3)?);
        assert!(of_input(&x, &three, &two).is_err());
        assert!(of_input(&x, &two, &three).is_err());
        assert!(Moments::of(&normal((2, 0), 1)?).is_err());
        Ok(())
    }
}
