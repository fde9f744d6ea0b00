//! The unary operations, one row each.

use std::marker::PhantomData;

use actsmith_codegen::runtime::{Float, Real, Simd, SimdJob, SimdLevel, dispatch_at};

use super::{BLOCK, Row, clamped, slope_within, within};

/// An operation `(slope + slope_beta·β)·x + offset_beta·β`: the weighted sum of such operations is again one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Affine {
    /// The part of the factor of `x` that is fixed.
    pub slope: f64,
    /// How often the factor of `x` holds β.
    pub slope_beta: f64,
    /// How often β is added.
    pub offset_beta: f64,
}

/// What operations of the exponential family share of an argument, computed once a block: they hold to the last bits of a value
/// of the size of 1, which is what a mixture adds them to, but not to the last bits of their own tails.
pub struct Logistic<T> {
    /// `e^(−|x|)`.
    decay: Row<T>,
    /// `1/(1 + e^(−|x|))`.
    half: Row<T>,
}

impl<C: Float> Default for Logistic<C> {
    fn default() -> Self {
        let row = Row([C::of(0.0); BLOCK]);
        Self {
            decay: row,
            half: row,
        }
    }
}

impl<C: Float> Logistic<C> {
    /// Takes the numbers of `x`.
    pub fn set(&mut self, level: SimdLevel, x: &Row<C>) {
        dispatch_at(level, SetLogistic { x, shared: self });
    }
}

struct SetLogistic<'a, C> {
    x: &'a Row<C>,
    shared: &'a mut Logistic<C>,
}

impl<C: Float> SimdJob for SetLogistic<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let Logistic { decay, half } = self.shared;
        let one = C::of(1.0).enter::<S>();
        for i in 0..BLOCK {
            let e = (-self.x[i].enter::<S>().abs()).exp();
            decay[i] = C::leave::<S>(e);
            half[i] = C::leave::<S>(one / (one + e));
        }
    }
}

/// A row ends in its arithmetic: `affine [slope, slope_beta, offset_beta]`, `logistic |x, e, h| (value, slope)` with
/// `e = e^(−|x|)`, `h = 1/(1 + e)`, or `curve |x| (value, slope)` for all others.
macro_rules! unary {
    ($($variant:ident $name:literal $aliases:tt $formula:literal $(=> $bounded:literal)? $kind:ident $arithmetic:tt;)*) => {
        /// A function of one number that a unary slot can hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the row of the table documents the operation")]
        pub enum Unary { $($variant),* }

        impl Unary {
            /// Every operation, in the order of the table; those of the default space come first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in genotypes.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Other names that are read for it.
            pub fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &$aliases),* }
            }

            /// The formula in `x` (and `beta`), with the cell's bound or without it.
            pub fn formula(self, bounded: bool) -> &'static str {
                match self {
                    $(Self::$variant => {
                        let forms = [$formula, $($bounded)?];
                        forms[usize::from(bounded).min(forms.len() - 1)]
                    })*
                }
            }

            /// Whether the cell's bound changes the function.
            pub fn is_bounded(self) -> bool {
                self.formula(true) != self.formula(false)
            }

            /// The coefficients, if the operation is affine in `x`.
            pub const fn affine(self) -> Option<Affine> {
                match self { $(Self::$variant => unary!(@affine $kind $arithmetic)),* }
            }

            /// Whether it is of the exponential family, and needs what [`Logistic`] has of its argument.
            pub const fn is_logistic(self) -> bool {
                match self { $(Self::$variant => unary!(@is_logistic $kind)),* }
            }

            /// Writes the values and, if `SLOPES`, the slopes at `x`. An affine operation is known by its coefficients and
            /// writes nothing.
            pub fn evaluate<C: Float, const SLOPES: bool>(
                self,
                level: SimdLevel,
                x: &Row<C>,
                shared: &Logistic<C>,
                values: &mut Row<C>,
                slopes: &mut Row<C>,
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
        Some(Affine { slope: $slope, slope_beta: $slope_beta, offset_beta: $offset_beta })
    };
    (@affine $other:ident $arithmetic:tt) => { None };
    (@is_logistic logistic) => { true };
    (@is_logistic $other:ident) => { false };
    (@evaluate affine $variant:ident $($argument:ident)*) => { () };
    (@evaluate $kind:ident $variant:ident $level:ident $x:ident $shared:ident $values:ident $slopes:ident) => {
        dispatch_at($level, Evaluate::<_, curves::$variant, SLOPES> {
            x: $x, shared: $shared, values: $values, slopes: $slopes, curve: PhantomData,
        })
    };
    (@curve affine $variant:ident $arithmetic:tt) => {};
    (@curve curve $variant:ident ($function:expr)) => {
        pub(super) struct $variant;
        impl Curve for $variant {
            #[inline(always)]
            fn at<T: Real>(x: T, _: T, _: T) -> (T, T) { ($function)(x) }
        }
    };
    (@curve logistic $variant:ident ($function:expr)) => {
        pub(super) struct $variant;
        impl Curve for $variant {
            #[inline(always)]
            fn at<T: Real>(x: T, e: T, h: T) -> (T, T) { ($function)(x, e, h) }
        }
    };
}

