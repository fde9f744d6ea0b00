//! `actsmith bench`.

mod activations;
mod allocator;
mod cell;
mod device;

use std::process::{Command, ExitCode};

use crate::bench::Memory;
use crate::error::{Error, Result};

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
}

pub(super) fn run(arguments: &Arguments, memory: &Memory) -> Result<ExitCode> {
    match &arguments.what {
        What::Activations(arguments) => activations::run(arguments, memory),
        What::Allocator(arguments) => allocator::run(arguments),
        What::Cell(arguments) => cell::run(arguments, memory),
    }
}

/// The environment variables that fix the threads of the fused operations and of candle's own. Both are read once in a process.
const THREADS: [&str; 2] = ["RAYON_NUM_THREADS", "CANDLE_NUM_THREADS"];

/// Runs this command once more with so many threads, unless this process has them.
fn with_threads(threads: usize) -> Result<Option<ExitCode>> {
    let threads = threads.to_string();
    if THREADS
        .iter()
        .all(|name| std::env::var(name).as_ref() == Ok(&threads))
    {
        return Ok(None);
    }
    let mut command = Command::new(program()?);
    command.args(std::env::args_os().skip(1));
    command.envs(THREADS.map(|name| (name, &threads)));
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
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    given.map_or_else(processors, |threads| threads as usize)
}
