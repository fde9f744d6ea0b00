//! Interpreted activations: values and gradients of the formula, layouts, determinism, errors.

#![cfg(feature = "candle")]

use actsmith_codegen::{Formula, Interpreted, number::Number};
use candle_core::{DType, Device, Module, Result, Tensor, Var};

/// Every operation of the formula language occurs.
const CORPUS: &[&str] = &[
    "x",
    "2.5",
    "-x",
    "pi * x",
    "silu(x)",
    "mish(x)",
    "gelu(x) - 0.1 * gelu_tanh(x)",
    "0.3994 * gelu(0.4413 * square(x) + 0.5587 * gelu(x)) + 0.6006 * silu(x)",
    "x / (1 + exp(-1.702 * x))",
    "cube(x) - 2 * square(x)",
    "powi(x, 5) - powi(1 + square(x), -3)",
    "sqrt(1 + square(x)) - 1",
    "expm1(min(x, 1))",
    "ln(1 + square(x)) + log1p(abs(x))",
    "softplus(x) + 0.5 * log_sigmoid(x)",
    "x * gaussian(x)",
    "sin(x) * cos(2 * x)",
    "sinc(x)",
    "sinh(0.5 * x) / cosh(x)",
    "tanh(x) * tanh(x) + tanh(x)",
    "asinh(x) + atan(x)",
    "erf(x) * x",
    "x * erfc(-x)",
    "normal_cdf(2 * x) * normal_pdf(x)",
    "sign(x) * sqrt(abs(x) + 0.25)",
    "max(x, sin(3 * x))",
    "clamp(x, -1.5, cos(x) + 2)",
    "if x > 1 && x < 2 { x * x } else { max(x, 0.25 * x) }",
    "if x <= -1 || x == 0.5 { x } else { exp(-x) }",
    "relu(x) - 0.2 * min0(x)",
    "leaky_relu(x) + relu6(2 * x)",
    "hardsigmoid(x) + hardswish(x - 0.3)",
    "elu(x) + selu(0.7 * x)",
    "softsign(x) + tanhshrink(x)",
    "hardtanh(x) + hardshrink(0.7 * x) - softshrink(2 * x)",
    "rrelu(x) * prelu(x, 1.3) + threshold(x, 0.1, 2)",
    "elu(x, 0.3) + celu(x, 1.7)",
    "sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x)",
];

