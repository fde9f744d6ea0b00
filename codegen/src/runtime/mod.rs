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

pub use candle_core;
pub use candle_nn::{Init, VarBuilder};
pub use element::{Element, Float};
pub use in_place::apply_in_place;
pub use kernel::{Kernel, Parameter, ParameterKind, Tile, Tiled};
pub use op::apply;
pub use parameters::Argument;
pub use positive::positive;
pub use real::Real;
pub(crate) use rowwise::{Rowwise, apply_rowwise, map_slice};
pub use simd::{Fused, Plain, Simd, SimdJob, SimdLevel, Single, dispatch, dispatch_at};
pub use single::Fma32;
pub use slices::{backward_slice, forward_slice};
