//! `activation!` as a user meets it: values, gradients to the input and the parameters, every layout, both dtypes.

use actsmith::activation;
use candle_core::{DType, Device, Module, Result, Tensor, Var};
use candle_nn::{VarBuilder, VarMap};

activation! {
    /// A self-gated activation with a trained slope.
    pub Swish(x; beta = 1.5) = x * sigmoid(beta * x);
    /// Found on a small GPT.
    Discovered(x) = 0.3994 * gelu(0.4413 * square(x) + 0.5587 * gelu(x)) + 0.6006 * silu(x);
    Affine(z; p = 2, t0 = -0.5) = p * z + t0 * abs(z) + t0;
    #[expect(deprecated, reason = "undefined at 0")]
    Power(x) = powi(x, 5) - x.powi(-2);
    Kinked(x) = if x > 1 && x < 2 { x } else { max(x, 0.25 * x) };
    /// He et al., "Delving Deep into Rectifiers" (2015).
    pub PRelu(x; #[per_channel(dim = 1)] alpha = 0.25) = max(x, 0) + alpha * min(x, 0);
    /// Shazeer, "GLU Variants Improve Transformer" (2020).
    pub SwiGlu(x, gate) = silu(gate) * x;
    /// Two parameters of the last dimension, one of them positive, a trained scalar and a constant.
    Mixed(x, gate; #[per_channel(dim = -1)] beta > 0 = 1.5, #[per_channel(dim = -1)] shift = 0, scale = 2, const slope = 0.5) =
        scale * x * sigmoid(beta * gate + shift) + slope * gate;
    Leaky(x; const slope = 0.01) = if x > 0 { x } else { slope * x };
    Positive(x; beta > 0 = 0.7) = x * tanh(beta * x);
    Bounded(x) = min(x, 3);
    /// As PyTorch has it.
    #[kinks(torch)]
    BoundedAsInTorch(x) = min(x, 3);
}

/// What users forbid in their own code.
mod strict {
    #![deny(unsafe_code, missing_docs, unreachable_pub, dead_code)]
    #![deny(clippy::all, clippy::pedantic)]

    actsmith::activation! {
        pub(super) Gate(x, gate; #[per_channel(dim = 1)] beta > 0 = 1.0, const slope = 0.5) = x * sigmoid(beta * gate) + slope * x;
        pub(super) Plain(x) = x * tanh(softplus(x));
    }
}

fn discovered(x: f64) -> f64 {
    let gelu = |x: f64| x * 0.5 * libm::erfc(-x / 2f64.sqrt());
    0.3994 * gelu(0.4413 * x * x + 0.5587 * gelu(x)) + 0.6006 * x / (1.0 + (-x).exp())
}

#[test]
fn values_are_those_of_the_formula_in_every_layout() -> Result<()> {
    for (dtype, tolerance) in [(DType::F64, 1e-13), (DType::F32, 2e-6)] {
        let x = Tensor::arange(-60f64, 60.0, &Device::Cpu)?
            .affine(0.07, 0.01)?
            .reshape((10, 12))?
            .to_dtype(dtype)?;
        for x in [
            x.clone(),
            x.t()?,
            x.narrow(1, 3, 5)?,
            x.narrow(0, 9, 1)?.broadcast_as((4, 12))?,
            x.narrow(0, 0, 0)?,
        ] {
            let y = Discovered.forward(&x)?;
            assert_eq!((y.dims(), y.dtype()), (x.dims(), dtype));
            let values = |t: &Tensor| t.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>();
            for (x, y) in values(&x)?.into_iter().zip(values(&y)?) {
                let expected = discovered(x);
                assert!(
                    (y - expected).abs() <= tolerance * (1.0 + expected.abs()),
                    "{dtype:?} f({x}) = {y}, not {expected}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn gradients_reach_the_input_and_every_parameter() -> Result<()> {
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, DType::F64, &Device::Cpu);
    let swish = Swish::new(vb)?;
    assert_eq!(swish.beta().to_scalar::<f64>()?, 1.5);
    let xs = [-3.0, -0.4, 0.0, 0.9, 5.0];
    let x = Var::new(&xs, &Device::Cpu)?;
    let up = Tensor::new(&[1.0, -2.0, 0.5, 3.0, 0.25], &Device::Cpu)?;
    let loss = (swish.forward(&x)? * &up)?.sum_all()?;
    let grads = loss.backward()?;
    let by_x = grads.get(&x).expect("a gradient for x").to_vec1::<f64>()?;
    let beta = variables.all_vars().remove(0);
    let by_beta = grads
        .get(&beta)
        .expect("a gradient for beta")
        .to_scalar::<f64>()?;
    let s = |x: f64| 1.0 / (1.0 + (-1.5 * x).exp());
    let ups = up.to_vec1::<f64>()?;
    let mut expected_beta = 0.0;
    for ((&x, &u), found) in xs.iter().zip(&ups).zip(by_x) {
        let slope = s(x) * (1.0 - s(x));
        expected_beta += u * x * x * slope;
        let expected = u * (s(x) + 1.5 * x * slope);
        assert!((found - expected).abs() <= 1e-13, "{found}, not {expected}");
    }
    assert!(
        (by_beta - expected_beta).abs() <= 1e-13,
        "{by_beta}, not {expected_beta}"
    );
    Ok(())
}

#[test]
fn names_of_the_user_never_clash_with_generated_ones() -> Result<()> {
    let variables = VarMap::new();
    let affine = Affine::new(VarBuilder::from_varmap(
        &variables,
        DType::F32,
        &Device::Cpu,
    ))?;
    let y = affine.forward(&Tensor::new(&[-2f32, 3.0], &Device::Cpu)?)?;
    assert_eq!(y.to_vec1::<f32>()?, [-5.5, 4.0]);
    assert_eq!(affine.p().to_scalar::<f32>()?, 2.0);
    Ok(())
}

#[test]
fn powers_and_choices_compile() -> Result<()> {
    let x = Var::new(&[-2f64, 0.5, 1.5], &Device::Cpu)?;
    assert_eq!(
        Power.forward(&x)?.to_vec1::<f64>()?,
        [-32.25, 0.03125 - 4.0, 7.59375 - 1.0 / 2.25]
    );
    let y = Kinked.forward(&x)?;
    assert_eq!(y.to_vec1::<f64>()?, [-0.5, 0.5, 1.5]);
    let grads = y.backward()?;
    assert_eq!(
        grads.get(&x).expect("a gradient").to_vec1::<f64>()?,
        [0.25, 1.0, 1.0]
    );
    Ok(())
}

#[test]
fn an_attribute_says_what_derivatives_are_at_kinks() -> Result<()> {
    let slope = |y: fn(&Tensor) -> Result<Tensor>| {
        let x = Var::new(&[3f64], &Device::Cpu)?;
        let gradients = y(&x)?.backward()?;
        gradients.get(&x).expect("a gradient").to_vec1::<f64>()
    };
    assert_eq!(slope(|x| Bounded.forward(x))?, [0.0]);
    assert_eq!(slope(|x| BoundedAsInTorch.forward(x))?, [0.5]);
    assert_eq!(Bounded::DERIVATIVE, "if x < 3 { 1 } else { 0 }");
    Ok(())
}

#[test]
fn the_struct_says_what_it_computes() {
    assert_eq!(Swish::FORMULA, "x * sigmoid(beta * x)");
    assert!(
        Swish::DERIVATIVE.contains("sigmoid_grad(beta * x)"),
        "{}",
        Swish::DERIVATIVE
    );
}

#[test]
fn an_unsupported_dtype_is_one_clear_error() {
    let x = Tensor::new(&[1u8, 2], &Device::Cpu).expect("a tensor");
    let error = Discovered
        .forward(&x)
        .expect_err("u8 has no activation")
        .to_string();
    assert!(error.contains("to_dtype"), "{error}");
}

/// The gradient of a variable.
fn of(grads: &candle_core::backprop::GradStore, variable: &Tensor) -> Result<Vec<f64>> {
    let grad = grads.get(variable).expect("a gradient");
    grad.to_dtype(DType::F64)?.flatten_all()?.to_vec1()
}

fn assert_close(got: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!(
            (got - want).abs() <= tolerance * (1.0 + want.abs()),
            "{got}, not {want}"
        );
    }
}

/// Numbers spread over ±3, of this shape, none of them 0.
fn spread(shape: &[usize], start: f64) -> Result<Var> {
    let n: usize = shape.iter().product();
    let values: Vec<f64> = (0..n)
        .map(|i| (i as f64 * 0.618_033_98 + start).fract() * 6.0 - 3.0)
        .collect();
    Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu)?)
}

#[test]
fn a_parameter_per_channel_has_the_gradients_of_the_composition() -> Result<()> {
    let variables = VarMap::new();
    let prelu = PRelu::new(
        5,
        VarBuilder::from_varmap(&variables, DType::F64, &Device::Cpu),
    )?;
    assert_eq!(prelu.alpha().to_vec1::<f64>()?, [0.25; 5]);
    let alpha = variables.all_vars().remove(0);
    let x = spread(&[3, 5, 7, 11], 0.3)?;
    let weights = spread(&[3, 5, 7, 11], 0.8)?;
    let got = (prelu.forward(&x)? * weights.as_tensor())?
        .sum_all()?
        .backward()?;
    let negative = x
        .neg()?
        .relu()?
        .broadcast_mul(&alpha.reshape((1, 5, 1, 1))?)?;
    let want = ((x.relu()? - negative)? * weights.as_tensor())?
        .sum_all()?
        .backward()?;
    assert_close(&of(&got, &x)?, &of(&want, &x)?, 1e-13);
    assert_close(&of(&got, &alpha)?, &of(&want, &alpha)?, 1e-12);
    let error = prelu
        .forward(spread(&[3, 4], 0.0)?.as_tensor())
        .expect_err("4 channels")
        .to_string();
    for word in ["PRelu", "`alpha` has 5 channels", "[3, 4] has 4"] {
        assert!(error.contains(word), "{error}");
    }
    Ok(())
}

#[test]
fn a_gated_function_has_the_gradients_of_the_composition() -> Result<()> {
    let wide = spread(&[6, 40], 0.1)?;
    // Both halves are views of one tensor.
    let halves = wide.chunk(2, 1)?;
    let got = SwiGlu.forward(&halves[0], &halves[1])?;
    let want = (halves[1].silu()? * &halves[0])?;
    let values = |t: &Tensor| t.flatten_all()?.to_vec1::<f64>();
    assert_close(&values(&got)?, &values(&want)?, 1e-14);
    let weights = spread(&[6, 20], 0.4)?;
    let back = |y: &Tensor| (y * weights.as_tensor())?.sum_all()?.backward();
    assert_close(&of(&back(&got)?, &wide)?, &of(&back(&want)?, &wide)?, 1e-13);
    assert_eq!(SwiGlu::DERIVATIVES.len(), 2);
    assert_eq!(SwiGlu::DERIVATIVES[0], "silu(gate)");
    let error = SwiGlu
        .forward(&halves[0], &wide)
        .expect_err("two shapes")
        .to_string();
    assert!(error.contains(".broadcast_as"), "{error}");
    Ok(())
}

/// Central differences with step 10⁻⁵ err by some 10⁻¹⁰.
#[test]
fn every_kind_of_parameter_has_the_gradient_of_finite_differences() -> Result<()> {
    const STEP: f64 = 1e-5;
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, DType::F64, &Device::Cpu);
    let mixed = Mixed::new(4, vb)?.with_slope(0.3);
    assert_eq!(mixed.slope(), 0.3);
    assert_close(&mixed.beta()?.to_vec1::<f64>()?, &[1.5; 4], 1e-15);
    let (x, gate) = (spread(&[3, 4], 0.2)?, spread(&[3, 4], 0.7)?);
    let weights = spread(&[3, 4], 0.5)?;
    let loss = || (mixed.forward(&x, &gate)? * weights.as_tensor())?.sum_all();
    let grads = loss()?.backward()?;
    let mut checked = variables.all_vars();
    assert_eq!(checked.len(), 3);
    checked.extend([x.clone(), gate.clone()]);
    for variable in checked {
        let start = variable.as_tensor().copy()?;
        let got = of(&grads, &variable)?;
        for (k, got) in got.into_iter().enumerate() {
            let side = |step: f64| {
                let mut values = start.flatten_all()?.to_vec1::<f64>()?;
                values[k] += step;
                variable.set(&Tensor::from_vec(values, start.shape(), &Device::Cpu)?)?;
                loss()?.to_scalar::<f64>()
            };
            let want = (side(STEP)? - side(-STEP)?) / (2.0 * STEP);
            assert!((got - want).abs() < 1e-8, "{got}, not {want}");
        }
        variable.set(&start)?;
    }
    Ok(())
}

#[test]
fn a_positive_parameter_starts_at_its_value_and_stays_positive() -> Result<()> {
    let variables = VarMap::new();
    let positive = Positive::new(VarBuilder::from_varmap(
        &variables,
        DType::F64,
        &Device::Cpu,
    ))?;
    assert_close(&[positive.beta()?.to_scalar::<f64>()?], &[0.7], 1e-15);
    assert!(
        variables
            .data()
            .lock()
            .expect("a lock")
            .contains_key("beta")
    );
    let raw = variables.all_vars().remove(0);
    raw.set(&Tensor::new(-20f64, &Device::Cpu)?)?;
    let beta = positive.beta()?.to_scalar::<f64>()?;
    assert!(beta > 0.0 && beta < 1e-8, "{beta}");
    let x = Tensor::new(&[-1.0, 2.0], &Device::Cpu)?;
    let grads = positive.forward(&x)?.sum_all()?.backward()?;
    assert!(of(&grads, &raw)?[0] > 0.0);
    Ok(())
}

#[test]
fn a_constant_is_chosen_when_the_activation_is_made() -> Result<()> {
    let x = Tensor::new(&[-2f32, 3.0], &Device::Cpu)?;
    let y = Leaky::default().forward(&x)?;
    assert_eq!(y.to_vec1::<f32>()?, [-0.02, 3.0]);
    let leaky = Leaky::default().with_slope(0.25);
    assert_eq!(leaky, leaky.clone());
    assert_eq!(leaky.forward(&x)?.to_vec1::<f32>()?, [-0.5, 3.0]);
    assert_eq!(strict::Gate::FORMULA.matches("slope").count(), 1);
    Ok(())
}

#[test]
fn in_place_gives_the_bits_of_forward_or_an_error() -> Result<()> {
    let variables = VarMap::new();
    for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
        let vb = VarBuilder::from_varmap(&variables, dtype, &Device::Cpu);
        let prelu = PRelu::new(50, vb.pp(format!("{dtype:?}")))?;
        for rows in [0, 1, 33, 2000] {
            let fresh = |start| spread(&[rows, 50], start)?.detach().to_dtype(dtype);
            let values = |t: &Tensor| t.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>();
            let (x, gate) = (fresh(0.1)?, fresh(0.6)?);
            let want = values(&Discovered.forward(&x)?)?;
            assert_eq!(values(&Discovered.forward_in_place(x.copy()?)?)?, want);
            let want = values(&prelu.forward(&x)?)?;
            assert_eq!(values(&prelu.forward_in_place(x.copy()?)?)?, want);
            let want = values(&SwiGlu.forward(&x, &gate)?)?;
            assert_eq!(values(&SwiGlu.forward_in_place(x.copy()?, &gate)?)?, want);
        }
    }
    let variable = Var::new(&[[1f32, 2.0]], &Device::Cpu)?;
    let tracked = (variable.as_tensor() * 2.0)?;
    let says = |x: Tensor, word: &str| {
        let error = Discovered
            .forward_in_place(x)
            .expect_err("an error")
            .to_string();
        assert!(
            error.contains(word) && error.contains("`forward`"),
            "{error}"
        );
    };
    says(variable.as_tensor().clone(), "tracked");
    says(tracked.clone(), "tracked");
    says(tracked.detach().broadcast_as((3, 2))?, "contiguous");
    Ok(())
}

#[test]
fn strict_code_takes_what_is_written() -> Result<()> {
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, DType::F32, &Device::Cpu);
    let gate = strict::Gate::new(2, vb)?.with_slope(0.0);
    let x = Tensor::new(&[[1f32, 2.0]], &Device::Cpu)?;
    let y = gate.forward(&x, &x.zeros_like()?)?;
    assert_eq!(y.to_vec2::<f32>()?, [[0.5, 1.0]]);
    assert!(gate.beta()?.dims() == [2] && gate.slope() == 0.0);
    assert_eq!(strict::Plain::FORMULA, "mish(x)");
    strict::Plain.forward(&x)?;
    Ok(())
}

