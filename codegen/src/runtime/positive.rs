//! Parameters that stay positive: the softplus of what is trained, and a little more.
//!
//! The softplus of −800 is 0 in f64, that of −20 in f16; what divides by it would be infinite, and its gradients NaN. What is added
//! is too small to be seen beside any number that training works with.

use candle_core::{Result, Tensor, bail};

use super::element::{EXPECTED, Element, computed_in, is_float, with_element};
use super::kernel::{Kernel, Parameter};
use super::op::apply;
use super::real::Real;

/// `ln(1 + eˣ) + ε` of each element, with a gradient. It is computed in f32 or f64, and its type is that; ε is [`Element::LEAST`].
///
/// # Errors
/// If `raw` is not f32, f64, f16 or bf16.
pub fn positive(raw: &Tensor) -> Result<Tensor> {
    let dtype = raw.dtype();
    if !is_float(dtype) {
        bail!(
            "a positive parameter is {dtype:?}, expected {}; convert it with .to_dtype(DType::F32)",
            EXPECTED
        )
    }
    let least = with_element!(dtype, "a positive parameter", T => T::LEAST);
    let computed = raw.to_dtype(computed_in(dtype))?;
    apply::<Positive, 1, 1>([&computed], [least.into()])
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
