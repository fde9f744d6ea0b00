//! From the formula of an activation function to a fused candle operation.
//!
//! A formula such as `x * sigmoid(x)` is parsed, differentiated, simplified together with its derivatives as an e-graph, laid
//! out as straight-line code in which everything shared is computed once, and written out for a target:
//!
//! ```
//! use actsmith_codegen::{Budget, Formula, Region};
//!
//! let formula = Formula::parse("x / (1 + exp(-x))")?;
//! let simplified = formula.simplify(&Region::default(), Budget::default());
//! assert_eq!(simplified.value.dag.formula(0), "silu(x)");
//! # Ok::<(), actsmith_codegen::diagnostic::Diagnostics>(())
//! ```
//!
//! Modules to the left know nothing of those to the right:
//! `number < diagnostic < ops < ir < syntax < calculus < analysis < rules < egraph < certificate < kernel < backend < lib`. Beside
//! them stand `runtime`, which imports nothing of the rest; `precise`, on `syntax`, for arithmetic of any precision; `interpret`, which
//! runs a schedule on the runtime; `oracle`, which knows the true values that results are compared with; and
//! [`front`], the cheaper forms of a formula, from exact to simple. [`rounding`] puts numbers in place of constant arithmetic, and `passport`
//! tells what is known of a function.

pub mod analysis;
pub mod backend;
mod calculus;
#[cfg(feature = "oracle")]
pub mod certificate;
pub mod diagnostic;
pub mod egraph;
pub mod ir;
pub mod kernel;
pub mod number;
pub mod ops;
#[cfg(feature = "oracle")]
pub mod oracle;
#[cfg(feature = "oracle")]
mod precise;
pub mod rules;
#[cfg(feature = "candle")]
pub mod runtime;
pub mod syntax;

mod activation;
mod declaration;
mod expand;
mod formula;
pub mod front;
#[cfg(feature = "candle")]
mod interpret;
#[cfg(feature = "oracle")]
pub mod passport;
mod refinement;
pub mod rounding;

pub use analysis::{Definedness, Region};
pub use backend::Export;
#[cfg(feature = "onnx")]
pub use backend::onnx::{ElementType, Onnx, OnnxOptions};
pub use calculus::{Basis, Component, Gradient};
pub use declaration::Declaration;
pub use egraph::{Budget, Equality};
pub use expand::expand;
pub use formula::{Formula, Simplification};
#[cfg(feature = "candle")]
pub use interpret::{
    GatedLayer, Interpreted, Layer, LayerBuilder, Measurement, OnRows, RowScratch, measure_costs,
};
pub use kernel::Activation;
pub use ops::Kinks;
pub use refinement::Refinement;
