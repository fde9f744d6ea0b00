//! Vision transformers (Dosovitskiy et al., arXiv 2010.11929): images as sequences of patches.

use candle_core::{DType, Device, Module, Result, Tensor};
use candle_nn::{Init, ModuleT, VarBuilder, VarMap};
use serde::{Deserialize, Serialize};

use super::dropout::{Dropout, check_dropout, dropped};
use super::settings::{check_counts, check_heads, is_zero};
use super::transformer::{Block, LayerNorm, Linear, Names, Shape, footprint, hidden};
use super::{Activations, Architecture, Configuration, Footprint, initialize_with};
use crate::data::Kind;
use crate::error::{self, Error, counted};
use crate::layers::linear;

/// The largest sizes: ten times what has been published, and far from where products of them overflow.
const MOST_LAYERS: usize = 1_000;
const MOST: usize = 1 << 16;

/// Added to variances, as in the paper's code.
const EPSILON: f64 = 1e-6;

const NAMES: Names = Names {
    norms: ["norm1", "norm2"],
    attention: ["attn.qkv", "attn.proj"],
    perceptron: ["mlp.fc1", "mlp.fc2"],
    gate: "mlp.fc1_g",
};

/// The shape of a [`ViT`].
///
/// The published sizes are `tiny` (12 layers of width 192, 3 heads) and `small` (12 of 384, 6 heads), both with patches of 16 pixels for
/// images of 224.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViTConfig {
    /// The side of a patch in pixels; it divides that of the images.
    pub patch: usize,
    /// Blocks.
    pub layers: usize,
    /// Heads of each attention; they share out the width.
    pub heads: usize,
    /// Numbers that stand for a patch.
    pub width: usize,
    /// The side of the images in pixels.
    pub side: usize,
    /// Channels of the images.
    pub channels: usize,
    /// Classes to tell apart.
    pub classes: usize,
    /// Whether each perceptron has a second linear layer, whose outputs are multiplied by those of the activation, as in SwiGLU
    /// (Shazeer, arXiv 2002.05202); its layers are 8/3 as wide as the model, not 4 times.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gated: bool,
    /// The share of numbers that training drops: after the embedding, from the weights of each attention, and before each shortcut
    /// joins.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropout: f64,
}

impl Configuration for ViTConfig {
    const FAMILY: &'static str = "vit";

    const SIZES: &'static [(&'static str, &'static [(&'static str, i64)])] = &[
        ("tiny", &[("layers", 12), ("heads", 3), ("width", 192)]),
        ("small", &[("layers", 12), ("heads", 6), ("width", 384)]),
    ];

    fn validate(&self) -> error::Result<()> {
        let counts = [
            ("patch", self.patch, MOST),
            ("layers", self.layers, MOST_LAYERS),
            ("heads", self.heads, MOST),
            ("width", self.width, MOST),
            ("side", self.side, MOST),
            ("channels", self.channels, MOST),
            ("classes", self.classes, MOST),
        ];
        check_counts("ViT", &counts)?;
        if !self.side.is_multiple_of(self.patch) {
            return Err(Error::Invalid(format!(
                "the side of the images is a multiple of the patch, not {} for patches of {}",
                self.side, self.patch
            )));
        }
        check_dropout("ViT", self.dropout)?;
        check_heads("ViT", self.width, self.heads)
    }
}

impl ViTConfig {
    fn shape(&self) -> Shape {
        Shape {
            width: self.width,
            heads: self.heads,
            hidden: hidden(self.width, self.gated),
            gated: self.gated,
            causal: false,
            bias: true,
            epsilon: EPSILON,
        }
    }
}

impl Architecture for ViTConfig {
    fn title(&self) -> String {
        format!("ViT of {} layers and width {}", self.layers, self.width)
    }

    fn depth(&self) -> usize {
        self.layers
    }

    fn accepts(&self, kind: &Kind) -> error::Result<()> {
        let given = (self.channels, self.side, self.side, self.classes);
        match *kind {
            Kind::Images {
                channels,
                height,
                width,
                classes,
            } if (channels, height, width, classes) == given => Ok(()),
            Kind::Images { .. } => Err(Error::Invalid(format!(
                "the network takes images of {0}×{0} pixels with {1} in {2} classes, not {kind}: set `network.side`, `network.channels` and `network.classes` to these",
                self.side,
                counted(self.channels, "channel"),
                self.classes
            ))),
            other => Err(Error::Invalid(format!(
                "a ViT learns from images, not from {other}: choose another network"
            ))),
        }
    }

    fn footprint(&self, _of: &Kind) -> Option<Footprint> {
        let tokens = (self.side / self.patch).pow(2) + 1;
        let blocks = footprint(self.shape(), self.layers, tokens);
        let [width, pixels, classes, tokens] = [
            self.width,
            self.channels * self.patch * self.patch,
            self.classes,
            tokens,
        ]
        .map(|count| count as f64);
        Some(Footprint {
            // The class token, the bias of the patches and the last normalisation have 4 widths.
            parameters: blocks.parameters + (pixels + tokens + classes + 4.0) * width + classes,
            per_example: blocks.per_example + tokens * (2.0 * pixels + 4.0 * width),
        })
    }

