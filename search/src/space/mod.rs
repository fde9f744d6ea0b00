//! The search space: which operations the cell chooses from, as two tables.
//!
//! The cell is `f(x) = b1( u2( b0(u0(x), u1(x)) ), u3(x) )` (GRAFS: Strack, Safari, Hutter, arXiv 2408.06820). Each of its six
//! [slots](Slot) takes one operation of [`Unary`] or [`Binary`]; a search starts from all that a [`Space`] admits and
//! removes them one by one. Everything about a built-in operation is its row: names, formula, value, derivatives. Beside the rows
//! there are custom operations, which are formulas. An [`Operation`] is either.
//!
//! **Bound.** Inside the cell an operation whose output would pass ±10 saturates there and has gradient 0 beyond, so that no
//! mixture explodes. The formula of a row comes with that bound and without it.
//!
//! ```
//! use actsmith_search::space::{Slot, Space};
//!
//! let space = Space::default().with_unary("bump", "x * gaussian(x)")?;
//! let genotype = space.genotype("bump-silu-mul-tanh-identity-add")?;
//! assert_eq!(genotype.operation(Slot::U0).name(), "bump");
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```

use std::ops::{Deref, DerefMut};

use actsmith_codegen::runtime::Real;

mod admission;
mod binary;
mod choices;
mod custom;
mod family;
mod operation;
mod operations;
mod price;
mod slot;
mod table;
mod text;
mod unary;

pub use binary::{Binary, LinearPair};
pub use choices::Choices;
pub(crate) use choices::set_bits;
pub use custom::Custom;
pub use family::{Family, Shared};
pub use operation::Operation;
pub use operations::{MOST_CUSTOM, Space};
pub use slot::Slot;
pub use unary::{Affine, Unary};

/// Elements that the fused cell evaluates together: all rows of a block fit the first-level cache, and a row is too long for
/// the compiler to take its loops apart instead of vectorising them.
pub const BLOCK: usize = 128;

/// One number for each element of a block, at an address at which no vector crosses a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Elements<T>(pub [T; BLOCK]);

impl<T> Deref for Elements<T> {
    type Target = [T; BLOCK];

    #[inline(always)]
    fn deref(&self) -> &[T; BLOCK] {
        &self.0
    }
}

impl<T> DerefMut for Elements<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T; BLOCK] {
        &mut self.0
    }
}

/// `value` where `inside` holds, 0 elsewhere: the slope of an operation that saturates.
#[inline(always)]
fn slope_within<T: Real>(inside: bool, slope: T) -> T {
    T::select(inside, slope, T::of(0.0))
}

/// Whether `|x| ≤ limit`.
#[inline(always)]
fn within<T: Real>(x: T, limit: f64) -> bool {
    (x >= T::of(-limit)) & (x <= T::of(limit))
}

/// `x`, at most `limit` from zero.
#[inline(always)]
fn clamped<T: Real>(x: T, limit: f64) -> T {
    x.clamp(T::of(-limit), T::of(limit))
}

/// `σ(x)` of `e^(−|x|)` and `1/(1 + e^(−|x|))`.
#[inline(always)]
fn sigmoid<T: Real>(x: T, e: T, h: T) -> T {
    T::select(x < T::of(0.0), e * h, h)
}
