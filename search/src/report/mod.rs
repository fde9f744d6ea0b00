//! What a run found, for readers: formulas, source, the results.

mod function;
mod outcome;

pub use function::{Formulas, Function};
pub use outcome::{Outcome, Retrained, SeedScore, Spread};
