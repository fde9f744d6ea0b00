//! Linear layers, `y = x Wᵀ + b`, with a shortcut that may be added, as one operation.
//!
//! With `g` the gradient of `y`: `∂x = g W`, `∂W = gᵀ x` and `∂b = Σ g` over the rows. Groups of rows run in parallel; which rows share
//! one depends on the shapes alone, and what they add up is summed in their order.

use std::mem::MaybeUninit;

use candle_core::backend::BackendStorage;
use candle_core::{
    CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, WithDType, bail,
};
use rayon::prelude::*;

use super::element::{
    Element, add_all, contiguous, dispatch, in_groups, vectorised, with_elements, written,
};
use super::product::{Matrix, MatrixMut, multiply, multiply_add};

/// Multiplications that are worth a group of their own.
const LEAST: usize = 1 << 18;

/// The rows are shared out among this many groups at most.
const GROUPS: usize = 16;

/// Rows that are multiplied at a time.
const BLOCK: usize = 128;

/// Applies a layer with the weights `[o, k]` and the bias `[o]` to the rows of `x [.., k]`, and adds the `shortcut [.., o]`.
///
/// # Errors
/// If shapes or types do not fit each other, `x` is empty, the tensors are not on the CPU, or the elements are neither f32 nor f64.
pub fn linear(
    x: &Tensor,
    weights: &Tensor,
    bias: Option<&Tensor>,
    shortcut: Option<&Tensor>,
) -> Result<Tensor> {
    let (outputs, inputs) = weights.dims2()?;
    let mut shape = x.dims().to_vec();
    if shape.pop() != Some(inputs) || x.elem_count() == 0 {
        bail!("weights {:?} do not fit {:?}", weights.shape(), x.shape())
    }
    let rows = shape.iter().product();
    shape.push(outputs);
    if bias.is_some_and(|bias| bias.dims() != [outputs]) {
        bail!("a bias that is not one of {outputs} outputs")
    }
    if let Some(shortcut) = shortcut
        && shortcut.dims() != shape
    {
        bail!(
            "a shortcut {:?} cannot be added to {shape:?}",
            shortcut.shape()
        )
    }
    // An operation has three arguments at most.
    let numbers = match bias {
        Some(bias) => Tensor::cat(&[&weights.flatten_all()?, bias], 0)?,
        None => weights.contiguous()?,
    };
    let op = Linear {
        rows,
        inputs,
        outputs,
        biased: bias.is_some(),
    };
    let x = x.contiguous()?;
    let y = match shortcut {
        Some(shortcut) => x.apply_op3(&numbers, &shortcut.contiguous()?, op)?,
        None => x.apply_op2(&numbers, op)?,
    };
    y.reshape(shape)
}

/// `(x, [W, b], shortcut)`
#[derive(Clone, Copy)]
struct Linear {
    rows: usize,
    inputs: usize,
    outputs: usize,
    biased: bool,
}

impl Linear {
    /// Rows of a group.
    fn group(&self) -> usize {
        let groups = self.rows * self.inputs * self.outputs / LEAST;
        self.rows.div_ceil(groups.clamp(1, GROUPS))
    }

