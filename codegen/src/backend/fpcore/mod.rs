//! FPCore 2.0 (<https://fpbench.org/spec/fpcore-2.0.html>), which Herbie and its relatives read: the value and each derivative as a
//! function of real numbers.

mod spelling;
mod words;
mod writer;

pub(crate) use words::is_reserved;
pub(crate) use writer::{expression, write};
