//! JAX: a function with its derivatives as `custom_jvp`, to be transformed by `jit`, `vmap` and `grad`, also twice. Parameters are
//! arguments.

mod spelling;
mod words;
mod writer;

pub(crate) use words::is_reserved;
pub(crate) use writer::write;
