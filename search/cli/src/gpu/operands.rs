//! Layouts, parameters, second inputs, overwriting, and what is refused.

use actsmith::{Formula, zoo};
use candle_core::{D, DType, Device, Module, Result, Tensor, Var};
use candle_nn::{VarBuilder, VarMap};

use super::{Check, difference, verdict};
use actsmith_search::seed;

/// What compares a device with the CPU.
type Compare = fn(&Device) -> Result<Check>;

/// What is checked, by name.
pub(super) const CHECKS: &[(&str, Compare)] = &[
    ("layouts", layouts),
    ("scalar parameters", scalars),
    ("parameters by channel", channels),
    ("two inputs", gated),
    ("formulas at run time", formulas),
    ("in place", in_place),
    ("what is refused", refused),
];

const TYPES: [DType; 4] = [DType::F32, DType::F64, DType::F16, DType::BF16];

/// Numbers from N(0, 4), the same in every run.
fn normal(shape: &[usize], stream: &str, dtype: DType) -> Result<Tensor> {
    use rand_distr::{Distribution, StandardNormal};
    let mut rng = seed::rng(0, stream, 0);
    let mut number = || 2.0 * Distribution::<f32>::sample(&StandardNormal, &mut rng);
    let numbers: Vec<f32> = (0..shape.iter().product()).map(|_| number()).collect();
    Tensor::from_vec(numbers, shape, &Device::Cpu)?.to_dtype(dtype)
}

/// A tensor made of another.
type View = fn(&Tensor) -> Result<Tensor>;

const VIEWS: &[(&str, View)] = &[
    ("contiguous", |t| Ok(t.clone())),
    ("transposed", |t| t.transpose(0, 2)),
    ("two transposed", |t| t.transpose(1, 2)?.transpose(0, 1)),
    ("offset", |t| t.flatten_all()?.narrow(0, 1, 1001)),
    ("narrowed", |t| t.narrow(1, 3, 40)),
    ("rows apart", |t| t.narrow(2, 5, 8)),
    ("broadcast", |t| {
        t.narrow(1, 0, 1)?.broadcast_as((37, 53, 29))
    }),
    ("one element", |t| {
        t.narrow(0, 3, 1)?.narrow(1, 4, 1)?.narrow(2, 5, 1)
    }),
    ("no dimension", |t| t.flatten_all()?.get(17)),
    ("empty", |t| t.narrow(0, 0, 0)),
];

fn layouts(device: &Device) -> Result<Check> {
    let mut differences = Vec::new();
    let functions = ["gelu", "silu", "sinc", "relu"];
    for dtype in [DType::F32, DType::F16, DType::BF16] {
        let base = normal(&[37, 53, 29], "layouts", dtype)?;
        for name in functions {
            let f = zoo::by_name(name)?;
            for (view_name, view) in VIEWS {
                let on = |device: &Device| -> Result<[Tensor; 2]> {
                    let base = Var::from_tensor(&base.to_device(device)?)?;
                    let x = view(&base)?;
                    let y = f.forward(&x)?;
                    // A sum over a broadcast adds in an order of the device's; another layout of the gradient tests that too.
                    let reduced = matches!(*view_name, "broadcast" | "empty");
                    let gradient = match reduced {
                        true => base.zeros_like()?,
                        false => {
                            let up = if y.rank() == 3 {
                                y.transpose(0, 2)?
                            } else {
                                y.clone()
                            };
                            let weights = normal(up.dims(), "weights", dtype)?.to_device(device)?;
                            let gradients = (up * weights)?.sum_all()?.backward()?;
                            match gradients.get(&base) {
                                Some(gradient) => gradient.clone(),
                                None => candle_core::bail!("no gradient"),
                            }
                        }
                    };
                    Ok([y.detach(), gradient])
                };
                let what = format!("{name} {dtype:?} {view_name}");
                let (expected, found) = (on(&Device::Cpu)?, on(device)?);
                differences.push(difference(&what, &expected[0], &found[0])?);
                let what = format!("{what}, gradient");
                differences.push(difference(&what, &expected[1], &found[1])?);
            }
        }
    }
    let compared = format!(
        "{} functions, 3 types, {} layouts",
        functions.len(),
        VIEWS.len()
    );
    Ok(verdict(differences, compared))
}

