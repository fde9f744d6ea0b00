//! `activation!` as a user meets it: values, gradients to the input and the parameters, every layout, both dtypes.

use actsmith::activation;
use candle_core::{DType, Device, Module, Result, Tensor, Var};
use candle_nn::{VarBuilder, VarMap};

activation! {
    /// A self-gated activation with a trained slope.
    pub Swish(x; beta = 1.5) = x * sigmoid(beta * x);
    /// Found on a small GPT.
    Discovered(x) = 0.3994 * gelu(0.4413 * square(x) + 0.5587 * gelu(x)) + 0.6006 * silu(x);
    Affine(z; p = 2, t0 = -0.5) = p * z + t0 * abs(z) + t0;
    Power(x) = powi(x, 5) - x.powi(-2);
    Kinked(x) = if x > 1 && x < 2 { x } else { max(x, 0.25 * x) };
}

fn discovered(x: f64) -> f64 {
    let gelu = |x: f64| x * 0.5 * libm::erfc(-x / 2f64.sqrt());
    0.3994 * gelu(0.4413 * x * x + 0.5587 * gelu(x)) + 0.6006 * x / (1.0 + (-x).exp())
}

#[test]
fn values_are_those_of_the_formula_in_every_layout() -> Result<()> {
    for (dtype, tolerance) in [(DType::F64, 1e-13), (DType::F32, 2e-6)] {
        let x = Tensor::arange(-60f64, 60.0, &Device::Cpu)?
            .affine(0.07, 0.01)?
            .reshape((10, 12))?
            .to_dtype(dtype)?;
        for x in [
            x.clone(),
            x.t()?,
            x.narrow(1, 3, 5)?,
            x.narrow(0, 9, 1)?.broadcast_as((4, 12))?,
            x.narrow(0, 0, 0)?,
        ] {
            let y = Discovered.forward(&x)?;
            assert_eq!((y.dims(), y.dtype()), (x.dims(), dtype));
            let values = |t: &Tensor| t.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>();
            for (x, y) in values(&x)?.into_iter().zip(values(&y)?) {
                let expected = discovered(x);
                assert!(
                    (y - expected).abs() <= tolerance * (1.0 + expected.abs()),
                    "{dtype:?} f({x}) = {y}, not {expected}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn gradients_reach_the_input_and_every_parameter() -> Result<()> {
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, DType::F64, &Device::Cpu);
    let swish = Swish::new(vb)?;
    assert_eq!(swish.beta().to_scalar::<f64>()?, 1.5);
    let xs = [-3.0, -0.4, 0.0, 0.9, 5.0];
    let x = Var::new(&xs, &Device::Cpu)?;
    let up = Tensor::new(&[1.0, -2.0, 0.5, 3.0, 0.25], &Device::Cpu)?;
    let loss = (swish.forward(&x)? * &up)?.sum_all()?;
    let grads = loss.backward()?;
    let by_x = grads.get(&x).expect("a gradient for x").to_vec1::<f64>()?;
    let beta = variables.all_vars().remove(0);
    let by_beta = grads
        .get(&beta)
        .expect("a gradient for beta")
        .to_scalar::<f64>()?;
    let s = |x: f64| 1.0 / (1.0 + (-1.5 * x).exp());
    let ups = up.to_vec1::<f64>()?;
    let mut expected_beta = 0.0;
    for ((&x, &u), found) in xs.iter().zip(&ups).zip(by_x) {
        let slope = s(x) * (1.0 - s(x));
        expected_beta += u * x * x * slope;
        let expected = u * (s(x) + 1.5 * x * slope);
        assert!((found - expected).abs() <= 1e-13, "{found}, not {expected}");
    }
    assert!(
        (by_beta - expected_beta).abs() <= 1e-13,
        "{by_beta}, not {expected_beta}"
    );
    Ok(())
}

#[test]
fn names_of_the_user_never_clash_with_generated_ones() -> Result<()> {
    let variables = VarMap::new();
    let affine = Affine::new(VarBuilder::from_varmap(
        &variables,
        DType::F32,
        &Device::Cpu,
    ))?;
    let y = affine.forward(&Tensor::new(&[-2f32, 3.0], &Device::Cpu)?)?;
    assert_eq!(y.to_vec1::<f32>()?, [-5.5, 4.0]);
    assert_eq!(affine.p().to_scalar::<f32>()?, 2.0);
    Ok(())
}

#[test]
fn powers_and_choices_compile() -> Result<()> {
    let x = Var::new(&[-2f64, 0.5, 1.5], &Device::Cpu)?;
    assert_eq!(
        Power.forward(&x)?.to_vec1::<f64>()?,
        [-32.25, 0.03125 - 4.0, 7.59375 - 1.0 / 2.25]
    );
    let y = Kinked.forward(&x)?;
    assert_eq!(y.to_vec1::<f64>()?, [-0.5, 0.5, 1.5]);
    let grads = y.backward()?;
    assert_eq!(
        grads.get(&x).expect("a gradient").to_vec1::<f64>()?,
        [0.25, 1.0, 1.0]
    );
    Ok(())
}

#[test]
fn the_struct_says_what_it_computes() {
    assert_eq!(Swish::FORMULA, "x * sigmoid(beta * x)");
    assert!(
        Swish::DERIVATIVE.contains("sigmoid(x * beta)"),
        "{}",
        Swish::DERIVATIVE
    );
}

#[test]
fn an_unsupported_dtype_is_one_clear_error() {
    let x = Tensor::new(&[1u8, 2], &Device::Cpu).expect("a tensor");
    let error = Discovered
        .forward(&x)
        .expect_err("u8 has no activation")
        .to_string();
    assert!(error.contains("to_dtype"), "{error}");
}
