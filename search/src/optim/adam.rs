//! Adam (Kingma and Ba, arXiv 1412.6980) and AdamW (Loshchilov and Hutter, arXiv 1711.05101).

use super::{Optimizer, check_share, check_small, memory};
use crate::error::Result;
use crate::state::{self, State};
use candle_core::Var;
use candle_core::backprop::GradStore;
use serde::{Deserialize, Serialize};

/// The constants of [`Adam`]; the default is PyTorch's, without decay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdamConfig {
    /// `β₁, β₂`: the shares of the past in the two moments.
    pub betas: [f64; 2],
    /// `ε`: added to the root of the second moment.
    pub epsilon: f64,
    /// How weights are pulled to zero.
    pub decay: Decay,
    /// Whether only variables of two or more dimensions are, and scales and biases are left alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decay_matrices_only: bool,
}

/// Where the decay `λ` acts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decay {
    /// On the gradient, `g + λ θ`: Adam with an L2 penalty, `torch.optim.Adam`.
    Coupled(f64),
    /// On the variable, `θ (1 − η λ)`: `torch.optim.AdamW`.
    Decoupled(f64),
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self {
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            decay: Decay::Coupled(0.0),
            decay_matrices_only: false,
        }
    }
}

impl AdamConfig {
    pub(super) fn validate(&self) -> Result<()> {
        for beta in self.betas {
            check_share("betas", beta)?;
        }
        let (Decay::Coupled(decay) | Decay::Decoupled(decay)) = self.decay;
        check_small(decay)?;
        check_small(self.epsilon)
    }
}

/// `m ← β₁ m + (1 − β₁) g` and `v ← β₂ v + (1 − β₂) g²`, then
/// `θ ← θ − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)` at step `t = 1, 2, …`.
pub struct Adam {
    config: AdamConfig,
    vars: Vec<(String, Var)>,
    /// `m` of each variable, then `v` of each.
    moments: Vec<(String, Var)>,
    /// `t`: steps made.
    steps: usize,
}

impl Adam {
    /// An optimiser of these variables.
    ///
    /// # Errors
    /// If its state cannot be made.
    pub fn new(vars: Vec<(String, Var)>, config: AdamConfig) -> Result<Self> {
        let mut moments = memory("first_moment", &vars)?;
        moments.extend(memory("second_moment", &vars)?);
        Ok(Self {
            config,
            vars,
            moments,
            steps: 0,
        })
    }
}

impl Optimizer for Adam {
    fn step(&mut self, gradients: &GradStore, learning_rate: f64) -> Result<()> {
        self.steps += 1;
        let AdamConfig {
            betas: [beta1, beta2],
            epsilon,
            decay,
            decay_matrices_only,
        } = self.config;
        // Past 2³¹ steps the power is zero in any case.
        let t = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let rate = learning_rate / (1.0 - beta1.powi(t));
        let scale = (1.0 - beta2.powi(t)).sqrt().recip();
        let (first, second) = self.moments.split_at(self.vars.len());
        for (((_, var), (_, m)), (_, v)) in self.vars.iter().zip(first).zip(second) {
            let Some(gradient) = gradients.get(var) else {
                continue;
            };
            let spared = decay_matrices_only && var.rank() < 2;
            let (gradient, kept) = match decay {
                _ if spared => (gradient.clone(), var.as_tensor().clone()),
                Decay::Coupled(decay) => (
                    (gradient + (var.as_tensor() * decay)?)?,
                    var.as_tensor().clone(),
                ),
                Decay::Decoupled(decay) => (
                    gradient.clone(),
                    (var.as_tensor() * (1.0 - learning_rate * decay))?,
                ),
            };
            m.set(&((m.as_tensor() * beta1)? + (&gradient * (1.0 - beta1))?)?)?;
            v.set(&((v.as_tensor() * beta2)? + (gradient.sqr()? * (1.0 - beta2))?)?)?;
            let direction = (m.as_tensor() / ((v.sqrt()? * scale)? + epsilon)?)?;
            var.set(&(kept - (direction * rate)?)?)?;
        }
        Ok(())
    }

