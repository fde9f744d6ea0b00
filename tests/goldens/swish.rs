/// `f(x) = x * sigmoid(beta * x)`
///
/// `∂f/∂x = sigmoid(beta * x) + x * (sigmoid(beta * x) * (1 - sigmoid(beta * x)) * beta)`
///
/// `∂f/∂beta = x * (sigmoid(beta * x) * (1 - sigmoid(beta * x)) * x)`
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
///
/// Scalars enter as tensors of shape `[]`; gradients reach them and `x`.
#[derive(Clone, Debug)]
pub struct Swish {
    beta: candle_core::Tensor,
}
#[allow(dead_code)]
impl Swish {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "x * sigmoid(beta * x)";
    /// Its derivative by the input.
    pub const DERIVATIVE: &'static str = "sigmoid(beta * x) + x * (sigmoid(beta * x) * (1 - sigmoid(beta * x)) * beta)";
    ///Takes the trained scalars from `vb`, or starts them at their initial values: `beta` = 1.
    pub fn new(vb: actsmith::runtime::VarBuilder<'_>) -> candle_core::Result<Self> {
        ::core::result::Result::Ok(Self {
            beta: vb.get_with_hints((), "beta", actsmith::runtime::Init::Const(1.0))?,
        })
    }
    /// The trained scalar `beta`.
    pub fn beta(&self) -> &candle_core::Tensor {
        &self.beta
    }
}
impl actsmith::runtime::Kernel<1> for Swish {
    const NAME: &'static str = "Swish";
    #[inline(always)]
    #[allow(unused_variables, clippy::approx_constant)]
    fn value<T: actsmith::runtime::Real>(x: T, p: [T; 1]) -> T {
        let [beta] = p;
        x * (beta * x).sigmoid()
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::approx_constant)]
    fn value_and_gradient<T: actsmith::runtime::Real>(
        x: T,
        p: [T; 1],
    ) -> (T, T, [T; 1]) {
        let [beta] = p;
        let t0 = (beta * x).sigmoid();
        let t1 = t0 * (T::of(1.0) - t0);
        let f = x * t0;
        let by_x = t0 + x * (t1 * beta);
        let by_beta = x * (t1 * x);
        (f, by_x, [by_beta])
    }
}
impl candle_core::Module for Swish {
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::apply::<Self, 1>(xs, [&self.beta])
    }
}
