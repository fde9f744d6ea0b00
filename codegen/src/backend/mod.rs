//! Backends, one folder a target: each a spelling of the operations and a writer, without algebra. No target imports another; what
//! the Rust targets share is `rust`, what the others share is `text`, and those in Python `pythonic`.

mod c;
pub(crate) mod candle;
pub mod cuda;
mod export;
pub(crate) mod fpcore;
mod jax;
pub(crate) mod latex;
#[cfg(feature = "onnx")]
pub mod onnx;
mod python;
mod pythonic;
pub mod rust;
#[cfg(feature = "candle")]
pub(crate) mod standalone;
pub(crate) mod sympy;
mod text;
mod torch;

pub use export::Export;
