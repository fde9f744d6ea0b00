//! The unary operations, one row each.

use actsmith_codegen::runtime::Real;

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

/// A row ends in its arithmetic: `affine [slope, slope_beta, offset_beta]`, or `curve |x| (value, slope)` for all others.
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

            /// Writes the values and, if `SLOPES`, the slopes at `x`. An affine operation is known by its coefficients and
            /// writes nothing.
            #[inline(always)]
            pub fn evaluate<T: Real, const SLOPES: bool>(self, x: &Row<T>, values: &mut Row<T>, slopes: &mut Row<T>) {
                match self { $(Self::$variant => unary!(@evaluate $kind $arithmetic x values slopes)),* }
            }
        }
    };
    (@affine affine [$slope:literal, $slope_beta:literal, $offset_beta:literal]) => {
        Some(Affine { slope: $slope, slope_beta: $slope_beta, offset_beta: $offset_beta })
    };
    (@affine curve $arithmetic:tt) => { None };
    (@evaluate affine $arithmetic:tt $x:ident $values:ident $slopes:ident) => { () };
    (@evaluate curve ($function:expr) $x:ident $values:ident $slopes:ident) => {
        apply::<T, SLOPES>($function, $x, $values, $slopes)
    };
}

/// One loop over the block, with `f` inlined; without slopes, their part of `f` falls away.
#[inline(always)]
fn apply<T: Real, const SLOPES: bool>(
    f: impl Fn(T) -> (T, T),
    x: &Row<T>,
    values: &mut Row<T>,
    slopes: &mut Row<T>,
) {
    for i in 0..BLOCK {
        let (value, slope) = f(x[i]);
        values[i] = value;
        if SLOPES {
            slopes[i] = slope;
        }
    }
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
    Exp "exp" [] "exp(x)" => "exp(min(x, ln(10)))" curve (|x: T| {
        let limit = T::of(LN_BOUND);
        let e = T::select(x > limit, limit, x).exp();
        (e, slope_within(x <= limit, e))
    });
    Sinh "sinh" [] "sinh(x)" => "sinh(clamp(x, -asinh(10), asinh(10)))" curve (|x: T| {
        let s = clamped(x, ASINH_BOUND).sinh();
        (s, slope_within(within(x, ASINH_BOUND), (T::of(1.0) + s * s).sqrt()))
    });
    Tanh "tanh" [] "tanh(x)" curve (|x: T| {
        let t = x.tanh();
        (t, T::of(1.0) - t * t)
    });
    Asinh "asinh" [] "asinh(x)" curve (|x: T| (x.asinh(), x.asinh_slope()));
    Atan "atan" [] "atan(x)" curve (|x: T| (x.atan(), x.atan_slope()));
    Max0 "max0" ["relu"] "relu(x)" curve (|x: T| (x.relu(), slope_within(x > T::of(0.0), T::of(1.0))));
    Min0 "min0" [] "min0(x)" curve (|x: T| (x.min0(), slope_within(x < T::of(0.0), T::of(1.0))));
    Sigmoid "sigmoid" [] "sigmoid(x)" curve (|x: T| {
        let s = x.sigmoid();
        (s, s * (T::of(1.0) - s))
    });
    Softplus "softplus" [] "softplus(x)" curve (|x: T| (x.softplus(), x.sigmoid()));
    Erf "erf" [] "erf(x)" curve (|x: T| (x.erf(), T::of(TWO_OVER_SQRT_PI) * x.gaussian()));
    Silu "silu" ["swish"] "silu(x)" curve (|x: T| {
        let s = x.sigmoid();
        (x * s, s * (T::of(1.0) + x * (T::of(1.0) - s)))
    });
    Gelu "gelu" [] "gelu(x)" curve (|x: T| {
        let cdf = x.normal_cdf();
        (x * cdf, cdf + x * x.normal_pdf())
    });
    Elu "elu" [] "elu(x)" curve (|x: T| {
        let e = x.min0().expm1();
        (T::select(x > T::of(0.0), x, e), e + T::of(1.0))
    });
    LeakyRelu "leaky_relu" [] "leaky_relu(x)" curve (|x: T| {
        (x.leaky_relu(), T::select(x > T::of(0.0), T::of(1.0), T::of(0.01)))
    });
    // The rows below are in the wide space only.
    Sin "sin" [] "sin(x)" curve (|x: T| (x.sin(), x.cos()));
    Cos "cos" [] "cos(x)" curve (|x: T| (x.cos(), -x.sin()));
    Sinc "sinc" [] "sinc(x)" curve (|x: T| (x.sinc(), x.sinc_slope()));
    Cosh "cosh" [] "cosh(x)" => "cosh(clamp(x, -2.993222846126381, 2.993222846126381))" curve (|x: T| {
        let c = clamped(x, ACOSH_BOUND);
        (c.cosh(), slope_within(within(x, ACOSH_BOUND), c.sinh()))
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
