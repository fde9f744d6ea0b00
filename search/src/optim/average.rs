//! Moving averages of weights.

use candle_core::Var;

use crate::error::Result;
use crate::state::{self, State};

/// The exponential moving average `a` of variables `θ`, as PyTorch's `AveragedModel` has it: `a = θ` after the first step, then
/// `a ← d a + (1 − d) θ`.
pub(crate) struct Average {
    /// `d`.
    keep: f64,
    vars: Vec<(String, Var)>,
    averages: Vec<(String, Var)>,
    started: bool,
}

impl Average {
    /// An average of these variables that keeps the share `keep` of itself in each step.
    pub(crate) fn new(vars: Vec<(String, Var)>, keep: f64) -> Result<Self> {
        let zeros = |(name, var): &(String, Var)| {
            let zeros = Var::zeros(var.shape(), var.dtype(), var.device())?;
            Ok((name.clone(), zeros))
        };
        let averages = vars.iter().map(zeros);
        Ok(Self {
            keep,
            averages: averages.collect::<Result<_>>()?,
            vars,
            started: false,
        })
    }

    /// Takes in the variables after a step.
    pub(crate) fn update(&mut self) -> Result<()> {
        for ((_, var), (_, average)) in self.vars.iter().zip(&self.averages) {
            let next = match self.started {
                false => var.copy()?,
                true => {
                    ((average.as_tensor() * self.keep)? + (var.as_tensor() * (1.0 - self.keep))?)?
                }
            };
            average.set(&next)?;
        }
        self.started = true;
        Ok(())
    }

    /// Sets the variables to their averages.
    pub(crate) fn apply(&self) -> Result<()> {
        if self.started {
            for ((_, var), (_, average)) in self.vars.iter().zip(&self.averages) {
                var.set(average)?;
            }
        }
        Ok(())
    }

    /// What `f` gives while the variables have their averages; they have their own values again after it.
    pub(crate) fn during<T>(&self, f: impl FnOnce() -> Result<T>) -> Result<T> {
        let kept = state::save(&self.vars)?;
        self.apply()?;
        let value = f();
        state::restore(&self.vars, &kept)?;
        value
    }

    /// The averages, by name.
    pub(crate) fn state(&self) -> Result<State> {
        state::save(&self.averages)
    }

    /// Goes on from saved averages.
    pub(crate) fn load_state(&mut self, state: &State, started: bool) -> Result<()> {
        state::restore(&self.averages, state)?;
        self.started = started;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn an_average_follows_the_formula_and_leaves_the_variables_alone() -> Result<()> {
        let var = Var::new(&[8.0], &Device::Cpu)?;
        let mut average = Average::new(vec![("a".to_owned(), var.clone())], 0.75)?;
        let value = || -> Result<Vec<f64>> { Ok(var.to_vec1()?) };
        assert_eq!(average.during(value)?, [8.0]);
        let mut seen = Vec::new();
        for next in [4.0, 0.0, 16.0] {
            var.set(&candle_core::Tensor::new(&[next], &Device::Cpu)?)?;
            average.update()?;
            seen.extend(average.during(value)?);
            assert_eq!(value()?, [next]);
        }
        // 4, then 0.75 · 4 + 0.25 · 0, then 0.75 · 3 + 0.25 · 16.
        assert_eq!(seen, [4.0, 3.0, 6.25]);
        average.apply()?;
        assert_eq!(value()?, [6.25]);
        Ok(())
    }
}
