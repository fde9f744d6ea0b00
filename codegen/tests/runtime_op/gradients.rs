//! Gradients against finite differences, sums and what is known of them.

use actsmith_codegen::runtime::{Kernel, SimdLevel, apply};
use candle_core::{DType, Device, Result, Tensor, Var};

use super::{Mish, Swish, both_ways, elements, flat, numbers};

/// Central differences with step 10⁻⁵ err by about 10⁻¹⁰ of the third derivative and 10⁻¹¹ of rounding.
#[test]
fn gradients_agree_with_finite_differences() -> Result<()> {
    const STEP: f64 = 1e-5;
    const TOLERANCE: f64 = 1e-8;
    let (b, c) = (
        Var::new(1.3f64, &Device::Cpu)?,
        Var::new(-0.4f64, &Device::Cpu)?,
    );
    let x = Var::from_tensor(&Tensor::new(numbers(300), &Device::Cpu)?.to_dtype(DType::F64)?)?;
    let f = |x: &Tensor, b: &Tensor, c: &Tensor| apply::<Swish, 1, 2>([x], [b.into(), c.into()]);
    let grads = f(&x, &b, &c)?.sum_all()?.backward()?;
    let difference = |shift: [f64; 3]| -> Result<Tensor> {
        let side = |h: f64| {
            f(
                &(x.as_tensor() + h * shift[0])?,
                &(b.as_tensor() + h * shift[1])?,
                &(c.as_tensor() + h * shift[2])?,
            )
        };
        (side(STEP)? - side(-STEP)?)? / (2.0 * STEP)
    };
    let (got, want) = (
        grads.get(&x).unwrap().to_vec1::<f64>()?,
        difference([1.0, 0.0, 0.0])?.to_vec1::<f64>()?,
    );
    assert!(
        got.iter()
            .zip(&want)
            .all(|(g, w)| (g - w).abs() < TOLERANCE)
    );
    for (var, shift) in [(&b, [0.0, 1.0, 0.0]), (&c, [0.0, 0.0, 1.0])] {
        let got = grads.get(var).unwrap().to_scalar::<f64>()?;
        let want = difference(shift)?.sum_all()?.to_scalar::<f64>()?;
        assert!((got - want).abs() < 300.0 * TOLERANCE, "{got} {want}");
    }
    Ok(())
}

#[test]
fn an_operation_without_parameters_passes_its_gradient() -> Result<()> {
    let x = Var::new(
        &[-1000.0f32, -88.8, -1.0, 0.0, 2.0, 88.8, 1e30],
        &Device::Cpu,
    )?;
    let grads = apply::<Mish, 1, 0>([&x], [])?.sum_all()?.backward()?;
    let got = flat(grads.get(&x).unwrap())?;
    assert_eq!((got[0], got[5], got[6]), (0.0, 1.0, 1.0));
    assert!(
        (got[3] - 0.6).abs() < 1e-6,
        "mish′(0) = tanh(ln 2) = 3/5, not {}",
        got[3]
    );
    assert!(got.iter().all(|g| g.is_finite()), "{got:?}");
    Ok(())
}

/// A term errs by a few roundings, and a lane takes 32 of them: 48·2⁻²⁴ of the sum of magnitudes.
#[test]
fn parameter_gradients_are_sums_over_all_elements() {
    for len in [1, 31, 33, 1024, 1025, 70_000] {
        let (x, grad) = elements::<f32>(len);
        let (_, _, got) = both_ways(SimdLevel::best(), &x, &grad);
        let (mut want, mut size) = ([0.0; 2], [0.0; 2]);
        for (&x, &g) in x.iter().zip(&grad) {
            let (_, _, dp) =
                Swish::value_and_gradient([f64::from(x)], [f64::from(1.3f32), f64::from(0.2f32)]);
            for j in 0..2 {
                want[j] += f64::from(g) * dp[j];
                size[j] += (f64::from(g) * dp[j]).abs();
            }
        }
        for j in 0..2 {
            assert!(
                (f64::from(got[j]) - want[j]).abs() <= 48.0 * 2f64.powi(-24) * size[j],
                "{len}: {got:?} {want:?}"
            );
        }
    }
}
