//! Attention with several heads (Vaswani et al., arXiv 1706.03762) as one operation: `softmax(Q Kᵀ / √d) V` for each head, where with
//! a causal mask a token sees only itself and those before it.
//!
//! With `P` the probabilities, `O = P V` and `G` the gradient of `O`: `∂V = Pᵀ G`, `∂P = G Vᵀ`, `∂S = P ∘ (∂P − rowsum(P ∘ ∂P)) / √d`,
//! `∂Q = ∂S K` and `∂K = ∂Sᵀ Q`. Factors `F` multiply `P` on its way to `V`, and `∂P` on its way back. The backward pass computes `P` again instead of keeping it.

use std::mem::MaybeUninit;

use actsmith_codegen::runtime::{Float, Real};
use candle_core::backend::BackendStorage;
use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor, WithDType, bail,
};
use rayon::prelude::*;

use super::element::{
    Element, contiguous, dispatch, in_groups, vectorised, with_buffer, with_elements, written,
};
use super::product::{Matrix, MatrixMut, multiply};
use super::sums::{SHORT, sum};

/// Attention of tokens `x [n, t, 3 · width]`, each with its queries, keys and values, which the heads share out: `[n, t, width]`. The
/// probabilities are multiplied by the constants `factors [n, heads, t, t]`, if there are some, such as the mask of a dropout.
///
/// # Errors
/// If the last dimension is not three times a multiple of `heads`, shapes or types do not fit each other, `x` is empty or not on the
/// CPU, or the elements are neither f32 nor f64.
pub fn attention(
    x: &Tensor,
    heads: usize,
    causal: bool,
    factors: Option<&Tensor>,
) -> Result<Tensor> {
    let (n, length, all) = x.dims3()?;
    if heads == 0 || all % (3 * heads) != 0 || x.elem_count() == 0 {
        bail!(
            "{:?} is no queries, keys and values of {heads} heads",
            x.shape()
        )
    }
    if let Some(factors) = factors
        && factors.dims() != [n, heads, length, length]
    {
        bail!(
            "factors {:?} for {heads} heads of {:?}",
            factors.shape(),
            x.shape()
        )
    }
    let op = Attention {
        heads,
        causal,
        length,
        width: all / 3,
    };
    let x = x.contiguous()?;
    match factors {
        Some(factors) => x.apply_op2(&factors.contiguous()?.detach(), op),
        None => x.apply_op1(op),
    }
}

#[derive(Clone, Copy)]
struct Attention {
    heads: usize,
    causal: bool,
    length: usize,
    width: usize,
}

/// What a head sees of the tokens of a text.
struct Head<'a, T> {
    queries: Matrix<'a, T>,
    keys: Matrix<'a, T>,
    values: Matrix<'a, T>,
}

impl Attention {
    /// Numbers of a token in a head.
    fn size(&self) -> usize {
        self.width / self.heads
    }

    fn scale(&self) -> f64 {
        (self.size() as f64).sqrt().recip()
    }

    fn head<'a, T>(&self, x: &'a [T], head: usize) -> Head<'a, T> {
        let matrix = |which: usize| {
            let x = &x[which * self.width + head * self.size()..];
            Matrix::strided(x, [self.length, self.size()], 3 * self.width)
        };
        Head {
            queries: matrix(0),
            keys: matrix(1),
            values: matrix(2),
        }
    }

    /// `P` of a head.
    fn probabilities<T: Element>(&self, head: &Head<T>, p: &mut [T]) {
        multiply(MatrixMut::rows(p, self.length), head.queries, head.keys.t());
        softmax(p, self.length, self.scale(), self.causal);
    }

    /// The factors of a head.
    fn factors<'a, T>(&self, all: Option<&'a [T]>, text: usize, head: usize) -> Option<&'a [T]> {
        let square = self.length * self.length;
        all.map(|all| &all[(text * self.heads + head) * square..][..square])
    }

    fn forward<T: Element>(&self, x: &[T], factors: Option<&[T]>) -> Vec<T> {
        let per_text = self.length * self.width;
        let text = |(text, (y, x)): (usize, (&mut [MaybeUninit<T>], &[T]))| {
            with_buffer(self.length * self.length, |p| {
                for head in 0..self.heads {
                    let seen = self.head(x, head);
                    self.probabilities(&seen, p);
                    if let Some(factors) = self.factors(factors, text, head) {
                        scale_by(p, factors);
                    }
                    let y = &mut y[head * self.size()..];
                    let y = MatrixMut::fresh(y, [self.length, self.size()], self.width);
                    multiply(y, Matrix::rows(p, self.length), seen.values);
                }
            });
        };
        let write = |y: &mut [MaybeUninit<T>]| {
            let texts = y.par_chunks_mut(per_text).zip(x.par_chunks(3 * per_text));
            in_groups(texts.enumerate(), text);
        };
        // SAFETY: all heads of a text together write all of it.
        unsafe { written(x.len() / 3, write).0 }
    }

    fn backward<T: Element>(&self, x: &[T], factors: Option<&[T]>, grad: &[T]) -> Vec<T> {
        let per_text = self.length * self.width;
        type Text<'a, T> = ((&'a mut [MaybeUninit<T>], &'a [T]), &'a [T]);
        let text = |(text, ((grad_x, x), grad)): (usize, Text<T>)| {
            let (length, size) = (self.length, self.size());
            with_buffer(length * length, |p| {
                with_buffer(length * length, |grad_p| {
                    for head in 0..self.heads {
                        let seen = self.head(x, head);
                        let grad = &grad[head * size..];
                        let grad = Matrix::strided(grad, [length, size], self.width);
                        let mut write = |which: usize, a: Matrix<T>, b: Matrix<T>| {
                            let to = &mut grad_x[which * self.width + head * size..];
                            multiply(MatrixMut::fresh(to, [length, size], 3 * self.width), a, b);
                        };
                        self.probabilities(&seen, p);
                        multiply(MatrixMut::rows(grad_p, length), grad, seen.values.t());
                        match self.factors(factors, text, head) {
                            None => write(2, Matrix::rows(p, length).t(), grad),
                            Some(factors) => with_buffer(length * length, |scaled| {
                                scaled.copy_from_slice(p);
                                scale_by(scaled, factors);
                                scale_by(grad_p, factors);
                                write(2, Matrix::rows(scaled, length).t(), grad);
                            }),
                        }
                        through_softmax(p, grad_p, length, self.scale(), self.causal);
                        write(0, Matrix::rows(grad_p, length), seen.keys);
                        write(1, Matrix::rows(grad_p, length).t(), seen.queries);
                    }
                });
            });
        };
        let write = |grad_x: &mut [MaybeUninit<T>]| {
            let texts = grad_x.par_chunks_mut(3 * per_text);
            let texts = texts.zip(x.par_chunks(3 * per_text));
            in_groups(texts.zip(grad.par_chunks(per_text)).enumerate(), text);
        };
        // SAFETY: all heads of a text together write all of it.
        unsafe { written(x.len(), write).0 }
    }
}

