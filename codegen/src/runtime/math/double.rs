//! The f64 functions, over the `libm` crate: the same bits on every machine. What `libm` lacks is composed so that no
//! difference of nearly equal numbers, no overflow and no lost digit of an exponent spoils it.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::horner;

pub(in super::super) use libm::{
    asinh, atan, cos, cosh, erf, erfc, exp, expm1, log as ln, log1p, sin, sinh, tanh,
};

/// What `FRAC_1_SQRT_2` leaves of 1/√2.
const FRAC_1_SQRT_2_REST: f64 = -4.833_646_656_726_457e-17;

/// The larger; NaN if `x` is. Left of `lo` a gate is 0, and `−∞·0` must not arise.
#[inline(always)]
fn at_least(lo: f64, x: f64) -> f64 {
    if x < lo { lo } else { x }
}

/// `sin(πx)/(πx)`: with `n` the nearest integer, `r = x − n` is exact; beyond 2⁵² every number is an integer.
#[inline(always)]
pub(in super::super) fn sinc(x: f64) -> f64 {
    let a = x.abs();
    let n = libm::rint(a);
    let r = a - n;
    let sign = if n % 2.0 == 0.0 { 1.0 } else { -1.0 };
    match () {
        _ if a < 1e-9 => 1.0,
        _ if a >= 4_503_599_627_370_496.0 => 0.0,
        _ => sign * sin(PI * r) / (PI * a),
    }
}

/// `exp(−c·x²)` for c a power of two: the rounding error of the square, by which the result would be off, is put back.
#[inline(always)]
fn exp_minus_square(x: f64, c: f64) -> f64 {
    let x = x.clamp(-40.0, 40.0);
    let square = x * x;
    let rest = x.mul_add(x, -square);
    let e = exp(-c * square);
    e - e * (c * rest)
}

#[inline(always)]
pub(in super::super) fn gaussian(x: f64) -> f64 {
    exp_minus_square(x, 1.0)
}

#[inline(always)]
pub(in super::super) fn normal_pdf(x: f64) -> f64 {
    0.398_942_280_401_432_7 * exp_minus_square(x, 0.5)
}

/// `erfc(z)/2` with z = −x/√2, and a first-order correction for the rounding of z: erfc′(z) = −2/√π·e^(−z²).
#[inline(always)]
pub(in super::super) fn normal_cdf(x: f64) -> f64 {
    let minus_x = -x.clamp(-40.0, 40.0);
    let z = minus_x * FRAC_1_SQRT_2;
    let rest = minus_x.mul_add(FRAC_1_SQRT_2, -z) + minus_x * FRAC_1_SQRT_2_REST;
    0.5 * (erfc(z) - std::f64::consts::FRAC_2_SQRT_PI * exp_minus_square(z, 1.0) * rest)
}

#[inline(always)]
pub(in super::super) fn gelu(x: f64) -> f64 {
    at_least(-40.0, x) * normal_cdf(x)
}

/// An odd polynomial up to 1, then `(a − 1) + 2/(e^(2a) + 1)`.
#[inline(always)]
pub(in super::super) fn tanhshrink(x: f64) -> f64 {
    let a = x.abs();
    let u = x * x;
    if a < 1.0 {
        x * u
            * horner!(u; 0.3333333333333333, -0.13333333333333092, 0.053968253968046734, -0.021869488529139666,
            0.008863235404740473, -0.0035921266808628736, 0.0014558247011086044, -0.0005899793318455953,
            0.0002389571608699115, -9.646300483966559e-05, 3.838995105720724e-05, -1.4606501547329093e-05,
            4.988038010927732e-06, -1.379319388019725e-06, 2.633484612414485e-07, -2.5160439266587867e-08)
    } else {
        ((a - 1.0) + 2.0 / (exp(2.0 * a) + 1.0)).copysign(x)
    }
}

#[inline(always)]
pub(in super::super) fn sigmoid(x: f64) -> f64 {
    let e = exp(-x.abs());
    let numerator = if x < 0.0 { e } else { 1.0 };
    numerator / (1.0 + e)
}

#[inline(always)]
pub(in super::super) fn softplus(x: f64) -> f64 {
    let positive = if x < 0.0 { 0.0 } else { x };
    positive + log1p(exp(-x.abs()))
}

#[inline(always)]
pub(in super::super) fn silu(x: f64) -> f64 {
    at_least(-800.0, x) * sigmoid(x)
}

/// `x·sigmoid(x·w)`, `w = 2√(2/π)·(1 + 0.044715·x²)`. The rounding errors of `x·w`, which e to it would magnify, are collected
/// and put back to first order: `sigmoid′ = sigmoid·(1 − sigmoid)`.
#[inline(always)]
pub(in super::super) fn gelu_tanh(x: f64) -> f64 {
    const LINEAR: f64 = 1.595_769_121_605_730_8; // 2√(2/π)
    const LINEAR_REST: f64 = -9.969_308_809_110_92e-17;
    const CUBIC: f64 = 0.071_354_816_272_600_25; // 0.044715 of it
    const CUBIC_REST: f64 = -6.175_149_918_155_315e-19;
    let near = x.clamp(-25.0, 25.0);
    let square = near * near;
    let square_rest = near.mul_add(near, -square);
    let term = CUBIC * square;
    let term_rest = CUBIC.mul_add(square, -term) + CUBIC * square_rest + CUBIC_REST * square;
    let w = LINEAR + term;
    let from_term = w - LINEAR;
    let w_rest = (LINEAR - (w - from_term)) + (term - from_term) + term_rest + LINEAR_REST;
    let v = near * w;
    let v_rest = near.mul_add(w, -v) + near * w_rest;
    let s = sigmoid(v);
    at_least(-25.0, x) * (s + s * (1.0 - s) * v_rest)
}

/// `x·e·(e + 2) / (e·(e + 2) + 2)` with `e = eˣ`; from x = 40 on, x.
#[inline(always)]
pub(in super::super) fn mish(x: f64) -> f64 {
    let e = exp(x.clamp(-800.0, 40.0));
    let product = e * (e + 2.0);
    if x > 40.0 {
        x
    } else {
        at_least(-800.0, x) * (product / (product + 2.0))
    }
}
