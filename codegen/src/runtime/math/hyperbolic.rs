//! `sinh`, `cosh`, `tanh` and `x − tanh x` in f32, over the exponential; an odd polynomial near 0 where that would lose digits.

use super::elementary::{exp_parts, rounder};
use super::fma::{fma, horner_fma};

/// `½·e^a` for a ≥ 0; e^89.5 is past twice the largest number, so the clamp changes nothing.
#[inline(always)]
fn half_exp<const HW: bool>(a: f32) -> f32 {
    let a = if a > 89.5 { 89.5 } else { a };
    let (p, w) = exp_parts::<HW>(a, 0.0, const { rounder(-2) });
    2.0 * fma::<HW>(p, w, w)
}

#[inline(always)]
pub(in super::super) fn sinh<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let u = x * x;
    let q = horner_fma!(HW; u; 0.16666667, 0.0083333105, 0.00019842896, 2.7822132e-06);
    let near = fma::<HW>(x * u, q, x);
    let h = half_exp::<HW>(a);
    let far = (h - 0.25 / h).copysign(x);
    if a < 1.0 { near } else { far }
}

#[inline(always)]
pub(in super::super) fn cosh<const HW: bool>(x: f32) -> f32 {
    let h = half_exp::<HW>(x.abs());
    h + 0.25 / h
}

/// `e/(e + 2)` with `e = e^2|x| − 1`; past |x| = 9.1 it is ±1. What the rounded sum `d` lacks is put back to first order, with 1/d
/// taken from the quotient q = 1 − 2/d.
#[inline(always)]
pub(in super::super) fn tanh<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let a = if a > 9.1 { 9.1 } else { a };
    let (p, w) = exp_parts::<HW>(2.0 * a, 0.0, const { rounder(0) });
    let e = fma::<HW>(p, w, w - 1.0);
    let d = e + 2.0;
    let q = e / d;
    let rest = 0.5 * (e - (d - 2.0));
    let magnitude = fma::<HW>(q * rest, q - 1.0, q);
    if magnitude > 1.0 { 1.0 } else { magnitude }.copysign(x)
}

/// Up to 1 the series' `x³·q(x²)`, with the roundings of the cube put back; further out `(a − 1) + 2/(e^2a + 1)`.
#[inline(always)]
pub(in super::super) fn tanhshrink<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let u = x * x;
    let q = horner_fma!(HW; u; 0.33333334, -0.13333413, 0.053978562, -0.021915365, 0.008932419, -0.0035389112, 0.0011581656, -0.00020824715);
    let cube = x * u;
    let cube_lo = fma::<HW>(x, u, -cube) + x * fma::<HW>(x, x, -u);
    let near = fma::<HW>(cube, q, cube_lo * q);
    let (p, w) = exp_parts::<HW>(
        2.0 * if a > 20.0 { 20.0 } else { a },
        0.0,
        const { rounder(0) },
    );
    let far = ((a - 1.0) + 2.0 / fma::<HW>(p, w, w + 1.0)).copysign(x);
    if a < 1.0 { near } else { far }
}
