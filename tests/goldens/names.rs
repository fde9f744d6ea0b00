// F(F) = F * 2
pub mod m0 {
/// `f(F) = 2 * F`
///
/// `∂f/∂F = 2`
///
/// Written as `F * 2`.
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Copy, Debug, Default)]
pub struct F;
#[allow(dead_code)]
impl F {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "2 * F";
    /// Its derivative with respect to the input.
    pub const DERIVATIVE: &'static str = "2";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 0.5;
    /// Writes the values over `F_`, for inference: no gradient flows, and what shares the memory of `F_` changes too.
    ///
    /// # Errors
    ///
    /// If gradients of the input are tracked, or it is not contiguous. If a tensor is not f32, f64, f16 or bf16.
    #[inline]
    pub fn forward_in_place(
        &self,
        F_: candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply_in_place::<Self, 1, 0>([&F_], [])?;
        ::core::result::Result::Ok(F_)
    }
}
impl actsmith::runtime::v1::Kernel<1, 0> for F {
    const NAME: &'static str = "F";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 0] = [];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0) {
    real t0 = $2.0 * x0;
    return t0;
}
FN void gradient(real x0, real* by) {
    by[0] = $2.0;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value<T: actsmith::runtime::v1::Real>(xs: [T; 1], _: [T; 0]) -> T {
        let [F_] = xs;
        T::of(2.0) * F_
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value_and_gradient<T: actsmith::runtime::v1::Real>(
        xs: [T; 1],
        _: [T; 0],
    ) -> (T, [T; 1], [T; 0]) {
        let [F_] = xs;
        let f = T::of(2.0) * F_;
        let by_F = T::of(2.0);
        (f, [by_F], [])
    }
}
impl candle_core::Module for F {
    #[inline]
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<Self, 1, 0>([xs], [])
    }
}
}
// A(x; None = 1.0, Some = 1.0, Ok = 1.0, Err = 1.0) = x * None + Some * Ok - Err
pub mod m1 {
/// `f(x) = None * x + (Some * Ok - Err)`
///
/// `∂f/∂x = None`
///
/// `∂f/∂None = x`
///
/// `∂f/∂Some = Ok`
///
/// `∂f/∂Ok = Some`
///
/// `∂f/∂Err = -1`
///
/// Written as `x * None + Some * Ok - Err`.
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Debug)]
pub struct A {
    None: candle_core::Tensor,
    Some: candle_core::Tensor,
    Ok: candle_core::Tensor,
    Err: candle_core::Tensor,
}
#[allow(dead_code)]
impl A {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "None * x + (Some * Ok - Err)";
    /// Its derivative with respect to the input.
    pub const DERIVATIVE: &'static str = "None";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 1.0;
    /// Takes the trained numbers from `vb` by their names, or starts them at `None` = 1, `Some` = 1, `Ok` = 1, `Err` = 1.
    ///
    /// # Errors
    ///
    /// If `vb` has a tensor of another shape, or has none and makes none.
    pub fn new(vb: actsmith::runtime::v1::VarBuilder<'_>) -> candle_core::Result<Self> {
        ::core::result::Result::Ok(Self {
            None: vb
                .get_with_hints((), "None", actsmith::runtime::v1::Init::Const(1.0))?,
            Some: vb
                .get_with_hints((), "Some", actsmith::runtime::v1::Init::Const(1.0))?,
            Ok: vb.get_with_hints((), "Ok", actsmith::runtime::v1::Init::Const(1.0))?,
            Err: vb.get_with_hints((), "Err", actsmith::runtime::v1::Init::Const(1.0))?,
        })
    }
    /// Takes the tensors that are trained: those of variables (`Var`), or what a `VarBuilder` has made.
    ///
    /// - `None`: one number, to start at 1.
    /// - `Some`: one number, to start at 1.
    /// - `Ok`: one number, to start at 1.
    /// - `Err`: one number, to start at 1.
    #[must_use]
    pub fn from_tensors(
        None_: candle_core::Tensor,
        Some_: candle_core::Tensor,
        Ok_: candle_core::Tensor,
        Err_: candle_core::Tensor,
    ) -> Self {
        Self {
            None: None_,
            Some: Some_,
            Ok: Ok_,
            Err: Err_,
        }
    }
    /// The trained scalar `None`.
    #[must_use]
    pub fn None(&self) -> &candle_core::Tensor {
        &self.None
    }
    /// The trained scalar `Some`.
    #[must_use]
    pub fn Some(&self) -> &candle_core::Tensor {
        &self.Some
    }
    /// The trained scalar `Ok`.
    #[must_use]
    pub fn Ok(&self) -> &candle_core::Tensor {
        &self.Ok
    }
    /// The trained scalar `Err`.
    #[must_use]
    pub fn Err(&self) -> &candle_core::Tensor {
        &self.Err
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
            4,
        >(
            [&x],
            [
                actsmith::runtime::v1::Argument::Trained(&self.None),
                actsmith::runtime::v1::Argument::Trained(&self.Some),
                actsmith::runtime::v1::Argument::Trained(&self.Ok),
                actsmith::runtime::v1::Argument::Trained(&self.Err),
            ],
        )?;
        ::core::result::Result::Ok(x)
    }
}
impl actsmith::runtime::v1::Kernel<1, 4> for A {
    const NAME: &'static str = "A";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 4] = [
        actsmith::runtime::v1::Parameter::scalar("None"),
        actsmith::runtime::v1::Parameter::scalar("Some"),
        actsmith::runtime::v1::Parameter::scalar("Ok"),
        actsmith::runtime::v1::Parameter::scalar("Err"),
    ];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0, real p0, real p1, real p2, real p3) {
    real t0 = p0 * x0;
    real t1 = p1 * p2;
    real t2 = t1 - p3;
    real t3 = t0 + t2;
    return t3;
}
FN void gradient(real x0, real p0, real p1, real p2, real p3, real* by) {
    by[0] = p0;
    by[1] = x0;
    by[2] = p2;
    by[3] = p1;
    by[4] = $-1.0;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value<T: actsmith::runtime::v1::Real>(xs: [T; 1], p: [T; 4]) -> T {
        let [x] = xs;
        let [None_, Some_, Ok_, Err_] = p;
        None_ * x + (Some_ * Ok_ - Err_)
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value_and_gradient<T: actsmith::runtime::v1::Real>(
        xs: [T; 1],
        p: [T; 4],
    ) -> (T, [T; 1], [T; 4]) {
        let [x] = xs;
        let [None_, Some_, Ok_, Err_] = p;
        let f = None_ * x + (Some_ * Ok_ - Err_);
        let by_x = None_;
        let by_None = x;
        let by_Some = Ok_;
        let by_Ok = Some_;
        let by_Err = T::of(-1.0);
        (f, [by_x], [by_None, by_Some, by_Ok, by_Err])
    }
}
impl candle_core::Module for A {
    #[inline]
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<
            Self,
            1,
            4,
        >(
            [xs],
            [
                actsmith::runtime::v1::Argument::Trained(&self.None),
                actsmith::runtime::v1::Argument::Trained(&self.Some),
                actsmith::runtime::v1::Argument::Trained(&self.Ok),
                actsmith::runtime::v1::Argument::Trained(&self.Err),
            ],
        )
    }
}
}
// A(None, None_; const Some = 2.0) = Some * None + None_
pub mod m2 {
/// `f(None, None_) = Some * None + None_`
///
/// `∂f/∂None = Some`
///
/// `∂f/∂None_ = 1`
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct A {
    Some: f64,
}
#[allow(dead_code)]
impl A {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "Some * None + None_";
    /// Its derivatives with respect to the inputs.
    pub const DERIVATIVES: [&'static str; 2] = ["Some", "1"];
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 0.4472135955;
    /// The constant `Some`.
    #[must_use]
    pub fn Some(&self) -> f64 {
        self.Some
    }
    /// The same activation with another `Some`.
    #[must_use]
    pub fn with_Some(mut self, Some_: f64) -> Self {
        self.Some = Some_;
        self
    }
    /// Applies the function to each pair of elements; gradients flow to both inputs and to what is trained.
    ///
    /// # Errors
    ///
    /// If the inputs have different shapes. If a tensor is not f32, f64, f16 or bf16, or the inputs are of different types.
    #[inline]
    pub fn forward(
        &self,
        None__: &candle_core::Tensor,
        None_: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<
            Self,
            2,
            1,
        >([None__, None_], [actsmith::runtime::v1::Argument::Constant(self.Some)])
    }
    /// Writes the values over `None__`, for inference: no gradient flows, and what shares the memory of `None__` changes too.
    ///
    /// # Errors
    ///
    /// If gradients of the input are tracked, or it is not contiguous. If the inputs have different shapes. If a tensor is not f32, f64, f16 or bf16, or the inputs are of different types.
    #[inline]
    pub fn forward_in_place(
        &self,
        None__: candle_core::Tensor,
        None_: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply_in_place::<
            Self,
            2,
            1,
        >([&None__, None_], [actsmith::runtime::v1::Argument::Constant(self.Some)])?;
        ::core::result::Result::Ok(None__)
    }
}
impl actsmith::runtime::v1::Kernel<2, 1> for A {
    const NAME: &'static str = "A";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 1] = [
        actsmith::runtime::v1::Parameter::constant("Some"),
    ];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0, real x1, real p0) {
    real t0 = p0 * x0;
    real t1 = t0 + x1;
    return t1;
}
FN void gradient(real x0, real x1, real p0, real* by) {
    by[0] = p0;
    by[1] = $1.0;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value<T: actsmith::runtime::v1::Real>(xs: [T; 2], p: [T; 1]) -> T {
        let [None__, None_] = xs;
        let [Some_] = p;
        Some_ * None__ + None_
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value_and_gradient<T: actsmith::runtime::v1::Real>(
        xs: [T; 2],
        p: [T; 1],
    ) -> (T, [T; 2], [T; 1]) {
        let [None__, None_] = xs;
        let [Some_] = p;
        let f = Some_ * None__ + None_;
        let by_None = Some_;
        let by_None_ = T::of(1.0);
        (f, [by_None, by_None_], [T::of(0.0)])
    }
}
impl ::core::default::Default for A {
    fn default() -> Self {
        Self { Some: 2.0 }
    }
}
}
// A(A; a = 1.0) = a * A
pub mod m3 {
/// `f(A) = a * A`
///
/// `∂f/∂A = a`
///
/// `∂f/∂a = A`
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Debug)]
pub struct A {
    a: candle_core::Tensor,
}
#[allow(dead_code)]
impl A {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "a * A";
    /// Its derivative with respect to the input.
    pub const DERIVATIVE: &'static str = "a";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 1.0;
    /// Takes the trained numbers from `vb` by their names, or starts them at `a` = 1.
    ///
    /// # Errors
    ///
    /// If `vb` has a tensor of another shape, or has none and makes none.
    pub fn new(vb: actsmith::runtime::v1::VarBuilder<'_>) -> candle_core::Result<Self> {
        ::core::result::Result::Ok(Self {
            a: vb.get_with_hints((), "a", actsmith::runtime::v1::Init::Const(1.0))?,
        })
    }
    /// Takes the tensors that are trained: those of variables (`Var`), or what a `VarBuilder` has made.
    ///
    /// - `a`: one number, to start at 1.
    #[must_use]
    pub fn from_tensors(a: candle_core::Tensor) -> Self {
        Self { a }
    }
    /// The trained scalar `a`.
    #[must_use]
    pub fn a(&self) -> &candle_core::Tensor {
        &self.a
    }
    /// Writes the values over `A_`, for inference: no gradient flows, and what shares the memory of `A_` changes too.
    ///
    /// # Errors
    ///
    /// If gradients of the input are tracked, or it is not contiguous. If a tensor is not f32, f64, f16 or bf16.
    #[inline]
    pub fn forward_in_place(
        &self,
        A_: candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply_in_place::<
            Self,
            1,
            1,
        >([&A_], [actsmith::runtime::v1::Argument::Trained(&self.a)])?;
        ::core::result::Result::Ok(A_)
    }
}
impl actsmith::runtime::v1::Kernel<1, 1> for A {
    const NAME: &'static str = "A";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 1] = [
        actsmith::runtime::v1::Parameter::scalar("a"),
    ];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0, real p0) {
    real t0 = p0 * x0;
    return t0;
}
FN void gradient(real x0, real p0, real* by) {
    by[0] = p0;
    by[1] = x0;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value<T: actsmith::runtime::v1::Real>(xs: [T; 1], p: [T; 1]) -> T {
        let [A_] = xs;
        let [a] = p;
        a * A_
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value_and_gradient<T: actsmith::runtime::v1::Real>(
        xs: [T; 1],
        p: [T; 1],
    ) -> (T, [T; 1], [T; 1]) {
        let [A_] = xs;
        let [a] = p;
        let f = a * A_;
        let by_A = a;
        let by_a = A_;
        (f, [by_A], [by_a])
    }
}
impl candle_core::Module for A {
    #[inline]
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<
            Self,
            1,
            1,
        >([xs], [actsmith::runtime::v1::Argument::Trained(&self.a)])
    }
}
}
// t0(x) = tanh(x) * (1 + tanh(x))
pub mod m4 {
/// `f(x) = tanh(x) * (1 + tanh(x))`
///
/// `∂f/∂x = tanh_grad(x) * (tanh(x) + (tanh(x) + 1))`
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Copy, Debug, Default)]
pub struct t0;
#[allow(dead_code)]
impl t0 {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "tanh(x) * (1 + tanh(x))";
    /// Its derivative with respect to the input.
    pub const DERIVATIVE: &'static str = "tanh_grad(x) * (tanh(x) + (tanh(x) + 1))";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 1.24294458809;
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
        actsmith::runtime::v1::apply_in_place::<Self, 1, 0>([&x], [])?;
        ::core::result::Result::Ok(x)
    }
}
impl actsmith::runtime::v1::Kernel<1, 0> for t0 {
    const NAME: &'static str = "t0";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 0] = [];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0) {
    real t0 = tanh(x0);
    real t1 = $1.0 + t0;
    real t2 = t0 * t1;
    return t2;
}
FN void gradient(real x0, real* by) {
    real t0 = tanh_grad(x0);
    real t1 = tanh(x0);
    real t2 = t1 + $1.0;
    real t3 = t1 + t2;
    real t4 = t0 * t3;
    by[0] = t4;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value<T: actsmith::runtime::v1::Real>(xs: [T; 1], _: [T; 0]) -> T {
        let [x] = xs;
        let t0_ = x.tanh();
        t0_ * (T::of(1.0) + t0_)
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value_and_gradient<T: actsmith::runtime::v1::Real>(
        xs: [T; 1],
        _: [T; 0],
    ) -> (T, [T; 1], [T; 0]) {
        let [x] = xs;
        let t0_ = x.tanh();
        let t1 = t0_ + T::of(1.0);
        let f = t0_ * t1;
        let by_x = x.tanh_grad() * (t0_ + t1);
        (f, [by_x], [])
    }
}
impl candle_core::Module for t0 {
    #[inline]
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<Self, 1, 0>([xs], [])
    }
}
}
// N(x; N = 1.0, T = 2.0) = sin(exp(T * x)) + exp(sin(N * x))
pub mod m5 {
/// `f(x) = sin(exp(T * x)) + exp(sin(N * x))`
///
/// `∂f/∂x = T * (exp(T * x) * cos(exp(T * x))) + N * (exp(sin(N * x)) * cos(N * x))`
///
/// `∂f/∂N = x * (exp(sin(N * x)) * cos(N * x))`
///
/// `∂f/∂T = x * (exp(T * x) * cos(exp(T * x)))`
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Debug)]
pub struct N {
    N: candle_core::Tensor,
    T: candle_core::Tensor,
}
#[allow(dead_code)]
impl N {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "sin(exp(T * x)) + exp(sin(N * x))";
    /// Its derivative with respect to the input.
    pub const DERIVATIVE: &'static str = "T * (exp(T * x) * cos(exp(T * x))) + N * (exp(sin(N * x)) * cos(N * x))";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 0.580286461108;
    /// Takes the trained numbers from `vb` by their names, or starts them at `N` = 1, `T` = 2.
    ///
    /// # Errors
    ///
    /// If `vb` has a tensor of another shape, or has none and makes none.
    pub fn new(vb: actsmith::runtime::v1::VarBuilder<'_>) -> candle_core::Result<Self> {
        ::core::result::Result::Ok(Self {
            N: vb.get_with_hints((), "N", actsmith::runtime::v1::Init::Const(1.0))?,
            T: vb.get_with_hints((), "T", actsmith::runtime::v1::Init::Const(2.0))?,
        })
    }
    /// Takes the tensors that are trained: those of variables (`Var`), or what a `VarBuilder` has made.
    ///
    /// - `N`: one number, to start at 1.
    /// - `T`: one number, to start at 2.
    #[must_use]
    pub fn from_tensors(N_: candle_core::Tensor, T: candle_core::Tensor) -> Self {
        Self { N: N_, T }
    }
    /// The trained scalar `N`.
    #[must_use]
    pub fn N(&self) -> &candle_core::Tensor {
        &self.N
    }
    /// The trained scalar `T`.
    #[must_use]
    pub fn T(&self) -> &candle_core::Tensor {
        &self.T
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
            2,
        >(
            [&x],
            [
                actsmith::runtime::v1::Argument::Trained(&self.N),
                actsmith::runtime::v1::Argument::Trained(&self.T),
            ],
        )?;
        ::core::result::Result::Ok(x)
    }
}
impl actsmith::runtime::v1::Tiled<1, 2> for N {
    const NAME: &'static str = "N";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 2] = [
        actsmith::runtime::v1::Parameter::scalar("N"),
        actsmith::runtime::v1::Parameter::scalar("T"),
    ];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0, real p0, real p1) {
    real t0 = p1 * x0;
    real t1 = exp(t0);
    real t2 = sin(t1);
    real t3 = p0 * x0;
    real t4 = sin(t3);
    real t5 = exp(t4);
    real t6 = t2 + t5;
    return t6;
}
FN void gradient(real x0, real p0, real p1, real* by) {
    real t0 = p1 * x0;
    real t1 = exp(t0);
    real t2 = cos(t1);
    real t3 = t1 * t2;
    real t4 = p1 * t3;
    real t5 = p0 * x0;
    real t6 = sin(t5);
    real t7 = exp(t6);
    real t8 = cos(t5);
    real t9 = t7 * t8;
    real t10 = p0 * t9;
    real t11 = t4 + t10;
    real t12 = x0 * t9;
    real t13 = x0 * t3;
    by[0] = t11;
    by[1] = t12;
    by[2] = t13;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn values<T: actsmith::runtime::v1::Real, const N__: usize>(
        tile: &mut impl actsmith::runtime::v1::Tile<T, T, 1, 2>,
    ) {
        let mut t0 = [T::of(0.0); N__];
        let mut t1 = [T::of(0.0); N__];
        for k in 0..N__ {
            let ([x], [N_, T]) = tile.arguments(k);
            t0[k] = (T * x).exp();
            t1[k] = (N_ * x).sin();
        }
        for k in 0..N__ {
            tile.set(k, t0[k].sin() + t1[k].exp());
        }
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn gradients<T: actsmith::runtime::v1::Real, const N__: usize>(
        tile: &mut impl actsmith::runtime::v1::Tile<T, ([T; 1], [T; 2]), 1, 2>,
    ) {
        let mut t0 = [T::of(0.0); N__];
        let mut t3 = [T::of(0.0); N__];
        let mut t4 = [T::of(0.0); N__];
        for k in 0..N__ {
            let ([x], [N_, T]) = tile.arguments(k);
            t0[k] = (T * x).exp();
            let t2 = N_ * x;
            t3[k] = t2.sin();
            t4[k] = t2.cos();
        }
        for k in 0..N__ {
            let ([x], [N_, T]) = tile.arguments(k);
            let t1 = t0[k] * t0[k].cos();
            let t5 = t3[k].exp() * t4[k];
            let by_x = T * t1 + N_ * t5;
            let by_N = x * t5;
            let by_T = x * t1;
            tile.set(k, ([by_x], [by_N, by_T]));
        }
    }
}
impl candle_core::Module for N {
    #[inline]
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<
            Self,
            1,
            2,
        >(
            [xs],
            [
                actsmith::runtime::v1::Argument::Trained(&self.N),
                actsmith::runtime::v1::Argument::Trained(&self.T),
            ],
        )
    }
}
}
// T(T; #[per_channel(dim = 1)] x = 1.0) = T * x
pub mod m6 {
/// `f(T) = x * T`
///
/// `∂f/∂T = x`
///
/// `∂f/∂x = T`
///
/// Written as `T * x`.
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Debug)]
pub struct T {
    x: candle_core::Tensor,
}
#[allow(dead_code)]
impl T {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "x * T";
    /// Its derivative with respect to the input.
    pub const DERIVATIVE: &'static str = "x";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 1.0;
    /// Takes the trained numbers from `vb` by their names, or starts them at `x` = 1.
    /// `channels` is the size of the dimension that they vary along.
    ///
    /// # Errors
    ///
    /// If `vb` has a tensor of another shape, or has none and makes none.
    pub fn new(
        channels: usize,
        vb: actsmith::runtime::v1::VarBuilder<'_>,
    ) -> candle_core::Result<Self> {
        ::core::result::Result::Ok(Self {
            x: vb.get_with_hints(channels, "x", actsmith::runtime::v1::Init::Const(1.0))?,
        })
    }
    /// Takes the tensors that are trained: those of variables (`Var`), or what a `VarBuilder` has made.
    ///
    /// - `x`: a number for each index of dimension 1, to start at 1.
    #[must_use]
    pub fn from_tensors(x: candle_core::Tensor) -> Self {
        Self { x }
    }
    /// `x`, a trained number for each index of dimension 1.
    #[must_use]
    pub fn x(&self) -> &candle_core::Tensor {
        &self.x
    }
    /// Writes the values over `T_`, for inference: no gradient flows, and what shares the memory of `T_` changes too.
    ///
    /// # Errors
    ///
    /// If gradients of the input are tracked, or it is not contiguous. If a tensor is not f32, f64, f16 or bf16.
    #[inline]
    pub fn forward_in_place(
        &self,
        T_: candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply_in_place::<
            Self,
            1,
            1,
        >([&T_], [actsmith::runtime::v1::Argument::Trained(&self.x)])?;
        ::core::result::Result::Ok(T_)
    }
}
impl actsmith::runtime::v1::Kernel<1, 1> for T {
    const NAME: &'static str = "T";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 1] = [
        actsmith::runtime::v1::Parameter::per_channel("x", 1),
    ];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0, real p0) {
    real t0 = p0 * x0;
    return t0;
}
FN void gradient(real x0, real p0, real* by) {
    by[0] = p0;
    by[1] = x0;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value<T: actsmith::runtime::v1::Real>(xs: [T; 1], p: [T; 1]) -> T {
        let [T_] = xs;
        let [x] = p;
        x * T_
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value_and_gradient<T: actsmith::runtime::v1::Real>(
        xs: [T; 1],
        p: [T; 1],
    ) -> (T, [T; 1], [T; 1]) {
        let [T_] = xs;
        let [x] = p;
        let f = x * T_;
        let by_T = x;
        let by_x = T_;
        (f, [by_T], [by_x])
    }
}
impl candle_core::Module for T {
    #[inline]
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<
            Self,
            1,
            1,
        >([xs], [actsmith::runtime::v1::Argument::Trained(&self.x)])
    }
}
}
// Result(Option; Vec = 1.0, String = 1.0, Box = 1.0) = Option * Vec - String * Box
pub mod m7 {
/// `f(Option) = Vec * Option - String * Box`
///
/// `∂f/∂Option = Vec`
///
/// `∂f/∂Vec = Option`
///
/// `∂f/∂String = -Box`
///
/// `∂f/∂Box = -String`
///
/// Written as `Option * Vec - String * Box`.
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Debug)]
pub struct Result {
    Vec: candle_core::Tensor,
    String: candle_core::Tensor,
    Box: candle_core::Tensor,
}
#[allow(dead_code)]
impl Result {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "Vec * Option - String * Box";
    /// Its derivative with respect to the input.
    pub const DERIVATIVE: &'static str = "Vec";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 0.707106781187;
    /// Takes the trained numbers from `vb` by their names, or starts them at `Vec` = 1, `String` = 1, `Box` = 1.
    ///
    /// # Errors
    ///
    /// If `vb` has a tensor of another shape, or has none and makes none.
    pub fn new(vb: actsmith::runtime::v1::VarBuilder<'_>) -> candle_core::Result<Self> {
        ::core::result::Result::Ok(Self {
            Vec: vb.get_with_hints((), "Vec", actsmith::runtime::v1::Init::Const(1.0))?,
            String: vb
                .get_with_hints((), "String", actsmith::runtime::v1::Init::Const(1.0))?,
            Box: vb.get_with_hints((), "Box", actsmith::runtime::v1::Init::Const(1.0))?,
        })
    }
    /// Takes the tensors that are trained: those of variables (`Var`), or what a `VarBuilder` has made.
    ///
    /// - `Vec`: one number, to start at 1.
    /// - `String`: one number, to start at 1.
    /// - `Box`: one number, to start at 1.
    #[must_use]
    pub fn from_tensors(
        Vec: candle_core::Tensor,
        String: candle_core::Tensor,
        Box: candle_core::Tensor,
    ) -> Self {
        Self { Vec, String, Box }
    }
    /// The trained scalar `Vec`.
    #[must_use]
    pub fn Vec(&self) -> &candle_core::Tensor {
        &self.Vec
    }
    /// The trained scalar `String`.
    #[must_use]
    pub fn String(&self) -> &candle_core::Tensor {
        &self.String
    }
    /// The trained scalar `Box`.
    #[must_use]
    pub fn Box(&self) -> &candle_core::Tensor {
        &self.Box
    }
    /// Writes the values over `Option`, for inference: no gradient flows, and what shares the memory of `Option` changes too.
    ///
    /// # Errors
    ///
    /// If gradients of the input are tracked, or it is not contiguous. If a tensor is not f32, f64, f16 or bf16.
    #[inline]
    pub fn forward_in_place(
        &self,
        Option: candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply_in_place::<
            Self,
            1,
            3,
        >(
            [&Option],
            [
                actsmith::runtime::v1::Argument::Trained(&self.Vec),
                actsmith::runtime::v1::Argument::Trained(&self.String),
                actsmith::runtime::v1::Argument::Trained(&self.Box),
            ],
        )?;
        ::core::result::Result::Ok(Option)
    }
}
impl actsmith::runtime::v1::Kernel<1, 3> for Result {
    const NAME: &'static str = "Result";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 3] = [
        actsmith::runtime::v1::Parameter::scalar("Vec"),
        actsmith::runtime::v1::Parameter::scalar("String"),
        actsmith::runtime::v1::Parameter::scalar("Box"),
    ];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0, real p0, real p1, real p2) {
    real t0 = p0 * x0;
    real t1 = p1 * p2;
    real t2 = t0 - t1;
    return t2;
}
FN void gradient(real x0, real p0, real p1, real p2, real* by) {
    real t0 = -p2;
    real t1 = -p1;
    by[0] = p0;
    by[1] = x0;
    by[2] = t0;
    by[3] = t1;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value<T: actsmith::runtime::v1::Real>(xs: [T; 1], p: [T; 3]) -> T {
        let [Option] = xs;
        let [Vec, String, Box] = p;
        Vec * Option - String * Box
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value_and_gradient<T: actsmith::runtime::v1::Real>(
        xs: [T; 1],
        p: [T; 3],
    ) -> (T, [T; 1], [T; 3]) {
        let [Option] = xs;
        let [Vec, String, Box] = p;
        let f = Vec * Option - String * Box;
        let by_Option = Vec;
        let by_Vec = Option;
        let by_String = -Box;
        let by_Box = -String;
        (f, [by_Option], [by_Vec, by_String, by_Box])
    }
}
impl candle_core::Module for Result {
    #[inline]
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<
            Self,
            1,
            3,
        >(
            [xs],
            [
                actsmith::runtime::v1::Argument::Trained(&self.Vec),
                actsmith::runtime::v1::Argument::Trained(&self.String),
                actsmith::runtime::v1::Argument::Trained(&self.Box),
            ],
        )
    }
}
}
// Default(x; const Clone = 2.0, const Copy = 2.0) = Clone * x - Copy
pub mod m8 {
/// `f(x) = Clone * x - Copy`
///
/// `∂f/∂x = Clone`
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Default {
    Clone: f64,
    Copy: f64,
}
#[allow(dead_code)]
impl Default {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "Clone * x - Copy";
    /// Its derivative with respect to the input.
    pub const DERIVATIVE: &'static str = "Clone";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 0.353553390593;
    /// The constant `Clone`.
    #[must_use]
    pub fn Clone(&self) -> f64 {
        self.Clone
    }
    /// The same activation with another `Clone`.
    #[must_use]
    pub fn with_Clone(mut self, Clone: f64) -> Self {
        self.Clone = Clone;
        self
    }
    /// The constant `Copy`.
    #[must_use]
    pub fn Copy(&self) -> f64 {
        self.Copy
    }
    /// The same activation with another `Copy`.
    #[must_use]
    pub fn with_Copy(mut self, Copy: f64) -> Self {
        self.Copy = Copy;
        self
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
            2,
        >(
            [&x],
            [
                actsmith::runtime::v1::Argument::Constant(self.Clone),
                actsmith::runtime::v1::Argument::Constant(self.Copy),
            ],
        )?;
        ::core::result::Result::Ok(x)
    }
}
impl actsmith::runtime::v1::Kernel<1, 2> for Default {
    const NAME: &'static str = "Default";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 2] = [
        actsmith::runtime::v1::Parameter::constant("Clone"),
        actsmith::runtime::v1::Parameter::constant("Copy"),
    ];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0, real p0, real p1) {
    real t0 = p0 * x0;
    real t1 = t0 - p1;
    return t1;
}
FN void gradient(real x0, real p0, real p1, real* by) {
    by[0] = p0;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value<T: actsmith::runtime::v1::Real>(xs: [T; 1], p: [T; 2]) -> T {
        let [x] = xs;
        let [Clone, Copy] = p;
        Clone * x - Copy
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value_and_gradient<T: actsmith::runtime::v1::Real>(
        xs: [T; 1],
        p: [T; 2],
    ) -> (T, [T; 1], [T; 2]) {
        let [x] = xs;
        let [Clone, Copy] = p;
        let f = Clone * x - Copy;
        let by_x = Clone;
        (f, [by_x], [T::of(0.0), T::of(0.0)])
    }
}
impl ::core::default::Default for Default {
    fn default() -> Self {
        Self { Clone: 2.0, Copy: 2.0 }
    }
}
impl candle_core::Module for Default {
    #[inline]
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<
            Self,
            1,
            2,
        >(
            [xs],
            [
                actsmith::runtime::v1::Argument::Constant(self.Clone),
                actsmith::runtime::v1::Argument::Constant(self.Copy),
            ],
        )
    }
}
}
// Tensor(xs; p = 1.0, f = 1.0, k = 1.0, by_xs = 1.0, tile = 1.0) = tanh(p * xs) * f + k * by_xs * tile
pub mod m9 {
/// `f(xs) = f * tanh(p * xs) + k * by_xs * tile`
///
/// `∂f/∂xs = f * (p * tanh_grad(p * xs))`
///
/// `∂f/∂p = f * (xs * tanh_grad(p * xs))`
///
/// `∂f/∂f = tanh(p * xs)`
///
/// `∂f/∂k = tile * by_xs`
///
/// `∂f/∂by_xs = tile * k`
///
/// `∂f/∂tile = k * by_xs`
///
/// Written as `tanh(p * xs) * f + k * by_xs * tile`.
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Debug)]
pub struct Tensor {
    p: candle_core::Tensor,
    f: candle_core::Tensor,
    k: candle_core::Tensor,
    by_xs: candle_core::Tensor,
    tile: candle_core::Tensor,
}
#[allow(dead_code)]
impl Tensor {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "f * tanh(p * xs) + k * by_xs * tile";
    /// Its derivative with respect to the input.
    pub const DERIVATIVE: &'static str = "f * (p * tanh_grad(p * xs))";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 0.84688169209;
    /// Takes the trained numbers from `vb` by their names, or starts them at `p` = 1, `f` = 1, `k` = 1, `by_xs` = 1, `tile` = 1.
    ///
    /// # Errors
    ///
    /// If `vb` has a tensor of another shape, or has none and makes none.
    pub fn new(vb: actsmith::runtime::v1::VarBuilder<'_>) -> candle_core::Result<Self> {
        ::core::result::Result::Ok(Self {
            p: vb.get_with_hints((), "p", actsmith::runtime::v1::Init::Const(1.0))?,
            f: vb.get_with_hints((), "f", actsmith::runtime::v1::Init::Const(1.0))?,
            k: vb.get_with_hints((), "k", actsmith::runtime::v1::Init::Const(1.0))?,
            by_xs: vb
                .get_with_hints((), "by_xs", actsmith::runtime::v1::Init::Const(1.0))?,
            tile: vb.get_with_hints((), "tile", actsmith::runtime::v1::Init::Const(1.0))?,
        })
    }
    /// Takes the tensors that are trained: those of variables (`Var`), or what a `VarBuilder` has made.
    ///
    /// - `p`: one number, to start at 1.
    /// - `f`: one number, to start at 1.
    /// - `k`: one number, to start at 1.
    /// - `by_xs`: one number, to start at 1.
    /// - `tile`: one number, to start at 1.
    #[must_use]
    pub fn from_tensors(
        p: candle_core::Tensor,
        f: candle_core::Tensor,
        k: candle_core::Tensor,
        by_xs: candle_core::Tensor,
        tile: candle_core::Tensor,
    ) -> Self {
        Self { p, f, k, by_xs, tile }
    }
    /// The trained scalar `p`.
    #[must_use]
    pub fn p(&self) -> &candle_core::Tensor {
        &self.p
    }
    /// The trained scalar `f`.
    #[must_use]
    pub fn f(&self) -> &candle_core::Tensor {
        &self.f
    }
    /// The trained scalar `k`.
    #[must_use]
    pub fn k(&self) -> &candle_core::Tensor {
        &self.k
    }
    /// The trained scalar `by_xs`.
    #[must_use]
    pub fn by_xs(&self) -> &candle_core::Tensor {
        &self.by_xs
    }
    /// The trained scalar `tile`.
    #[must_use]
    pub fn tile(&self) -> &candle_core::Tensor {
        &self.tile
    }
    /// Writes the values over `xs`, for inference: no gradient flows, and what shares the memory of `xs` changes too.
    ///
    /// # Errors
    ///
    /// If gradients of the input are tracked, or it is not contiguous. If a tensor is not f32, f64, f16 or bf16.
    #[inline]
    pub fn forward_in_place(
        &self,
        xs: candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply_in_place::<
            Self,
            1,
            5,
        >(
            [&xs],
            [
                actsmith::runtime::v1::Argument::Trained(&self.p),
                actsmith::runtime::v1::Argument::Trained(&self.f),
                actsmith::runtime::v1::Argument::Trained(&self.k),
                actsmith::runtime::v1::Argument::Trained(&self.by_xs),
                actsmith::runtime::v1::Argument::Trained(&self.tile),
            ],
        )?;
        ::core::result::Result::Ok(xs)
    }
}
impl actsmith::runtime::v1::Kernel<1, 5> for Tensor {
    const NAME: &'static str = "Tensor";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 5] = [
        actsmith::runtime::v1::Parameter::scalar("p"),
        actsmith::runtime::v1::Parameter::scalar("f"),
        actsmith::runtime::v1::Parameter::scalar("k"),
        actsmith::runtime::v1::Parameter::scalar("by_xs"),
        actsmith::runtime::v1::Parameter::scalar("tile"),
    ];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0, real p0, real p1, real p2, real p3, real p4) {
    real t0 = p0 * x0;
    real t1 = tanh(t0);
    real t2 = p1 * t1;
    real t3 = p2 * p3;
    real t4 = t3 * p4;
    real t5 = t2 + t4;
    return t5;
}
FN void gradient(real x0, real p0, real p1, real p2, real p3, real p4, real* by) {
    real t0 = p0 * x0;
    real t1 = tanh_grad(t0);
    real t2 = p0 * t1;
    real t3 = p1 * t2;
    real t4 = x0 * t1;
    real t5 = p1 * t4;
    real t6 = tanh(t0);
    real t7 = p4 * p3;
    real t8 = p4 * p2;
    real t9 = p2 * p3;
    by[0] = t3;
    by[1] = t5;
    by[2] = t6;
    by[3] = t7;
    by[4] = t8;
    by[5] = t9;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value<T: actsmith::runtime::v1::Real>(xs_: [T; 1], p_: [T; 5]) -> T {
        let [xs] = xs_;
        let [p, f, k, by_xs, tile] = p_;
        f * (p * xs).tanh() + k * by_xs * tile
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value_and_gradient<T: actsmith::runtime::v1::Real>(
        xs_: [T; 1],
        p_: [T; 5],
    ) -> (T, [T; 1], [T; 5]) {
        let [xs] = xs_;
        let [p, f, k, by_xs, tile] = p_;
        let t0 = p * xs;
        let t1 = t0.tanh();
        let t2 = k * by_xs;
        let t3 = t0.tanh_grad();
        let f_ = f * t1 + t2 * tile;
        let by_xs_ = f * (p * t3);
        let by_p = f * (xs * t3);
        let by_f = t1;
        let by_k = tile * by_xs;
        let by_by_xs = tile * k;
        let by_tile = t2;
        (f_, [by_xs_], [by_p, by_f, by_k, by_by_xs, by_tile])
    }
}
impl candle_core::Module for Tensor {
    #[inline]
    fn forward(
        &self,
        xs_: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<
            Self,
            1,
            5,
        >(
            [xs_],
            [
                actsmith::runtime::v1::Argument::Trained(&self.p),
                actsmith::runtime::v1::Argument::Trained(&self.f),
                actsmith::runtime::v1::Argument::Trained(&self.k),
                actsmith::runtime::v1::Argument::Trained(&self.by_xs),
                actsmith::runtime::v1::Argument::Trained(&self.tile),
            ],
        )
    }
}
}
// vb(channels; #[per_channel(dim = 1)] vb = 1.0) = channels * vb
pub mod m10 {
/// `f(channels) = vb * channels`
///
/// `∂f/∂channels = vb`
///
/// `∂f/∂vb = channels`
///
/// Written as `channels * vb`.
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Debug)]
pub struct vb {
    vb: candle_core::Tensor,
}
#[allow(dead_code)]
impl vb {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "vb * channels";
    /// Its derivative with respect to the input.
    pub const DERIVATIVE: &'static str = "vb";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 1.0;
    /// Takes the trained numbers from `vb__` by their names, or starts them at `vb` = 1.
    /// `channels_` is the size of the dimension that they vary along.
    ///
    /// # Errors
    ///
    /// If `vb__` has a tensor of another shape, or has none and makes none.
    pub fn new(
        channels_: usize,
        vb__: actsmith::runtime::v1::VarBuilder<'_>,
    ) -> candle_core::Result<Self> {
        ::core::result::Result::Ok(Self {
            vb: vb__
                .get_with_hints(
                    channels_,
                    "vb",
                    actsmith::runtime::v1::Init::Const(1.0),
                )?,
        })
    }
    /// Takes the tensors that are trained: those of variables (`Var`), or what a `VarBuilder` has made.
    ///
    /// - `vb`: a number for each index of dimension 1, to start at 1.
    #[must_use]
    pub fn from_tensors(vb_: candle_core::Tensor) -> Self {
        Self { vb: vb_ }
    }
    /// `vb`, a trained number for each index of dimension 1.
    #[must_use]
    pub fn vb(&self) -> &candle_core::Tensor {
        &self.vb
    }
    /// Writes the values over `channels`, for inference: no gradient flows, and what shares the memory of `channels` changes too.
    ///
    /// # Errors
    ///
    /// If gradients of the input are tracked, or it is not contiguous. If a tensor is not f32, f64, f16 or bf16.
    #[inline]
    pub fn forward_in_place(
        &self,
        channels: candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply_in_place::<
            Self,
            1,
            1,
        >([&channels], [actsmith::runtime::v1::Argument::Trained(&self.vb)])?;
        ::core::result::Result::Ok(channels)
    }
}
impl actsmith::runtime::v1::Kernel<1, 1> for vb {
    const NAME: &'static str = "vb";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 1] = [
        actsmith::runtime::v1::Parameter::per_channel("vb", 1),
    ];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0, real p0) {
    real t0 = p0 * x0;
    return t0;
}
FN void gradient(real x0, real p0, real* by) {
    by[0] = p0;
    by[1] = x0;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value<T: actsmith::runtime::v1::Real>(xs: [T; 1], p: [T; 1]) -> T {
        let [channels] = xs;
        let [vb_] = p;
        vb_ * channels
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value_and_gradient<T: actsmith::runtime::v1::Real>(
        xs: [T; 1],
        p: [T; 1],
    ) -> (T, [T; 1], [T; 1]) {
        let [channels] = xs;
        let [vb_] = p;
        let f = vb_ * channels;
        let by_channels = vb_;
        let by_vb = channels;
        (f, [by_channels], [by_vb])
    }
}
impl candle_core::Module for vb {
    #[inline]
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<
            Self,
            1,
            1,
        >([xs], [actsmith::runtime::v1::Argument::Trained(&self.vb)])
    }
}
}
// channels(x; #[per_channel(dim = 1)] channels = 1.0) = x * channels
pub mod m11 {
/// `f(x) = channels * x`
///
/// `∂f/∂x = channels`
///
/// `∂f/∂channels = x`
///
/// Written as `x * channels`.
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Debug)]
pub struct channels {
    channels: candle_core::Tensor,
}
#[allow(dead_code)]
impl channels {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "channels * x";
    /// Its derivative with respect to the input.
    pub const DERIVATIVE: &'static str = "channels";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 1.0;
    /// Takes the trained numbers from `vb` by their names, or starts them at `channels` = 1.
    /// `channels__` is the size of the dimension that they vary along.
    ///
    /// # Errors
    ///
    /// If `vb` has a tensor of another shape, or has none and makes none.
    pub fn new(
        channels__: usize,
        vb: actsmith::runtime::v1::VarBuilder<'_>,
    ) -> candle_core::Result<Self> {
        ::core::result::Result::Ok(Self {
            channels: vb
                .get_with_hints(
                    channels__,
                    "channels",
                    actsmith::runtime::v1::Init::Const(1.0),
                )?,
        })
    }
    /// Takes the tensors that are trained: those of variables (`Var`), or what a `VarBuilder` has made.
    ///
    /// - `channels`: a number for each index of dimension 1, to start at 1.
    #[must_use]
    pub fn from_tensors(channels_: candle_core::Tensor) -> Self {
        Self { channels: channels_ }
    }
    /// `channels`, a trained number for each index of dimension 1.
    #[must_use]
    pub fn channels(&self) -> &candle_core::Tensor {
        &self.channels
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
        >([&x], [actsmith::runtime::v1::Argument::Trained(&self.channels)])?;
        ::core::result::Result::Ok(x)
    }
}
impl actsmith::runtime::v1::Kernel<1, 1> for channels {
    const NAME: &'static str = "channels";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 1] = [
        actsmith::runtime::v1::Parameter::per_channel("channels", 1),
    ];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0, real p0) {
    real t0 = p0 * x0;
    return t0;
}
FN void gradient(real x0, real p0, real* by) {
    by[0] = p0;
    by[1] = x0;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value<T: actsmith::runtime::v1::Real>(xs: [T; 1], p: [T; 1]) -> T {
        let [x] = xs;
        let [channels_] = p;
        channels_ * x
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value_and_gradient<T: actsmith::runtime::v1::Real>(
        xs: [T; 1],
        p: [T; 1],
    ) -> (T, [T; 1], [T; 1]) {
        let [x] = xs;
        let [channels_] = p;
        let f = channels_ * x;
        let by_x = channels_;
        let by_channels = x;
        (f, [by_x], [by_channels])
    }
}
impl candle_core::Module for channels {
    #[inline]
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<
            Self,
            1,
            1,
        >([xs], [actsmith::runtime::v1::Argument::Trained(&self.channels)])
    }
}
}
// Ok(x; const value = 1.0, NAME = 1.0, PARAMETERS = 1.0, gradient = 1.0) = x * value * NAME - PARAMETERS * gradient
pub mod m12 {
/// `f(x) = value * x * NAME - PARAMETERS * gradient`
///
/// `∂f/∂x = NAME * value`
///
/// `∂f/∂NAME = value * x`
///
/// `∂f/∂PARAMETERS = -gradient`
///
/// `∂f/∂gradient = -PARAMETERS`
///
/// Written as `x * value * NAME - PARAMETERS * gradient`.
///
/// One fused candle operation forward and one backward, which saves nothing but its arguments.
#[derive(Clone, Debug)]
pub struct Ok {
    value: f64,
    NAME: candle_core::Tensor,
    PARAMETERS: candle_core::Tensor,
    gradient: candle_core::Tensor,
}
#[allow(dead_code)]
impl Ok {
    /// The formula that is computed.
    pub const FORMULA: &'static str = "value * x * NAME - PARAMETERS * gradient";
    /// Its derivative with respect to the input.
    pub const DERIVATIVE: &'static str = "NAME * value";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 0.707106781187;
    /// Takes the trained numbers from `vb` by their names, or starts them at `NAME` = 1, `PARAMETERS` = 1, `gradient` = 1.
    ///
    /// # Errors
    ///
    /// If `vb` has a tensor of another shape, or has none and makes none.
    pub fn new(vb: actsmith::runtime::v1::VarBuilder<'_>) -> candle_core::Result<Self> {
        ::core::result::Result::Ok(Self {
            value: 1.0,
            NAME: vb
                .get_with_hints((), "NAME", actsmith::runtime::v1::Init::Const(1.0))?,
            PARAMETERS: vb
                .get_with_hints(
                    (),
                    "PARAMETERS",
                    actsmith::runtime::v1::Init::Const(1.0),
                )?,
            gradient: vb
                .get_with_hints((), "gradient", actsmith::runtime::v1::Init::Const(1.0))?,
        })
    }
    /// Takes the tensors that are trained: those of variables (`Var`), or what a `VarBuilder` has made.
    ///
    /// - `NAME`: one number, to start at 1.
    /// - `PARAMETERS`: one number, to start at 1.
    /// - `gradient`: one number, to start at 1.
    #[must_use]
    pub fn from_tensors(
        NAME: candle_core::Tensor,
        PARAMETERS: candle_core::Tensor,
        gradient: candle_core::Tensor,
    ) -> Self {
        Self {
            value: 1.0,
            NAME,
            PARAMETERS,
            gradient,
        }
    }
    /// The constant `value`.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }
    /// The same activation with another `value`.
    #[must_use]
    pub fn with_value(mut self, value: f64) -> Self {
        self.value = value;
        self
    }
    /// The trained scalar `NAME`.
    #[must_use]
    pub fn NAME(&self) -> &candle_core::Tensor {
        &self.NAME
    }
    /// The trained scalar `PARAMETERS`.
    #[must_use]
    pub fn PARAMETERS(&self) -> &candle_core::Tensor {
        &self.PARAMETERS
    }
    /// The trained scalar `gradient`.
    #[must_use]
    pub fn gradient(&self) -> &candle_core::Tensor {
        &self.gradient
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
            4,
        >(
            [&x],
            [
                actsmith::runtime::v1::Argument::Constant(self.value),
                actsmith::runtime::v1::Argument::Trained(&self.NAME),
                actsmith::runtime::v1::Argument::Trained(&self.PARAMETERS),
                actsmith::runtime::v1::Argument::Trained(&self.gradient),
            ],
        )?;
        ::core::result::Result::Ok(x)
    }
}
impl actsmith::runtime::v1::Kernel<1, 4> for Ok {
    const NAME: &'static str = "Ok";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 4] = [
        actsmith::runtime::v1::Parameter::constant("value"),
        actsmith::runtime::v1::Parameter::scalar("NAME"),
        actsmith::runtime::v1::Parameter::scalar("PARAMETERS"),
        actsmith::runtime::v1::Parameter::scalar("gradient"),
    ];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0, real p0, real p1, real p2, real p3) {
    real t0 = p0 * x0;
    real t1 = t0 * p1;
    real t2 = p2 * p3;
    real t3 = t1 - t2;
    return t3;
}
FN void gradient(real x0, real p0, real p1, real p2, real p3, real* by) {
    real t0 = p1 * p0;
    real t1 = p0 * x0;
    real t2 = -p3;
    real t3 = -p2;
    by[0] = t0;
    by[1] = t1;
    by[2] = t2;
    by[3] = t3;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value<T: actsmith::runtime::v1::Real>(xs: [T; 1], p: [T; 4]) -> T {
        let [x] = xs;
        let [value, NAME, PARAMETERS, gradient] = p;
        value * x * NAME - PARAMETERS * gradient
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn value_and_gradient<T: actsmith::runtime::v1::Real>(
        xs: [T; 1],
        p: [T; 4],
    ) -> (T, [T; 1], [T; 4]) {
        let [x] = xs;
        let [value, NAME, PARAMETERS, gradient] = p;
        let t0 = value * x;
        let f = t0 * NAME - PARAMETERS * gradient;
        let by_x = NAME * value;
        let by_NAME = t0;
        let by_PARAMETERS = -gradient;
        let by_gradient = -PARAMETERS;
        (f, [by_x], [T::of(0.0), by_NAME, by_PARAMETERS, by_gradient])
    }
}
impl candle_core::Module for Ok {
    #[inline]
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<
            Self,
            1,
            4,
        >(
            [xs],
            [
                actsmith::runtime::v1::Argument::Constant(self.value),
                actsmith::runtime::v1::Argument::Trained(&self.NAME),
                actsmith::runtime::v1::Argument::Trained(&self.PARAMETERS),
                actsmith::runtime::v1::Argument::Trained(&self.gradient),
            ],
        )
    }
}
}