    fn state(&self) -> Result<State> {
        let mut state = state::save(&self.moments)?;
        state.insert("steps".to_owned(), state::count(self.steps)?);
        Ok(state)
    }

    fn load_state(&mut self, state: &State) -> Result<()> {
        let steps = state::get_count(state, "steps")?;
        let mut moments = state.clone();
        moments.remove("steps");
        state::restore(&self.moments, &moments)?;
        self.steps = steps;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::OptimizerConfig;
    use super::super::tests::{assert_close, run};
    use super::*;

    fn assert_follows_the_formula(decay: Decay) -> Result<()> {
        let config = AdamConfig {
            betas: [0.5, 0.99],
            epsilon: 1e-3,
            decay,
            ..AdamConfig::default()
        };
        let steps = run(&OptimizerConfig::Adam(config), 2.0, &[1.0, -3.0], 4)?;
        let (coupled, decoupled) = match decay {
            Decay::Coupled(decay) => (decay, 0.0),
            Decay::Decoupled(decay) => (0.0, decay),
        };
        let (mut theta, mut m, mut v) = ([1.0f64, -3.0], [0.0; 2], [0.0; 2]);
        let expected: Vec<_> = (1..=4)
            .map(|t| {
                let rate = 0.1 / f64::from(t);
                for i in 0..2 {
                    let g = 2.0 * theta[i] + coupled * theta[i];
                    theta[i] -= rate * decoupled * theta[i];
                    m[i] = 0.5 * m[i] + 0.5 * g;
                    v[i] = 0.99 * v[i] + 0.01 * g * g;
                    let (m_hat, v_hat) = (
                        m[i] / (1.0 - 0.5f64.powi(t)),
                        v[i] / (1.0 - 0.99f64.powi(t)),
                    );
                    theta[i] -= rate * m_hat / (v_hat.sqrt() + 1e-3);
                }
                theta.to_vec()
            })
            .collect();
        assert_close(&steps, &expected);
        Ok(())
    }

    #[test]
    fn steps_follow_the_formula() -> Result<()> {
        assert_follows_the_formula(Decay::Coupled(0.0))?;
        assert_follows_the_formula(Decay::Coupled(0.1))?;
        assert_follows_the_formula(Decay::Decoupled(0.1))
    }

    #[test]
    fn vectors_may_be_left_without_decay() -> Result<()> {
        let decay = |decay_matrices_only| AdamConfig {
            decay: Decay::Decoupled(0.5),
            decay_matrices_only,
            ..AdamConfig::default()
        };
        let step = |config, var: &Var| -> Result<Vec<f64>> {
            let mut optimizer = Adam::new(vec![("a".to_owned(), var.clone())], config)?;
            let zero = (var.as_tensor() * var.zeros_like()?)?.sum_all()?;
            optimizer.step(&zero.backward()?, 0.1)?;
            Ok(var.flatten_all()?.to_vec1()?)
        };
        let vector = || Var::new(&[1.0, 2.0], &candle_core::Device::Cpu);
        let matrix = || Var::new(&[[1.0, 2.0]], &candle_core::Device::Cpu);
        assert_eq!(step(decay(true), &vector()?)?, [1.0, 2.0]);
        assert_eq!(step(decay(false), &vector()?)?, [0.95, 1.9]);
        assert_eq!(step(decay(true), &matrix()?)?, [0.95, 1.9]);
        Ok(())
    }

    #[test]
    fn the_first_step_has_the_length_of_the_rate() -> Result<()> {
        // m̂ / √v̂ = g / |g| at t = 1, whatever the gradient.
        let config = AdamConfig {
            epsilon: 0.0,
            ..AdamConfig::default()
        };
        let steps = run(&OptimizerConfig::Adam(config), 2.0, &[1.0, -3.0], 1)?;
        assert_close(&steps, &[vec![0.9, -2.9]]);
        Ok(())
    }
}
