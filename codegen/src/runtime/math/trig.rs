//! `sin`, `cos`, `sinc` and `atan` in f32, with the slopes of the last two.

use super::fma::{fma, horner_fma};

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

/// `b` if `far`, else `a`.
#[inline(always)]
fn on(far: bool, a: u32, b: u32) -> u32 {
    if far { b } else { a }
}

/// `(r, n)` with `|x| = n·π/2 + r` up to multiples of 2π, |r| ≤ π/4, for finite |x| from `HUGE` on; anything otherwise.
///
/// Payne and Hanek (SIGNUM Newsletter 18, 1983): with `|x| = m·2^e`, bits of 2/π above the one worth 2^(1−e) give multiples of 4,
/// and 96 bits from there leave |r|, which is above 2⁻³¹ for every f32, an error below 2⁻⁶⁰.
#[inline(always)]
fn reduce_huge(x: f32) -> (f32, u32) {
    let bits = x.to_bits();
    let m = bits & 0x007f_ffff | 0x0080_0000;
    let offset = ((bits >> 23) & 0xff).wrapping_sub(152);
    let shift = offset & 31;
    // The four words from `offset / 32` on, by selects: first two words on, then one.
    let t = &FRAC_2_PI;
    let (two, one) = (offset & 64 != 0, offset & 32 != 0);
    let half = [
        on(two, t[0], t[2]),
        on(two, t[1], t[3]),
        on(two, t[2], t[4]),
        on(two, t[3], t[5]),
        on(two, t[4], t[6]),
    ];
    let words = [
        on(one, half[0], half[1]),
        on(one, half[1], half[2]),
        on(one, half[2], half[3]),
        on(one, half[3], half[4]),
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
    let n = ((quarters >> 61) as u32 + 1) >> 1;
    let fraction = quarters << 2;
    let fraction =
        f64::from((fraction >> 32) as u32 as i32) + f64::from(fraction as u32) * 2.0f64.powi(-32);
    let r = fraction * (std::f64::consts::FRAC_PI_2 / 4_294_967_296.0);
    (r as f32, n)
}

/// `sin(x + quarters·π/2)`.
///
/// `x = n·π/2 + r` in f64, |r| ≤ π/4, then in f32 a polynomial for sin r or cos r by the parity of n. Up to |x| = 2²⁸ the product
/// of n and the first part of π/2 is exact.
#[inline(always)]
fn sin_shifted<const HW: bool>(x: f32, quarters: u32) -> f32 {
    let wide = f64::from(x);
    let shifted = wide * std::f64::consts::FRAC_2_PI + ROUND;
    let n = shifted - ROUND;
    let r = ((wide - n * FRAC_PI_2_HI) - n * FRAC_PI_2_LO) as f32;
    let n = shifted.to_bits() as u32;
    let (huge_r, huge_n) = reduce_huge(x);
    let (huge_r, huge_n) = if x < 0.0 {
        (-huge_r, huge_n.wrapping_neg())
    } else {
        (huge_r, huge_n)
    };
    let huge = x.abs() >= HUGE;
    let (r, n) = if huge { (huge_r, huge_n) } else { (r, n) };
    let quadrant = n.wrapping_add(quarters);
    let u = r * r;
    let sin = horner_fma!(HW; u; -0.16666655, 0.008332189, -0.00019518285);
    let cos = horner_fma!(HW; u; -0.5, 0.041666646, -0.001388731, 2.4432327e-05);
    let magnitude = if quadrant & 1 == 0 {
        fma::<HW>(r * u, sin, r)
    } else {
        fma::<HW>(u, cos, 1.0)
    };
    let value = f32::from_bits(magnitude.to_bits() ^ ((quadrant & 2) << 30));
    if x.abs() < f32::INFINITY {
        value
    } else {
        f32::NAN
    }
}

#[inline(always)]
pub(in super::super) fn sin<const HW: bool>(x: f32) -> f32 {
    sin_shifted::<HW>(x, 0)
}

#[inline(always)]
pub(in super::super) fn cos<const HW: bool>(x: f32) -> f32 {
    sin_shifted::<HW>(x, 1)
}

/// `(r, odd)`: the distance of `a ≥ 0` from the nearest integer, exact, and the sign bit where that integer is odd. From 2²⁴ on every
/// float is an even integer; below, even multiples of powers of two are first taken off.
#[inline(always)]
fn nearest_integer(a: f32) -> (f32, u32) {
    const ROUND: f32 = 12_582_912.0;
    let a = if a >= 16_777_216.0 { 0.0 } else { a };
    let a = if a >= 8_388_608.0 { a - 8_388_608.0 } else { a };
    let a = if a >= 4_194_304.0 { a - 4_194_304.0 } else { a };
    let shifted = a + ROUND;
    (a - (shifted - ROUND), shifted.to_bits() << 31)
}

/// `x` with its sign changed if `odd` is the sign bit.
#[inline(always)]
fn flip(x: f32, odd: u32) -> f32 {
    f32::from_bits(x.to_bits() ^ odd)
}

/// `sin(πr)/π` for |r| ≤ ½.
#[inline(always)]
fn sin_pi<const HW: bool>(r: f32) -> f32 {
    let u = r * r;
    fma::<HW>(r * u, sinc_rest::<HW>(u), r)
}

/// `(sinc(x) − 1)/u` for `u = x²` up to ¼.
#[inline(always)]
fn sinc_rest<const HW: bool>(u: f32) -> f32 {
    horner_fma!(HW; u; -1.644934, 0.811742, -0.19074538, 0.026104743, -0.0022154802)
}

/// With `n` the integer nearest to |x| and `r = |x| − n`: `(−1)ⁿ·sin(πr)/(π|x|)`.
#[inline(always)]
pub(in super::super) fn sinc<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let u = a * a;
    let near = fma::<HW>(u, sinc_rest::<HW>(u), 1.0);
    let (r, odd) = nearest_integer(a);
    let far = flip(sin_pi::<HW>(r), odd) / a;
    if a <= 0.5 { near } else { far }
}

/// An odd polynomial on [−½, ½]; further out `(−1)ⁿ·(cos(πr) − sin(πr)/(π|x|))/x`, whose zeros lie past 1.4.
#[inline(always)]
pub(in super::super) fn sinc_grad<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let u = a * a;
    let near =
        horner_fma!(HW; u; -3.289868, 3.2469664, -1.144407, 0.2080422, -0.018321311, -0.0063786097);
    let (r, odd) = nearest_integer(a);
    let v = r * r;
    let cos = fma::<HW>(
        v,
        horner_fma!(HW; v; -4.934802, 4.0587053, -1.3351616, 0.23468377, -0.023963874),
        1.0,
    );
    let reciprocal = 1.0 / a;
    let far = flip(
        fma::<HW>(-sin_pi::<HW>(r), reciprocal, cos) * reciprocal,
        odd,
    );
    let magnitude = if a <= 0.5 { a * near } else { far };
    flip(magnitude, x.to_bits() & 0x8000_0000)
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

/// `1/(1 + x²)`; past 10⁹ it is `1/x²`, where the square may overflow and the result may not.
#[inline(always)]
pub(in super::super) fn atan_grad<const HW: bool>(x: f32) -> f32 {
    let a = x.abs();
    let far = a > 1e9;
    let reciprocal = 1.0 / if far { a } else { fma::<HW>(a, a, 1.0) };
    if far {
        reciprocal * reciprocal
    } else {
        reciprocal
    }
}
