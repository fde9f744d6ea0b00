//! The unary operations, one row each.

use std::marker::PhantomData;

use actsmith_codegen::runtime::{Float, Real, Simd, SimdJob, SimdLevel, dispatch_at};

use super::family::{Family, Shared, atan, erf, log1p, normal_cdf};
use super::table::operations;
use super::{BLOCK, Elements, clamped, sigmoid, slope_within, within};

/// An operation `slope·x + slope_beta·β·x + offset_beta·β`, whose slope may change at 0: the weighted sum of such operations is
/// again one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Affine {
    /// The part of the factor of `x` that is fixed: left of 0, as the slope at 0, and right of it.
    pub slopes: [f64; 3],
    /// How often the factor of `x` holds β.
    pub slope_beta: f64,
    /// How often β is added.
    pub offset_beta: f64,
}

impl Affine {
    /// Whether the slope is one number.
    pub fn is_straight(self) -> bool {
        self.slopes == [self.slopes[0]; 3]
    }
}

/// A row ends in its arithmetic: `affine [slope, slope_beta, offset_beta]`, `bent [slopes]`, `curve |x| (value, slope)`, or the
/// name of a family and `|x, …| (value, slope)`, with the numbers that the family shares (see [`Shared`]).
macro_rules! unary {
    ($($variant:ident $name:literal $aliases:tt $formula:literal $(=> $bounded:literal)? $kind:ident $arithmetic:tt;)*) => {
        operations! {
            /// A function of one number that a unary slot can hold.
            pub enum Unary { $($variant $name $aliases $formula $(=> $bounded)?;)* }
        }

        impl Unary {
            /// The coefficients, if the operation is affine in `x`.
            pub const fn affine(self) -> Option<Affine> {
                match self { $(Self::$variant => unary!(@affine $kind $arithmetic)),* }
            }

            /// The family, whose [`Shared`] numbers it needs.
            pub const fn family(self) -> Option<Family> {
                match self { $(Self::$variant => unary!(@family $kind)),* }
            }

            /// Writes the values and, if `SLOPES`, the slopes at `x`. An affine operation is known by its coefficients and
            /// writes nothing.
            pub fn evaluate<C: Float, const SLOPES: bool>(
                self,
                level: SimdLevel,
                x: &Elements<C>,
                shared: &Shared<C>,
                values: &mut Elements<C>,
                slopes: &mut Elements<C>,
            ) {
                match self { $(Self::$variant => unary!(@evaluate $kind $variant level x shared values slopes)),* }
            }
        }

        /// The arithmetic of each operation that is not affine.
        mod curves {
            use super::*;
            $(unary!(@curve $kind $variant $arithmetic);)*
        }
    };
    (@affine affine [$slope:literal, $slope_beta:literal, $offset_beta:literal]) => {
        Some(Affine { slopes: [$slope; 3], slope_beta: $slope_beta, offset_beta: $offset_beta })
    };
    (@affine bent $slopes:expr) => { Some(Affine { slopes: $slopes, slope_beta: 0.0, offset_beta: 0.0 }) };
    (@affine $other:ident $arithmetic:tt) => { None };
    (@family logistic) => { Some(Family::Logistic) };
    (@family normal) => { Some(Family::Normal) };
    (@family root) => { Some(Family::Root) };
    (@family $other:ident) => { None };
    (@evaluate bent $variant:ident $($argument:ident)*) => { () };
    (@evaluate affine $variant:ident $($argument:ident)*) => { () };
    (@evaluate $kind:ident $variant:ident $level:ident $x:ident $shared:ident $values:ident $slopes:ident) => {
        dispatch_at($level, Evaluate::<_, curves::$variant, SLOPES> {
            x: $x, shared: $shared, values: $values, slopes: $slopes, curve: PhantomData,
        })
    };
    (@curve affine $variant:ident $arithmetic:tt) => {};
    (@curve bent $variant:ident $arithmetic:tt) => {};
    (@curve curve $variant:ident ($function:expr)) => {
        pub(super) struct $variant;
        impl Curve for $variant {
            #[inline(always)]
            fn at<T: Real>(x: T, _: [T; 3]) -> (T, T) { ($function)(x) }
        }
    };
    (@curve $family:ident $variant:ident ($function:expr)) => {
        pub(super) struct $variant;
        impl Curve for $variant {
            const FAMILY: Option<Family> = unary!(@family $family);

            #[inline(always)]
            fn at<T: Real>(x: T, [a, b, c]: [T; 3]) -> (T, T) { ($function)(x, a, b, c) }
        }
    };
}

/// Value and slope at `x`.
trait Curve {
    /// The family, whose numbers `at` takes.
    const FAMILY: Option<Family> = None;

    fn at<T: Real>(x: T, shared: [T; 3]) -> (T, T);
}

