//! What emitted activation code runs on: vector math, an elementwise driver, and the generic candle operations.
//!
//! An activation is a [`Kernel`]: a scalar function `f(x; p)` of one or two inputs with its derivatives, generic over
//! [`Real`]; or, if it is long, [`Tiled`]: the same in several passes over tiles of elements. From it [`apply`] makes a candle
//! operation whose forward pass and whose whole backward pass, `(x, p, g) ↦ (g·∂f/∂x, Σ g·∂f/∂p)`, are each one pass over memory,
//! vectorised for the processor at hand and spread over threads. Only `x` and `p` are kept for the backward pass.
//!
//! Bits depend on the values alone: not on length, offset, stride, instruction set or number of threads. A function fuses
//! its multiply-adds, in software where there is no instruction; a formula's own products and sums stay apart. Parameter
//! gradients are summed in an order that the shape alone fixes.
//!
//! Layers, left never imports right: `math < real < single < simd < kernel < blocks < halves < element < compiled < view < sums <
//! threads < driver < parameters < op < in_place, positive, rowwise, slices`. The folder imports nothing of its crate, because
//! its files are also written into standalone ones.

mod blocks;
mod compiled;
pub(crate) mod cuda;
#[cfg(not(feature = "cuda"))]
mod device;
mod driver;
mod element;
mod halves;
mod in_place;
mod kernel;
mod math;
mod op;
mod parameters;
mod positive;
mod real;
mod rowwise;
mod simd;
mod single;
mod slices;
mod sums;
mod threads;
mod view;

#[cfg(feature = "cuda")]
use cuda as device;

/// The functions of a kernel in CUDA C++, where the feature `cuda` has a use for them: a macro's user is not seen to have it.
#[cfg(feature = "cuda")]
#[doc(hidden)]
#[macro_export]
macro_rules! __actsmith_cuda_text {
    ($text:literal) => {
        const CUDA: &'static ::core::primitive::str = $text;
    };
}

/// Nothing.
#[cfg(not(feature = "cuda"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __actsmith_cuda_text {
    ($text:literal) => {};
}

pub use candle_core;
pub use candle_nn::{Init, VarBuilder};
pub use element::Element;

/// What emitted code names, in its first version. The path says which version some source needs: a later one of another
/// meaning gets a module of its own.
#[doc(hidden)]
pub mod v1 {
    pub use __actsmith_cuda_text as cuda_text;

    pub use super::in_place::apply_in_place;
    pub use super::kernel::{Kernel, Parameter, Tile, Tiled};
    pub use super::op::apply;
    pub use super::parameters::Argument;
    pub use super::positive::positive;
    pub use super::real::Real;
    pub use super::{Init, VarBuilder};
}

#[doc(hidden)]
pub use element::Float;
#[doc(hidden)]
pub use in_place::apply_in_place;
#[doc(hidden)]
pub use kernel::{Kernel, Parameter, ParameterKind, Tile, Tiled};
#[doc(hidden)]
pub use op::apply;
#[doc(hidden)]
pub use parameters::Argument;
#[doc(hidden)]
pub use positive::positive;
#[doc(hidden)]
pub use real::Real;
#[doc(hidden)]
pub use simd::{Fused, Plain, Simd, SimdJob, SimdLevel, Single, dispatch, dispatch_at};
#[doc(hidden)]
pub use single::Fma32;
#[doc(hidden)]
pub use slices::{backward_slice, forward_slice};

pub(crate) use rowwise::{Rows, Rowwise, apply_rows, apply_rows_in_place, map_slice};
