//! Surveys: what simplification makes of random formulas, and whether it can be trusted.
//!
//! [`genotypes`] draws from the search space and compares in f64; [`language`] draws [`formulas`] over every operation of the
//! language, and [`conditions`] on constants, and compares true values. [`fronts`] compares the bounds of fronts with differences.

pub mod conditions;
pub mod formulas;
pub mod fronts;
pub mod genotypes;
pub mod language;
mod range;
mod subject;
pub mod writing;

use std::time::Duration;

/// The median, the 99th percentile and the largest of some times; 0 of none.
fn quantiles(mut times: Vec<Duration>) -> [Duration; 3] {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    [50, 99, 100].map(|percent| {
        let index = (times.len() * percent / 100).min(last);
        times.get(index).copied().unwrap_or_default()
    })
}
