//! `actsmith bench allocator`.

use std::process::{Command, ExitCode};

use serde_json::{Value, json};

use super::super::output::{print, table};
use crate::error::{Error, Result};

/// Time a training step with the allocator of this program, which keeps freed memory, and with the system's, which may not
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    /// Threads of the fused operations and of candle's; as many as there are processors without it
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,

    /// Elements of the tensors
    #[arg(long, value_name = "N", default_value_t = 1_048_576, value_parser = clap::value_parser!(u64).range(1..=1 << 30))]
    size: u64,

    /// Print a JSON object a line
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Times are those of whole steps, forward and backward, in ns an element: of an identity, which computes nothing and shows what candle \
itself takes, and of a fused silu. The system's allocator is that of a second program, actsmith-system-allocator, which every \
build leaves beside this one.";

/// The same command with the allocator of the system.
const OTHER: &str = "actsmith-system-allocator";

const FUNCTIONS: [&str; 2] = ["identity", "silu"];

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let own = super::program()?;
    let other = own.with_file_name(format!("{OTHER}{}", std::env::consts::EXE_SUFFIX));
    let mut rows = vec![(
        String::new(),
        FUNCTIONS.map(|name| format!("{name:>9}")).join(""),
    )];
    for (name, program) in [("mimalloc", own), ("system", other)] {
        let lines = measured(&program, arguments)?;
        if arguments.json {
            for (function, line) in FUNCTIONS.iter().zip(&lines) {
                let line = json!({ "allocator": name, "function": function, "n": line["n"], "threads": line["threads"], "step_ns": line["step_ns"] });
                print(&line.to_string())?;
            }
        }
        let time = |line: &Value| format!("{:>9.2}", line["step_ns"].as_f64().unwrap_or(f64::NAN));
        rows.push((name.to_owned(), lines.iter().map(time).collect()));
    }
    if !arguments.json {
        print(&table(&rows))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The fused figures of each function, from a separate process.
fn measured(program: &std::path::Path, arguments: &Arguments) -> Result<Vec<Value>> {
    let failed = |reason: String| Error::Failure(format!("{}: {reason}", program.display()));
    let mut command = Command::new(program);
    command
        .args(["bench", "activations", "--json"])
        .args(FUNCTIONS);
    command.arg(format!(
        "--threads={}",
        super::default_threads(arguments.threads)
    ));
    command.arg(format!("--sizes={}", arguments.size));
    let output = command.output().map_err(|error| {
        failed(format!(
            "{error}; `cargo build --release -p actsmith-cli` leaves it beside this program"
        ))
    })?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: std::result::Result<Vec<Value>, _> =
        text.lines().map(serde_json::from_str).collect();
    let lines = lines.map_err(|error| failed(error.to_string()))?;
    let of = |name: &&str| {
        let line = lines.iter().find(|line| line["function"] == **name);
        line.cloned()
            .ok_or_else(|| failed(format!("no figures of {name}")))
    };
    FUNCTIONS.iter().map(of).collect()
}
