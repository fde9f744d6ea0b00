//! A formula that is interpreted gives the bits of the same formula compiled by `activation!`.

use actsmith::{Formula, GatedLayer, Kinks, Layer, activation};
use candle_core::{DType, Device, Module, Result, Tensor, Var};
use candle_nn::{VarBuilder, VarMap};

/// Declares each activation, and lists it with its formula as text.
macro_rules! both_ways {
    ($($name:ident = { $($formula:tt)+ })+) => {
        // Some have a pole.
        activation! { $(#[allow(deprecated)] $name(x) = $($formula)+;)+ }

        fn compiled() -> Vec<(&'static str, Box<dyn Module>)> {
            vec![$((stringify!($($formula)+), Box::new($name))),+]
        }
    };
}

both_ways! {
    Swish = { x * sigmoid(x) }
    Mish = { mish(x) }
    Discovered = { 0.3994 * gelu(0.4413 * square(x) + 0.5587 * gelu(x)) + 0.6006 * silu(x) }
    Powers = { powi(x, 5) - powi(x, -2) + powi(x, 7) * 0.01 }
    Kinked = { if x > 1 && x < 2 { x } else { max(x, 0.25 * x) } }
    Clamped = { clamp(x, -1.5, cos(x) + 2) * hardswish(x) }
    Nested = { sigmoid(gelu(sigmoid(silu(x)) * silu(x))) * silu(x) }
    Waves = { sin(x) * gaussian(x) + sinc(x) / (1.1 + erf(x)) }
    Slopes = { relu(x) - 0.2 * min0(x) + 0.3 * elu(x) + 0.1 * softsign(x) }
    Rectified = { prelu(x, 0.3) + rrelu(2 * x) - celu(x, 1.5) * elu(x, 0.2) }
    Shrunk = { hardtanh(2 * x) + hardshrink(x) - softshrink(0.7 * x) * threshold(x, 0.1, 3) }
    Constant = { sqrt(2) + 0 * x }
    Identity = { x }
}

/// NaN has many bit patterns, and none of them is promised.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

#[test]
fn the_bits_are_those_of_the_compiled_activation() -> Result<()> {
    let mut points: Vec<f64> = (-2000..2000).map(|i| f64::from(i) * 0.004_7).collect();
    points.extend([
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.0,
        1e-40,
        -1e-300,
        88.8,
        -1000.0,
        1e30,
        -3e38,
    ]);
    for (text, compiled) in compiled() {
        let interpreted = Formula::parse(text)
            .unwrap_or_else(|e| panic!("{e}"))
            .activation()
            .unwrap_or_else(|e| panic!("{e}"));
        for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
            let x = Tensor::new(&points[..], &Device::Cpu)?.to_dtype(dtype)?;
            let weights = ((&x * 0.3)? + 1.0)?;
            let run = |module: &dyn Module| -> Result<[Vec<f64>; 2]> {
                let x = Var::from_tensor(&x)?;
                let y = module.forward(&x)?;
                let grads = (&y * &weights)?.sum_all()?.backward()?;
                let numbers = |t: &Tensor| t.to_dtype(DType::F64)?.to_vec1::<f64>();
                Ok([numbers(&y)?, numbers(grads.get(&x).expect("a gradient"))?])
            };
            let (want, got) = (run(&*compiled)?, run(&interpreted)?);
            for (what, want, got) in [("f", &want[0], &got[0]), ("f′", &want[1], &got[1])] {
                for (x, (&want, &got)) in points.iter().zip(want.iter().zip(got)) {
                    assert!(
                        same(want, got),
                        "{text}: {dtype:?} {what}({x}) = {got}, compiled {want}"
                    );
                }
            }
        }
    }
    Ok(())
}

activation! {
    Trained(x; beta = 1.5, #[per_channel(dim = 1)] a = 0.25) = prelu(x, a) * sigmoid(beta * x) + a;
    Gate(x, gate; #[per_channel(dim = -1)] shift = 0.5, scale = 2) = scale * x * silu(gate + shift) + gate;
}

/// Numbers spread over ±3, of this shape.
fn spread(shape: &[usize], start: f64, dtype: DType) -> Result<Var> {
    let n: usize = shape.iter().product();
    let value = |i: usize| (i as f64 * 0.618_033_98 + start).fract() * 6.0 - 3.0;
    let values: Vec<f64> = (0..n).map(value).collect();
    Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?.to_dtype(dtype)?)
}

fn bits(tensor: &Tensor) -> Result<Vec<u64>> {
    let numbers = tensor
        .to_dtype(DType::F64)?
        .flatten_all()?
        .to_vec1::<f64>()?;
    Ok(numbers.into_iter().map(f64::to_bits).collect())
}

/// The bits of the value, and of the gradient of each variable.
fn run(y: &Tensor, weights: &Tensor, variables: &[&Var]) -> Result<Vec<Vec<u64>>> {
    let gradients = (y * weights)?.sum_all()?.backward()?;
    let of = |variable: &&Var| {
        let gradient = gradients.get(variable).expect("a gradient");
        assert_eq!(gradient.dtype(), variable.dtype());
        bits(gradient)
    };
    std::iter::once(bits(y))
        .chain(variables.iter().map(of))
        .collect()
}

#[test]
fn layers_of_one_and_two_inputs_have_the_bits_of_the_macro() -> Result<()> {
    let trained = Formula::parse("prelu(x, a) * sigmoid(beta * x) + a")?;
    let gate = Formula::parse("scale * x * silu(gate + shift) + gate")?;
    // Past the length of a row, a block and a chunk.
    for shape in [vec![3, 5], vec![2, 5, 700], vec![4, 5, 1000]] {
        let channels = shape[shape.len() - 1];
        for (dtype, parameters) in [
            (DType::F32, DType::F32),
            (DType::F64, DType::F64),
            (DType::BF16, DType::BF16),
            (DType::BF16, DType::F32),
            (DType::F16, DType::F32),
        ] {
            let (x, g) = (spread(&shape, 0.1, dtype)?, spread(&shape, 0.6, dtype)?);
            let weights = spread(&shape, 0.8, dtype)?;
            let beta = spread(&[1], 0.7, parameters)?;
            let a = spread(&[5], 0.4, parameters)?;
            let compiled = Trained::from_tensors(beta.as_tensor().clone(), a.as_tensor().clone());
            let layer: Layer = trained
                .layer()
                .scalar("beta", &beta)
                .per_channel("a", 1, &a)
                .build()?;
            let want = run(&compiled.forward(&x)?, &weights, &[&x, &beta, &a])?;
            assert_eq!(
                run(&layer.forward(&x)?, &weights, &[&x, &beta, &a])?,
                want,
                "{shape:?} {dtype:?}"
            );
            let plain = x.as_tensor().copy()?.detach();
            assert_eq!(bits(&layer.forward_in_place(plain)?)?, want[0]);

            let (shift, scale) = (
                spread(&[channels], 0.3, parameters)?,
                spread(&[1], 0.9, parameters)?,
            );
            let compiled = Gate::from_tensors(shift.as_tensor().clone(), scale.as_tensor().clone());
            let layer: GatedLayer = gate
                .layer()
                .per_channel("shift", -1, &shift)
                .scalar("scale", &scale)
                .build_gated("gate")?;
            let variables = [&x, &g, &shift, &scale];
            let want = run(&compiled.forward(&x, &g)?, &weights, &variables)?;
            assert_eq!(
                run(&layer.forward(&x, &g)?, &weights, &variables)?,
                want,
                "{shape:?} {dtype:?}"
            );
            let plain = x.as_tensor().copy()?.detach();
            assert_eq!(bits(&layer.forward_in_place(plain, &g)?)?, want[0]);
        }
    }
    Ok(())
}

#[test]
fn a_layer_takes_its_numbers_from_a_builder() -> Result<()> {
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, DType::F32, &Device::Cpu);
    let layer = Formula::parse("prelu(x, a) * sigmoid(beta * x)")?
        .layer()
        .scalar_from(&vb, "beta", 1.5)?
        .per_channel_from(&vb, "a", 1, 3, 0.25)?
        .build()?;
    assert_eq!(
        layer.parameter("beta").expect("beta").to_scalar::<f32>()?,
        1.5
    );
    assert_eq!(
        layer.parameter("a").expect("a").to_vec1::<f32>()?,
        [0.25; 3]
    );
    assert!(layer.parameter("x").is_none() && layer.derivative("a").is_some());
    assert_eq!(
        format!("{layer:?}"),
        format!("f(x; a, beta) = {}", layer.formula())
    );
    let y = layer.forward(&Tensor::ones((2, 3), DType::F32, &Device::Cpu)?)?;
    let gradients = y.sum_all()?.backward()?;
    assert!(
        variables
            .all_vars()
            .iter()
            .all(|var| gradients.get(var).is_some())
    );
    Ok(())
}

/// One error a mistake, each with the fix.
#[test]
fn a_name_without_a_meaning_is_an_error() -> Result<()> {
    let one = Tensor::new(1f32, &Device::Cpu)?;
    let three = Tensor::new(&[1f32; 3], &Device::Cpu)?;
    let formula = Formula::parse("prelu(x, alpha) * sigmoid(beta * gate)")?;
    let layer = || formula.layer().scalar("beta", &one);
    let message = |error: actsmith::Diagnostics| error.to_string();
    let all = |text: &str, parts: &[&str]| {
        for part in parts {
            assert!(text.contains(part), "{part}: {text}");
        }
    };
    let text = message(layer().build().expect_err("two names"));
    all(
        &text,
        &[
            "`alpha`",
            "`gate`",
            "`per_channel`",
            "with_constant(\"gate\"",
        ],
    );
    let text = message(
        layer()
            .scalar("alpah", &one)
            .scalar("alpha", &one)
            .build_gated("gate")
            .expect_err("a slip"),
    );
    all(&text, &["has no `alpah`", "did you mean `alpha`?"]);
    let text = message(
        layer()
            .scalar("alpha", &three)
            .build_gated("gate")
            .expect_err("three numbers"),
    );
    all(&text, &["shape [3]", "`per_channel`"]);
    let text = message(
        layer()
            .scalar("alpha", &one)
            .scalar("gate", &one)
            .build_gated("gate")
            .expect_err("both"),
    );
    all(&text, &["`gate` is an input"]);
    let text = message(
        Formula::parse("silu(x)")?
            .layer()
            .build_gated("gate")
            .expect_err("no gate"),
    );
    all(&text, &["has no input `gate`"]);
    let text = message(formula.activation().expect_err("parameters"));
    all(&text, &["with_constant(\"alpha\", 1.0)", "`layer()`"]);
    let text = message(formula.with_constant("betta", 1.0).expect_err("a slip"));
    all(&text, &["has no parameter `betta`", "did you mean `beta`?"]);
    let text = message(
        formula
            .with_constant("beta", f64::NAN)
            .expect_err("no number"),
    );
    all(&text, &["cannot be NaN", "finite"]);
    let wide = layer()
        .per_channel("alpha", 1, &three)
        .build_gated("gate")?;
    let x = Tensor::ones((2, 4), DType::F32, &Device::Cpu)?;
    let text = wide.forward(&x, &x).expect_err("4 channels").to_string();
    all(&text, &["`alpha` has 3 channels", "[2, 4] has 4"]);
    Ok(())
}

/// `?` takes the error of a formula to any function.
#[test]
fn the_error_of_a_formula_goes_anywhere() {
    fn sent<T: Send + Sync + 'static>(value: T) -> T {
        value
    }
    fn boxed() -> std::result::Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Formula::parse("sigmod(x)")?.activation()?;
        Ok(())
    }
    fn candle() -> Result<()> {
        Formula::parse("x * (y")?;
        Ok(())
    }
    fn unbound() -> Result<()> {
        Formula::parse("x * y")?.activation()?;
        Ok(())
    }
    let text = boxed().expect_err("a slip").to_string();
    assert!(text.contains("  1 | sigmod(x)\n    | ^^^^^^"), "{text}");
    assert!(
        candle()
            .expect_err("a bracket")
            .to_string()
            .contains("never closed")
    );
    assert!(
        unbound()
            .expect_err("a name")
            .to_string()
            .contains("has no value")
    );
    let diagnostics = sent(Formula::parse("1 +\n  sigmod(x)").expect_err("a slip"));
    let range = diagnostics
        .iter()
        .next()
        .map(|mistake| mistake.range.clone());
    assert_eq!(range, Some(6..12));
    assert!(
        diagnostics
            .to_string()
            .contains("  2 |   sigmod(x)\n    |   ^^^^^^"),
        "{diagnostics}"
    );
}

