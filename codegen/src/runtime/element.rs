//! The element types of tensors: f32 and f64, which are computed in as they are, and f16 and bf16, which are widened to f32 and
//! rounded once at the end, to nearest, ties to even.

use std::mem::MaybeUninit;

use candle_core::{CpuStorage, DType, Result, bail};

use super::Real;
use super::blocks::{Blocks, Function};
use super::halves::{bf16, f16, from_candle, from_candle_mut, into_candle};
use super::simd::{Simd, SimdJob, SimdLevel, Single, dispatch_at};

/// A type of numbers that blocks are made of: f32 or f64.
pub trait Float: Real {
    /// The same numbers, with arithmetic that suits the instructions `S`.
    type In<S: Simd>: Real;

    /// The number, to compute with.
    fn enter<S: Simd>(self) -> Self::In<S>;

    /// The number that was computed.
    fn leave<S: Simd>(number: Self::In<S>) -> Self;

    /// The function on blocks of this type.
    #[doc(hidden)]
    fn blocks<const X: usize>(function: &dyn Function<X>) -> &dyn Blocks<X, Self>;
}

impl Float for f32 {
    type In<S: Simd> = S::Single;

    #[inline(always)]
    fn enter<S: Simd>(self) -> S::Single {
        S::Single::of_f32(self)
    }

    #[inline(always)]
    fn leave<S: Simd>(number: S::Single) -> Self {
        number.to_f32()
    }

    fn blocks<const X: usize>(function: &dyn Function<X>) -> &dyn Blocks<X, Self> {
        function
    }
}

impl Float for f64 {
    type In<S: Simd> = f64;

    #[inline(always)]
    fn enter<S: Simd>(self) -> f64 {
        self
    }

    #[inline(always)]
    fn leave<S: Simd>(number: f64) -> Self {
        number
    }

    fn blocks<const X: usize>(function: &dyn Function<X>) -> &dyn Blocks<X, Self> {
        function
    }
}

/// A type of tensor elements that activations take.
pub trait Element: Copy + Send + Sync + 'static {
    /// What they are computed in.
    type Compute: Float + Element<Compute = Self::Compute>;

    /// Whether that is the same type.
    const DIRECT: bool;

    /// What is added to a positive parameter of this type: its reciprocal squared, the size of a derivative of `1/β`, is a number.
    #[doc(hidden)]
    const LEAST: f64;

    /// The values as what they are computed in, written to `buffer` unless they are already.
    #[doc(hidden)]
    fn widen<'a>(
        level: SimdLevel,
        values: &'a [Self],
        buffer: &'a mut Vec<Self::Compute>,
    ) -> &'a [Self::Compute];

    /// Where to compute the values of `out`: there, or in `buffer`.
    #[doc(hidden)]
    fn target<'a>(
        out: &'a mut [MaybeUninit<Self>],
        buffer: &'a mut Vec<Self::Compute>,
    ) -> &'a mut [MaybeUninit<Self::Compute>];

    /// Rounds what was computed in `buffer`, if it was there, to `out`.
    #[doc(hidden)]
    fn settle(level: SimdLevel, buffer: &[Self::Compute], out: &mut [MaybeUninit<Self>]);

    /// The value nearest to `v`, rounded as results are.
    #[doc(hidden)]
    fn round(v: f64) -> Self;

    /// The elements of a storage of this type.
    #[doc(hidden)]
    fn elements(storage: &CpuStorage) -> Option<&[Self]>;

    /// The elements of a storage of this type, to be written.
    #[doc(hidden)]
    fn elements_mut(storage: &mut CpuStorage) -> Option<&mut [Self]>;

    /// A storage of these elements.
    #[doc(hidden)]
    fn into_storage(values: Vec<Self>) -> CpuStorage;
}

/// The types that are computed in as they are.
macro_rules! direct {
    ($($t:ty: $dtype:ident, $least:expr;)+) => {$(
        impl Element for $t {
            type Compute = $t;

            const DIRECT: bool = true;

            const LEAST: f64 = $least;

            fn widen<'a>(_: SimdLevel, values: &'a [$t], _: &'a mut Vec<$t>) -> &'a [$t] {
                values
            }

            fn target<'a>(
                out: &'a mut [MaybeUninit<$t>],
                _: &'a mut Vec<$t>,
            ) -> &'a mut [MaybeUninit<$t>] {
                out
            }

            fn settle(_: SimdLevel, _: &[$t], _: &mut [MaybeUninit<$t>]) {}

            fn round(v: f64) -> $t {
                v as $t
            }

            fn elements(storage: &CpuStorage) -> Option<&[$t]> {
                match storage {
                    CpuStorage::$dtype(values) => Some(values),
                    _ => None,
                }
            }

            fn elements_mut(storage: &mut CpuStorage) -> Option<&mut [$t]> {
                match storage {
                    CpuStorage::$dtype(values) => Some(values),
                    _ => None,
                }
            }

            fn into_storage(values: Vec<$t>) -> CpuStorage {
                CpuStorage::$dtype(values)
            }
        }
    )+};
}
direct! {
    f32: F32, 1.0 / (1u64 << 42) as f64;
    f64: F64, 1.0 / (1u64 << 56) as f64;
}

