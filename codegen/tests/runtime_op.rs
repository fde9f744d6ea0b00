//! The fused operation: layouts, gradients, determinism, errors.

#![cfg(feature = "candle")]

use actsmith_codegen::runtime::{Kernel, Real, apply, backward_slice, forward_slice};
use candle_core::{DType, Device, Result, Tensor, Var};

/// `x · sigmoid(b·x) + c`.
struct Swish;

impl Kernel<2> for Swish {
    const NAME: &'static str = "swish";

    #[inline(always)]
    fn value<T: Real>(x: T, [b, c]: [T; 2]) -> T {
        x * (b * x).sigmoid() + c
    }

    #[inline(always)]
    fn value_and_gradient<T: Real>(x: T, [b, c]: [T; 2]) -> (T, T, [T; 2]) {
        let s = (b * x).sigmoid();
        let slope = s * (T::of(1.0) - s);
        (x * s + c, s + b * x * slope, [x * x * slope, T::of(1.0)])
    }
}

/// `x · tanh(softplus(x))`.
struct Mish;

impl Kernel<0> for Mish {
    const NAME: &'static str = "mish";

    #[inline(always)]
    fn value<T: Real>(x: T, _: [T; 0]) -> T {
        x.mish()
    }

    #[inline(always)]
    fn value_and_gradient<T: Real>(x: T, _: [T; 0]) -> (T, T, [T; 0]) {
        let t = x.softplus().tanh();
        (x * t, t + x * x.sigmoid() * (T::of(1.0) - t * t), [])
    }
}

