//! What a search found, for readers: formulas, source, the results.

mod findings;
mod function;
mod outcome;

pub use findings::{Finding, Findings};
pub use function::{Formulas, Function};
pub use outcome::{Outcome, Retrained, SeedScore, Spread};