/// How many columns a row sees.
#[inline(always)]
fn seen(row: usize, length: usize, causal: bool) -> usize {
    if causal { row + 1 } else { length }
}

vectorised! {
    /// Multiplies each number by its factor.
    fn scale_by<'a, T, S>(x: &'a mut [T], factors: &'a [T]) -> () {
        for (x, factor) in x.iter_mut().zip(factors) {
            *x *= *factor;
        }
    }
}

vectorised! {
    /// `softmax(scale · x)` along the rows of a square, in place; what is masked becomes 0.
    fn softmax<'a, T, S>(x: &'a mut [T], length: usize, scale: f64, causal: bool) -> () {
        let scale = T::of(scale);
        for (row, x) in x.chunks_mut(length).enumerate() {
            let (x, masked) = x.split_at_mut(seen(row, length, causal));
            let largest = largest(x);
            for x in &mut *x {
                *x = T::leave::<S>(((*x - largest) * scale).enter::<S>().exp());
            }
            let share = T::of(sum::<T, SHORT>(x, x, |x, _| x).recip());
            x.iter_mut().for_each(|x| *x *= share);
            masked.fill(T::of(0.0));
        }
    }
}

vectorised! {
    /// `scale · p (g − Σ g p)` along the rows of a square, written over `g`; what is masked becomes 0.
    fn through_softmax<'a, T, S>(p: &'a [T], grad: &'a mut [T], length: usize, scale: f64, causal: bool) -> () {
        let scale = T::of(scale);
        for (row, (p, grad)) in p.chunks(length).zip(grad.chunks_mut(length)).enumerate() {
            let seen = seen(row, length, causal);
            let (grad, masked) = grad.split_at_mut(seen);
            let p = &p[..seen];
            let mean = T::of(sum::<T, SHORT>(p, grad, |p, grad| p * grad));
            for (grad, p) in grad.iter_mut().zip(p) {
                *grad = scale * *p * (*grad - mean);
            }
            masked.fill(T::of(0.0));
        }
    }
}

/// The largest of some numbers.
#[inline(always)]
pub(super) fn largest<T: Float>(x: &[T]) -> T {
    let larger = |a: T, b: T| T::select(b > a, b, a);
    let (chunks, rest) = x.as_chunks::<SHORT>();
    let mut lanes = [x[0]; SHORT];
    for chunk in chunks {
        for i in 0..SHORT {
            lanes[i] = larger(lanes[i], chunk[i]);
        }
    }
    let largest = lanes.into_iter().fold(x[0], larger);
    rest.iter().copied().fold(largest, larger)
}

const NAME: &str = "attention";

impl Attention {
    fn gradient(&self, x: &Tensor, factors: Option<&Tensor>, grad: &Tensor) -> Result<Tensor> {
        let grad = grad.contiguous()?;
        dispatch!(x.dtype(), NAME, T => {
            let grad_x = with_elements::<T, _>(x, |x| {
                with_elements::<T, _>(&grad, |grad| match factors {
                    None => Ok(self.backward(x, None, grad)),
                    Some(factors) => with_elements(factors, |factors| {
                        Ok(self.backward(x, Some(factors), grad))
                    }),
                })
            })?;
            Tensor::from_vec(grad_x, x.shape(), x.device())
        })
    }
}

