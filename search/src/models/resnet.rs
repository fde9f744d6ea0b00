//! Residual networks for small images (He et al., arXiv 1512.03385, section 4.2).
//!
//! A 3×3 convolution, three stages of basic blocks at widths `w`, `2w`, `4w`, a global average and a linear layer.
//! Where a stage halves the resolution, the shortcut takes every second row and column and pads the new channels with
//! zeros on both sides (option A: no parameters).

use super::ops::{conv2d, subsample};
use super::{Activations, BatchNorm, initialize};
use candle_core::{DType, Device, Module, Result, Shape, Tensor, bail};
use candle_nn::{Init, Linear, ModuleT, VarBuilder, VarMap};
use serde::{Deserialize, Serialize};

/// The shape of a [`ResNet`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResNetConfig {
    /// Layers with weights along the longest path: `6 n + 2` for `n ≥ 1` blocks a stage (8, 20, 32, 44, 56 …).
    pub depth: usize,
    /// Channels of the first stage; 16 in the paper.
    pub width: usize,
    /// Channels of the images.
    pub channels: usize,
    /// Classes to tell apart.
    pub classes: usize,
}

impl ResNetConfig {
    fn blocks_per_stage(&self) -> Result<usize> {
        match self.depth.checked_sub(2) {
            Some(layers) if layers > 0 && layers.is_multiple_of(6) => Ok(layers / 6),
            _ => bail!(
                "a ResNet has 6 n + 2 layers (8, 20, 32, …), not {}",
                self.depth
            ),
        }
    }
}

/// A residual network; images are `[n, channels, h, w]`, the logits `[n, classes]`.
///
/// Its sites are `stem`, and for each block `layer1.0.inner` (after the first convolution) and `layer1.0.outer` (after
/// the sum with the shortcut).
pub struct ResNet {
    stem: Unit,
    stem_activation: Box<dyn Module + Send + Sync>,
    blocks: Vec<Block>,
    linear: Linear,
}

impl ResNet {
    /// Builds the network with its f32 weights in `vars`, drawn as [`initialize`] documents. Variables that the
    /// activations put into the same map are drawn with them.
    ///
    /// # Errors
    /// If the configuration describes no network, or an activation cannot be made.
    pub fn new(
        config: &ResNetConfig,
        activations: &dyn Activations,
        vars: &VarMap,
        device: &Device,
        seed: u64,
    ) -> Result<Self> {
        let blocks_per_stage = config.blocks_per_stage()?;
        if config.width == 0 || config.channels == 0 || config.classes == 0 {
            bail!("a ResNet needs channels and classes: {config:?}")
        }
        let builder = VarBuilder::from_varmap(vars, DType::F32, device);
        let stem = Unit::new(config.channels, config.width, 1, "1", &builder)?;
        let stem_activation = activations.at("stem")?;
        let mut inputs = config.width;
        let mut blocks = Vec::with_capacity(3 * blocks_per_stage);
        for stage in 0..3 {
            let outputs = config.width << stage;
            for block in 0..blocks_per_stage {
                let name = format!("layer{}.{block}", stage + 1);
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                blocks.push(Block::new(
                    inputs,
                    outputs,
                    stride,
                    &name,
                    activations,
                    &builder,
                )?);
                inputs = outputs;
            }
        }
        let zeros = |shape: Shape, name| {
            builder
                .pp("linear")
                .get_with_hints(shape, name, Init::Const(0.0))
        };
        let weight = zeros((config.classes, inputs).into(), "weight")?;
        let linear = Linear::new(weight, Some(zeros(config.classes.into(), "bias")?));
        initialize(vars, seed)?;
        Ok(Self {
            stem,
            stem_activation,
            blocks,
            linear,
        })
    }
}

impl ModuleT for ResNet {
    fn forward_t(&self, images: &Tensor, train: bool) -> Result<Tensor> {
        let maps = self.stem.forward_t(&images.transpose(0, 1)?, train)?;
        let mut maps = self.stem_activation.forward(&maps)?;
        for block in &self.blocks {
            maps = block.forward_t(&maps, train)?;
        }
        self.linear.forward(&maps.mean((2, 3))?.t()?)
    }
}

/// Two units with a shortcut around them.
struct Block {
    units: [Unit; 2],
    inner: Box<dyn Module + Send + Sync>,
    outer: Box<dyn Module + Send + Sync>,
    stride: usize,
    /// Channels that the block adds.
    added: usize,
}

impl Block {
    fn new(
        inputs: usize,
        outputs: usize,
        stride: usize,
        name: &str,
        activations: &dyn Activations,
        builder: &VarBuilder,
    ) -> Result<Self> {
        let vars = builder.pp(name);
        Ok(Self {
            units: [
                Unit::new(inputs, outputs, stride, "1", &vars)?,
                Unit::new(outputs, outputs, 1, "2", &vars)?,
            ],
            inner: activations.at(&format!("{name}.inner"))?,
            outer: activations.at(&format!("{name}.outer"))?,
            stride,
            added: outputs - inputs,
        })
    }
}

impl ModuleT for Block {
    fn forward_t(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let y = self.inner.forward(&self.units[0].forward_t(x, train)?)?;
        let y = self.units[1].forward_t(&y, train)?;
        let shortcut = match self.stride {
            1 => x.clone(),
            stride => subsample(x, stride)?,
        };
        let before = self.added / 2;
        self.outer
            .forward(&(y + shortcut.pad_with_zeros(0, before, self.added - before)?)?)
    }
}

/// A 3×3 convolution without bias, then batch normalisation.
struct Unit {
    kernel: Tensor,
    norm: BatchNorm,
    stride: usize,
}

impl Unit {
    /// The variables are `conv{number}.weight` and those of `bn{number}`.
    fn new(
        inputs: usize,
        outputs: usize,
        stride: usize,
        number: &str,
        vars: &VarBuilder,
    ) -> Result<Self> {
        let kernel = vars.pp(format!("conv{number}"));
        Ok(Self {
            kernel: kernel.get_with_hints((outputs, inputs, 3, 3), "weight", Init::Const(0.0))?,
            norm: BatchNorm::new(outputs, vars.pp(format!("bn{number}")))?,
            stride,
        })
    }
}

impl ModuleT for Unit {
    fn forward_t(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        self.norm
            .forward_t(&conv2d(x, &self.kernel, self.stride, 1)?, train)
    }
}
