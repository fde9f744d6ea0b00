//! LaTeX with `amsmath`: the value and the derivatives as an aligned display, to paste into a paper.

mod spelling;
mod words;
mod writer;

pub(crate) use words::is_reserved;
pub(crate) use writer::{expression, write};
