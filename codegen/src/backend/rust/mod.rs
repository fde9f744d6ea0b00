//! What every Rust target shares: the items of an activation (a struct that implements candle's `Module` and the runtime's `Kernel`),
//! the spelling of operations, and their costs on a CPU. A target says how its code names candle and the runtime, and where it is to
//! stand.

pub(crate) mod conditions;
mod cost;
mod dialect;
mod header;
mod kernel;
mod names;
mod passes;
mod spelling;
mod target;
mod writer;

pub use cost::cost;
pub(crate) use dialect::Dialect;
pub(crate) use header::Header;
pub(crate) use target::Target;
pub(crate) use writer::write;
