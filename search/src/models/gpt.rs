//! Language models in the manner of GPT-2 (Radford et al., 2019), as nanoGPT has them: learned positions, blocks of causal attention
//! and a perceptron, each after a layer normalisation and beside a shortcut.

use candle_core::{DType, Device, Module, Result, Tensor};
use candle_nn::{Embedding, Init, ModuleT, VarBuilder, VarMap};
use serde::{Deserialize, Serialize};

use super::dropout::{Dropout, check_dropout, dropped};
use super::settings::{check_counts, check_heads, is_zero};
use super::transformer::{Block, LayerNorm, Linear, Names, Shape, footprint, hidden};
use super::{Activations, Architecture, Configuration, Footprint, initialize_with};
use crate::data::Kind;
use crate::error::{self, Error};

/// The largest sizes: ten times what has been published, and far from where products of them overflow.
const MOST_LAYERS: usize = 1_000;
const MOST: usize = 1 << 20;

/// Added to variances, as in PyTorch.
const EPSILON: f64 = 1e-5;

const NAMES: Names = Names {
    norms: ["ln_1", "ln_2"],
    attention: ["attn.c_attn", "attn.c_proj"],
    perceptron: ["mlp.c_fc", "mlp.c_proj"],
    gate: "mlp.c_gate",
};

/// The shape of a [`Gpt`].
///
/// Published ones have as many heads as layers: the sizes `mini` (3 layers of width 192), `tiny` (6 of 384) and `small` (9 of 576).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GptConfig {
    /// Blocks.
    pub layers: usize,
    /// Heads of each attention; they share out the width.
    pub heads: usize,
    /// Numbers that stand for a token.
    pub width: usize,
    /// Tokens that the model sees at a time.
    pub context: usize,
    /// Different tokens.
    pub vocabulary: usize,
    /// Whether the last layer has the weights of the embedding, transposed.
    #[serde(default)]
    pub tied: bool,
    /// Whether linear layers and normalisations have a bias.
    #[serde(default)]
    pub bias: bool,
    /// Whether each perceptron has a second linear layer, whose outputs are multiplied by those of the activation, as in SwiGLU
    /// (Shazeer, arXiv 2002.05202); its layers are 8/3 as wide as the model, not 4 times.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gated: bool,
    /// The share of numbers that training drops: after the embedding, from the weights of each attention, and before each shortcut
    /// joins.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropout: f64,
}

impl Configuration for GptConfig {
    const FAMILY: &'static str = "gpt";

    const SIZES: &'static [(&'static str, &'static [(&'static str, i64)])] = &[
        ("mini", &[("layers", 3), ("heads", 3), ("width", 192)]),
        ("tiny", &[("layers", 6), ("heads", 6), ("width", 384)]),
        ("small", &[("layers", 9), ("heads", 9), ("width", 576)]),
    ];

    fn validate(&self) -> error::Result<()> {
        let counts = [
            ("layers", self.layers, MOST_LAYERS),
            ("heads", self.heads, MOST),
            ("width", self.width, MOST),
            ("context", self.context, MOST),
            ("vocabulary", self.vocabulary, MOST),
        ];
        check_counts("GPT", &counts)?;
        check_dropout("GPT", self.dropout)?;
        check_heads("GPT", self.width, self.heads)
    }
}

impl GptConfig {
    fn shape(&self) -> Shape {
        Shape {
            width: self.width,
            heads: self.heads,
            hidden: hidden(self.width, self.gated),
            gated: self.gated,
            causal: true,
            bias: self.bias,
            epsilon: EPSILON,
        }
    }
}

impl Architecture for GptConfig {
    fn title(&self) -> String {
        format!("GPT of {} layers and width {}", self.layers, self.width)
    }

    fn depth(&self) -> usize {
        self.layers
    }

    fn accepts(&self, kind: &Kind) -> error::Result<()> {
        match *kind {
            Kind::Text {
                vocabulary,
                context,
            } if vocabulary <= self.vocabulary && context <= self.context => Ok(()),
            Kind::Text {
                vocabulary,
                context,
            } => Err(Error::Invalid(format!(
                "the network has a vocabulary of {} and a context of {}, the text {vocabulary} and {context}: set `network.vocabulary` and `network.context` to these",
                self.vocabulary, self.context
            ))),
            other => Err(Error::Invalid(format!(
                "a GPT learns from text, not from {other}: choose another network"
            ))),
        }
    }

