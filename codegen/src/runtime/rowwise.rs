//! A function that is known only at run time, as a function on blocks.
//!
//! Where a [`Kernel`](super::Kernel) is inlined into the loop over elements, a [`Rowwise`] function is asked for a row of
//! elements at a time, so that the choice of what to do next is made once a row. Layouts, chunks, threads and instruction
//! sets are those of the compiled operations.

use std::mem::MaybeUninit;
use std::sync::Arc;

use candle_core::{Result, Tensor};

use super::blocks::{Block, Blocks, Function};
use super::driver::Arguments;
use super::element::{Element, Float};
use super::in_place::apply_function_in_place;
use super::kernel::Parameter;
use super::op::apply_function;
use super::parameters::Argument;
use super::simd::{Simd, SimdJob, SimdLevel, dispatch_at};
use super::view::View;

/// Elements of a row: a dozen rows of f32 stay in a first-level cache of 32 KiB.
const ROW: usize = 512;

/// Functions of some numbers, the inputs and then the parameters, computed a row of elements at a time.
pub(crate) trait Rowwise: Send + Sync + 'static {
    /// The name that candle shows for the operation.
    const NAME: &'static str;

    /// Rows of `len` elements for a thread to compute in, one after the other.
    fn rows<C: Float>(&self, len: usize) -> Vec<C>;

    /// Computes in `rows` at the elements of the arguments, rows of one length. Mark the implementation `#[inline(always)]`.
    fn run<S: Simd, C: Float>(&self, arguments: &[&[C]], rows: &mut [C]);

    /// The values of an output after [`Self::run`]. Mark the implementation `#[inline(always)]`.
    fn output<'a, C>(&self, output: usize, arguments: &[&'a [C]], rows: &'a [C]) -> &'a [C];
}

/// A function with its derivatives.
#[derive(Debug)]
pub(crate) struct Rows<F> {
    /// The value.
    pub(crate) value: Arc<F>,
    /// The derivatives with respect to each input, then to each trained parameter.
    pub(crate) slopes: Arc<F>,
    /// What the parameters are.
    pub(crate) parameters: Vec<Parameter>,
    /// The functions `value` and `gradient` in CUDA C++.
    #[cfg(feature = "cuda")]
    pub(crate) cuda: String,
}

/// Applies the function to each element of its inputs; gradients flow to them and to what is trained.
///
/// # Errors
/// As [`apply`](super::apply).
pub(crate) fn apply_rows<F: Rowwise, const X: usize>(
    rows: &Arc<Rows<F>>,
    x: [&Tensor; X],
    parameters: &[Argument],
) -> Result<Tensor> {
    apply_function::<X>(rows.clone(), x, parameters)
}

/// Writes the values over the first of the inputs.
///
/// # Errors
/// As [`apply_in_place`](super::apply_in_place).
pub(crate) fn apply_rows_in_place<F: Rowwise, const X: usize>(
    rows: &Arc<Rows<F>>,
    x: [&Tensor; X],
    parameters: &[Argument],
) -> Result<()> {
    apply_function_in_place::<X>(rows.clone(), x, parameters)
}

/// `f` of each element of `x`.
pub(crate) fn map_slice<F: Rowwise, T: Element>(f: &Arc<F>, x: &[T]) -> Vec<T> {
    let rows = Rows {
        value: f.clone(),
        slopes: f.clone(),
        parameters: Vec::new(),
        #[cfg(feature = "cuda")]
        cuda: String::new(),
    };
    let arguments = Arguments {
        function: &rows,
        level: SimdLevel::best(),
        len: x.len(),
        x: [View::Dense(x)],
        parameters: Vec::new(),
    };
    arguments.forward()
}

impl<F: Rowwise, const X: usize> Function<X> for Rows<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    #[cfg(feature = "cuda")]
    fn cuda(&self) -> &str {
        &self.cuda
    }
}

impl<F: Rowwise, C: Float, const X: usize> Blocks<X, C> for Rows<F> {
    /// Rows for the function to compute in, then one for each parameter that is one number.
    fn scratch(&self, len: usize, gradient: bool) -> Vec<C> {
        let f = if gradient { &self.slopes } else { &self.value };
        let mut rows = f.rows(len.min(ROW));
        rows.resize(rows.len() + self.parameters.len() * ROW, C::of(0.0));
        rows
    }

    fn value(&self, block: Block<X, C>, scratch: &mut [C], out: &mut [MaybeUninit<C>]) {
        let (rows, numbers) = self.split(&block, scratch);
        let pass = Values {
            operands: Operands {
                parameters: &self.parameters,
                block,
                numbers,
            },
            f: &*self.value,
            rows,
            out,
        };
        dispatch_at(block.level, pass);
    }

