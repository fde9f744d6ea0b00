//! Parameters that stay positive: the softplus of what is trained, and a little more.
//!
//! The softplus of −800 is 0 in f64, that of −20 in f16; what divides by it would be infinite, and its gradients NaN. What is added
//! is too small to be seen beside any number that training works with.

use candle_core::{DType, Result, Tensor, bail};

use super::kernel::{Kernel, Parameter};
use super::op::apply;
use super::real::Real;

/// `ln(1 + eˣ) + ε` of each element, with a gradient. It is computed in f32 or f64, and its type is that; so is ε, whose
/// reciprocal squared, the size of a derivative of `1/β`, has to be a number.
///
/// # Errors
/// If `raw` is not f32, f64, f16 or bf16.
pub fn positive(raw: &Tensor) -> Result<Tensor> {
    let (dtype, least) = match raw.dtype() {
        // Inputs of f32 convert it.
        DType::F64 => (DType::F64, 2f64.powi(-56)),
        DType::F32 | DType::BF16 => (DType::F32, 2f64.powi(-42)),
        // Gradients are rounded to f16 in the end, whose largest number is below 2¹⁶.
        DType::F16 => (DType::F32, 2f64.powi(-14)),
        other => bail!(
            "a positive parameter is {other:?}, expected F32, F64, F16 or BF16; convert it with .to_dtype(DType::F32)"
        ),
    };
    apply::<Positive, 1, 1>([&raw.to_dtype(dtype)?], [least.into()])
}

struct Positive;

impl Kernel<1, 1> for Positive {
    const NAME: &'static str = "positive";
    const PARAMETERS: [Parameter; 1] = [Parameter::constant("least")];
    #[cfg(feature = "cuda")]
    const CUDA: &'static str = "FN real value(real x0, real p0) {
    return softplus(x0) + p0;
}
FN void gradient(real x0, real p0, real* by) {
    by[0] = sigmoid(x0);
}
";

    #[inline(always)]
    fn value<T: Real>([x]: [T; 1], [least]: [T; 1]) -> T {
        x.softplus() + least
    }

    #[inline(always)]
    fn value_and_gradient<T: Real>([x]: [T; 1], [least]: [T; 1]) -> (T, [T; 1], [T; 1]) {
        (x.softplus() + least, [x.sigmoid()], [T::of(0.0)])
    }
}