fn activation(text: &str) -> Interpreted {
    let formula = Formula::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    formula
        .activation()
        .unwrap_or_else(|e| panic!("{text}: {e}"))
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

/// Against the unsimplified formula and its derivative in f64. A formula is some ten operations; each rounds its result, and
/// where terms of size `x⁵` or less cancel, the error is relative to those: 64 epsilons of the largest of them.
#[test]
fn values_and_gradients_are_those_of_the_formula() -> Result<()> {
    // Multiples of 1/16 are exact in f32; the odd ones among 1/32 hit no kink of the corpus.
    let points: Vec<f64> = (-100..100).map(|i| f64::from(2 * i + 1) / 32.0).collect();
    for text in CORPUS {
        let formula = Formula::parse(text).expect("a formula");
        let reference = formula.with_gradient();
        let activation = activation(text);
        for (dtype, epsilon) in [
            (DType::F64, f64::EPSILON),
            (DType::F32, f64::from(f32::EPSILON)),
        ] {
            let x = Var::from_tensor(&Tensor::new(&points[..], &Device::Cpu)?.to_dtype(dtype)?)?;
            let y = activation.forward(&x)?;
            assert_eq!((y.dims(), y.dtype()), (x.dims(), dtype));
            let grads = (&y * 2.0)?.sum_all()?.backward()?;
            let slopes = (grads.get(&x).expect("a gradient") / 2.0)?;
            let numbers = |t: &Tensor| t.to_dtype(DType::F64)?.to_vec1::<f64>();
            for ((&x, y), slope) in points.iter().zip(numbers(&y)?).zip(numbers(&slopes)?) {
                let (value, derivatives) = reference.at(&[x]);
                let size = if text.contains("powi") {
                    1.0 + x.abs().powi(5)
                } else {
                    1.0 + x.abs()
                };
                for (got, expected, what) in [(y, value, "f"), (slope, derivatives[0], "f′")] {
                    let tolerance = 64.0 * epsilon * (size + expected.abs());
                    assert!(
                        (got - expected).abs() <= tolerance,
                        "{text}: {dtype:?} {what}({x}) = {got}, not {expected}"
                    );
                }
            }
        }
    }
    Ok(())
}

/// A way to look at a tensor of shape (30, 40, 50).
type Look = fn(&Tensor) -> Result<Tensor>;

/// Every kind of layout and rank; most cross the row and the chunk size of the driver.
const LAYOUTS: &[(&str, Look)] = &[
    ("contiguous", |t| Ok(t.clone())),
    ("transposed", |t| t.transpose(0, 2)),
    ("narrowed outside", |t| t.narrow(0, 3, 9)),
    ("narrowed inside and transposed", |t| {
        t.narrow(2, 3, 9)?.transpose(0, 1)
    }),
    ("broadcast in the middle", |t| {
        t.narrow(1, 1, 1)?.broadcast_as((30, 70, 50))
    }),
    ("one number broadcast", |t| {
        t.get(3)?.get(4)?.get(5)?.broadcast_as((3, 5, 700))
    }),
    ("empty and transposed", |t| {
        t.narrow(1, 4, 0)?.transpose(0, 2)
    }),
    ("one number without dimensions", |t| {
        t.get(3)?.get(4)?.get(5)
    }),
];

/// The gradient that reaches the operation is itself broadcast, from the sum, or transposed.
#[test]
fn every_layout_gives_the_bits_of_a_copy() -> Result<()> {
    let activation = activation("0.3 * mish(x) + x * sin(x)");
    let cube = Tensor::from_vec(numbers(30 * 40 * 50), (30, 40, 50), &Device::Cpu)?;
    for (name, look) in LAYOUTS {
        for transposed in [false, true] {
            let seen = look(&cube)?;
            let base = Var::from_tensor(&cube)?;
            let viewed = look(&base)?;
            let y = activation.forward(&viewed)?;
            assert_eq!(y.dims(), seen.dims(), "{name}");
            let copied = flat(&seen)?;
            assert_eq!(
                bits(&flat(&y)?),
                bits(&activation.values(&copied)),
                "{name}"
            );

            let flip = transposed && seen.rank() == 3;
            let turn = |t: &Tensor| {
                if flip {
                    t.transpose(0, 1)
                } else {
                    Ok(t.clone())
                }
            };
            let weights = (turn(&seen)? * 0.5)?;
            let loss = (turn(&y)? * &weights)?.sum_all()?;
            let grads = loss.backward()?;
            let got = flat(grads.get(&base).expect("a gradient"))?;
            // candle carries the gradient from the view back to the base, in both computations.
            let slopes = Tensor::from_vec(activation.slopes(&copied), seen.shape(), &Device::Cpu)?;
            let arriving = (turn(&weights)? * slopes)?;
            let want = (&viewed * arriving.detach())?.sum_all()?.backward()?;
            assert_eq!(
                got,
                flat(want.get(&base).expect("a gradient"))?,
                "{name}, {transposed}"
            );
        }
    }
    Ok(())
}

#[test]
fn bits_do_not_depend_on_length_or_offset() {
    let x = numbers(100);
    for text in CORPUS {
        let activation = activation(text);
        let (one_by_one, slopes): (Vec<f32>, Vec<f32>) = x
            .iter()
            .map(|&x| (activation.values(&[x])[0], activation.slopes(&[x])[0]))
            .unzip();
        for len in 0..=67 {
            for offset in [0, 1, 7, 16] {
                let range = offset..offset + len;
                assert_eq!(
                    (
                        bits(&activation.values(&x[range.clone()])),
                        bits(&activation.slopes(&x[range.clone()]))
                    ),
                    (bits(&one_by_one[range.clone()]), bits(&slopes[range])),
                    "{text}: {len} from {offset}"
                );
            }
        }
    }
}

/// Lengths on both sides of a row (512), of a chunk (16,384), and of the length from which threads share the work (65,536).
#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let activation = activation("x * tanh(softplus(x)) + 0.1 * sin(x)");
    for len in [511, 512, 513, 16_383, 16_385, 65_535, 65_536, 200_001] {
        let x = numbers(len);
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| (bits(&activation.values(&x)), bits(&activation.slopes(&x))))
        };
        let serial = run(1);
        assert!(
            [2, 3, 7].into_iter().all(|threads| run(threads) == serial),
            "{len}"
        );
    }
}

#[test]
fn a_formula_with_parameters_asks_for_their_values() -> Result<()> {
    let formula = Formula::parse("x * sigmoid(beta * x) + shift").expect("a formula");
    let error = formula
        .activation()
        .expect_err("beta and shift are free")
        .to_string();
    for word in ["`beta`", "`shift`", "with_constant(\"beta\""] {
        assert!(error.contains(word), "{error}");
    }
    let constants = [
        ("beta".to_owned(), Number::from(1)),
        ("shift".to_owned(), Number::zero()),
    ];
    let silu = formula
        .with_constants(&constants)
        .activation()
        .expect("no parameter is left");
    assert_eq!(silu.formula(), "silu(x)");
    Ok(())
}

#[test]
fn a_constant_that_is_no_number_is_one_clear_error() {
    for (text, part) in [
        ("x + ln(-1)", "`ln(-1)` in `x + ln(-1)` has no value"),
        (
            "x * exp(1000)",
            "`exp(1000)` in `x * exp(1000)` is infinite, or too large for f64",
        ),
        ("sqrt(-2)", "`sqrt(-2)` in `sqrt(-2)` has no value"),
        (
            "x / 1e-320",
            "`1 / 1e-320` in the derivative of `x / 1e-320` is infinite, or too large",
        ),
    ] {
        let formula = Formula::parse(text).expect("a formula");
        let error = formula.activation().expect_err("no number").to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn an_unsupported_dtype_is_one_clear_error() -> Result<()> {
    let x = Tensor::zeros(3, DType::U8, &Device::Cpu)?;
    let error = activation("silu(x)")
        .forward(&x)
        .expect_err("U8")
        .to_string();
    assert!(
        error.contains("U8") && error.contains(".to_dtype(DType::F32)"),
        "{error}"
    );
    Ok(())
}
