//! The fused multiply-add that all of the f32 code is made of: `a·b + c`, rounded once, with one bit pattern everywhere.

/// `a·b + c`, rounded once. With `HW` it is `f32::mul_add`: one instruction where FMA is enabled, a slow library call elsewhere.
/// Without, it is arithmetic in f64 that LLVM vectorises for any target. Both give the same number for all arguments.
#[inline(always)]
pub(super) fn fma<const HW: bool>(a: f32, b: f32, c: f32) -> f32 {
    if HW {
        a.mul_add(b, c)
    } else {
        emulated(a, b, c)
    }
}

/// The product is exact in f64, the sum is rounded to odd (Boldo and Melquiond, IEEE Trans. Comput. 57, 2008): towards zero,
/// with the last bit set if anything was lost. With 53 ≥ 2·24 + 2 bits the rounding to f32, to a subnormal too, is then that
/// of the exact sum.
#[inline(always)]
fn emulated(a: f32, b: f32, c: f32) -> f32 {
    let product = f64::from(a) * f64::from(b);
    let c = f64::from(c);
    let sum = product + c;
    // Knuth's TwoSum: the exact sum is `sum + rest`. NaN if the sum is infinite, and then all comparisons below fail.
    let from_c = sum - product;
    let rest = (product - (sum - from_c)) + (c - from_c);
    // All are multiples of 2⁻²⁹⁸ and below 2²⁵⁷: this product keeps its sign.
    let direction = rest * sum;
    let (too_far, too_near) = (u64::from(direction < 0.0), u64::from(direction > 0.0));
    f64::from_bits(sum.to_bits().wrapping_sub(too_far) | too_far | too_near) as f32
}

/// `c₀ + x·(c₁ + x·(c₂ + …))`, each step fused.
macro_rules! horner_fma {
    ($hw:ident; $x:expr; $c:expr) => { $c };
    ($hw:ident; $x:expr; $c:expr, $($rest:expr),+) => {
        fma::<$hw>($x, horner_fma!($hw; $x; $($rest),+), $c)
    };
}
pub(super) use horner_fma;

#[cfg(test)]
mod tests {
    use super::*;

    /// A pseudo-random number (Steele, Lea and Flood, OOPSLA 2014).
    fn splitmix(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Compares the two on one triple.
    fn check(a: f32, b: f32, c: f32) {
        let (want, got) = (fma::<true>(a, b, c), fma::<false>(a, b, c));
        assert!(
            want.to_bits() == got.to_bits() || want.is_nan() && got.is_nan(),
            "{a:e}·{b:e} + {c:e} = {want:e}, not {got:e}"
        );
    }

    /// `ACTSMITH_FMA_TRIPLES` asks for more than the two million random triples of an ordinary run.
    #[test]
    fn emulation_is_the_fused_multiply_add() {
        let specials = [
            0.0,
            1.0,
            1.5,
            2.0,
            16_777_215.0,
            1e-45,
            5.877_47e-39,
            f32::MIN_POSITIVE,
            1.175_494_2e-38,
            f32::EPSILON,
            0.999_999_94,
            1.000_000_1,
            f32::MAX,
            f32::INFINITY,
            f32::NAN,
            1.844_674_4e19,
            5.421_011e-20,
            3e-23,
            8_388_609.0,
        ];
        let signed: Vec<f32> = specials.iter().flat_map(|&x| [x, -x]).collect();
        for &a in &signed {
            for &b in &signed {
                for &c in &signed {
                    check(a, b, c);
                }
            }
        }
        let triples =
            std::env::var("ACTSMITH_FMA_TRIPLES").map_or(2_000_000, |n| n.parse().unwrap());
        let mut state = 1;
        for i in 0..triples {
            let (u, v) = (splitmix(&mut state), splitmix(&mut state));
            let (mut a, mut b) = (f32::from_bits(u as u32), f32::from_bits((u >> 32) as u32));
            let mut c = f32::from_bits(v as u32);
            let exponent =
                |x: f32, e: u64| f32::from_bits(x.to_bits() & 0x807f_ffff | (e as u32) << 23);
            match i % 4 {
                // Anything.
                0 => {}
                // Numbers of like size, where the sum rounds or cancels.
                1 => {
                    (a, b) = (
                        exponent(a, 117 + (v >> 32) % 20),
                        exponent(b, 117 + (v >> 40) % 20),
                    );
                    c = exponent(c, 90 + (v >> 48) % 60);
                }
                // Results that are subnormal or nearly so.
                2 => {
                    a = exponent(a, 60 + (v >> 32) % 20);
                    b = exponent(b, 37 + (v >> 40) % 25);
                    c = exponent(c, (v >> 48) % 5);
                }
                // Halfway cases: few bits in the factors, and a sum far below the product or above it.
                _ => {
                    let few = |x: f32| f32::from_bits(x.to_bits() & 0xffff_f800);
                    (a, b) = (
                        exponent(few(a), 127 + (v >> 32) % 4),
                        exponent(few(b), 127 + (v >> 36) % 4),
                    );
                    c = exponent(few(c), 64 + (v >> 48) % 126);
                }
            }
            check(a, b, c);
        }
    }
}