/// An activation with trained numbers, built from a `VarBuilder`.
type Build = for<'a> fn(VarBuilder<'a>) -> Result<Box<dyn Module + 'a>>;

/// The value, the gradient for the input, and those for the parameters by their names.
fn trained(build: Build, x: &Tensor, device: &Device) -> Result<Vec<(String, Tensor)>> {
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, x.dtype(), device);
    let f = build(vb)?;
    let x = Var::from_tensor(&x.to_device(device)?)?;
    let y = f.forward(&x)?;
    let weights = normal(x.dims(), "weights", x.dtype())?.to_device(device)?;
    let gradients = (&y * weights)?.sum_all()?.backward()?;
    let mut results = vec![("value".to_owned(), y.detach())];
    if let Some(gradient) = gradients.get(&x) {
        results.push(("gradient".to_owned(), gradient.clone()));
    }
    let data = variables.data().lock();
    let data = data.unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut names: Vec<&String> = data.keys().collect();
    names.sort();
    for name in names {
        match gradients.get(&data[name]) {
            Some(gradient) => results.push((format!("gradient of {name}"), gradient.clone())),
            None => candle_core::bail!("no gradient of {name}"),
        }
    }
    Ok(results)
}

/// Compares with the CPU, and a run with another.
fn compared(functions: &[(&str, Build)], shapes: &[&[usize]], device: &Device) -> Result<Check> {
    let mut differences = Vec::new();
    let mut count = 0;
    for &(name, build) in functions {
        for &shape in shapes {
            for dtype in TYPES {
                let x = normal(shape, name, dtype)?;
                let expected = trained(build, &x, &Device::Cpu)?;
                let (first, second) = (trained(build, &x, device)?, trained(build, &x, device)?);
                for ((what, expected), ((_, first), (_, second))) in
                    expected.iter().zip(first.iter().zip(&second))
                {
                    count += 1;
                    let what = format!("{name} {dtype:?} {shape:?}: {what}");
                    differences.push(difference(&format!("{what}, again"), first, second)?);
                    differences.push(match dtype {
                        DType::F64 => distance(&what, expected, first)?,
                        _ => difference(&what, expected, first)?,
                    });
                }
            }
        }
    }
    Ok(verdict(differences, format!("{count} tensors, each twice")))
}

/// Where numbers of f64 are apart by more than the two libraries explain, beside the largest.
fn distance(what: &str, expected: &Tensor, found: &Tensor) -> Result<Option<String>> {
    let numbers = |t: &Tensor| t.to_device(&Device::Cpu)?.flatten_all()?.to_vec1::<f64>();
    let (a, b) = (numbers(expected)?, numbers(found)?);
    let largest = a.iter().fold(0f64, |most, a| most.max(a.abs()));
    let apart = a
        .iter()
        .zip(&b)
        .fold(0f64, |most, (a, b)| most.max((a - b).abs()));
    let allowed = 1e-12 * (largest + f64::MIN_POSITIVE);
    Ok((apart > allowed).then(|| format!("{what}: {apart:e} apart, the largest is {largest:e}")))
}

fn scalars(device: &Device) -> Result<Check> {
    let functions: &[(&str, Build)] = &[
        ("swish", |vb| Ok(Box::new(zoo::Swish::new(vb)?))),
        ("prelu", |vb| Ok(Box::new(zoo::PRelu::new(vb)?))),
        ("xielu", |vb| Ok(Box::new(zoo::XIelu::new(vb)?))),
        ("star_relu", |vb| Ok(Box::new(zoo::StarRelu::new(vb)?))),
        ("snake", |vb| Ok(Box::new(zoo::Snake::new(vb)?))),
    ];
    let shapes: &[&[usize]] = &[
        &[1],
        &[31],
        &[32, 1],
        &[7, 11, 13],
        &[1024],
        &[100_003],
        &[1_500_000],
    ];
    compared(functions, shapes, device)
}

