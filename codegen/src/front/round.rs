//! Constants of few digits, and simple fractions, where that changes the largest difference by a few per cent at most.

use super::search::{largest, values_at};
use super::sketch::{Sketch, rounded};
use crate::ir::Dag;
use crate::number::Number;

/// What all constants together may add to the error.
const SHARE: f64 = 1.04;
/// Digits that are tried.
const DIGITS: usize = 9;

/// The formula of a sketch with the shortest constants whose error is about that of the sketch; `None` if a constant is not finite.
pub(super) fn shortened(sketch: &Sketch, points: &[f64], values: &[f64]) -> Option<Dag> {
    let error = |numbers: &[Number]| largest(&values_at(&sketch.settled(numbers), points), values);
    let full = sketch.numbers(17)?;
    // Rounding errors are no reason for digits.
    let scale = values
        .iter()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    let allowed = SHARE * error(&full) + 1e-12 * scale;
    // As many digits as all constants need if they have the same number.
    let start = (1..=DIGITS)
        .filter_map(|digits| sketch.numbers(digits))
        .find(|numbers| error(numbers) <= allowed);
    let mut numbers = start.unwrap_or(full);
    for index in 0..numbers.len() {
        let value = sketch.values[index];
        let own = numbers[index].clone();
        let length = own.to_string().len();
        for shorter in candidates(value) {
            if shorter.to_string().len() >= length {
                continue;
            }
            numbers[index] = shorter;
            if error(&numbers) <= allowed {
                break;
            }
            numbers[index] = own.clone();
        }
    }
    Some(sketch.settled(&numbers))
}

/// Shorter numbers near a value: the simplest first.
fn candidates(value: f64) -> Vec<Number> {
    let whole = Number::from_f64(value.round());
    let digits = (1..=DIGITS).map(|digits| rounded(value, digits));
    let fractions = (2..=9).map(|divisor: i32| {
        let above = (value * f64::from(divisor)).round();
        Number::from_f64(above)?.div(&Number::from(divisor))
    });
    let mut all: Vec<Number> = std::iter::once(whole)
        .chain(digits)
        .chain(fractions)
        .flatten()
        .collect();
    all.sort_by_key(|number| number.to_string().len());
    all
}
