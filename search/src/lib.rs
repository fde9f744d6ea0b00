//! Search.
pub mod sampler;