/// Parameters of f32 beside inputs of half precision: computed in f32 with all digits of both, gradients in the type of each.
#[test]
fn parameters_may_have_another_type_than_the_input() -> Result<()> {
    for (inputs, parameters) in [
        (DType::BF16, DType::F32),
        (DType::F16, DType::F32),
        (DType::F32, DType::BF16),
        (DType::F32, DType::F64),
        (DType::F64, DType::F32),
        (DType::BF16, DType::F16),
    ] {
        let computed = if inputs == DType::F64 {
            inputs
        } else {
            DType::F32
        };
        let of = |dtype: DType| -> Result<Vec<Tensor>> {
            let cast = |var: Var, own: DType| var.detach().to_dtype(own)?.to_dtype(dtype);
            let own = dtype == inputs;
            // The same numbers in each type; those of the parameters stay apart if the types do.
            let x = Var::from_tensor(&cast(spread(&[4, 6], 0.3)?, inputs)?)?;
            let kept = |var: Var| -> Result<Var> {
                let numbers = var.detach().to_dtype(parameters)?;
                Var::from_tensor(&if own {
                    numbers
                } else {
                    numbers.to_dtype(dtype)?
                })
            };
            let (alpha, beta) = (kept(spread(&[6], 0.7)?)?, kept(spread(&[1], 0.9)?)?);
            let prelu = PRelu::from_tensors(alpha.as_tensor().clone());
            let swish = Swish::from_tensors(beta.as_tensor().clone());
            let y = (prelu.forward(&x)? + swish.forward(&x)?)?;
            let gradients = y.to_dtype(DType::F32)?.sum_all()?.backward()?;
            let mut results = vec![prelu.forward(&x)?, swish.forward(&x)?];
            for var in [&x, &alpha, &beta] {
                let gradient = gradients.get(var).expect("a gradient").clone();
                assert_eq!(gradient.dtype(), var.dtype(), "{inputs:?} {parameters:?}");
                results.push(gradient);
            }
            Ok(results)
        };
        let (narrow, wide) = (of(inputs)?, of(computed)?);
        assert_eq!(narrow[0].dtype(), inputs);
        for (k, (narrow, wide)) in narrow.iter().zip(&wide).enumerate() {
            let numbers = |t: &Tensor| t.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>();
            // Values are rounded once. Gradients are sums of terms in the inputs' type.
            let rounded = numbers(&wide.to_dtype(narrow.dtype())?)?;
            let epsilon = match narrow.dtype() {
                _ if k < 2 => 0.0,
                DType::BF16 => 2f64.powi(-7),
                DType::F16 => 2f64.powi(-9),
                _ => 1e-6,
            };
            assert_close(&numbers(narrow)?, &rounded, epsilon);
        }
    }
    let integers = Tensor::new(&[1u8], &Device::Cpu)?;
    let x = Tensor::new(&[1f32], &Device::Cpu)?;
    let error = Swish::from_tensors(integers)
        .forward(&x)
        .expect_err("u8")
        .to_string();
    assert!(
        error.contains("`beta` is U8") && error.contains(".to_dtype"),
        "{error}"
    );
    Ok(())
}