impl CustomOp1 for Attention {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let y = dispatch!(x.dtype(), NAME, T => {
            Ok(T::to_cpu_storage_owned(self.forward::<T>(contiguous(x, layout)?, None)))
        })?;
        Ok((y, (layout.dims()[0], self.length, self.width).into()))
    }

    fn bwd(&self, x: &Tensor, _y: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(self.gradient(x, None, grad)?))
    }
}

impl CustomOp2 for Attention {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        factors: &CpuStorage,
        factors_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let y = dispatch!(x.dtype(), NAME, T => {
            let factors = contiguous(factors, factors_layout)?;
            let y = self.forward::<T>(contiguous(x, layout)?, Some(factors));
            Ok(T::to_cpu_storage_owned(y))
        })?;
        Ok((y, (layout.dims()[0], self.length, self.width).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        factors: &Tensor,
        _y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        Ok((Some(self.gradient(x, Some(factors), grad)?), None))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_agree, assert_gradient, normal};
    use super::*;
    use candle_core::{D, DType};

    /// The same of candle's operations.
    fn composed(
        x: &Tensor,
        heads: usize,
        causal: bool,
        factors: Option<&Tensor>,
    ) -> Result<Tensor> {
        let (n, length, all) = x.dims3()?;
        let size = all / 3 / heads;
        let split = x.reshape((n, length, 3, heads, size))?;
        let split = split.permute((2, 0, 3, 1, 4))?.contiguous()?;
        let (queries, keys, values) = (split.get(0)?, split.get(1)?, split.get(2)?);
        let mut scores = (queries.matmul(&keys.t()?)? / (size as f64).sqrt())?;
        if causal {
            let masked: Vec<f64> = (0..length * length)
                .map(|i| f64::from(u8::from(i % length > i / length)) * -1e30)
                .collect();
            let masked = Tensor::from_vec(masked, (length, length), x.device())?;
            scores = scores.broadcast_add(&masked.to_dtype(x.dtype())?)?;
        }
        let p = candle_nn::ops::softmax(&scores, D::Minus1)?;
        let p = match factors {
            Some(factors) => (p * factors.to_dtype(x.dtype())?)?,
            None => p,
        };
        let mixed = p.matmul(&values)?.transpose(1, 2)?;
        mixed.reshape((n, length, all / 3))
    }

    #[test]
    fn values_and_gradients_agree_with_candle() -> Result<()> {
        // The lengths have whole lanes, a remainder, and less than one.
        for ([n, length, heads, size], causal) in [
            ([3, 37, 2, 5], false),
            ([3, 37, 2, 5], true),
            ([2, 32, 1, 8], true),
            ([1, 3, 4, 1], false),
            ([2, 1, 2, 3], true),
        ] {
            let x = (normal((n, length, 3 * heads * size), 1)? * 2.0)?;
            let given = normal((n, heads, length, length), 2)?;
            for factors in [None, Some(&given)] {
                let of = |x: &Tensor| factors.map(|factors| factors.to_dtype(x.dtype()));
                assert_agree(
                    &[&x],
                    |x| attention(&x[0], heads, causal, of(&x[0]).transpose()?.as_ref()),
                    |x| composed(&x[0], heads, causal, factors),
                )?;
            }
        }
        Ok(())
    }

    #[test]
    fn gradients_agree_with_finite_differences() -> Result<()> {
        let x = normal((2, 3, 12), 1)?;
        assert_gradient(&x, |x| attention(x, 2, true, None))?;
        assert_gradient(&x, |x| attention(x, 2, false, None))
    }

    #[test]
    fn a_token_sees_nothing_after_it() -> Result<()> {
        let x = normal((1, 5, 12), 1)?.to_dtype(DType::F32)?;
        let all = attention(&x, 2, true, None)?.narrow(1, 0, 3)?;
        let first = attention(&x.narrow(1, 0, 3)?, 2, true, None)?;
        let gap = (all - first)?.abs()?.max_all()?.to_scalar::<f32>()?;
        // The same sums, in products of other shapes.
        assert!(gap < 1e-6, "{gap:e}");
        Ok(())
    }

    #[test]
    fn misfits_are_errors() -> Result<()> {
        assert!(attention(&normal((2, 3, 6), 1)?, 3, false, None).is_err());
        assert!(attention(&normal((2, 3, 6), 1)?, 0, false, None).is_err());
        assert!(attention(&normal((2, 0, 6), 1)?, 1, false, None).is_err());
        assert!(attention(&normal((3, 6), 1)?, 1, false, None).is_err());
        let factors = normal((2, 1, 3, 3), 1)?;
        assert!(attention(&normal((2, 3, 12), 1)?, 2, false, Some(&factors)).is_err());
        Ok(())
    }
}
