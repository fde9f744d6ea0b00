//! The fused operation: layouts, gradients, determinism, errors.

#![cfg(feature = "candle")]

mod channels;
mod determinism;
mod errors;
mod gradients;
mod halves;
mod layouts;

use actsmith_codegen::runtime::{
    Element, Kernel, Parameter, Real, SimdLevel, backward_slice, forward_slice,
};
use candle_core::{DType, Device, Result, Tensor, Var, WithDType};

/// `x · sigmoid(b·x) + c`.
struct Swish;

impl Kernel<1, 2> for Swish {
    const NAME: &'static str = "swish";
    const PARAMETERS: [Parameter; 2] = [Parameter::scalar("b"), Parameter::scalar("c")];

    #[inline(always)]
    fn value<T: Real>([x]: [T; 1], [b, c]: [T; 2]) -> T {
        x * (b * x).sigmoid() + c
    }

    #[inline(always)]
    fn value_and_gradient<T: Real>([x]: [T; 1], [b, c]: [T; 2]) -> (T, [T; 1], [T; 2]) {
        let s = (b * x).sigmoid();
        let slope = s * (T::of(1.0) - s);
        (x * s + c, [s + b * x * slope], [x * x * slope, T::of(1.0)])
    }
}

/// `x · tanh(softplus(x))`.
struct Mish;

impl Kernel<1, 0> for Mish {
    const NAME: &'static str = "mish";
    const PARAMETERS: [Parameter; 0] = [];

    #[inline(always)]
    fn value<T: Real>([x]: [T; 1], _: [T; 0]) -> T {
        x.mish()
    }

    #[inline(always)]
    fn value_and_gradient<T: Real>([x]: [T; 1], _: [T; 0]) -> (T, [T; 1], [T; 0]) {
        let t = x.softplus().tanh();
        (x * t, [t + x * x.sigmoid() * (T::of(1.0) - t * t)], [])
    }
}

/// Numbers spread over ±6, in no order.
fn numbers(n: usize) -> Vec<f32> {
    (0..n)
        .map(|i| (i as f32 * 0.618_034).fract() * 12.0 - 6.0)
        .collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

fn flat(t: &Tensor) -> Result<Vec<f32>> {
    t.flatten_all()?.to_vec1()
}

/// `(x + shift) · sigmoid(slope · gate)`, with a shift per channel and a constant slope.
struct Gated;

impl Kernel<2, 2> for Gated {
    const NAME: &'static str = "gated";
    const PARAMETERS: [Parameter; 2] = [
        Parameter::per_channel("shift", 1),
        Parameter::constant("slope"),
    ];

    #[inline(always)]
    fn value<T: Real>([x, gate]: [T; 2], [shift, slope]: [T; 2]) -> T {
        (x + shift) * (slope * gate).sigmoid()
    }

    #[inline(always)]
    fn value_and_gradient<T: Real>(
        [x, gate]: [T; 2],
        [shift, slope]: [T; 2],
    ) -> (T, [T; 2], [T; 2]) {
        let s = (slope * gate).sigmoid();
        let by_gate = (x + shift) * slope * (s * (T::of(1.0) - s));
        ((x + shift) * s, [s, by_gate], [s, T::of(0.0)])
    }
}

/// `x` for positive `x`, else `alpha · x`, with one `alpha` for each index of the last dimension.
struct LastPRelu;

impl Kernel<1, 1> for LastPRelu {
    const NAME: &'static str = "prelu";
    const PARAMETERS: [Parameter; 1] = [Parameter::per_channel("alpha", -1)];

    #[inline(always)]
    fn value<T: Real>([x]: [T; 1], [alpha]: [T; 1]) -> T {
        x.prelu(alpha)
    }

    #[inline(always)]
    fn value_and_gradient<T: Real>([x]: [T; 1], [alpha]: [T; 1]) -> (T, [T; 1], [T; 1]) {
        let positive = x > T::of(0.0);
        let slope = T::select(positive, T::of(1.0), alpha);
        let by_alpha = T::select(positive, T::of(0.0), x);
        (x.prelu(alpha), [slope], [by_alpha])
    }
}

/// Random values of `shape` in f64, as a variable.
fn variable(shape: &[usize], factor: f64) -> Result<Var> {
    let values = numbers(shape.iter().product());
    let x = Tensor::from_vec(values, shape, &Device::Cpu)?.to_dtype(DType::F64)?;
    Var::from_tensor(&(x * factor)?)
}

/// The largest difference, relative to `1 + |want|`.
fn distance(got: &Tensor, want: &Tensor) -> Result<f64> {
    assert_eq!(got.dims(), want.dims());
    let (got, want) = (got.flatten_all()?, want.flatten_all()?);
    let pairs = got
        .to_vec1::<f64>()?
        .into_iter()
        .zip(want.to_vec1::<f64>()?);
    Ok(pairs
        .map(|(g, w)| (g - w).abs() / (1.0 + w.abs()))
        .fold(0.0, f64::max))
}

/// The values and gradients of [`Swish`] for parameters 1.3 and 0.2.
fn both_ways<T: Element + WithDType>(
    level: SimdLevel,
    x: &[T],
    grad: &[T],
) -> (Vec<T>, Vec<T>, [T; 2]) {
    let p = [T::from_f64(1.3), T::from_f64(0.2)];
    let mut y = vec![T::from_f64(0.0); x.len()];
    let mut dx = y.clone();
    forward_slice::<Swish, 1, 2, T>(level, [x], p, &mut y);
    let sums = backward_slice::<Swish, 1, 2, T>(level, [x], p, grad, [&mut dx]);
    (y, dx, sums)
}

fn elements<T: WithDType>(n: usize) -> (Vec<T>, Vec<T>) {
    let x: Vec<T> = numbers(n).iter().map(|&v| T::from_f64(v.into())).collect();
    let grad = x.iter().rev().copied().collect();
    (x, grad)
}
