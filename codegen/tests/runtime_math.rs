//! The elementary functions against references, in units in the last place (ULP).
//!
//! f64 is held to values that mpmath computed with 90 digits (`data/activations.json`), f32 to the same values and, over the
//! whole range of f32, to our f64.

#![cfg(feature = "candle")]

use std::marker::PhantomData;

use actsmith_codegen::runtime::{Fma32, Real, Simd, SimdJob, SimdLevel, dispatch_at};

/// A function in both types, with the error in ULP that each may have.
struct Case {
    name: &'static str,
    single: fn(f32) -> f32,
    double: fn(f64) -> f64,
    single_ulp: f64,
    double_ulp: f64,
}

macro_rules! cases {
    ($($name:ident: $single_ulp:expr, $double_ulp:expr;)+) => {
        vec![$(Case {
            name: stringify!($name),
            single: <f32 as Real>::$name,
            double: <f64 as Real>::$name,
            single_ulp: $single_ulp,
            double_ulp: $double_ulp,
        }),+]
    };
}

/// 2 ULP. `mish` may have 4: beside its exponential, five roundings follow one another. The exceptions in f64: `sinc`,
/// `tanhshrink`, `normal_cdf` and the gates are compositions of rounded functions.
fn cases() -> Vec<Case> {
    cases! {
        exp: 2.0, 2.0;
        expm1: 2.0, 2.0;
        gaussian: 2.0, 2.0;
        normal_pdf: 2.0, 2.0;
        ln: 2.0, 2.0;
        log1p: 2.0, 2.0;
        asinh: 2.0, 2.0;
        sin: 2.0, 2.0;
        cos: 2.0, 2.0;
        sinc: 2.0, 4.0;
        atan: 2.0, 2.0;
        sinh: 2.0, 2.0;
        cosh: 2.0, 2.0;
        tanh: 2.0, 2.0;
        tanhshrink: 2.0, 4.0;
        erf: 2.0, 2.0;
        erfc: 2.0, 2.0;
        normal_cdf: 2.0, 4.0;
        sigmoid: 2.0, 3.0;
        softplus: 2.0, 3.0;
        log_sigmoid: 2.0, 3.0;
        relu: 0.0, 0.0;
        min0: 0.0, 0.0;
        relu6: 0.0, 0.0;
        leaky_relu: 1.5, 1.5;
        rrelu: 1.5, 1.5;
        hardtanh: 0.0, 0.0;
        hardshrink: 0.0, 0.0;
        softshrink: 0.5, 0.5;
        hardsigmoid: 2.0, 2.0;
        hardswish: 2.0, 2.0;
        softsign: 2.0, 2.0;
        elu: 2.0, 2.0;
        selu: 2.0, 3.0;
        silu: 2.0, 4.0;
        gelu: 2.0, 4.0;
        gelu_tanh: 2.0, 4.0;
        mish: 4.0, 4.0;
        sigmoid_grad: 4.0, 4.0;
        tanh_grad: 4.0, 4.0;
        asinh_grad: 2.0, 2.0;
        atan_grad: 2.0, 2.0;
        softsign_grad: 4.0, 4.0;
    }
}

/// How large an error may be, whatever the value, at an argument.
type Allowance = fn(f64) -> f64;

/// The slopes that have zeros, 5 ULP for the ten roundings of mish's, and how large an error may be around them: terms cancel there that each have rounding errors.
fn slopes_with_zeros() -> [(Case, Allowance); 4] {
    /// Half a unit in the last place of 1.
    const HALF: f64 = 1.0 / (1u32 << 24) as f64;
    let cases = cases! {
        silu_grad: 4.0, 4.0;
        gelu_tanh_grad: 4.0, 4.0;
        mish_grad: 5.0, 4.0;
        sinc_grad: 4.0, 4.0;
    };
    let around: [Allowance; 4] = [
        |x| if (-1.6..-0.8).contains(&x) { HALF } else { 0.0 },
        |x| if (-1.4..-0.5).contains(&x) { HALF } else { 0.0 },
        |x| if (-2.8..-0.8).contains(&x) { HALF } else { 0.0 },
        // Two terms up to 1 in size, each off by at most two units of its last place, over x.
        |x| {
            if x.abs() > 1.2 {
                2.0 * HALF / x.abs()
            } else {
                0.0
            }
        },
    ];
    let mut cases = cases.into_iter();
    around.map(|around| (cases.next().expect("a case for each"), around))
}