/// One loop over a block: compiled separately for each operation, so that its constants have the registers for themselves.
struct Evaluate<'a, C, F, const SLOPES: bool> {
    x: &'a Elements<C>,
    shared: &'a Shared<C>,
    values: &'a mut Elements<C>,
    slopes: &'a mut Elements<C>,
    curve: PhantomData<F>,
}

impl<C: Float, F: Curve, const SLOPES: bool> SimdJob for Evaluate<'_, C, F, SLOPES> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let [first, second, third] = match F::FAMILY {
            Some(family) => self.shared.of(family).each_ref(),
            None => [self.x; 3],
        };
        for i in 0..BLOCK {
            let shared = [
                first[i].enter::<S>(),
                second[i].enter::<S>(),
                third[i].enter::<S>(),
            ];
            let (value, slope) = F::at(self.x[i].enter::<S>(), shared);
            self.values[i] = C::leave::<S>(value);
            // Without slopes, their part of the curve falls away.
            if SLOPES {
                self.slopes[i] = C::leave::<S>(slope);
            }
        }
    }
}

/// The bound where an operation is `beyond` it. NaN is not, and stays one: it tells of a network that diverges.
#[inline(always)]
fn saturated<T: Real>(beyond: bool, value: T) -> T {
    T::select(beyond, T::of(BOUND), value)
}

/// `magnitude` with the sign of `x`.
#[inline(always)]
fn signed<T: Real>(x: T, magnitude: T) -> T {
    T::select(x < T::of(0.0), -magnitude, magnitude)
}

/// `10^(1/3)`.
const CBRT_BOUND: f64 = 2.154_434_690_031_884;
/// `√10`.
const SQRT_BOUND: f64 = 3.162_277_660_168_379_5;
/// `ln 10`.
const LN_BOUND: f64 = std::f64::consts::LN_10;
/// `asinh 10`.
const ASINH_BOUND: f64 = 2.998_222_950_297_97;
/// `acosh 10`.
const ACOSH_BOUND: f64 = 2.993_222_846_126_381;
/// Where `sqrt` stops following its argument down: its slope is at most `0.5/√ε` ≈ 16.
const SQRT_FLOOR: f64 = 1e-3;
/// Keeps the logarithm finite at zero.
const LOG_EPSILON: f64 = 1e-3;
/// Where operations that grow saturate.
const BOUND: f64 = 10.0;
/// `1/√(2π)`.
const ONE_OVER_SQRT_TAU: f64 = 0.398_942_280_401_432_7;
/// `2/√π`.
const TWO_OVER_SQRT_PI: f64 = std::f64::consts::FRAC_2_SQRT_PI;

