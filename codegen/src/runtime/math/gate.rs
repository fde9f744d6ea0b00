//! The logistic gates in f32: `sigmoid`, `softplus`, `silu`, `gelu_tanh`, `mish`. Each has one exponential and at most one division.

use super::elementary::{exp_nonpositive, exp_parts, rounder};
use super::fma::{fma, horner_fma};
use super::{clamp, pow2};

/// `1 / (1 + e⁻ˣ)` with numerator and denominator scaled by 2⁻³², so that e¹⁰⁴ is a number. `w + 2⁻³²` is exact or loses nothing
/// that counts: the denominator is rounded once.
#[inline(always)]
pub(in super::super) fn sigmoid<const HW: bool>(x: f32) -> f32 {
    let one = const { pow2(-32) };
    let (p, w) = exp_parts::<HW>(-clamp(x, -105.0, 40.0), 0.0, const { rounder(-32) });
    one / (w + fma::<HW>(p, w, one))
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

/// `x·sigmoid(hi + lo)` for hi + lo between −127 and 80, of the sign of x, and x at least 4 in size where it is below −60: there
/// numerator and denominator are scaled by 2⁻⁶⁴, so that e¹²⁷ is a number and the quotient is rounded once.
#[inline(always)]
fn gated<const HW: bool>(x: f32, hi: f32, lo: f32) -> f32 {
    let rounder = const { [rounder(0), rounder(-64)] };
    let one = const { [1.0, pow2(-64)] };
    let (rounder, one) = if hi < -60.0 {
        (rounder[1], one[1])
    } else {
        (rounder[0], one[0])
    };
    let (p, w) = exp_parts::<HW>(-hi, -lo, rounder);
    (x * one) / (w + fma::<HW>(p, w, one))
}

/// Left of −110 it is 0.
#[inline(always)]
pub(in super::super) fn silu<const HW: bool>(x: f32) -> f32 {
    let x = if x < -110.0 { -110.0 } else { x };
    gated::<HW>(x, if x > 80.0 { 80.0 } else { x }, 0.0)
}

/// `x·sigmoid(x·s)`, `s = 2√(2/π)·(1 + 0.044715·x²)`: the same function. The argument of the sigmoid reaches −100, where e to it
/// needs it in two parts. `LINEAR` has 20 bits, so that `s − LINEAR` is exact. Outside [−11.5, 8] the gate is 0 or 1.
#[inline(always)]
pub(in super::super) fn gelu_tanh<const HW: bool>(x: f32) -> f32 {
    const LINEAR: f32 = 1.595_769_9; // 2√(2/π) = LINEAR + LINEAR_LO
    const LINEAR_LO: f32 = -7.605_964e-7;
    const CUBIC: f32 = 0.071_354_814; // 0.044715 of it, = CUBIC + CUBIC_LO
    const CUBIC_LO: f32 = 2.398_832_5e-9;
    let x = if x < -11.5 { -11.5 } else { x };
    let z = if x > 8.0 { 8.0 } else { x };
    let square = z * z;
    let square_lo = fma::<HW>(z, z, -square);
    let s = fma::<HW>(CUBIC, square, LINEAR);
    let rest = fma::<HW>(CUBIC, square, LINEAR - s) + LINEAR_LO;
    let s_lo = fma::<HW>(CUBIC, square_lo, fma::<HW>(CUBIC_LO, square, rest));
    let hi = z * s;
    let lo = fma::<HW>(z, s_lo, fma::<HW>(z, s, -hi));
    gated::<HW>(x, hi, lo)
}

/// `x·tanh(ln(1 + e))` with `e = eˣ`: `tanh(ln(1 + e)) = n/(n + 2)`, `n = e² + 2e`: sums of positive terms. From x = 20 on it is 1;
/// below −60, where n = 2e, the quotient is raised by 2⁶⁴ and x lowered, so that a subnormal result is rounded once.
#[inline(always)]
pub(in super::super) fn mish<const HW: bool>(x: f32) -> f32 {
    let x = if x < -110.0 { -110.0 } else { x };
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
    let n = s * w + fma::<HW>(s * w, p, s_lo * e);
    let quotient = n / fma::<HW>(n, one, 2.0);
    (x * one) * quotient
}