/// Numbers spread over ±6, in no order.
fn numbers(n: usize) -> Vec<f32> {
    (0..n)
        .map(|i| (i as f32 * 0.618_034).fract() * 12.0 - 6.0)
        .collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

fn flat(t: &Tensor) -> Result<Vec<f32>> {
    t.flatten_all()?.to_vec1()
}

/// A way to look at a tensor of shape (30, 40, 50).
type Look = fn(&Tensor) -> Result<Tensor>;

/// Every kind of layout and rank; most cross the block and the chunk size of the driver.
const LAYOUTS: &[(&str, Look)] = &[
    ("contiguous", |t| Ok(t.clone())),
    ("transposed", |t| t.transpose(0, 2)),
    ("permuted", |t| t.permute((1, 2, 0))),
    ("narrowed outside", |t| t.narrow(0, 3, 9)),
    ("narrowed in the middle", |t| t.narrow(1, 3, 9)),
    ("narrowed inside", |t| t.narrow(2, 3, 9)),
    ("narrowed and transposed", |t| {
        t.narrow(2, 3, 9)?.transpose(0, 1)
    }),
    ("broadcast outside", |t| {
        t.narrow(0, 1, 1)?.broadcast_as((60, 40, 50))
    }),
    ("broadcast in the middle", |t| {
        t.narrow(1, 1, 1)?.broadcast_as((30, 70, 50))
    }),
    ("broadcast inside", |t| {
        t.narrow(2, 1, 1)?.broadcast_as((30, 40, 70))
    }),
    ("one number broadcast", |t| {
        t.get(3)?.get(4)?.get(5)?.broadcast_as((3, 5, 700))
    }),
    ("empty", |t| t.narrow(1, 4, 0)),
    ("empty and transposed", |t| {
        t.narrow(1, 4, 0)?.transpose(0, 2)
    }),
    ("one number without dimensions", |t| {
        t.get(3)?.get(4)?.get(5)
    }),
];

fn cube() -> Result<Tensor> {
    Tensor::from_vec(numbers(30 * 40 * 50), (30, 40, 50), &Device::Cpu)
}

#[test]
fn every_layout_gives_the_bits_of_a_copy() -> Result<()> {
    let (b, c) = (
        Tensor::new(1.3f32, &Device::Cpu)?,
        Tensor::new(&[0.2f32], &Device::Cpu)?,
    );
    for (name, look) in LAYOUTS {
        let x = look(&cube()?)?;
        let y = apply::<Swish, 2>(&x, [&b, &c])?;
        assert_eq!(y.dims(), x.dims(), "{name}");
        let copied = flat(&x)?;
        let mut want = vec![0.0; copied.len()];
        forward_slice::<Swish, 2, f32>(&copied, [1.3, 0.2], &mut want);
        assert_eq!(bits(&flat(&y)?), bits(&want), "{name}");
    }
    Ok(())
}

/// The gradient that reaches the operation is itself broadcast (from the sum) or transposed.
#[test]
fn gradients_of_every_layout_have_the_bits_of_a_copy() -> Result<()> {
    for (name, look) in LAYOUTS {
        for transposed in [false, true] {
            let base = Var::from_tensor(&cube()?)?;
            let (b, c) = (
                Var::new(1.3f32, &Device::Cpu)?,
                Var::new(&[0.2f32], &Device::Cpu)?,
            );
            let x = look(&base)?;
            let flip = transposed && x.rank() == 3;
            let y = apply::<Swish, 2>(&x, [&b, &c])?;
            let weights = if flip {
                x.detach().transpose(0, 1)?.affine(0.5, 1.0)?
            } else {
                x.ones_like()?
            };
            let loss = if flip {
                (y.transpose(0, 1)? * &weights)?.sum_all()?
            } else {
                y.sum_all()?
            };
            let grads = loss.backward()?;

            let arriving = if flip {
                weights.transpose(0, 1)?
            } else {
                weights
            };
            let xs = flat(&x)?;
            let mut grad_x = vec![0.0; xs.len()];
            let sums =
                backward_slice::<Swish, 2, f32>(&xs, [1.3, 0.2], &flat(&arriving)?, &mut grad_x);
            // candle carries the gradient from x back to the base, in both computations.
            let grad_x = Tensor::from_vec(grad_x, x.shape(), &Device::Cpu)?;
            let want = (x * grad_x)?.sum_all()?.backward()?;
            let of = |grads: &candle_core::backprop::GradStore| {
                flat(grads.get(&base).expect("a gradient for x"))
            };
            assert_eq!(of(&grads)?, of(&want)?, "{name}, {transposed}");
            let got = [
                flat(grads.get(&b).expect("a gradient for b"))?,
                flat(grads.get(&c).expect("a gradient for c"))?,
            ];
            assert_eq!(bits(&got.concat()), bits(&sums), "{name}, {transposed}");
        }
    }
    Ok(())
}

/// Central differences with step 10⁻⁵ err by about 10⁻¹⁰ of the third derivative and 10⁻¹¹ of rounding.
#[test]
fn gradients_agree_with_finite_differences() -> Result<()> {
    const STEP: f64 = 1e-5;
    const TOLERANCE: f64 = 1e-8;
    let (b, c) = (
        Var::new(1.3f64, &Device::Cpu)?,
        Var::new(-0.4f64, &Device::Cpu)?,
    );
    let x = Var::from_tensor(&Tensor::new(numbers(300), &Device::Cpu)?.to_dtype(DType::F64)?)?;
    let f = |x: &Tensor, b: &Tensor, c: &Tensor| apply::<Swish, 2>(x, [b, c]);
    let grads = f(&x, &b, &c)?.sum_all()?.backward()?;
    let difference = |shift: [f64; 3]| -> Result<Tensor> {
        let side = |h: f64| {
            f(
                &(x.as_tensor() + h * shift[0])?,
                &(b.as_tensor() + h * shift[1])?,
                &(c.as_tensor() + h * shift[2])?,
            )
        };
        (side(STEP)? - side(-STEP)?)? / (2.0 * STEP)
    };
    let (got, want) = (
        grads.get(&x).unwrap().to_vec1::<f64>()?,
        difference([1.0, 0.0, 0.0])?.to_vec1::<f64>()?,
    );
    assert!(
        got.iter()
            .zip(&want)
            .all(|(g, w)| (g - w).abs() < TOLERANCE)
    );
    for (var, shift) in [(&b, [0.0, 1.0, 0.0]), (&c, [0.0, 0.0, 1.0])] {
        let got = grads.get(var).unwrap().to_scalar::<f64>()?;
        let want = difference(shift)?.sum_all()?.to_scalar::<f64>()?;
        assert!((got - want).abs() < 300.0 * TOLERANCE, "{got} {want}");
    }
    Ok(())
}

#[test]
fn an_operation_without_parameters_passes_its_gradient() -> Result<()> {
    let x = Var::new(
        &[-1000.0f32, -88.8, -1.0, 0.0, 2.0, 88.8, 1e30],
        &Device::Cpu,
    )?;
    let grads = apply::<Mish, 0>(&x, [])?.sum_all()?.backward()?;
    let got = flat(grads.get(&x).unwrap())?;
    assert_eq!((got[0], got[5], got[6]), (0.0, 1.0, 1.0));
    assert!(
        (got[3] - 0.6).abs() < 1e-6,
        "mish′(0) = tanh(ln 2) = 3/5, not {}",
        got[3]
    );
    assert!(got.iter().all(|g| g.is_finite()), "{got:?}");
    Ok(())
}

#[test]
fn bits_do_not_depend_on_length_or_offset() {
    let (x, grad) = (
        numbers(100),
        numbers(90).into_iter().rev().collect::<Vec<_>>(),
    );
    let one = |x: f32, g: f32| {
        let (mut y, mut dx) = ([0.0], [0.0]);
        forward_slice::<Swish, 2, f32>(&[x], [1.3, 0.2], &mut y);
        backward_slice::<Swish, 2, f32>(&[x], [1.3, 0.2], &[g], &mut dx);
        (y[0], dx[0])
    };
    for len in 0..=67 {
        for offset in 0..17 {
            let (x, grad) = (&x[offset..offset + len], &grad[..len]);
            let (mut y, mut dx) = (vec![0.0; len], vec![0.0; len]);
            forward_slice::<Swish, 2, f32>(x, [1.3, 0.2], &mut y);
            backward_slice::<Swish, 2, f32>(x, [1.3, 0.2], grad, &mut dx);
            let (want_y, want_dx): (Vec<f32>, Vec<f32>) =
                x.iter().zip(grad).map(|(&x, &g)| one(x, g)).unzip();
            assert_eq!(
                (bits(&y), bits(&dx)),
                (bits(&want_y), bits(&want_dx)),
                "{len} from {offset}"
            );
        }
    }
}

/// Lengths on both sides of one chunk (16,384) and of the length from which threads share the work (65,536).
#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    for len in [16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 200_001] {
        let (x, grad) = (
            numbers(len),
            numbers(len).into_iter().rev().collect::<Vec<_>>(),
        );
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let (mut y, mut dx) = (vec![0.0; len], vec![0.0; len]);
            let sums = pool.install(|| {
                forward_slice::<Swish, 2, f32>(&x, [1.3, 0.2], &mut y);
                backward_slice::<Swish, 2, f32>(&x, [1.3, 0.2], &grad, &mut dx)
            });
            (bits(&y), bits(&dx), bits(&sums))
        };
        let serial = run(1);
        assert!(
            [2, 3, 7].into_iter().all(|threads| run(threads) == serial),
            "{len}"
        );
    }
}

