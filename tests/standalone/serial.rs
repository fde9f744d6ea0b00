//! Standalone files without threads, reported by the harness.

#![deny(warnings)]

mod harness;
mod mixed;
mod scaled;
mod silu;
mod swish;
mod wave;

use candle_core::{DType, Device, Module, Result, Tensor, Var};
use harness::{CHANNELS, Made, report};

/// A variable of some numbers.
fn variable(numbers: &[f64], dtype: DType) -> Result<Var> {
    Var::from_tensor(&Tensor::new(numbers, &Device::Cpu)?.to_dtype(dtype)?)
}

fn one(module: impl Module + 'static, variables: Vec<Var>) -> Result<Made> {
    Ok((Box::new(move |x| module.forward(&x[0])), variables))
}

fn main() -> Result<()> {
    let start = std::env::args().nth(1).and_then(|start| start.parse().ok());
    let start: f64 = start.expect("where the variable of `Scaled` starts");
    let text = [
        report("Silu", 1, &|_| one(silu::Silu, vec![]))?,
        report("Wave", 1, &|_| one(wave::Wave, vec![]))?,
        report("Swish", 1, &|dtype| {
            let beta = variable(&[1.5], dtype)?;
            one(swish::Swish::new(beta.as_tensor().clone()), vec![beta])
        })?,
        report("Scaled", 1, &|dtype| {
            let beta = variable(&[start], dtype)?;
            one(scaled::Scaled::new(beta.as_tensor().clone()), vec![beta])
        })?,
        report("Mixed", 2, &|dtype| {
            let (b, c) = (variable(&[0.5; CHANNELS], dtype)?, variable(&[2.0], dtype)?);
            let mixed = mixed::Mixed::new(b.as_tensor().clone(), c.as_tensor().clone());
            Ok((Box::new(move |x| mixed.forward(&x[0], &x[1])), vec![b, c]))
        })?,
    ];
    print!("{}", text.concat());
    Ok(())
}
