//! `sinh`, `cosh`, `tanh` and `x − tanh x` in f32: an odd polynomial near 0, the exponential elsewhere.

use super::elementary::exp_parts;
use super::fma::{fma, horner_fma};
use super::{clamp, pow2, scale};

/// `½·e^a` for a ≥ 0; e^89.5 is past twice the largest number, so the clamp changes nothing.
#[inline(always)]
fn half_exp<const HW: bool>(a: f32) -> f32 {
    let (p, n) = exp_parts::<HW>(clamp(a, 0.0, 89.5), 0.0);
    scale(1.0 + p, n.wrapping_sub(1))
}

#[inline(always)]
pub(in super::super) fn sinh<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let u = x * x;
    let near =
        x + x * u * horner_fma!(HW; u; 0.16666667, 0.0083333105, 0.00019842896, 2.7822132e-06);
    let h = half_exp::<HW>(a);
    let far = (h - 0.25 / h).copysign(x);
    if a < 1.0 { near } else { far }
}

#[inline(always)]
pub(in super::super) fn cosh<const HW: bool>(x: f32) -> f32 {
    let h = half_exp::<HW>(x.abs());
    h + 0.25 / h
}

/// `2 / (e^(2a) + 1) = 1 − tanh a` for a ≥ 0; past a = 20 it no longer counts beside 1.
#[inline(always)]
fn one_minus_tanh<const HW: bool>(a: f32) -> f32 {
    let (p, n) = exp_parts::<HW>(2.0 * clamp(a, 0.0, 20.0), 0.0);
    2.0 / (pow2(n) + (pow2(n) * p + 1.0))
}

#[inline(always)]
pub(in super::super) fn tanh<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let u = x * x;
    let near = x + x
        * u
        * horner_fma!(HW; u; -0.33333275, 0.13331237, -0.053722024, 0.02057979, -0.005637343);
    let far = (1.0 - one_minus_tanh::<HW>(a)).copysign(x);
    if a < 0.63 { near } else { far }
}

#[inline(always)]
pub(in super::super) fn tanhshrink<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let u = x * x;
    let q = horner_fma!(HW; u; 0.33333334, -0.13333413, 0.053978562, -0.021915365, 0.008932419, -0.0035389112, 0.0011581656, -0.00020824715);
    let near = x * u * q;
    let far = ((a - 1.0) + one_minus_tanh::<HW>(a)).copysign(x);
    if a < 1.0 { near } else { far }
}
