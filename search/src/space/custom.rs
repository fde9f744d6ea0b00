//! Custom operations: formulas beside the rows of the tables.
//!
//! What the tables bound by hand is bounded here as a whole: the operation is `clamp(f, -10, 10)`, with slope 0 beyond, unless no
//! value of `f` lies there. `admission` says which formulas are admitted.

use actsmith_codegen::runtime::{Float, Simd, SimdJob, SimdLevel, dispatch_at};
use actsmith_codegen::{Component, OnRows, RowScratch};

use super::{BLOCK, Elements, clamped, slope_within, within};

/// The most that an operation becomes.
pub(super) const BOUND: f64 = 10.0;

/// An operation that a user has added: a formula in `x`, or in `a` and `b`.
#[derive(Clone, Debug)]
pub struct Custom {
    name: String,
    /// The formula without the cell's bound, and with it.
    formulas: [String; 2],
    function: OnRows,
}

impl PartialEq for Custom {
    /// The same formula under the same name.
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.formulas) == (&other.name, &other.formulas)
    }
}

impl Eq for Custom {}

impl Custom {
    /// The operation with these formulas, without the cell's bound and with it, which computes `function` without it.
    pub(super) fn new(name: &str, formulas: [String; 2], function: OnRows) -> Self {
        Self {
            name: name.to_owned(),
            formulas,
            function,
        }
    }

    /// The name in genotypes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The formula, with the cell's bound or without it.
    pub fn formula(&self, bounded: bool) -> &str {
        &self.formulas[usize::from(bounded)]
    }

    /// Memory to compute a block in.
    pub(crate) fn scratch<C: Float>(&self) -> RowScratch<C> {
        self.function.scratch(BLOCK)
    }

    /// Writes the values and, if `SLOPES`, the slope with respect to each input.
    pub(crate) fn evaluate<C: Float, const X: usize, const SLOPES: bool>(
        &self,
        level: SimdLevel,
        inputs: [&Elements<C>; X],
        scratch: &mut RowScratch<C>,
        to: &mut Elements<C>,
        to_slopes: [&mut Elements<C>; X],
    ) {
        let inputs = inputs.map(|row| &row[..]);
        if SLOPES {
            let gradient = self.function.gradient(level, inputs, scratch);
            let values = gradient(Component::Value);
            for (input, to) in to_slopes.into_iter().enumerate() {
                let slopes = gradient(Component::Derivative(input));
                dispatch_at(level, BoundSlopes { values, slopes, to });
            }
            dispatch_at(level, Bound { values, to });
        } else {
            let values = self.function.value(level, inputs, scratch);
            dispatch_at(level, Bound { values, to });
        }
    }
}

/// Values, at most [`BOUND`] from zero.
struct Bound<'a, C> {
    values: &'a [C],
    to: &'a mut Elements<C>,
}

impl<C: Float> SimdJob for Bound<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        for (to, &value) in self.to.iter_mut().zip(self.values) {
            *to = C::leave::<S>(clamped(value.enter::<S>(), BOUND));
        }
    }
}

/// Slopes, 0 where the value is beyond the bound.
struct BoundSlopes<'a, C> {
    values: &'a [C],
    slopes: &'a [C],
    to: &'a mut Elements<C>,
}

impl<C: Float> SimdJob for BoundSlopes<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        for ((to, &value), &slope) in self.to.iter_mut().zip(self.values).zip(self.slopes) {
            let inside = within(value.enter::<S>(), BOUND);
            *to = C::leave::<S>(slope_within(inside, slope.enter::<S>()));
        }
    }
}
