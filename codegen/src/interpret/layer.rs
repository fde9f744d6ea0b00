//! A formula with trained numbers or a second input, interpreted.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use candle_core::{Module, Result, Tensor};
use candle_nn::{Init, VarBuilder};
use proc_macro2::Span;

use super::program::Program;
use crate::activation::finite;
use crate::analysis::Region;
use crate::diagnostic::Diagnostics;
use crate::formula::Formula;
use crate::kernel::Schedule;
use crate::runtime::{Argument, Parameter, Rows, apply_rows, apply_rows_in_place};
use crate::syntax::nearest;

/// Says what the names of a formula are; [`Formula::layer`] begins one.
///
/// ```
/// use actsmith_codegen::Formula;
/// use candle_core::{DType, Device, Module, Tensor, Var};
/// use candle_nn::{VarBuilder, VarMap};
///
/// // A tensor of one's choice,
/// let beta = Var::new(1f32, &Device::Cpu)?;
/// let swish = Formula::parse("x * sigmoid(beta * x)")?.layer().scalar("beta", &beta).build()?;
/// let x = Tensor::new(&[[-1f32, 2.0]], &Device::Cpu)?;
/// assert!(swish.forward(&x)?.sum_all()?.backward()?.get(&beta).is_some());
///
/// // or one from a `VarBuilder`, here with a number for each index of dimension 1,
/// let variables = VarMap::new();
/// let vb = VarBuilder::from_varmap(&variables, DType::F32, &Device::Cpu);
/// let prelu = Formula::parse("prelu(x, a)")?;
/// let prelu = prelu.layer().per_channel_from(&vb, "a", 1, 2, 0.25)?.build()?;
/// assert_eq!(prelu.forward(&x)?.to_vec2::<f32>()?, [[-0.25, 2.0]]);
///
/// // and a second input.
/// let swiglu = Formula::parse("silu(gate) * x")?.layer().build_gated("gate")?;
/// assert_eq!(swiglu.forward(&x, &x.zeros_like()?)?.to_vec2::<f32>()?, [[0.0, 0.0]]);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Debug)]
pub struct LayerBuilder {
    formula: Formula,
    given: Vec<(String, Given)>,
}

/// What a name stands for.
#[derive(Clone, Debug)]
struct Given {
    tensor: Tensor,
    /// The dimension that a number for each channel varies along.
    dim: Option<isize>,
}

impl Formula {
    /// The formula as a layer whose names are trained numbers, or a second input: an activation that runs at once, interpreted.
    pub fn layer(&self) -> LayerBuilder {
        LayerBuilder {
            formula: self.clone(),
            given: Vec::new(),
        }
    }
}

impl LayerBuilder {
    /// One trained number, a tensor of one element: that of a `Var`, or what a `VarBuilder` has made.
    #[must_use]
    pub fn scalar(self, name: &str, tensor: &Tensor) -> Self {
        self.with(name, tensor.clone(), None)
    }

    /// A trained number for each index of dimension `dim` of the input; a negative one counts from the end.
    #[must_use]
    pub fn per_channel(self, name: &str, dim: isize, tensor: &Tensor) -> Self {
        self.with(name, tensor.clone(), Some(dim))
    }

    /// One trained number, which `vb` has under this name or starts at `start`.
    ///
    /// # Errors
    /// If `vb` has a tensor of another shape, or has none and makes none.
    pub fn scalar_from(self, vb: &VarBuilder<'_>, name: &str, start: f64) -> Result<Self> {
        let tensor = vb.get_with_hints((), name, Init::Const(start))?;
        Ok(self.with(name, tensor, None))
    }

    /// A trained number for each of `channels` indices of dimension `dim`, which `vb` has under this name or starts at `start`.
    ///
    /// # Errors
    /// If `vb` has a tensor of another shape, or has none and makes none.
    pub fn per_channel_from(
        self,
        vb: &VarBuilder<'_>,
        name: &str,
        dim: isize,
        channels: usize,
        start: f64,
    ) -> Result<Self> {
        let tensor = vb.get_with_hints(channels, name, Init::Const(start))?;
        Ok(self.with(name, tensor, Some(dim)))
    }

