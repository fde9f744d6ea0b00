//! Model families in which an activation function is searched and compared.
//!
//! A model names its *sites*, where it applies its activation function, and asks an [`Activations`] factory
//! for the module at each. It neither knows nor cares whether that is a fixed function, one with trained parameters, or
//! a cell under search.
//!
//! The weights lie in a [`VarMap`] under the names that PyTorch's implementations use, beside the running statistics of
//! batch normalisation ([`BUFFERS`]), which are saved with the weights but not trained.
//!
//! A model [`Family`] is a file of this module and a row of [`families`]; users add their own to an
//! [`experiment::Registry`](crate::experiment::Registry).
//!
//! ```
//! use actsmith_search::models::{Activations, Architecture, ResNetConfig, variables};
//! use candle_core::{Device, Module, Tensor};
//! use candle_nn::{ModuleT, VarMap};
//!
//! let activations = |_site: &str| -> candle_core::Result<Box<dyn Module + Send + Sync>> {
//!     Ok(Box::new(actsmith::zoo::Gelu))
//! };
//! let config = ResNetConfig { depth: 8, width: 4, channels: 1, classes: 10 };
//! let vars = VarMap::new();
//! let model = config.build(&activations, &vars, &Device::Cpu, 0)?;
//! let images = Tensor::zeros((2, 1, 8, 8), candle_core::DType::F32, &Device::Cpu)?;
//! assert_eq!(model.forward_t(&images, false)?.dims(), [2, 10]);
//! assert!(variables(&vars).iter().any(|(name, _)| name.ends_with("running_mean")));
//! # Ok::<(), actsmith_search::error::Error>(())
//! ```

mod batch_norm;
mod dropout;
mod footprint;
mod gpt;
mod resnet;
mod sampling;
mod settings;
mod transformer;
mod vit;

pub use batch_norm::BatchNorm;
pub use footprint::Footprint;
pub use gpt::{Gpt, GptConfig};
pub use resnet::{ResNet, ResNetConfig};
pub use sampling::Sampling;
pub use settings::{Configuration, family};
pub use vit::{ViT, ViTConfig};

use std::sync::Arc;

use crate::data::Kind;
use crate::error;
use crate::seed;
use candle_core::{Device, Module, Result, Tensor, Var};
use candle_nn::{ModuleT, VarMap};
use rand_distr::{Distribution, StandardNormal};

/// Makes the activation function of each site.
pub trait Activations {
    /// The module that a model applies at `site`; called once for each site, while the model is built.
    ///
    /// # Errors
    /// Whatever the factory cannot make is an error of building the model.
    fn at(&self, site: &str) -> Result<Box<dyn Module + Send + Sync>>;
}

impl<F: Fn(&str) -> Result<Box<dyn Module + Send + Sync>>> Activations for F {
    fn at(&self, site: &str) -> Result<Box<dyn Module + Send + Sync>> {
        self(site)
    }
}