/// The sums err by at most 512 additions of f32 in a lane: 512·2⁻²⁴ of the sum of magnitudes.
#[test]
fn parameter_gradients_are_sums_over_all_elements() {
    for len in [1, 31, 33, 1024, 1025, 70_000] {
        let (x, grad) = (
            numbers(len),
            numbers(len).into_iter().rev().collect::<Vec<_>>(),
        );
        let got = backward_slice::<Swish, 2, f32>(&x, [1.3, 0.2], &grad, &mut vec![0.0; len]);
        let (mut want, mut size) = ([0.0; 2], [0.0; 2]);
        for (&x, &g) in x.iter().zip(&grad) {
            let (_, _, dp) =
                Swish::value_and_gradient(f64::from(x), [f64::from(1.3f32), f64::from(0.2f32)]);
            for j in 0..2 {
                want[j] += f64::from(g) * dp[j];
                size[j] += (f64::from(g) * dp[j]).abs();
            }
        }
        for j in 0..2 {
            assert!(
                (f64::from(got[j]) - want[j]).abs() <= 512.0 * 2f64.powi(-24) * size[j],
                "{len}: {got:?} {want:?}"
            );
        }
    }
}

#[test]
fn errors_name_the_fix() -> Result<()> {
    let x = Tensor::zeros(3, DType::F32, &Device::Cpu)?;
    let one = Tensor::new(1f32, &Device::Cpu)?;
    let message = |x: &Tensor, b: &Tensor| apply::<Swish, 2>(x, [b, &one]).unwrap_err().to_string();
    let half = message(&x.to_dtype(DType::F16)?, &one);
    assert!(
        half.contains("swish") && half.contains("F16") && half.contains(".to_dtype(DType::F32)"),
        "{half}"
    );
    let mixed = message(&x, &one.to_dtype(DType::F64)?);
    assert!(
        mixed.contains("F64") && mixed.contains(".to_dtype(DType::F32)"),
        "{mixed}"
    );
    let shape = message(&x, &x);
    assert!(
        shape.contains("[3]") && shape.contains("one number"),
        "{shape}"
    );
    Ok(())
}
