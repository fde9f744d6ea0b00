//! `eˣ` and its kin in f32: `exp`, `expm1`, and the Gaussians, whose exponent needs more digits than one f32 holds.

use super::fma::{fma, horner_fma};
use super::{clamp, pow2, scale};

/// Adding this rounds a number below 2²² in size to an integer, which then stands in the low bits.
const ROUND: f32 = 12_582_912.0;

/// ln 2 in two parts; the first has 9 bits, so that its product with an exponent is exact.
pub(super) const LN2_HI: f32 = 355.0 / 512.0;
pub(super) const LN2_LO: f32 = -2.121_944_4e-4;

/// `(p, n)` with `e^(hi+lo) = (1 + p)·2ⁿ` and |p| < 0.42, for |hi| ≤ 170 and lo small beside it.
///
/// Cody and Waite: `hi + lo = n·ln 2 + r` with |r| ≤ ln 2 / 2, then `p = eʳ − 1`. Callers that go on with `p` save the
/// rounding of `1 + p`.
#[inline(always)]
pub(super) fn exp_parts<const HW: bool>(hi: f32, lo: f32) -> (f32, i32) {
    let shifted = hi * std::f32::consts::LOG2_E + ROUND;
    let n = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let nf = shifted - ROUND;
    let r = (hi - nf * LN2_HI) - (nf * LN2_LO - lo);
    let q =
        horner_fma!(HW; r; 0.5, 0.16666666, 0.041666362, 0.00833339, 0.0013940628, 0.00019845877);
    (r + r * r * q, n)
}

/// The clamp leaves the results as they are: e⁸⁹ is past the largest number and e⁻¹⁰⁵ rounds to 0.
#[inline(always)]
pub(in super::super) fn exp<const HW: bool>(x: f32) -> f32 {
    let (p, n) = exp_parts::<HW>(clamp(x, -105.0, 89.0), 0.0);
    scale(1.0 + p, n)
}

/// `2ⁿ·(1 + p) − 1 = 2·((2ⁿ⁻¹ − ½) + 2ⁿ⁻¹·p)`: the first difference is exact, and 2¹²⁸ never appears.
#[inline(always)]
pub(in super::super) fn expm1<const HW: bool>(x: f32) -> f32 {
    let (p, n) = exp_parts::<HW>(clamp(x, -18.0, 89.0), 0.0);
    let half = pow2(n.wrapping_sub(1));
    2.0 * ((half - 0.5) + half * p)
}

/// `(hi, lo)` with `hi + lo = x²` to twice the digits, for moderate `x`: `hi` is the square of the upper 12 bits.
#[inline(always)]
pub(super) fn square_parts(x: f32) -> (f32, f32) {
    let upper = f32::from_bits(x.to_bits() & 0xffff_f000);
    (upper * upper, (x - upper) * (x + upper))
}

/// `exp(−x²)`; past |x| = 10.3 it is 0.
#[inline(always)]
pub(in super::super) fn gaussian<const HW: bool>(x: f32) -> f32 {
    let (hi, lo) = square_parts(clamp(x, -10.3, 10.3));
    let (p, n) = exp_parts::<HW>(-hi, -lo);
    scale(1.0 + p, n)
}

/// `exp(−x²/2) / √(2π)`; past |x| = 14.5 it is 0.
#[inline(always)]
pub(in super::super) fn normal_pdf<const HW: bool>(x: f32) -> f32 {
    const FRAC_1_SQRT_2PI: f32 = 0.398_942_3;
    let (hi, lo) = square_parts(clamp(x, -14.5, 14.5));
    let (p, n) = exp_parts::<HW>(-0.5 * hi, -0.5 * lo);
    scale(FRAC_1_SQRT_2PI + FRAC_1_SQRT_2PI * p, n)
}
