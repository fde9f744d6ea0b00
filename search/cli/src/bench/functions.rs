//! The functions that are measured, one row each, as the peer script for PyTorch names them.

use actsmith::runtime::{SimdLevel, backward_slice};
use actsmith::{activation, zoo};
use candle_core::{Module, Result, Tensor};
use candle_nn::ops::{self, sigmoid};

use super::Backward;

/// A function that [`measure`](super::measure) knows in several forms.
pub struct NamedFunction {
    /// Its name.
    pub name: &'static str,
    /// What it computes.
    pub formula: &'static str,
    /// Compiled by `activation!`.
    pub fused: Fused,
    /// Candle's own operation.
    pub candle: Option<fn(&Tensor) -> Result<Tensor>>,
    /// The formula as it is written with candle's operations.
    pub composed: fn(&Tensor) -> Result<Tensor>,
    /// Whether it is measured unless others are asked for.
    pub by_default: bool,
}

/// A compiled activation.
pub struct Fused {
    /// The candle operation.
    pub operation: fn(&Tensor) -> Result<Tensor>,
    /// Its backward pass.
    pub backward: Backward,
}

activation! {
    /// Of α = 1; that of the zoo takes any.
    Elu(x) = elu(x);
    /// `x·σ(x)`, as it is written out.
    SiluWrittenOut(x) = x * sigmoid(x);
    /// `x·tanh(ln(1 + eˣ))`, as it is written out.
    MishWrittenOut(x) = x * tanh(softplus(x));
    /// Strack et al. (arXiv 2408.06820), found on a GPT.
    DiscoveredGpt(x) = 0.3994 * gelu(0.4413 * square(x) + 0.5587 * gelu(x)) + 0.6006 * silu(x);
    /// Of the same paper, found on a vision transformer.
    DiscoveredVit(x) = sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x);
    /// Of the same paper, found on a ResNet.
    DiscoveredResnet(x) = sigmoid(relu(x)) * elu(x);
}

macro_rules! fused {
    ($name:path) => {
        Fused {
            operation: |x| $name.forward(x),
            backward: |x, grad, grad_x| {
                let level = SimdLevel::best();
                backward_slice::<$name, 1, 0, f32>(level, [x], [], grad, [grad_x]);
            },
        }
    };
}

/// Every function with a name.
#[rustfmt::skip]
pub const FUNCTIONS: &[NamedFunction] = &[
    NamedFunction { name: "relu", formula: "relu(x)", fused: fused!(zoo::Relu), candle: Some(Tensor::relu), composed: relu, by_default: true },
    NamedFunction { name: "silu", formula: "silu(x)", fused: fused!(zoo::Silu), candle: Some(Tensor::silu), composed: silu, by_default: true },
    NamedFunction { name: "gelu", formula: "gelu(x)", fused: fused!(zoo::Gelu), candle: Some(Tensor::gelu_erf), composed: gelu, by_default: true },
    // What candle calls `gelu` is the approximation by tanh.
    NamedFunction { name: "gelu_tanh", formula: "gelu_tanh(x)", fused: fused!(zoo::GeluTanh), candle: Some(Tensor::gelu), composed: gelu_tanh, by_default: true },
    NamedFunction { name: "mish", formula: "mish(x)", fused: fused!(zoo::Mish), candle: Some(ops::mish), composed: mish, by_default: true },
    NamedFunction { name: "silu_written_out", formula: "x * sigmoid(x)", fused: fused!(SiluWrittenOut), candle: None, composed: silu, by_default: true },
    NamedFunction { name: "mish_written_out", formula: "x * tanh(softplus(x))", fused: fused!(MishWrittenOut), candle: None, composed: mish, by_default: true },
    NamedFunction { name: "discovered_gpt", formula: "0.3994 * gelu(0.4413 * square(x) + 0.5587 * gelu(x)) + 0.6006 * silu(x)", fused: fused!(DiscoveredGpt), candle: None, composed: discovered_gpt, by_default: true },
    NamedFunction { name: "discovered_vit", formula: "sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x)", fused: fused!(DiscoveredVit), candle: None, composed: discovered_vit, by_default: true },
    NamedFunction { name: "discovered_resnet", formula: "sigmoid(relu(x)) * elu(x)", fused: fused!(DiscoveredResnet), candle: None, composed: discovered_resnet, by_default: true },
    NamedFunction { name: "sigmoid", formula: "sigmoid(x)", fused: fused!(zoo::Sigmoid), candle: Some(sigmoid), composed: logistic, by_default: false },
    NamedFunction { name: "tanh", formula: "tanh(x)", fused: fused!(zoo::Tanh), candle: Some(Tensor::tanh), composed: tanh, by_default: false },
    NamedFunction { name: "elu", formula: "elu(x)", fused: fused!(Elu), candle: Some(|x| x.elu(1.0)), composed: elu, by_default: false },
];

