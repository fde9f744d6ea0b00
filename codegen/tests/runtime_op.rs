//! The fused operation: layouts, gradients, determinism, errors.

#![cfg(feature = "candle")]

use actsmith_codegen::runtime::{
    Element, Kernel, Parameter, Real, SimdLevel, apply, backward_slice, forward_slice,
};
use candle_core::{DType, Device, Result, Tensor, Var, WithDType};
use half::{bf16, f16};

/// `x · sigmoid(b·x) + c`.
struct Swish;

impl Kernel<1, 2> for Swish {
    const NAME: &'static str = "swish";
    const PARAMETERS: [Parameter; 2] = [Parameter::scalar("b"), Parameter::scalar("c")];

    #[inline(always)]
    fn value<T: Real>([x]: [T; 1], [b, c]: [T; 2]) -> T {
        x * (b * x).sigmoid() + c
    }

    #[inline(always)]
    fn value_and_gradient<T: Real>([x]: [T; 1], [b, c]: [T; 2]) -> (T, [T; 1], [T; 2]) {
        let s = (b * x).sigmoid();
        let slope = s * (T::of(1.0) - s);
        (x * s + c, [s + b * x * slope], [x * x * slope, T::of(1.0)])
    }
}

/// `x · tanh(softplus(x))`.
struct Mish;

impl Kernel<1, 0> for Mish {
    const NAME: &'static str = "mish";
    const PARAMETERS: [Parameter; 0] = [];

    #[inline(always)]
    fn value<T: Real>([x]: [T; 1], _: [T; 0]) -> T {
        x.mish()
    }

