//! Gradient-based search for customised activation functions.

pub mod cell;
pub mod cli;
pub mod data;
pub mod engine;
pub mod error;
pub mod files;
pub mod genotype;
pub mod models;
pub mod optim;
pub mod report;
pub mod run;
pub mod sampler;
pub mod seed;
pub mod space;
pub mod state;
pub mod train;