/// The types of 16 bits, from their conversions.
macro_rules! half {
    ($($t:ty: $dtype:ident, $least:expr, $widen:ident, $narrow:ident;)+) => {$(
        impl Element for $t {
            type Compute = f32;

            const DIRECT: bool = false;

            const LEAST: f64 = $least;

            fn widen<'a>(
                level: SimdLevel,
                values: &'a [$t],
                buffer: &'a mut Vec<f32>,
            ) -> &'a [f32] {
                let wide = sized(buffer, values.len());
                dispatch_at(level, Convert {
                    from: values,
                    to: &mut *wide,
                    convert: |to: &mut f32, from: &$t| *to = $widen(from.to_bits()),
                });
                wide
            }

            fn target<'a>(
                out: &'a mut [MaybeUninit<$t>],
                buffer: &'a mut Vec<f32>,
            ) -> &'a mut [MaybeUninit<f32>] {
                uninit(sized(buffer, out.len()))
            }

            fn settle(level: SimdLevel, buffer: &[f32], out: &mut [MaybeUninit<$t>]) {
                dispatch_at(level, Convert {
                    from: &buffer[..out.len()],
                    to: out,
                    convert: |to: &mut MaybeUninit<$t>, from: &f32| {
                        to.write(<$t>::from_bits($narrow(from.to_bits())));
                    },
                });
            }

            fn round(v: f64) -> $t {
                <$t>::from_bits($narrow((v as f32).to_bits()))
            }

            fn elements(storage: &CpuStorage) -> Option<&[$t]> {
                match storage {
                    CpuStorage::$dtype(values) => Some(from_candle(values)),
                    _ => None,
                }
            }

            fn elements_mut(storage: &mut CpuStorage) -> Option<&mut [$t]> {
                match storage {
                    CpuStorage::$dtype(values) => Some(from_candle_mut(values)),
                    _ => None,
                }
            }

            fn into_storage(values: Vec<$t>) -> CpuStorage {
                CpuStorage::$dtype(into_candle(values))
            }
        }
    )+};
}
half! {
    // Gradients are rounded to f16 in the end, whose largest number is below 2¹⁶.
    f16: F16, 1.0 / (1u64 << 14) as f64, widen_f16, narrow_f16;
    bf16: BF16, 1.0 / (1u64 << 42) as f64, widen_bf16, narrow_bf16;
}

/// The types that activations take, as messages name them.
pub(super) const EXPECTED: &str = "F32, F64, F16 or BF16";

/// What elements of this type are computed in.
pub(super) fn computed_in(dtype: DType) -> DType {
    match dtype {
        DType::F64 => DType::F64,
        _ => DType::F32,
    }
}

/// Whether activations take elements of this type.
pub(super) fn is_float(dtype: DType) -> bool {
    matches!(dtype, DType::F32 | DType::F64 | DType::F16 | DType::BF16)
}

/// Evaluates an expression with `T` standing for the element type of a tensor: `with_element!(dtype, name, T => expression)`.
macro_rules! with_element {
    ($dtype:expr, $name:expr, $t:ident => $value:expr) => {
        match $dtype {
            candle_core::DType::F32 => {
                type $t = f32;
                $value
            }
            candle_core::DType::F64 => {
                type $t = f64;
                $value
            }
            candle_core::DType::F16 => {
                type $t = super::halves::f16;
                $value
            }
            candle_core::DType::BF16 => {
                type $t = super::halves::bf16;
                $value
            }
            other => candle_core::bail!(
                "{}: expected {}, not {other:?}; convert with .to_dtype(DType::F32)",
                $name,
                super::element::EXPECTED
            ),
        }
    };
}

pub(super) use with_element;

/// The elements of a storage.
pub(super) fn elements<T: Element>(storage: &CpuStorage) -> Result<&[T]> {
    match T::elements(storage) {
        Some(values) => Ok(values),
        None => bail!("the tensors have different types; convert one with .to_dtype"),
    }
}

/// The first `len` elements of `buffer`, which grows to as many.
pub(super) fn sized<C: Float>(buffer: &mut Vec<C>, len: usize) -> &mut [C] {
    if buffer.len() < len {
        buffer.resize(len, C::of(0.0));
    }
    &mut buffer[..len]
}

/// Memory to write to; what is there may be forgotten.
pub(super) fn uninit<T: Copy>(values: &mut [T]) -> &mut [MaybeUninit<T>] {
    // SAFETY: `T` and `MaybeUninit<T>` have the same layout, and the functions of this folder, which alone get the result,
    // only ever write initialised values.
    unsafe { &mut *(values as *mut [T] as *mut [MaybeUninit<T>]) }
}

/// Converts each element of `from` to that of `to`.
struct Convert<'a, A, B, F> {
    from: &'a [A],
    to: &'a mut [B],
    convert: F,
}

impl<A, B, F: Fn(&mut B, &A)> SimdJob for Convert<'_, A, B, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        for (to, from) in self.to.iter_mut().zip(self.from) {
            (self.convert)(to, from);
        }
    }
}

