//! How much memory a training step needs.

use candle_core::{Result, Tensor, Var};
use peakmem_alloc::PeakMemAllocTrait;

use super::Operation;
use crate::allocator::COUNTED;

/// Counts what the process allocates for tensors.
pub struct Memory(pub &'static (dyn PeakMemAllocTrait + Sync));

/// Bytes an element.
pub(super) struct Used {
    pub(super) kept: f64,
    pub(super) peak: f64,
}

impl Memory {
    /// The memory of a training step at `x`: the activation's input is made in the step, as the result of a layer would be, and
    /// only the graph holds it afterwards.
    pub(super) fn of_step(&self, f: Operation, x: &Tensor) -> Result<Used> {
        let leaf = Var::from_tensor(x)?;
        let (n, item) = (x.elem_count() as f64, x.dtype().size_in_bytes() as f64);
        self.0.reset_peak_memory();
        let y = {
            let input = leaf.copy()?;
            f(&input)?
        };
        let live = self.live();
        let gradients = y.backward()?;
        let peak = self.0.get_peak_memory();
        drop((y, gradients));
        // An output that is a view of the input is not beyond it.
        Ok(Used {
            kept: (live as f64 / n - item).max(0.0),
            peak: (peak as f64 / n - 2.0 * item).max(0.0),
        })
    }

    /// The most bytes that a call has allocated at a time, beyond what there was before.
    ///
    /// # Errors
    /// If the call fails.
    pub(super) fn peak_of<E>(
        &self,
        call: impl FnOnce() -> std::result::Result<(), E>,
    ) -> std::result::Result<usize, E> {
        self.0.reset_peak_memory();
        call()?;
        Ok(self.0.get_peak_memory())
    }

    /// What is allocated since the last reset: a block larger than any peak so far lifts the peak to its own size and what is live.
    fn live(&self) -> usize {
        let size = self.0.get_peak_memory().max(COUNTED);
        let block: Vec<u8> = std::hint::black_box(Vec::with_capacity(size));
        let peak = self.0.get_peak_memory();
        drop(block);
        peak - size
    }
}
