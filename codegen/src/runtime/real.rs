//! The scalar that a [`Kernel`](super::Kernel) computes in: arithmetic, comparisons and every elementary function of the
//! formula language, for f32 and f64.
//!
//! f32 is implemented in [`single`](super::single). There everything is free of branches, so that LLVM vectorises it. NaN gives NaN,
//! and ±∞ gives the limit. A derived function exists as a method of its own where the composition would lose digits,
//! overflow, or cost more.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::math::double;

/// An IEEE binary floating-point type with the functions that formulas use.
pub trait Real:
    Copy
    + Send
    + Sync
    + PartialOrd
    + std::fmt::Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// The value nearest to `v`; a literal folds to a constant.
    fn of(v: f64) -> Self;
    /// The same value in f64, exactly.
    fn to_f64(self) -> f64;

    /// `|x|`.
    fn abs(self) -> Self;
    /// `√x`; +0 of −0 too, so that what is divided by it has the sign of the limit.
    fn sqrt(self) -> Self;
    /// `eˣ`.
    fn exp(self) -> Self;
    /// `eˣ − 1`, accurate near 0.
    fn expm1(self) -> Self;
    /// The natural logarithm.
    fn ln(self) -> Self;
    /// `ln(1 + x)`, accurate near 0.
    fn log1p(self) -> Self;
    /// The sine.
    fn sin(self) -> Self;
    /// The cosine.
    fn cos(self) -> Self;
    /// `sin(πx) / (πx)`, 1 at 0.
    fn sinc(self) -> Self;
    /// The derivative of `sinc`, accurate near 0 and far out.
    fn sinc_grad(self) -> Self;
    /// The hyperbolic sine.
    fn sinh(self) -> Self;
    /// The hyperbolic cosine.
    fn cosh(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The derivative `1 − tanh² x` of `tanh`, accurate in the tails.
    fn tanh_grad(self) -> Self;
    /// `x − tanh x`, accurate near 0.
    fn tanhshrink(self) -> Self;
    /// The inverse of `sinh`.
    fn asinh(self) -> Self;
    /// The derivative `1/√(1 + x²)` of `asinh`, for any `x`.
    fn asinh_grad(self) -> Self;
    /// The inverse of `tan` on (−π/2, π/2).
    fn atan(self) -> Self;
    /// The derivative `1/(1 + x²)` of `atan`, for any `x`.
    fn atan_grad(self) -> Self;
    /// The error function.
    fn erf(self) -> Self;
    /// `1 − erf x`, accurate in the tail.
    fn erfc(self) -> Self;
    /// The standard normal distribution function `Φ(x) = erfc(−x/√2) / 2`, accurate in the tail.
    fn normal_cdf(self) -> Self;
    /// The standard normal density `φ(x) = exp(−x²/2) / √(2π)`.
    fn normal_pdf(self) -> Self;
    /// `exp(−x²)`.
    fn gaussian(self) -> Self;
    /// The logistic function `1 / (1 + e⁻ˣ)`.
    fn sigmoid(self) -> Self;
    /// The derivative `sigmoid(x) · sigmoid(−x)` of `sigmoid`, accurate in the tails.
    fn sigmoid_grad(self) -> Self;
    /// `ln(1 + eˣ)`.
    fn softplus(self) -> Self;
    /// `x · sigmoid(x)`.
    fn silu(self) -> Self;
    /// The derivative of `silu`.
    fn silu_grad(self) -> Self;
    /// `x · Φ(x)`.
    fn gelu(self) -> Self;
    /// `x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³)))`.
    fn gelu_tanh(self) -> Self;
    /// The derivative of `gelu_tanh`.
    fn gelu_tanh_grad(self) -> Self;
    /// `x · tanh(softplus(x))`.
    fn mish(self) -> Self;
    /// The derivative of `mish`.
    fn mish_grad(self) -> Self;

    /// `a` if `cond` holds, else `b`; both are evaluated.
    #[inline(always)]
    fn select(cond: bool, a: Self, b: Self) -> Self {
        if cond { a } else { b }
    }

    /// −1, 0 or 1; a zero keeps its sign.
    #[inline(always)]
    fn sign(self) -> Self {
        let zero = Self::of(0.0);
        let nonpositive = Self::select(self < zero, Self::of(-1.0), self);
        Self::select(self > zero, Self::of(1.0), nonpositive)
    }

    /// The smaller; NaN if either is.
    #[inline(always)]
    #[expect(clippy::eq_op, reason = "only NaN differs from itself")]
    fn min(self, o: Self) -> Self {
        Self::select((o < self) | (o != o), o, self)
    }

    /// The larger; NaN if either is.
    #[inline(always)]
    #[expect(clippy::eq_op, reason = "only NaN differs from itself")]
    fn max(self, o: Self) -> Self {
        Self::select((o > self) | (o != o), o, self)
    }

    /// The nearest value between `lo` and `hi`.
    #[inline(always)]
    fn clamp(self, lo: Self, hi: Self) -> Self {
        let x = Self::select(self < lo, lo, self);
        Self::select(x > hi, hi, x)
    }

    /// `xⁿ` by repeated squaring; with a literal exponent the loop unrolls.
    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        let (mut square, mut rest, mut power) = (self, n.unsigned_abs(), Self::of(1.0));
        while rest > 0 {
            if rest & 1 == 1 {
                power = power * square;
            }
            rest >>= 1;
            if rest > 0 {
                square = square * square;
            }
        }
        if n < 0 { Self::of(1.0) / power } else { power }
    }

    /// `x²`.
    #[inline(always)]
    fn square(self) -> Self {
        self * self
    }

    /// `x³`.
    #[inline(always)]
    fn cube(self) -> Self {
        self * self * self
    }

    /// `max(x, 0)`.
    #[inline(always)]
    fn relu(self) -> Self {
        let zero = Self::of(0.0);
        Self::select(self < zero, zero, self)
    }

    /// `min(x, 0)`.
    #[inline(always)]
    fn min0(self) -> Self {
        let zero = Self::of(0.0);
        Self::select(self > zero, zero, self)
    }

    /// `min(max(x, 0), 6)`.
    #[inline(always)]
    fn relu6(self) -> Self {
        self.clamp(Self::of(0.0), Self::of(6.0))
    }

    /// `x` for positive `x`, else `slope · x`.
    #[inline(always)]
    fn prelu(self, slope: Self) -> Self {
        Self::select(self > Self::of(0.0), self, slope * self)
    }

    /// `x` for positive `x`, else `x / 100`.
    #[inline(always)]
    fn leaky_relu(self) -> Self {
        self.prelu(Self::of(0.01))
    }

    /// `x` for positive `x`, else `11/48 · x`: randomised leaky ReLU in evaluation, with the mean of its slopes 1/8 to 1/3.
    #[inline(always)]
    fn rrelu(self) -> Self {
        self.prelu(Self::of(11.0 / 48.0))
    }

    /// `x` above `threshold`, else `value`.
    #[inline(always)]
    fn threshold(self, threshold: Self, value: Self) -> Self {
        Self::select(self <= threshold, value, self)
    }

    /// `min(max(x, −1), 1)`.
    #[inline(always)]
    fn hardtanh(self) -> Self {
        self.clamp(Self::of(-1.0), Self::of(1.0))
    }

    /// 0 for `|x| ≤ 1/2`, else `x`.
    #[inline(always)]
    fn hardshrink(self) -> Self {
        Self::select(self.abs() <= Self::of(0.5), Self::of(0.0), self)
    }

    /// `x` moved towards 0 by 1/2, or to 0 if it is nearer.
    #[inline(always)]
    fn softshrink(self) -> Self {
        self - self.clamp(Self::of(-0.5), Self::of(0.5))
    }

    /// `min(max(x + 3, 0), 6) / 6`.
    #[inline(always)]
    fn hardsigmoid(self) -> Self {
        (self + Self::of(3.0)).relu6() / Self::of(6.0)
    }

    /// `x · hardsigmoid(x)`; 0 at −∞.
    #[inline(always)]
    fn hardswish(self) -> Self {
        self.max(Self::of(-3.0)) * self.hardsigmoid()
    }

    /// `x / (1 + |x|)`.
    #[inline(always)]
    fn softsign(self) -> Self {
        // Past 10³⁰ the quotient is ±1 in either type, and ∞/∞ is avoided.
        let x = self.clamp(Self::of(-1e30), Self::of(1e30));
        x / (Self::of(1.0) + x.abs())
    }

    /// The derivative `1/(1 + |x|)²` of `softsign`, for any `x`.
    #[inline(always)]
    fn softsign_grad(self) -> Self {
        let reciprocal = Self::of(1.0) / (Self::of(1.0) + self.abs());
        reciprocal * reciprocal
    }

    /// `ln(sigmoid(x))`.
    #[inline(always)]
    fn log_sigmoid(self) -> Self {
        -(-self).softplus()
    }

    /// `x` for positive `x`, else `eˣ − 1`.
    #[inline(always)]
    fn elu(self) -> Self {
        Self::select(self > Self::of(0.0), self, self.expm1())
    }

    /// `x` for positive `x`, else `α·(eˣ − 1)`.
    #[inline(always)]
    fn elu_with(self, alpha: Self) -> Self {
        Self::select(self > Self::of(0.0), self, alpha * self.expm1())
    }

    /// The ELU with a slope of 1 at 0 for every α: `x` for positive `x`, else `α·(e^(x/α) − 1)`, which is 0 for α = 0.
    #[inline(always)]
    fn celu(self, alpha: Self) -> Self {
        // α is mostly one number for a whole tensor, and so is 1/α. From α = −0, +0 is made: 1/α is ∞.
        let alpha = alpha + Self::of(0.0);
        let reciprocal = Self::of(1.0) / alpha;
        Self::select(
            self >= Self::of(0.0),
            self,
            alpha * (self * reciprocal).expm1(),
        )
    }

    /// The scaled ELU of Klambauer et al. (arXiv 1706.02515): `λ·x` for positive `x`, else `λ·α·(eˣ − 1)`, with
    /// α = 1.6732632423543772 and λ = 1.0507009873554805.
    #[inline(always)]
    fn selu(self) -> Self {
        let positive = self * Self::of(1.050_700_987_355_480_5);
        Self::select(
            self > Self::of(0.0),
            positive,
            self.expm1() * Self::of(1.758_099_340_847_376_9),
        )
    }
}

/// The methods that a module holds under the same names.
macro_rules! functions {
    ($($module:ident: $($name:ident),+;)*) => {$($(
        #[inline(always)]
        fn $name(self) -> Self {
            $module::$name(self)
        }
    )+)*};
}

impl Real for f64 {
    #[inline(always)]
    fn of(v: f64) -> Self {
        v
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn abs(self) -> Self {
        f64::abs(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self) + 0.0
    }
    functions! {
        double: exp, expm1, gaussian, normal_pdf, ln, log1p, asinh, asinh_grad, sin, cos, sinc, sinc_grad, atan, atan_grad,
            sinh, cosh, tanh, tanh_grad, tanhshrink, erf, erfc, normal_cdf, gelu, sigmoid, sigmoid_grad, softplus, silu, silu_grad,
            gelu_tanh, gelu_tanh_grad, mish, mish_grad;
    }
}
