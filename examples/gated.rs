//! A gated function and an activation with a trained number per channel, in a small network on the embedded digits.
//!
//! ```text
//! cargo run --release --example gated
//! ```

use actsmith::activation;
use actsmith_search::data::{Batches, Splits, digits};
use actsmith_search::error::Result;
use actsmith_search::models::initialize;
use actsmith_search::task::evaluate;
use candle_core::{D, DType, Device, Module, Tensor};
use candle_nn::{
    AdamW, Conv2d, Conv2dConfig, Linear, Optimizer, VarBuilder, VarMap, conv2d_no_bias,
    linear_no_bias, loss,
};

/// Keeps the memory of tensors from one to the next.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

activation! {
    /// A leaky ReLU whose slope each channel learns (He et al., arXiv 1502.01852).
    PRelu(x; #[per_channel(dim = 1)] alpha = 0.25) = prelu(x, alpha);
    /// One half of a layer's outputs opens and closes the other (Shazeer, arXiv 2002.05202).
    SwiGlu(x, gate) = silu(gate) * x;
}

const CHANNELS: usize = 24;
const HIDDEN: usize = 64;

/// 8×8 pixels, a convolution, a gated layer, a linear one.
struct Network {
    convolution: Conv2d,
    prelu: PRelu,
    wide: Linear,
    head: Linear,
}

impl Network {
    fn new(vb: VarBuilder) -> candle_core::Result<Self> {
        let padded = Conv2dConfig {
            padding: 1,
            ..Conv2dConfig::default()
        };
        Ok(Self {
            convolution: conv2d_no_bias(1, CHANNELS, 3, padded, vb.pp("convolution"))?,
            prelu: PRelu::new(CHANNELS, vb.pp("prelu"))?,
            wide: linear_no_bias(CHANNELS * 4 * 4, 2 * HIDDEN, vb.pp("wide"))?,
            head: linear_no_bias(HIDDEN, 10, vb.pp("head"))?,
        })
    }
}

impl Module for Network {
    fn forward(&self, images: &Tensor) -> candle_core::Result<Tensor> {
        let maps = images.apply(&self.convolution)?.apply(&self.prelu)?;
        let wide = maps.avg_pool2d(2)?.flatten_from(1)?.apply(&self.wide)?;
        // Both halves are read where they are, without a copy.
        let halves = wide.chunk(2, D::Minus1)?;
        SwiGlu.forward(&halves[0], &halves[1])?.apply(&self.head)
    }
}

fn main() -> Result<()> {
    println!("PRelu  {}", PRelu::FORMULA);
    println!(
        "SwiGlu {}, by x and gate {:?}",
        SwiGlu::FORMULA,
        SwiGlu::DERIVATIVES
    );

    let data = Splits::new(&digits()?, 0)?;
    let vars = VarMap::new();
    let network = Network::new(VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu))?;
    initialize(&vars, 0)?;

    let mut batches = Batches::new(data.train.len(), 32, 0, "training order")?;
    let mut optimizer = AdamW::new_lr(vars.all_vars(), 2e-3)?;
    let per_epoch = batches.per_epoch();
    for step in 0..8 * per_epoch {
        let (images, labels) = data.train.batch(batches.at(step))?;
        let loss = loss::cross_entropy(&network.forward(&images)?, &labels)?;
        optimizer.backward_step(&loss)?;
        if (step + 1) % per_epoch == 0 {
            let slopes = network.prelu.alpha().to_vec1::<f32>()?;
            println!(
                "epoch {}: test accuracy {:.4}, slopes from {:.3} to {:.3}",
                (step + 1) / per_epoch,
                evaluate(&network, &*data.test)?
                    .accuracy
                    .unwrap_or_default(),
                slopes.iter().copied().fold(f32::INFINITY, f32::min),
                slopes.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            );
        }
    }
    Ok(())
}
