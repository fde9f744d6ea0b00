//! A convolution, batch normalisation `y = γ (x − μ) / √(σ² + ε) + β`, and a shortcut that is added (Ioffe and Szegedy,
//! arXiv 1502.03167), as one operation: between a convolution and its normalisation nothing else happens.
//!
//! With `x̂ = (x − μ) / √(σ² + ε)`, `g` the gradient of `y` and `m` elements a channel, `∂β = Σ g`, `∂γ = Σ g x̂`, and
//! `∂x = γ / √(σ² + ε) · (g − ∂β / m − x̂ ∂γ / m)`. The last two terms are the way through μ and σ²: they vanish where
//! the moments are constants instead of those of `x`. The backward pass computes `∂x` a block at a time, where the gradients of
//! the convolution need it.

use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use actsmith_codegen::runtime::Real;
use candle_core::backend::BackendStorage;
use candle_core::{
    CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, WithDType, bail,
};
use rayon::prelude::*;

use super::batch_norm::{Moments, gradient_sums, row_moments};
use super::blocks::Blocks;
use super::element::{Element, contiguous, dispatch, vectorised, with_elements, written};
use super::window::Geometry;

/// A square convolution.
#[derive(Debug, Clone, Copy)]
pub struct Convolution<'a> {
    /// `[o, c, k, k]`
    pub kernel: &'a Tensor,
    /// Distance between neighbouring windows, in pixels.
    pub stride: usize,
    /// Width of the border of zeros, in pixels.
    pub padding: usize,
}

/// What is done to the output of a convolution.
#[derive(Debug, Clone, Copy)]
pub struct Normalization<'a> {
    /// `γ [o]`
    pub gamma: &'a Tensor,
    /// `β [o]`
    pub beta: &'a Tensor,
    /// Added to variances.
    pub epsilon: f64,
    /// What is normalised with, such as running averages; without it, with the moments of the convolution's output, through which
    /// gradients flow.
    pub moments: Option<&'a Moments>,
}

impl Convolution<'_> {
    /// Convolves feature maps `x [c, n, h, w]`, normalises the result and adds the `shortcut`, if there is one: `[o, n, h', w']`. Returns the
    /// moments that were normalised with, too.
    ///
    /// # Errors
    /// If shapes or types do not fit each other, the tensors are not on the CPU, or the elements are neither f32 nor f64.
    pub fn normalized(
        &self,
        normalization: &Normalization,
        x: &Tensor,
        shortcut: Option<&Tensor>,
    ) -> Result<(Tensor, Moments)> {
        let Normalization {
            gamma,
            beta,
            epsilon,
            moments,
        } = *normalization;
        let convolution = Blocks::new(x, self.kernel, self.stride, self.padding)?;
        let outputs = convolution.outputs;
        let mut counts = vec![gamma.dims1()?, beta.dims1()?];
        counts.extend(moments.map(|moments| moments.mean.len()));
        counts.extend(moments.map(|moments| moments.variance.len()));
        if counts.iter().any(|count| *count != outputs) {
            bail!("{outputs} channels cannot be normalised with {counts:?}")
        }
        let Geometry {
            images,
            rows,
            columns,
            ..
        } = convolution.geometry;
        let shape = (outputs, images, rows, columns);
        if let Some(shortcut) = shortcut
            && shortcut.dims4()? != shape
        {
            bail!(
                "a shortcut {:?} cannot be added to {shape:?}",
                shortcut.shape()
            )
        }
        // An operation has three arguments at most.
        let numbers = [&self.kernel.flatten_all()?, gamma, beta];
        let numbers = Tensor::cat(&numbers, 0)?;
        let seen = Arc::new(OnceLock::new());
        let op = Normalized {
            convolution,
            given: moments.cloned(),
            epsilon,
            seen: seen.clone(),
        };
        let x = x.contiguous()?;
        let y = match shortcut {
            Some(shortcut) => x.apply_op3(&numbers, &shortcut.contiguous()?, op)?,
            None => x.apply_op2(&numbers, op)?,
        };
        match seen.get() {
            Some(Seen { moments, .. }) => Ok((y.reshape(shape)?, moments.clone())),
            None => bail!("the moments of a convolution are not there"),
        }
    }
}

/// What the backward pass needs besides the arguments.
struct Seen {
    /// The output of the convolution.
    convolved: CpuStorage,
    moments: Moments,
}

/// `(x, [kernel, γ, β], shortcut)`
struct Normalized {
    convolution: Blocks,
    given: Option<Moments>,
    epsilon: f64,
    seen: Arc<OnceLock<Seen>>,
}

