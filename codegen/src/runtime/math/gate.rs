//! The logistic gates in f32: `sigmoid`, `softplus`, `silu`, `gelu_tanh`, `mish`. The exponent is always ≤ 0 where it matters,
//! so nothing overflows.

use super::elementary::{exp, exp_parts};
use super::log::log1p_finite;
use super::{clamp, scale};

#[inline(always)]
pub(in super::super) fn sigmoid(x: f32) -> f32 {
    let e = exp(-x.abs());
    let numerator = if x < 0.0 { e } else { 1.0 };
    numerator / (1.0 + e)
}

/// `max(x, 0) + log1p(e^−|x|)`.
#[inline(always)]
pub(in super::super) fn softplus(x: f32) -> f32 {
    let positive = if x < 0.0 { 0.0 } else { x };
    positive + log1p_finite(exp(-x.abs()), 0.0)
}

/// `x·sigmoid(hi + lo)`, where hi has the sign of x; the factor x comes before the scaling by 2ⁿ.
///
/// `x` and `hi` are at least −150, where the result is 0.
#[inline(always)]
fn gated(x: f32, hi: f32, lo: f32) -> f32 {
    let negative = hi < 0.0;
    let (hi, lo) = if negative { (hi, lo) } else { (-hi, -lo) };
    let (p, n) = exp_parts(clamp(hi, -150.0, 0.0), lo);
    let denominator = 1.0 + scale(1.0 + p, n);
    let (mantissa, n) = if negative { (1.0 + p, n) } else { (1.0, 0) };
    scale(x * mantissa / denominator, n)
}

#[inline(always)]
pub(in super::super) fn silu(x: f32) -> f32 {
    let x = if x < -150.0 { -150.0 } else { x };
    gated(x, x, 0.0)
}

/// `x·sigmoid(2√(2/π)·(x + 0.044715·x³))`, the same function; the argument of the sigmoid reaches 100 in the left tail, where
/// e to it needs more digits than an f32 has: f64 provides them. Past |x| = 12 the gate is 0 or 1.
#[inline(always)]
pub(in super::super) fn gelu_tanh(x: f32) -> f32 {
    const LINEAR: f64 = 1.595_769_121_605_730_7; // 2√(2/π)
    const CUBIC: f64 = LINEAR * 0.044_715;
    let near = f64::from(clamp(x, -12.0, 12.0));
    let v = near * (LINEAR + CUBIC * (near * near));
    let hi = v as f32;
    let lo = (v - f64::from(hi)) as f32;
    gated(if x < -12.0 { -12.0 } else { x }, hi, lo)
}

/// With `e = eˣ`, `tanh(ln(1 + e)) = e·(e + 2) / (e·(e + 2) + 2)`: sums of positive terms; from x = 20 on it is 1.
#[inline(always)]
pub(in super::super) fn mish(x: f32) -> f32 {
    let near = clamp(x, -150.0, 20.0);
    let (p, n) = exp_parts(near, 0.0);
    let e = scale(1.0 + p, n);
    let sum = e + 2.0;
    let value = scale(near * ((1.0 + p) * sum / (e * sum + 2.0)), n);
    if x > 20.0 { x } else { value }
}