/// Value and slope at `x`, with `e = e^(−|x|)`, `h = 1/(1 + e)`.
trait Curve {
    fn at<T: Real>(x: T, e: T, h: T) -> (T, T);
}

/// One loop over a block: a function of its own for each operation, so that its constants have the registers for themselves.
struct Evaluate<'a, C, F, const SLOPES: bool> {
    x: &'a Row<C>,
    shared: &'a Logistic<C>,
    values: &'a mut Row<C>,
    slopes: &'a mut Row<C>,
    curve: PhantomData<F>,
}

impl<C: Float, F: Curve, const SLOPES: bool> SimdJob for Evaluate<'_, C, F, SLOPES> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let Logistic { decay, half } = self.shared;
        for i in 0..BLOCK {
            let number = |row: &Row<C>| row[i].enter::<S>();
            let (value, slope) = F::at(number(self.x), number(decay), number(half));
            self.values[i] = C::leave::<S>(value);
            // Without slopes, their part of the curve falls away.
            if SLOPES {
                self.slopes[i] = C::leave::<S>(slope);
            }
        }
    }
}

/// `σ(x)` of `e^(−|x|)` and `1/(1 + e^(−|x|))`.
#[inline(always)]
fn sigmoid<T: Real>(x: T, e: T, h: T) -> T {
    T::select(x < T::of(0.0), e * h, h)
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
/// From here on `√(x² + 1)` is `|x|` in f64.
const ASINH_FAR: f64 = 1e9;
/// Where operations that grow saturate.
const BOUND: f64 = 10.0;
/// `2/√π`.
const TWO_OVER_SQRT_PI: f64 = std::f64::consts::FRAC_2_SQRT_PI;

unary! {
    Identity "identity" ["id"] "x" affine [1.0, 0.0, 0.0];
    Neg "neg" ["neg_x"] "-x" affine [-1.0, 0.0, 0.0];
    Abs "abs" [] "abs(x)" curve (|x: T| (x.abs(), x.sign()));
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
    Exp "exp" [] "exp(x)" => "exp(min(x, ln(10)))" logistic (|x: T, e: T, _| {
        let grown = T::select(x > T::of(0.0), T::of(1.0) / e, e);
        (saturated(x > T::of(LN_BOUND), grown), slope_within(x <= T::of(LN_BOUND), grown))
    });
    Sinh "sinh" [] "sinh(x)" => "sinh(clamp(x, -asinh(10), asinh(10)))" logistic (|x: T, e: T, _| {
        let (inside, rising) = (within(x, ASINH_BOUND), T::of(1.0) / e);
        let half = T::of(0.5);
        let value = saturated(x.abs() > T::of(ASINH_BOUND), half * (rising - e));
        (signed(x, value), slope_within(inside, half * (rising + e)))
    });
    Tanh "tanh" [] "tanh(x)" logistic (|x: T, e: T, _| {
        let square = e * e;
        let t = (T::of(1.0) - square) / (T::of(1.0) + square);
        (signed(x, t), T::of(1.0) - t * t)
    });
    Asinh "asinh" [] "asinh(x)" curve (|x: T| {
        // ln(|x| + √(x² + 1)), or ln 2|x| where the square may overflow: the same to the last bit.
        let (a, one) = (x.abs(), T::of(1.0));
        let root = (a * a + one).sqrt();
        let far = a > T::of(ASINH_FAR);
        let ln = T::select(far, a, a + root).ln() + T::select(far, T::of(std::f64::consts::LN_2), T::of(0.0));
        (signed(x, ln), one / root)
    });
    Atan "atan" [] "atan(x)" curve (|x: T| (x.atan(), x.atan_slope()));
    Max0 "max0" ["relu"] "relu(x)" curve (|x: T| (x.relu(), slope_within(x > T::of(0.0), T::of(1.0))));
    Min0 "min0" [] "min0(x)" curve (|x: T| (x.min0(), slope_within(x < T::of(0.0), T::of(1.0))));
    Sigmoid "sigmoid" [] "sigmoid(x)" logistic (|x: T, e: T, h: T| (sigmoid(x, e, h), e * (h * h)));
    Softplus "softplus" [] "softplus(x)" logistic (|x: T, e: T, h: T| (x.relu() + e.log1p(), sigmoid(x, e, h)));
    Erf "erf" [] "erf(x)" curve (|x: T| (x.erf(), T::of(TWO_OVER_SQRT_PI) * x.gaussian()));
    Silu "silu" ["swish"] "silu(x)" logistic (|x: T, e: T, h: T| {
        let s = sigmoid(x, e, h);
        (x * s, s + x * (e * (h * h)))
    });
    Gelu "gelu" [] "gelu(x)" curve (|x: T| {
        let cdf = x.normal_cdf();
        (x * cdf, cdf + x * x.normal_pdf())
    });
    Elu "elu" [] "elu(x)" logistic (|x: T, e: T, _| {
        let positive = x > T::of(0.0);
        (T::select(positive, x, e - T::of(1.0)), T::select(positive, T::of(1.0), e))
    });
    LeakyRelu "leaky_relu" [] "leaky_relu(x)" curve (|x: T| {
        (x.leaky_relu(), T::select(x > T::of(0.0), T::of(1.0), T::of(0.01)))
    });
    // The rows below are in the wide space only.
    Sin "sin" [] "sin(x)" curve (|x: T| (x.sin(), x.cos()));
    Cos "cos" [] "cos(x)" curve (|x: T| (x.cos(), -x.sin()));
    Sinc "sinc" [] "sinc(x)" curve (|x: T| (x.sinc(), x.sinc_slope()));
    Cosh "cosh" [] "cosh(x)" => "cosh(clamp(x, -2.993222846126381, 2.993222846126381))" logistic (|x: T, e: T, _| {
        let (inside, rising) = (within(x, ACOSH_BOUND), T::of(1.0) / e);
        let half = T::of(0.5);
        let value = saturated(x.abs() > T::of(ACOSH_BOUND), half * (rising + e));
        (value, slope_within(inside, signed(x, half * (rising - e))))
    });
    Gaussian "gaussian" ["exp_neg_sq"] "gaussian(x)" curve (|x: T| {
        let g = x.gaussian();
        (g, T::of(-2.0) * (x * g))
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
        let row = |number| Row([number; BLOCK]);
        let (x, mut shared) = (row(f32::NAN), Logistic::default());
        for &level in SimdLevel::ALL {
            shared.set(level, &x);
            let smooth = |op: &&Unary| {
                op.is_logistic()
                    || matches!(op, Unary::Asinh | Unary::Atan | Unary::Gelu | Unary::Erf)
            };
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
