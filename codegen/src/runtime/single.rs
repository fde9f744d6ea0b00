//! [`Real`] for single precision, twice: for plain `f32`, fast on the least processor of the target, and for [`Fma32`], fast
//! where the fused multiply-add is an instruction. Both give the same bits.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::Real;
use super::math::{elementary, erf, gate, hyperbolic, log, trig};

/// Whether every processor of the target has the fused multiply-add.
const NATIVE: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64"));

/// An `f32` whose functions use the fused multiply-add instruction.
///
/// Compute with it only inside functions that enable the instruction (`#[target_feature(enable = "fma")]`, or AVX-512). It is
/// sound and gives the same bits anywhere, but elsewhere each multiply-add is a library call.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
#[repr(transparent)]
pub struct Fma32(pub f32);

/// The operators of [`Fma32`] are those of `f32`: what a formula writes as a product and a sum stays two roundings.
macro_rules! operator {
    ($($operator:ident $name:ident),+) => {$(
        impl $operator for Fma32 {
            type Output = Self;
            #[inline(always)]
            fn $name(self, o: Self) -> Self {
                Self(self.0.$name(o.0))
            }
        }
    )+};
}
operator!(Add add, Sub sub, Mul mul, Div div);

impl Neg for Fma32 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// The methods that one definition each gives, by the module that holds it. `$form` is both the pattern that takes the f32 `$x`
/// out of a `Self` and the expression that makes a `Self` of it.
macro_rules! functions {
    ($hw:expr, $x:ident, $form:tt; $($module:ident: $($name:ident),+;)*) => {$($(
        #[inline(always)]
        fn $name(self) -> Self {
            let $form = self;
            let $x = $module::$name::<{ $hw }>($x);
            $form
        }
    )+)*};
}

/// Implements [`Real`], with the instruction if `$hw`.
macro_rules! single {
    ($t:ty, $hw:expr, $x:ident, $form:tt) => {
        #[allow(
            unused_parens,
            reason = "one token tree has to hold the pattern and the expression"
        )]
        impl Real for $t {
            #[inline(always)]
            fn of(v: f64) -> Self {
                let $x = v as f32;
                $form
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                let $form = self;
                $x.into()
            }
            #[inline(always)]
            fn abs(self) -> Self {
                let $form = self;
                let $x = $x.abs();
                $form
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                let $form = self;
                let $x = $x.sqrt() + 0.0;
                $form
            }
            functions! { $hw, $x, $form;
                elementary: exp, expm1, gaussian, normal_pdf;
                log: ln, log1p, asinh, asinh_grad;
                trig: sin, cos, sinc, sinc_grad, atan, atan_grad;
                hyperbolic: sinh, cosh, tanh, tanh_grad, tanhshrink;
                erf: erf, erfc, normal_cdf, gelu;
                gate: sigmoid, sigmoid_grad, softplus, silu, silu_grad, gelu_tanh, gelu_tanh_grad, mish, mish_grad;
            }
        }
    };
}

single!(f32, NATIVE, x, x);
single!(Fma32, true, x, (Fma32(x)));