fn channels(device: &Device) -> Result<Check> {
    let functions: &[(&str, Build)] = &[("channel_prelu", |vb| Ok(Box::new(ChannelPRelu(vb))))];
    let shapes: &[&[usize]] = &[
        &[1, 1],
        &[3, 5],
        &[300, 257],
        &[2, 16, 9],
        &[8, 16, 33, 7],
        &[2, 3, 20_000],
        &[1, 20_000, 3],
        &[40, 64, 28, 28],
    ];
    compared(functions, shapes, device)
}

/// Takes the number of channels from the input.
struct ChannelPRelu<'a>(VarBuilder<'a>);

impl Module for ChannelPRelu<'_> {
    fn forward(&self, xs: &Tensor) -> Result<Tensor> {
        zoo::ChannelPRelu::new(xs.dim(1)?, self.0.clone())?.forward(xs)
    }
}

/// An activation of two inputs.
type Gate = fn(&Tensor, &Tensor) -> Result<Tensor>;

fn gated(device: &Device) -> Result<Check> {
    let mut differences = Vec::new();
    let functions: [(&str, Gate); 4] = [
        ("glu", |a, b| zoo::Glu.forward(a, b)),
        ("swiglu", |a, b| zoo::SwiGlu.forward(a, b)),
        ("geglu", |a, b| zoo::GeGlu.forward(a, b)),
        ("reglu", |a, b| zoo::ReGlu.forward(a, b)),
    ];
    for (name, f) in functions {
        for dtype in [DType::F32, DType::F16, DType::BF16] {
            // Halves of one tensor, as gated layers have them; and two that lie side by side.
            let both = normal(&[33, 70, 128], name, dtype)?;
            for halved in [true, false] {
                let on = |device: &Device| -> Result<[Tensor; 2]> {
                    let both = Var::from_tensor(&both.to_device(device)?)?;
                    let parts = match halved {
                        true => both.chunk(2, D::Minus1)?,
                        false => {
                            let flat = both.flatten_all()?;
                            let half = flat.elem_count() / 2;
                            vec![flat.narrow(0, 0, half)?, flat.narrow(0, half, half)?]
                        }
                    };
                    let y = f(&parts[0], &parts[1])?;
                    let gradients = y.backward()?;
                    match gradients.get(&both) {
                        Some(gradient) => Ok([y.detach(), gradient.clone()]),
                        None => candle_core::bail!("no gradient"),
                    }
                };
                let (expected, found) = (on(&Device::Cpu)?, on(device)?);
                let what = format!(
                    "{name} {dtype:?} {}",
                    if halved { "halves" } else { "flat" }
                );
                differences.push(difference(&what, &expected[0], &found[0])?);
                differences.push(difference(
                    &format!("{what}, gradient"),
                    &expected[1],
                    &found[1],
                )?);
            }
        }
    }
    Ok(verdict(
        differences,
        "4 functions, 3 types, 2 layouts".to_owned(),
    ))
}

