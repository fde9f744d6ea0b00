//! Backends: each a spelling of the operations and a writer, without algebra.

pub mod candle;
pub mod cuda;
#[cfg(feature = "candle")]
pub(crate) mod standalone;
