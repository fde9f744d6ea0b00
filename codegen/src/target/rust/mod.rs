//! Rust source: a struct that implements candle's `Module` and the runtime's `Kernel`.

mod kernel;
mod passes;
mod spelling;
mod writer;

pub use writer::write;
