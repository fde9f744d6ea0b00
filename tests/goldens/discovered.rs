/// `f(x) = silu(x) * sigmoid(gelu(silu(silu(x))))`
///
/// `∂f/∂x = let t0 = sigmoid(x); let t1 = x * t0; let t2 = sigmoid(t1); let t3 = t1 * t2; let t4 = normal_cdf(t3); let t5 = t0 + t0 * (x - t1); let t6 = t2 * ((t4 + t3 * normal_pdf(t3)) * t5); let t7 = sigmoid(t3 * t4); x * (t0 * (((t1 - t3) * t6 + t6) * (t7 * (1 - t7)))) + t7 * t5`
///
/// Written as `sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x)`.
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Discovered;
#[allow(dead_code)]
impl Discovered {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "silu(x) * sigmoid(gelu(silu(silu(x))))";
    /// Its derivative by the input.
    pub const DERIVATIVE: &'static str = "let t0 = sigmoid(x); let t1 = x * t0; let t2 = sigmoid(t1); let t3 = t1 * t2; let t4 = normal_cdf(t3); let t5 = t0 + t0 * (x - t1); let t6 = t2 * ((t4 + t3 * normal_pdf(t3)) * t5); let t7 = sigmoid(t3 * t4); x * (t0 * (((t1 - t3) * t6 + t6) * (t7 * (1 - t7)))) + t7 * t5";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 2.29141662046;
    /// Writes the values over `x`, for inference: no gradient flows, and what shares the memory of `x` changes too.
    ///
    /// # Errors
    ///
    /// If gradients of the input are tracked, or it is not contiguous. If a tensor is not f32, f64, f16 or bf16 on the CPU, or of another type than the others.
    #[inline]
    pub fn forward_in_place(
        &self,
        x: candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::apply_in_place::<Self, 1, 0>([&x], [])?;
        ::core::result::Result::Ok(x)
    }
}
impl actsmith::runtime::Kernel<1, 0> for Discovered {
    const NAME: &'static str = "Discovered";
    const PARAMETERS: [actsmith::runtime::Parameter; 0] = [];
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value<T: actsmith::runtime::Real>(xs: [T; 1], _: [T; 0]) -> T {
        let [x] = xs;
        let t0 = x.silu();
        t0 * t0.silu().gelu().sigmoid()
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value_and_gradient<T: actsmith::runtime::Real>(
        xs: [T; 1],
        _: [T; 0],
    ) -> (T, [T; 1], [T; 0]) {
        let [x] = xs;
        let t0 = x.sigmoid();
        let t1 = x * t0;
        let t2 = t1.sigmoid();
        let t3 = t1 * t2;
        let t4 = t3.normal_cdf();
        let t5 = (t3 * t4).sigmoid();
        let t6 = t0 + t0 * (x - t1);
        let t7 = t2 * ((t4 + t3 * t3.normal_pdf()) * t6);
        let f = t1 * t5;
        let by_x = x * (t0 * (((t1 - t3) * t7 + t7) * (t5 * (T::of(1.0) - t5))))
            + t5 * t6;
        (f, [by_x], [])
    }
}
impl candle_core::Module for Discovered {
    #[inline]
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::apply::<Self, 1, 0>([xs], [])
    }
}
