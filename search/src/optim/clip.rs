//! Gradients with a limit to their common norm.

use candle_core::backprop::GradStore;
use candle_core::{DType, Var};

use crate::error::{Error, Result};

/// Scales the gradients of `variables` so that their common norm is at most `limit`.
///
/// # Errors
/// If a tensor operation fails.
pub(crate) fn clip(
    variables: &[(String, Var)],
    gradients: &mut GradStore,
    limit: f64,
) -> Result<()> {
    let mut squares = 0.0;
    for (_, var) in variables {
        if let Some(gradient) = gradients.get(var) {
            // The square of 300 is infinite in f16.
            let gradient = match gradient.dtype() {
                DType::F64 => gradient.clone(),
                _ => gradient.to_dtype(DType::F32)?,
            };
            let sum = gradient.sqr()?.sum_all()?.to_dtype(DType::F64)?;
            squares += sum.to_scalar::<f64>()?;
        }
    }
    let norm = squares.sqrt();
    if norm > limit {
        for (_, var) in variables {
            if let Some(gradient) = gradients.remove(var) {
                gradients.insert(var, (gradient * (limit / norm))?);
            }
        }
    }
    Ok(())
}

/// Refuses a limit that is not above 0.
pub(crate) fn check_clip(limit: f64) -> Result<()> {
    match limit.is_finite() && limit > 0.0 {
        true => Ok(()),
        false => Err(Error::Invalid(format!(
            "`clip` is {limit}: choose a finite number above 0, or leave it out for no limit"
        ))),
    }
}
