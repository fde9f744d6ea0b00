//! The f32 functions, 16,384 elements in the cache, at each instruction set of the machine.
//! `cargo bench -p actsmith-codegen --features candle --bench math`.

use std::hint::black_box;

use actsmith_codegen::runtime::{Fma32, Real, Simd, SimdJob, SimdLevel, dispatch_at};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Elements of a row: x and y together stay in a second-level cache.
const LEN: usize = 16_384;

/// One function over a row, in numbers of the type `T`.
struct Sweep<'a, T, F> {
    x: &'a [T],
    y: &'a mut [T],
    f: F,
}

/// A function of one number; a type of its own, so that it is inlined into the loop.
trait Function: Copy {
    fn apply<T: Real>(self, x: T) -> T;
}

impl<T: Real, F: Function> SimdJob for Sweep<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        for (y, &x) in self.y.iter_mut().zip(self.x) {
            *y = self.f.apply(x);
        }
    }
}

/// Times `f` at every level, with the fused multiply-add wherever it is an instruction.
fn row<F: Function>(criterion: &mut Criterion, name: &str, f: F) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(LEN as u64));
    // From −6 to 6, in an order that no branch predictor learns.
    let x = |i: usize| ((i * 7919 % LEN) as f64 / LEN as f64 - 0.5) * 12.0;
    for &level in SimdLevel::ALL.iter().filter(|level| level.is_available()) {
        if level == SimdLevel::Baseline {
            sweep::<f32, F>(&mut group, level, f, x);
        } else {
            sweep::<Fma32, F>(&mut group, level, f, x);
        }
    }
    group.finish();
}

fn sweep<T: Real, F: Function>(
    group: &mut criterion::BenchmarkGroup<criterion::measurement::WallTime>,
    level: SimdLevel,
    f: F,
    x: impl Fn(usize) -> f64,
) {
    let x: Vec<T> = (0..LEN).map(|i| T::of(x(i))).collect();
    let mut y = x.clone();
    group.bench_function(BenchmarkId::from_parameter(format!("{level:?}")), |bench| {
        bench.iter(|| {
            let (x, y) = (black_box(&x[..]), black_box(&mut y[..]));
            dispatch_at(level, Sweep { x, y, f });
        });
    });
}

/// A row for each method, for the derivative of gelu, and for a function together with its slope.
macro_rules! rows {
    ($criterion:ident; $($name:ident: |$x:ident| $value:expr;)+) => {$({
        #[derive(Clone, Copy)]
        struct Row;
        impl Function for Row {
            #[inline(always)]
            fn apply<T: Real>(self, $x: T) -> T {
                $value
            }
        }
        row($criterion, stringify!($name), Row);
    })+};
}

fn functions(criterion: &mut Criterion) {
    rows! { criterion;
        relu: |x| x.relu();
        exp: |x| x.exp();
        expm1: |x| x.expm1();
        gaussian: |x| x.gaussian();
        normal_pdf: |x| x.normal_pdf();
        ln: |x| x.ln();
        log1p: |x| x.log1p();
        asinh: |x| x.asinh();
        sin: |x| x.sin();
        cos: |x| x.cos();
        sinc: |x| x.sinc();
        atan: |x| x.atan();
        sinh: |x| x.sinh();
        cosh: |x| x.cosh();
        tanh: |x| x.tanh();
        tanhshrink: |x| x.tanhshrink();
        erf: |x| x.erf();
        erfc: |x| x.erfc();
        normal_cdf: |x| x.normal_cdf();
        sigmoid: |x| x.sigmoid();
        softplus: |x| x.softplus();
        elu: |x| x.elu();
        silu: |x| x.silu();
        gelu: |x| x.gelu();
        gelu_tanh: |x| x.gelu_tanh();
        mish: |x| x.mish();
        sigmoid_grad: |x| x.sigmoid_grad();
        tanh_grad: |x| x.tanh_grad();
        silu_grad: |x| x.silu_grad();
        gelu_tanh_grad: |x| x.gelu_tanh_grad();
        mish_grad: |x| x.mish_grad();
        sinc_grad: |x| x.sinc_grad();
        gelu_grad: |x| x.normal_cdf() + x * x.normal_pdf();
        silu_with_grad: |x| x.silu() + x.silu_grad();
    }
}

criterion_group!(benches, functions);
criterion_main!(benches);