unary! {
    Identity "identity" ["id"] "x" affine [1.0, 0.0, 0.0];
    Neg "neg" ["neg_x"] "-x" affine [-1.0, 0.0, 0.0];
    Abs "abs" [] "abs(x)" bent [-1.0, 0.0, 1.0];
    Square "square" ["x_sq"] "square(x)" => "square(clamp(x, -sqrt(10), sqrt(10)))" curve (|x: T| {
        let c = clamped(x, SQRT_BOUND);
        (c * c, slope_within(within(x, SQRT_BOUND), c + c))
    });
    Cube "cube" ["x_cub"] "cube(x)" => "cube(clamp(x, -2.154434690031884, 2.154434690031884))" curve (|x: T| {
        let c = clamped(x, CBRT_BOUND);
        (c * c * c, slope_within(within(x, CBRT_BOUND), T::of(3.0) * (c * c)))
    });
    Sqrt "sqrt" [] "sqrt(max(x, 0.001))" curve (|x: T| {
        let floor = T::of(SQRT_FLOOR);
        let root = T::select(x < floor, floor, x).sqrt();
        (root, slope_within(x >= floor, T::of(0.5) / root))
    });
    AddBeta "add_beta" ["beta_add"] "x + beta" affine [1.0, 0.0, 1.0];
    MulBeta "mul_beta" ["beta_mul"] "beta * x" affine [0.0, 1.0, 0.0];
    Beta "beta" [] "beta" affine [0.0, 0.0, 1.0];
    Exp "exp" [] "exp(x)" => "exp(min(x, ln(10)))" logistic (|x: T, e: T, _, rising: T| {
        let grown = T::select(x > T::of(0.0), rising, e);
        (saturated(x > T::of(LN_BOUND), grown), slope_within(x <= T::of(LN_BOUND), grown))
    });
    Sinh "sinh" [] "sinh(x)" => "sinh(clamp(x, -asinh(10), asinh(10)))" logistic (|x: T, e: T, _, rising: T| {
        let half = T::of(0.5);
        let value = saturated(x.abs() > T::of(ASINH_BOUND), half * (rising - e));
        (signed(x, value), slope_within(within(x, ASINH_BOUND), half * (rising + e)))
    });
    Tanh "tanh" [] "tanh(x)" logistic (|x: T, e: T, _, _| {
        let square = e * e;
        let t = (T::of(1.0) - square) / (T::of(1.0) + square);
        (signed(x, t), T::of(1.0) - t * t)
    });
    Asinh "asinh" [] "asinh(x)" root (|x: T, s: T, slope: T, _| {
        // ln(|x| + √(x² + 1)), or ln 2|x| where the square may overflow: the same to the last bit.
        let a = x.abs();
        let far = a > s;
        let ln = T::select(far, a, a + s).ln() + T::select(far, T::of(std::f64::consts::LN_2), T::of(0.0));
        (signed(x, ln), slope)
    });
    Atan "atan" [] "atan(x)" root (|x: T, _, cosine: T, half: T| (signed(x, atan(x, half)), cosine * cosine));
    Max0 "max0" ["relu"] "relu(x)" bent [0.0, 0.0, 1.0];
    Min0 "min0" [] "min0(x)" bent [1.0, 0.0, 0.0];
    Sigmoid "sigmoid" [] "sigmoid(x)" logistic (|x: T, e: T, h: T, _| (sigmoid(x, e, h), e * (h * h)));
    Softplus "softplus" [] "softplus(x)" logistic (|x: T, e: T, h: T, _| (x.relu() + log1p(e), sigmoid(x, e, h)));
    Erf "erf" [] "erf(x)" normal (|x: T, g: T, t: T, _| (signed(x, erf(x, g, t)), T::of(TWO_OVER_SQRT_PI) * (g * g)));
    Silu "silu" ["swish"] "silu(x)" logistic (|x: T, e: T, h: T, _| {
        let s = sigmoid(x, e, h);
        (x * s, s + x * (e * (h * h)))
    });
    Gelu "gelu" [] "gelu(x)" normal (|x: T, g: T, t: T, _| {
        let cdf = normal_cdf(x, g, t);
        (x * cdf, cdf + x * (T::of(ONE_OVER_SQRT_TAU) * g))
    });
    Elu "elu" [] "elu(x)" logistic (|x: T, e: T, _, _| {
        let positive = x > T::of(0.0);
        (T::select(positive, x, e - T::of(1.0)), T::select(positive, T::of(1.0), e))
    });
    LeakyRelu "leaky_relu" [] "leaky_relu(x)" bent [0.01, 0.01, 1.0];
    // The rows below are in the wide space only.
    Sin "sin" [] "sin(x)" curve (|x: T| (x.sin(), x.cos()));
    Cos "cos" [] "cos(x)" curve (|x: T| (x.cos(), -x.sin()));
    Sinc "sinc" [] "sinc(x)" curve (|x: T| (x.sinc(), x.sinc_grad()));
    Cosh "cosh" [] "cosh(x)" => "cosh(clamp(x, -2.993222846126381, 2.993222846126381))" logistic (|x: T, e: T, _, rising: T| {
        let half = T::of(0.5);
        let value = saturated(x.abs() > T::of(ACOSH_BOUND), half * (rising + e));
        (value, slope_within(within(x, ACOSH_BOUND), signed(x, half * (rising - e))))
    });
    Gaussian "gaussian" ["exp_neg_sq"] "gaussian(x)" normal (|x: T, g: T, _, _| {
        let square = g * g;
        (square, T::of(-2.0) * (x * square))
    });
    LogAbs "log_abs" [] "ln(abs(x) + 0.001)" curve (|x: T| {
        let shifted = x.abs() + T::of(LOG_EPSILON);
        (shifted.ln(), x.sign() / shifted)
    });
}

impl Unary {
    /// How many rows the default space has.
    pub const DEFAULT: usize = Self::LeakyRelu as usize + 1;

    /// Whether the operation holds a trained constant.
    pub fn has_beta(self) -> bool {
        self.affine()
            .is_some_and(|row| row.slope_beta != 0.0 || row.offset_beta != 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_stays_nan_in_smooth_operations() {
        let row = |number| Elements([number; BLOCK]);
        let (x, mut shared) = (row(f32::NAN), Shared::default());
        for &level in SimdLevel::ALL {
            for family in [Family::Logistic, Family::Normal, Family::Root] {
                shared.set(level, family, &x);
            }
            let smooth = |op: &&Unary| op.family().is_some();
            for &op in Unary::ALL.iter().filter(smooth) {
                let (mut values, mut slopes) = (row(0.0), row(0.0));
                op.evaluate::<f32, true>(level, &x, &shared, &mut values, &mut slopes);
                assert!(
                    values.iter().all(|value| value.is_nan()),
                    "{} at {level:?}",
                    op.name()
                );
            }
        }
    }
}
