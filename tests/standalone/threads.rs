//! Standalone files whose work rayon's threads share, reported by the harness.

#![deny(warnings)]

mod harness;
mod silu;
mod swish;

use candle_core::{Device, Module, Result, Tensor, Var};
use harness::report;

fn main() -> Result<()> {
    let silu = report("Silu", 1, &|_| {
        Ok((Box::new(|x| silu::Silu.forward(&x[0])), vec![]))
    })?;
    let swish = report("Swish", 1, &|dtype| {
        let beta = Var::from_tensor(&Tensor::new(&[1.5], &Device::Cpu)?.to_dtype(dtype)?)?;
        let swish = swish::Swish::new(beta.as_tensor().clone());
        Ok((Box::new(move |x| swish.forward(&x[0])), vec![beta]))
    })?;
    print!("{silu}{swish}");
    Ok(())
}
