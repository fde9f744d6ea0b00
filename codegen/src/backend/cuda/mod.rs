//! CUDA C++: the value and the derivatives of an activation as two device functions, which the runtime completes to kernels.
//!
//! The functions are generic: they compute in `real`, which is `float` or `double`, and a number is written `$` with its decimal
//! digits, because a C compiler may read a literal by way of another type. The runtime puts in bits.

mod spelling;
mod writer;

pub use writer::write;
