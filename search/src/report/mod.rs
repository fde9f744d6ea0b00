//! What a run found, for readers: formulas, source, a plot, the results.

mod function;
mod outcome;
pub mod plot;

pub use function::{Formulas, Function};
pub use outcome::{Outcome, Retrained, SeedScore, Spread};
