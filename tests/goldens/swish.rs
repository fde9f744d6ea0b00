/// `f(x) = x * sigmoid(beta * x)`
///
/// `∂f/∂x = sigmoid(beta * x) + x * (beta * sigmoid_grad(beta * x))`
///
/// `∂f/∂beta = x * (x * sigmoid_grad(beta * x))`
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Debug)]
pub struct Swish {
    beta: candle_core::Tensor,
}
#[allow(dead_code)]
impl Swish {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "x * sigmoid(beta * x)";
    /// Its derivative with respect to the input.
    pub const DERIVATIVE: &'static str = "sigmoid(beta * x) + x * (beta * sigmoid_grad(beta * x))";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 1.67653247033;
    /// Takes the trained numbers from `vb` by their names, or starts them at `beta` = 1.
    ///
    /// # Errors
    ///
    /// If `vb` has a tensor of another shape, or has none and makes none.
    pub fn new(vb: actsmith::runtime::v1::VarBuilder<'_>) -> candle_core::Result<Self> {
        ::core::result::Result::Ok(Self {
            beta: vb.get_with_hints((), "beta", actsmith::runtime::v1::Init::Const(1.0))?,
        })
    }
    /// Takes the tensors that are trained: those of variables (`Var`), or what a `VarBuilder` has made.
    ///
    /// - `beta`: one number, to start at 1.
    #[must_use]
    pub fn from_tensors(beta: candle_core::Tensor) -> Self {
        Self { beta }
    }
    /// The trained scalar `beta`.
    #[must_use]
    pub fn beta(&self) -> &candle_core::Tensor {
        &self.beta
    }
    /// Writes the values over `x`, for inference: no gradient flows, and what shares the memory of `x` changes too.
    ///
    /// # Errors
    ///
    /// If gradients of the input are tracked, or it is not contiguous. If a tensor is not f32, f64, f16 or bf16.
    #[inline]
    pub fn forward_in_place(
        &self,
        x: candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply_in_place::<
            Self,
            1,
            1,
        >([&x], [actsmith::runtime::v1::Argument::Trained(&self.beta)])?;
        ::core::result::Result::Ok(x)
    }
}
impl actsmith::runtime::v1::Kernel<1, 1> for Swish {
    const NAME: &'static str = "Swish";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 1] = [
        actsmith::runtime::v1::Parameter::scalar("beta"),
    ];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0, real p0) {
    real t0 = p0 * x0;
    real t1 = sigmoid(t0);
    real t2 = x0 * t1;
    return t2;
}
FN void gradient(real x0, real p0, real* by) {
    real t0 = p0 * x0;
    real t1 = sigmoid(t0);
    real t2 = sigmoid_grad(t0);
    real t3 = p0 * t2;
    real t4 = x0 * t3;
    real t5 = t1 + t4;
    real t6 = x0 * t2;
    real t7 = x0 * t6;
    by[0] = t5;
    by[1] = t7;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value<T: actsmith::runtime::v1::Real>(xs: [T; 1], p: [T; 1]) -> T {
        let [x] = xs;
        let [beta] = p;
        x * (beta * x).sigmoid()
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value_and_gradient<T: actsmith::runtime::v1::Real>(
        xs: [T; 1],
        p: [T; 1],
    ) -> (T, [T; 1], [T; 1]) {
        let [x] = xs;
        let [beta] = p;
        let t0 = beta * x;
        let t1 = t0.sigmoid();
        let t2 = t0.sigmoid_grad();
        let f = x * t1;
        let by_x = t1 + x * (beta * t2);
        let by_beta = x * (x * t2);
        (f, [by_x], [by_beta])
    }
}
impl candle_core::Module for Swish {
    #[inline]
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<
            Self,
            1,
            1,
        >([xs], [actsmith::runtime::v1::Argument::Trained(&self.beta)])
    }
}
