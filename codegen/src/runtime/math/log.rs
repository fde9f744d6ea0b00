//! Logarithms in f32: `ln`, `log1p`, `asinh` with its slope.
//!
//! All write the argument as `2ⁿ·(1 + f)` with 2/3 ≤ 1 + f < 4/3 and end in [`log_parts`].

use super::elementary::{LN2_HI, LN2_LO};
use super::fma::{fma, horner_fma};
use super::pow2;

/// The bits of 2/3, the lower end of the mantissas.
const TWO_THIRDS: i32 = 0x3f2a_aaab;

/// The exponent `n` of `y = 2ⁿ·m`, 2/3 ≤ m < 4/3, from the bits of a positive `y`.
#[inline(always)]
fn exponent(bits: i32) -> i32 {
    bits.wrapping_sub(TWO_THIRDS) >> 23
}

/// `n·ln 2 + ln(1 + f)`, the small terms first.
#[inline(always)]
fn log_parts<const HW: bool>(f: f32, n: f32) -> f32 {
    let q = horner_fma!(HW; f; 0.33333334, -0.2499982, 0.19999598, -0.16679578, 0.14304459, -0.121957794, 0.10754206, -0.12845053, 0.12007255);
    let tail = fma::<HW>(f * f, fma::<HW>(f, q, -0.5), n * LN2_LO);
    fma::<HW>(n, LN2_HI, f + tail)
}

/// `ln(1 + u) + extra·ln 2` for −1 < u < ∞.
///
/// `f = u·2⁻ⁿ + (2⁻ⁿ − 1)` is rounded once, though `1 + u` is not exact. `2⁻ⁿ` is a product of two powers, since n may be 128.
#[inline(always)]
pub(super) fn log1p_finite<const HW: bool>(u: f32, extra: f32) -> f32 {
    let n = exponent((1.0 + u).to_bits() as i32);
    let half = n >> 1;
    let (a, b) = (pow2(half.wrapping_neg()), pow2(half.wrapping_sub(n)));
    let f = u * a * b + (a * b - 1.0);
    log_parts::<HW>(f, n as f32 + extra)
}

#[inline(always)]
pub(in super::super) fn log1p<const HW: bool>(x: f32) -> f32 {
    let finite = log1p_finite::<HW>(x, 0.0);
    let upper = if x < f32::INFINITY { finite } else { x };
    let lower = if x == -1.0 {
        f32::NEG_INFINITY
    } else {
        f32::NAN
    };
    if x > -1.0 { upper } else { lower }
}

/// A subnormal argument is first brought up by 2²³.
#[inline(always)]
pub(in super::super) fn ln<const HW: bool>(x: f32) -> f32 {
    let subnormal = x < f32::MIN_POSITIVE;
    let y = if subnormal { x * 8_388_608.0 } else { x };
    let bits = y.to_bits() as i32;
    let n = exponent(bits);
    let f = f32::from_bits(bits.wrapping_sub(n << 23) as u32) - 1.0;
    let finite = log_parts::<HW>(f, n as f32 - if subnormal { 23.0 } else { 0.0 });
    let upper = if x < f32::INFINITY { finite } else { x };
    let lower = if x == 0.0 {
        f32::NEG_INFINITY
    } else {
        f32::NAN
    };
    if x > 0.0 { upper } else { lower }
}

/// `sign(x)·ln(|x| + √(x² + 1))` as `log1p(a + a²/(1 + √(1 + a²)))`; past 10⁹, `ln a + ln 2`, since a² may overflow.
#[inline(always)]
pub(in super::super) fn asinh<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let square = a * a;
    let near = a + square / (1.0 + fma::<HW>(a, a, 1.0).sqrt());
    let far = a > 1e9;
    let finite = log1p_finite::<HW>(if far { a } else { near }, if far { 1.0 } else { 0.0 });
    let magnitude = if a < f32::INFINITY { finite } else { a };
    magnitude.copysign(x)
}

/// `1/√(1 + x²)`; past 10⁹ it is `1/|x|`, where the square may overflow.
#[inline(always)]
pub(in super::super) fn asinh_grad<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    1.0 / if a > 1e9 {
        a
    } else {
        fma::<HW>(a, a, 1.0).sqrt()
    }
}
