//! What operations of a family share of their argument, computed once a block.
//!
//! Values hold to the last bits of a number of the size of 1, which is what a mixture adds them to, but not to the last bits of
//! their own tails. In f32 that lets short polynomials do what takes a function of the runtime elsewhere; in f64 it is those
//! functions.

use actsmith_codegen::runtime::{Float, Real, Simd, SimdJob, SimdLevel, dispatch_at};

use super::{BLOCK, Elements};

/// Operations with a costly part in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Of the exponential function.
    Logistic,
    /// Of the normal distribution.
    Normal,
    /// Of `√(1 + x²)`.
    Root,
}

/// The shared numbers of a block, three rows a family:
///
/// | family | rows |
/// | --- | --- |
/// | logistic | `e = e^(−a)`, `1/(1 + e)`, `1/e`, with `a = min(abs(x), 80)` |
/// | normal | `e^(−x²/2)`, `t = 1/(1 + 0.4·abs(x))` |
/// | root | `s = √(1 + x²)`, `1/s`, `abs(x)/(1 + s)`, the tangent of half the angle whose tangent is `abs(x)` |
pub struct Shared<T> {
    rows: [[Elements<T>; 3]; 3],
}

impl<C: Float> Default for Shared<C> {
    fn default() -> Self {
        Self {
            rows: [[Elements([C::of(0.0); BLOCK]); 3]; 3],
        }
    }
}

impl<C: Float> Shared<C> {
    /// Takes the numbers of `x` that the family shares.
    pub fn set(&mut self, level: SimdLevel, family: Family, x: &Elements<C>) {
        let rows = &mut self.rows[family as usize];
        match family {
            Family::Logistic => dispatch_at(level, Logistic { x, rows }),
            Family::Normal => dispatch_at(level, Normal { x, rows }),
            Family::Root => dispatch_at(level, Root { x, rows }),
        }
    }

    /// The rows of a family.
    #[inline(always)]
    pub(super) fn of(&self, family: Family) -> &[Elements<C>; 3] {
        &self.rows[family as usize]
    }
}

/// A loop over a block that takes a family's numbers.
macro_rules! shared {
    ($family:ident, $numbers:expr) => {
        struct $family<'a, C> {
            x: &'a Elements<C>,
            rows: &'a mut [Elements<C>; 3],
        }

        impl<C: Float> SimdJob for $family<'_, C> {
            type Output = ();

            #[inline(always)]
            fn run<S: Simd>(self) {
                let [first, second, third] = self.rows;
                for i in 0..BLOCK {
                    let numbers = ($numbers)(self.x[i].enter::<S>());
                    first[i] = C::leave::<S>(numbers.0);
                    second[i] = C::leave::<S>(numbers.1);
                    third[i] = C::leave::<S>(numbers.2);
                }
            }
        }
    };
}

shared!(Logistic, logistic);
shared!(Normal, normal);
shared!(Root, root);

/// One division for both reciprocals.
#[inline(always)]
fn logistic<T: Real>(x: T) -> (T, T, T) {
    let (a, far, one) = (x.abs(), T::of(80.0), T::of(1.0));
    let e = (-T::select(a > far, far, a)).exp();
    let sum = one + e;
    let quotient = one / (e * sum);
    (e, quotient * e, quotient * sum)
}

#[inline(always)]
fn normal<T: Real>(x: T) -> (T, T, T) {
    let (a, one) = (x.abs(), T::of(1.0));
    let t = one / (one + T::of(0.4) * a);
    ((T::of(-0.5) * (x * x)).exp(), t, t)
}

/// One division for both reciprocals. Past 10¹⁵ all three are what they are there.
#[inline(always)]
fn root<T: Real>(x: T) -> (T, T, T) {
    let (a, far, one) = (x.abs(), T::of(1e15), T::of(1.0));
    let a = T::select(a > far, far, a);
    let s = (one + a * a).sqrt();
    let sum = one + s;
    let quotient = one / (s * sum);
    (s, quotient * sum, a * (quotient * s))
}

/// Whether the numbers are of single precision, for which the polynomials below suffice.
#[inline(always)]
fn single<T>() -> bool {
    size_of::<T>() == size_of::<f32>()
}

/// `c₀ + x·(c₁ + x·(c₂ + …))`.
#[inline(always)]
fn polynomial<T: Real, const N: usize>(x: T, coefficients: [f64; N]) -> T {
    let mut sum = T::of(coefficients[N - 1]);
    let mut i = N - 1;
    while i > 0 {
        i -= 1;
        sum = T::of(coefficients[i]) + x * sum;
    }
    sum
}

// The polynomials are minimax fits of the absolute error that each function states, after Hastings (Approximations for
// Digital Computers, 1955) for the normal distribution.

/// `erf(abs(x))` of the family's numbers, to 3·10⁻⁸.
#[inline(always)]
pub(super) fn erf<T: Real>(x: T, g: T, t: T) -> T {
    if !single::<T>() {
        return x.abs().erf();
    }
    let tail = polynomial(
        t,
        [
            0.231922276,
            0.161822422,
            0.468277023,
            -0.370911482,
            0.709149513,
            -0.20025978,
        ],
    );
    T::of(1.0) - (g * g) * (t * tail)
}

/// `Φ(x)` of the family's numbers, to 3·10⁻⁸.
#[inline(always)]
pub(super) fn normal_cdf<T: Real>(x: T, g: T, t: T) -> T {
    if !single::<T>() {
        return x.normal_cdf();
    }
    let tail = polynomial(
        t,
        [
            0.157113462,
            0.186028577,
            0.020133257,
            0.330803773,
            -0.249049564,
            0.0549705184,
        ],
    );
    let tail = g * (t * tail);
    T::select(x < T::of(0.0), tail, T::of(1.0) - tail)
}

/// `ln(1 + e)` for 0 ≤ e ≤ 1, to 4·10⁻⁸.
#[inline(always)]
pub(super) fn log1p<T: Real>(e: T) -> T {
    if !single::<T>() {
        return e.log1p();
    }
    let quotient = polynomial(
        e,
        [
            0.999996424,
            -0.499874044,
            0.331798252,
            -0.240730748,
            0.167647844,
            -0.0953224802,
            0.0360845141,
            -0.00645261131,
        ],
    );
    e * quotient
}

/// `atan(abs(x))` of the tangent `t` of half of it, to 8·10⁻⁸.
#[inline(always)]
pub(super) fn atan<T: Real>(x: T, t: T) -> T {
    if !single::<T>() {
        return x.abs().atan();
    }
    let quotient = polynomial(
        t * t,
        [
            1.99999867,
            -0.666597216,
            0.398931314,
            -0.278172593,
            0.19284395,
            -0.111824655,
            0.0437259157,
            -0.00810913415,
        ],
    );
    t * quotient
}
