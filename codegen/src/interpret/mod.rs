//! Activations that are built at run time, from text, without a compiler.
//!
//! `f(x)` and `f′(x)` are simplified and scheduled as for [`activation!`](crate::expand), but the schedule is then
//! interpreted: one candle operation forward, one backward, `g·f′(x)`, which keeps only `x`. A row of elements goes through
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
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod measure;
mod program;
mod rows;
mod step;

use std::sync::Arc;

use candle_core::{Module, Tensor};
use proc_macro2::Span;

use crate::activation::finite;
use crate::diagnostic::Diagnostics;
use crate::formula::Formula;
use crate::rewrite::Region;
use crate::runtime::{Element, apply_rowwise, map_slice};
use crate::schedule::Schedule;
pub use measure::{Measurement, measure_costs};
use program::Program;
pub use rows::{OnRows, RowScratch};

/// An activation that interprets its formula: a candle [`Module`] for tensors of any shape and layout on the CPU, f32, f64,
/// f16 or bf16. Half precision is computed in f32 and rounded once.
///
/// Bits depend on the values alone: not on length, offset, stride, instruction set or number of threads. Clones share the
/// program.
#[derive(Clone, Debug)]
pub struct Interpreted {
    formula: String,
    derivative: String,
    value: Arc<Program>,
    slope: Arc<Program>,
}

impl Interpreted {
    /// The formula that is computed.
    pub fn formula(&self) -> &str {
        &self.formula
    }

    /// Its derivative by the input.
    pub fn derivative(&self) -> &str {
        &self.derivative
    }

    /// `f` of each element of `xs`.
    pub fn values<T: Element>(&self, xs: &[T]) -> Vec<T> {
        map_slice(&self.value, xs)
    }

    /// `f′` of each element of `xs`.
    pub fn slopes<T: Element>(&self, xs: &[T]) -> Vec<T> {
        map_slice(&self.slope, xs)
    }
}

impl Module for Interpreted {
    /// Applies the formula to each element of `xs`; the gradient flows to `xs`.
    ///
    /// # Errors
    /// If `xs` is not f32, f64, f16 or bf16 on the CPU.
    fn forward(&self, xs: &Tensor) -> candle_core::Result<Tensor> {
        apply_rowwise(xs, &self.value, &self.slope)
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
            diagnostics.error_with_help(
                Span::call_site(),
                format!("the parameter `{name}` of `{self}` has no value"),
                format!("give it one with `with_constants`, or write a number for `{name}`"),
            );
        }
        if !diagnostics.is_empty() {
            return Err(diagnostics);
        }
        let (value, gradient) = finite(self, &Region::default(), Span::call_site())?;
        let slope = gradient.select(&[1]);
        Ok(Interpreted {
            formula: value.formula(0),
            derivative: slope.formula(0),
            value: Arc::new(Program::new(&Schedule::new(&value))),
            slope: Arc::new(Program::new(&Schedule::new(&slope))),
        })
    }
}
