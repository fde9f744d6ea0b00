//! SymPy: the value and the derivatives as exact expressions of symbols.

mod spelling;
mod words;
mod writer;

pub(crate) use words::is_reserved;
pub(crate) use writer::{expression, write};
