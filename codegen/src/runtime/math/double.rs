//! The f64 functions, over `libm`: as a crate, the same bits on every machine. What `libm` lacks is composed so that no
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

/// `(sin πx, cos πx)` for x ≥ 0: the distance from the nearest integer is exact, and from 2⁵³ on every number is even.
#[inline(always)]
fn sin_cos_pi(x: f64) -> (f64, f64) {
    const EVEN: f64 = 9_007_199_254_740_992.0;
    let turn = if x >= EVEN { 0.0 } else { x % 2.0 };
    let n = libm::rint(turn);
    let angle = PI * (turn - n);
    let sign = if n == 1.0 { -1.0 } else { 1.0 };
    (sign * sin(angle), sign * cos(angle))
}

/// `sin(πx)/(πx)`.
#[inline(always)]
pub(in super::super) fn sinc(x: f64) -> f64 {
    let a = x.abs();
    if a < 1e-9 {
        1.0
    } else {
        sin_cos_pi(a).0 / (PI * a)
    }
}

/// `(cos πx − sinc x)/x`, and near 0 its series `Σ (−1)ᵏ·2k·π²ᵏ·x²ᵏ⁻¹/(2k + 1)!`.
#[inline(always)]
pub(in super::super) fn sinc_grad(x: f64) -> f64 {
    let a = x.abs();
    if a < 0.5 {
        let u = (PI * x) * (PI * x);
        let (mut term, mut sum) = (-1.0 / 3.0, 0.0);
        for k in 1..14 {
            sum += term;
            let k = f64::from(k);
            term *= -u * (k + 1.0) / (k * (2.0 * k + 2.0) * (2.0 * k + 3.0));
        }
        PI * PI * x * sum
    } else {
        let (sin, cos) = sin_cos_pi(a);
        (cos - sin / (PI * a)) / x
    }
}

/// `1/√(1 + x²)`; past 10⁹ it is `1/|x|`, where the square may overflow.
#[inline(always)]
pub(in super::super) fn asinh_grad(x: f64) -> f64 {
    let a = x.abs();
    1.0 / if a > 1e9 { a } else { x.mul_add(x, 1.0).sqrt() }
}