    fn build(
        &self,
        activations: &dyn Activations,
        vars: &VarMap,
        device: &Device,
        seed: u64,
    ) -> Result<Box<dyn ModuleT>> {
        Ok(Box::new(ViT::new(self, activations, vars, device, seed)?))
    }
}

/// A vision transformer; images are `[n, channels, side, side]`, the logits `[n, classes]`, from the class token.
///
/// Its sites are `blocks.0.mlp`, `blocks.1.mlp` and so on: between the two linear layers of each perceptron.
pub struct ViT {
    patch: usize,
    /// The kernel and the bias of the embedding.
    embedding: [Tensor; 2],
    class_token: Tensor,
    positions: Tensor,
    blocks: Vec<Block>,
    norm: LayerNorm,
    head: Linear,
    dropout: Option<Dropout>,
}

impl ViT {
    /// Builds the network with its f32 weights in `vars`, drawn as timm draws them: from N(0, 0.02²), those of the patch embedding from
    /// N(0, 1 / fan_in), the class token from N(0, 10⁻¹²); biases are 0.
    ///
    /// # Errors
    /// If the configuration describes no network, or an activation cannot be made.
    pub fn new(
        config: &ViTConfig,
        activations: &dyn Activations,
        vars: &VarMap,
        device: &Device,
        seed: u64,
    ) -> Result<Self> {
        config.validate()?;
        let builder = VarBuilder::from_varmap(vars, DType::F32, device);
        let ViTConfig {
            patch,
            width,
            channels,
            ..
        } = *config;
        let make = |name: &str, shape: &[usize], vars: &VarBuilder| {
            vars.get_with_hints(shape, name, Init::Const(0.0))
        };
        let shape = config.shape();
        let block = |index: usize| {
            let name = format!("blocks.{index}");
            let activation = activations.at(&format!("{name}.mlp"))?;
            Block::new(shape, &NAMES, &name, activation, builder.pp(&name))
        };
        let projection = builder.pp("patch_embed.proj");
        let kernel = make("weight", &[width, channels, patch, patch], &projection)?;
        let patches = (config.side / patch).pow(2);
        let vit = Self {
            patch,
            embedding: [kernel, make("bias", &[width], &projection)?],
            class_token: make("cls_token", &[1, 1, width], &builder)?,
            positions: make("pos_embed", &[1, patches + 1, width], &builder)?,
            blocks: (0..config.layers).map(block).collect::<Result<_>>()?,
            norm: LayerNorm::new(shape, builder.pp("norm"))?,
            head: Linear::new(width, config.classes, true, builder.pp("head"))?,
            dropout: Dropout::new(config.dropout, seed, &builder)?,
        };
        initialize_with(vars, seed, |name, dims| match name {
            "patch_embed.proj.weight" => {
                let fan_in: usize = dims[1..].iter().product();
                (fan_in as f64).sqrt().recip()
            }
            "cls_token" => 1e-6,
            _ => 0.02,
        })?;
        Ok(vit)
    }

    /// The patches of images, row by row: `[n, patches, width]`.
    fn embed(&self, images: &Tensor) -> Result<Tensor> {
        let (n, channels, height, width) = images.dims4()?;
        let (p, rows, columns) = (self.patch, height / self.patch, width / self.patch);
        let patches = images
            .reshape((n, channels, rows, p, columns, p))?
            .permute((0, 2, 4, 1, 3, 5))?
            .reshape((n * rows * columns, channels * p * p))?;
        let [kernel, bias] = &self.embedding;
        // The kernel's own elements, as the matrix that patches are multiplied by.
        let embedded = linear(&patches, &kernel.flatten_from(1)?, Some(bias), None)?;
        embedded.reshape((n, rows * columns, ()))
    }
}

impl ModuleT for ViT {
    fn forward_t(&self, images: &Tensor, train: bool) -> Result<Tensor> {
        let dropout = self.dropout.as_ref().filter(|_| train);
        let masks = dropout.map(Dropout::begin).transpose()?;
        let masks = masks.as_ref();
        let patches = self.embed(images)?;
        let (n, _, width) = patches.dims3()?;
        let class = self.class_token.broadcast_as((n, 1, width))?;
        let x = Tensor::cat(&[&class, &patches], 1)?.broadcast_add(&self.positions)?;
        let mut x = dropped(masks, "embedding", x)?;
        for block in &self.blocks {
            x = block.forward(&x, masks)?;
        }
        let class = x.narrow(1, 0, 1)?.squeeze(1)?;
        self.head.forward(&self.norm.forward(&class)?)
    }
}