/// A channel's elements `a` become `(a − center) · scale + shift`.
#[derive(Clone, Copy)]
struct Line<T> {
    center: T,
    scale: T,
    shift: T,
}

impl Normalized {
    fn forward<T: Element>(
        &self,
        x: &[T],
        numbers: &[T],
        shortcut: Option<&[T]>,
    ) -> Result<Vec<T>> {
        let outputs = self.convolution.outputs;
        let (kernel, vectors) = numbers.split_at(numbers.len() - 2 * outputs);
        let (gamma, beta) = vectors.split_at(outputs);
        let (convolved, moments) = match &self.given {
            Some(moments) => {
                let (convolved, _) = self.convolution.forward(x, kernel, |_| ());
                (convolved, moments.clone())
            }
            None => {
                let see = |row: &[T]| (row.len(), row_moments(row));
                let (convolved, blocks) = self.convolution.forward(x, kernel, see);
                (convolved, merged(&blocks, outputs))
            }
        };
        let len = self.convolution.geometry.positions();
        let line = |channel: usize| Line {
            center: T::of(moments.mean[channel]),
            scale: T::of(Real::to_f64(gamma[channel]) * self.inverse(&moments, channel)),
            shift: beta[channel],
        };
        let write = |y: &mut [MaybeUninit<T>]| {
            let parts = y.par_chunks_mut(PART.min(len)).enumerate();
            parts.for_each(|(part, y)| {
                // A part may lie in two channels or more.
                let mut at = part * PART.min(len);
                let mut rest = y;
                while !rest.is_empty() {
                    let channel = at / len;
                    let (now, after) = rest.split_at_mut(rest.len().min((channel + 1) * len - at));
                    let range = at..at + now.len();
                    let shortcut = shortcut.map(|shortcut| &shortcut[range.clone()]);
                    apply(line(channel), &convolved[range.clone()], shortcut, now);
                    at = range.end;
                    rest = after;
                }
            });
        };
        // SAFETY: each part writes all of its elements.
        let (y, ()) = unsafe { written(convolved.len(), write) };
        let seen = Seen {
            convolved: T::to_cpu_storage_owned(convolved),
            moments,
        };
        // candle runs the forward pass of an operation once.
        let _ = self.seen.set(seen);
        Ok(y)
    }

    /// `1 / √(σ² + ε)`
    fn inverse(&self, moments: &Moments, channel: usize) -> f64 {
        (moments.variance[channel] + self.epsilon).sqrt().recip()
    }

    fn backward<T: Element>(
        &self,
        x: &[T],
        numbers: &[T],
        grad: &[T],
        want_x: bool,
    ) -> Result<(Option<Vec<T>>, Vec<T>)> {
        let Some(Seen { convolved, moments }) = self.seen.get() else {
            bail!("a backward pass without a forward pass")
        };
        let convolved = convolved.as_slice::<T>()?;
        let outputs = self.convolution.outputs;
        let (kernel, vectors) = numbers.split_at(numbers.len() - 2 * outputs);
        let len = self.convolution.geometry.positions();
        let rows = grad.par_chunks(len).zip(convolved.par_chunks(len));
        let sums = rows.enumerate().with_min_len(PART.div_ceil(len)).map(
            |(channel, (grad, convolved))| {
                gradient_sums(grad, convolved, T::of(moments.mean[channel]))
            },
        );
        let sums: Vec<[f64; 2]> = sums.collect();
        let lines = sums.iter().enumerate().map(|(channel, [beta, gamma])| {
            let inverse = self.inverse(moments, channel);
            let scale = Real::to_f64(vectors[channel]) * inverse;
            let per_element = match self.given {
                Some(_) => 0.0,
                None => scale / len as f64,
            };
            let slope = per_element * gamma * inverse * inverse;
            [scale, slope, per_element * beta, moments.mean[channel]].map(T::of)
        });
        let lines: Vec<[T; 4]> = lines.collect();
        let per_image = self.convolution.geometry.per_image();
        let part = |images: &Range<usize>, to: &mut [T]| {
            let range = images.start * per_image..images.end * per_image;
            let rows = to.chunks_mut(range.len()).zip(grad.chunks(len));
            for ((to, grad), (convolved, line)) in rows.zip(convolved.chunks(len).zip(&lines)) {
                through(*line, &grad[range.clone()], &convolved[range.clone()], to);
            }
        };
        let (grad_x, mut grad_numbers) = self.convolution.backward(x, kernel, part, want_x);
        let gamma = sums
            .iter()
            .enumerate()
            .map(|(channel, [_, gamma])| T::of(gamma * self.inverse(moments, channel)));
        grad_numbers.extend(gamma);
        grad_numbers.extend(sums.iter().map(|[beta, _]| T::of(*beta)));
        Ok((grad_x, grad_numbers))
    }