/// Arguments of every size: specials, and a prime step through all bit patterns, about 600,000 with NaNs among them.
fn samples() -> Vec<f32> {
    let specials = [
        0.0,
        -0.0,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
        f32::MIN_POSITIVE,
        1.0,
        -1.0,
        0.5,
        -0.5,
        1e-45,
        4_194_304.0,
        4_194_304.5,
        8_388_607.5,
        8_388_609.0,
        16_777_217.0,
    ];
    let dense = (0..=u32::MAX).step_by(7129).map(f32::from_bits);
    specials.into_iter().chain(dense).collect()
}

/// The spacing of floats with `digits` bits and smallest exponent `least` around `v`.
fn spacing(v: f64, digits: i32, least: i32) -> f64 {
    let exponent = if v == 0.0 {
        least
    } else {
        libm::ilogb(v).max(least)
    };
    libm::ldexp(1.0, exponent - digits + 1)
}

/// How far `got` is from `want`, in ULP of f32; infinite when only one of them is NaN or too large for f32.
fn error_single(got: f32, want: f64) -> f64 {
    let rounded = want as f32;
    if got.is_finite() && rounded.is_finite() {
        (f64::from(got) - want).abs() / spacing(want, 24, -126)
    } else if got == rounded || got.is_nan() && rounded.is_nan() {
        0.0
    } else {
        f64::INFINITY
    }
}

#[test]
fn f32_agrees_with_f64_over_its_whole_range() {
    let samples = samples();
    for case in cases() {
        for &x in &samples {
            let got = (case.single)(x);
            let want = (case.double)(x.into());
            let error = error_single(got, want);
            assert!(
                error <= case.single_ulp,
                "{}({x:e}) = {got:e}, expected {want:e}: {error} ULP",
                case.name
            );
        }
    }
}

#[test]
fn slopes_with_zeros_keep_their_digits_away_from_them() {
    let samples = samples();
    for (case, around) in slopes_with_zeros() {
        for &x in &samples {
            let got = (case.single)(x);
            let want = (case.double)(x.into());
            let error = error_single(got, want);
            let absolute = (f64::from(got) - want).abs();
            assert!(
                error <= case.single_ulp || absolute <= around(x.into()),
                "{}({x:e}) = {got:e}, expected {want:e}: {error} ULP",
                case.name
            );
        }
    }
}

#[test]
fn both_types_agree_with_mpmath() {
    let data: serde_json::Value =
        serde_json::from_str(include_str!("data/activations.json")).unwrap();
    let tables = data["activations"].as_object().unwrap();
    let cases = cases();
    let mut checked = 0;
    for (name, rows) in tables {
        let case = cases
            .iter()
            .find(|case| case.name == name)
            .unwrap_or_else(|| panic!("no case for {name}"));
        for row in rows.as_array().unwrap() {
            // Exact in f32, though serde_json may be an f64 ULP off.
            let x = f64::from(row[0].as_f64().unwrap() as f32);
            let want: f64 = row[1].as_str().unwrap().parse().unwrap();
            let error = error_single((case.single)(x as f32), want);
            assert!(
                error <= case.single_ulp,
                "f32 {name}({x:e}), expected {want:e}: {error} ULP"
            );
            let got = (case.double)(x);
            // There the reference adds 1 and tanh, or reduces by π, in 90 digits.
            let unresolved =
                ["gelu_tanh", "sinc"].contains(&name.as_str()) && (got - want).abs() < 1e-90;
            let error = (got - want).abs() / spacing(want, 53, -1022);
            assert!(
                error <= case.double_ulp || unresolved,
                "f64 {name}({x:e}) = {got:e}, expected {want:e}: {error} ULP"
            );
            checked += 1;
        }
    }
    assert!(checked > 1000, "the reference file lost its rows");
}

