//! f16 and bf16.

use actsmith_codegen::runtime::{SimdLevel, apply, forward_slice};
use candle_core::{DType, Device, Result, Tensor, Var};
use half::{bf16, f16};

use super::{Mish, Swish};

/// All 65,536 numbers: the f32 computation, rounded once by the `half` crate.
#[test]
fn half_precision_is_computed_in_f32_and_rounded_once() {
    let run = |wide: Vec<f32>| {
        let mut y = vec![0.0; wide.len()];
        forward_slice::<Mish, 1, 0, f32>(SimdLevel::best(), [&wide], [], &mut y);
        y
    };
    let bits = 0..=u16::MAX;
    let x: Vec<f16> = bits.clone().map(f16::from_bits).collect();
    let mut y = x.clone();
    forward_slice::<Mish, 1, 0, f16>(SimdLevel::best(), [&x], [], &mut y);
    for (y, want) in y.iter().zip(run(x.iter().map(|x| x.to_f32()).collect())) {
        let want = f16::from_f32(want);
        assert!(y.to_bits() == want.to_bits() || (y.is_nan() && want.is_nan()));
    }
    let x: Vec<bf16> = bits.map(bf16::from_bits).collect();
    let mut y = x.clone();
    forward_slice::<Mish, 1, 0, bf16>(SimdLevel::best(), [&x], [], &mut y);
    for (y, want) in y.iter().zip(run(x.iter().map(|x| x.to_f32()).collect())) {
        let want = bf16::from_f32(want);
        assert!(y.to_bits() == want.to_bits() || (y.is_nan() && want.is_nan()));
    }
}

#[test]
fn gradients_of_half_precision_have_its_type_and_reach_the_parameters() -> Result<()> {
    for dtype in [DType::F16, DType::BF16] {
        let half =
            |values: &[f32]| Var::from_tensor(&Tensor::new(values, &Device::Cpu)?.to_dtype(dtype)?);
        let (x, b, c) = (half(&[-2.0, 0.0, 1.0, 3.0])?, half(&[1.5])?, half(&[0.25])?);
        let y = apply::<Swish, 1, 2>([&x], [b.as_tensor().into(), c.as_tensor().into()])?;
        let grads = y.sum_all()?.backward()?;
        for (var, want) in [(&x, 4), (&b, 1), (&c, 1)] {
            let grad = grads.get(var).expect("a gradient");
            assert_eq!((grad.dtype(), grad.elem_count()), (dtype, want));
        }
        let sum = grads.get(&c).expect("a gradient").to_dtype(DType::F32)?;
        assert_eq!(sum.to_vec1::<f32>()?, [4.0]);
    }
    Ok(())
}