    #[inline(always)]
    fn value_and_gradient<T: Real>([x]: [T; 1], _: [T; 0]) -> (T, [T; 1], [T; 0]) {
        let t = x.softplus().tanh();
        (x * t, [t + x * x.sigmoid() * (T::of(1.0) - t * t)], [])
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
        let y = apply::<Swish, 1, 2>([&x], [(&b).into(), (&c).into()])?;
        assert_eq!(y.dims(), x.dims(), "{name}");
        let copied = flat(&x)?;
        let (want, _, _) = both_ways(SimdLevel::best(), &copied, &copied);
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
            let y = apply::<Swish, 1, 2>([&x], [(&b).into(), (&c).into()])?;
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
            let (_, grad_x, sums) = both_ways(SimdLevel::best(), &xs, &flat(&arriving)?);
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
    let f = |x: &Tensor, b: &Tensor, c: &Tensor| apply::<Swish, 1, 2>([x], [b.into(), c.into()]);
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
    let grads = apply::<Mish, 1, 0>([&x], [])?.sum_all()?.backward()?;
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

/// The values and gradients of [`Swish`] for parameters 1.3 and 0.2.
fn both_ways<T: Element + WithDType>(
    level: SimdLevel,
    x: &[T],
    grad: &[T],
) -> (Vec<T>, Vec<T>, [T; 2]) {
    let p = [T::from_f64(1.3), T::from_f64(0.2)];
    let mut y = vec![T::from_f64(0.0); x.len()];
    let mut dx = y.clone();
    forward_slice::<Swish, 1, 2, T>(level, [x], p, &mut y);
    let sums = backward_slice::<Swish, 1, 2, T>(level, [x], p, grad, [&mut dx]);
    (y, dx, sums)
}

/// The bits, as those of numbers that hold every element exactly.
fn wide_bits<T: WithDType>(values: &[T]) -> Vec<u64> {
    values.iter().map(|v| v.to_f64().to_bits()).collect()
}

fn elements<T: WithDType>(n: usize) -> (Vec<T>, Vec<T>) {
    let x: Vec<T> = numbers(n).iter().map(|&v| T::from_f64(v.into())).collect();
    let grad = x.iter().rev().copied().collect();
    (x, grad)
}

fn for_every_length_and_offset<T: Element + WithDType>() {
    let (x, grad) = elements::<T>(100);
    for &level in SimdLevel::ALL {
        for len in 0..=67 {
            for offset in [0, 1, 7, 16, 31] {
                let (x, grad) = (&x[offset..offset + len], &grad[..len]);
                let (y, dx, _) = both_ways(level, x, grad);
                for k in 0..len {
                    let one = both_ways(SimdLevel::Baseline, &x[k..=k], &grad[k..=k]);
                    assert_eq!(
                        (wide_bits(&y[k..=k]), wide_bits(&dx[k..=k])),
                        (wide_bits(&one.0), wide_bits(&one.1)),
                        "{:?}, {level:?}, {len} from {offset}",
                        T::DTYPE
                    );
                }
            }
        }
    }
}

#[test]
fn bits_do_not_depend_on_length_or_offset_or_instructions() {
    for_every_length_and_offset::<f32>();
    for_every_length_and_offset::<f64>();
    for_every_length_and_offset::<f16>();
    for_every_length_and_offset::<bf16>();
}

fn for_every_number_of_threads<T: Element + WithDType>() {
    // Both sides of a block, of a chunk, and of the length from which threads share the work.
    for len in [1023, 1025, 16_383, 16_385, 65_535, 65_536, 65_537, 200_001] {
        let (x, grad) = elements::<T>(len);
        let run = |threads, level| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let (y, dx, sums) = pool.install(|| both_ways(level, &x, &grad));
            (wide_bits(&y), wide_bits(&dx), wide_bits(&sums))
        };
        let serial = run(1, SimdLevel::Baseline);
        for &level in SimdLevel::ALL {
            for threads in [1, 2, 7] {
                assert!(
                    run(threads, level) == serial,
                    "{:?}, {len}, {threads}, {level:?}",
                    T::DTYPE
                );
            }
        }
    }
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    for_every_number_of_threads::<f32>();
    for_every_number_of_threads::<f64>();
    for_every_number_of_threads::<f16>();
    for_every_number_of_threads::<bf16>();
}

/// A term errs by a few roundings, and a lane takes 32 of them: 48·2⁻²⁴ of the sum of magnitudes.
#[test]
fn parameter_gradients_are_sums_over_all_elements() {
    for len in [1, 31, 33, 1024, 1025, 70_000] {
        let (x, grad) = elements::<f32>(len);
        let (_, _, got) = both_ways(SimdLevel::best(), &x, &grad);
        let (mut want, mut size) = ([0.0; 2], [0.0; 2]);
        for (&x, &g) in x.iter().zip(&grad) {
            let (_, _, dp) =
                Swish::value_and_gradient([f64::from(x)], [f64::from(1.3f32), f64::from(0.2f32)]);
            for j in 0..2 {
                want[j] += f64::from(g) * dp[j];
                size[j] += (f64::from(g) * dp[j]).abs();
            }
        }
        for j in 0..2 {
            assert!(
                (f64::from(got[j]) - want[j]).abs() <= 48.0 * 2f64.powi(-24) * size[j],
                "{len}: {got:?} {want:?}"
            );
        }
    }
}

/// All 65,536 numbers: the f32 computation, rounded once by the `half` crate.
#[test]
fn half_precision_is_computed_in_f32_and_rounded_once() {
    let run = |wide: Vec<f32>| {
        let mut y = vec![0.0; wide.len()];
        forward_slice::<Mish, 1, 0, f32>(SimdLevel::best(), [&wide], [], &mut y);
        y
    };
    let bits = 0..=u16::MAX;
    let x: Vec<f16> = bits.clone().map(f16::from_bits).collect();
    let mut y = x.clone();
    forward_slice::<Mish, 1, 0, f16>(SimdLevel::best(), [&x], [], &mut y);
    for (y, want) in y.iter().zip(run(x.iter().map(|x| x.to_f32()).collect())) {
        let want = f16::from_f32(want);
        assert!(y.to_bits() == want.to_bits() || (y.is_nan() && want.is_nan()));
    }
    let x: Vec<bf16> = bits.map(bf16::from_bits).collect();
    let mut y = x.clone();
    forward_slice::<Mish, 1, 0, bf16>(SimdLevel::best(), [&x], [], &mut y);
    for (y, want) in y.iter().zip(run(x.iter().map(|x| x.to_f32()).collect())) {
        let want = bf16::from_f32(want);
        assert!(y.to_bits() == want.to_bits() || (y.is_nan() && want.is_nan()));
    }
}

#[test]
fn gradients_of_half_precision_have_its_type_and_reach_the_parameters() -> Result<()> {
    for dtype in [DType::F16, DType::BF16] {
        let half =
            |values: &[f32]| Var::from_tensor(&Tensor::new(values, &Device::Cpu)?.to_dtype(dtype)?);
        let (x, b, c) = (half(&[-2.0, 0.0, 1.0, 3.0])?, half(&[1.5])?, half(&[0.25])?);
        let y = apply::<Swish, 1, 2>([&x], [b.as_tensor().into(), c.as_tensor().into()])?;
        let grads = y.sum_all()?.backward()?;
        for (var, want) in [(&x, 4), (&b, 1), (&c, 1)] {
            let grad = grads.get(var).expect("a gradient");
            assert_eq!((grad.dtype(), grad.elem_count()), (dtype, want));
        }
        let sum = grads.get(&c).expect("a gradient").to_dtype(DType::F32)?;
        assert_eq!(sum.to_vec1::<f32>()?, [4.0]);
    }
    Ok(())
}

/// `(x + shift) · sigmoid(slope · gate)`, with a shift per channel and a constant slope.
struct Gated;

impl Kernel<2, 2> for Gated {
    const NAME: &'static str = "gated";
    const PARAMETERS: [Parameter; 2] = [
        Parameter::per_channel("shift", 1),
        Parameter::constant("slope"),
    ];

