//! Stochastic gradient descent with momentum `μ`, in Nesterov's form if one likes, and L2 decay `λ`.

use super::{Optimizer, check_share, check_small, memory};
use crate::error::{Error, Result};
use crate::state::{self, State};
use candle_core::Var;
use candle_core::backprop::GradStore;
use serde::{Deserialize, Serialize};

/// The constants of [`Sgd`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SgdConfig {
    /// `μ`: the share of the last step's direction that is kept.
    pub momentum: f64,
    /// `λ`: added to the gradient as `λ θ`.
    pub weight_decay: f64,
    /// Whether the step looks ahead along the momentum, as Nesterov's does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nesterov: bool,
}

impl SgdConfig {
    pub(super) fn validate(&self) -> Result<()> {
        check_share("momentum", self.momentum)?;
        if self.nesterov && self.momentum == 0.0 {
            return Err(Error::Invalid(
                "`nesterov` needs a `momentum` above 0, such as 0.9".to_owned(),
            ));
        }
        check_small(self.weight_decay)
    }
}

/// `d = g + λ θ` and `b ← μ b + d`, then `θ ← θ − η b`, or by Nesterov `θ ← θ − η (d + μ b)`, with `b = 0` at first.
pub struct Sgd {
    config: SgdConfig,
    vars: Vec<(String, Var)>,
    /// `b` of each variable.
    momentum: Vec<(String, Var)>,
}

impl Sgd {
    /// An optimiser of these variables.
    ///
    /// # Errors
    /// If its state cannot be made.
    pub fn new(vars: Vec<(String, Var)>, config: SgdConfig) -> Result<Self> {
        let momentum = memory("momentum", &vars)?;
        Ok(Self {
            config,
            vars,
            momentum,
        })
    }
}

impl Optimizer for Sgd {
    fn step(&mut self, gradients: &GradStore, learning_rate: f64) -> Result<()> {
        let SgdConfig {
            momentum,
            weight_decay,
            nesterov,
        } = self.config;
        for ((_, var), (_, buffer)) in self.vars.iter().zip(&self.momentum) {
            let Some(gradient) = gradients.get(var) else {
                continue;
            };
            let decayed = (gradient + (var.as_tensor() * weight_decay)?)?;
            buffer.set(&((buffer.as_tensor() * momentum)? + &decayed)?)?;
            let direction = match nesterov {
                false => buffer.as_tensor().clone(),
                true => ((buffer.as_tensor() * momentum)? + decayed)?,
            };
            var.set(&(var.as_tensor() - (direction * learning_rate)?)?)?;
        }
        Ok(())
    }

    fn state(&self) -> Result<State> {
        state::save(&self.momentum)
    }

    fn load_state(&mut self, state: &State) -> Result<()> {
        state::restore(&self.momentum, state)
    }
}

#[cfg(test)]
mod tests {
    use super::super::OptimizerConfig;
    use super::super::tests::{assert_close, run};
    use super::*;

    #[test]
    fn steps_follow_the_formula() -> Result<()> {
        let config = SgdConfig {
            momentum: 0.9,
            weight_decay: 0.01,
            nesterov: false,
        };
        let steps = run(&OptimizerConfig::Sgd(config), 2.0, &[1.0, -3.0], 4)?;
        let (mut theta, mut buffer) = ([1.0, -3.0], [0.0; 2]);
        let expected: Vec<_> = (0..4)
            .map(|step| {
                for (theta, buffer) in theta.iter_mut().zip(&mut buffer) {
                    *buffer = 0.9 * *buffer + 2.0 * *theta + 0.01 * *theta;
                    *theta -= 0.1 / (step + 1) as f64 * *buffer;
                }
                theta.to_vec()
            })
            .collect();
        assert_close(&steps, &expected);
        // The first step by hand: 1 − 0.1 · 2.01.
        assert!((steps[0][0] - 0.799).abs() < 1e-15);
        Ok(())
    }

    #[test]
    fn nesterov_looks_ahead() -> Result<()> {
        let config = SgdConfig {
            momentum: 0.5,
            weight_decay: 0.0,
            nesterov: true,
        };
        let steps = run(&OptimizerConfig::Sgd(config), 2.0, &[1.0], 2)?;
        // d = 2, b = 2: 1 − 0.1 · 3; then d = 1.4, b = 2.4: 0.7 − 0.05 · 2.6.
        assert_close(&steps, &[vec![0.7], vec![0.57]]);
        Ok(())
    }
}
