//! The elementary functions. f32: straight-line code of IEEE additions, multiplications, divisions, square roots and
//! selects, that LLVM vectorises; f64 ([`double`]): over `libm`, one element at a time.
//!
//! Principles of the f32 code:
//! - Fused multiply-add throughout, written [`fma::fma`]: where the instruction is absent its bits are made from f64 arithmetic.
//!   A function takes `HW`, whether the instruction is there; nothing else about it depends on that.
//! - No table, no call, no conversion that LLVM emulates: `2ⁿ` is made from its bits, rounding to an integer is the addition
//!   of 1.5·2²³.
//! - A result that may be subnormal, or that meets a large factor (`x·eˣ` far left), is computed with a power of two that keeps
//!   it an ordinary number, and relieved of that last, so that it is rounded once.
//! - A division costs as much as ten multiplications: one a function, if any. Its quotient, or the rounded sum under it, is corrected
//!   to first order where the last half unit counts.
//! - Polynomials are weighted minimax fits (Remez exchange on a Chebyshev grid of 700 points, the weight making the error of
//!   the *function* relative, 40 digits), with the coefficients rounded to f32 from the lowest on and the rest fitted again.
//!   actsmith's `minimax.py` in `math` derives every one.

pub(super) mod double;
pub(super) mod elementary;
pub(super) mod erf;
mod fma;
pub(super) mod gate;
pub(super) mod hyperbolic;
pub(super) mod log;
pub(super) mod trig;

/// `c₀ + x·(c₁ + x·(c₂ + …))`.
macro_rules! horner {
    ($x:expr; $c:expr) => { $c };
    ($x:expr; $c:expr, $($rest:expr),+) => { $c + $x * horner!($x; $($rest),+) };
}
use horner;

/// The nearest value between `lo` and `hi`; NaN stays NaN.
#[inline(always)]
fn clamp(x: f32, lo: f32, hi: f32) -> f32 {
    let x = if x < lo { lo } else { x };
    if x > hi { hi } else { x }
}

/// `2ⁿ` for −126 ≤ n ≤ 127; any bits, but no fault, otherwise.
#[inline(always)]
const fn pow2(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) << 23) as u32)
}
