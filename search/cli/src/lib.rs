//! The command `actsmith`.
//!
//! [`main`] reads the arguments and runs a command; [`threads`] has what a process sets before it starts any. What the commands measure stands beside it: [`mod@bench`] times activations and the
//! cell, [`verify`] compares fused activations with true values, [`survey`] simplifies random formulas, [`plot`] draws what a search
//! found, [`front`] the cheaper forms of a formula, [`passport`] tells what is known of a function, [`report`] writes what runs have found as a page, and `gpu`, with the feature `cuda`, compares devices. The search itself is the crate [`actsmith_search`].

pub mod allocator;
pub mod bench;
mod commands;
pub mod error;
pub mod front;
#[cfg(feature = "cuda")]
pub mod gpu;
pub mod passport;
pub mod plot;
pub mod report;
pub mod survey;
pub mod threads;
pub mod verify;

pub use commands::main;
