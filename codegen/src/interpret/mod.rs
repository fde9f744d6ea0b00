//! Activations that are built at run time, from text, without a compiler. [`Formula::activation`] is for formulas in `x` alone,
//! [`Formula::layer`] for those with trained numbers or a second input.
//!
//! The value and its derivatives are simplified and scheduled as for [`activation!`](crate::expand), but the schedule is then
//! interpreted: one candle operation forward, one backward, which keeps only its arguments. A row of elements goes through
//! one step of the schedule after another, so that each step is a vectorised loop over rows that stay in the first-level cache.
//! Both ways evaluate the same operations in the same order: the bits are those of the compiled activation.
//!
//! ```
//! use actsmith_codegen::Formula;
//! use candle_core::{Device, Module, Tensor};
//!
//! let silu = Formula::parse("x * sigmoid(x)")?.activation()?;
//! let y = silu.forward(&Tensor::new(&[-1f64, 0.0, 1.0], &Device::Cpu)?)?;
//! assert_eq!(y.to_vec1::<f64>()?[1], 0.0);
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```

mod layer;
mod measure;
mod program;
mod rows;
mod step;

use std::sync::Arc;

use candle_core::{Module, Tensor};
use proc_macro2::Span;

use crate::activation::checked;
use crate::analysis::Region;
use crate::calculus::Component;
use crate::diagnostic::Diagnostics;
use crate::egraph::Budget;
use crate::formula::{Formula, Simplification};
use crate::kernel::Schedule;
use crate::runtime::{Element, Rows, apply_rows, apply_rows_in_place, map_slice};
pub use layer::{GatedLayer, Layer, LayerBuilder};
pub use measure::{Measurement, measure_costs};
use program::Program;
pub use rows::{OnRows, RowScratch};

/// An activation that interprets its formula: a candle [`Module`] for tensors of any shape and layout, f32, f64,
/// f16 or bf16. Half precision is computed in f32 and rounded once.
///
/// Bits depend on the values alone: not on length, offset, stride, instruction set or number of threads. Clones share the
/// program.
#[derive(Clone, Debug)]
pub struct Interpreted {
    formula: String,
    derivative: String,
    rows: Arc<Rows<Program>>,
}

impl Interpreted {
    /// The formula that is computed.
    pub fn formula(&self) -> &str {
        &self.formula
    }

    /// Its derivative with respect to the input.
    pub fn derivative(&self) -> &str {
        &self.derivative
    }

    /// `f` of each element of `xs`.
    pub fn values<T: Element>(&self, xs: &[T]) -> Vec<T> {
        map_slice(&self.rows.value, xs)
    }

    /// `f′` of each element of `xs`.
    pub fn slopes<T: Element>(&self, xs: &[T]) -> Vec<T> {
        map_slice(&self.rows.slopes, xs)
    }

    /// Writes the values over `x`, for inference: no gradient flows, and what shares the memory of `x` changes too.
    ///
    /// # Errors
    /// As `forward`; if gradients of `x` are tracked, or it is not contiguous.
    pub fn forward_in_place(&self, x: Tensor) -> candle_core::Result<Tensor> {
        apply_rows_in_place(&self.rows, [&x], &[])?;
        Ok(x)
    }
}

impl Module for Interpreted {
    /// Applies the formula to each element of `xs`; the gradient flows to `xs`.
    ///
    /// # Errors
    /// If `xs` is not f32, f64, f16 or bf16.
    fn forward(&self, xs: &Tensor) -> candle_core::Result<Tensor> {
        apply_rows(&self.rows, [xs], &[])
    }
}

impl Formula {
    /// The formula as an activation that runs at once, interpreted.
    ///
    /// # Errors
    /// If the formula has parameters, or a constant in it is not a finite number.
    pub fn activation(&self) -> Result<Interpreted, Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        for name in &self.dag().variables[1..] {
            diagnostics.note(
                format!("the parameter `{name}` of `{self}` has no value"),
                format!(
                    "give it one with `with_constant(\"{name}\", 1.0)`, or train it: `layer()`"
                ),
            );
        }
        diagnostics.into_result(())?;
        self.simplified_activation(self.simplify(&Region::default(), Budget::default()))
    }

    /// As [`Self::activation`], of a formula without parameters that has been simplified already, for all inputs and with the default
    /// budget.
    ///
    /// # Errors
    /// If a constant in it is not a finite number.
    pub fn simplified_activation(
        &self,
        simplification: Simplification,
    ) -> Result<Interpreted, Diagnostics> {
        let (value, gradient) = checked(self, simplification, Span::call_site())?;
        let slope = gradient.graph(Component::Derivative(0));
        Ok(Interpreted {
            formula: value.formula(0),
            derivative: slope.formula(0),
            rows: Arc::new(Rows {
                value: Arc::new(Program::new(&Schedule::new(&value))),
                slopes: Arc::new(Program::new(&Schedule::new(&slope))),
                parameters: Vec::new(),
                #[cfg(feature = "cuda")]
                cuda: crate::backend::cuda::write(&value, &slope, 1),
            }),
        })
    }
}
