//! Search.
pub mod data;
pub mod error;
pub mod models;
pub mod optim;
pub mod seed;
pub mod state;
pub mod train;