/// Models that an experiment knows by name: the settings say which of them.
///
/// ```
/// use actsmith_search::data::Kind;
/// use actsmith_search::error::{Error, Result};
/// use actsmith_search::models::{Activations, Architecture, Family, initialize};
/// use candle_core::{DType, Device};
/// use candle_nn::{ModuleT, VarBuilder, VarMap, linear, seq};
///
/// /// One hidden layer, of the `width` that the settings give.
/// struct Perceptrons;
/// struct Perceptron(usize);
///
/// impl Family for Perceptrons {
///     fn name(&self) -> &str {
///         "perceptron"
///     }
///     fn configure(&self, settings: &toml::Table) -> Result<Box<dyn Architecture>> {
///         let width = settings.get("width").and_then(|width| width.as_integer());
///         let width = width.filter(|width| *width > 0);
///         let width = width.ok_or_else(|| Error::Invalid("give a `width` from 1".into()))?;
///         Ok(Box::new(Perceptron(width as usize)))
///     }
/// }
///
/// impl Architecture for Perceptron {
///     fn title(&self) -> String {
///         format!("perceptron of width {}", self.0)
///     }
///     fn depth(&self) -> usize {
///         2
///     }
///     fn accepts(&self, kind: &Kind) -> Result<()> {
///         match kind {
///             Kind::Images { channels: 1, height: 8, width: 8, classes: 10 } => Ok(()),
///             other => Err(Error::Invalid(format!("a perceptron takes digits, not {other}"))),
///         }
///     }
///     fn build(
///         &self,
///         activations: &dyn Activations,
///         vars: &VarMap,
///         device: &Device,
///         seed: u64,
///     ) -> candle_core::Result<Box<dyn ModuleT>> {
///         let vb = VarBuilder::from_varmap(vars, DType::F32, device);
///         let hidden = activations.at("hidden")?; // the site is called so
///         let model = seq()
///             .add_fn(|images| images.flatten_from(1))
///             .add(linear(64, self.0, vb.pp("first"))?)
///             .add_fn(move |x| hidden.forward(x))
///             .add(linear(self.0, 10, vb.pp("head"))?);
///         initialize(vars, seed)?;
///         Ok(Box::new(model))
///     }
/// }
///
/// let settings = toml::Table::from_iter([("width".to_owned(), 16.into())]);
/// assert_eq!(Perceptrons.configure(&settings)?.title(), "perceptron of width 16");
/// # Ok::<(), actsmith_search::error::Error>(())
/// ```
pub trait Family: Send + Sync {
    /// The name in settings.
    fn name(&self) -> &str;

    /// Sizes by their names, as the setting `size` has them: each with the settings that it stands for.
    fn sizes(&self) -> Vec<(&str, toml::Table)> {
        Vec::new()
    }

    /// The model of these settings.
    ///
    /// # Errors
    /// [`Error::Invalid`](error::Error::Invalid), naming the setting, if one is missing, unknown or makes no sense.
    fn configure(&self, settings: &toml::Table) -> error::Result<Box<dyn Architecture>>;
}

/// A model that is built anew for every training, each time with the activations that it is given.
pub trait Architecture: Send + Sync {
    /// What it is called in reports, such as `ResNet-8`.
    fn title(&self) -> String;

    /// Layers with weights along the longest path.
    fn depth(&self) -> usize;

    /// Whether it can learn from examples of this kind.
    ///
    /// # Errors
    /// [`Error::Invalid`](error::Error::Invalid), naming the settings to change, if not.
    fn accepts(&self, kind: &Kind) -> error::Result<()>;

    /// About how many numbers it needs to learn from examples of this kind; none if it does not know.
    fn footprint(&self, _of: &Kind) -> Option<Footprint> {
        None
    }

    /// The model with its weights in `vars`, drawn from `seed`.
    ///
    /// # Errors
    /// If an activation or a tensor cannot be made.
    fn build(
        &self,
        activations: &dyn Activations,
        vars: &VarMap,
        device: &Device,
        seed: u64,
    ) -> Result<Box<dyn ModuleT>>;
}

/// The model families that come with this crate.
pub fn families() -> Vec<Arc<dyn Family>> {
    vec![
        family::<ResNetConfig>(),
        family::<ViTConfig>(),
        family::<GptConfig>(),
    ]
}

/// Last parts of the names of what is saved with the weights but not trained: the running statistics of batch normalisation, and how
/// many masks dropout has drawn.
pub const BUFFERS: [&str; 3] = ["running_mean", "running_var", dropout::PASSES];

/// All variables in the order of their names.
pub fn variables(vars: &VarMap) -> Vec<(String, Var)> {
    // The lock is only poisoned if another thread panicked inside candle; the map itself is still whole.
    let data = vars
        .data()
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut named: Vec<_> = data
        .iter()
        .map(|(name, var)| (name.clone(), var.clone()))
        .collect();
    named.sort_by(|(left, _), (right, _)| left.cmp(right));
    named
}

