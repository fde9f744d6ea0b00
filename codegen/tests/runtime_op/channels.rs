//! Two inputs, and parameters that vary by channel.

use actsmith_codegen::runtime::apply;
use candle_core::{DType, Device, Result, Var};

use super::{Gated, LastPRelu, distance, variable};

/// Shapes whose channels are split by blocks and chunks in every way; the channels of [`Gated`] are dimension 1.
const SHAPES: &[&[usize]] = &[
    &[3, 4],
    &[5, 1],
    &[2, 3, 1],
    &[2, 7, 5],
    &[3, 5, 40, 9],
    &[40, 70, 13],
    &[1, 3, 20_011],
    &[30, 2000],
    &[2, 40_000],
];

/// Both compute in f64; sums of up to 10⁵ terms err by 10⁵ epsilons at most.
const SUM_TOLERANCE: f64 = 1e5 * f64::EPSILON;

#[test]
fn two_inputs_and_a_channel_parameter_have_the_gradients_of_the_composition() -> Result<()> {
    for &shape in SHAPES {
        let (x, gate) = (variable(shape, 1.0)?, variable(shape, -0.4)?);
        let shift = variable(&shape[1..2], 0.3)?;
        let mut broadcast = vec![1; shape.len()];
        broadcast[1] = shape[1];
        let weights = (variable(shape, 0.5)?.as_tensor() + 0.1)?;

        let y = apply::<Gated, 2, 2>([&x, &gate], [shift.as_tensor().into(), 1.7.into()])?;
        let got = (&y * &weights)?.sum_all()?.backward()?;
        let composed = x
            .broadcast_add(&shift.reshape(broadcast)?)?
            .mul(&candle_nn::ops::sigmoid(&(gate.as_tensor() * 1.7)?)?)?;
        let want = (&composed * &weights)?.sum_all()?.backward()?;

        assert!(distance(&y, &composed)? < SUM_TOLERANCE, "{shape:?}");
        for (name, var) in [("x", &x), ("gate", &gate), ("shift", &shift)] {
            let of = |grads: &candle_core::backprop::GradStore| {
                grads.get(var).cloned().expect("a gradient")
            };
            let distance = distance(&of(&got), &of(&want))?;
            assert!(
                distance < SUM_TOLERANCE,
                "{name} of {shape:?}: {distance:e}"
            );
        }
    }
    Ok(())
}

#[test]
fn a_parameter_of_the_last_dimension_has_the_gradients_of_the_composition() -> Result<()> {
    for &shape in SHAPES {
        for (transposed, numbers) in [(false, 1), (false, shape[shape.len() - 1]), (true, 1)] {
            let base = variable(shape, 1.0)?;
            let x = if transposed {
                base.t()?
            } else {
                base.as_tensor().clone()
            };
            let alpha = variable(&[numbers], 0.1)?;
            let weights = (x.detach() * 0.5)?;
            let y = apply::<LastPRelu, 1, 1>([&x], [alpha.as_tensor().into()])?;
            let got = (&y * &weights)?.sum_all()?.backward()?;
            let composed = (x.relu()? - x.neg()?.relu()?.broadcast_mul(&alpha)?)?;
            let want = (&composed * &weights)?.sum_all()?.backward()?;
            assert!(distance(&y, &composed)? < SUM_TOLERANCE, "{shape:?}");
            for var in [&base, &alpha] {
                let of = |grads: &candle_core::backprop::GradStore| {
                    grads.get(var).cloned().expect("a gradient")
                };
                let distance = distance(&of(&got), &of(&want))?;
                assert!(distance < SUM_TOLERANCE, "{shape:?}: {distance:e}");
            }
        }
    }
    Ok(())
}

#[test]
fn empty_inputs_have_empty_gradients_and_parameters_that_of_nothing() -> Result<()> {
    for shape in [[0, 3, 2], [2, 3, 0], [2, 0, 4]] {
        let (x, gate) = (variable(&shape, 1.0)?, variable(&shape, 1.0)?);
        let shift = Var::zeros(shape[1], DType::F64, &Device::Cpu)?;
        let y = apply::<Gated, 2, 2>([&x, &gate], [(&shift).into(), 1.7.into()])?;
        assert_eq!(y.dims(), shape);
        let grads = y.backward()?;
        assert_eq!(grads.get(&gate).expect("a gradient").dims(), shape);
        let by_shift = grads.get(&shift).expect("a gradient");
        assert_eq!(by_shift.to_vec1::<f64>()?, vec![0.0; shape[1]]);
    }
    Ok(())
}