    fn gradient(
        &self,
        block: Block<X, C>,
        grad: &[C],
        scratch: &mut [C],
        grad_x: [&mut [MaybeUninit<C>]; X],
        terms: &mut [MaybeUninit<C>],
    ) {
        let (rows, numbers) = self.split(&block, scratch);
        let pass = Gradients {
            operands: Operands {
                parameters: &self.parameters,
                block,
                numbers,
            },
            f: &*self.slopes,
            rows,
            grad,
            grad_x,
            terms,
        };
        dispatch_at(block.level, pass);
    }
}

impl<F: Rowwise> Rows<F> {
    /// The two parts of the scratch; the rows of the parameters hold the numbers of the block.
    fn split<'a, C: Float, const X: usize>(
        &self,
        block: &Block<X, C>,
        scratch: &'a mut [C],
    ) -> (&'a mut [C], &'a [C]) {
        let (rows, numbers) = scratch.split_at_mut(scratch.len() - self.parameters.len() * ROW);
        for (row, &number) in numbers.chunks_mut(ROW).zip(block.numbers) {
            row.fill(number);
        }
        (rows, numbers)
    }
}

/// The rows that a function reads: those of the inputs, then one for each parameter.
struct Operands<'a, const X: usize, C> {
    parameters: &'a [Parameter],
    block: Block<'a, X, C>,
    numbers: &'a [C],
}

impl<'a, const X: usize, C: Float> Operands<'a, X, C> {
    /// Sets `rows` to those of the `len` elements from `start` on.
    fn at(&self, start: usize, len: usize, rows: &mut Vec<&'a [C]>) {
        rows.clear();
        rows.extend(self.block.x.iter().map(|x| &x[start..start + len]));
        rows.extend(self.parameters.iter().enumerate().map(
            |(j, parameter)| match parameter.is_row() {
                true => &self.block.rows[j][start..start + len],
                false => &self.numbers[j * ROW..][..len],
            },
        ));
    }
}

/// The values of the elements of a block.
struct Values<'a, F, C, const X: usize> {
    operands: Operands<'a, X, C>,
    f: &'a F,
    rows: &'a mut [C],
    out: &'a mut [MaybeUninit<C>],
}

impl<F: Rowwise, C: Float, const X: usize> SimdJob for Values<'_, F, C, X> {
    type Output = ();

    /// Writes every element of `out`.
    #[inline(always)]
    fn run<S: Simd>(self) {
        let mut operands = Vec::new();
        for (i, out) in self.out.chunks_mut(ROW).enumerate() {
            self.operands.at(i * ROW, out.len(), &mut operands);
            self.f.run::<S, C>(&operands, self.rows);
            let values = self.f.output(0, &operands, self.rows);
            assert_eq!(values.len(), out.len(), "a row of another length");
            for (y, &value) in out.iter_mut().zip(values) {
                y.write(value);
            }
        }
    }
}

/// The gradients of the elements of a block.
struct Gradients<'a, F, C, const X: usize> {
    operands: Operands<'a, X, C>,
    f: &'a F,
    rows: &'a mut [C],
    grad: &'a [C],
    grad_x: [&'a mut [MaybeUninit<C>]; X],
    terms: &'a mut [MaybeUninit<C>],
}

impl<F: Rowwise, C: Float, const X: usize> SimdJob for Gradients<'_, F, C, X> {
    type Output = ();

    /// Writes every element of the rows of `grad_x` and of the trained parameters' rows of `terms`.
    #[inline(always)]
    fn run<S: Simd>(mut self) {
        let len = self.grad.len();
        let mut operands = Vec::new();
        for (i, grad) in self.grad.chunks(ROW).enumerate() {
            let start = i * ROW;
            self.operands.at(start, grad.len(), &mut operands);
            self.f.run::<S, C>(&operands, self.rows);
            for (output, out) in self.grad_x.iter_mut().enumerate() {
                let slopes = self.f.output(output, &operands, self.rows);
                scale(grad, slopes, &mut out[start..start + grad.len()]);
            }
            let mut output = X;
            for (j, parameter) in self.operands.parameters.iter().enumerate() {
                if parameter.is_trained() {
                    let slopes = self.f.output(output, &operands, self.rows);
                    let terms = &mut self.terms[j * len + start..][..grad.len()];
                    scale(grad, slopes, terms);
                    output += 1;
                }
            }
        }
    }
}

/// Writes each of `slopes` times what is given from above.
#[inline(always)]
fn scale<C: Float>(grad: &[C], slopes: &[C], out: &mut [MaybeUninit<C>]) {
    assert_eq!(slopes.len(), out.len(), "a row of another length");
    for ((y, &slope), &grad) in out.iter_mut().zip(slopes).zip(grad) {
        y.write(grad * slope);
    }
}
