//! The f64 functions of C's `math.h`: those of the standard library, and the error function, which it lacks.

use super::horner;

#[inline(always)]
pub(in super::super) fn exp(x: f64) -> f64 {
    x.exp()
}

#[inline(always)]
pub(in super::super) fn expm1(x: f64) -> f64 {
    x.exp_m1()
}

#[inline(always)]
pub(in super::super) fn log(x: f64) -> f64 {
    x.ln()
}

#[inline(always)]
pub(in super::super) fn log1p(x: f64) -> f64 {
    x.ln_1p()
}

#[inline(always)]
pub(in super::super) fn sin(x: f64) -> f64 {
    x.sin()
}

#[inline(always)]
pub(in super::super) fn cos(x: f64) -> f64 {
    x.cos()
}

#[inline(always)]
pub(in super::super) fn sinh(x: f64) -> f64 {
    x.sinh()
}

#[inline(always)]
pub(in super::super) fn cosh(x: f64) -> f64 {
    x.cosh()
}

#[inline(always)]
pub(in super::super) fn tanh(x: f64) -> f64 {
    x.tanh()
}

#[inline(always)]
pub(in super::super) fn asinh(x: f64) -> f64 {
    x.asinh()
}

#[inline(always)]
pub(in super::super) fn atan(x: f64) -> f64 {
    x.atan()
}

#[inline(always)]
pub(in super::super) fn rint(x: f64) -> f64 {
    x.round_ties_even()
}

/// `erf(x)/x − 1` for |x| < ½. The polynomials are `ERF_F64` and `ERFC_F64` of actsmith's `minimax.py`, minimax fits to 40 digits.
#[inline(always)]
fn erf_near(x: f64) -> f64 {
    let u = x * x;
    horner!(u; 0.12837916709551256, -0.37612638903183465, 0.11283791670924728, -0.026866170632686166,
        0.005223977369822376, -0.0008548297478064142, 0.00012053321965215473, -1.484552202251035e-05,
        1.4722559063103141e-06)
}

/// `erfc(a)` for a ≥ ½: `(a + 2.5)·e^(a²)·erfc(a)` is a polynomial in `t = (a − 2.5)/(a + 2.5)` (after Shepherd and Laframboise, Math.
/// Comp. 36, 1981). What the square and the divisor lack is put back to first order. From 28 on it is 0.
#[inline(always)]
fn tail(a: f64) -> f64 {
    let a = if a > 28.0 { 28.0 } else { a };
    let t = (a - 2.5) / (a + 2.5);
    let q = horner!(t; -0.8046518494391488, 0.45391411664809767, -0.17125114524605292, 0.028361550131899425,
        0.008393044302770991, -0.00481878552103636, -0.00043920827291409547,
        0.0007026936981421189, 5.830785853433241e-05, -0.0001126046573594654, -1.9532485209565454e-05,
        1.8243659373554998e-05, 6.755276663062619e-06, -2.330633365491103e-06, -1.965467443950391e-06,
        -7.545933462773677e-09, 4.535544759098455e-07, 1.3645132075982202e-07, -7.619309442331517e-08,
        -4.717830297949759e-08, 8.075269946718618e-09, 6.227447371071246e-09);
    let p = 1.054031820305718 + (t * q - 5.656330938644385e-17);
    let square = a * a;
    let rest = a.mul_add(a, -square);
    let d = a + 2.5;
    let d_rest = (a - (d - 2.5)) / d;
    let v = (-square).exp() * (p / d);
    v - v * (rest + d_rest)
}

#[inline(always)]
pub(in super::super) fn erf(x: f64) -> f64 {
    let a = x.abs();
    if a < 0.5 {
        x + x * erf_near(x)
    } else {
        (1.0 - tail(a)).copysign(x)
    }
}

#[inline(always)]
pub(in super::super) fn erfc(x: f64) -> f64 {
    let a = x.abs();
    if a < 0.5 {
        1.0 - (x + x * erf_near(x))
    } else if x < 0.0 {
        2.0 - tail(a)
    } else {
        tail(a)
    }
}