    fn with(mut self, name: &str, tensor: Tensor, dim: Option<isize>) -> Self {
        self.given.retain(|(known, _)| known != name);
        self.given.push((name.to_owned(), Given { tensor, dim }));
        self
    }

    /// The layer of one input, `x`.
    ///
    /// # Errors
    /// If a name of the formula has no tensor, a tensor is of a name that the formula lacks, or a constant in the formula is
    /// not a finite number.
    pub fn build(self) -> std::result::Result<Layer, Diagnostics> {
        self.over(["x"])
    }

    /// The layer of two inputs, `x` and this one.
    ///
    /// # Errors
    /// As [`Self::build`].
    pub fn build_gated(self, gate: &str) -> std::result::Result<GatedLayer, Diagnostics> {
        self.over(["x", gate])
    }

    fn over<const X: usize>(self, inputs: [&str; X]) -> std::result::Result<Layer<X>, Diagnostics> {
        self.check(&inputs)?;
        let names = &self.formula.dag().variables;
        let names = names.iter().filter(|name| !inputs.contains(&&***name));
        let (mut parameters, mut tensors) = (Vec::new(), Vec::new());
        for name in names {
            let given = self.given.iter().find(|(known, _)| known == name);
            if let Some((_, Given { tensor, dim })) = given {
                let shown = interned(name);
                parameters.push(match *dim {
                    Some(dim) => Parameter::per_channel(shown, dim),
                    None => Parameter::scalar(shown),
                });
                tensors.push(tensor.clone());
            }
        }
        let inputs = inputs.iter().map(|&input| input.to_owned());
        let names: Vec<String> = inputs
            .chain(parameters.iter().map(|parameter| parameter.name.to_owned()))
            .collect();
        let formula = self.formula.over(&names);
        let (value, gradient) = finite(&formula, &Region::default(), Span::call_site())?;
        let all: Vec<usize> = (0..names.len()).collect();
        let slopes = gradient.derivatives_of(&all);
        let program = |dag| Arc::new(Program::new(&Schedule::new(dag)));
        Ok(Layer {
            formula: value.formula(0),
            derivatives: all
                .iter()
                .map(|&variable| slopes.formula(variable))
                .collect(),
            names,
            tensors,
            rows: Arc::new(Rows {
                value: program(&value),
                slopes: program(&slopes),
                parameters,
                #[cfg(feature = "cuda")]
                cuda: crate::backend::cuda::write(&value, &slopes, X),
            }),
        })
    }

    /// Every name of the formula is an input or has a tensor, and every tensor a name.
    fn check(&self, inputs: &[&str]) -> std::result::Result<(), Diagnostics> {
        let mut mistakes = Diagnostics::default();
        let names = &self.formula.dag().variables;
        for name in names.iter().filter(|name| !inputs.contains(&&***name)) {
            if !self.given.iter().any(|(known, _)| known == name) {
                mistakes.note(
                    format!("the parameter `{name}` of `{}` has no tensor", self.formula),
                    format!("give it one with `scalar` or `per_channel`, or a number with `with_constant(\"{name}\", …)`"),
                );
            }
        }
        for (name, given) in &self.given {
            if inputs.contains(&name.as_str()) {
                let help = "leave out its tensor, or name another input";
                mistakes.note(format!("`{name}` is an input of `{}`", self.formula), help);
            } else if !names.contains(name) {
                let help = match nearest(name, names.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("its names are: {}", names.join(", ")),
                };
                mistakes.note(format!("`{}` has no `{name}`", self.formula), help);
            } else if given.dim.is_none() && given.tensor.elem_count() != 1 {
                mistakes.note(
                    format!(
                        "the tensor of `{name}` has shape {:?}, expected one number of shape [] or [1]",
                        given.tensor.dims()
                    ),
                    "give several with `per_channel`",
                );
            }
        }
        for input in &inputs[1..] {
            if !names.iter().any(|name| name == input) {
                let help = format!("its names are: {}", names.join(", "));
                mistakes.note(format!("`{}` has no input `{input}`", self.formula), help);
            }
        }
        mistakes.into_result(())
    }
}

