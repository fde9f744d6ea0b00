//! Saved state: named tensors, as they lie in a safetensors file.
//!
//! Parts of a run save themselves under different names; [`nest`] and [`part`] put several into one and take them
//! out again. Restoring checks every name and shape before it changes anything.
//!
//! ```
//! use actsmith_search::state;
//! use candle_core::{Device, Var};
//!
//! let vars = vec![("slope".to_owned(), Var::new(1f32, &Device::Cpu)?)];
//! let saved = state::save(&vars)?;
//! vars[0].1.set(&vars[0].1.affine(5.0, 0.0)?)?;
//! state::restore(&vars, &saved)?;
//! assert_eq!(vars[0].1.to_scalar::<f32>()?, 1.0);
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```

use crate::error::{Error, Result};
use candle_core::{DType, Tensor, Var};
use std::collections::BTreeMap;

/// Named tensors, in the order of their names.
pub type State = BTreeMap<String, Tensor>;

/// Copies of variables, which later changes of the variables do not reach.
///
/// # Errors
/// If a copy cannot be made.
pub fn save(vars: &[(String, Var)]) -> Result<State> {
    vars.iter()
        .map(|(name, var)| Ok((name.clone(), var.copy()?.detach())))
        .collect()
}

/// Sets the variables to a saved state.
///
/// # Errors
/// [`Error::State`], before any variable changes, if a name or a shape is missing, superfluous or another.
pub fn restore(vars: &[(String, Var)], state: &State) -> Result<()> {
    let known = |name: &String| vars.iter().any(|(known, _)| known == name);
    if let Some(name) = state.keys().find(|name| !known(name)) {
        return Err(Error::State(format!("`{name}` does not belong here")));
    }
    let tensors = vars.iter().map(|(name, var)| get(state, name, var));
    let tensors = tensors.collect::<Result<Vec<_>>>()?;
    for ((_, var), tensor) in vars.iter().zip(tensors) {
        var.set(&tensor.to_device(var.device())?)?;
    }
    Ok(())
}

/// The tensor of this name, which has the shape and type of `like`.
///
/// # Errors
/// [`Error::State`] if it is missing or another.
pub(crate) fn get<'a>(state: &'a State, name: &str, like: &Tensor) -> Result<&'a Tensor> {
    match state.get(name) {
        None => Err(Error::State(format!("`{name}` is missing"))),
        Some(tensor) if tensor.shape() != like.shape() || tensor.dtype() != like.dtype() => {
            Err(Error::State(format!(
                "`{name}` should be {:?} of {:?}, not {:?} of {:?}",
                like.shape(),
                like.dtype(),
                tensor.shape(),
                tensor.dtype()
            )))
        }
        Some(tensor) => Ok(tensor),
    }
}

/// The name of the first tensor that holds a NaN or an infinity, if one does.
///
/// # Errors
/// If a tensor operation fails.
pub(crate) fn not_finite<'a>(
    tensors: impl IntoIterator<Item = (&'a String, &'a Tensor)>,
) -> Result<Option<&'a str>> {
    for (name, tensor) in tensors {
        // A sum is finite only if every summand is. That of finite numbers is not if it passes 3·10³⁸, far past all use; the
        // narrow types, which end at 65504, are widened before.
        let wide = match tensor.dtype() {
            DType::F16 | DType::BF16 => tensor.to_dtype(DType::F32)?,
            _ => tensor.clone(),
        };
        let sum = wide.sum_all()?.to_dtype(DType::F64)?.to_scalar::<f64>()?;
        if !sum.is_finite() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// A count as a tensor, so that it can be saved with the others.
///
/// # Errors
/// If a tensor cannot be made.
pub(crate) fn count(value: usize) -> Result<Tensor> {
    Ok(Tensor::new(value as i64, &candle_core::Device::Cpu)?)
}

/// The count saved as `name`.
///
/// # Errors
/// [`Error::State`] if it is missing or not a count.
pub(crate) fn get_count(state: &State, name: &str) -> Result<usize> {
    let value = get(state, name, &count(0)?)?.to_scalar::<i64>()?;
    usize::try_from(value)
        .map_err(|_| Error::State(format!("`{name}` is {value}, which is not a count")))
}

/// The state with `prefix.` before every name.
pub fn nest(prefix: &str, state: State) -> impl Iterator<Item = (String, Tensor)> {
    state
        .into_iter()
        .map(move |(name, tensor)| (format!("{prefix}.{name}"), tensor))
}

/// What was put under `prefix` by [`nest`].
pub fn part(state: &State, prefix: &str) -> State {
    let own = |name: &str| {
        name.strip_prefix(prefix)?
            .strip_prefix('.')
            .map(str::to_owned)
    };
    state
        .iter()
        .filter_map(|(name, tensor)| Some((own(name)?, tensor.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn vars() -> Result<Vec<(String, Var)>> {
        let var = |name: &str, values: &[f32]| -> Result<_> {
            Ok((name.to_owned(), Var::new(values, &Device::Cpu)?))
        };
        Ok(vec![var("a", &[1.0, 2.0])?, var("b", &[3.0])?])
    }

    #[test]
    fn a_saved_state_is_a_copy_and_comes_back() -> Result<()> {
        let vars = vars()?;
        let saved = save(&vars)?;
        vars[0].1.set(&vars[0].1.zeros_like()?)?;
        assert_eq!(saved["a"].to_vec1::<f32>()?, [1.0, 2.0]);
        let mut file: State = nest("weights", saved).collect();
        file.extend([
            ("steps".to_owned(), count(7)?),
            ("weightsless".to_owned(), count(0)?),
        ]);
        restore(&vars, &part(&file, "weights"))?;
        assert_eq!(vars[0].1.to_vec1::<f32>()?, [1.0, 2.0]);
        assert_eq!(get_count(&file, "steps")?, 7);
        Ok(())
    }

    #[test]
    fn what_is_not_finite_is_found() -> Result<()> {
        let of = |value: f64, dtype| -> Result<bool> {
            let all = Tensor::full(1.0, (3, 1000), &Device::Cpu)?;
            let one = Tensor::full(value, (1, 1000), &Device::Cpu)?;
            let state = State::from([
                ("a".to_owned(), all.clone()),
                (
                    "b".to_owned(),
                    Tensor::cat(&[all, one], 0)?.t()?.to_dtype(dtype)?,
                ),
            ]);
            Ok(not_finite(&state)? == Some("b"))
        };
        for dtype in [DType::F16, DType::BF16, DType::F32, DType::F64] {
            for (value, expected) in [
                (60000.0, false),
                (f64::NAN, true),
                (f64::INFINITY, true),
                (f64::NEG_INFINITY, true),
            ] {
                assert_eq!(of(value, dtype)?, expected, "{value} {dtype:?}");
            }
        }
        Ok(())
    }

    #[test]
    fn a_misfit_changes_nothing() -> Result<()> {
        let vars = vars()?;
        let zero = |dims: usize| Tensor::zeros(dims, candle_core::DType::F32, &Device::Cpu);
        let good = State::from([("a".to_owned(), zero(2)?), ("b".to_owned(), zero(1)?)]);
        let with = |name: &str, tensor: Tensor| {
            let mut state = good.clone();
            state.insert(name.to_owned(), tensor);
            state
        };
        let mut without = good.clone();
        without.remove("b");
        for (state, part) in [
            (without, "`b` is missing"),
            (with("c", zero(1)?), "`c` does not belong here"),
            (with("b", zero(2)?), "`b` should be [1] of F32, not [2]"),
            (with("b", count(1)?), "`b` should be"),
        ] {
            match restore(&vars, &state) {
                Err(Error::State(message)) => assert!(message.contains(part), "{message}"),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(vars[0].1.to_vec1::<f32>()?, [1.0, 2.0]);
        Ok(())
    }
}
