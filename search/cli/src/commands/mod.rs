//! The command line: raw arguments become a validated request, which runs; errors are reported, and the exit code picked, here alone.

mod baselines;
mod bench;
mod check;
mod completions;
mod costs;
mod data;
mod derivation;
mod emit;
mod entrants;
mod equiv;
mod eval;
mod evaluate;
mod formula;
mod found;
mod front;
#[cfg(feature = "cuda")]
mod gpu_check;
mod misspelt;
mod output;
mod passport;
mod report;
mod search;
mod select;
mod settings;
mod several;
mod simplify;
mod space;
mod tasks;
mod text;
mod train;
mod transfer;
mod verify;
mod watch;
mod web;

use std::process::ExitCode;

use actsmith_search::error::Error as SearchError;
use clap::{CommandFactory, Parser, Subcommand};
use peakmem_alloc::PeakMemAllocTrait;

use crate::bench::Memory;
use crate::error::{Error, Result};

/// Finds, simplifies and compiles customised activation functions for candle models.
#[derive(Debug, Parser)]
#[command(
    name = "actsmith",
    version,
    arg_required_else_help = true,
    max_term_width = 120
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// The subcommands: a row has a name, the module whose `Arguments` it reads and whose `run` it calls, and what `run` takes besides.
macro_rules! commands {
    (|$memory:ident| $($(#[$attribute:meta])* $name:ident $module:ident ($($more:ident)?);)*) => {
        #[derive(Debug, Subcommand)]
        enum Command {
            $($(#[$attribute])* $name($module::Arguments),)*
        }

        fn run(command: Command, $memory: &Memory) -> Result<ExitCode> {
            match command {
                $($(#[$attribute])* Command::$name(arguments) => {
                    $module::run(&arguments $(, $more)?).map(ExitCode::from_outcome)
                })*
            }
        }
    };
}

commands! { |memory|
    Search search ();
    Train train ();
    Select select ();
    Evaluate evaluate ();
    Transfer transfer ();
    Simplify simplify ();
    Front front ();
    Passport passport ();
    Report report ();
    Web web ();
    Emit emit ();
    Eval eval ();
    Equiv equiv ();
    Space space ();
    Check check ();
    Data data ();
    Verify verify ();
    Costs costs ();
    Bench bench (memory);
    Completions completions ();
    #[cfg(feature = "cuda")]
    GpuCheck gpu_check ();
}

/// What a command that has not failed ends with.
trait FromOutcome<T> {
    fn from_outcome(outcome: T) -> Self;
}

impl FromOutcome<()> for ExitCode {
    fn from_outcome((): ()) -> Self {
        Self::SUCCESS
    }
}

impl FromOutcome<ExitCode> for ExitCode {
    fn from_outcome(outcome: ExitCode) -> Self {
        outcome
    }
}

/// Runs the command that the process was started with. Exit codes: 0 done, 1 failed (`equiv`: different, `check`: rejected,
/// `verify`: inaccurate), 2 wrong usage, 3 undecided (`equiv`, `verify`) or not proved in full (`check`). `memory` counts what the program
/// allocates.
pub fn main(memory: &'static (dyn PeakMemAllocTrait + Sync)) -> ExitCode {
    // Also where the arguments cannot be read.
    let mut given = std::env::args_os().take_while(|argument| argument != "--");
    let json = given.any(|argument| argument == "--json");
    let arguments = match parse() {
        Ok(arguments) => arguments,
        // `--help` and `--version` come here too, with exit code 0.
        Err(message) => {
            let code = u8::try_from(message.exit_code()).unwrap_or(2);
            if json && message.use_stderr() {
                let text = message.to_string();
                let text = text.strip_prefix("error: ").unwrap_or(&text);
                return output::failed(text.trim_end(), code, json);
            }
            return match message.print() {
                Ok(()) => ExitCode::from(code),
                Err(_) => ExitCode::FAILURE,
            };
        }
    };
    match run(arguments.command, &Memory(memory)) {
        Ok(code) => code,
        // A reader that has seen enough, such as `head`, is not a failure.
        Err(Error::Search(SearchError::Io { source, .. }))
            if source.kind() == std::io::ErrorKind::BrokenPipe =>
        {
            ExitCode::SUCCESS
        }
        Err(error) => {
            let message = format!("{error}{}", options(&error));
            output::failed(&message, error.exit_code(), json)
        }
    }
}

fn parse() -> Result<Arguments, clap::Error> {
    let mut command = Arguments::command();
    command.build();
    match misspelt::option(&command, std::env::args_os()) {
        Some(error) => Err(error),
        None => Arguments::try_parse(),
    }
}

/// The options of the settings that an error of the library names.
fn options(error: &Error) -> &'static str {
    match error {
        Error::Search(SearchError::Diverged { .. }) => " (`--rate`)",
        Error::Search(SearchError::SearchDiverged { pass, .. }) if *pass == "architecture" => {
            " (`--arch-rate`, `--rate`)"
        }
        Error::Search(SearchError::SearchDiverged { .. }) => " (`--rate`)",
        _ => "",
    }
}

/// The CUDA device of a name such as `cuda:0`.
#[cfg(feature = "cuda")]
fn device(name: &str) -> Result<candle_core::Device> {
    let ordinal = match name {
        "cuda" => Some(0),
        _ => name.strip_prefix("cuda:").and_then(|n| n.parse().ok()),
    };
    let Some(ordinal) = ordinal else {
        return Err(Error::Usage(format!(
            "there is no device `{name}`; write `cuda:0` for the first CUDA device"
        )));
    };
    candle_core::Device::new_cuda(ordinal).map_err(|error| {
        // What follows the first line is a trace of calls.
        let error = error.to_string();
        let error = error.lines().next().unwrap_or_default();
        Error::Failure(format!(
            "the device `{name}` cannot be used: {error}; is there one, and its driver?"
        ))
    })
}
