//! The allocator: what it counts, and what it keeps.

use std::alloc::{GlobalAlloc, Layout};

use libmimalloc_sys::{mi_option_set_default, mi_option_t, mi_option_use_numa_nodes};
use peakmem_alloc::{PeakMemAlloc, PeakMemAllocTrait};

/// The option of mimalloc that says after how many milliseconds freed memory goes back to the system, the one before this in its header.
const PURGE_DELAY: mi_option_t = mi_option_use_numa_nodes - 1;

/// Lets mimalloc keep freed memory for the next step of a training, unless its own environment variable, `MIMALLOC_PURGE_DELAY`, says
/// otherwise: to give it back and to get it again, cleared, took a fifth of the time of a step.
pub fn keep_memory() {
    // SAFETY: the option is one of mimalloc's, which it reads whenever it frees memory.
    unsafe { mi_option_set_default(PURGE_DELAY, -1) };
}

/// Blocks of at least this many bytes are counted.
pub(crate) const COUNTED: usize = 4096;

/// Counts the blocks of an allocator that are large enough to be tensors. To count the small ones as well would cost a
/// simplification a seventh of its time.
pub struct CountTensors<A: GlobalAlloc> {
    uncounted: A,
    counted: PeakMemAlloc<A>,
}

impl<A: GlobalAlloc> CountTensors<A> {
    /// Counts what an allocator allocates, which is given twice.
    pub const fn new(uncounted: A, counted: A) -> Self {
        Self {
            uncounted,
            counted: PeakMemAlloc::new(counted),
        }
    }
}

impl<A: GlobalAlloc> PeakMemAllocTrait for CountTensors<A> {
    fn reset_peak_memory(&self) {
        self.counted.reset_peak_memory();
    }

    fn get_peak_memory(&self) -> usize {
        self.counted.get_peak_memory()
    }
}

// SAFETY: every call goes to the same allocator, and the size in its layout says which way, so a block is counted when it is freed if
// it was when it was allocated. A block that grows past the limit goes through the default `realloc`, which allocates, copies and
// frees.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountTensors<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that the inner allocator asks for.
        unsafe {
            match layout.size() < COUNTED {
                true => self.uncounted.alloc(layout),
                false => self.counted.alloc(layout),
            }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe {
            match layout.size() < COUNTED {
                true => self.uncounted.alloc_zeroed(layout),
                false => self.counted.alloc_zeroed(layout),
            }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`.
        unsafe {
            match layout.size() < COUNTED {
                true => self.uncounted.dealloc(block, layout),
                false => self.counted.dealloc(block, layout),
            }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe {
            match (layout.size() < COUNTED, size < COUNTED) {
                (true, true) => self.uncounted.realloc(block, layout, size),
                (false, false) => self.counted.realloc(block, layout, size),
                (true, false) | (false, true) => move_block(self, block, layout, size),
            }
        }
    }
}

/// Allocates a block of another size, copies what both hold, and frees the old one.
///
/// # Safety
/// As `GlobalAlloc::realloc`.
unsafe fn move_block(
    allocator: &impl GlobalAlloc,
    block: *mut u8,
    layout: Layout,
    size: usize,
) -> *mut u8 {
    // SAFETY: the caller promises that `size` rounded up to the alignment fits, that `block` is of `layout`, and the new block is
    // another one.
    unsafe {
        let moved = allocator.alloc(Layout::from_size_align_unchecked(size, layout.align()));
        if !moved.is_null() {
            std::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
            allocator.dealloc(block, layout);
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::System;

    use super::*;
    use libmimalloc_sys::mi_option_get;

    #[test]
    fn freed_memory_is_kept() {
        // SAFETY: the option is one of mimalloc's.
        let delay = || unsafe { mi_option_get(PURGE_DELAY) };
        // What the header says; no other option has this default.
        assert_eq!(delay(), 1_000);
        keep_memory();
        assert_eq!(delay(), -1);
    }

    #[test]
    fn blocks_that_cross_the_limit_keep_their_bytes_and_the_count() {
        let allocator = CountTensors::new(System, System);
        let layout = |size| Layout::from_size_align(size, 16).unwrap();
        allocator.reset_peak_memory();
        // SAFETY: every block is used and freed with the layout that it has.
        unsafe {
            let block = allocator.alloc(layout(100));
            block.write_bytes(7, 100);
            assert_eq!(allocator.get_peak_memory(), 0);
            let block = allocator.realloc(block, layout(100), 2 * COUNTED);
            let block = allocator.realloc(block, layout(2 * COUNTED), 3 * COUNTED);
            let block = allocator.realloc(block, layout(3 * COUNTED), 50);
            let bytes = std::slice::from_raw_parts(block, 50);
            assert!(bytes.iter().all(|&byte| byte == 7));
            allocator.dealloc(block, layout(50));
        }
        assert_eq!(allocator.get_peak_memory(), 3 * COUNTED);
        // SAFETY: likewise.
        unsafe {
            allocator.reset_peak_memory();
            let block = allocator.alloc_zeroed(layout(COUNTED));
            allocator.dealloc(block, layout(COUNTED));
        }
        assert_eq!(allocator.get_peak_memory(), COUNTED);
    }
}
