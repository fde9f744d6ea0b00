//! What a compiled activation is to the driver: a pure function of a scalar, with its gradient.

use super::Real;

/// A scalar function `f(x; p₀ … p_{P−1})` with its derivatives, as code generation emits it.
///
/// Both functions are pure, free of branches that LLVM cannot turn into selects, and generic over the element type, so
/// that the driver can inline them into a loop of any dtype and instruction set.
pub trait Kernel<const P: usize>: 'static {
    /// The name that candle shows for the operation.
    const NAME: &'static str;

    /// `f(x; p)`.
    fn value<T: Real>(x: T, p: [T; P]) -> T;

    /// `(f, ∂f/∂x, [∂f/∂p₀, …])`, one schedule for all: what the outputs share is computed once.
    /// A caller that drops one of them pays nothing for it after inlining.
    fn value_and_gradient<T: Real>(x: T, p: [T; P]) -> (T, T, [T; P]);
}