/// At ±∞ a function has its limit, and so has its slope but for those of `gelu` and
/// `gaussian`, in every type. A gate on the input itself, which is −∞·0
/// to PyTorch and so NaN, is −0.
#[test]
fn functions_have_their_limits_at_infinity() -> Result<()> {
    let infinite = f64::INFINITY;
    for (text, low, high, slopes) in [
        ("silu(x)", -0.0, infinite, [0.0, 1.0]),
        // Their derivatives, Φ(x) + x·φ(x) and −2x·exp(−x²), are ∞·0 there.
        ("gelu(x)", -0.0, infinite, [f64::NAN, f64::NAN]),
        ("gelu_tanh(x)", -0.0, infinite, [0.0, 1.0]),
        ("mish(x)", -0.0, infinite, [0.0, 1.0]),
        ("hardswish(x)", -0.0, infinite, [0.0, 1.0]),
        ("relu(x)", 0.0, infinite, [0.0, 1.0]),
        ("elu(x)", -1.0, infinite, [0.0, 1.0]),
        ("softplus(x)", 0.0, infinite, [0.0, 1.0]),
        ("log_sigmoid(x)", -infinite, -0.0, [1.0, 0.0]),
        ("sigmoid(x)", 0.0, 1.0, [0.0, 0.0]),
        ("hardsigmoid(x)", 0.0, 1.0, [0.0, 0.0]),
        ("normal_cdf(x)", 0.0, 1.0, [0.0, 0.0]),
        ("tanh(x)", -1.0, 1.0, [0.0, 0.0]),
        ("hardtanh(x)", -1.0, 1.0, [0.0, 0.0]),
        ("softsign(x)", -1.0, 1.0, [0.0, 0.0]),
        ("erf(x)", -1.0, 1.0, [0.0, 0.0]),
        ("gaussian(x)", 0.0, 0.0, [f64::NAN, f64::NAN]),
        ("asinh(x)", -infinite, infinite, [0.0, 0.0]),
        ("tanhshrink(x)", -infinite, infinite, [1.0, 1.0]),
    ] {
        let activation = Formula::parse(text)?.activation()?;
        for dtype in [DType::F64, DType::F32, DType::BF16, DType::F16] {
            let x = Tensor::new(&[-infinite, infinite], &Device::Cpu)?.to_dtype(dtype)?;
            let x = Var::from_tensor(&x)?;
            let y = activation.forward(&x)?;
            let numbers = |t: &Tensor| t.to_dtype(DType::F64)?.to_vec1::<f64>();
            let values: Vec<u64> = numbers(&y)?.into_iter().map(f64::to_bits).collect();
            assert_eq!(
                values,
                [low, high].map(f64::to_bits),
                "{text} {dtype:?}: {y}"
            );
            let found = numbers(y.backward()?.get(&x).expect("a gradient"))?;
            for (found, slope) in found.into_iter().zip(slopes) {
                let same = found == slope || found.is_nan() && slope.is_nan();
                assert!(same, "the slope of {text}, {dtype:?}: {found}, not {slope}");
            }
        }
    }
    Ok(())
}

