//! Two activations, written as formulas, in a small convolutional network on the embedded digits.
//!
//! ```text
//! cargo run --release --example digits
//! ```

use actsmith::activation;
use actsmith_search::data::{Batches, Splits, digits};
use actsmith_search::error::Result;
use actsmith_search::models::initialize;
use actsmith_search::task::evaluate;
use candle_core::{DType, Device, Module, Tensor};
use candle_nn::{
    AdamW, Conv2d, Conv2dConfig, Linear, Optimizer, VarBuilder, VarMap, conv2d_no_bias,
    linear_no_bias, loss,
};

/// candle allocates a tensor for every result and every gradient. The system allocator gives memory of that size back to the
/// kernel each time and pays for it with page faults, which can cost more than the arithmetic; mimalloc keeps it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

activation! {
    /// Mish by its definition; the naive spelling overflows, the compiled one does not.
    Mish(x) = x * tanh(ln(1 + exp(x)));
    /// SiLU with a trained slope (Ramachandran et al., arXiv 1710.05941).
    Swish(x; beta = 1.0) = x * sigmoid(beta * x);
}

/// 8×8 pixels, two convolutions with an activation each, one linear layer.
struct Network {
    first: Conv2d,
    mish: Mish,
    second: Conv2d,
    swish: Swish,
    head: Linear,
}

impl Network {
    fn new(vb: VarBuilder) -> candle_core::Result<Self> {
        let padded = Conv2dConfig {
            padding: 1,
            ..Conv2dConfig::default()
        };
        Ok(Self {
            first: conv2d_no_bias(1, 16, 3, padded, vb.pp("first"))?,
            mish: Mish,
            second: conv2d_no_bias(16, 32, 3, padded, vb.pp("second"))?,
            swish: Swish::new(vb.pp("swish"))?,
            head: linear_no_bias(32 * 4 * 4, 10, vb.pp("head"))?,
        })
    }
}

impl Module for Network {
    fn forward(&self, images: &Tensor) -> candle_core::Result<Tensor> {
        let hidden = images.apply(&self.first)?.apply(&self.mish)?;
        let hidden = hidden.avg_pool2d(2)?.apply(&self.second)?;
        hidden
            .apply(&self.swish)?
            .flatten_from(1)?
            .apply(&self.head)
    }
}

fn main() -> Result<()> {
    println!("Mish  f(x) = {}", Mish::FORMULA);
    println!(
        "Swish f(x) = {}, f'(x) = {}",
        Swish::FORMULA,
        Swish::DERIVATIVE
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
            println!(
                "epoch {}: test accuracy {:.4}, beta {:.4}",
                (step + 1) / per_epoch,
                evaluate(&network, &*data.test)?
                    .accuracy
                    .unwrap_or_default(),
                network.swish.beta().to_scalar::<f32>()?
            );
        }
    }
    Ok(())
}