    fn shape(&self) -> Shape {
        let Blocks { geometry, outputs } = self.convolution;
        (outputs, geometry.positions()).into()
    }

    fn gradients(
        &self,
        x: &Tensor,
        numbers: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        // The images themselves need no gradient.
        let want_x = x.track_op();
        dispatch!(x.dtype(), NAME, T => {
            let (grad_x, grad_numbers) = with_elements::<T, _>(x, |x| {
                with_elements(numbers, |numbers| {
                    with_elements(grad, |grad| self.backward(x, numbers, grad, want_x))
                })
            })?;
            let grad_x = grad_x.map(|grad_x| Tensor::from_vec(grad_x, x.shape(), x.device()));
            let grad_numbers = Tensor::from_vec(grad_numbers, numbers.shape(), x.device())?;
            Ok((grad_x.transpose()?, Some(grad_numbers)))
        })
    }
}

const NAME: &str = "normalized-convolution";

impl CustomOp2 for Normalized {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        numbers: &CpuStorage,
        numbers_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let y = dispatch!(x.dtype(), NAME, T => {
            let numbers = contiguous(numbers, numbers_layout)?;
            let y = self.forward::<T>(contiguous(x, x_layout)?, numbers, None)?;
            Ok(T::to_cpu_storage_owned(y))
        })?;
        Ok((y, self.shape()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        numbers: &Tensor,
        _y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        self.gradients(x, numbers, &grad.contiguous()?)
    }
}

impl CustomOp3 for Normalized {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        numbers: &CpuStorage,
        numbers_layout: &Layout,
        shortcut: &CpuStorage,
        shortcut_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let y = dispatch!(x.dtype(), NAME, T => {
            let numbers = contiguous(numbers, numbers_layout)?;
            let shortcut = contiguous(shortcut, shortcut_layout)?;
            let y = self.forward::<T>(contiguous(x, x_layout)?, numbers, Some(shortcut))?;
            Ok(T::to_cpu_storage_owned(y))
        })?;
        Ok((y, self.shape()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        numbers: &Tensor,
        shortcut: &Tensor,
        _y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let (grad_x, grad_numbers) = self.gradients(x, numbers, &grad)?;
        Ok((grad_x, grad_numbers, Some(grad.reshape(shortcut.shape())?)))
    }
}

/// Elements that a task of the forward pass writes.
const PART: usize = 1 << 15;

vectorised! {
    /// `y = (a − center) · scale + shift`, and the shortcut added.
    fn apply<'a, T, S>(line: Line<T>, a: &'a [T], shortcut: Option<&'a [T]>, y: &'a mut [MaybeUninit<T>]) -> () {
        let at = |a: T| (a - line.center) * line.scale + line.shift;
        match shortcut {
            Some(shortcut) => for ((y, a), shortcut) in y.iter_mut().zip(a).zip(shortcut) {
                y.write(at(*a) + *shortcut);
            }
            None => for (y, a) in y.iter_mut().zip(a) {
                y.write(at(*a));
            }
        }
    }
}

vectorised! {
    /// `scale · g − slope · (a − center) − shift`: the gradient before the normalisation.
    fn through<'a, T, S>(line: [T; 4], grad: &'a [T], a: &'a [T], to: &'a mut [T]) -> () {
        let [scale, slope, shift, center] = line;
        for ((to, grad), a) in to.iter_mut().zip(grad).zip(a) {
            *to = scale * *grad - slope * (*a - center) - shift;
        }
    }
}

/// The elements of each channel in a block, with their mean and variance.
type BlockMoments = Vec<(usize, (f64, f64))>;

/// The moments of all blocks together (Chan, Golub and LeVeque, 1979).
fn merged(blocks: &[BlockMoments], channels: usize) -> Moments {
    let channel = |channel: usize| {
        let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for block in blocks {
            let (more, (its_mean, variance)) = block[channel];
            let more = more as f64;
            let gap: f64 = its_mean - mean;
            let total = count + more;
            mean += gap * more / total;
            squares += variance * more + gap * gap * count * more / total;
            count = total;
        }
        (mean, squares / count)
    };
    let (mean, variance) = (0..channels).map(channel).unzip();
    Moments { mean, variance }
}

#[cfg(test)]
mod tests;
