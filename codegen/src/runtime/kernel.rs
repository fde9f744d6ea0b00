//! What a compiled activation is to the driver: a pure function of a few scalars, with its gradient.
//!
//! A long function waits: in a chain of gates each step needs the last one's result, and a processor looks only so far ahead for
//! other elements to work on. Where it goes over a tile in several passes, each step is a loop over independent elements, and what
//! passes between them stays in the first-level cache.

use super::Real;

/// A scalar function `f(x₀ …; p₀ …)` of `X` inputs and `P` parameters with its derivatives, as code generation emits it.
///
/// Both functions are pure, free of branches that LLVM cannot turn into selects, and generic over the number type, so
/// that the driver can inline them into a loop of any dtype and instruction set.
pub trait Kernel<const X: usize, const P: usize>: 'static {
    /// The name that candle shows for the operation.
    const NAME: &'static str;

    /// What each parameter is.
    const PARAMETERS: [Parameter; P];

    /// The functions `value` and `gradient` in CUDA C++; without them the activation computes on the CPU alone.
    #[cfg(feature = "cuda")]
    const CUDA: &'static str = "";

    /// `f(x; p)`.
    fn value<T: Real>(x: [T; X], p: [T; P]) -> T;

    /// `(f, [∂f/∂x₀, …], [∂f/∂p₀, …])`, one schedule for all: what the outputs share is computed once.
    /// A caller that drops one of them pays nothing for it after inlining. The derivatives with respect to constants are not read.
    fn value_and_gradient<T: Real>(x: [T; X], p: [T; P]) -> (T, [T; X], [T; P]);
}

/// A function as a [`Kernel`] is, on tiles of `N` elements: what the driver runs. Code generation emits a long function as
/// this, in several passes over the tile; any kernel is one in a single pass.
pub trait Tiled<const X: usize, const P: usize>: 'static {
    /// The name that candle shows for the operation.
    const NAME: &'static str;

    /// What each parameter is.
    const PARAMETERS: [Parameter; P];

    /// The functions `value` and `gradient` in CUDA C++; without them the activation computes on the CPU alone.
    #[cfg(feature = "cuda")]
    const CUDA: &'static str = "";

    /// Sets `f(x; p)` of every element.
    fn values<T: Real, const N: usize>(tile: &mut impl Tile<T, T, X, P>);

    /// Sets `([∂f/∂x₀, …], [∂f/∂p₀, …])` of every element. The derivatives with respect to constants are not read.
    fn gradients<T: Real, const N: usize>(tile: &mut impl Tile<T, ([T; X], [T; P]), X, P>);
}

/// The arguments of the elements of a tile, and the slot for a result of each.
pub trait Tile<T, R, const X: usize, const P: usize> {
    /// The inputs and the parameters of element `k`.
    fn arguments(&self, k: usize) -> ([T; X], [T; P]);

    /// Sets the result of element `k`.
    fn set(&mut self, k: usize, result: R);
}

impl<K: Kernel<X, P>, const X: usize, const P: usize> Tiled<X, P> for K {
    const NAME: &'static str = K::NAME;
    const PARAMETERS: [Parameter; P] = K::PARAMETERS;
    #[cfg(feature = "cuda")]
    const CUDA: &'static str = K::CUDA;

    #[inline(always)]
    fn values<T: Real, const N: usize>(tile: &mut impl Tile<T, T, X, P>) {
        for k in 0..N {
            let (x, p) = tile.arguments(k);
            tile.set(k, K::value(x, p));
        }
    }

    #[inline(always)]
    fn gradients<T: Real, const N: usize>(tile: &mut impl Tile<T, ([T; X], [T; P]), X, P>) {
        for k in 0..N {
            let (x, p) = tile.arguments(k);
            let (_, dx, dp) = K::value_and_gradient(x, p);
            tile.set(k, (dx, dp));
        }
    }
}

/// A parameter of a [`Kernel`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Its name, for error messages.
    pub name: &'static str,
    /// How it varies.
    pub kind: ParameterKind,
}

/// How a parameter varies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParameterKind {
    /// One trained number.
    Scalar,
    /// A trained number for each index of this dimension of the input; a negative one counts from the end.
    PerChannel(isize),
    /// One number that is not trained.
    Constant,
}

impl Parameter {
    /// One trained number.
    pub const fn scalar(name: &'static str) -> Self {
        let kind = ParameterKind::Scalar;
        Self { name, kind }
    }

    /// A trained number for each index of dimension `dim` of the input; a negative one counts from the end.
    pub const fn per_channel(name: &'static str, dim: isize) -> Self {
        let kind = ParameterKind::PerChannel(dim);
        Self { name, kind }
    }

    /// One number that is not trained.
    pub const fn constant(name: &'static str) -> Self {
        let kind = ParameterKind::Constant;
        Self { name, kind }
    }

    /// Whether it has a number for each element, rather than one for all.
    #[inline(always)]
    pub(super) const fn is_row(&self) -> bool {
        matches!(self.kind, ParameterKind::PerChannel(_))
    }

    /// Whether its gradient is asked for.
    #[inline(always)]
    pub(crate) const fn is_trained(&self) -> bool {
        !matches!(self.kind, ParameterKind::Constant)
    }
}
