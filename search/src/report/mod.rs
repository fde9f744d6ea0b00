//! What a search found, for readers: formulas, source, the results.
//!
//! ```
//! use actsmith_search::genotype::Constants;
//! use actsmith_search::report::Function;
//! use actsmith_search::space::Space;
//!
//! let genotype = Space::default().genotype("identity-sigmoid-mul-tanh-identity-mul")?;
//! let function = Function::new(&genotype, &Constants { beta: [1.0; 4], mix: [0.0; 2] })?;
//! assert_eq!(function.at(0.0)[0], 0.0);
//! println!("{}", function.formulas());
//! assert!(function.source()?.contains("pub struct Found;"));
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```

mod findings;
mod front;
mod function;
mod measure;
mod outcome;
mod verdict;

pub use findings::{Finding, Findings, Reach};
pub(crate) use front::standard_error;
pub use front::{Excess, Front, Pick, Point, UnreachedBound};
pub use function::{Formulas, Function};
pub use measure::Measure;
pub use outcome::{Outcome, Retrained, SeedScore};
pub(crate) use verdict::listed;