    fn split<'a, T>(&self, numbers: &'a [T]) -> (Matrix<'a, T>, &'a [T]) {
        let (weights, bias) = numbers.split_at(self.inputs * self.outputs);
        (Matrix::rows(weights, self.inputs), bias)
    }

    fn forward<T: Element>(&self, x: &[T], numbers: &[T], shortcut: Option<&[T]>) -> Vec<T> {
        let (weights, bias) = self.split(numbers);
        let (group, outputs) = (self.group(), self.outputs);
        let write = |y: &mut [MaybeUninit<T>]| {
            in_groups(
                y.par_chunks_mut(group * outputs).enumerate(),
                |(index, y)| {
                    let x = &x[index * group * self.inputs..];
                    for (block, y) in y.chunks_mut(BLOCK * outputs).enumerate() {
                        let rows = y.len() / outputs;
                        let x = &x[block * BLOCK * self.inputs..][..rows * self.inputs];
                        let shortcut = shortcut.map(|shortcut| {
                            let at = (index * group + block * BLOCK) * outputs;
                            &shortcut[at..][..rows * outputs]
                        });
                        let x = Matrix::rows(x, self.inputs);
                        if bias.is_empty() && shortcut.is_none() {
                            multiply(
                                MatrixMut::fresh(y, [rows, outputs], outputs),
                                x,
                                weights.t(),
                            );
                            continue;
                        }
                        let y = begin(y, bias, shortcut, outputs);
                        multiply_add(MatrixMut::rows(y, outputs), x, weights.t());
                    }
                },
            );
        };
        // SAFETY: each block writes all of its rows.
        unsafe { written(self.rows * outputs, write).0 }
    }

    /// `(∂x, [∂W, ∂b])`, the first only if it is asked for.
    fn backward<T: Element>(
        &self,
        x: &[T],
        numbers: &[T],
        grad: &[T],
        want_x: bool,
    ) -> (Option<Vec<T>>, Vec<T>) {
        let (weights, _) = self.split(numbers);
        let (inputs, outputs) = (self.inputs, self.outputs);
        let group = self.group();
        let block = |grad: &[T], x: &[T], sum: &mut [T]| {
            let (to_weights, to_bias) = sum.split_at_mut(inputs * outputs);
            if self.biased {
                add_rows(grad, to_bias);
            }
            let (grad, x) = (Matrix::rows(grad, outputs), Matrix::rows(x, inputs));
            multiply_add(MatrixMut::rows(to_weights, inputs), grad.t(), x);
        };
        let blocks = |grad: &'_ [T], x: &'_ [T]| {
            let mut sum = vec![T::of(0.0); numbers.len()];
            let blocks = grad.chunks(BLOCK * outputs).zip(x.chunks(BLOCK * inputs));
            blocks.for_each(|(grad, x)| block(grad, x, &mut sum));
            sum
        };
        let groups = grad
            .par_chunks(group * outputs)
            .zip(x.par_chunks(group * inputs));
        if !want_x {
            let sums = in_groups(groups, |(grad, x)| blocks(grad, x));
            return (None, add_all(sums));
        }
        let write = |grad_x: &mut [MaybeUninit<T>]| {
            let groups = groups.zip(grad_x.par_chunks_mut(group * inputs));
            let sums = in_groups(groups, |((grad, x), grad_x)| {
                let parts = grad.chunks(BLOCK * outputs);
                for (grad, to) in parts.zip(grad_x.chunks_mut(BLOCK * inputs)) {
                    let rows = grad.len() / outputs;
                    let to = MatrixMut::fresh(to, [rows, inputs], inputs);
                    multiply(to, Matrix::rows(grad, outputs), weights);
                }
                blocks(grad, x)
            });
            add_all(sums)
        };
        // SAFETY: each group writes the gradients of all of its rows.
        let (grad_x, sum) = unsafe { written(x.len(), write) };
        (Some(grad_x), sum)
    }

    fn gradients(
        &self,
        x: &Tensor,
        numbers: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let want_x = x.track_op();
        dispatch!(x.dtype(), NAME, T => {
            let (grad_x, grad_numbers) = with_elements::<T, _>(x, |x| {
                with_elements(numbers, |numbers| {
                    with_elements(grad, |grad| Ok(self.backward(x, numbers, grad, want_x)))
                })
            })?;
            let grad_x = grad_x.map(|grad_x| Tensor::from_vec(grad_x, x.shape(), x.device()));
            let grad_numbers = Tensor::from_vec(grad_numbers, numbers.shape(), x.device())?;
            Ok((grad_x.transpose()?, Some(grad_numbers)))
        })
    }
}