/// `1/(1 + x²)`; past 10⁹ it is `1/x²`, where the square may overflow and the result may not.
#[inline(always)]
pub(in super::super) fn atan_grad(x: f64) -> f64 {
    if x.abs() > 1e9 {
        (1.0 / x) * (1.0 / x)
    } else {
        1.0 / x.mul_add(x, 1.0)
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

/// `factor·eˣ`: half the exponent at a time, so that a subnormal result is rounded once.
#[inline(always)]
fn times_exp(factor: f64, x: f64) -> f64 {
    let half = exp(0.5 * x);
    factor * half * half
}

/// Below this an exponential may be subnormal, and what is added to it counts for nothing.
const TAIL: f64 = -700.0;

#[inline(always)]
pub(in super::super) fn sigmoid(x: f64) -> f64 {
    let e = exp(-x.abs());
    let numerator = if x < 0.0 { e } else { 1.0 };
    numerator / (1.0 + e)
}

/// `e/(1 + e)²` with `e = e^−|x|`.
#[inline(always)]
pub(in super::super) fn sigmoid_grad(x: f64) -> f64 {
    let e = exp(-x.abs());
    e / ((1.0 + e) * (1.0 + e))
}

/// `4e/(1 + e)²` with `e = e^−2|x|`.
#[inline(always)]
pub(in super::super) fn tanh_grad(x: f64) -> f64 {
    let minus = -2.0 * x.abs();
    if minus < TAIL {
        times_exp(4.0, minus)
    } else {
        4.0 * sigmoid_grad(minus)
    }
}

#[inline(always)]
pub(in super::super) fn softplus(x: f64) -> f64 {
    let positive = if x < 0.0 { 0.0 } else { x };
    positive + log1p(exp(-x.abs()))
}

#[inline(always)]
pub(in super::super) fn silu(x: f64) -> f64 {
    let x = at_least(-800.0, x);
    if x < TAIL {
        times_exp(x, x)
    } else {
        x * sigmoid(x)
    }
}

#[inline(always)]
pub(in super::super) fn silu_grad(x: f64) -> f64 {
    let x = x.clamp(-800.0, 800.0);
    gated_grad(x, x, 0.0)
}

/// `s·(1 + z·(1 − s))` with `s = sigmoid(v + rest)`, the rest to first order: the derivative of `x·sigmoid(v(x))` where `z = x·v′(x)`.
#[inline(always)]
fn gated_grad(z: f64, v: f64, rest: f64) -> f64 {
    if v < TAIL {
        times_exp((1.0 + z) * (1.0 + rest), v)
    } else {
        let (s, c) = (sigmoid(v), sigmoid(-v));
        let shift = s * c * rest;
        (s + shift) * (1.0 + z * (c - shift))
    }
}

const LINEAR: f64 = 1.595_769_121_605_730_8; // 2√(2/π)
const LINEAR_REST: f64 = -9.969_308_809_110_92e-17;
const CUBIC: f64 = 0.071_354_816_272_600_25; // 0.044715 of it
const CUBIC_REST: f64 = -6.175_149_918_155_315e-19;

/// `x·w` with `w = 2√(2/π)·(1 + 0.044715·x²)`, of which `x·sigmoid(x·w)` is gelu_tanh, and what is rounded away, which e to it
/// would magnify. Past 25 the sigmoid is 0 or 1.
#[inline(always)]
fn gelu_tanh_argument(x: f64) -> (f64, f64) {
    let square = x * x;
    let square_rest = x.mul_add(x, -square);
    let term = CUBIC * square;
    let term_rest = CUBIC.mul_add(square, -term) + CUBIC * square_rest + CUBIC_REST * square;
    let w = LINEAR + term;
    let from_term = w - LINEAR;
    let w_rest = (LINEAR - (w - from_term)) + (term - from_term) + term_rest + LINEAR_REST;
    let v = x * w;
    (v, x.mul_add(w, -v) + x * w_rest)
}

/// The rest of the argument counts to first order: `sigmoid′ = sigmoid·(1 − sigmoid)`.
#[inline(always)]
pub(in super::super) fn gelu_tanh(x: f64) -> f64 {
    let (v, rest) = gelu_tanh_argument(x.clamp(-25.0, 25.0));
    let x = at_least(-25.0, x);
    if v < TAIL {
        times_exp(x * (1.0 + rest), v)
    } else {
        let s = sigmoid(v);
        x * (s + s * (1.0 - s) * rest)
    }
}

#[inline(always)]
pub(in super::super) fn gelu_tanh_grad(x: f64) -> f64 {
    let x = x.clamp(-25.0, 25.0);
    let (v, rest) = gelu_tanh_argument(x);
    gated_grad(x * (3.0 * CUBIC).mul_add(x * x, LINEAR), v, rest)
}

/// `x·e·(e + 2) / (e·(e + 2) + 2)` with `e = eˣ`; from x = 40 on, x.
#[inline(always)]
pub(in super::super) fn mish(x: f64) -> f64 {
    let x = at_least(-800.0, x);
    let e = exp(x.min(40.0));
    let product = e * (e + 2.0);
    match () {
        _ if x < TAIL => times_exp(x, x),
        _ if x > 40.0 => x,
        _ => x * (product / (product + 2.0)),
    }
}

/// `e·((e + 2)·d + 4x·(e + 1))/d²` with `e = eˣ` and `d = e² + 2e + 2`.
#[inline(always)]
pub(in super::super) fn mish_grad(x: f64) -> f64 {
    let x = x.clamp(-800.0, 40.0);
    if x < TAIL {
        return times_exp(1.0 + x, x);
    }
    let e = exp(x);
    let d = e * (e + 2.0) + 2.0;
    (e / d) * (((e + 2.0) * d + 4.0 * x * (e + 1.0)) / d)
}
