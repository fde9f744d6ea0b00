//! A kernel with its arguments, as `arguments.cu` reads them.

use candle_core::cuda_backend::WrapErr;
use candle_core::cuda_backend::cudarc::driver::{DeviceRepr, LaunchConfig, PushKernelArg as _};
use candle_core::{CudaDevice, Result, bail};

use super::super::sums::Axis;
use super::cache::load;
use super::text::{Kernel, MOST_PARAMETERS, Task, unrolled};

/// The most dimensions, after neighbours are merged that one stride serves.
const MOST_DIMENSIONS: usize = 16;
/// Threads of a block.
const THREADS: usize = 256;
/// Columns and rows of a tile.
const COLUMNS: usize = 32;
const ROWS: usize = THREADS / COLUMNS;
/// Elements of a block and of a chunk of the sums.
const BLOCK: usize = 1024;
const CHUNK: usize = 16 * BLOCK;

/// Division by a number below 2³¹ of numbers below 2³¹.
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Divider {
    divisor: u32,
    factor: u32,
    shift: u32,
}

impl Divider {
    /// `n / d = (⌊n·factor/2³²⌋ + n) >> shift`, with `factor = ⌊2³²·(2^shift − d)/d⌋ + 1` and the least 2^shift from `d` on. A divisor
    /// that is out of range is not used.
    fn new(divisor: usize) -> Self {
        let Ok(divisor) = u32::try_from(divisor) else {
            return Self::default();
        };
        if divisor == 0 || divisor > 1 << 31 {
            return Self::default();
        }
        let shift = divisor.next_power_of_two().trailing_zeros();
        let factor = ((1u64 << 32) * ((1 << shift) - u64::from(divisor)) / u64::from(divisor)) + 1;
        Self {
            divisor,
            factor: factor as u32,
            shift,
        }
    }
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Dimension {
    length: u64,
    strides: [u64; 3],
    by: Divider,
    unused: u32,
}

#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Slot {
    number: f64,
    at: u64,
    inner: u64,
    channels: u64,
    by_inner: Divider,
    by_channels: Divider,
}

/// All that a kernel is told. Pointers are addresses on the device.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Launch {
    length: u64,
    pub(super) x: [u64; 2],
    pub(super) grad: u64,
    pub(super) packed: u64,
    pub(super) out: [u64; 2],
    pub(super) partial: u64,
    pub(super) sums: u64,
    /// Tiles beside each other along the last dimension.
    columns: u64,
    dimensions: [Dimension; MOST_DIMENSIONS],
    parameters: [Slot; MOST_PARAMETERS],
}

// SAFETY: the layout is that of the struct of the same name in `arguments.cu`: numbers of 8 bytes, and pairs of `Divider` or one with
// a number of 4 bytes beside it; no padding is read.
unsafe impl DeviceRepr for Launch {}

/// How the operands lie: lengths, and strides of the inputs and of the gradient.
pub(super) struct Shape {
    dimensions: Vec<(usize, [usize; 3])>,
    length: usize,
}

impl Shape {
    /// Neighbouring dimensions are merged where that suits every operand.
    pub(super) fn new(dims: &[usize], strides: [&[usize]; 3]) -> Self {
        let mut dimensions: Vec<(usize, [usize; 3])> = Vec::new();
        for (r, &length) in dims.iter().enumerate() {
            let strides = strides.map(|strides| strides.get(r).copied().unwrap_or(0));
            match dimensions.last_mut() {
                _ if length == 1 => {}
                Some((outer, outer_strides))
                    if *outer_strides == strides.map(|stride| stride * length) =>
                {
                    (*outer, *outer_strides) = (*outer * length, strides);
                }
                _ => dimensions.push((length, strides)),
            }
        }
        Self {
            dimensions,
            length: dims.iter().product(),
        }
    }

    /// Whether neighbours along the last dimension lie apart in some operand, and a block of threads is better used for a tile.
    pub(super) fn is_tiled(&self) -> bool {
        match self.dimensions[..] {
            [.., (height, _), (length, strides)] => {
                height >= ROWS && length >= COLUMNS && strides.iter().any(|&stride| stride > 1)
            }
            _ => false,
        }
    }

    pub(super) fn rank(&self) -> usize {
        self.dimensions.len()
    }

    /// Whether the indices of elements need more than 32 bits, or their division more than 31.
    pub(super) fn is_wide(&self) -> bool {
        let farthest = |k: usize| {
            let steps = self
                .dimensions
                .iter()
                .map(|(length, strides)| (length - 1) * strides[k]);
            steps.sum::<usize>()
        };
        self.length >= 1 << 31 || (0..3).any(|k| farthest(k) >= 1 << 32)
    }
}

