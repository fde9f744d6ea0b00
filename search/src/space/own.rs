//! Operations of one's own: formulas beside the rows of the tables.
//!
//! What the tables bound by hand is bounded here as a whole: the operation is `clamp(f, -10, 10)`, with slope 0 beyond, unless no
//! value of `f` lies there. [`super::admission`] says which formulas are admitted.

use actsmith_codegen::runtime::{Float, Simd, SimdJob, SimdLevel, dispatch_at};
use actsmith_codegen::{Formula, OnRows, RowScratch};

use super::{BLOCK, Row, admission, clamped, slope_within, within};
use crate::error::{Error, Result};

/// The most that an operation becomes.
pub(super) const BOUND: f64 = 10.0;

/// An operation that a user has added: a formula in `x`, or in `a` and `b`.
#[derive(Clone, Debug)]
pub struct Own {
    name: String,
    /// The formula without the cell's bound, and with it.
    formulas: [String; 2],
    function: OnRows,
}

impl PartialEq for Own {
    /// The same formula under the same name.
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.formulas) == (&other.name, &other.formulas)
    }
}

impl Eq for Own {}

impl Own {
    /// The operation of a formula in `x`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the fix if the text is no formula that is admitted.
    pub(super) fn unary(name: &str, text: &str) -> Result<Self> {
        Self::new::<1>(name, ["x"], text)
    }

    /// The operation of a formula in `a` and `b`.
    ///
    /// # Errors
    /// As [`Self::unary`].
    pub(super) fn binary(name: &str, text: &str) -> Result<Self> {
        Self::new::<2>(name, ["a", "b"], text)
    }

    fn new<const X: usize>(name: &str, inputs: [&str; X], text: &str) -> Result<Self> {
        let refused = |reason: String| Error::Invalid(format!("the operation `{name}`: {reason}"));
        let formula = admission::parse(text, &inputs).map_err(refused)?;
        admission::check_defined(&formula).map_err(refused)?;
        let function = formula.on_rows().map_err(|e| refused(e.to_string()))?;
        let own = Self {
            name: name.to_owned(),
            formulas: [
                braced(&formula),
                admission::bounded(&formula, BOUND)
                    .map_or_else(|| braced(&formula), |bounded| braced(&bounded)),
            ],
            function,
        };
        admission::check_finite::<X>(&own, inputs).map_err(refused)?;
        Ok(own)
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

    /// Writes the values and, if `SLOPES`, the slope in each input.
    pub(crate) fn evaluate<C: Float, const X: usize, const SLOPES: bool>(
        &self,
        level: SimdLevel,
        inputs: [&Row<C>; X],
        scratch: &mut RowScratch<C>,
        to: &mut Row<C>,
        to_slopes: [&mut Row<C>; X],
    ) {
        let inputs = inputs.map(|row| &row[..]);
        if SLOPES {
            let outputs = self.function.gradient(level, inputs, scratch);
            let values = outputs(0);
            for (input, to) in to_slopes.into_iter().enumerate() {
                let slopes = outputs(input + 1);
                dispatch_at(level, BoundSlopes { values, slopes, to });
            }
            dispatch_at(level, Bound { values, to });
        } else {
            let values = self.function.value(level, inputs, scratch);
            dispatch_at(level, Bound { values, to });
        }
    }
}

/// The text of a formula as an expression: one that names parts of itself is a block.
fn braced(formula: &Formula) -> String {
    let text = formula.to_string();
    match text.starts_with("let ") {
        true => format!("{{ {text} }}"),
        false => text,
    }
}

/// Values, at most [`BOUND`] from zero.
struct Bound<'a, C> {
    values: &'a [C],
    to: &'a mut Row<C>,
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
    to: &'a mut Row<C>,
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
