//! `sinh`, `cosh`, `tanh` with its slope and `x − tanh x` in f32, over the exponential; an odd polynomial near 0 where that would lose digits.

use super::elementary::{exp_parts, rounder};
use super::fma::{fma, horner_fma};
use super::pow2;

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

/// `(E, m)`: `E = e^(−2|x|)·2⁶⁴`, a normal number, and `m = e^(−2|x|) − 1`, exact to the last digits. Past 54, where the slope has become 0,
/// all is as there.
#[inline(always)]
fn tanh_parts<const HW: bool>(x: f32) -> (f32, f32) {
    let a = x.abs();
    let a = if a > 54.0 { 54.0 } else { a };
    let (p, w) = exp_parts::<HW>(-2.0 * a, 0.0, const { rounder(64) });
    let plain = w * const { pow2(-64) };
    (fma::<HW>(p, w, w), fma::<HW>(p, plain, plain - 1.0))
}

/// `q = −m/d` with `m = e^−2|x| − 1` and `d = 2 + m`. What the rounded quotient and the rounded sum `d` lack is put back to first
/// order, with 1/d = (q + 1)/2.
#[inline(always)]
pub(in super::super) fn tanh<const HW: bool>(x: f32) -> f32 {
    let (_, m) = tanh_parts::<HW>(x);
    let d = 2.0 + m;
    let q = -m / d;
    let rest = fma::<HW>(-q, m - (d - 2.0), fma::<HW>(-q, d, -m));
    fma::<HW>(rest, fma::<HW>(0.5, q, 0.5), q).copysign(x)
}

/// `1 − tanh² x = 4(y − y²)` with `y = sigmoid(−2|x|)`; the last product alone may be subnormal.
#[inline(always)]
pub(in super::super) fn tanh_grad<const HW: bool>(x: f32) -> f32 {
    let (e, m) = tanh_parts::<HW>(x);
    let y = e / (2.0 + m);
    fma::<HW>(y * const { -pow2(-64) }, y, y) * const { pow2(-62) }
}

/// Up to 1 the series' `x³·q(x²)`, with the roundings of the cube and of the last sum of q put back; further out `(a − 1) + 2/(e^2a + 1)`.
#[inline(always)]
pub(in super::super) fn tanhshrink<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let u = x * x;
    const FIRST: f32 = 0.333_333_34;
    let rest = horner_fma!(HW; u; -0.13333413, 0.053978562, -0.021915365, 0.008932419, -0.0035389112, 0.0011581656, -0.00020824715);
    let q = fma::<HW>(u, rest, FIRST);
    let q_lo = fma::<HW>(u, rest, FIRST - q);
    let cube = x * u;
    let cube_lo = fma::<HW>(x, u, -cube) + x * fma::<HW>(x, x, -u);
    let near = fma::<HW>(cube, q, fma::<HW>(cube, q_lo, cube_lo * q));
    let (p, w) = exp_parts::<HW>(
        2.0 * if a > 20.0 { 20.0 } else { a },
        0.0,
        const { rounder(0) },
    );
    let far = ((a - 1.0) + 2.0 / fma::<HW>(p, w, w + 1.0)).copysign(x);
    if a < 1.0 { near } else { far }
}
