//! The error function and the normal distribution in f32.
//!
//! All tails rest on that of the normal distribution, `Q(a) = erfc(a/√2)/2`: `(a + k)·e^(a²/2)·Q(a)` is a polynomial in
//! `t = (a − k)/(a + k)` (after Shepherd and Laframboise, Math. Comp. 36, 1981), here with a k for which its first two coefficients
//! are nearly f32 numbers; the exponent −a²/2 is kept in two parts. Near 0, where a half is more than what is taken from it, a
//! polynomial serves.

use super::elementary::{exp_parts, minus_half_square, rounder, times_exp};
use super::fma::{fma, horner_fma};
use super::pow2;

/// The k of the tails.
const K: f32 = 3.731_39;

/// P′/P, for the last digits: between −0.96 and −0.63, here as it is far out, where they count most.
const STEEPNESS: f32 = -0.65;

/// Where the tails are 0.
const END: f32 = 14.5;

/// Below this size Φ comes from [`normal_cdf_near`].
const NEAR: f32 = 0.835;

/// `(v, rest)` whose sum is `y·P(t)`, where `P(t) = (a + K)·e^(a²/2)·Q(a)` at `t = (a − K)/(a + K)`, for `NEAR` ≤ a ≤ `END`.
#[inline(always)]
fn scaled_tail<const HW: bool>(y: f32, t: f32) -> (f32, f32) {
    const FIRST: f32 = 0.7498894;
    let q = horner_fma!(HW; t; -0.58661056, 0.35026398, -0.14888658, 0.035882536, 0.0017044168, -0.0041203015, 0.00044677223, 0.00042150207);
    let value = fma::<HW>(t, q, FIRST);
    let value_rest = fma::<HW>(t, q, FIRST - value);
    let v = y * value;
    (v, fma::<HW>(y, value_rest, fma::<HW>(y, value, -v)))
}

/// `2⁶⁴·Q(a + a_lo)` for `NEAR` ≤ a ≤ `END`, given that `hi + lo` is the exponent.
#[inline(always)]
fn raised_tail<const HW: bool>(a: f32, a_lo: f32, hi: f32, lo: f32) -> f32 {
    let d = a + K;
    let reciprocal = 1.0 / d;
    // 1/(a + a_lo + K) is `reciprocal·(1 + rest)`: what d lacks, and the rounding of the division.
    let d_lo = (a - (d - K)) + a_lo;
    let rest = fma::<HW>(-reciprocal, d_lo, fma::<HW>(-reciprocal, d, 1.0));
    let (t, correction) = (fma::<HW>(-2.0 * K, reciprocal, 1.0), -2.0 * K * reciprocal);
    let sum = fma::<HW>(correction, rest, t);
    let t_lo = fma::<HW>(correction, rest, t - sum);
    let (v, v_rest) = scaled_tail::<HW>(reciprocal, sum);
    times_exp::<HW>(
        (v, fma::<HW>(v, fma::<HW>(STEEPNESS, t_lo, rest), v_rest)),
        hi,
        lo,
        const { rounder(64) },
    )
}

/// `erf(x)/x − 1` for |x| < 0.92.
#[inline(always)]
fn erf_near<const HW: bool>(x: f32) -> f32 {
    horner_fma!(HW; x * x; 0.12837915, -0.37612498, 0.112818435, -0.026767345, 0.0049940264, -0.00059944164)
}

/// From 0.92 on `1 − exp(−L(a))`, L a polynomial for −ln erfc(a); past 3.92 it is 1.
#[inline(always)]
pub(in super::super) fn erf<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let z = if a > 3.93 { 3.93 } else { a };
    let l = horner_fma!(HW; z; -0.00017055128, 1.1294951, 0.63338673, 0.10823642, -0.025091263, 0.004160403, -0.00043228132, 2.0910675e-05);
    let (p, w) = exp_parts::<HW>(-l, 0.0, const { rounder(0) });
    let far = fma::<HW>(-p, w, 1.0 - w).copysign(x);
    if a < 0.92 {
        fma::<HW>(x, erf_near::<HW>(x), x)
    } else {
        far
    }
}

/// `2·Q(√2·x)`; past 10.2 the tail is 0.
#[inline(always)]
pub(in super::super) fn erfc<const HW: bool>(x: f32) -> f32 {
    const SQRT_2: f32 = std::f32::consts::SQRT_2;
    const SQRT_2_LO: f32 = 2.420_323_5e-8;
    let a = x.abs();
    let z = if a > 10.2 { 10.2 } else { a };
    let hi = -z * z;
    let lo = fma::<HW>(-z, z, -hi);
    let (wide, wide_lo) = (
        z * SQRT_2,
        fma::<HW>(z, SQRT_2, -(z * SQRT_2)) + z * SQRT_2_LO,
    );
    let tail = raised_tail::<HW>(wide, wide_lo, hi, lo) * const { pow2(-63) };
    let far = if x < 0.0 { 2.0 - tail } else { tail };
    if a < 0.6 {
        fma::<HW>(-x, erf_near::<HW>(x), 1.0 - x)
    } else {
        far
    }
}

/// `Φ(x) = ½ + x·ρ(−x²/2)` for |x| < `NEAR`.
#[inline(always)]
fn normal_cdf_near<const HW: bool>(x: f32, minus_half_square: f32) -> f32 {
    let rho = horner_fma!(HW; minus_half_square; 0.3989423, 0.13298143, 0.039899, 0.009484582, 0.0016825505);
    fma::<HW>(x, rho, 0.5)
}

#[inline(always)]
pub(in super::super) fn normal_cdf<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let a = if a > END { END } else { a };
    let (hi, lo) = minus_half_square::<HW>(a);
    let tail = raised_tail::<HW>(a, 0.0, hi, lo) * const { pow2(-64) };
    let far = if x > 0.0 { 1.0 - tail } else { tail };
    if a < NEAR {
        normal_cdf_near::<HW>(x, hi)
    } else {
        far
    }
}

/// `x·Φ(x) = max(x, 0) − |x|·Q(|x|)`, with `y = a/(a + K)`, `t = 2y − 1` and `a·Q(a) = y·P(t)·e^(−a²/2)`.
#[inline(always)]
pub(in super::super) fn gelu<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let a = if a > END { END } else { a };
    let (hi, lo) = minus_half_square::<HW>(a);
    let d = a + K;
    let y = a / d;
    let (v, v_rest) = scaled_tail::<HW>(y, fma::<HW>(2.0, y, -1.0));
    // What d lacks, times d(y·P)/dy·y/d, which is 0.03 for the least a and falls to 0.
    let rest = fma::<HW>(-0.02, a - (d - K), v_rest);
    let tail = times_exp::<HW>((v, rest), hi, lo, const { rounder(64) });
    let positive = if x < 0.0 { 0.0 } else { x };
    let far = fma::<HW>(tail, const { -pow2(-64) }, positive);
    if a < NEAR {
        x * normal_cdf_near::<HW>(x, hi)
    } else {
        far
    }
}
