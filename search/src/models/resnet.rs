//! Residual networks for small images (He et al., arXiv 1512.03385, section 4.2).
//!
//! A 3×3 convolution, three stages of basic blocks at widths `w`, `2w`, `4w`, a global average and a linear layer.
//! Where a stage halves the resolution, the shortcut takes every second row and column and pads the new channels with
//! zeros on both sides (option A: no parameters).

use super::settings::check_counts;
use super::{Activations, Architecture, BatchNorm, Configuration, Footprint, initialize};
use crate::data::Kind;
use crate::error::{self, Error, counted};
use crate::layers::{Convolution, linear, shortcut};
use candle_core::{DType, Device, Module, Result, Shape, Tensor};
use candle_nn::{Init, ModuleT, VarBuilder, VarMap};
use serde::{Deserialize, Serialize};

/// The deepest and widest networks: ten times what has been published, and far from where sizes overflow.
const DEEPEST: usize = 12_002;
const WIDEST: usize = 65_536;

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

impl Configuration for ResNetConfig {
    const FAMILY: &'static str = "resnet";

    fn validate(&self) -> error::Result<()> {
        if !(8..=DEEPEST).contains(&self.depth) || !(self.depth - 2).is_multiple_of(6) {
            return Err(Error::Invalid(format!(
                "the depth of a ResNet is 6 n + 2 (8, 20, 32, … {DEEPEST}), not {}",
                self.depth
            )));
        }
        let counts = [
            ("width", self.width, WIDEST),
            ("channels", self.channels, WIDEST),
            ("classes", self.classes, WIDEST),
        ];
        check_counts("ResNet", &counts)
    }
}

impl Architecture for ResNetConfig {
    fn title(&self) -> String {
        format!("ResNet-{}", self.depth)
    }

    fn depth(&self) -> usize {
        self.depth
    }

    fn accepts(&self, kind: &Kind) -> error::Result<()> {
        let given = (self.channels, self.classes);
        match *kind {
            Kind::Images {
                channels, classes, ..
            } if (channels, classes) == given => Ok(()),
            Kind::Images {
                channels, classes, ..
            } => Err(Error::Invalid(format!(
                "the network has {} and {} classes, the images {channels} and {classes}: set `network.channels` and `network.classes` to these",
                counted(given.0, "channel"),
                given.1
            ))),
            other => Err(Error::Invalid(format!(
                "a ResNet learns from images, not from {other}: choose another network"
            ))),
        }
    }

    fn footprint(&self, of: &Kind) -> Option<Footprint> {
        let Kind::Images { height, width, .. } = *of else {
            return None;
        };
        let (mut side, mut channels) = ([height, width], self.width as f64);
        let pixels = |side: [usize; 2]| side[0] as f64 * side[1] as f64;
        let unit = |inputs: f64, outputs: f64| 9.0 * inputs * outputs + 2.0 * outputs;
        let mut parameters = unit(self.channels as f64, channels);
        // A unit keeps its convolution and its normal form, and there is a gradient of one.
        let mut kept = 3.0 * channels * pixels(side);
        // The windows of 3×3 pixels.
        let windows = 9.0 * channels * pixels(side);
        let blocks = ((self.depth - 2) / 6) as f64;
        for stage in 0..3 {
            let inputs = channels;
            if stage > 0 {
                side = side.map(|pixels| pixels.div_ceil(2));
                channels *= 2.0;
            }
            parameters += unit(inputs, channels) + (2.0 * blocks - 1.0) * unit(channels, channels);
            kept += 6.0 * blocks * channels * pixels(side);
        }
        Some(Footprint {
            parameters: parameters + (channels + 1.0) * self.classes as f64,
            per_example: kept + windows,
        })
    }

