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
//! A formula that is known only at run time is a [`Formula`]:
//!
//! ```
//! use actsmith::Formula;
//! use candle_core::{Device, Module, Tensor, Var};
//!
//! fn run() -> candle_core::Result<()> {
//!     let silu = Formula::parse("x * sigmoid(x)")?.activation()?;
//!     let beta = Var::new(1.5f32, &Device::Cpu)?;
//!     let swish = Formula::parse("x * sigmoid(beta * x)")?.layer().scalar("beta", &beta).build()?;
//!     let x = Tensor::new(&[-1f32, 2.0], &Device::Cpu)?;
//!     let y = swish.forward(&silu.forward(&x)?)?;
//!     assert!(y.sum_all()?.backward()?.get(&beta).is_some());
//!     Ok(())
//! }
//! # run().unwrap();
//! ```
//!
//! This crate holds no logic: it gathers the macro [`activation!`], the formula language ([`Formula`]), the named activations
//! ([`zoo`]) and the runtime that generated code calls. The search is the crate `actsmith-search`, the command `actsmith` is `actsmith-cli`:
//! `cargo install actsmith-cli`.

// The macro names this crate by its name, also where it is used within.
extern crate self as actsmith;

pub mod zoo;

pub use actsmith_codegen::diagnostic::{Diagnostic, Diagnostics};
pub use actsmith_codegen::number::Number;
pub use actsmith_codegen::{
    Activation, Budget, Component, Declaration, Definedness, Equality, Formula, GatedLayer,
    Gradient, Interpreted, Kinks, Layer, LayerBuilder, Refinement, Region, Simplification, runtime,
};
pub use actsmith_macros::activation;

// What the methods of a formula take and return.
#[doc(no_inline)]
pub use actsmith_codegen::{analysis, diagnostic, egraph, ir, number};
