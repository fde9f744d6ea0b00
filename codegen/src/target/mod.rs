//! Targets: each a spelling of the operations and a writer, without algebra.

pub mod rust;
