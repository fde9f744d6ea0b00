//! C: one header for C11 and C++, with the value and the derivatives as `static inline` functions of `double` and of `float`, and loops
//! over arrays that compilers vectorise.

mod spelling;
mod words;
mod writer;

pub(crate) use words::is_reserved;
pub(crate) use writer::write;
