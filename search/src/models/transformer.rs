//! What language models and vision transformers are made of: blocks of attention and a perceptron, each after a layer normalisation
//! and beside a shortcut.

use candle_core::{Module, Result, Tensor};
use candle_nn::{Init, Linear, VarBuilder};

use super::dropout::{Masks, dropped};
use super::ops::{layer_norm, softmax};

/// The sizes of a block.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// Numbers that stand for a token.
    pub(super) width: usize,
    /// They share out the width.
    pub(super) heads: usize,
    /// The width of the perceptron's hidden layer.
    pub(super) hidden: usize,
    /// Whether a token sees only those before it.
    pub(super) causal: bool,
    /// Whether the perceptron's activation is a gate beside a second linear layer, whose outputs it multiplies.
    pub(super) gated: bool,
    /// Whether linear layers and normalisations have a bias.
    pub(super) bias: bool,
    /// Added to variances.
    pub(super) epsilon: f64,
}

/// What the variables of a block are called, in the order in which they are used.
pub(super) struct Names {
    pub(super) norms: [&'static str; 2],
    pub(super) attention: [&'static str; 2],
    pub(super) perceptron: [&'static str; 2],
    /// The layer before the activation, where that is a gate.
    pub(super) gate: &'static str,
}

/// Attention and a perceptron, each with a shortcut around it, on tokens `[n, t, width]`.
pub(super) struct Block {
    norms: [LayerNorm; 2],
    attention: Attention,
    perceptron: [Linear; 2],
    gate: Option<Linear>,
    activation: Box<dyn Module + Send + Sync>,
    /// Of the masks of dropout.
    places: [String; 3],
}

impl Block {
    pub(super) fn new(
        shape: Shape,
        names: &Names,
        name: &str,
        activation: Box<dyn Module + Send + Sync>,
        vars: VarBuilder,
    ) -> Result<Self> {
        let Shape { width, hidden, .. } = shape;
        let norm = |name| LayerNorm::new(shape, vars.pp(name));
        let layer = |inputs, outputs, name| linear(inputs, outputs, shape.bias, vars.pp(name));
        let [all, output] = names.attention;
        let [widen, narrow] = names.perceptron;
        Ok(Self {
            norms: [norm(names.norms[0])?, norm(names.norms[1])?],
            attention: Attention {
                heads: shape.heads,
                causal: shape.causal,
                queries_keys_values: layer(width, 3 * width, all)?,
                output: layer(width, width, output)?,
            },
            perceptron: [layer(width, hidden, widen)?, layer(hidden, width, narrow)?],
            gate: (shape.gated)
                .then(|| layer(width, hidden, names.gate))
                .transpose()?,
            activation,
            places: ["weights", "attention", "perceptron"].map(|place| format!("{name}.{place}")),
        })
    }

    /// The block applied to `x`; with masks, numbers are dropped from the weights of the attention and from what is added to the
    /// shortcuts.
    pub(super) fn forward(&self, x: &Tensor, masks: Option<&Masks<'_>>) -> Result<Tensor> {
        let [weights, attention, perceptron] = &self.places;
        let mixed = (self.attention).forward(&self.norms[0].forward(x)?, masks, weights)?;
        let x = (x + dropped(masks, attention, mixed)?)?;
        let [widen, narrow] = &self.perceptron;
        let normal = self.norms[1].forward(&x)?;
        let hidden = match &self.gate {
            None => self.activation.forward(&widen.forward(&normal)?)?,
            Some(gate) => {
                (self.activation.forward(&gate.forward(&normal)?)? * widen.forward(&normal)?)?
            }
        };
        &x + dropped(masks, perceptron, narrow.forward(&hidden)?)?
    }
}

/// Attention with several heads (Vaswani et al., arXiv 1706.03762).
struct Attention {
    heads: usize,
    causal: bool,
    queries_keys_values: Linear,
    output: Linear,
}

impl Attention {
    fn forward(&self, x: &Tensor, masks: Option<&Masks<'_>>, place: &str) -> Result<Tensor> {
        let (n, length, width) = x.dims3()?;
        let size = width / self.heads;
        let all = self.queries_keys_values.forward(x)?;
        let all = all.reshape((n, length, 3, self.heads, size))?;
        // `[3, n, heads, t, size]`
        let all = all.permute((2, 0, 3, 1, 4))?.contiguous()?;
        let (queries, keys, values) = (all.get(0)?, all.get(1)?, all.get(2)?);
        let scores = queries.matmul(&keys.t()?)?;
        let weights = softmax(&scores, (size as f64).sqrt().recip(), self.causal)?;
        let weights = dropped(masks, place, weights)?;
        let mixed = weights.matmul(&values)?.transpose(1, 2)?;
        self.output.forward(&mixed.reshape((n, length, width))?)
    }
}

/// Normalises the width of every token.
pub(super) struct LayerNorm {
    weight: Tensor,
    bias: Option<Tensor>,
    epsilon: f64,
}

impl LayerNorm {
    pub(super) fn new(shape: Shape, vars: VarBuilder) -> Result<Self> {
        let make = |name, value| vars.get_with_hints(shape.width, name, Init::Const(value));
        Ok(Self {
            weight: make("weight", 1.0)?,
            bias: shape.bias.then(|| make("bias", 0.0)).transpose()?,
            epsilon: shape.epsilon,
        })
    }
}

impl Module for LayerNorm {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = layer_norm(x, &self.weight, self.epsilon)?;
        match &self.bias {
            Some(bias) => y.broadcast_add(bias),
            None => Ok(y),
        }
    }
}

/// A linear layer, whose variables are `weight` and, if it has one, `bias`.
pub(super) fn linear(
    inputs: usize,
    outputs: usize,
    bias: bool,
    vars: VarBuilder,
) -> Result<Linear> {
    let weight = vars.get_with_hints((outputs, inputs), "weight", Init::Const(0.0))?;
    let make = || vars.get_with_hints(outputs, "bias", Init::Const(0.0));
    Ok(Linear::new(weight, bias.then(make).transpose()?))
}

/// The width of the hidden layer of a perceptron: four times that of the block, or as much less as the second layer of a gated one
/// takes, so that there are as many weights.
pub(super) fn hidden(width: usize, gated: bool) -> usize {
    match gated {
        false => 4 * width,
        true => (8 * width).div_ceil(3),
    }
}
