//! The error function and the normal distribution in f32.
//!
//! The tails rest on the scaled complementary error function (Shepherd and Laframboise, Math. Comp. 36, 1981):
//! `(1 + 2a)·e^(a²)·erfc(a)` is a polynomial in `t = (a − 2)/(a + 2)`, and the exponent −a² is kept in two parts.

use super::elementary::{exp_parts, square_parts};
use super::fma::{fma, horner_fma};
use super::{clamp, scale};

/// Below this the complement of the odd polynomial has more digits than the tail formula.
const NEAR: f32 = 0.5;

/// `(v, n)` with `erfc(a) = v·2ⁿ`, for 0 ≤ a ≤ 10.3 and `a² = hi + lo`.
#[inline(always)]
fn erfc_parts<const HW: bool>(a: f32, hi: f32, lo: f32) -> (f32, i32) {
    let t = (a - 2.0) / (a + 2.0);
    let c = horner_fma!(HW; t; 0.2769784, -0.09276399, -0.1660315, 0.1640555, -0.054203466, -0.008060399, 0.008628513, 0.0013130768, -0.0012260936, -0.0003983262);
    let (p, n) = exp_parts::<HW>(-hi, -lo);
    // (1 + c)·(1 + p), rounded once to the last.
    ((1.0 + (c + p + c * p)) / (1.0 + 2.0 * a), n)
}

/// `(v, n)` with `Φ(−a) = v·2ⁿ`, for 0 ≤ a ≤ 14.5.
#[inline(always)]
fn normal_tail_parts<const HW: bool>(a: f32) -> (f32, i32) {
    let (hi, lo) = square_parts(a);
    let (v, n) = erfc_parts::<HW>(a * std::f32::consts::FRAC_1_SQRT_2, 0.5 * hi, 0.5 * lo);
    (0.5 * v, n)
}

/// `erf x` for |x| < 0.92, an odd polynomial.
#[inline(always)]
fn erf_near<const HW: bool>(x: f32) -> f32 {
    let u = x * x;
    x + x
        * horner_fma!(HW; u; 0.12837915, -0.37612498, 0.112818435, -0.026767345, 0.0049940264, -0.00059944164)
}

/// From 0.92 on `1 − exp(−L(a))`, L a polynomial for −ln erfc(a); past 3.92 it is 1.
#[inline(always)]
pub(in super::super) fn erf<const HW: bool>(x: f32) -> f32 {
    let a = clamp(x.abs(), 0.0, 3.93);
    let l = horner_fma!(HW; a; -0.00017055128, 1.1294951, 0.63338673, 0.10823642, -0.025091263, 0.004160403, -0.00043228132, 2.0910675e-05);
    let (p, n) = exp_parts::<HW>(-l, 0.0);
    let far = (1.0 - scale(1.0 + p, n)).copysign(x);
    if x.abs() < 0.92 {
        erf_near::<HW>(x)
    } else {
        far
    }
}

/// Past 10.3 the tail is 0.
#[inline(always)]
pub(in super::super) fn erfc<const HW: bool>(x: f32) -> f32 {
    let a = clamp(x.abs(), 0.0, 10.3);
    let (hi, lo) = square_parts(a);
    let (v, n) = erfc_parts::<HW>(a, hi, lo);
    let tail = scale(v, n);
    let far = if x < 0.0 { 2.0 - tail } else { tail };
    if a < NEAR {
        1.0 - erf_near::<HW>(x)
    } else {
        far
    }
}

/// `Φ(x)` for |x| < `NEAR`·√2.
#[inline(always)]
fn normal_cdf_near<const HW: bool>(x: f32) -> f32 {
    0.5 + 0.5 * erf_near::<HW>(x * std::f32::consts::FRAC_1_SQRT_2)
}

#[inline(always)]
pub(in super::super) fn normal_cdf<const HW: bool>(x: f32) -> f32 {
    let a = clamp(x.abs(), 0.0, 14.5);
    let (v, n) = normal_tail_parts::<HW>(a);
    let tail = scale(v, n);
    let far = if x > 0.0 { 1.0 - tail } else { tail };
    if a < NEAR {
        normal_cdf_near::<HW>(x)
    } else {
        far
    }
}

/// `x·Φ(x)`; on the left the factor x comes before the scaling, so that a subnormal Φ costs no digits.
#[inline(always)]
pub(in super::super) fn gelu<const HW: bool>(x: f32) -> f32 {
    let a = clamp(x.abs(), 0.0, 14.5);
    let (v, n) = normal_tail_parts::<HW>(a);
    let left = scale(clamp(x, -14.5, 0.0) * v, n);
    let upper = if a < NEAR {
        normal_cdf_near::<HW>(x)
    } else {
        1.0 - scale(v, n)
    };
    if x > -NEAR { x * upper } else { left }
}