    #[inline(always)]
    fn value<T: Real>([x, gate]: [T; 2], [shift, slope]: [T; 2]) -> T {
        (x + shift) * (slope * gate).sigmoid()
    }

    #[inline(always)]
    fn value_and_gradient<T: Real>(
        [x, gate]: [T; 2],
        [shift, slope]: [T; 2],
    ) -> (T, [T; 2], [T; 2]) {
        let s = (slope * gate).sigmoid();
        let by_gate = (x + shift) * slope * (s * (T::of(1.0) - s));
        ((x + shift) * s, [s, by_gate], [s, T::of(0.0)])
    }
}

/// `x` for positive `x`, else `alpha · x`, with one `alpha` for each index of the last dimension.
struct LastPRelu;

impl Kernel<1, 1> for LastPRelu {
    const NAME: &'static str = "prelu";
    const PARAMETERS: [Parameter; 1] = [Parameter::per_channel("alpha", -1)];

    #[inline(always)]
    fn value<T: Real>([x]: [T; 1], [alpha]: [T; 1]) -> T {
        x.prelu(alpha)
    }

    #[inline(always)]
    fn value_and_gradient<T: Real>([x]: [T; 1], [alpha]: [T; 1]) -> (T, [T; 1], [T; 1]) {
        let positive = x > T::of(0.0);
        let slope = T::select(positive, T::of(1.0), alpha);
        let by_alpha = T::select(positive, T::of(0.0), x);
        (x.prelu(alpha), [slope], [by_alpha])
    }
}

/// Shapes whose channels are split by blocks and chunks in every way; the channels of [`Gated`] are dimension 1.
const SHAPES: &[&[usize]] = &[
    &[3, 4],
    &[5, 1],
    &[2, 3, 1],
    &[2, 7, 5],
    &[3, 5, 40, 9],
    &[40, 70, 13],
    &[1, 3, 20_011],
    &[30, 2000],
    &[2, 40_000],
];

/// Random values of `shape` in f64, as a variable.
fn variable(shape: &[usize], factor: f64) -> Result<Var> {
    let values = numbers(shape.iter().product());
    let x = Tensor::from_vec(values, shape, &Device::Cpu)?.to_dtype(DType::F64)?;
    Var::from_tensor(&(x * factor)?)
}

/// The largest difference, relative to `1 + |want|`.
fn distance(got: &Tensor, want: &Tensor) -> Result<f64> {
    assert_eq!(got.dims(), want.dims());
    let (got, want) = (got.flatten_all()?, want.flatten_all()?);
    let pairs = got
        .to_vec1::<f64>()?
        .into_iter()
        .zip(want.to_vec1::<f64>()?);
    Ok(pairs
        .map(|(g, w)| (g - w).abs() / (1.0 + w.abs()))
        .fold(0.0, f64::max))
}

/// Both compute in f64; sums of up to 10⁵ terms err by 10⁵ epsilons at most.
const SUM_TOLERANCE: f64 = 1e5 * f64::EPSILON;

#[test]
fn two_inputs_and_a_channel_parameter_have_the_gradients_of_the_composition() -> Result<()> {
    for &shape in SHAPES {
        let (x, gate) = (variable(shape, 1.0)?, variable(shape, -0.4)?);
        let shift = variable(&shape[1..2], 0.3)?;
        let mut broadcast = vec![1; shape.len()];
        broadcast[1] = shape[1];
        let weights = (variable(shape, 0.5)?.as_tensor() + 0.1)?;

        let y = apply::<Gated, 2, 2>([&x, &gate], [shift.as_tensor().into(), 1.7.into()])?;
        let got = (&y * &weights)?.sum_all()?.backward()?;
        let composed = x
            .broadcast_add(&shift.reshape(broadcast)?)?
            .mul(&candle_nn::ops::sigmoid(&(gate.as_tensor() * 1.7)?)?)?;
        let want = (&composed * &weights)?.sum_all()?.backward()?;

        assert!(distance(&y, &composed)? < SUM_TOLERANCE, "{shape:?}");
        for (name, var) in [("x", &x), ("gate", &gate), ("shift", &shift)] {
            let of = |grads: &candle_core::backprop::GradStore| {
                grads.get(var).cloned().expect("a gradient")
            };
            let distance = distance(&of(&got), &of(&want))?;
            assert!(
                distance < SUM_TOLERANCE,
                "{name} of {shape:?}: {distance:e}"
            );
        }
    }
    Ok(())
}

#[test]
fn a_parameter_of_the_last_dimension_has_the_gradients_of_the_composition() -> Result<()> {
    for &shape in SHAPES {
        for (transposed, numbers) in [(false, 1), (false, shape[shape.len() - 1]), (true, 1)] {
            let base = variable(shape, 1.0)?;
            let x = if transposed {
                base.t()?
            } else {
                base.as_tensor().clone()
            };
            let alpha = variable(&[numbers], 0.1)?;
            let weights = (x.detach() * 0.5)?;
            let y = apply::<LastPRelu, 1, 1>([&x], [alpha.as_tensor().into()])?;
            let got = (&y * &weights)?.sum_all()?.backward()?;
            let composed = (x.relu()? - x.neg()?.relu()?.broadcast_mul(&alpha)?)?;
            let want = (&composed * &weights)?.sum_all()?.backward()?;
            assert!(distance(&y, &composed)? < SUM_TOLERANCE, "{shape:?}");
            for var in [&base, &alpha] {
                let of = |grads: &candle_core::backprop::GradStore| {
                    grads.get(var).cloned().expect("a gradient")
                };
                let distance = distance(&of(&got), &of(&want))?;
                assert!(distance < SUM_TOLERANCE, "{shape:?}: {distance:e}");
            }
        }
    }
    Ok(())
}

#[test]
fn empty_inputs_have_empty_gradients_and_parameters_that_of_nothing() -> Result<()> {
    for shape in [[0, 3, 2], [2, 3, 0], [2, 0, 4]] {
        let (x, gate) = (variable(&shape, 1.0)?, variable(&shape, 1.0)?);
        let shift = Var::zeros(shape[1], DType::F64, &Device::Cpu)?;
        let y = apply::<Gated, 2, 2>([&x, &gate], [(&shift).into(), 1.7.into()])?;
        assert_eq!(y.dims(), shape);
        let grads = y.backward()?;
        assert_eq!(grads.get(&gate).expect("a gradient").dims(), shape);
        let by_shift = grads.get(&shift).expect("a gradient");
        assert_eq!(by_shift.to_vec1::<f64>()?, vec![0.0; shape[1]]);
    }
    Ok(())
}

#[test]
fn channel_gradients_do_not_depend_on_the_number_of_threads() -> Result<()> {
    for shape in [&[3, 5, 40, 900][..], &[2, 70_000], &[200, 700]] {
        let run = |threads| -> Result<Vec<u32>> {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| {
                let single = |var: Var| Var::from_tensor(&var.to_dtype(DType::F32)?);
                let (x, gate) = (
                    single(variable(shape, 1.0)?)?,
                    single(variable(shape, -0.4)?)?,
                );
                let shift = single(variable(&shape[1..2], 0.3)?)?;
                let y = apply::<Gated, 2, 2>([&x, &gate], [shift.as_tensor().into(), 1.7.into()])?;
                let grads = y.sum_all()?.backward()?;
                Ok(bits(&flat(grads.get(&shift).expect("a gradient"))?))
            })
        };
        let serial = run(1)?;
        assert_eq!(run(2)?, serial, "{shape:?}");
        assert_eq!(run(5)?, serial, "{shape:?}");
    }
    Ok(())
}