/// bf16 is the upper half of an f32.
#[inline(always)]
fn widen_bf16(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// Rounds the bits of an f32 to the upper half; NaN stays NaN.
#[inline(always)]
fn narrow_bf16(bits: u32) -> u16 {
    let odd = (bits >> 16) & 1;
    // The largest finite numbers carry over into the exponent of ∞.
    let rounded = bits.wrapping_add(0x7fff + odd) >> 16;
    let nan = bits & 0x7fff_ffff > 0x7f80_0000;
    (if nan { (bits >> 16) | 0x40 } else { rounded }) as u16
}

/// The bits of 2⁻¹⁴, the least normal f16.
const LEAST_NORMAL: u32 = (127 - 14) << 23;

/// f16 has 5 bits of exponent, with a bias of 15, and 10 of fraction.
#[inline(always)]
fn widen_f16(bits: u16) -> f32 {
    let bits = u32::from(bits);
    let (sign, magnitude) = ((bits & 0x8000) << 16, (bits & 0x7fff) << 13);
    let normal = magnitude.wrapping_add((127 - 15) << 23);
    // With the exponent of the least normal number the fraction is one too large, in its units.
    let subnormal = (f32::from_bits(magnitude.wrapping_add(LEAST_NORMAL))
        - f32::from_bits(LEAST_NORMAL))
    .to_bits();
    let special = magnitude | 0x7f80_0000;
    let wide = if bits & 0x7c00 == 0 {
        subnormal
    } else {
        normal
    };
    let wide = if bits & 0x7c00 == 0x7c00 {
        special
    } else {
        wide
    };
    f32::from_bits(sign | wide)
}

/// Rounds the bits of an f32 to f16; NaN stays NaN.
#[inline(always)]
fn narrow_f16(bits: u32) -> u16 {
    /// The number whose last digit is that of the subnormal f16, 2⁻²⁴: a sum with it rounds there.
    const UNIT: u32 = (127 - 24 + 23) << 23;
    let magnitude = bits & 0x7fff_ffff;
    let odd = (magnitude >> 13) & 1;
    // The largest finite numbers carry over into the exponent of ∞.
    let normal = magnitude
        .wrapping_sub((127 - 15) << 23)
        .wrapping_add(0xfff + odd)
        >> 13;
    let subnormal = (f32::from_bits(magnitude) + f32::from_bits(UNIT))
        .to_bits()
        .wrapping_sub(UNIT);
    let narrow = if magnitude < LEAST_NORMAL {
        subnormal
    } else {
        normal
    };
    let narrow = if magnitude >= (127 + 16) << 23 {
        0x7c00
    } else {
        narrow
    };
    let narrow = if magnitude > 0x7f80_0000 {
        0x7e00
    } else {
        narrow
    };
    (narrow | ((bits >> 16) & 0x8000)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_widens_to_its_number_and_back() {
        for bits in 0..=u16::MAX {
            let (half, brain) = (f16::from_bits(bits), bf16::from_bits(bits));
            let (a, b) = (widen_f16(bits), widen_bf16(bits));
            assert!(a.to_bits() == half.to_f32().to_bits() || (a.is_nan() && half.is_nan()));
            assert!(b.to_bits() == brain.to_f32().to_bits() || (b.is_nan() && brain.is_nan()));
            let back = (
                f16::from_bits(narrow_f16(a.to_bits())),
                bf16::from_bits(narrow_bf16(b.to_bits())),
            );
            assert!(back.0.to_bits() == bits || (back.0.is_nan() && half.is_nan()));
            assert!(back.1.to_bits() == bits || (back.1.is_nan() && brain.is_nan()));
        }
    }

    /// Around every number of 16 bits and every middle of two, and at spread points between.
    #[test]
    fn rounding_is_to_nearest_and_ties_to_even() {
        let check = |bits: u32| {
            let v = f32::from_bits(bits);
            let (half, brain) = (f16::from_f32(v), bf16::from_f32(v));
            let got = (narrow_f16(bits), narrow_bf16(bits));
            let same = got.0 == half.to_bits() || (half.is_nan() && f16::from_bits(got.0).is_nan());
            assert!(same, "f16 {v:e}: {:#x}, not {:#x}", got.0, half.to_bits());
            let same =
                got.1 == brain.to_bits() || (brain.is_nan() && bf16::from_bits(got.1).is_nan());
            assert!(same, "bf16 {v:e}: {:#x}, not {:#x}", got.1, brain.to_bits());
        };
        for bits in 0..=u16::MAX {
            // The middles of f16 are the f16 with one more bit, those of bf16 end in 0x8000.
            let wide = widen_f16(bits).to_bits();
            let brain = u32::from(bits) << 16;
            for near in [wide, wide.wrapping_add(0x1000), brain, brain | 0x8000] {
                (near.wrapping_sub(2)..=near.wrapping_add(2)).for_each(check);
            }
        }
        (0..1_000_000u32)
            .map(|i| i.wrapping_mul(2_654_435_761))
            .for_each(check);
    }
}
