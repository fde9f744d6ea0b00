//! What scores over several seeds say: means and deviations, paired differences, intervals, tests, and a correction for many of them.
//!
//! Two activations are trained with the same seeds, and each seed gives a *difference* of their scores, positive where the first is
//! better. A [`Family`] holds all comparisons of one table and says of each whether the difference is real:
//!
//! - the interval of the mean difference is a bias-corrected and accelerated bootstrap interval (B. Efron, "Better Bootstrap Confidence
//!   Intervals", Journal of the American Statistical Association 82, 1987) of 95 %;
//! - the sign-flip test asks how many of the 2ⁿ ways of swapping the two activations in each seed give a mean difference at least as
//!   large (R. A. Fisher, "The Design of Experiments", 1935, §21); it supposes nothing of how the scores are distributed;
//! - the paired t test (Student, "The Probable Error of a Mean", Biometrika 6, 1908) supposes that the differences are normal;
//! - p values are multiplied by Holm's step-down procedure ("A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian
//!   Journal of Statistics 6, 1979), so that among all comparisons of the table a false claim comes up in 5 % of tables at most.
//!
//! The sign-flip test decides where its smallest p value, 2/2ⁿ, is at most 5 % after the correction; with fewer seeds it could
//! never find anything, and the t test decides. Which one it is depends on the numbers of seeds and comparisons alone. With fewer
//! than [`FEWEST`] seeds there is no test.
//!
//! ```
//! use actsmith_search::statistics::{Family, Test, Verdict};
//!
//! let differences = [vec![0.3, 0.5, 0.2, 0.4, 0.6, 0.3], vec![0.1, -0.2, 0.3, -0.1, 0.0, 0.2]];
//! let family = Family::of(&differences, 1);
//! assert_eq!(family.test, Some(Test::T));
//! assert_eq!(family.comparisons[0].verdict, Verdict::Better);
//! assert_eq!(family.comparisons[1].verdict, Verdict::NotToldApart);
//! ```

mod bootstrap;
mod family;
mod histogram;
mod paired;
mod spread;
mod welch;

pub use bootstrap::interval;
pub use family::{Comparison, FEWEST, Family, LEVEL, Test, Verdict, holm, p_text};
pub use histogram::{Bins, Histogram};
pub use paired::{SignFlip, sign_flip, t_test};
pub use spread::Spread;
pub use welch::{Welch, welch};