activation! {
    /// Divides by its parameter.
    Divided(x; beta > 0 = 1.0) = softplus(beta * x) / beta;
}

/// However far training pushes what is stored, the parameter is positive, and values and gradients are numbers.
#[test]
fn a_positive_parameter_is_never_zero() -> Result<()> {
    for (dtype, inputs) in [
        (DType::F64, DType::F64),
        (DType::F32, DType::F32),
        (DType::BF16, DType::BF16),
        (DType::F16, DType::F16),
        (DType::F64, DType::F32),
        (DType::F32, DType::BF16),
    ] {
        for stored in [
            -60_000f64, -800.0, -110.0, -90.0, -40.0, -30.0, -17.0, -10.0, 0.0, 50.0, 800.0,
        ] {
            let raw = Var::from_tensor(&Tensor::new(stored, &Device::Cpu)?.to_dtype(dtype)?)?;
            let divided = Divided::from_tensors(raw.as_tensor().clone());
            let beta = divided.beta()?.to_dtype(DType::F64)?.to_scalar::<f64>()?;
            assert!(beta > 0.0, "{dtype:?} {stored}: {beta}");
            let x = Tensor::new(&[-1.5f64, 0.0, 0.5], &Device::Cpu)?.to_dtype(inputs)?;
            let x = Var::from_tensor(&x)?;
            let y = divided.forward(&x)?;
            let gradients = y.backward()?;
            assert_eq!(y.dtype(), inputs);
            assert_eq!(gradients.get(&raw).expect("for raw").dtype(), dtype);
            for tensor in [
                &y,
                gradients.get(&x).expect("for x"),
                gradients.get(&raw).expect("for raw"),
            ] {
                let numbers = tensor
                    .to_dtype(DType::F64)?
                    .flatten_all()?
                    .to_vec1::<f64>()?;
                assert!(
                    numbers.iter().all(|v| v.is_finite()),
                    "{dtype:?} {stored}: {numbers:?}"
                );
            }
        }
    }
    Ok(())
}
