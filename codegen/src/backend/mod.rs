//! Backends, one folder a target: each a spelling of the operations and a writer, without algebra. No target imports another; what
//! the Rust targets share is `rust`.

pub(crate) mod candle;
pub mod cuda;
pub mod rust;
#[cfg(feature = "candle")]
pub(crate) mod standalone;
