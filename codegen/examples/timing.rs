//! Times forward and backward passes of a few kernels on slices and as candle operations.
use std::hint::black_box;
use std::time::Instant;

use actsmith_codegen::runtime::{Kernel, Real, apply, backward_slice, forward_slice};
use candle_core::{Device, Tensor, Var};

macro_rules! kernel {
    ($name:ident, $x:ident, $value:expr, $gradient:expr) => {
        struct $name;
        impl Kernel<0> for $name {
            const NAME: &'static str = stringify!($name);
            #[inline(always)]
            fn value<T: Real>($x: T, _: [T; 0]) -> T {
                $value
            }
            #[inline(always)]
            fn value_and_gradient<T: Real>($x: T, _: [T; 0]) -> (T, T, [T; 0]) {
                let (f, d) = $gradient;
                (f, d, [])
            }
        }
    };
}

kernel!(Silu, x, x.silu(), {
    let s = x.sigmoid();
    (x * s, s * (T::of(1.0) + x * (T::of(1.0) - s)))
});
kernel!(Gelu, x, x.gelu(), {
    let c = x.normal_cdf();
    (x * c, c + x * x.normal_pdf())
});
kernel!(GeluTanh, x, x.gelu_tanh(), (x.gelu_tanh(), x));
kernel!(Mish, x, x.mish(), {
    let (t, s) = (x.softplus().tanh(), x.sigmoid());
    (x * t, t + x * s * (T::of(1.0) - t * t))
});
kernel!(Exp, x, x.exp(), (x.exp(), x.exp()));
kernel!(
    Tanh,
    x,
    x.tanh(),
    (x.tanh(), T::of(1.0) - x.tanh().square())
);
kernel!(Sin, x, x.sin(), (x.sin(), x.cos()));
kernel!(Softplus, x, x.softplus(), (x.softplus(), x.sigmoid()));
kernel!(Relu, x, x.relu(), (x.relu(), x.sign()));
struct Swish;
impl Kernel<1> for Swish {
    const NAME: &'static str = "swish";
    #[inline(always)]
    fn value<T: Real>(x: T, [b]: [T; 1]) -> T {
        x * (b * x).sigmoid()
    }
    #[inline(always)]
    fn value_and_gradient<T: Real>(x: T, [b]: [T; 1]) -> (T, T, [T; 1]) {
        let s = (b * x).sigmoid();
        let d = s * (T::of(1.0) - s);
        (x * s, s + b * x * d, [x * x * d])
    }
}

fn time(mut f: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..15 {
        let start = Instant::now();
        f();
        best = best.min(start.elapsed().as_secs_f64());
    }
    best * 1e9
}

fn main() -> candle_core::Result<()> {
    let n = std::env::args()
        .nth(1)
        .map_or(1 << 20, |n| n.parse().expect("a length"));
    let x: Vec<f32> = (0..n)
        .map(|i| (i as f32 * 0.618).fract() * 12.0 - 6.0)
        .collect();
    let grad = vec![1.5f32; n];
    let mut out = vec![0f32; n];
    let mut report =
        |name: &str, forward: &mut dyn FnMut(&mut [f32]), backward: &mut dyn FnMut(&mut [f32])| {
            let f = time(|| forward(black_box(&mut out))) / n as f64;
            let b = time(|| backward(black_box(&mut out))) / n as f64;
            println!("{name:10} forward {f:.3} ns, backward {b:.3} ns an element");
        };
    macro_rules! slices {
        ($($k:ident),*) => { $(report(
            stringify!($k),
            &mut |out| forward_slice::<$k, 0, f32>(black_box(&x), [], out),
            &mut |out| { backward_slice::<$k, 0, f32>(black_box(&x), [], &grad, out); },
        );)* };
    }
    slices!(Relu, Silu, Gelu, GeluTanh, Mish, Exp, Tanh, Sin, Softplus);
    report(
        "Swish(b)",
        &mut |out| forward_slice::<Swish, 1, f32>(black_box(&x), [1.1], out),
        &mut |out| {
            black_box(backward_slice::<Swish, 1, f32>(
                black_box(&x),
                [1.1],
                &grad,
                out,
            ));
        },
    );
    let var = Var::from_vec(x.clone(), n, &Device::Cpu)?;
    let candle = |name: &str, f: &dyn Fn(&Tensor) -> candle_core::Result<Tensor>| {
        let detached = var.as_detached_tensor();
        let forward = time(|| drop(black_box(f(&detached).unwrap()))) / n as f64;
        let both = time(|| drop(black_box(f(&var).unwrap().backward().unwrap()))) / n as f64;
        println!("{name:20} forward {forward:.3} ns, forward + backward {both:.3} ns an element");
    };
    candle("apply silu", &|x| apply::<Silu, 0>(x, []));
    candle("apply gelu", &|x| apply::<Gelu, 0>(x, []));
    candle("apply mish", &|x| apply::<Mish, 0>(x, []));
    candle("candle silu", &|x| x.silu());
    candle("candle gelu_erf", &|x| x.gelu_erf());
    candle("candle gelu (tanh)", &|x| x.gelu());
    candle("candle mish", &|x| candle_nn::ops::mish(x));
    Ok(())
}
