/// `f(x) = silu(x) * sigmoid(gelu(silu(silu(x))))`
///
/// `∂f/∂x = (sigmoid(gelu(silu(silu(x)))) - square(sigmoid(gelu(silu(silu(x)))))) * (silu(silu(x)) * ((normal_cdf(silu(silu(x))) + silu(silu(x)) * normal_pdf(silu(silu(x)))) * (sigmoid(x) * (1 + (x - silu(x))) * (1 + (silu(x) - silu(silu(x))))))) + sigmoid(gelu(silu(silu(x)))) * (sigmoid(x) * (1 + (x - silu(x))))`
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
    pub const DERIVATIVE: &'static str = "(sigmoid(gelu(silu(silu(x)))) - square(sigmoid(gelu(silu(silu(x)))))) * (silu(silu(x)) * ((normal_cdf(silu(silu(x))) + silu(silu(x)) * normal_pdf(silu(silu(x)))) * (sigmoid(x) * (1 + (x - silu(x))) * (1 + (silu(x) - silu(silu(x))))))) + sigmoid(gelu(silu(silu(x)))) * (sigmoid(x) * (1 + (x - silu(x))))";
}
impl actsmith::runtime::Kernel<0> for Discovered {
    const NAME: &'static str = "Discovered";
    #[inline(always)]
    #[allow(unused_variables, clippy::approx_constant)]
    fn value<T: actsmith::runtime::Real>(x: T, _: [T; 0]) -> T {
        let t0 = x.silu();
        t0 * t0.silu().gelu().sigmoid()
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::approx_constant)]
    fn value_and_gradient<T: actsmith::runtime::Real>(
        x: T,
        _: [T; 0],
    ) -> (T, T, [T; 0]) {
        let t0 = x.silu();
        let t1 = t0.silu();
        let t2 = t1.gelu().sigmoid();
        let t3 = x.sigmoid() * (T::of(1.0) + (x - t0));
        let f = t0 * t2;
        let by_x = (t2 - t2.square())
            * (t1
                * ((t1.normal_cdf() + t1 * t1.normal_pdf())
                    * (t3 * (T::of(1.0) + (t0 - t1))))) + t2 * t3;
        (f, by_x, [])
    }
}
impl candle_core::Module for Discovered {
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::apply::<Self, 0>(xs, [])
    }
}