    fn footprint(&self, of: &Kind) -> Option<Footprint> {
        let Kind::Text { context, .. } = *of else {
            return None;
        };
        let blocks = footprint(self.shape(), self.layers, context);
        let [vocabulary, positions, width, tokens] =
            [self.vocabulary, self.context, self.width, context].map(|count| count as f64);
        let tables = if self.tied { 1.0 } else { 2.0 } * vocabulary + positions;
        let norm = if self.bias { 2.0 } else { 1.0 };
        Some(Footprint {
            parameters: blocks.parameters + (tables + norm) * width,
            // Logits, their exponentials, and gradients of both.
            per_example: blocks.per_example + tokens * (4.0 * vocabulary + 3.0 * width),
        })
    }

    fn build(
        &self,
        activations: &dyn Activations,
        vars: &VarMap,
        device: &Device,
        seed: u64,
    ) -> Result<Box<dyn ModuleT>> {
        Ok(Box::new(Gpt::new(self, activations, vars, device, seed)?))
    }
}

/// A language model; tokens are `[n, t]` of u32 with `t` up to the context, the logits `[n, t, vocabulary]`.
///
/// Its sites are `h.0.mlp`, `h.1.mlp` and so on: between the two linear layers of each perceptron.
pub struct Gpt {
    tokens: Embedding,
    positions: Tensor,
    blocks: Vec<Block>,
    norm: LayerNorm,
    head: Linear,
    dropout: Option<Dropout>,
}

impl Gpt {
    /// Builds the network with its f32 weights in `vars`, drawn from N(0, 0.02²), those of the layers that end at a shortcut from
    /// N(0, 0.02² / (2 · layers)), as GPT-2 has them; biases are 0.
    ///
    /// # Errors
    /// If the configuration describes no network, or an activation cannot be made.
    pub fn new(
        config: &GptConfig,
        activations: &dyn Activations,
        vars: &VarMap,
        device: &Device,
        seed: u64,
    ) -> Result<Self> {
        config.validate()?;
        let root = VarBuilder::from_varmap(vars, DType::F32, device);
        let builder = root.pp("transformer");
        let table = |rows: usize, vars: VarBuilder| {
            vars.get_with_hints((rows, config.width), "weight", Init::Const(0.0))
        };
        let tokens = table(config.vocabulary, builder.pp("wte"))?;
        let head = match config.tied {
            true => tokens.clone(),
            false => table(config.vocabulary, root.pp("lm_head"))?,
        };
        let shape = config.shape();
        let block = |index: usize| {
            let name = format!("h.{index}");
            let activation = activations.at(&format!("{name}.mlp"))?;
            Block::new(shape, &NAMES, &name, activation, builder.pp(&name))
        };
        let gpt = Self {
            tokens: Embedding::new(tokens, config.width),
            positions: table(config.context, builder.pp("wpe"))?,
            blocks: (0..config.layers).map(block).collect::<Result<_>>()?,
            norm: LayerNorm::new(shape, builder.pp("ln_f"))?,
            head: Linear::of(head, None),
            dropout: Dropout::new(config.dropout, seed, &root)?,
        };
        let projections = 2.0 * config.layers as f64;
        initialize_with(vars, seed, |name, _| {
            match name.ends_with("c_proj.weight") {
                true => 0.02 / projections.sqrt(),
                false => 0.02,
            }
        })?;
        Ok(gpt)
    }
}

impl ModuleT for Gpt {
    fn forward_t(&self, tokens: &Tensor, train: bool) -> Result<Tensor> {
        let dropout = self.dropout.as_ref().filter(|_| train);
        let masks = dropout.map(Dropout::begin).transpose()?;
        let masks = masks.as_ref();
        let (_, length) = tokens.dims2()?;
        let positions = self.positions.narrow(0, 0, length)?;
        let x = self.tokens.forward(tokens)?.broadcast_add(&positions)?;
        let mut x = dropped(masks, "embedding", x)?;
        for block in &self.blocks {
            x = block.forward(&x, masks)?;
        }
        self.head.forward(&self.norm.forward(&x)?)
    }
}
