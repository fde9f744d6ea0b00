//! The logistic gates in f32, `sigmoid`, `softplus`, `silu`, `gelu_tanh`, `mish`, and their slopes. Each has one exponential and at
//! most one division.
//!
//! A gate and its slope begin with the same steps, up to the exponential: where a loop has both, the compiler merges them.

use super::elementary::{exp_nonpositive, exp_parts, rounder};
use super::fma::{fma, horner_fma};
use super::{clamp, pow2};

/// `(p, w, one)`: `e⁻ˣ = (1 + p)·w/one`, for |x| up to 105. `one` is 2³², so that e⁻¹⁰⁵ is a normal number, or 2⁻⁶⁴ far left, where
/// e¹⁰⁵ has to be one.
#[inline(always)]
fn logistic_parts<const HW: bool>(x: f32) -> (f32, f32, f32) {
    let x = clamp(x, -105.0, 105.0);
    let rounder = const { [rounder(32), rounder(-64)] };
    let one = const { [pow2(32), pow2(-64)] };
    let (rounder, one) = if x < -40.0 {
        (rounder[1], one[1])
    } else {
        (rounder[0], one[0])
    };
    let (p, w) = exp_parts::<HW>(-x, 0.0, rounder);
    (p, w, one)
}

/// `1 / (1 + e⁻ˣ)`.
#[inline(always)]
pub(in super::super) fn sigmoid<const HW: bool>(x: f32) -> f32 {
    let (p, w, one) = logistic_parts::<HW>(x);
    one / (w + fma::<HW>(p, w, one))
}

/// `y − y²` with the lesser `y` of sigmoid(x) and sigmoid(−x), of whose error it takes less than the whole.
#[inline(always)]
pub(in super::super) fn sigmoid_grad<const HW: bool>(x: f32) -> f32 {
    let (p, w, one) = logistic_parts::<HW>(x);
    let lesser = if x < 0.0 { one } else { fma::<HW>(p, w, w) };
    let y = lesser / (w + fma::<HW>(p, w, one));
    fma::<HW>(-y, y, y)
}

/// `ln(1 + e)` for 0 ≤ e ≤ 1.
#[inline(always)]
fn log1p_unit<const HW: bool>(e: f32) -> f32 {
    let q = horner_fma!(HW; e; -0.4999993, 0.33330464, -0.24958019, 0.19692102, -0.1534488, 0.10661128, -0.05745723, 0.020086242, -0.0032904686);
    fma::<HW>(e * e, q, e)
}

/// `max(x, 0) + ln(1 + e^−|x|)`.
#[inline(always)]
pub(in super::super) fn softplus<const HW: bool>(x: f32) -> f32 {
    let positive = if x < 0.0 { 0.0 } else { x };
    positive + log1p_unit::<HW>(exp_nonpositive::<HW>(-x.abs()))
}

/// `(p, w, one)`: `e^−(hi + lo) = (1 + p)·w/one`, for hi between −127 and 80. `one` is 1, or 2⁻⁶⁴ left of −60, so that e¹²⁷ is a
/// number and a quotient by it is rounded once.
#[inline(always)]
fn gate_parts<const HW: bool>(hi: f32, lo: f32) -> (f32, f32, f32) {
    let rounder = const { [rounder(0), rounder(-64)] };
    let one = const { [1.0, pow2(-64)] };
    let (rounder, one) = if hi < -60.0 {
        (rounder[1], one[1])
    } else {
        (rounder[0], one[0])
    };
    let (p, w) = exp_parts::<HW>(-hi, -lo, rounder);
    (p, w, one)
}

/// `x·sigmoid(hi + lo)`, of the sign of x, where x is at least 4 in size if hi is below −60; for hi see [`gate_parts`].
#[inline(always)]
fn gated<const HW: bool>(x: f32, hi: f32, lo: f32) -> f32 {
    let (p, w, one) = gate_parts::<HW>(hi, lo);
    (x * one) / (w + fma::<HW>(p, w, one))
}

/// `s·(1 + z·(1 − s))` with `s = sigmoid(hi + lo)`: the derivative of `x·sigmoid(v(x))` where `z = x·v′(x)`. From ½ on the difference
/// would lose digits of s, and a quotient of the exponential stands for it.
#[inline(always)]
fn gated_grad<const HW: bool>(z: f32, hi: f32, lo: f32) -> f32 {
    let (p, w, one) = gate_parts::<HW>(hi, lo);
    let reciprocal = 1.0 / (w + fma::<HW>(p, w, one));
    let rest = if hi < 0.0 {
        1.0 - one * reciprocal
    } else {
        fma::<HW>(p, w, w) * reciprocal
    };
    (one * fma::<HW>(z, rest, 1.0)) * reciprocal
}

/// From 80 on the gate is 1, and left of −110 it is 0.
#[inline(always)]
pub(in super::super) fn silu<const HW: bool>(x: f32) -> f32 {
    let x = if x < -110.0 { -110.0 } else { x };
    gated::<HW>(x, if x > 80.0 { 80.0 } else { x }, 0.0)
}

#[inline(always)]
pub(in super::super) fn silu_grad<const HW: bool>(x: f32) -> f32 {
    let x = if x < -110.0 { -110.0 } else { x };
    let x = if x > 80.0 { 80.0 } else { x };
    gated_grad::<HW>(x, x, 0.0)
}