/// The definitions that both types share, so that comparing them with each other proves nothing.
fn shared_definitions<T: Real>() {
    let t = T::of;
    let nan = t(f64::NAN);
    assert!([t(-2.0).sign(), t(0.0).sign(), t(3.0).sign()] == [t(-1.0), t(0.0), t(1.0)]);
    assert!(t(2.0).min(t(1.0)) == t(1.0) && t(2.0).max(t(1.0)) == t(2.0));
    assert!(t(9.0).clamp(t(-1.0), t(4.0)) == t(4.0) && t(-9.0).clamp(t(-1.0), t(4.0)) == t(-1.0));
    assert!(
        T::select(true, t(1.0), t(2.0)) == t(1.0) && T::select(false, t(1.0), t(2.0)) == t(2.0)
    );
    assert!(
        t(-3.0).square() == t(9.0)
            && t(-3.0).cube() == t(-27.0)
            && t(-3.0).abs() == t(3.0)
            && t(9.0).sqrt() == t(3.0)
    );
    for (n, want) in [(0, 1.0), (1, -2.0), (2, 4.0), (7, -128.0), (-3, -0.125)] {
        assert!(t(-2.0).powi(n) == t(want), "(-2)^{n}");
    }
    let lost = [
        nan.sign(),
        nan.min(t(1.0)),
        t(1.0).min(nan),
        nan.max(t(1.0)),
        t(1.0).max(nan),
        nan.clamp(t(0.0), t(1.0)),
        nan.abs(),
    ];
    assert!(
        lost.iter().all(|x| x.to_f64().is_nan()),
        "a NaN was dropped: {lost:?}"
    );
}

#[test]
fn shared_definitions_hold() {
    shared_definitions::<f32>();
    shared_definitions::<f64>();
}

/// The functions of every case over the samples, for one instruction set, computed in `T`.
struct Tabulate<'a, T>(&'a [f32], PhantomData<T>);

macro_rules! tabulate {
    ($x:expr; $($name:ident),+) => {{
        let mut bits = Vec::new();
        $(for &x in $x {
            let y = Real::$name(T::of(x.into())).to_f64() as f32;
            // The payload of a NaN is not part of the promise.
            bits.push(if y.is_nan() { f32::NAN.to_bits() } else { y.to_bits() });
        })+
        bits
    }};
}

impl<T: Real> SimdJob for Tabulate<'_, T> {
    type Output = Vec<u32>;

    #[inline(always)]
    fn run<S: Simd>(self) -> Vec<u32> {
        tabulate!(self.0; exp, expm1, gaussian, normal_pdf, ln, log1p, asinh, sin, cos, sinc, atan, sinh, cosh, tanh, tanhshrink,
            erf, erfc, normal_cdf, sigmoid, softplus, selu, silu, gelu, gelu_tanh, mish, sinc, sigmoid_grad, tanh_grad, asinh_grad,
            atan_grad, softsign_grad, silu_grad, gelu_tanh_grad, mish_grad, sinc_grad)
    }
}

#[test]
fn bits_do_not_depend_on_the_instruction_set() {
    let samples: Vec<f32> = (0..=u32::MAX)
        .step_by(100_003)
        .map(f32::from_bits)
        .collect();
    let plain = |level| dispatch_at(level, Tabulate::<f32>(&samples, PhantomData));
    let fused = |level| dispatch_at(level, Tabulate::<Fma32>(&samples, PhantomData));
    let baseline = plain(SimdLevel::Baseline);
    for &level in SimdLevel::ALL {
        assert!(plain(level) == baseline, "{level:?}");
        assert!(fused(level) == baseline, "{level:?}, fused");
    }
}
