//! The 16-bit numbers of candle, and the way to and from its storages: none, because they are the same.
//!
//! A standalone file cannot name the crate `half`; there another module of this name makes the types out of their bits.

pub(super) use half::{bf16, f16};

/// The numbers of a storage.
pub(super) fn from_candle<T>(values: &[T]) -> &[T] {
    values
}

/// The numbers of a storage, to be written.
pub(super) fn from_candle_mut<T>(values: &mut [T]) -> &mut [T] {
    values
}

/// The numbers, to make a storage of.
pub(super) fn into_candle<T>(values: Vec<T>) -> Vec<T> {
    values
}
