//! The candle operation of a function that is known only at run time.
//!
//! Where a [`Kernel`](super::Kernel) is inlined into the loop over elements, a [`Rowwise`] function is asked for a row of
//! elements at a time, so that the choice of what to do next is made once a row. Layouts, chunks, threads and instruction
//! sets are those of the compiled operations.

use std::mem::MaybeUninit;
use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, DType, Layout, Result, Shape, Tensor, WithDType, bail};

use super::Real;
use super::driver::map_chunks;
use super::op::{Source, check_input, cpu, view};
use super::simd::{SimdJob, dispatch};
use super::view::View;

/// Elements of a row: a dozen rows of f32 stay in a first-level cache of 32 KiB.
const ROW: usize = 512;

/// A function of one number, computed a row of elements at a time.
pub(crate) trait Rowwise: Send + Sync + 'static {
    /// The name that candle shows for the operation.
    const NAME: &'static str;

    /// Rows of `len` elements for a thread to compute in.
    fn rows<T: Real>(&self, len: usize) -> Vec<Vec<T>>;

    /// The value at each element of `x`, computed in `rows`. Mark the implementation `#[inline(always)]`.
    fn row<'a, T: Real>(&self, x: &'a [T], rows: &'a mut [Vec<T>]) -> &'a [T];
}

/// Applies `value` to each element of `x`; gradients flow to `x` through `slope`, its derivative.
///
/// # Errors
/// If `x` is not f32 or f64 on the CPU.
pub(crate) fn apply_rowwise<F: Rowwise>(
    x: &Tensor,
    value: &Arc<F>,
    slope: &Arc<F>,
) -> Result<Tensor> {
    check_input(F::NAME, x)?;
    x.apply_op1(Rows {
        value: value.clone(),
        slope: slope.clone(),
    })
}

/// `f` of each element of `x`.
pub(crate) fn map_slice<F: Rowwise, T: Real>(f: &F, x: &[T]) -> Vec<T> {
    map(f, &View::Dense(x), None, x.len())
}

/// `f` of the `len` elements of `x`, times `grad` if there is one.
fn map<F: Rowwise, T: Real>(f: &F, x: &View<T>, grad: Option<&View<T>>, len: usize) -> Vec<T> {
    let mut out = Vec::with_capacity(len);
    map_chunks(&mut out.spare_capacity_mut()[..len], |start, out| {
        dispatch(Chunk {
            f,
            x,
            grad,
            start,
            out,
        })
    });
    // SAFETY: the capacity is at least `len`; the chunks cover the first `len` elements, and each writes all of its own.
    unsafe { out.set_len(len) };
    out
}

/// One chunk, which begins at element `start`.
struct Chunk<'a, F, T> {
    f: &'a F,
    x: &'a View<'a, T>,
    grad: Option<&'a View<'a, T>>,
    start: usize,
    out: &'a mut [MaybeUninit<T>],
}

impl<F: Rowwise, T: Real> SimdJob for Chunk<'_, F, T> {
    type Output = ();

    /// Writes every element of `out`.
    #[inline(always)]
    fn run(self) {
        let (mut x_buffer, mut grad_buffer) = ([T::of(0.0); ROW], [T::of(0.0); ROW]);
        let mut rows = self.f.rows(ROW.min(self.out.len()));
        for (i, out) in self.out.chunks_mut(ROW).enumerate() {
            let (start, len) = (self.start + i * ROW, out.len());
            let x = self.x.block(start, len, &mut x_buffer);
            let values = self.f.row(x, &mut rows);
            assert_eq!(values.len(), len, "{}: a row of another length", F::NAME);
            match self.grad {
                None => {
                    for (y, &value) in out.iter_mut().zip(values) {
                        y.write(value);
                    }
                }
                Some(grad) => {
                    let grad = grad.block(start, len, &mut grad_buffer);
                    assert_eq!(grad.len(), len, "the view gives what it is asked for");
                    for ((y, &slope), &grad) in out.iter_mut().zip(values).zip(grad) {
                        y.write(grad * slope);
                    }
                }
            }
        }
    }
}

/// A function and its derivative as a candle operation, which keeps only `x` for the backward pass.
struct Rows<F> {
    value: Arc<F>,
    slope: Arc<F>,
}

impl<F: Rowwise> CustomOp1 for Rows<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        fn typed<F: Rowwise, T: Real + WithDType>(f: &F, x: Source) -> Result<CpuStorage> {
            let out = map::<F, T>(f, &view(x)?, None, x.1.shape().elem_count());
            Ok(T::to_cpu_storage_owned(out))
        }
        let out = match x {
            CpuStorage::F32(_) => typed::<F, f32>(&self.value, (x, layout))?,
            CpuStorage::F64(_) => typed::<F, f64>(&self.value, (x, layout))?,
            _ => bail!(
                "{}: expected F32 or F64; convert with .to_dtype(DType::F32)",
                F::NAME
            ),
        };
        Ok((out, layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        fn typed<F: Rowwise, T: Real + WithDType>(
            f: &F,
            x: &Tensor,
            grad: &Tensor,
        ) -> Result<Tensor> {
            let (x_storage, x_layout) = x.storage_and_layout();
            let (grad_storage, grad_layout) = grad.storage_and_layout();
            let grad_x = map::<F, T>(
                f,
                &view((cpu(&x_storage)?, x_layout))?,
                Some(&view((cpu(&grad_storage)?, grad_layout))?),
                x.elem_count(),
            );
            Tensor::from_vec(grad_x, x.shape(), x.device())
        }
        let grad_x = match x.dtype() {
            DType::F32 => typed::<F, f32>(&self.slope, x, grad)?,
            DType::F64 => typed::<F, f64>(&self.slope, x, grad)?,
            other => bail!(
                "{}: expected F32 or F64, not {other:?}; convert with .to_dtype(DType::F32)",
                F::NAME
            ),
        };
        Ok(Some(grad_x))
    }
}
