//! Values and slopes over all inputs of a type, or over evenly spread ones.

use actsmith::zoo::Named;
use candle_core::{DType, Device, Module, Result, Tensor, Var};
use rayon::prelude::*;

use super::{Check, difference, verdict};

/// Inputs that are compared at a time.
const CHUNK: u64 = 1 << 22;

/// The value and the slope at each element of `x`, a tensor on the CPU, computed on `device`.
fn both(f: &Named, x: &Tensor, device: &Device) -> Result<[Tensor; 2]> {
    let x = Var::from_tensor(&x.to_device(device)?)?;
    let y = f.forward(&x)?;
    let Some(slopes) = y.backward()?.remove(&x) else {
        candle_core::bail!("no gradient")
    };
    Ok([
        y.detach().to_device(&Device::Cpu)?,
        slopes.to_device(&Device::Cpu)?,
    ])
}

/// Every `stride`-th input of f32.
pub(super) fn single(f: &Named, device: &Device, stride: u64) -> Result<Check> {
    let count = (1u64 << 32).div_ceil(stride);
    for start in (0..count).step_by(CHUNK as usize) {
        let len = CHUNK.min(count - start);
        let numbers = (start..start + len).into_par_iter();
        let numbers: Vec<f32> = numbers
            .map(|i| f32::from_bits((i * stride) as u32))
            .collect();
        let x = Tensor::from_vec(numbers, len as usize, &Device::Cpu)?;
        let (expected, found) = (both(f, &x, &Device::Cpu)?, both(f, &x, device)?);
        for (what, (expected, found)) in ["value", "slope"].iter().zip(expected.iter().zip(&found))
        {
            let (a, b) = (expected.to_vec1::<f32>()?, found.to_vec1::<f32>()?);
            let differ = |i: &usize| {
                a[*i].to_bits() != b[*i].to_bits() && !(a[*i].is_nan() && b[*i].is_nan())
            };
            let first = (0..a.len()).into_par_iter().find_first(differ);
            if let Some(i) = first {
                let number = (0..a.len()).into_par_iter().filter(differ).count();
                let at = f32::from_bits(((start + i as u64) * stride) as u32);
                return Ok(Err(format!(
                    "{what}: {number} of a chunk of {len} differ, at {at:e} {:e}, not {:e}",
                    b[i], a[i]
                )));
            }
        }
    }
    Ok(Ok(format!("bits of {count} values and slopes")))
}

/// Every input of f16 and of bf16.
pub(super) fn halves(f: &Named, device: &Device) -> Result<Check> {
    let mut differences = Vec::new();
    for dtype in [DType::F16, DType::BF16] {
        let number = |bits: u16| match dtype {
            DType::F16 => half::f16::from_bits(bits).to_f32(),
            _ => half::bf16::from_bits(bits).to_f32(),
        };
        let numbers: Vec<f32> = (0..=u16::MAX).map(number).collect();
        let x = Tensor::new(&numbers[..], &Device::Cpu)?.to_dtype(dtype)?;
        let (expected, found) = (both(f, &x, &Device::Cpu)?, both(f, &x, device)?);
        differences.push(difference(
            &format!("{dtype:?} value"),
            &expected[0],
            &found[0],
        )?);
        // candle's own sum of gradients flushes subnormal numbers of bf16 on some processors.
        let normal = |t: &Tensor| -> Result<Tensor> {
            let wide = t.to_dtype(DType::F32)?;
            let small = wide.abs()?.lt(f64::from(f32::MIN_POSITIVE))?;
            small.where_cond(&wide.zeros_like()?, &wide)
        };
        let (expected, found) = (normal(&expected[1])?, normal(&found[1])?);
        differences.push(difference(&format!("{dtype:?} slope"), &expected, &found)?);
    }
    Ok(verdict(
        differences,
        "bits of 131072 values and slopes".to_owned(),
    ))
}

/// Spread inputs of f64: how far apart the results are, in units in the last place of the expected one.
pub(super) fn double(f: &Named, device: &Device) -> Result<Check> {
    // Of every exponent as many.
    let numbers: Vec<f64> = (0..1u64 << 20)
        .map(|i| f64::from_bits(i.wrapping_mul((1 << 44) | 0x1234_5678_9abd)))
        .chain((-200_000..200_000).map(|i| f64::from(i) * 1.37e-4))
        .collect();
    let x = Tensor::new(&numbers[..], &Device::Cpu)?;
    let (expected, found) = (both(f, &x, &Device::Cpu)?, both(f, &x, device)?);
    let mut worst = [0f64; 2];
    for (which, (expected, found)) in expected.iter().zip(&found).enumerate() {
        let (a, b) = (expected.to_vec1::<f64>()?, found.to_vec1::<f64>()?);
        for (i, (&a, &b)) in a.iter().zip(&b).enumerate() {
            if a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan() || a == b {
                continue;
            }
            let unit = (a.abs() * f64::EPSILON).max(f64::from_bits(1));
            worst[which] = worst[which].max((a - b).abs() / unit);
            // Where a difference cancels, what counts is the distance beside its terms, of the size of x.
            let allowed = 64.0 * unit + 4.0 * f64::EPSILON * numbers[i].abs().min(1e3);
            if a.is_nan() || b.is_nan() || (a - b).abs() > allowed {
                let what = ["value", "slope"][which];
                return Ok(Err(format!("{what} at {:e}: {b:e}, not {a:e}", numbers[i])));
            }
        }
    }
    let [value, slope] = worst;
    Ok(Ok(format!(
        "{} values and slopes, at most {value:.1} and {slope:.1} ε apart",
        numbers.len()
    )))
}
