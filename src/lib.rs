//! Customised activation functions for candle models, found by gradient descent, simplified, and compiled into fused operations.
//!
//! ```
//! use actsmith::activation;
//! use candle_core::{Device, Module, Tensor};
//!
//! activation! {
//!     /// x·σ(x), whatever way it is written.
//!     pub Written(x) = x / (1 + exp(-x));
//! }
//!
//! assert_eq!(Written::FORMULA, "silu(x)");
//! let x = Tensor::new(&[-1f32, 0.0, 2.0], &Device::Cpu)?;
//! let y = Written.forward(&x)?.to_vec1::<f32>()?;
//! assert!((y[2] - 2.0 / (1.0 + (-2f32).exp())).abs() < 1e-6);
//! # Ok::<(), candle_core::Error>(())
//! ```
//!
//! This crate holds no logic: it gathers the macro [`activation!`], the formula language ([`Formula`]), the named activations
//! ([`zoo`]) and the runtime that generated code calls. The search is the crate `actsmith-search`, together with the command `actsmith`.

// The macro names this crate by its name, also where it is used within.
extern crate self as actsmith;

pub mod zoo;

pub use actsmith_codegen::{Activation, Formula, runtime};
pub use actsmith_macros::activation;