/// The table of docs/accuracy.md, and what it says of candle.
#[test]
fn derivatives_at_kinks_are_those_of_the_documentation() -> Result<()> {
    for (text, at) in [
        ("relu(x)", &[(0.0, 0.0)][..]),
        ("min0(x)", &[(0.0, 0.0)]),
        ("abs(x)", &[(0.0, 0.0)]),
        ("sign(x)", &[(0.0, 0.0)]),
        ("leaky_relu(x)", &[(0.0, 0.01)]),
        ("prelu(x, 0.25)", &[(0.0, 0.25)]),
        ("rrelu(x)", &[(0.0, 11.0 / 48.0)]),
        ("selu(x)", &[(0.0, 1.758_099_340_847_376_9)]),
        ("elu(x, 0.5)", &[(0.0, 0.5)]),
        ("hardtanh(x)", &[(-1.0, 0.0), (1.0, 0.0)]),
        ("relu6(x)", &[(0.0, 0.0), (6.0, 0.0)]),
        ("hardsigmoid(x)", &[(-3.0, 0.0), (3.0, 0.0)]),
        ("hardshrink(x)", &[(-0.5, 0.0), (0.5, 0.0)]),
        ("softshrink(x)", &[(-0.5, 0.0), (0.5, 0.0)]),
        ("hardswish(x)", &[(-3.0, 0.0), (3.0, 1.0)]),
        ("threshold(x, 0.5, 20)", &[(0.5, 0.0)]),
        ("celu(x, 0.5)", &[(0.0, 1.0)]),
        ("clamp(x, -0.5, 2)", &[(-0.5, 0.0), (2.0, 0.0)]),
        ("max(x, 0.5)", &[(0.5, 0.0)]),
        ("min(x, 0.5)", &[(0.5, 0.0)]),
        ("min(0.5, x)", &[(0.5, 0.0)]),
        ("relu(x) - 0.5 * relu(-x)", &[(0.0, 0.5)]),
    ] {
        let activation = Formula::parse(text)?.activation()?;
        for &(x, slope) in at {
            let x = Var::new(&[x], &Device::Cpu)?;
            let gradients = activation.forward(&x)?.backward()?;
            let found = gradients.get(&x).expect("a gradient").to_vec1::<f64>()?[0];
            assert!((found - slope).abs() < 1e-15, "{text} at {x}: {found}");
        }
    }
    for (text, x, slope) in [
        ("max(x, 0.5)", 0.5, 0.5),
        ("clamp(x, -0.5, 2)", 2.0, 0.0),
        ("relu(x) - 0.5 * relu(-x)", 0.0, 0.0),
    ] {
        let formula = Formula::parse(text)?.with_kinks(Kinks::Torch);
        let x = Var::new(&[x], &Device::Cpu)?;
        let gradients = formula.activation()?.forward(&x)?.backward()?;
        let found = gradients.get(&x).expect("a gradient").to_vec1::<f64>()?;
        assert_eq!(found, [slope], "{text}");
    }
    let x = Var::new(&[0f64], &Device::Cpu)?;
    let gradients = x.relu()?.backward()?;
    assert_eq!(
        gradients.get(&x).expect("a gradient").to_vec1::<f64>()?,
        [1.0]
    );
    Ok(())
}
