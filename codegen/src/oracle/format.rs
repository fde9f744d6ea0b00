//! The floating-point formats that results are measured in.

/// A binary format with the subnormal numbers of IEEE 754.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// How many bits a significand has, the leading one included.
    pub digits: i32,
    /// The exponent of the smallest normal number.
    pub min_exponent: i32,
    /// The exponent of the largest number.
    pub max_exponent: i32,
}

impl Format {
    /// IEEE half precision.
    pub const F16: Self = Self::new(11, -14, 15);
    /// The upper half of single precision.
    pub const BF16: Self = Self::new(8, -126, 127);
    /// IEEE single precision.
    pub const F32: Self = Self::new(24, -126, 127);
    /// IEEE double precision.
    pub const F64: Self = Self::new(53, -1022, 1023);

    const fn new(digits: i32, min_exponent: i32, max_exponent: i32) -> Self {
        Self {
            digits,
            min_exponent,
            max_exponent,
        }
    }

    /// The exponent e of the unit in the last place 2ᵉ of a number in [2^exponent, 2^(exponent + 1)): below the normal numbers
    /// it is that of the subnormal ones, above the largest that of the largest.
    #[inline]
    pub fn unit_exponent(self, exponent: i32) -> i32 {
        exponent.clamp(self.min_exponent, self.max_exponent) - (self.digits - 1)
    }

    /// The unit in the last place at `value`: the distance of neighbours of the format there.
    #[inline]
    pub fn unit(self, value: f64) -> f64 {
        let biased = (value.to_bits() >> 52 & 0x7ff) as i32;
        exp2(self.unit_exponent(biased - 1023))
    }

    /// What infinity stands for: the first power of two that the format cannot hold. Infinite for f64.
    #[inline]
    pub fn overflow(self) -> f64 {
        exp2(self.max_exponent + 1)
    }

    /// The largest number.
    #[inline]
    pub fn largest(self) -> f64 {
        exp2(self.max_exponent) * (2.0 - exp2(1 - self.digits))
    }
}

/// 2ⁿ, of −1074 ≤ n; infinite from 1024 on.
#[inline]
fn exp2(n: i32) -> f64 {
    match n {
        ..-1022 => f64::from_bits(1 << (n + 1074)),
        -1022..1024 => f64::from_bits(((n + 1023) as u64) << 52),
        1024.. => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_the_distances_of_neighbours() {
        for x in [1.0f32, 1.5, 3.0e38, 1.2e-38, 1e-40, 0.0, 7.25e-12] {
            let unit = f64::from(x.next_up()) - f64::from(x);
            assert_eq!(Format::F32.unit(x.into()), unit, "{x:e}");
        }
        for x in [1.0f64, 1.7e308, 2.3e-308, 5e-324, 0.0] {
            assert_eq!(Format::F64.unit(x), x.next_up() - x, "{x:e}");
        }
        assert_eq!(Format::F32.largest(), f64::from(f32::MAX));
        assert_eq!(Format::F64.largest(), f64::MAX);
        assert_eq!(Format::F16.largest(), 65_504.0);
        assert_eq!(Format::F16.overflow(), 65_536.0);
        assert_eq!(
            Format::F32.unit(1e300),
            f64::from(f32::MAX) - f64::from(f32::MAX.next_down())
        );
    }
}
