//! Rust source: a struct that implements candle's `Module` and the runtime's `Kernel`.

mod kernel;
mod passes;
mod spelling;
#[cfg(feature = "candle")]
pub(crate) mod standalone;
mod writer;

pub use writer::write;
