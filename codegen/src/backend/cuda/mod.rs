//! CUDA C++: the value and the derivatives of an activation as two device functions, which the runtime completes to kernels, and which
//! other programs take as one file.
//!
//! The functions are generic: they compute in `real`, which is `float` or `double`, and a number is written `$` with its decimal
//! digits, because a C compiler may read a literal by way of another type. The runtime puts in bits.

#[cfg(feature = "candle")]
mod file;
mod spelling;
#[cfg(feature = "candle")]
mod words;
mod writer;

#[cfg(feature = "candle")]
pub(crate) use file::file;
#[cfg(feature = "candle")]
pub(crate) use words::is_reserved;
pub use writer::write;