// gelu_tanh is `x·sigmoid(x·s)`, `s = 2√(2/π)·(1 + 0.044715·x²)`: the same function. `LINEAR` has 20 bits, so that `s − LINEAR` is
// exact.
const LINEAR: f32 = 1.595_769_9; // 2√(2/π) = LINEAR + LINEAR_LO
const LINEAR_LO: f32 = -7.605_964e-7;
const CUBIC: f32 = 0.071_354_814; // 0.044715 of it, = CUBIC + CUBIC_LO
const CUBIC_LO: f32 = 2.398_832_5e-9;

/// `x·s` in two parts: it reaches −126, where e to it needs them.
#[inline(always)]
fn gelu_tanh_argument<const HW: bool>(x: f32) -> (f32, f32) {
    let square = x * x;
    let square_lo = fma::<HW>(x, x, -square);
    let s = fma::<HW>(CUBIC, square, LINEAR);
    let rest = fma::<HW>(CUBIC, square, LINEAR - s) + LINEAR_LO;
    let s_lo = fma::<HW>(CUBIC, square_lo, fma::<HW>(CUBIC_LO, square, rest));
    let hi = x * s;
    (hi, fma::<HW>(x, s_lo, fma::<HW>(x, s, -hi)))
}

/// Outside [−11.5, 8] the gate is 0 or 1.
#[inline(always)]
pub(in super::super) fn gelu_tanh<const HW: bool>(x: f32) -> f32 {
    let x = if x < -11.5 { -11.5 } else { x };
    let (hi, lo) = gelu_tanh_argument::<HW>(if x > 8.0 { 8.0 } else { x });
    gated::<HW>(x, hi, lo)
}

#[inline(always)]
pub(in super::super) fn gelu_tanh_grad<const HW: bool>(x: f32) -> f32 {
    let x = if x < -11.5 { -11.5 } else { x };
    let x = if x > 8.0 { 8.0 } else { x };
    let (hi, lo) = gelu_tanh_argument::<HW>(x);
    let slope = fma::<HW>(3.0 * CUBIC, x * x, LINEAR + LINEAR_LO);
    gated_grad::<HW>(x * slope, hi, lo)
}

/// `(e, n, one)`: `eˣ = e·one` and `eˣ·(eˣ + 2) = n·one`, sums of positive terms, up to x = 20. Left of −60, `one` is 2⁻⁶⁴.
#[inline(always)]
fn mish_parts<const HW: bool>(x: f32) -> (f32, f32, f32) {
    let rounder = const { [rounder(0), rounder(64)] };
    let one = const { [1.0, pow2(-64)] };
    let (rounder, one) = if x < -60.0 {
        (rounder[1], one[1])
    } else {
        (rounder[0], one[0])
    };
    let (p, w) = exp_parts::<HW>(if x > 20.0 { 20.0 } else { x }, 0.0, rounder);
    let e = fma::<HW>(p, w, w);
    let s = fma::<HW>(e, one, 2.0);
    let s_lo = fma::<HW>(e, one, 2.0 - s);
    (e, s * w + fma::<HW>(s * w, p, s_lo * e), one)
}

/// `x·tanh(ln(1 + e))` with `e = eˣ`: `tanh(ln(1 + e)) = n/(n + 2)`, `n = e² + 2e`. From x = 20 on it is 1; below −60, where n = 2e, the
/// quotient is raised by 2⁶⁴ and x lowered, so that a subnormal result is rounded once.
#[inline(always)]
pub(in super::super) fn mish<const HW: bool>(x: f32) -> f32 {
    let x = if x < -110.0 { -110.0 } else { x };
    let (_, n, one) = mish_parts::<HW>(x);
    (x * one) * (n / fma::<HW>(n, one, 2.0))
}

/// `e·((e + 2)·d + 4x·(e + 1))/d²` with `e = eˣ` and `d = e² + 2e + 2` (Misra, arXiv 1908.08681, where the numerator is multiplied out);
/// right of 0 as `1 − 2/d + 4x·e·(e + 1)/d²`, where errors of `e` count for less. What the rounded `d` and its reciprocal lack is put back
/// to first order.
#[inline(always)]
pub(in super::super) fn mish_grad<const HW: bool>(x: f32) -> f32 {
    let x = if x < -110.0 { -110.0 } else { x };
    let (e, n, one) = mish_parts::<HW>(x);
    let x = if x > 20.0 { 20.0 } else { x };
    let plain = e * one;
    let d = fma::<HW>(n, one, 2.0);
    let d_lo = fma::<HW>(n, one, 2.0 - d);
    let reciprocal = 1.0 / d;
    let rest = fma::<HW>(-reciprocal, d_lo, fma::<HW>(-reciprocal, d, 1.0));
    let reciprocal = fma::<HW>(reciprocal, rest, reciprocal);
    let first = e * reciprocal;
    let second = fma::<HW>(4.0 * x, plain, 4.0 * x);
    if x > 0.0 {
        fma::<HW>(first * second, reciprocal, fma::<HW>(-2.0, reciprocal, 1.0))
    } else {
        first * fma::<HW>(second, reciprocal, plain + 2.0) * one
    }
}
