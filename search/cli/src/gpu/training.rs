//! A small training on both devices.

use actsmith::zoo;
use candle_core::{DType, Device, Module, Result, Tensor};
use candle_nn::{Optimizer as _, SGD, VarBuilder, VarMap, linear, loss};

use super::Check;

/// Trains two layers with a trained Swish between them on made-up data, in full batches; the loss of each step.
fn losses(device: &Device) -> Result<Vec<f32>> {
    let (samples, features, hidden, classes) = (512, 32, 64, 4);
    // Whole multiples of 1/8, the same on every device; the class is that of the largest of the first features.
    let number = |i: usize| (((i * 2_654_435_761) >> 7) % 33) as f32 / 8.0 - 2.0;
    let numbers =
        |count: usize, scale: f32| (0..count).map(|i| scale * number(i)).collect::<Vec<_>>();
    let x = numbers(samples * features, 1.0);
    let labels = x.chunks(features).map(|row| {
        let largest = (0..classes).max_by(|&a, &b| row[a].total_cmp(&row[b]));
        largest.unwrap_or_default() as u32
    });
    let labels = Tensor::from_iter(labels, device)?;
    let x = Tensor::from_vec(x, (samples, features), device)?;
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, DType::F32, device);
    let first = linear(features, hidden, vb.pp("first"))?;
    let swish = zoo::Swish::new(vb.pp("swish"))?;
    let last = linear(hidden, classes, vb.pp("last"))?;
    {
        let data = variables.data().lock();
        let data = data.unwrap_or_else(std::sync::PoisonError::into_inner);
        for (_, var) in data.iter().filter(|(name, _)| name.ends_with("weight")) {
            let start = Tensor::from_vec(numbers(var.elem_count(), 0.1), var.shape(), device)?;
            var.set(&start)?;
        }
        for (_, var) in data.iter().filter(|(name, _)| name.ends_with("bias")) {
            var.set(&var.zeros_like()?)?;
        }
    }
    let mut optimizer = SGD::new(variables.all_vars(), 0.1)?;
    (0..50)
        .map(|_| {
            let logits = last.forward(&swish.forward(&first.forward(&x)?)?)?;
            let loss = loss::cross_entropy(&logits, &labels)?;
            optimizer.backward_step(&loss)?;
            loss.to_scalar()
        })
        .collect()
}

/// The losses of the CPU within what the order of sums explains, and those of another run to the last bit.
pub(super) fn check(device: &Device) -> Result<Check> {
    let (expected, first, second) = (losses(&Device::Cpu)?, losses(device)?, losses(device)?);
    if first != second {
        return Ok(Err("two runs differ".to_owned()));
    }
    let apart = |(a, b): (&f32, &f32)| (a - b).abs() / a.abs();
    let apart = expected.iter().zip(&first).map(apart).fold(0f32, f32::max);
    let (start, end) = (expected[0], expected[expected.len() - 1]);
    let found = format!("loss {start:.4} to {end:.4} in 50 steps, at most {apart:.1e} of it apart");
    Ok(if apart < 1e-3 && end < 0.9 * start {
        Ok(found)
    } else {
        Err(found)
    })
}
