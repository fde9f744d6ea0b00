//! Language models in the manner of GPT-2 (Radford et al., 2019), as nanoGPT has them: learned positions, blocks of causal attention
//! and a perceptron, each after a layer normalisation and beside a shortcut.

use candle_core::{DType, Device, Module, Result, Tensor};
use candle_nn::{Embedding, Init, Linear, ModuleT, VarBuilder, VarMap};
use serde::{Deserialize, Serialize};

use super::ops::{layer_norm, softmax};
use super::{Activations, Architecture, Family, initialize_with};
use crate::data::Kind;
use crate::error::{self, Error};

/// The largest sizes: ten times what has been published, and far from where products of them overflow.
const MOST_LAYERS: usize = 1_000;
const MOST: usize = 1 << 20;

/// The shape of a [`Gpt`].
///
/// Published ones for text by characters have as many heads as layers: 3 layers of width 192, 6 of 384, 9 of 576.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl GptConfig {
    /// Says what is wrong, if this is not a network that can be built.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the setting and its range.
    pub fn validate(&self) -> error::Result<()> {
        let counts = [
            ("layers", self.layers, MOST_LAYERS),
            ("heads", self.heads, MOST),
            ("width", self.width, MOST),
            ("context", self.context, MOST),
            ("vocabulary", self.vocabulary, MOST),
        ];
        let outside = |(_, count, most): &(&str, usize, usize)| !(1..=*most).contains(count);
        if let Some((name, count, most)) = counts.into_iter().find(outside) {
            return Err(Error::Invalid(format!(
                "the {name} of a GPT {} from 1 to {most}, not {count}",
                if name.ends_with('s') { "are" } else { "is" }
            )));
        }
        match self.width.is_multiple_of(self.heads) {
            true => Ok(()),
            false => Err(Error::Invalid(format!(
                "the width of a GPT is a multiple of its heads, not {} for {} heads",
                self.width, self.heads
            ))),
        }
    }
}

/// Language models, whose settings are a [`GptConfig`].
#[derive(Clone, Copy, Debug)]
pub struct GptFamily;

impl Family for GptFamily {
    fn name(&self) -> &str {
        "gpt"
    }

    fn configure(&self, settings: &toml::Table) -> error::Result<Box<dyn Architecture>> {
        let config: GptConfig = settings
            .clone()
            .try_into()
            .map_err(|error| Error::Invalid(error.to_string().trim_end().to_owned()))?;
        config.validate()?;
        Ok(Box::new(config))
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
                "the network has a vocabulary of {} and a context of {}, the text {vocabulary} and {context}: choose these",
                self.vocabulary, self.context
            ))),
            other => Err(Error::Invalid(format!(
                "a GPT learns from text, not from {other}: choose another network"
            ))),
        }
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
        let block = |index: usize| Block::new(config, index, activations, &builder);
        let gpt = Self {
            tokens: Embedding::new(tokens, config.width),
            positions: table(config.context, builder.pp("wpe"))?,
            blocks: (0..config.layers).map(block).collect::<Result<_>>()?,
            norm: LayerNorm::new(config, builder.pp("ln_f"))?,
            head: Linear::new(head, None),
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
        let (_, length) = tokens.dims2()?;
        let positions = self.positions.narrow(0, 0, length)?;
        let mut x = self.tokens.forward(tokens)?.broadcast_add(&positions)?;
        for block in &self.blocks {
            x = block.forward_t(&x, train)?;
        }
        self.head.forward(&self.norm.forward(&x)?)
    }
}

/// Attention and a perceptron, each with a shortcut around it.
struct Block {
    norms: [LayerNorm; 2],
    attention: Attention,
    widen: Linear,
    activation: Box<dyn Module + Send + Sync>,
    narrow: Linear,
}

impl Block {
    fn new(
        config: &GptConfig,
        index: usize,
        activations: &dyn Activations,
        builder: &VarBuilder,
    ) -> Result<Self> {
        let vars = builder.pp(format!("h.{index}"));
        let mlp = vars.pp("mlp");
        let width = config.width;
        Ok(Self {
            norms: [
                LayerNorm::new(config, vars.pp("ln_1"))?,
                LayerNorm::new(config, vars.pp("ln_2"))?,
            ],
            attention: Attention::new(config, vars.pp("attn"))?,
            widen: linear(width, 4 * width, config, mlp.pp("c_fc"))?,
            activation: activations.at(&format!("h.{index}.mlp"))?,
            narrow: linear(4 * width, width, config, mlp.pp("c_proj"))?,
        })
    }
}

impl ModuleT for Block {
    fn forward_t(&self, x: &Tensor, _train: bool) -> Result<Tensor> {
        let x = (x + self.attention.forward(&self.norms[0].forward(x)?)?)?;
        let hidden = self.widen.forward(&self.norms[1].forward(&x)?)?;
        let hidden = self.activation.forward(&hidden)?;
        &x + self.narrow.forward(&hidden)?
    }
}

/// Causal attention with several heads (Vaswani et al., arXiv 1706.03762).
struct Attention {
    heads: usize,
    queries_keys_values: Linear,
    output: Linear,
}

impl Attention {
    fn new(config: &GptConfig, vars: VarBuilder) -> Result<Self> {
        let width = config.width;
        Ok(Self {
            heads: config.heads,
            queries_keys_values: linear(width, 3 * width, config, vars.pp("c_attn"))?,
            output: linear(width, width, config, vars.pp("c_proj"))?,
        })
    }
}

impl Module for Attention {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (n, length, width) = x.dims3()?;
        let size = width / self.heads;
        let all = self.queries_keys_values.forward(x)?;
        let all = all.reshape((n, length, 3, self.heads, size))?;
        // `[3, n, heads, t, size]`
        let all = all.permute((2, 0, 3, 1, 4))?.contiguous()?;
        let part = |index: usize| all.get(index);
        let (queries, keys, values) = (part(0)?, part(1)?, part(2)?);
        let scores = queries.matmul(&keys.t()?)?;
        let weights = softmax(&scores, (size as f64).sqrt().recip(), true)?;
        let mixed = weights.matmul(&values)?.transpose(1, 2)?;
        self.output.forward(&mixed.reshape((n, length, width))?)
    }
}

/// Normalises the width of every token.
struct LayerNorm {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl LayerNorm {
    fn new(config: &GptConfig, vars: VarBuilder) -> Result<Self> {
        let make = |name, value| vars.get_with_hints(config.width, name, Init::Const(value));
        Ok(Self {
            weight: make("weight", 1.0)?,
            bias: config.bias.then(|| make("bias", 0.0)).transpose()?,
        })
    }
}

impl Module for LayerNorm {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = layer_norm(x, &self.weight)?;
        match &self.bias {
            Some(bias) => y.broadcast_add(bias),
            None => Ok(y),
        }
    }
}

fn linear(inputs: usize, outputs: usize, config: &GptConfig, vars: VarBuilder) -> Result<Linear> {
    let weight = vars.get_with_hints((outputs, inputs), "weight", Init::Const(0.0))?;
    let bias = || vars.get_with_hints(outputs, "bias", Init::Const(0.0));
    Ok(Linear::new(weight, config.bias.then(bias).transpose()?))
}
