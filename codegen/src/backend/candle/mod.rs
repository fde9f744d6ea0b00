//! Rust source: a struct that implements candle's `Module` and the runtime's `Kernel`.

pub(crate) mod conditions;
mod cost;
mod dialect;
mod kernel;
mod names;
mod passes;
mod spelling;
pub(crate) mod writer;

pub use cost::cost;
pub(crate) use dialect::Place;
pub(crate) use writer::write;