fn relu(x: &Tensor) -> Result<Tensor> {
    x.maximum(&x.zeros_like()?)
}

fn silu(x: &Tensor) -> Result<Tensor> {
    x * sigmoid(x)?
}

fn gelu(x: &Tensor) -> Result<Tensor> {
    x * 0.5 * ((x / std::f64::consts::SQRT_2)?.erf()? + 1.0)?
}

fn gelu_tanh(x: &Tensor) -> Result<Tensor> {
    let scale = (2.0 / std::f64::consts::PI).sqrt();
    let inner = ((x + (x.powf(3.0)? * 0.044715)?)? * scale)?;
    (x * 0.5)? * (inner.tanh()? + 1.0)?
}

fn mish(x: &Tensor) -> Result<Tensor> {
    x * (x.exp()? + 1.0)?.log()?.tanh()?
}

fn discovered_gpt(x: &Tensor) -> Result<Tensor> {
    let inner = ((x.sqr()? * 0.4413)? + (x.gelu_erf()? * 0.5587)?)?;
    (inner.gelu_erf()? * 0.3994)? + (x.silu()? * 0.6006)?
}

fn discovered_vit(x: &Tensor) -> Result<Tensor> {
    let silu = x.silu()?;
    sigmoid(&(sigmoid(&silu)? * &silu)?.gelu_erf()?)? * silu
}

fn discovered_resnet(x: &Tensor) -> Result<Tensor> {
    sigmoid(&x.relu()?)? * x.elu(1.0)?
}

fn logistic(x: &Tensor) -> Result<Tensor> {
    (x.neg()?.exp()? + 1.0)?.recip()
}

fn tanh(x: &Tensor) -> Result<Tensor> {
    let (up, down) = (x.exp()?, x.neg()?.exp()?);
    (&up - &down)? / (up + down)?
}

fn elu(x: &Tensor) -> Result<Tensor> {
    x.gt(0f32)?.where_cond(x, &(x.exp()? - 1.0)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actsmith_codegen::Formula;
    use candle_core::{Device, Var};

    /// Value and slope at each of the inputs of `x`.
    fn both(f: impl Fn(&Tensor) -> Result<Tensor>, x: &Var) -> Result<[Vec<f32>; 2]> {
        let y = f(x)?;
        let slopes = y.backward()?.remove(x).expect("a gradient");
        Ok([y.to_vec1()?, slopes.to_vec1()?])
    }

    /// A comparison of different functions would say nothing.
    #[test]
    fn every_form_computes_the_formula() -> Result<()> {
        let xs: Vec<f32> = (-50..50).map(|i| 0.123 * i as f32 + 0.01).collect();
        let x = Var::new(&xs[..], &Device::Cpu)?;
        for function in FUNCTIONS {
            let formula = Formula::parse(function.formula).expect("a formula");
            let gradient = formula.with_gradient();
            let exact = |&x: &f32| {
                let (value, derivatives) = gradient.at(&[x.into()]);
                [value, derivatives[0]]
            };
            let exact: Vec<[f64; 2]> = xs.iter().map(exact).collect();
            let forms = [
                Some(function.fused.operation),
                function.candle,
                Some(function.composed),
            ];
            for f in forms.into_iter().flatten() {
                for (which, found) in both(f, &x)?.iter().enumerate() {
                    for (found, exact) in found.iter().zip(&exact) {
                        let (found, exact) = (f64::from(*found), exact[which]);
                        let close = (found - exact).abs() <= 2e-5 * (1.0 + exact.abs());
                        assert!(close, "{}: {found}, not {exact}", function.name);
                    }
                }
            }
            let mut slopes = vec![0.0; xs.len()];
            (function.fused.backward)(&xs, &vec![1.0; xs.len()], &mut slopes);
            assert_eq!(
                slopes,
                both(function.fused.operation, &x)?[1],
                "{}",
                function.name
            );
        }
        Ok(())
    }
}
