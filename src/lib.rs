//! Facade.
pub use actsmith_codegen::runtime;
