//! A formula with its derivatives as a function on rows of numbers, for loops that are not candle's.

use std::sync::Arc;

use proc_macro2::Span;

use super::program::Program;
use crate::activation::finite;
use crate::analysis::Region;
use crate::calculus::Component;
use crate::diagnostic::Diagnostics;
use crate::formula::Formula;
use crate::kernel::Schedule;
use crate::runtime::{Float, Simd, SimdJob, SimdLevel, dispatch_at};

/// A formula of any number of variables and its derivative with respect to each, evaluated for a row of points at a time: each step of the
/// schedule of `{f, ∂f/∂a, …}` is one vectorised loop. Bits depend on the values alone. Clones share the program.
///
/// ```
/// use actsmith_codegen::{Component, Formula};
/// use actsmith_codegen::runtime::SimdLevel;
///
/// let square = Formula::parse("x * x")?.on_rows()?;
/// let mut scratch = square.scratch::<f64>(3);
/// let gradient = square.gradient(SimdLevel::best(), [&[1.0, 2.0, 3.0]], &mut scratch);
/// assert_eq!(gradient(Component::Value), [1.0, 4.0, 9.0]);
/// assert_eq!(gradient(Component::Derivative(0)), [2.0, 4.0, 6.0]);
/// # Ok::<(), actsmith_codegen::diagnostic::Diagnostics>(())
/// ```
#[derive(Clone, Debug)]
pub struct OnRows {
    /// The value alone, by the steps that lead to it in `gradient`: both give the same bits.
    value: Arc<Program>,
    gradient: Arc<Program>,
}

/// What a thread computes rows in.
#[derive(Clone, Debug)]
pub struct RowScratch<C> {
    value: Vec<C>,
    gradient: Vec<C>,
}

impl OnRows {
    /// Memory for rows of up to `len` points.
    pub fn scratch<C: Float>(&self, len: usize) -> RowScratch<C> {
        RowScratch {
            value: self.value.rows(len),
            gradient: self.gradient.rows(len),
        }
    }

    /// The value at each point, whose coordinates are `inputs`: rows of one length.
    ///
    /// # Panics
    /// If the formula has more variables than there are inputs, or the rows are longer than those of `scratch`.
    pub fn value<'a, C: Float, const X: usize>(
        &self,
        level: SimdLevel,
        inputs: [&'a [C]; X],
        scratch: &'a mut RowScratch<C>,
    ) -> &'a [C] {
        let rows = &mut scratch.value;
        run(&self.value, level, &inputs, rows);
        self.value.output(0, &inputs, rows)
    }

    /// The value and the derivatives at each point.
    ///
    /// # Panics
    /// As [`Self::value`]; the result panics if there is no such variable.
    pub fn gradient<'a, C: Float, const X: usize>(
        &'a self,
        level: SimdLevel,
        inputs: [&'a [C]; X],
        scratch: &'a mut RowScratch<C>,
    ) -> impl Fn(Component) -> &'a [C] {
        let rows = &mut scratch.gradient;
        run(&self.gradient, level, &inputs, rows);
        let rows: &'a [C] = rows;
        move |component: Component| self.gradient.output(component.output(), &inputs, rows)
    }
}

/// A function of its own, so that the loops of all operations are compiled once for each type.
#[inline(never)]
fn run<C: Float>(program: &Program, level: SimdLevel, inputs: &[&[C]], rows: &mut [C]) {
    dispatch_at(
        level,
        Pass {
            program,
            inputs,
            rows,
        },
    );
}

struct Pass<'a, C> {
    program: &'a Program,
    inputs: &'a [&'a [C]],
    rows: &'a mut [C],
}

impl<C: Float> SimdJob for Pass<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        self.program.run::<S, C>(self.inputs, self.rows);
    }
}

impl Formula {
    /// The formula and its derivatives as a function on rows of points.
    ///
    /// # Errors
    /// If a constant in it is not a finite number.
    pub fn on_rows(&self) -> Result<OnRows, Diagnostics> {
        let (_, gradient) = finite(self, &Region::default(), Span::call_site())?;
        let program = |dag| Arc::new(Program::new(&Schedule::new(dag)));
        Ok(OnRows {
            value: program(&gradient.graph(Component::Value)),
            gradient: program(&gradient),
        })
    }
}
