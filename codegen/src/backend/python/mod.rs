//! Python with NumPy: the value and the derivatives as functions of arrays, computed in f64 and rounded once. SciPy has the error
//! function.

mod spelling;
mod words;
mod writer;

pub(crate) use words::is_reserved;
pub(crate) use writer::write;
