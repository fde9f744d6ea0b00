//! The error function and the normal distribution in f32.
//!
//! The tails rest on the scaled complementary error function (Shepherd and Laframboise, Math. Comp. 36, 1981):
//! `(1 + 2a)·e^(a²)·erfc(a)` is a polynomial in `t = (a − 2)/(a + 2)`, and the exponent −a² is kept in two parts.

use super::elementary::{exp_parts, square_parts};
use super::{clamp, horner, scale};

/// `(v, n)` with `erfc(a) = v·2ⁿ`, for 0 ≤ a ≤ 10.3 and `a² = hi + lo`.
#[inline(always)]
fn erfc_parts(a: f32, hi: f32, lo: f32) -> (f32, i32) {
    let t = (a - 2.0) / (a + 2.0);
    let c = horner!(t; 0.2769784, -0.09276399, -0.1660315, 0.1640555, -0.054203466, -0.008060399, 0.008628513, 0.0013130768, -0.0012260936, -0.0003983262);
    let (p, n) = exp_parts(-hi, -lo);
    // (1 + c)·(1 + p), rounded once to the last.
    ((1.0 + (c + p + c * p)) / (1.0 + 2.0 * a), n)
}

/// `(v, n)` with `Φ(−a) = v·2ⁿ`, for 0 ≤ a ≤ 14.5.
#[inline(always)]
fn normal_tail_parts(a: f32) -> (f32, i32) {
    let (hi, lo) = square_parts(a);
    let (v, n) = erfc_parts(a * std::f32::consts::FRAC_1_SQRT_2, 0.5 * hi, 0.5 * lo);
    (0.5 * v, n)
}

/// Past 10.3 the tail is 0.
#[inline(always)]
pub(in super::super) fn erfc(x: f32) -> f32 {
    let a = clamp(x.abs(), 0.0, 10.3);
    let (hi, lo) = square_parts(a);
    let (v, n) = erfc_parts(a, hi, lo);
    let tail = scale(v, n);
    if x < 0.0 { 2.0 - tail } else { tail }
}

/// A polynomial near 0; from 0.92 on `1 − exp(−L(a))`, L a polynomial for −ln erfc(a), and 1 past 3.92.
#[inline(always)]
pub(in super::super) fn erf(x: f32) -> f32 {
    let u = x * x;
    let near = x
        + x * horner!(u; 0.12837915, -0.37612498, 0.112818435, -0.026767345, 0.0049940264, -0.00059944164);
    let a = clamp(x.abs(), 0.0, 3.93);
    let l = horner!(a; -0.00017055128, 1.1294951, 0.63338673, 0.10823642, -0.025091263, 0.004160403, -0.00043228132, 2.0910675e-05);
    let (p, n) = exp_parts(-l, 0.0);
    let far = (1.0 - scale(1.0 + p, n)).copysign(x);
    if x.abs() < 0.92 { near } else { far }
}

#[inline(always)]
pub(in super::super) fn normal_cdf(x: f32) -> f32 {
    let (v, n) = normal_tail_parts(clamp(x.abs(), 0.0, 14.5));
    let tail = scale(v, n);
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// `x·Φ(x)`; on the left the factor x comes before the scaling, so that a subnormal Φ costs no digits.
#[inline(always)]
pub(in super::super) fn gelu(x: f32) -> f32 {
    let left = clamp(x, -14.5, 0.0);
    let (v, n) = normal_tail_parts(clamp(x.abs(), 0.0, 14.5));
    if x > 0.0 {
        x * (1.0 - scale(v, n))
    } else {
        scale(left * v, n)
    }
}
