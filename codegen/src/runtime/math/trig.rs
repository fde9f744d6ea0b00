//! `sin`, `cos`, `sinc` and `atan` in f32.

use super::fma::{fma, horner_fma};
use super::horner;

/// Adding this rounds an f64 below 2⁵¹ in size to an integer, which then stands in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// π/2 in two parts; the first has 25 bits, so that its product with an integer below 2²⁸ is exact.
const FRAC_PI_2_HI: f64 = 1.570_796_310_901_641_8;
const FRAC_PI_2_LO: f64 = 1.589_325_477_352_819_7e-8;

/// `sin(x + quarters·π/2)`.
///
/// `x = n·π/2 + r` in f64, |r| ≤ π/4, then a polynomial for sin r or cos r by the parity of n. Up to |x| = 2²⁸ the reduction
/// is exact beyond f32; further out it errs by about |x|·2⁻⁵² (a float there is wider than the period by itself), and the
/// clamp keeps the result within ±1.
#[inline(always)]
fn sin_shifted(x: f32, quarters: u64) -> f32 {
    let x = f64::from(x);
    let shifted = x * std::f64::consts::FRAC_2_PI + ROUND;
    let n = shifted - ROUND;
    let quadrant = shifted.to_bits().wrapping_add(quarters);
    let r = (x - n * FRAC_PI_2_HI) - n * FRAC_PI_2_LO;
    let r = if r < -0.8 { -0.8 } else { r };
    let r = if r > 0.8 { 0.8 } else { r };
    let u = r * r;
    let sin = r
        + r * u
            * horner!(u; -0.1666666664077167, 0.008333329301894723, -0.0001983931131750633, 2.7181125146155072e-06);
    let cos = 1.0
        + u * horner!(u; -0.49999999694174607, 0.04166662032303248, -0.0013886680568917695, 2.4383465606606334e-05);
    let magnitude = if quadrant & 1 == 0 { sin } else { cos };
    f64::from_bits(magnitude.to_bits() ^ ((quadrant & 2) << 62)) as f32
}

#[inline(always)]
pub(in super::super) fn sin<const HW: bool>(x: f32) -> f32 {
    sin_shifted(x, 0)
}

#[inline(always)]
pub(in super::super) fn cos<const HW: bool>(x: f32) -> f32 {
    sin_shifted(x, 1)
}

/// With `n` the integer nearest to |x| and `r = |x| − n`, exact: `(−1)ⁿ·sin(πr)/(π|x|)`.
///
/// From 2²³ on every float is an integer, where the value is 0; from 2²² on, 2²² is first taken off, which leaves the sine.
#[inline(always)]
pub(in super::super) fn sinc<const HW: bool>(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    let a = x.abs();
    let folded = if a >= 4_194_304.0 { a - 4_194_304.0 } else { a };
    let shifted = folded + ROUND;
    let n = shifted - ROUND;
    let r = folded - n;
    let u = r * r;
    let value =
        1.0 + u * horner_fma!(HW; u; -1.644934, 0.811742, -0.19074538, 0.026104743, -0.0022154802);
    let signed = f32::from_bits(r.to_bits() ^ (shifted.to_bits() << 31));
    let outer = if n == 0.0 { value } else { signed * value / a };
    if a >= 8_388_608.0 { 0.0 } else { outer }
}

/// An odd polynomial on [−1, 1]; further out, `π/2 − atan(1/|x|)`.
#[inline(always)]
pub(in super::super) fn atan<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let far = a > 1.0;
    let t = if far { 1.0 / a } else { a };
    let u = t * t;
    let q = horner_fma!(HW; u; -0.333333, 0.1999853, -0.14264016, 0.10950878, -0.083992854, 0.05788248, -0.031102639, 0.010876138, -0.0017858993);
    let near = t + t * u * q;
    let magnitude = if far {
        std::f32::consts::FRAC_PI_2 - near
    } else {
        near
    };
    magnitude.copysign(x)
}
