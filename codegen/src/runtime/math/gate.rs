//! The logistic gates in f32: `sigmoid`, `softplus`, `silu`, `gelu_tanh`, `mish`. The exponential is of
//! −|x|, or of an x bounded above, so nothing overflows.

use super::elementary::{exp, exp_parts};
use super::log::log1p_finite;
use super::{clamp, pow2, scale};

#[inline(always)]
pub(in super::super) fn sigmoid<const HW: bool>(x: f32) -> f32 {
    let e = exp::<HW>(-x.abs());
    let numerator = if x < 0.0 { e } else { 1.0 };
    numerator / (1.0 + e)
}

/// `max(x, 0) + log1p(e^−|x|)`.
#[inline(always)]
pub(in super::super) fn softplus<const HW: bool>(x: f32) -> f32 {
    let positive = if x < 0.0 { 0.0 } else { x };
    positive + log1p_finite::<HW>(exp::<HW>(-x.abs()), 0.0)
}

/// `2ⁿ`, or 2⁻¹²⁶ if that is larger: for a term beside a number of ordinary size.
#[inline(always)]
fn pow2_floored(n: i32) -> f32 {
    pow2(if n < -126 { -126 } else { n })
}

/// `x·sigmoid(hi + lo)`, where hi has the sign of x; the factor x comes before the scaling by 2ⁿ.
///
/// `x` and `hi` are at least −150, where the result is 0.
#[inline(always)]
fn gated<const HW: bool>(x: f32, hi: f32, lo: f32) -> f32 {
    let negative = hi < 0.0;
    let (hi, lo) = if negative { (hi, lo) } else { (-hi, -lo) };
    let (p, n) = exp_parts::<HW>(clamp(hi, -150.0, 0.0), lo);
    let denominator = 1.0 + (1.0 + p) * pow2_floored(n);
    let (numerator, n) = if negative { (x + x * p, n) } else { (x, 0) };
    scale(numerator / denominator, n)
}

#[inline(always)]
pub(in super::super) fn silu<const HW: bool>(x: f32) -> f32 {
    let x = if x < -150.0 { -150.0 } else { x };
    gated::<HW>(x, x, 0.0)
}

/// `x·sigmoid(2√(2/π)·(x + 0.044715·x³))`, the same function; the argument of the sigmoid reaches 100 in the left tail, where
/// e to it needs more digits than an f32 has: f64 provides them. Past |x| = 12 the gate is 0 or 1.
#[inline(always)]
pub(in super::super) fn gelu_tanh<const HW: bool>(x: f32) -> f32 {
    const LINEAR: f64 = 1.595_769_121_605_730_7; // 2√(2/π)
    const CUBIC: f64 = LINEAR * 0.044_715;
    let near = f64::from(clamp(x, -12.0, 12.0));
    let v = near * (LINEAR + CUBIC * (near * near));
    let hi = v as f32;
    let lo = (v - f64::from(hi)) as f32;
    gated::<HW>(if x < -12.0 { -12.0 } else { x }, hi, lo)
}

/// `x·tanh(ln(1 + e))` with `e = eˣ`: `tanh(ln(1 + e)) = e·(e + 2) / (e·(e + 2) + 2)`: sums of positive terms; from x = 20 on it is 1.
#[inline(always)]
pub(in super::super) fn mish<const HW: bool>(x: f32) -> f32 {
    let near = clamp(x, -150.0, 20.0);
    let (p, n) = exp_parts::<HW>(near, 0.0);
    let power = pow2_floored(n);
    let e = (1.0 + p) * power;
    // (1 + p)·(e + 2), without the rounding of 1 + p.
    let product = (e + 2.0) + (e + 2.0) * p;
    let value = scale(near * (product / (product * power + 2.0)), n);
    if x > 20.0 { x } else { value }
}