#[test]
fn errors_name_the_fix() -> Result<()> {
    let x = Tensor::zeros(3, DType::F32, &Device::Cpu)?;
    let one = Tensor::new(1f32, &Device::Cpu)?;
    let says = |result: Result<Tensor>, words: &[&str]| {
        let message = result.expect_err("an error").to_string();
        for word in words {
            assert!(message.contains(word), "{word}: {message}");
        }
    };
    let swish = |x: &Tensor, b: &Tensor| apply::<Swish, 1, 2>([x], [b.into(), (&one).into()]);
    says(
        swish(&x.to_dtype(DType::U8)?, &one),
        &["swish", "U8", ".to_dtype(DType::F32)"],
    );
    says(
        swish(&x, &one.to_dtype(DType::U8)?),
        &["`b`", "U8", ".to_dtype(DType::F32)"],
    );
    says(swish(&x, &x), &["`b`", "[3]", "one number"]);
    says(
        apply::<Swish, 1, 2>([&x], [1.0.into(), (&one).into()]),
        &["`b` is trained", "tensor"],
    );

    let image = Tensor::zeros((2, 4, 5), DType::F32, &Device::Cpu)?;
    let gated = |x: &Tensor, gate: &Tensor, shift: &Tensor| {
        apply::<Gated, 2, 2>([x, gate], [shift.into(), 1.0.into()])
    };
    says(
        gated(&image, &image, &x),
        &["`shift` has 3 channels", "[2, 4, 5]", "has 4"],
    );
    says(
        gated(&x, &x, &x),
        &["`shift` varies along dimension 1", "[3] has 1"],
    );
    says(
        gated(&image, &x, &one),
        &["[2, 4, 5]", "[3]", ".broadcast_as"],
    );
    says(
        gated(&image, &image.to_dtype(DType::F64)?, &one),
        &["F64", ".to_dtype(DType::F32)"],
    );
    says(
        apply::<Gated, 2, 2>([&image, &image], [(&one).into(), (&one).into()]),
        &["`slope` is a constant", "number"],
    );
    Ok(())
}