    fn build(
        &self,
        activations: &dyn Activations,
        vars: &VarMap,
        device: &Device,
        seed: u64,
    ) -> Result<Box<dyn ModuleT>> {
        Ok(Box::new(ResNet::new(
            self,
            activations,
            vars,
            device,
            seed,
        )?))
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
    /// Its weights and bias.
    linear: [Tensor; 2],
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
        config.validate()?;
        let blocks_per_stage = (config.depth - 2) / 6;
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
        let linear = [
            zeros((config.classes, inputs).into(), "weight")?,
            zeros(config.classes.into(), "bias")?,
        ];
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
        let images = images.transpose(0, 1)?;
        let maps = self.stem.forward(&images, None, train)?;
        let mut maps = self.stem_activation.forward(&maps)?;
        for block in &self.blocks {
            maps = block.forward_t(&maps, train)?;
        }
        let [weight, bias] = &self.linear;
        linear(&maps.mean((2, 3))?.t()?, weight, Some(bias), None)
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
        let y = self.units[0].forward(x, None, train)?;
        let y = self.inner.forward(&y)?;
        let before = self.added / 2;
        let beside = match (self.stride, self.added) {
            (1, 0) => x.clone(),
            (stride, added) => shortcut(x, stride, before, added - before)?,
        };
        self.outer
            .forward(&self.units[1].forward(&y, Some(&beside), train)?)
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

impl Unit {
    /// The unit's output, with what is beside it added.
    fn forward(&self, x: &Tensor, beside: Option<&Tensor>, train: bool) -> Result<Tensor> {
        let convolution = Convolution {
            kernel: &self.kernel,
            stride: self.stride,
            padding: 1,
        };
        self.norm.after(convolution, x, beside, train)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{trainable, variables};
    use candle_core::Var;
    use candle_nn::{Activation, Linear};
    use std::collections::HashMap;
    use std::sync::Mutex;

    fn config(depth: usize, channels: usize) -> ResNetConfig {
        ResNetConfig {
            depth,
            width: 16,
            channels,
            classes: 10,
        }
    }

    fn relu(_site: &str) -> Result<Box<dyn Module + Send + Sync>> {
        Ok(Box::new(Activation::Relu))
    }

    fn normal(shape: (usize, usize, usize, usize)) -> Result<Tensor> {
        crate::layers::tests::normal(shape, 5)?.to_dtype(DType::F32)
    }

    #[test]
    fn the_sizes_are_those_of_the_paper() -> Result<()> {
        // Table 6 of arXiv 1512.03385 has 0.27 M, 0.46 M and 0.85 M; the exact counts follow from section 4.2.
        for (depth, parameters) in [(20, 269_722), (32, 464_154), (56, 853_018)] {
            let vars = VarMap::new();
            ResNet::new(&config(depth, 3), &relu, &vars, &Device::Cpu, 1)?;
            let count: usize = trainable(&vars)
                .iter()
                .map(|(_, var)| var.elem_count())
                .sum();
            assert_eq!(count, parameters);
        }
        Ok(())
    }

    #[test]
    fn every_site_is_asked_for_once_and_in_order() -> Result<()> {
        let sites = Mutex::new(Vec::new());
        let activations = |site: &str| {
            sites.lock().expect("no panic").push(site.to_owned());
            relu(site)
        };
        ResNet::new(&config(8, 1), &activations, &VarMap::new(), &Device::Cpu, 1)?;
        let blocks = ["layer1.0", "layer2.0", "layer3.0"];
        let blocks = blocks
            .iter()
            .flat_map(|name| [format!("{name}.inner"), format!("{name}.outer")]);
        let expected: Vec<_> = std::iter::once("stem".to_owned()).chain(blocks).collect();
        assert_eq!(sites.into_inner().expect("no panic"), expected);
        Ok(())
    }

    #[test]
    fn shapes_that_are_no_network_are_errors() {
        let build =
            |config| ResNet::new(&config, &relu, &VarMap::new(), &Device::Cpu, 1).map(|_| ());
        for depth in [0, 2, 7, 18] {
            assert!(build(config(depth, 3)).is_err());
        }
        assert!(build(config(8, 0)).is_err());
        let failing = |site: &str| -> Result<Box<dyn Module + Send + Sync>> {
            candle_core::bail!("no {site}")
        };
        assert!(ResNet::new(&config(8, 1), &failing, &VarMap::new(), &Device::Cpu, 1).is_err());
    }

    /// A ResNet-8 out of candle's own layers, images first.
    fn composed(vars: &HashMap<String, Var>, images: &Tensor) -> Result<Tensor> {
        let unit = |x: &Tensor, name: &str, number: usize, stride: usize| -> Result<Tensor> {
            let get = |part: &str| vars[&format!("{name}{part}")].as_tensor().clone();
            let bn = |part: &str| get(&format!("bn{number}.{part}"));
            let y = x.conv2d(&get(&format!("conv{number}.weight")), 1, stride, 1, 1)?;
            let (channels, zero) = (y.dim(1)?, bn("bias").zeros_like()?);
            let norm = candle_nn::BatchNorm::new(
                channels,
                zero.clone(),
                zero,
                bn("weight"),
                bn("bias"),
                1e-5,
            )?;
            norm.forward_train(&y)
        };
        let mut x = unit(images, "", 1, 1)?.relu()?;
        for (name, stride) in [("layer1.0.", 1), ("layer2.0.", 2), ("layer3.0.", 2)] {
            let y = unit(&unit(&x, name, 1, stride)?.relu()?, name, 2, 1)?;
            let every =
                |len: usize| Tensor::arange_step(0u32, len as u32, stride as u32, &Device::Cpu);
            let (_, channels, h, w) = x.dims4()?;
            let added = y.dim(1)? - channels;
            let shortcut = x.index_select(&every(h)?, 2)?.index_select(&every(w)?, 3)?;
            x = (y + shortcut.pad_with_zeros(1, added / 2, added / 2)?)?.relu()?;
        }
        let linear = |part: &str| vars[&format!("linear.{part}")].as_tensor().clone();
        Linear::new(linear("weight"), Some(linear("bias"))).forward(&x.mean((2, 3))?)
    }

    #[test]
    fn logits_and_gradients_agree_with_composed_layers() -> Result<()> {
        let vars = VarMap::new();
        let network = ResNet::new(&config(8, 3), &relu, &vars, &Device::Cpu, 1)?;
        let images = normal((5, 3, 6, 6))?;
        let named: HashMap<_, _> = variables(&vars).into_iter().collect();
        let (ours, theirs) = (
            network.forward_t(&images, true)?,
            composed(&named, &images)?,
        );
        let largest = |t: Tensor| t.abs()?.max_all()?.to_scalar::<f32>();
        // f32 sums in another order, through eight layers of values of order one.
        let tolerance = 2f32.powi(-14);
        assert!(largest((&ours - &theirs)?)? < tolerance * largest(theirs.clone())?);
        let (ours, theirs) = (
            ours.sqr()?.sum_all()?.backward()?,
            theirs.sqr()?.sum_all()?.backward()?,
        );
        for (name, var) in trainable(&vars) {
            let (ours, theirs) = (ours.get(&var).unwrap(), theirs.get(&var).unwrap());
            let gap = largest((ours - theirs)?)?;
            assert!(
                gap < tolerance * largest(theirs.clone())?,
                "{name}: {gap:e}"
            );
        }
        Ok(())
    }

    #[test]
    fn evaluation_treats_every_image_alone() -> Result<()> {
        let network = ResNet::new(&config(8, 1), &relu, &VarMap::new(), &Device::Cpu, 1)?;
        let images = normal((4, 1, 8, 8))?;
        network.forward_t(&images, true)?;
        let together = network
            .forward_t(&images, false)?
            .narrow(0, 1, 1)?
            .to_vec2::<f32>()?;
        let alone = network
            .forward_t(&images.narrow(0, 1, 1)?, false)?
            .to_vec2::<f32>()?;
        // The same f32 products, summed in blocks that depend on the number of images.
        let gaps = together[0]
            .iter()
            .zip(&alone[0])
            .map(|(l, r)| (l - r).abs());
        assert!(gaps.fold(0.0, f32::max) < 1e-5, "{together:?} {alone:?}");
        Ok(())
    }
}
