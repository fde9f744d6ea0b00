//! A function on blocks of elements, whatever it is made of: this is all that the driver and the candle operations know of it,
//! so that they are compiled once and not for every activation.

use std::mem::MaybeUninit;

use super::kernel::Parameter;
use super::simd::SimdLevel;

/// A function of `X` inputs and some parameters, elementwise on blocks of f32 and of f64.
pub trait Function<const X: usize>: Blocks<X, f32> + Blocks<X, f64> + Send + Sync {
    /// The name that candle shows for the operation.
    fn name(&self) -> &'static str;

    /// What each parameter is.
    fn parameters(&self) -> &[Parameter];

    /// The functions `value` and `gradient` in CUDA C++, or nothing.
    #[cfg(feature = "cuda")]
    fn cuda(&self) -> &str;
}

/// An elementwise function on blocks of `C`. All slices of a call have the length of the block, and none is empty.
pub trait Blocks<const X: usize, C> {
    /// Memory that one thread computes in, values or gradients of any number of blocks of up to `len` elements.
    fn scratch(&self, len: usize, gradient: bool) -> Vec<C>;

    /// Writes each element of `out`.
    fn value(&self, block: Block<X, C>, scratch: &mut [C], out: &mut [MaybeUninit<C>]);

    /// Writes each element of every row of `grad_x`, `grad · ∂f/∂x`, and of the rows in `terms` of the parameters that are
    /// trained, `grad · ∂f/∂p`. The rows of `terms` lie one after the other, one a parameter, or it is empty if there is none.
    fn gradient(
        &self,
        block: Block<X, C>,
        grad: &[C],
        scratch: &mut [C],
        grad_x: [&mut [MaybeUninit<C>]; X],
        terms: &mut [MaybeUninit<C>],
    );
}

/// The arguments of a function for a block of elements.
#[derive(Clone, Copy)]
pub struct Block<'a, const X: usize, C> {
    /// The instructions to use.
    pub level: SimdLevel,
    /// The inputs.
    pub x: [&'a [C]; X],
    /// A number for each parameter; not read where the parameter is per channel.
    pub numbers: &'a [C],
    /// A row for each parameter, empty unless it is per channel; none at all if no parameter is.
    pub rows: &'a [&'a [C]],
}