impl Launch {
    pub(super) fn new(
        name: &str,
        shape: &Shape,
        parameters: impl Iterator<Item = (f64, usize, Axis)>,
    ) -> Result<Self> {
        if shape.rank() > MOST_DIMENSIONS {
            bail!(
                "{name}: the layout has {} dimensions, expected at most {MOST_DIMENSIONS} on CUDA; call .contiguous()",
                shape.rank()
            )
        }
        let mut launch = Self {
            length: shape.length as u64,
            x: [0; 2],
            grad: 0,
            packed: 0,
            out: [0; 2],
            partial: 0,
            sums: 0,
            columns: shape
                .dimensions
                .last()
                .map_or(0, |(length, _)| length.div_ceil(COLUMNS) as u64),
            dimensions: Default::default(),
            parameters: [Slot::default(); MOST_PARAMETERS],
        };
        for (dimension, (length, strides)) in launch.dimensions.iter_mut().zip(&shape.dimensions) {
            *dimension = Dimension {
                length: *length as u64,
                strides: strides.map(|stride| stride as u64),
                by: Divider::new(*length),
                unused: 0,
            };
        }
        for (j, (number, at, axis)) in parameters.enumerate() {
            let Some(slot) = launch.parameters.get_mut(j) else {
                bail!("{name}: more than {MOST_PARAMETERS} parameters on CUDA; compute on the CPU")
            };
            *slot = Slot {
                number,
                at: at as u64,
                inner: axis.inner as u64,
                channels: axis.channels as u64,
                by_inner: Divider::new(axis.inner),
                by_channels: Divider::new(axis.channels),
            };
        }
        Ok(launch)
    }

    /// How many f64 the sums of the parameters of a task need on their way.
    pub(super) fn partial_len(&self, kernel: &Kernel) -> usize {
        let length = self.length as usize;
        match kernel.task {
            Task::Scalars(_, count) => count * length.div_ceil(BLOCK),
            Task::Channels(first, count) => {
                let entries = |j: usize| {
                    let slot = &self.parameters[j];
                    ((CHUNK as u64 - 1) / slot.inner + 2).min(slot.channels) as usize
                };
                let entries: usize = kernel.trained().skip(first).take(count).map(entries).sum();
                entries * length.div_ceil(CHUNK)
            }
            Task::ForwardDense
            | Task::ForwardStrided
            | Task::BackwardDense
            | Task::BackwardStrided => 0,
        }
    }

    /// Runs a kernel.
    ///
    /// # Safety
    /// The addresses are those of memory on the device, of the types and lengths that the kernel's text assumes.
    pub(super) unsafe fn run(&self, device: &CudaDevice, kernel: &Kernel) -> Result<()> {
        let functions = load(device, kernel)?;
        let stream = device.cuda_stream();
        let length = self.length as usize;
        let vectors = (length / kernel.number.lanes()).max(1);
        let grids = match kernel.task {
            Task::ForwardDense | Task::BackwardDense => {
                vec![(vectors.div_ceil(THREADS * unrolled(kernel.inputs)), 1)]
            }
            Task::ForwardStrided | Task::BackwardStrided if kernel.tiled => {
                let [columns, rows] = [1, 2].map(|back| {
                    let dimension = &self.dimensions[kernel.rank - back];
                    dimension.length as usize
                });
                let planes = length / (columns * rows);
                let tiles = columns.div_ceil(COLUMNS) * rows.div_ceil(ROWS);
                vec![(planes * tiles, 1)]
            }
            Task::ForwardStrided | Task::BackwardStrided => vec![(length.div_ceil(THREADS), 1)],
            // A warp for each block of elements.
            Task::Scalars(_, count) => vec![
                (length.div_ceil(BLOCK).div_ceil(THREADS / 32), 1),
                (count, 1),
            ],
            Task::Channels(first, count) => {
                let indices = kernel.trained().skip(first).take(count);
                let channels = indices.map(|j| self.parameters[j].channels as usize);
                vec![
                    (length.div_ceil(CHUNK), 1),
                    (channels.max().unwrap_or(1).div_ceil(THREADS), count),
                ]
            }
        };
        for (index, (function, (x, y))) in functions.iter().zip(grids).enumerate() {
            let scalars = matches!(kernel.task, Task::Scalars(..));
            let threads = if scalars && index == 1 { 1024 } else { THREADS };
            let config = LaunchConfig {
                grid_dim: (x as u32, y as u32, 1),
                block_dim: (threads as u32, 1, 1),
                shared_mem_bytes: 0,
            };
            let mut builder = stream.launch_builder(function);
            builder.arg(self);
            // SAFETY: the one argument is the struct that every kernel takes, and the caller vouches for what it points to.
            unsafe { builder.launch(config) }.w()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_is_exact() {
        for divisor in [1, 2, 3, 5, 7, 641, 1024, 65_537, 1 << 30, (1 << 31) - 1] {
            let d = Divider::new(divisor);
            let spread = (0..1000u32).map(|i| i.wrapping_mul(2_654_435_761) >> 1);
            let near = [0, 1, d.divisor - 1, d.divisor, (1 << 31) - 1];
            for n in spread.chain(near) {
                let high = ((u64::from(n) * u64::from(d.factor)) >> 32) as u32;
                assert_eq!((high + n) >> d.shift, n / d.divisor, "{n} / {divisor}");
            }
        }
    }

    #[test]
    fn neighbours_that_one_stride_serves_are_one_dimension() {
        let shape = |dims: &[usize], strides: [&[usize]; 3]| Shape::new(dims, strides).dimensions;
        let dense = [12, 4, 1].as_slice();
        assert_eq!(shape(&[2, 3, 4], [dense, &[], dense]), [(24, [1, 0, 1])]);
        let transposed = [1, 2, 6].as_slice();
        assert_eq!(
            shape(&[2, 3, 4], [transposed, &[], dense]),
            [(2, [1, 0, 12]), (3, [2, 0, 4]), (4, [6, 0, 1])]
        );
        assert_eq!(shape(&[1, 1], [&[5, 1], &[], &[]]), []);
    }
}
