//! From formula to fused operation.
#[cfg(feature = "candle")]
pub mod runtime;
