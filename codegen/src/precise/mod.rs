//! Real numbers to any precision: what the checker of certificates and comparisons of formulas decide by.
//!
//! A value is enclosed between two binary numbers of any precision, each of which may be left out, and constants that are a
//! rational number or a rational multiple of π are kept as such. Nothing here knows of the f64 intervals by which simplification
//! finds its facts, nor they of this: a mistake on one side is not repeated on the other. Of the table of operations, only domains and the
//! formulas that say what an operation stands for are read.

mod algebra;
mod arithmetic;
mod at;
mod bounds;
mod elementary;
mod erf;
mod image;
mod ladder;
mod monotone;
mod range;
pub(crate) mod span;
mod value;
mod waves;
mod work;

pub(crate) use algebra::{Constant, apply as fold};
pub(crate) use ladder::Ladder;
pub(crate) use range::Range;
pub(crate) use span::Arithmetic;
pub(crate) use value::{Absent, Defined, Value, apply, evaluate, in_domain};
pub(crate) use work::Work;
