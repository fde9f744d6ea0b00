//! Whether activations on a CUDA device compute what they compute on the CPU, and how fast.
//!
//! In f32 the bits are the CPU's, gradients and sums of parameters included; so they are in f16 and bf16, which are computed in f32 and
//! rounded once. In f64 the two go through different libraries, and are compared by their distance.

mod bits;
mod operands;
mod speed;
mod training;

use std::time::Instant;

use actsmith::zoo::{self, Named};
use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;

pub use speed::{Figure, first_use, measure};

/// What to check.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Names of the activations; all of the zoo if there is none.
    pub names: Vec<String>,
    /// Every how manyth of the 2³² inputs of f32 is compared.
    pub stride: u64,
    /// The activations of which every input is compared.
    pub full: Vec<String>,
    /// Whether tensors of more than 2³² elements are among them.
    pub large: bool,
}

/// The result of one check.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was checked.
    pub what: String,
    /// What was found, or what failed.
    pub found: String,
    /// Whether it is as it should be.
    pub passed: bool,
    /// Seconds.
    pub seconds: f64,
}

/// A check: what it has compared, or what differs.
type Check = std::result::Result<String, String>;

/// Runs every check on `device`, and reports each as it is done.
///
/// # Errors
/// If a name is none of the zoo's.
pub fn check(device: &Device, plan: &Plan, report: &mut dyn FnMut(Outcome)) -> Result<()> {
    let named = |names: &[String]| -> Result<Vec<Named>> {
        names.iter().map(|name| zoo::by_name(name)).collect()
    };
    let all: Vec<String> = zoo::NAMES.iter().map(|names| names[0].to_owned()).collect();
    let names = named(if plan.names.is_empty() {
        &all
    } else {
        &plan.names
    })?;
    let full = named(&plan.full)?;
    let mut run = |what: String, check: &dyn Fn() -> Result<Check>| {
        let begin = Instant::now();
        let result = check().unwrap_or_else(|error| Err(error.to_string()));
        let passed = result.is_ok();
        report(Outcome {
            what,
            found: result.unwrap_or_else(|error| error),
            passed,
            seconds: begin.elapsed().as_secs_f64(),
        });
    };
    for (what, check) in operands::CHECKS {
        run((*what).to_owned(), &|| check(device));
    }
    for name in &names {
        run(format!("{} f16, bf16", name.name()), &|| {
            bits::halves(name, device)
        });
    }
    for name in &names {
        run(format!("{} f32", name.name()), &|| {
            bits::single(name, device, plan.stride)
        });
    }
    for name in &names {
        run(format!("{} f64", name.name()), &|| {
            bits::double(name, device)
        });
    }
    run("training".to_owned(), &|| training::check(device));
    if plan.large {
        run("more than 2^32 elements".to_owned(), &|| {
            operands::large(device)
        });
    }
    for name in &full {
        run(format!("{} f32, all inputs", name.name()), &|| {
            bits::single(name, device, 1)
        });
    }
    Ok(())
}

/// Where two tensors differ in their bits; NaN has many, and none of them is promised.
fn difference(what: &str, expected: &Tensor, found: &Tensor) -> Result<Option<String>> {
    if expected.dims() != found.dims() || expected.dtype() != found.dtype() {
        return Ok(Some(format!(
            "{what}: {:?} {:?}, not {:?} {:?}",
            found.shape(),
            found.dtype(),
            expected.shape(),
            expected.dtype()
        )));
    }
    let numbers = |t: &Tensor| -> Result<Vec<f64>> {
        t.to_device(&Device::Cpu)?
            .flatten_all()?
            .to_dtype(candle_core::DType::F64)?
            .to_vec1()
    };
    let (a, b) = (numbers(expected)?, numbers(found)?);
    let differ =
        |i: &usize| a[*i].to_bits() != b[*i].to_bits() && !(a[*i].is_nan() && b[*i].is_nan());
    let count = (0..a.len()).into_par_iter().filter(differ).count();
    let first = (0..a.len()).into_par_iter().find_first(differ);
    Ok(first.map(|i| {
        format!(
            "{what}: {count} of {} differ, at {i} {:e}, not {:e}",
            a.len(),
            b[i],
            a[i]
        )
    }))
}

/// The first of some differences, or what was compared.
fn verdict(differences: impl IntoIterator<Item = Option<String>>, compared: String) -> Check {
    match differences.into_iter().flatten().next() {
        Some(difference) => Err(difference),
        None => Ok(compared),
    }
}
