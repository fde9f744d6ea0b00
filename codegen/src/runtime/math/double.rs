//! The f64 functions, over the `libm` crate: the same bits on every machine. What `libm` lacks is composed so that no
//! difference of nearly equal numbers, no overflow and no lost digit of an exponent spoils it.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::horner;

pub(in super::super) use libm::{
    asinh, atan, cos, cosh, erf, erfc, exp, expm1, log as ln, log1p, sin, sinh, tanh,
};

/// What `FRAC_1_SQRT_2` leaves of 1/√2.
const FRAC_1_SQRT_2_REST: f64 = -4.833_646_656_726_457e-17;

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
    x.max_or_nan(-40.0) * normal_cdf(x)
}

#[inline(always)]
pub(in super::super) fn tanhshrink(x: f64) -> f64 {
    let a = x.abs();
    let u = x * x;
    if a < 0.25 {
        // The Taylor series of x − tanh x; the first term left out is below 2⁻⁵⁵ of the sum.
        x * u * (1.0 / 3.0 + u * tanh_series(u))
    } else {
        (a - tanh(a)).copysign(x)
    }
}

/// The coefficients of `(tanh x − x + x³/3) / −x⁵` in x².
#[inline(always)]
fn tanh_series(u: f64) -> f64 {
    horner!(u; -2.0 / 15.0, 17.0 / 315.0, -62.0 / 2835.0, 1382.0 / 155_925.0, -21_844.0 / 6_081_075.0,
        929_569.0 / 638_512_875.0, -6_404_582.0 / 10_854_718_875.0, 443_861_162.0 / 1_856_156_927_625.0,
        -18_888_466_084.0 / 194_896_477_400_625.0, 113_927_491_862.0 / 2_900_518_163_668_125.0)
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
    x.max_or_nan(-800.0) * sigmoid(x)
}

#[inline(always)]
pub(in super::super) fn gelu_tanh(x: f64) -> f64 {
    const LINEAR: f64 = 1.595_769_121_605_730_7; // 2√(2/π)
    let near = x.clamp(-25.0, 25.0);
    x.max_or_nan(-25.0) * sigmoid(LINEAR * (near + 0.044_715 * near * near * near))
}

/// `x·e·(e + 2) / (e·(e + 2) + 2)` with `e = eˣ`; from x = 40 on, x.
#[inline(always)]
pub(in super::super) fn mish(x: f64) -> f64 {
    let e = exp(x.clamp(-800.0, 40.0));
    let product = e * (e + 2.0);
    if x > 40.0 {
        x
    } else {
        x.max_or_nan(-800.0) * (product / (product + 2.0))
    }
}

trait MaxOrNan {
    /// The larger; NaN if `self` is.
    fn max_or_nan(self, lo: f64) -> f64;
}

impl MaxOrNan for f64 {
    #[inline(always)]
    fn max_or_nan(self, lo: f64) -> f64 {
        if self < lo { lo } else { self }
    }
}
