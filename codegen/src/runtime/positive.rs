//! Parameters that stay positive: the softplus of what is trained.

use candle_core::{Result, Tensor};

use super::kernel::{Kernel, Parameter};
use super::op::apply;
use super::real::Real;

/// `ln(1 + eˣ)` of each element, with a gradient.
///
/// # Errors
/// If `raw` is not f32, f64, f16 or bf16 on the CPU.
pub fn positive(raw: &Tensor) -> Result<Tensor> {
    apply::<Softplus, 1, 0>([raw], [])
}

struct Softplus;

impl Kernel<1, 0> for Softplus {
    const NAME: &'static str = "softplus";
    const PARAMETERS: [Parameter; 0] = [];

    #[inline(always)]
    fn value<T: Real>([x]: [T; 1], _: [T; 0]) -> T {
        x.softplus()
    }

    #[inline(always)]
    fn value_and_gradient<T: Real>([x]: [T; 1], _: [T; 0]) -> (T, [T; 1], [T; 0]) {
        (x.softplus(), [x.sigmoid()], [])
    }
}
