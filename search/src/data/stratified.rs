//! Splits in which every class keeps its share.

use rand::seq::SliceRandom;

use crate::error::{Error, Result};
use crate::seed;

/// The numbers of two parts of which the first holds `fraction` of every class (rounded), both in order.
///
/// # Errors
/// [`Error::Invalid`] unless both parts get a number.
pub(super) fn split(
    labels: &[u32],
    classes: usize,
    fraction: f64,
    seed: u64,
    stream: &str,
) -> Result<(Vec<u32>, Vec<u32>)> {
    let mut rng = seed::rng(seed, stream, 0);
    let mut by_class = vec![Vec::new(); classes];
    for (index, &label) in (0..).zip(labels) {
        by_class[label as usize].push(index);
    }
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for mut members in by_class {
        members.shuffle(&mut rng);
        let count = (fraction * members.len() as f64).round() as usize;
        let rest = members.split_off(count.min(members.len()));
        first.extend(members);
        second.extend(rest);
    }
    if first.is_empty() || second.is_empty() {
        return Err(Error::Invalid(format!(
            "{} images cannot be split in a part of {fraction} and the rest: one part would be empty",
            labels.len()
        )));
    }
    first.sort_unstable();
    second.sort_unstable();
    Ok((first, second))
}
