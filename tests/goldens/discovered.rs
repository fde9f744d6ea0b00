/// `f(x) = silu(x) * sigmoid(gelu(silu(silu(x))))`
///
/// `∂f/∂x = let t0 = silu(x); let t1 = t0 * sigmoid(t0); let t2 = (normal_cdf(t1) + t1 * normal_pdf(t1)) * silu_grad(x); let t3 = t1 * normal_cdf(t1); t0 * ((t0 * (sigmoid_grad(t0) * t2) + sigmoid(t0) * t2) * sigmoid_grad(t3)) + silu_grad(x) * sigmoid(t3)`
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
    /// Its derivative with respect to the input.
    pub const DERIVATIVE: &'static str = "let t0 = silu(x); let t1 = t0 * sigmoid(t0); let t2 = (normal_cdf(t1) + t1 * normal_pdf(t1)) * silu_grad(x); let t3 = t1 * normal_cdf(t1); t0 * ((t0 * (sigmoid_grad(t0) * t2) + sigmoid(t0) * t2) * sigmoid_grad(t3)) + silu_grad(x) * sigmoid(t3)";
    /// `1 / sqrt(E[f²])` for standard normal inputs, with the parameters at their initial values: weights of this standard
    /// deviation, divided by the square root of the fan-in, keep the variance from layer to layer.
    #[allow(clippy::approx_constant)]
    pub const INIT_GAIN: f64 = 2.29141662046;
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
impl actsmith::runtime::v1::Tiled<1, 0> for Discovered {
    const NAME: &'static str = "Discovered";
    const PARAMETERS: [actsmith::runtime::v1::Parameter; 0] = [];
    actsmith::runtime::v1::cuda_text! {
        r"FN real value(real x0) {
    real t0 = silu(x0);
    real t1 = silu(t0);
    real t2 = gelu(t1);
    real t3 = sigmoid(t2);
    real t4 = t0 * t3;
    return t4;
}
FN void gradient(real x0, real* by) {
    real t0 = silu(x0);
    real t1 = sigmoid_grad(t0);
    real t2 = sigmoid(t0);
    real t3 = t0 * t2;
    real t4 = normal_cdf(t3);
    real t5 = normal_pdf(t3);
    real t6 = t3 * t5;
    real t7 = t4 + t6;
    real t8 = silu_grad(x0);
    real t9 = t7 * t8;
    real t10 = t1 * t9;
    real t11 = t0 * t10;
    real t12 = t2 * t9;
    real t13 = t11 + t12;
    real t14 = t3 * t4;
    real t15 = sigmoid_grad(t14);
    real t16 = t13 * t15;
    real t17 = t0 * t16;
    real t18 = sigmoid(t14);
    real t19 = t8 * t18;
    real t20 = t17 + t19;
    by[0] = t20;
}
"
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn values<T: actsmith::runtime::v1::Real, const N: usize>(
        tile: &mut impl actsmith::runtime::v1::Tile<T, T, 1, 0>,
    ) {
        let mut t0 = [T::of(0.0); N];
        let mut t1 = [T::of(0.0); N];
        let mut t2 = [T::of(0.0); N];
        for k in 0..N {
            let ([x], _) = tile.arguments(k);
            t0[k] = x.silu();
        }
        for k in 0..N {
            t1[k] = t0[k].silu();
        }
        for k in 0..N {
            t2[k] = t1[k].gelu();
        }
        for k in 0..N {
            tile.set(k, t0[k] * t2[k].sigmoid());
        }
    }
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn gradients<T: actsmith::runtime::v1::Real, const N: usize>(
        tile: &mut impl actsmith::runtime::v1::Tile<T, ([T; 1], [T; 0]), 1, 0>,
    ) {
        let mut t0 = [T::of(0.0); N];
        let mut t1 = [T::of(0.0); N];
        let mut t2 = [T::of(0.0); N];
        let mut t3 = [T::of(0.0); N];
        let mut t5 = [T::of(0.0); N];
        let mut t7 = [T::of(0.0); N];
        let mut t8 = [T::of(0.0); N];
        for k in 0..N {
            let ([x], _) = tile.arguments(k);
            t0[k] = x.silu();
            t5[k] = x.silu_grad();
        }
        for k in 0..N {
            t1[k] = t0[k].sigmoid_grad();
            t2[k] = t0[k].sigmoid();
            t3[k] = t0[k] * t2[k];
        }
        for k in 0..N {
            let t4 = t3[k].normal_cdf();
            let t6 = (t4 + t3[k] * t3[k].normal_pdf()) * t5[k];
            t7[k] = t0[k] * (t1[k] * t6) + t2[k] * t6;
            t8[k] = t3[k] * t4;
        }
        for k in 0..N {
            let by_x = t0[k] * (t7[k] * t8[k].sigmoid_grad()) + t5[k] * t8[k].sigmoid();
            tile.set(k, ([by_x], []));
        }
    }
}
impl candle_core::Module for Discovered {
    #[inline]
    fn forward(
        &self,
        xs: &candle_core::Tensor,
    ) -> candle_core::Result<candle_core::Tensor> {
        actsmith::runtime::v1::apply::<Self, 1, 0>([xs], [])
    }
}
