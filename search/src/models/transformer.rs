//! What language models and vision transformers are made of: blocks of attention and a perceptron, each after a layer normalisation
//! and beside a shortcut.

use candle_core::{Module, Result, Tensor};
use candle_nn::{Init, VarBuilder};

use super::Footprint;
use super::dropout::{Masks, dropped};
use crate::layers::{attention, layer_norm, linear};

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
        let layer = |inputs, outputs, name| Linear::new(inputs, outputs, shape.bias, vars.pp(name));
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
        let mixed = (self.attention).mix(&self.norms[0].forward(x)?, masks, weights)?;
        let x = beside(x, &self.attention.output, &mixed, masks, attention)?;
        let [widen, narrow] = &self.perceptron;
        let normal = self.norms[1].forward(&x)?;
        let hidden = match &self.gate {
            None => self.activation.forward(&widen.forward(&normal)?)?,
            Some(gate) => {
                (self.activation.forward(&gate.forward(&normal)?)? * widen.forward(&normal)?)?
            }
        };
        beside(&x, narrow, &hidden, masks, perceptron)
    }
}

/// What a layer makes of `y`, added to the shortcut `x`.
fn beside(
    x: &Tensor,
    layer: &Linear,
    y: &Tensor,
    masks: Option<&Masks<'_>>,
    place: &str,
) -> Result<Tensor> {
    match masks {
        None => linear(y, &layer.weight, layer.bias.as_ref(), Some(x)),
        Some(_) => x + dropped(masks, place, layer.forward(y)?)?,
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
    /// What each token sees, before the output layer.
    fn mix(&self, x: &Tensor, masks: Option<&Masks<'_>>, place: &str) -> Result<Tensor> {
        let (n, length, _) = x.dims3()?;
        let all = self.queries_keys_values.forward(x)?;
        let shape = (n, self.heads, length, length).into();
        let mask = masks.map(|masks| masks.mask(place, &shape)).transpose()?;
        let mask = mask.map(|mask| mask.to_dtype(x.dtype())).transpose()?;
        attention(&all, self.heads, self.causal, mask.as_ref())
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
        layer_norm(x, &self.weight, self.bias.as_ref(), self.epsilon)
    }
}

/// A linear layer.
pub(super) struct Linear {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl Linear {
    /// The layer with these weights and this bias.
    pub(super) fn of(weight: Tensor, bias: Option<Tensor>) -> Self {
        Self { weight, bias }
    }

    /// A layer whose variables are `weight` and, if it has one, `bias`.
    pub(super) fn new(inputs: usize, outputs: usize, bias: bool, vars: VarBuilder) -> Result<Self> {
        let weight = vars.get_with_hints((outputs, inputs), "weight", Init::Const(0.0))?;
        let make = || vars.get_with_hints(outputs, "bias", Init::Const(0.0));
        Ok(Self::of(weight, bias.then(make).transpose()?))
    }
}

impl Module for Linear {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        linear(x, &self.weight, self.bias.as_ref(), None)
    }
}

/// The width of the hidden layer of a perceptron: four times that of the block, or as much less as the second layer of a gated one
/// takes, so that there are as many weights.
pub(super) fn hidden(width: usize, gated: bool) -> usize {
    match gated {
        false => 4 * width,
        true => (8 * width).div_ceil(3),
    }
}

/// What the blocks of a model need for `tokens` tokens of each example.
pub(super) fn footprint(shape: Shape, layers: usize, tokens: usize) -> Footprint {
    let [width, hidden, heads, tokens] =
        [shape.width, shape.hidden, shape.heads, tokens].map(|count| count as f64);
    let widened = if shape.gated { 2.0 } else { 1.0 };
    let biases = match shape.bias {
        true => 5.0 * width + widened * hidden + 2.0 * width,
        false => 0.0,
    };
    let weights = (4.0 * width + (1.0 + widened) * hidden) * width + 2.0 * width;
    // Two normal forms, queries, keys and values with a copy of them, three mixtures and two sums; before and after the activation.
    let kept = 14.0 * width + (1.0 + widened) * hidden;
    let scores = 2.0 * heads * tokens;
    Footprint {
        parameters: layers as f64 * (weights + biases),
        // Few of the gradients are there at the same time.
        per_example: 1.5 * layers as f64 * tokens * (kept + scores),
    }
}
