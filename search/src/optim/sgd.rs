//! Stochastic gradient descent with momentum `μ` and L2 decay `λ`.

use super::{Optimizer, check_share, check_small, memory};
use crate::error::Result;
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
}

impl SgdConfig {
    pub(super) fn validate(&self) -> Result<()> {
        check_share("momentum", self.momentum)?;
        check_small(self.weight_decay)
    }
}

/// `b ← μ b + g + λ θ`, then `θ ← θ − η b`, with `b = 0` at first.
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
        } = self.config;
        for ((_, var), (_, buffer)) in self.vars.iter().zip(&self.momentum) {
            let Some(gradient) = gradients.get(var) else {
                continue;
            };
            let decayed = (gradient + (var.as_tensor() * weight_decay)?)?;
            buffer.set(&((buffer.as_tensor() * momentum)? + decayed)?)?;
            var.set(&(var.as_tensor() - (buffer.as_tensor() * learning_rate)?)?)?;
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
}
