//! The numbers of 16 bits: f16, with 5 bits of exponent and 10 of fraction, and bf16, the upper half of an f32.
//!
//! candle's are those of the crate `half`, which `candle_core` does not export. They are a `u16` in a transparent struct, and so are
//! these.

use std::mem::ManuallyDrop;

macro_rules! number {
    ($($name:ident)+) => {$(
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        #[repr(transparent)]
        pub(super) struct $name(u16);

        impl $name {
            #[inline(always)]
            pub(super) fn from_bits(bits: u16) -> Self {
                Self(bits)
            }

            #[inline(always)]
            pub(super) fn to_bits(self) -> u16 {
                self.0
            }
        }
    )+};
}
number!(f16 bf16);

/// A type of this module, or candle's of the same name.
struct Same<A, B>(A, B);

impl<A, B> Same<A, B> {
    /// Fails to compile if the types differ in layout.
    const LAYOUT: () = assert!(
        size_of::<A>() == size_of::<u16>()
            && size_of::<B>() == size_of::<u16>()
            && align_of::<A>() == align_of::<u16>()
            && align_of::<B>() == align_of::<u16>()
    );
}

/// The numbers of a storage.
pub(super) fn from_candle<A: Copy, B: Copy>(values: &[A]) -> &[B] {
    const { Same::<A, B>::LAYOUT }
    // SAFETY: called with candle's type and the one of the same bits, of which every pattern is a number.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), values.len()) }
}

/// The numbers of a storage, to be written.
pub(super) fn from_candle_mut<A: Copy, B: Copy>(values: &mut [A]) -> &mut [B] {
    const { Same::<A, B>::LAYOUT }
    // SAFETY: called with candle's type and the one of the same bits, of which every pattern is a number.
    unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), values.len()) }
}

/// The numbers, to make a storage of.
pub(super) fn into_candle<A: Copy, B: Copy>(values: Vec<A>) -> Vec<B> {
    const { Same::<A, B>::LAYOUT }
    let mut values = ManuallyDrop::new(values);
    // SAFETY: the memory was allocated for as many numbers of the same size and alignment; called with the type of the same bits
    // as candle's, of which every pattern is a number.
    unsafe { Vec::from_raw_parts(values.as_mut_ptr().cast(), values.len(), values.capacity()) }
}
