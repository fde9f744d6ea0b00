//! Activations on CUDA devices: the text of their kernels, and with the feature `cuda` their compilation and launch.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `single.cu`, `double.cu`, `real.cu` | the mathematics of `runtime/math`, function by function |
//! | `functions` | a formula with what it reaches of these |
//! | `text` | a kernel around that, for a type, a layout and a task |
//! | `compile`, `cache` | the kernel as machine code, compiled once |
//! | `launch` | a kernel with its arguments |
//! | `operation` | the passes of the candle operations |

#[cfg(feature = "cuda")]
mod cache;
#[cfg(feature = "cuda")]
mod compile;
pub(crate) mod functions;
#[cfg(feature = "cuda")]
mod launch;
#[cfg(feature = "cuda")]
mod operation;
pub(crate) mod text;

#[cfg(feature = "cuda")]
pub(super) use operation::{backward, check_device, forward, in_place};
