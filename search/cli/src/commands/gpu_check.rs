//! `actsmith gpu-check`.

use std::process::ExitCode;

use super::output::print;
use crate::error::{Error, Result};
use crate::gpu::{self, Outcome, Plan};

/// Compare activations on a CUDA device with those on the CPU: bits, layouts, gradients, a training
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    /// Names of activations; all of the zoo without any
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// The device
    #[arg(long, value_name = "DEVICE", default_value = "cuda:0")]
    device: String,

    /// Compare every S-th of the 2^32 inputs of f32; 1 takes about half a minute a function
    #[arg(long, value_name = "S", default_value_t = 61, value_parser = clap::value_parser!(u64).range(1..=1 << 31))]
    stride: u64,

    /// Activations of which every input is compared
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    full: Vec<String>,

    /// Also tensors of more than 2^32 elements, which take 20 GB of the device's memory
    #[arg(long)]
    large: bool,
}

const HELP: &str = "Exit codes: 0 all as on the CPU, 1 something differs or fails, 2 wrong usage";

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let device = super::device(&arguments.device)?;
    let plan = Plan {
        names: arguments.names.clone(),
        stride: arguments.stride,
        full: arguments.full.clone(),
        large: arguments.large,
    };
    let (mut checks, mut failures) = (0, 0);
    let mut broken = None;
    let mut report = |outcome: Outcome| {
        let mark = if outcome.passed { "ok" } else { "FAILED" };
        checks += 1;
        failures += usize::from(!outcome.passed);
        let line = format!(
            "{:<26} {mark:<6} {:>6.1} s  {}",
            outcome.what, outcome.seconds, outcome.found
        );
        if let Err(error) = print(&line) {
            broken.get_or_insert(error);
        }
    };
    gpu::check(&device, &plan, &mut report).map_err(|error| Error::Usage(error.to_string()))?;
    if let Some(error) = broken {
        return Err(error);
    }
    print(&format!("{} of {checks} checks passed", checks - failures))?;
    Ok(if failures == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
