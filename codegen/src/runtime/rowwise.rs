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
use super::kernel::Parameter;
use super::op::apply_function;
use super::simd::{Simd, SimdJob, SimdLevel, dispatch_at};
use super::view::View;

/// Elements of a row: a dozen rows of f32 stay in a first-level cache of 32 KiB.
const ROW: usize = 512;

/// A function of one number, computed a row of elements at a time.
pub(crate) trait Rowwise: Send + Sync + 'static {
    /// The name that candle shows for the operation.
    const NAME: &'static str;

    /// Rows of `len` elements for a thread to compute in, one after the other.
    fn rows<C: Float>(&self, len: usize) -> Vec<C>;

    /// The value at each element of `x`, computed in `rows`. Mark the implementation `#[inline(always)]`.
    fn row<'a, S: Simd, C: Float>(&self, x: &'a [C], rows: &'a mut [C]) -> &'a [C];
}

/// Applies `value` to each element of `x`; gradients flow to `x` through `slope`, its derivative.
///
/// # Errors
/// If `x` is not f32, f64, f16 or bf16 on the CPU.
pub(crate) fn apply_rowwise<F: Rowwise>(
    x: &Tensor,
    value: &Arc<F>,
    slope: &Arc<F>,
) -> Result<Tensor> {
    let (value, slope) = (value.clone(), slope.clone());
    apply_function(Arc::new(Rows { value, slope }), [x], &[])
}

/// `f` of each element of `x`.
pub(crate) fn map_slice<F: Rowwise, T: Element>(f: &Arc<F>, x: &[T]) -> Vec<T> {
    let rows = Rows {
        value: f.clone(),
        slope: f.clone(),
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

/// A function with its derivative.
struct Rows<F> {
    value: Arc<F>,
    slope: Arc<F>,
}

impl<F: Rowwise> Function<1> for Rows<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn parameters(&self) -> &[Parameter] {
        &[]
    }
}

impl<F: Rowwise, C: Float> Blocks<1, C> for Rows<F> {
    fn scratch(&self, len: usize, gradient: bool) -> Vec<C> {
        let f = if gradient { &self.slope } else { &self.value };
        f.rows(len.min(ROW))
    }

    fn value(&self, block: Block<1, C>, rows: &mut [C], out: &mut [MaybeUninit<C>]) {
        let [x] = block.x;
        dispatch_at(
            block.level,
            Pass {
                f: &*self.value,
                x,
                grad: None,
                rows,
                out,
            },
        );
    }

    fn gradient(
        &self,
        block: Block<1, C>,
        grad: &[C],
        rows: &mut [C],
        [out]: [&mut [MaybeUninit<C>]; 1],
        _: &mut [MaybeUninit<C>],
    ) {
        let [x] = block.x;
        dispatch_at(
            block.level,
            Pass {
                f: &*self.slope,
                x,
                grad: Some(grad),
                rows,
                out,
            },
        );
    }
}

/// The function of the elements of a block, times `grad` if there is one.
struct Pass<'a, F, C> {
    f: &'a F,
    x: &'a [C],
    grad: Option<&'a [C]>,
    rows: &'a mut [C],
    out: &'a mut [MaybeUninit<C>],
}

impl<F: Rowwise, C: Float> SimdJob for Pass<'_, F, C> {
    type Output = ();

    /// Writes every element of `out`.
    #[inline(always)]
    fn run<S: Simd>(self) {
        for (i, (x, out)) in self.x.chunks(ROW).zip(self.out.chunks_mut(ROW)).enumerate() {
            let values = self.f.row::<S, C>(x, self.rows);
            assert_eq!(
                values.len(),
                out.len(),
                "{}: a row of another length",
                F::NAME
            );
            match self.grad {
                None => {
                    for (y, &value) in out.iter_mut().zip(values) {
                        y.write(value);
                    }
                }
                Some(grad) => {
                    let grad = &grad[i * ROW..][..out.len()];
                    for ((y, &slope), &grad) in out.iter_mut().zip(values).zip(grad) {
                        y.write(grad * slope);
                    }
                }
            }
        }
    }
}