/// The name for as long as the program runs, as candle's operations ask for; each is kept once.
fn interned(name: &str) -> &'static str {
    static NAMES: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.insert(kept);
    kept
}

/// A formula of `X` inputs with its trained numbers, interpreted: one fused operation forward and one backward, with the bits of
/// the same declaration of `activation!`. That of one input is a candle [`Module`].
///
/// Inputs are f32, f64, f16 or bf16, of any layout; half precision is computed in f32 and rounded once. Clones share
/// the program and the tensors.
#[derive(Clone)]
pub struct Layer<const X: usize = 1> {
    formula: String,
    /// By each name.
    derivatives: Vec<String>,
    /// The inputs, then the parameters.
    names: Vec<String>,
    tensors: Vec<Tensor>,
    rows: Arc<Rows<Program>>,
}

/// A formula of two inputs, interpreted.
pub type GatedLayer = Layer<2>;

impl<const X: usize> Layer<X> {
    /// The formula that is computed.
    pub fn formula(&self) -> &str {
        &self.formula
    }

    /// Its derivative with respect to an input or a parameter, if it has one of this name.
    pub fn derivative(&self, name: &str) -> Option<&str> {
        let index = self.names.iter().position(|known| known == name)?;
        Some(&self.derivatives[index])
    }

    /// The tensor of a trained parameter, if there is one of this name.
    pub fn parameter(&self, name: &str) -> Option<&Tensor> {
        let index = self.names[X..].iter().position(|known| known == name)?;
        Some(&self.tensors[index])
    }

    fn arguments(&self) -> Vec<Argument<'_>> {
        self.tensors.iter().map(Argument::Trained).collect()
    }
}

impl<const X: usize> fmt::Debug for Layer<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (inputs, parameters) = self.names.split_at(X);
        write!(f, "f({}", inputs.join(", "))?;
        if !parameters.is_empty() {
            write!(f, "; {}", parameters.join(", "))?;
        }
        write!(f, ") = {}", self.formula)
    }
}

impl Module for Layer {
    /// Applies the formula to each element of `xs`; gradients flow to `xs` and to what is trained.
    ///
    /// # Errors
    /// If a tensor is not f32, f64, f16 or bf16, or a parameter has another number of channels than the input.
    fn forward(&self, xs: &Tensor) -> Result<Tensor> {
        apply_rows(&self.rows, [xs], &self.arguments())
    }
}

impl Layer {
    /// Writes the values over `x`, for inference: no gradient flows, and what shares the memory of `x` changes too.
    ///
    /// # Errors
    /// As `forward`; if gradients of `x` are tracked, or it is not contiguous.
    pub fn forward_in_place(&self, x: Tensor) -> Result<Tensor> {
        apply_rows_in_place(&self.rows, [&x], &self.arguments())?;
        Ok(x)
    }
}

impl GatedLayer {
    /// Applies the formula to each pair of elements; gradients flow to both inputs and to what is trained.
    ///
    /// # Errors
    /// If the inputs have different shapes or types, a tensor is not f32, f64, f16 or bf16, or a parameter has
    /// another number of channels than the input.
    pub fn forward(&self, x: &Tensor, gate: &Tensor) -> Result<Tensor> {
        apply_rows(&self.rows, [x, gate], &self.arguments())
    }

    /// Writes the values over `x`, for inference: no gradient flows, and what shares the memory of `x` changes too.
    ///
    /// # Errors
    /// As [`Self::forward`]; if gradients of `x` are tracked, or it is not contiguous.
    pub fn forward_in_place(&self, x: Tensor, gate: &Tensor) -> Result<Tensor> {
        apply_rows_in_place(&self.rows, [&x, gate], &self.arguments())?;
        Ok(x)
    }
}
