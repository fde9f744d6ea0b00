//! The pruning schedule: when operations are removed.

use crate::error::{Error, Result};

/// The removal times of `count` operations: `start − 1 + ⌊10^linspace(0, log₁₀(periods − start), count)⌋`, in completed periods.
///
/// Removals are dense at first and thin out; the last comes with one period to go, in which the network trains with the
/// function that is left.
///
/// # Errors
/// [`Error::Invalid`] unless `1 ≤ start < periods`.
pub(super) fn removal_times(periods: usize, start: usize, count: usize) -> Result<Vec<usize>> {
    if start < 1 || start >= periods {
        return Err(Error::Invalid(match periods {
            0 | 1 => format!(
                "`periods` is {periods}, and removals start at period {start} (`shrink_start`): choose at least {} periods",
                start.max(1) + 1
            ),
            _ => format!(
                "removals start at period {start} (`shrink_start`) of {periods} (`periods`): choose a start from 1 to {}",
                periods - 1
            ),
        }));
    }
    let span = (periods - start) as f64;
    let last = count.saturating_sub(1).max(1) as f64;
    // 10^(t·log₁₀ s) = s^t, which is exact at both ends; the margin keeps other whole powers from falling short of themselves.
    let after = |i: usize| (span.powf(i as f64 / last) + 1e-9).floor() as usize;
    Ok((0..count).map(|i| start - 1 + after(i)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removals_begin_at_the_start_and_leave_one_period() {
        for (periods, start) in [(50, 2), (1000, 200), (3, 1), (2, 1)] {
            let times = removal_times(periods, start, 104).expect("a schedule");
            assert_eq!(
                (times.len(), times[0], times[103]),
                (104, start, periods - 1)
            );
            assert!(times.is_sorted());
        }
        for (periods, start, advice) in [
            (5, 5, "choose a start from 1 to 4"),
            (5, 0, "choose a start from 1 to 4"),
            (0, 2, "choose at least 3 periods"),
            (1, 0, "choose at least 2 periods"),
        ] {
            let error = removal_times(periods, start, 104).expect_err("no schedule");
            assert!(error.to_string().ends_with(advice), "{error}");
        }
    }

    /// The first and last of `np.floor(10**np.linspace(0, np.log10(48), 104)) + 1`, by hand: 48^(18/103) = 1.967,
    /// 48^(19/103) = 2.04, 48^(102/103) = 46.2.
    #[test]
    fn removals_follow_the_formula() {
        let times = removal_times(50, 2, 104).expect("a schedule");
        assert!(times[..19].iter().all(|&time| time == 2));
        assert_eq!((times[19], times[102], times[103]), (3, 47, 49));
    }
}
