//! `sin`, `cos`, `sinc` and `atan` in f32.

use super::fma::{fma, horner_fma};
use super::horner;

/// Adding this rounds an f64 below 2⁵¹ in size to an integer, which then stands in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// π/2 in two parts; the first has 25 bits, so that its product with an integer below 2²⁸ is exact.
const FRAC_PI_2_HI: f64 = 1.570_796_310_901_641_8;
const FRAC_PI_2_LO: f64 = 1.589_325_477_352_819_7e-8;

/// The first 224 bits of 2/π (A060294), in words from the highest.
const FRAC_2_PI: [u32; 7] = [
    0xa2f9_836e,
    0x4e44_1529,
    0xfc27_57d1,
    0xf534_ddc0,
    0xdb62_9599,
    0x3c43_9041,
    0xfe51_63ab,
];

/// From here on the reduction takes the digits of 2/π that count.
const HUGE: f32 = 268_435_456.0;

/// `words[i]` for i < 4, by selects.
#[inline(always)]
fn pick(i: u32, words: [u32; 4]) -> u32 {
    let low = if i == 0 { words[0] } else { words[1] };
    let high = if i == 2 { words[2] } else { words[3] };
    if i < 2 { low } else { high }
}

/// `(r, n)` with `|x| = n·π/2 + r` up to multiples of 2π, |r| ≤ π/4, for finite |x| from `HUGE` on; anything otherwise.
///
/// Payne and Hanek (SIGNUM Newsletter 18, 1983): with `|x| = m·2^e`, bits of 2/π above the one worth 2^(1−e) give multiples of 4,
/// and 96 bits from there leave |r|, which is above 2⁻³¹ for every f32, an error below 2⁻⁶⁰.
#[inline(always)]
fn reduce_huge(x: f32) -> (f64, u64) {
    let bits = x.to_bits();
    let m = bits & 0x007f_ffff | 0x0080_0000;
    let offset = ((bits >> 23) & 0xff).wrapping_sub(152);
    let (i, shift) = ((offset >> 5) & 3, offset & 31);
    let t = &FRAC_2_PI;
    let words = [
        pick(i, [t[0], t[1], t[2], t[3]]),
        pick(i, [t[1], t[2], t[3], t[4]]),
        pick(i, [t[2], t[3], t[4], t[5]]),
        pick(i, [t[3], t[4], t[5], t[6]]),
    ];
    let (high, middle, low) = (
        words[0] << shift | words[1] >> 1 >> (31 - shift),
        words[1] << shift | words[2] >> 1 >> (31 - shift),
        words[2] << shift | words[3] >> 1 >> (31 - shift),
    );
    // In quarters of a turn, modulo 4, with 62 bits after the point.
    let quarters = (u64::from(m.wrapping_mul(high)) << 32)
        .wrapping_add(u64::from(m) * u64::from(middle))
        .wrapping_add((u64::from(m) * u64::from(low)) >> 32);
    let n = ((quarters >> 61) + 1) >> 1;
    let fraction = quarters << 2;
    let fraction =
        f64::from((fraction >> 32) as u32 as i32) + f64::from(fraction as u32) * 2.0f64.powi(-32);
    (
        fraction * (std::f64::consts::FRAC_PI_2 / 4_294_967_296.0),
        n,
    )
}

/// `sin(x + quarters·π/2)`.
///
/// `x = n·π/2 + r` in f64, |r| ≤ π/4, then a polynomial for sin r or cos r by the parity of n. Up to |x| = 2²⁸ the product of n
/// and the first part of π/2 is exact.
#[inline(always)]
fn sin_shifted(x: f32, quarters: u64) -> f32 {
    let huge = x.abs() >= HUGE;
    let (huge_r, huge_n) = reduce_huge(x);
    let (huge_r, huge_n) = if x < 0.0 {
        (-huge_r, huge_n.wrapping_neg())
    } else {
        (huge_r, huge_n)
    };
    let wide = f64::from(x);
    let shifted = wide * std::f64::consts::FRAC_2_PI + ROUND;
    let n = shifted - ROUND;
    let r = (wide - n * FRAC_PI_2_HI) - n * FRAC_PI_2_LO;
    let r = if huge { huge_r } else { r };
    let quadrant = if huge { huge_n } else { shifted.to_bits() }.wrapping_add(quarters);
    let u = r * r;
    let sin = r
        + r * u
            * horner!(u; -0.1666666664077167, 0.008333329301894723, -0.0001983931131750633, 2.7181125146155072e-06);
    let cos = 1.0
        + u * horner!(u; -0.49999999694174607, 0.04166662032303248, -0.0013886680568917695, 2.4383465606606334e-05);
    let magnitude = if quadrant & 1 == 0 { sin } else { cos };
    let value = f64::from_bits(magnitude.to_bits() ^ ((quadrant & 2) << 62)) as f32;
    if x.abs() < f32::INFINITY {
        value
    } else {
        f32::NAN
    }
}

#[inline(always)]
pub(in super::super) fn sin<const HW: bool>(x: f32) -> f32 {
    sin_shifted(x, 0)
}

#[inline(always)]
pub(in super::super) fn cos<const HW: bool>(x: f32) -> f32 {
    sin_shifted(x, 1)
}

/// With `n` the integer nearest to |x| and `r = |x| − n`, exact: `(−1)ⁿ·sin(πr)/(π|x|)`.
///
/// From 2²³ on every float is an integer, where the value is 0; from 2²² on, 2²² is first taken off, which leaves the sine.
#[inline(always)]
pub(in super::super) fn sinc<const HW: bool>(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    let a = x.abs();
    let folded = if a >= 4_194_304.0 { a - 4_194_304.0 } else { a };
    let shifted = folded + ROUND;
    let n = shifted - ROUND;
    let r = folded - n;
    let u = r * r;
    let q = horner_fma!(HW; u; -1.644934, 0.811742, -0.19074538, 0.026104743, -0.0022154802);
    let signed = f32::from_bits(r.to_bits() ^ (shifted.to_bits() << 31));
    let outer = if n == 0.0 {
        fma::<HW>(u, q, 1.0)
    } else {
        fma::<HW>(signed * u, q, signed) / a
    };
    if a >= 8_388_608.0 { 0.0 } else { outer }
}

/// An odd polynomial on [−1, 1]; further out, `π/2 − atan(1/|x|)`.
#[inline(always)]
pub(in super::super) fn atan<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let far = a > 1.0;
    let t = if far { 1.0 / a } else { a };
    let u = t * t;
    let q = horner_fma!(HW; u; -0.333333, 0.1999853, -0.14264016, 0.10950878, -0.083992854, 0.05788248, -0.031102639, 0.010876138, -0.0017858993);
    let near = fma::<HW>(t * u, q, t);
    let magnitude = if far {
        std::f32::consts::FRAC_PI_2 - near
    } else {
        near
    };
    magnitude.copysign(x)
}
