//! The binary operations, one row each.

use std::marker::PhantomData;

use actsmith_codegen::runtime::{Float, Real, Simd, SimdJob, SimdLevel, dispatch_at};

use super::table::operations;
use super::{BLOCK, Elements, clamped, sigmoid, slope_within, within};

/// An operation `(left + left_mix·σ(m))·a + (right + right_mix·σ(m))·b`: the weighted sum of such operations is again one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinearPair {
    /// The part of the factor of `a` that is fixed.
    pub left: f64,
    /// The part of the factor of `b` that is fixed.
    pub right: f64,
    /// How often the factor of `a` holds `σ(m)`.
    pub left_mix: f64,
    /// How often the factor of `b` holds `σ(m)`.
    pub right_mix: f64,
}

/// A row ends in its arithmetic: `linear [left, right, left_mix, right_mix]`, or `curve |a, b| (value, ∂/∂a, ∂/∂b)`.
macro_rules! binary {
    ($($variant:ident $name:literal $aliases:tt $formula:literal $(=> $bounded:literal)? $kind:ident $arithmetic:tt;)*) => {
        operations! {
            /// A function of two numbers that a binary slot can hold.
            pub enum Binary { $($variant $name $aliases $formula $(=> $bounded)?;)* }
        }

        impl Binary {
            /// The coefficients, if the operation is linear in `(a, b)`.
            pub const fn linear(self) -> Option<LinearPair> {
                match self { $(Self::$variant => binary!(@linear $kind $arithmetic)),* }
            }

            /// Writes the values and, if `SLOPES`, both slopes at `(a, b)`. A linear operation is known by its coefficients and
            /// writes nothing.
            pub fn evaluate<C: Float, const SLOPES: bool>(
                self,
                level: SimdLevel,
                arguments: [&Elements<C>; 2],
                values: &mut Elements<C>,
                slopes: [&mut Elements<C>; 2],
            ) {
                match self { $(Self::$variant => binary!(@evaluate $kind $variant level arguments values slopes)),* }
            }
        }

        /// The arithmetic of each operation that is not linear.
        mod curves {
            use super::*;
            $(binary!(@curve $kind $variant $arithmetic);)*
        }
    };
    (@linear linear [$left:literal, $right:literal, $left_mix:literal, $right_mix:literal]) => {
        Some(LinearPair { left: $left, right: $right, left_mix: $left_mix, right_mix: $right_mix })
    };
    (@linear curve $arithmetic:tt) => { None };
    (@evaluate linear $variant:ident $($argument:ident)*) => { () };
    (@evaluate curve $variant:ident $level:ident $arguments:ident $values:ident $slopes:ident) => {
        dispatch_at($level, Evaluate::<_, curves::$variant, SLOPES> {
            arguments: $arguments, values: $values, slopes: $slopes, curve: PhantomData,
        })
    };
    (@curve linear $variant:ident $arithmetic:tt) => {};
    (@curve curve $variant:ident ($function:expr)) => {
        pub(super) struct $variant;
        impl Curve for $variant {
            #[inline(always)]
            fn at<T: Real>(a: T, b: T) -> (T, T, T) { ($function)(a, b) }
        }
    };
}

/// The value, and the slopes in `a` and in `b`.
trait Curve {
    fn at<T: Real>(a: T, b: T) -> (T, T, T);
}

/// One loop over a block, compiled separately for each operation.
struct Evaluate<'a, C, F, const SLOPES: bool> {
    arguments: [&'a Elements<C>; 2],
    values: &'a mut Elements<C>,
    slopes: [&'a mut Elements<C>; 2],
    curve: PhantomData<F>,
}

impl<C: Float, F: Curve, const SLOPES: bool> SimdJob for Evaluate<'_, C, F, SLOPES> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        // A separate reference for each row: that tells the compiler that they do not overlap.
        let ([a, b], values, [to_a, to_b]) = (self.arguments, self.values, self.slopes);
        for i in 0..BLOCK {
            let (value, slope_a, slope_b) = F::at(a[i].enter::<S>(), b[i].enter::<S>());
            values[i] = C::leave::<S>(value);
            // Without slopes, their part of the curve falls away.
            if SLOPES {
                to_a[i] = C::leave::<S>(slope_a);
                to_b[i] = C::leave::<S>(slope_b);
            }
        }
    }
}