/// The variables that an optimiser moves, all but the [`BUFFERS`], in the order of their names.
pub fn trainable(vars: &VarMap) -> Vec<(String, Var)> {
    let last = |name: &str| name.rsplit('.').next().map(str::to_owned);
    let mut named = variables(vars);
    named.retain(|(name, _)| last(name).is_none_or(|last| !BUFFERS.contains(&last.as_str())));
    named
}

/// Draws the weights anew: He initialisation (arXiv 1502.01852) of everything with at least two dimensions,
/// `N(0, 2 / fan_in)` with `fan_in` = elements / size of the first dimension. A vector named `bias` becomes 0, for candle draws
/// that of a layer from a generator without a seed. Other vectors and scalars (scales, running statistics, parameters of
/// activation functions) keep the constants that they were made with.
///
/// The values of a variable depend on `seed`, its name and its shape, and on no other variable.
///
/// # Errors
/// If a variable cannot be written.
pub fn initialize(vars: &VarMap, seed: u64) -> Result<()> {
    let he = |_name: &str, dims: &[usize]| {
        let fan_in: usize = dims[1..].iter().product();
        (2.0 / fan_in as f64).sqrt()
    };
    initialize_with(vars, seed, he)
}

/// As [`initialize`], where `deviation` says how widely the values of a variable of at least two dimensions are spread, by its name
/// and shape.
fn initialize_with(
    vars: &VarMap,
    seed: u64,
    deviation: impl Fn(&str, &[usize]) -> f64,
) -> Result<()> {
    for (name, var) in variables(vars) {
        let (count, dims) = (var.elem_count(), var.dims());
        if dims.len() < 2 || count == 0 {
            if name.rsplit('.').next() == Some("bias") {
                var.set(&var.zeros_like()?)?;
            }
            continue;
        }
        let deviation = deviation(&name, dims);
        let mut rng = seed::rng(seed, &name, 0);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let values: Vec<f64> = (0..count).map(|_| deviation * draw()).collect();
        let values = Tensor::from_vec(values, dims, var.device())?;
        var.set(&values.to_dtype(var.dtype())?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};
    use candle_nn::{Init, VarBuilder};

    #[test]
    fn biases_do_not_depend_on_chance() -> Result<()> {
        let bias = || -> Result<Vec<f32>> {
            let vars = VarMap::new();
            let builder = VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu);
            let layer = candle_nn::linear(5, 3, builder.pp("layer"))?;
            initialize(&vars, 7)?;
            layer.bias().expect("a bias").to_vec1()
        };
        assert_eq!(bias()?, [0.0; 3]);
        Ok(())
    }

    #[test]
    fn initial_weights_depend_on_seed_and_name_alone() -> Result<()> {
        let draw = |seed, names: &[&str]| -> Result<Vec<(String, Var)>> {
            let vars = VarMap::new();
            let builder = VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu);
            for name in names {
                builder.get_with_hints((100, 200), name, Init::Const(0.0))?;
                builder.get_with_hints(3, &format!("{name}_bias"), Init::Const(0.5))?;
            }
            initialize(&vars, seed)?;
            Ok(variables(&vars))
        };
        let (both, one, other) = (draw(7, &["b", "a"])?, draw(7, &["b"])?, draw(8, &["b"])?);
        let names: Vec<_> = both.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "a_bias", "b", "b_bias"]);
        let values = |var: &Var| var.flatten_all()?.to_vec1::<f32>();
        assert_eq!(values(&both[2].1)?, values(&one[0].1)?);
        assert_ne!(values(&both[2].1)?, values(&both[0].1)?);
        assert_ne!(values(&one[0].1)?, values(&other[0].1)?);
        assert_eq!(values(&one[1].1)?, [0.5; 3]);
        // The mean square of n normal draws of variance v lies within 5 standard errors, 5 v √(2/n), of v.
        let mean_square = one[0].1.sqr()?.mean_all()?.to_scalar::<f32>()?;
        let (variance, standard_error) = (2.0 / 200.0, (2.0f32 / 20_000.0).sqrt());
        assert!(
            (mean_square / variance - 1.0).abs() < 5.0 * standard_error,
            "{mean_square}"
        );
        Ok(())
    }
}