fn formulas(device: &Device) -> Result<Check> {
    let mut differences = Vec::new();
    let texts = [
        "0.3994 * gelu(0.4413 * square(x) + 0.5587 * gelu(x)) + 0.6006 * silu(x)",
        "if x > 0 { sin(x) / x } else { powi(x, 3) * gaussian(x) }",
        "sqrt(2) + 0 * x",
        "x",
    ];
    for text in texts {
        let formula = Formula::parse(text).map_err(|e| candle_core::Error::Msg(e.to_string()))?;
        let f = formula
            .activation()
            .map_err(|e| candle_core::Error::Msg(e.to_string()))?;
        for dtype in [DType::F32, DType::F16, DType::BF16] {
            let x = normal(&[41, 1000], text, dtype)?;
            let on = |device: &Device| -> Result<[Tensor; 2]> {
                let x = Var::from_tensor(&x.to_device(device)?)?;
                let y = f.forward(&x)?;
                match y.backward()?.get(&x) {
                    Some(gradient) => Ok([y.detach(), gradient.clone()]),
                    None => candle_core::bail!("no gradient"),
                }
            };
            let (expected, found) = (on(&Device::Cpu)?, on(device)?);
            for (expected, found) in expected.iter().zip(&found) {
                differences.push(difference(&format!("{text} {dtype:?}"), expected, found)?);
            }
        }
    }
    Ok(verdict(
        differences,
        format!("{} formulas, 3 types", texts.len()),
    ))
}

fn in_place(device: &Device) -> Result<Check> {
    let mut differences = Vec::new();
    for dtype in [DType::F32, DType::F16, DType::BF16] {
        for len in [1, 5, 1000, 100_003] {
            let x = normal(&[len], "in place", dtype)?;
            let expected = zoo::Gelu.forward(&x)?;
            let found = zoo::Gelu.forward_in_place(x.to_device(device)?)?;
            differences.push(difference(
                &format!("gelu {dtype:?} {len}"),
                &expected,
                &found,
            )?);
            let expected = zoo::SwiGlu.forward(&x, &expected)?;
            let found = zoo::SwiGlu.forward_in_place(x.to_device(device)?, &found)?;
            differences.push(difference(
                &format!("swiglu {dtype:?} {len}"),
                &expected,
                &found,
            )?);
        }
    }
    Ok(verdict(
        differences,
        "2 functions, 3 types, 4 lengths".to_owned(),
    ))
}

fn refused(device: &Device) -> Result<Check> {
    let (here, there) = (
        normal(&[5], "refused", DType::F32)?,
        normal(&[5], "refused", DType::F32)?,
    );
    let there = there.to_device(device)?;
    let attempts = [
        (
            "tensors on different devices",
            zoo::SwiGlu.forward(&here, &there),
        ),
        ("integers", zoo::Gelu.forward(&there.to_dtype(DType::U32)?)),
    ];
    for (what, result) in attempts {
        if result.is_ok() {
            return Ok(Err(format!("{what}: no error")));
        }
    }
    // The device still works.
    let differs = difference(
        "gelu afterwards",
        &zoo::Gelu.forward(&here)?,
        &zoo::Gelu.forward(&there)?,
    )?;
    Ok(verdict(
        [differs],
        "errors, and the device still works".to_owned(),
    ))
}

/// More elements than 32 bits count, side by side and transposed.
pub(super) fn large(device: &Device) -> Result<Check> {
    let columns = (1usize << 31) + 24;
    let row = |number: f32| Tensor::full(number, (1, columns), device)?.to_dtype(DType::BF16);
    let x = Tensor::cat(&[row(-1.5)?, row(2.5)?], 0)?;
    let expected =
        zoo::Gelu.forward(&Tensor::new(&[-1.5f32, 2.5], &Device::Cpu)?.to_dtype(DType::BF16)?)?;
    let mut differences = Vec::new();
    for transposed in [false, true] {
        let y = match transposed {
            false => zoo::Gelu.forward(&x)?,
            true => zoo::Gelu.forward(&x.t()?)?.t()?,
        };
        for at in [0, 12_345, columns - 1] {
            let some = y.narrow(1, at, 1)?.squeeze(1)?.contiguous()?;
            differences.push(difference(
                &format!("transposed {transposed}, column {at}"),
                &expected,
                &some,
            )?);
        }
    }
    Ok(verdict(
        differences,
        format!("{} elements, side by side and transposed", 2 * columns),
    ))
}