/// `√10`: each factor of a product, so that the product stays within 10.
const SQRT_BOUND: f64 = 3.162_277_660_168_379_5;
/// The most that a quotient becomes.
const BOUND: f64 = 10.0;
/// Keeps a quotient away from the pole at zero.
const DIVISION_EPSILON: f64 = 1e-3;

binary! {
    Add "add" [] "a + b" linear [1.0, 1.0, 0.0, 0.0];
    Sub "sub" ["substrat"] "a - b" linear [1.0, -1.0, 0.0, 0.0];
    Mul "mul" [] "a * b" => "clamp(a, -sqrt(10), sqrt(10)) * clamp(b, -sqrt(10), sqrt(10))" curve (|a: T, b: T| {
        let (left, right) = (clamped(a, SQRT_BOUND), clamped(b, SQRT_BOUND));
        (left * right, slope_within(within(a, SQRT_BOUND), right), slope_within(within(b, SQRT_BOUND), left))
    });
    Max "max" [] "max(a, b)" curve (|a: T, b: T| (a.max(b), share(a > b, a == b), share(b > a, a == b)));
    Min "min" [] "min(a, b)" curve (|a: T, b: T| (a.min(b), share(a < b, a == b), share(b < a, a == b)));
    SigmoidMul "sigmoid_mul" ["sig_mul"] "sigmoid(a) * b" curve (|a: T, b: T| {
        let e = (-a.abs()).exp();
        let h = T::of(1.0) / (T::of(1.0) + e);
        let s = sigmoid(a, e, h);
        (s * b, e * (h * h) * b, s)
    });
    Mix "mix" ["beta_mix"] "sigmoid(mix) * a + (1 - sigmoid(mix)) * b" linear [0.0, 1.0, 1.0, -1.0];
    Left "left" [] "a" linear [1.0, 0.0, 0.0, 0.0];
    Right "right" [] "b" linear [0.0, 1.0, 0.0, 0.0];
    // The rows below are in the wide space only.
    DivEps "div_eps" ["div"] "a / (b + 0.001)" => "clamp(a / (b + 0.001), -10, 10)" curve (|a: T, b: T| {
        let divisor = b + T::of(DIVISION_EPSILON);
        let quotient = a / divisor;
        let inside = within(quotient, BOUND);
        (clamped(quotient, BOUND), slope_within(inside, T::of(1.0) / divisor), slope_within(inside, -quotient / divisor))
    });
    ExpSubSq "exp_sub_sq" [] "gaussian(a - b)" curve (|a: T, b: T| {
        let value = (a - b).gaussian();
        let slope = T::of(-2.0) * (a - b) * value;
        (value, slope, -slope)
    });
    ExpSubAbs "exp_sub_abs" [] "exp(-abs(a - b))" curve (|a: T, b: T| {
        let value = (-(a - b).abs()).exp();
        let slope = -(a - b).sign() * value;
        (value, slope, -slope)
    });
}

impl Binary {
    /// How many rows the default space has.
    pub const DEFAULT: usize = Self::Right as usize + 1;

    /// Whether the operation holds a trained constant.
    pub fn has_mix(self) -> bool {
        self.linear().is_some_and(|row| row.left_mix != 0.0)
    }
}

/// The slope of a maximum or minimum in an argument: 1 for the one that `wins`, half for each in a `tie`, as in PyTorch.
#[inline(always)]
fn share<T: Real>(wins: bool, tie: bool) -> T {
    T::select(wins, T::of(1.0), slope_within(tie, T::of(0.5)))
}
