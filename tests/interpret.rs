//! A formula that is interpreted gives the bits of the same formula compiled by `activation!`.

use actsmith::activation;
use actsmith_codegen::Formula;
use candle_core::{DType, Device, Module, Result, Tensor, Var};

/// Declares each activation, and lists it with its formula as text.
macro_rules! both_ways {
    ($($name:ident = { $($formula:tt)+ })+) => {
        // Some have a pole.
        activation! { $(#[allow(deprecated)] $name(x) = $($formula)+;)+ }

        fn compiled() -> Vec<(&'static str, Box<dyn Module>)> {
            vec![$((stringify!($($formula)+), Box::new($name))),+]
        }
    };
}

both_ways! {
    Swish = { x * sigmoid(x) }
    Mish = { mish(x) }
    Discovered = { 0.3994 * gelu(0.4413 * square(x) + 0.5587 * gelu(x)) + 0.6006 * silu(x) }
    Powers = { powi(x, 5) - powi(x, -2) + powi(x, 7) * 0.01 }
    Kinked = { if x > 1 && x < 2 { x } else { max(x, 0.25 * x) } }
    Clamped = { clamp(x, -1.5, cos(x) + 2) * hardswish(x) }
    Nested = { sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x) }
    Waves = { sin(x) * gaussian(x) + sinc(x) / (1.1 + erf(x)) }
    Slopes = { relu(x) - 0.2 * min0(x) + 0.3 * elu(x) + 0.1 * softsign(x) }
    Rectified = { prelu(x, 0.3) + rrelu(2 * x) - celu(x, 1.5) * elu(x, 0.2) }
    Shrunk = { hardtanh(2 * x) + hardshrink(x) - softshrink(0.7 * x) * threshold(x, 0.1, 3) }
    Constant = { sqrt(2) + 0 * x }
    Identity = { x }
}

/// NaN has many bit patterns, and none of them is promised.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

#[test]
fn the_bits_are_those_of_the_compiled_activation() -> Result<()> {
    let mut points: Vec<f64> = (-2000..2000).map(|i| f64::from(i) * 0.004_7).collect();
    points.extend([
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.0,
        1e-40,
        -1e-300,
        88.8,
        -1000.0,
        1e30,
        -3e38,
    ]);
    for (text, compiled) in compiled() {
        let interpreted = Formula::parse(text)
            .unwrap_or_else(|e| panic!("{e}"))
            .activation()
            .unwrap_or_else(|e| panic!("{e}"));
        for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
            let x = Tensor::new(&points[..], &Device::Cpu)?.to_dtype(dtype)?;
            let weights = ((&x * 0.3)? + 1.0)?;
            let run = |module: &dyn Module| -> Result<[Vec<f64>; 2]> {
                let x = Var::from_tensor(&x)?;
                let y = module.forward(&x)?;
                let grads = (&y * &weights)?.sum_all()?.backward()?;
                let numbers = |t: &Tensor| t.to_dtype(DType::F64)?.to_vec1::<f64>();
                Ok([numbers(&y)?, numbers(grads.get(&x).expect("a gradient"))?])
            };
            let (want, got) = (run(&*compiled)?, run(&interpreted)?);
            for (what, want, got) in [("f", &want[0], &got[0]), ("f′", &want[1], &got[1])] {
                for (x, (&want, &got)) in points.iter().zip(want.iter().zip(got)) {
                    assert!(
                        same(want, got),
                        "{text}: {dtype:?} {what}({x}) = {got}, compiled {want}"
                    );
                }
            }
        }
    }
    Ok(())
}
