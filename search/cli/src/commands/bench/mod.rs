//! `actsmith bench`.

mod activations;
mod allocator;
mod cell;
mod device;
mod step;

use std::process::{Command, ExitCode};

use crate::bench::Memory;
use crate::error::{Error, Result};
use crate::threads;

/// Measure this machine
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Activations(activations::Arguments),
    Allocator(allocator::Arguments),
    Cell(cell::Arguments),
    Step(step::Arguments),
}

pub(super) fn run(arguments: &Arguments, memory: &Memory) -> Result<ExitCode> {
    match &arguments.what {
        What::Activations(arguments) => activations::run(arguments, memory),
        What::Allocator(arguments) => allocator::run(arguments),
        What::Cell(arguments) => cell::run(arguments, memory),
        What::Step(arguments) => step::run(arguments, memory),
    }
}

/// Runs this command once more with so many threads for the fused operations and for candle's own, unless this process has them.
fn with_threads(threads: usize, of_candle: usize) -> Result<Option<ExitCode>> {
    let variables = [
        (threads::RAYON, threads.to_string()),
        (threads::CANDLE, of_candle.to_string()),
    ];
    if variables
        .iter()
        .all(|(name, threads)| std::env::var(name).as_ref() == Ok(threads))
    {
        return Ok(None);
    }
    let mut command = Command::new(program()?);
    command.args(std::env::args_os().skip(1));
    command.envs(variables);
    let status = command
        .status()
        .map_err(|error| Error::Failure(format!("cannot start again: {error}")))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(Some(code.map_or(ExitCode::FAILURE, ExitCode::from)))
}

/// The file of this program.
fn program() -> Result<std::path::PathBuf> {
    let path = std::env::current_exe();
    path.map_err(|error| Error::Failure(format!("cannot find this program again: {error}")))
}

/// As many threads as there are processors, where no number is given.
fn default_threads(given: Option<u64>) -> usize {
    given.map_or_else(threads::available, |threads| threads as usize)
}
