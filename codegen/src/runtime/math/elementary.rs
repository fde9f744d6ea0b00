//! `eˣ` and its kin in f32: `exp`, `expm1`, and the Gaussians, whose exponent needs more digits than one f32 holds.

use super::fma::{fma, horner_fma};
use super::{clamp, pow2};

/// ln 2 in two parts.
pub(super) const LN2_HI: f32 = std::f32::consts::LN_2;
pub(super) const LN2_LO: f32 = -1.904_654_2e-9;

/// Adding this rounds a number below 2²² in size to an integer `n`, and leaves the exponent field of `2^(n + bias)` in the low bits.
pub(super) const fn rounder(bias: i32) -> f32 {
    12_582_912.0 + (127 + bias) as f32
}

/// `(r, r_lo, w)` with `e^(hi+lo)·2^bias = e^(r + r_lo)·w`, |r| ≤ ln 2 / 2 and w a power of two, for the bias of `rounder`.
///
/// `hi` is at most 170 in size, `lo` is small beside it, and `w` has to be a normal number. Cody and Waite:
/// `hi + lo = n·ln 2 + r + r_lo`, the difference r exact.
#[inline(always)]
fn reduce<const HW: bool>(hi: f32, lo: f32, rounder: f32) -> (f32, f32, f32) {
    let shifted = fma::<HW>(hi, std::f32::consts::LOG2_E, rounder);
    let n = shifted - rounder;
    let r = fma::<HW>(n, -LN2_HI, hi);
    let r_lo = fma::<HW>(n, -LN2_LO, lo);
    (r, r_lo, f32::from_bits(shifted.to_bits() << 23))
}

/// `(eʳ − 1 − r)/r²`.
#[inline(always)]
fn exp_rest<const HW: bool>(r: f32) -> f32 {
    horner_fma!(HW; r; 0.5, 0.16666535, 0.041667245, 0.008367477, 0.0013863775)
}

/// `(p, w)` with `e^(hi+lo)·2^bias = (1 + p)·w` and |p| < 0.42, the arguments and w as in [`reduce`]. `fma(p, w, w)` is the power,
/// rounded once.
#[inline(always)]
pub(super) fn exp_parts<const HW: bool>(hi: f32, lo: f32, rounder: f32) -> (f32, f32) {
    let (r, r_lo, w) = reduce::<HW>(hi, lo, rounder);
    let r = r + r_lo;
    (fma::<HW>(r * r, exp_rest::<HW>(r), r), w)
}

/// `(v + rest)·e^(hi+lo)·2^bias`, the arguments as in [`reduce`]. The first product of the series, `v·r`, has the exact r: what is
/// rounded before the last sum is small beside v.
#[inline(always)]
pub(super) fn times_exp<const HW: bool>(
    (v, rest): (f32, f32),
    hi: f32,
    lo: f32,
    rounder: f32,
) -> f32 {
    let (r, r_lo, w) = reduce::<HW>(hi, lo, rounder);
    let sum = r + r_lo;
    let p_rest = fma::<HW>(sum * sum, exp_rest::<HW>(sum), r_lo);
    (v + fma::<HW>(v, r, fma::<HW>(v, p_rest, rest))) * w
}

/// `e^(hi+lo)·2⁶⁴` for −105.2 ≤ hi ≤ 0: a result that may be subnormal is relieved of the factor last, and so rounded once.
#[inline(always)]
pub(super) fn exp_raised<const HW: bool>(hi: f32, lo: f32) -> f32 {
    let (p, w) = exp_parts::<HW>(hi, lo, const { rounder(64) });
    fma::<HW>(p, w, w)
}

/// `eˣ` for x ≤ 0; e⁻¹⁰⁴ rounds to 0.
#[inline(always)]
pub(super) fn exp_nonpositive<const HW: bool>(x: f32) -> f32 {
    let x = if x < -104.0 { -104.0 } else { x };
    exp_raised::<HW>(x, 0.0) * const { pow2(-64) }
}

/// The clamp leaves the results as they are: e^88.8 is past the largest number and e⁻¹⁰⁴ rounds to 0. The biases keep the power of
/// two normal on either side.
#[inline(always)]
pub(in super::super) fn exp<const HW: bool>(x: f32) -> f32 {
    let low = x < -86.0;
    let rounder = const { [rounder(-1), rounder(63)] };
    let last = const { [pow2(1), pow2(-63)] };
    let (rounder, last) = if low {
        (rounder[1], last[1])
    } else {
        (rounder[0], last[0])
    };
    let (p, w) = exp_parts::<HW>(clamp(x, -104.0, 88.8), 0.0, rounder);
    fma::<HW>(p, w, w) * last
}

/// `2ⁿ·(1 + p) − 1`; above 60 all is halved, so that 2¹²⁸ never appears.
#[inline(always)]
pub(in super::super) fn expm1<const HW: bool>(x: f32) -> f32 {
    let rounder = const { [rounder(0), rounder(-1)] };
    let (rounder, one, last) = if x > 60.0 {
        (rounder[1], 0.5, 2.0)
    } else {
        (rounder[0], 1.0, 1.0)
    };
    let (p, w) = exp_parts::<HW>(clamp(x, -18.0, 88.8), 0.0, rounder);
    fma::<HW>(p, w, w - one) * last
}

/// `(hi, lo)` with `hi + lo = −x²/2`, both exact for moderate `x`.
#[inline(always)]
pub(super) fn minus_half_square<const HW: bool>(x: f32) -> (f32, f32) {
    let half = -0.5 * x;
    let hi = half * x;
    (hi, fma::<HW>(half, x, -hi))
}

/// `exp(−x²)`; past |x| = 10.2 it is 0.
#[inline(always)]
pub(in super::super) fn gaussian<const HW: bool>(x: f32) -> f32 {
    let x = clamp(x, -10.2, 10.2);
    let hi = -x * x;
    exp_raised::<HW>(hi, fma::<HW>(-x, x, -hi)) * const { pow2(-64) }
}

/// `exp(−x²/2) / √(2π)`; past |x| = 14.5 it is 0.
#[inline(always)]
pub(in super::super) fn normal_pdf<const HW: bool>(x: f32) -> f32 {
    // 1/√(2π) in two parts.
    const HI: f32 = 0.398_942_3 * pow2(-64);
    const LO: f32 = -1.133_517_2e-8 * pow2(-64);
    let (hi, lo) = minus_half_square::<HW>(clamp(x.abs(), 0.0, 14.5));
    let e = exp_raised::<HW>(hi, lo);
    fma::<HW>(e, HI, e * LO)
}
