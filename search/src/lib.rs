//! Gradient-based search for customised activation functions.

pub mod cell;
pub mod error;
pub mod genotype;
pub mod sampler;
pub mod seed;
pub mod space;
