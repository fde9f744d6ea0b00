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
impl actsmith::runtime::Tiled<1, 0> for Discovered {
    const NAME: &'static str = "Discovered";
    const PARAMETERS: [actsmith::runtime::Parameter; 0] = [];
    #[inline(always)]
    #[allow(unused_variables, clippy::all, clippy::pedantic)]
    fn values<T: actsmith::runtime::Real, const N: usize>(
        tile: &mut impl actsmith::runtime::Tile<T, T, 1, 0>,
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
    fn gradients<T: actsmith::runtime::Real, const N: usize>(
        tile: &mut impl actsmith::runtime::Tile<T, ([T; 1], [T; 0]), 1, 0>,
    ) {
        let mut t0 = [T::of(0.0); N];
        let mut t1 = [T::of(0.0); N];
        let mut t2 = [T::of(0.0); N];
        let mut t3 = [T::of(0.0); N];
        let mut t4 = [T::of(0.0); N];
        let mut t6 = [T::of(0.0); N];
        let mut t8 = [T::of(0.0); N];
        let mut t9 = [T::of(0.0); N];
        for k in 0..N {
            let ([x], _) = tile.arguments(k);
            t0[k] = x.sigmoid();
            t1[k] = x * t0[k];
            t6[k] = t0[k] + t0[k] * (x - t1[k]);
        }
        for k in 0..N {
            t2[k] = t1[k].sigmoid();
            t3[k] = t1[k] * t2[k];
            t4[k] = t1[k] - t3[k];
        }
        for k in 0..N {
            let t5 = t3[k].normal_cdf();
            let t7 = t2[k] * ((t5 + t3[k] * t3[k].normal_pdf()) * t6[k]);
            t8[k] = t4[k] * t7 + t7;
            t9[k] = t3[k] * t5;
        }
        for k in 0..N {
            let ([x], _) = tile.arguments(k);
            let t10 = t9[k].sigmoid();
            let by_x = x * (t0[k] * (t8[k] * (t10 * (T::of(1.0) - t10)))) + t10 * t6[k];
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
        actsmith::runtime::apply::<Self, 1, 0>([xs], [])
    }
}
