//! When a value has left its range, or has lost its digits.

use crate::ir::Rounding;

/// The error of a value of which three digits are right.
pub(super) const FEW: f64 = 1e-3;

/// Whether a value in f32 is of another size than `exact`, or of another sign, where that of the original has three digits. How
/// small both are does not matter.
pub(super) fn is_spoiled(exact: f64, original: f64, value: f64) -> bool {
    const ALL: f64 = 0.25;
    let size = exact.abs();
    let held = (f64::from(f32::MIN_POSITIVE)..=f64::from(f32::MAX)).contains(&size);
    // A comparison that NaN fails as well.
    let kept = (value - exact).abs() <= ALL * size;
    held && (original - exact).abs() <= FEW * size && !kept
}

/// Whether a value is infinite or NaN where that of the original is a number, and not one that rounding alone keeps in the range.
pub(super) fn is_lost(original: f64, value: f64, rounding: Rounding) -> bool {
    const INSIDE: f64 = 1.0 - 1.0 / 16384.0;
    let largest = match rounding {
        Rounding::F32 | Rounding::F32Digits => f64::from(f32::MAX),
        Rounding::F64 => f64::MAX,
    };
    !value.is_finite() && original.abs() <= INSIDE * largest
}
