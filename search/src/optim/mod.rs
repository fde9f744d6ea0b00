//! Optimisers over named variables, with a state that can be saved, and what else training them is made of: learning rates, limits to
//! gradients, averages of weights.
//!
//! The update rules are those of `torch.optim`, with `g` the gradient, `θ` the variable and `η` the learning rate, which
//! every step is given anew. A variable without a gradient stays as it is, and so does its state.
//!
//! ```
//! use actsmith_search::optim::{OptimizerConfig, Rates, SgdConfig};
//! use candle_core::{Device, Var};
//!
//! let x = Var::new(8f32, &Device::Cpu)?;
//! let config = OptimizerConfig::Sgd(SgdConfig { momentum: 0.0, weight_decay: 0.0, nesterov: false });
//! let mut optimizer = config.build(vec![("x".to_owned(), x.clone())])?;
//! let rates = Rates::cosine(0.5, 0.0, 10);
//! for step in 0..10 {
//!     optimizer.step(&x.sqr()?.backward()?, rates.at(step))?;
//! }
//! assert!(x.to_scalar::<f32>()?.abs() < 0.1);
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```

mod adam;
mod average;
mod clip;
mod schedule;
mod sgd;
mod training;

pub use adam::{Adam, AdamConfig, Decay};
pub(crate) use average::Average;
pub(crate) use clip::{check_clip, clip};
pub use schedule::{Rates, Schedule, Span};
pub use sgd::{Sgd, SgdConfig};
pub use training::TrainingOptions;

use crate::error::{Error, Result};
use crate::state::State;
use candle_core::Var;
use candle_core::backprop::GradStore;
use serde::{Deserialize, Serialize};

/// Moves variables against their gradients.
pub trait Optimizer {
    /// One step with this learning rate.
    ///
    /// # Errors
    /// If a tensor operation fails.
    fn step(&mut self, gradients: &GradStore, learning_rate: f64) -> Result<()>;

    /// All that the next steps depend on, besides the variables and their gradients.
    ///
    /// # Errors
    /// If a tensor cannot be made.
    fn state(&self) -> Result<State>;

    /// Continues from a saved state.
    ///
    /// # Errors
    /// [`crate::error::Error::State`], before anything changes, if it is the state of another optimiser.
    fn load_state(&mut self, state: &State) -> Result<()>;
}

/// The optimisers that settings name: a row for each, with its settings, which check themselves in a `validate`.
macro_rules! optimizers {
    ($($(#[$documentation:meta])* $name:ident($config:ident);)*) => {
        /// The choice of an optimiser.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum OptimizerConfig {
            $($(#[$documentation])* $name($config),)*
        }

        impl OptimizerConfig {
            /// Checks the constants.
            ///
            /// # Errors
            /// [`Error::Invalid`], naming the constant, if one makes no sense.
            pub fn validate(&self) -> Result<()> {
                match self {
                    $(Self::$name(config) => config.validate(),)*
                }
            }

            /// The optimiser of these variables.
            ///
            /// # Errors
            /// If its state cannot be made.
            pub fn build(&self, vars: Vec<(String, Var)>) -> Result<Box<dyn Optimizer>> {
                Ok(match self {
                    $(Self::$name(config) => Box::new($name::new(vars, config.clone())?),)*
                })
            }
        }
    };
}

optimizers! {
    /// Gradient descent with momentum.
    Sgd(SgdConfig);
    /// Adam or AdamW, by the kind of decay.
    Adam(AdamConfig);
}

/// Refuses a share that is not from 0 to below 1.
fn check_share(name: &str, value: f64) -> Result<()> {
    match (0.0..1.0).contains(&value) {
        true => Ok(()),
        false => Err(Error::Invalid(format!(
            "the optimiser's `{name}` is {value}: choose from 0 to below 1"
        ))),
    }
}

/// Refuses a decay, or another small number, that is negative or not finite.
fn check_small(value: f64) -> Result<()> {
    match value.is_finite() && value >= 0.0 {
        true => Ok(()),
        false => Err(Error::Invalid(format!(
            "a decay or `epsilon` of the optimiser is {value}: choose a finite number from 0"
        ))),
    }
}

/// A variable of zeros for each of `vars`, named `kind.name`: what an optimiser remembers of it.
fn memory(kind: &str, vars: &[(String, Var)]) -> Result<Vec<(String, Var)>> {
    let zeros = |(name, var): &(String, Var)| {
        let zeros = Var::zeros(var.shape(), var.dtype(), var.device())?;
        Ok((format!("{kind}.{name}"), zeros))
    };
    vars.iter().map(zeros).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    /// Runs `steps` steps on the loss `½ Σ k θ²`, whose gradient is `k θ`, with the learning rate 0.1 / (step + 1), and
    /// returns the values after each.
    pub(super) fn run(
        config: &OptimizerConfig,
        k: f64,
        start: &[f64],
        steps: usize,
    ) -> Result<Vec<Vec<f64>>> {
        let (var, mut optimizer) = one(config, start)?;
        (0..steps)
            .map(|step| descend(&var, optimizer.as_mut(), k, step))
            .collect()
    }

    fn one(config: &OptimizerConfig, start: &[f64]) -> Result<(Var, Box<dyn Optimizer>)> {
        let var = Var::new(start, &Device::Cpu)?;
        let optimizer = config.build(vec![("theta".to_owned(), var.clone())])?;
        Ok((var, optimizer))
    }

    fn descend(var: &Var, optimizer: &mut dyn Optimizer, k: f64, step: usize) -> Result<Vec<f64>> {
        let loss = (var.sqr()?.sum_all()? * (0.5 * k))?;
        optimizer.step(&loss.backward()?, 0.1 / (step + 1) as f64)?;
        Ok(var.to_vec1()?)
    }

    pub(super) fn assert_close(left: &[Vec<f64>], right: &[Vec<f64>]) {
        let gaps = left
            .iter()
            .flatten()
            .zip(right.iter().flatten())
            .map(|(l, r)| (l - r).abs());
        let largest = gaps.fold(0.0, f64::max);
        // A few roundings a step of values of order one, in f64.
        assert!(
            left.len() == right.len() && largest < 1e-14,
            "{left:?} {right:?}"
        );
    }

    fn all() -> [OptimizerConfig; 4] {
        let adam = |decay| {
            OptimizerConfig::Adam(AdamConfig {
                decay,
                ..AdamConfig::default()
            })
        };
        [
            OptimizerConfig::Sgd(SgdConfig {
                momentum: 0.9,
                weight_decay: 0.1,
                nesterov: false,
            }),
            adam(Decay::Coupled(0.1)),
            adam(Decay::Decoupled(0.1)),
            OptimizerConfig::Sgd(SgdConfig {
                momentum: 0.9,
                weight_decay: 0.1,
                nesterov: true,
            }),
        ]
    }

    #[test]
    fn a_loaded_state_continues_exactly() -> Result<()> {
        for config in all() {
            let straight = run(&config, 2.0, &[1.0, -3.0], 6)?;
            let (var, mut optimizer) = one(&config, &[1.0, -3.0])?;
            for step in 0..3 {
                descend(&var, optimizer.as_mut(), 2.0, step)?;
            }
            let saved = optimizer.state()?;
            let resumed_at = var.to_vec1::<f64>()?;
            // Steps after saving do not reach the saved state.
            descend(&var, optimizer.as_mut(), 2.0, 3)?;
            let (var, mut optimizer) = one(&config, &resumed_at)?;
            optimizer.load_state(&saved)?;
            for (step, expected) in (3..).zip(&straight[3..]) {
                assert_eq!(&descend(&var, optimizer.as_mut(), 2.0, step)?, expected);
            }
        }
        Ok(())
    }

    #[test]
    fn states_of_another_optimizer_or_shape_are_errors() -> Result<()> {
        let [sgd, adam, ..] = all();
        let (_, mut narrow) = one(&sgd, &[1.0])?;
        let (_, wide) = one(&sgd, &[1.0, 2.0])?;
        let (_, mut other) = one(&adam, &[1.0])?;
        assert!(matches!(
            narrow.load_state(&wide.state()?),
            Err(Error::State(_))
        ));
        assert!(matches!(
            narrow.load_state(&other.state()?),
            Err(Error::State(_))
        ));
        assert!(matches!(
            other.load_state(&narrow.state()?),
            Err(Error::State(_))
        ));
        Ok(())
    }

    #[test]
    fn a_variable_without_gradient_rests() -> Result<()> {
        for config in all() {
            let (var, mut optimizer) = one(&config, &[1.0])?;
            let other = Var::new(&[1.0], &Device::Cpu)?;
            optimizer.step(&other.sqr()?.sum_all()?.backward()?, 0.1)?;
            assert_eq!(var.to_vec1::<f64>()?, [1.0]);
        }
        Ok(())
    }

    #[test]
    fn constants_that_make_no_sense_are_named() {
        assert!(all().iter().all(|config| config.validate().is_ok()));
        let sgd = |momentum, weight_decay| {
            OptimizerConfig::Sgd(SgdConfig {
                momentum,
                weight_decay,
                nesterov: true,
            })
        };
        let adam = |betas, epsilon| {
            OptimizerConfig::Adam(AdamConfig {
                betas,
                epsilon,
                ..AdamConfig::default()
            })
        };
        for (config, part) in [
            (sgd(f64::NAN, 0.0), "`momentum` is NaN"),
            (sgd(1.0, 0.0), "`momentum` is 1"),
            (sgd(0.9, -1.0), "decay"),
            (sgd(0.9, f64::INFINITY), "decay"),
            (sgd(0.0, 0.0), "`nesterov` needs a `momentum` above 0"),
            (adam([0.9, 1.5], 1e-8), "`betas` is 1.5"),
            (adam([0.9, 0.99], f64::NAN), "`epsilon`"),
        ] {
            match config.validate() {
                Err(Error::Invalid(message)) => assert!(message.contains(part), "{message}"),
                other => panic!("{config:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn configurations_survive_serialisation() {
        for config in all() {
            let text = serde_json::to_string(&config).expect("serialises");
            assert_eq!(
                serde_json::from_str::<OptimizerConfig>(&text).expect("parses"),
                config
            );
        }
        assert!(
            serde_json::from_str::<OptimizerConfig>(r#"{"sgd":{"momentum":0,"decay":0}}"#).is_err()
        );
    }
}