vectorised! {
    /// Writes what products are added to: in each row the bias, and the shortcut.
    fn begin<'a, T, S>(y: &'a mut [MaybeUninit<T>], bias: &'a [T], shortcut: Option<&'a [T]>, outputs: usize) -> &'a mut [T] {
        match (shortcut, bias) {
            (Some(shortcut), []) => for (y, shortcut) in y.iter_mut().zip(shortcut) {
                y.write(*shortcut);
            }
            (Some(shortcut), bias) => for (y, shortcut) in y.chunks_mut(outputs).zip(shortcut.chunks(outputs)) {
                for ((y, shortcut), bias) in y.iter_mut().zip(shortcut).zip(bias) {
                    y.write(*shortcut + *bias);
                }
            }
            (None, bias) => for y in y.chunks_mut(outputs) {
                for (y, bias) in y.iter_mut().zip(bias) {
                    y.write(*bias);
                }
            }
        }
        // SAFETY: a shortcut has an element for each of `y`, and a bias one for each of a row; one of them was there.
        unsafe { &mut *(y as *mut [MaybeUninit<T>] as *mut [T]) }
    }
}

vectorised! {
    /// Adds each row to `sum`.
    fn add_rows<'a, T, S>(rows: &'a [T], sum: &'a mut [T]) -> () {
        for row in rows.chunks(sum.len()) {
            for (sum, row) in sum.iter_mut().zip(row) {
                *sum += *row;
            }
        }
    }
}

const NAME: &str = "linear";

impl CustomOp2 for Linear {
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
            let y = self.forward::<T>(contiguous(x, x_layout)?, numbers, None);
            Ok(T::to_cpu_storage_owned(y))
        })?;
        Ok((y, (self.rows, self.outputs).into()))
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

impl CustomOp3 for Linear {
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
            let y = self.forward::<T>(contiguous(x, x_layout)?, numbers, Some(shortcut));
            Ok(T::to_cpu_storage_owned(y))
        })?;
        Ok((y, (self.rows, self.outputs).into()))
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

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_agree, assert_gradient, normal};
    use super::*;

    fn composed(x: &[Tensor]) -> Result<Tensor> {
        let y = x[0].broadcast_matmul(&x[1].t()?)?;
        let y = match x.get(2) {
            Some(bias) => y.broadcast_add(bias)?,
            None => y,
        };
        match x.get(3) {
            Some(shortcut) => y + shortcut,
            None => Ok(y),
        }
    }

    #[test]
    fn values_and_gradients_agree_with_candle() -> Result<()> {
        // Several groups of several blocks, the last ones shorter, and less than a block.
        for (n, length, inputs, outputs) in [(17, 150, 60, 50), (1, 3, 5, 2)] {
            let all = [
                normal((n, length, inputs), 1)?,
                normal((outputs, inputs), 2)?,
                normal(outputs, 3)?,
                normal((n, length, outputs), 4)?,
            ];
            let all = all.each_ref();
            for count in [2, 3, 4] {
                let ours = |x: &[Tensor]| linear(&x[0], &x[1], x.get(2), x.get(3));
                assert_agree(&all[..count], ours, composed)?;
            }
            let [x, weights, _, shortcut] = all;
            let ours = |x: &[Tensor]| linear(&x[0], &x[1], None, Some(&x[2]));
            let theirs = |x: &[Tensor]| composed(&x[..2])? + &x[2];
            assert_agree(&[x, weights, shortcut], ours, theirs)?;
        }
        Ok(())
    }

    #[test]
    fn gradients_agree_with_finite_differences() -> Result<()> {
        let (x, weights, bias) = (normal((2, 3, 4), 1)?, normal((5, 4), 2)?, normal(5, 3)?);
        assert_gradient(&x, |x| linear(x, &weights, Some(&bias), None))?;
        assert_gradient(&weights, |weights| linear(&x, weights, Some(&bias), None))?;
        assert_gradient(&bias, |bias| linear(&x, &weights, Some(bias), None))
    }

    #[test]
    fn misfits_are_errors() -> Result<()> {
        let (x, weights) = (normal((2, 4), 1)?, normal((5, 4), 2)?);
        assert!(linear(&normal((2, 5), 1)?, &weights, None, None).is_err());
        assert!(linear(&normal((0, 4), 1)?, &weights, None, None).is_err());
        assert!(linear(&x, &weights, Some(&normal(4, 3)?), None).is_err());
        assert!(linear(&x, &weights, None, Some(&normal((2, 4), 3)?)).is_err());
        Ok(())
    }
}
