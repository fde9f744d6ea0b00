//! Refused arguments.

use actsmith_codegen::runtime::apply;
use candle_core::{DType, Device, Result, Tensor};

use super::{Gated, Swish};

#[test]
fn errors_name_the_fix() -> Result<()> {
    let x = Tensor::zeros(3, DType::F32, &Device::Cpu)?;
    let one = Tensor::new(1f32, &Device::Cpu)?;
    let says = |result: Result<Tensor>, words: &[&str]| {
        let message = result.expect_err("an error").to_string();
        for word in words {
            assert!(message.contains(word), "{word}: {message}");
        }
    };
    let swish = |x: &Tensor, b: &Tensor| apply::<Swish, 1, 2>([x], [b.into(), (&one).into()]);
    says(
        swish(&x.to_dtype(DType::U8)?, &one),
        &["swish", "U8", ".to_dtype(DType::F32)"],
    );
    says(
        swish(&x, &one.to_dtype(DType::U8)?),
        &["`b`", "U8", ".to_dtype(DType::F32)"],
    );
    says(swish(&x, &x), &["`b`", "[3]", "one number"]);
    says(
        apply::<Swish, 1, 2>([&x], [1.0.into(), (&one).into()]),
        &["`b` is trained", "tensor"],
    );

    let image = Tensor::zeros((2, 4, 5), DType::F32, &Device::Cpu)?;
    let gated = |x: &Tensor, gate: &Tensor, shift: &Tensor| {
        apply::<Gated, 2, 2>([x, gate], [shift.into(), 1.0.into()])
    };
    says(
        gated(&image, &image, &x),
        &["`shift` has 3 channels", "[2, 4, 5]", "has 4"],
    );
    says(
        gated(&x, &x, &x),
        &["`shift` varies along dimension 1", "[3] has 1"],
    );
    says(
        gated(&image, &x, &one),
        &["[2, 4, 5]", "[3]", ".broadcast_as"],
    );
    says(
        gated(&image, &image.to_dtype(DType::F64)?, &one),
        &["F64", ".to_dtype(DType::F32)"],
    );
    says(
        apply::<Gated, 2, 2>([&image, &image], [(&one).into(), (&one).into()]),
        &["`slope` is a constant", "number"],
    );
    Ok(())
}
