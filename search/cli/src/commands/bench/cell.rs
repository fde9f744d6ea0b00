//! `actsmith bench cell`.

use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

use super::super::output::{number_grouped, print};
use crate::bench::cell::{Figures, choices, measure};
use crate::bench::{Memory, Plan};
use crate::error::{Error, Result};
use actsmith_search::space::Space;

/// Time the search cell: as one fused operation, and composed of candle's operations
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    /// Threads of the fused operation and of candle's; as many as there are processors without it
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,

    /// Elements of the tensors
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "1048576", value_parser = clap::value_parser!(u64).range(1..=1 << 30))]
    sizes: Vec<u64>,

    /// How many operations are left in the six slots together, from 6 to 110
    #[arg(long, value_name = "K,…", value_delimiter = ',', default_value = "110,20", value_parser = clap::value_parser!(u64).range(6..=110))]
    operations: Vec<u64>,

    /// Which operations remain when some have been removed
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,

    /// In how many rounds
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    rounds: Option<u64>,

    /// Leave the composed cell out
    #[arg(long)]
    fused: bool,

    /// Take the fastest round instead of the median
    #[arg(long)]
    fastest: bool,

    /// Print a JSON object a line
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Times are medians of seven rounds, in ns an element of f32 tensors:
- forward: the cell without a graph, its result allocated
- forward+backward: a training step through candle's backward(), with gradients to the input, all weights, β's and m's
- kept: bytes an element that the graph holds between forward and backward, beyond the output; the input is 4 of them
- peak: the most bytes an element in the step beyond input and output";

pub(super) fn run(arguments: &Arguments, memory: &Memory) -> Result<ExitCode> {
    let threads = super::default_threads(arguments.threads);
    if let Some(code) = super::with_threads(threads, threads)? {
        return Ok(code);
    }
    // Drawn to standard error, and only to a terminal.
    let bar = ProgressBar::new((arguments.operations.len() * arguments.sizes.len()) as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    for &n in &arguments.sizes {
        if !arguments.json {
            let header = format!("n = {}, {threads} threads\n{TITLES}", number_grouped(n));
            bar.suspend(|| print(&header))?;
        }
        let standard = Plan::new(threads, n as usize);
        let plan = Plan {
            rounds: arguments
                .rounds
                .map_or(standard.rounds, |rounds| rounds as usize),
            // The composed cell takes half a second a million elements.
            repetitions: (1_000_000 / n as usize).clamp(1, 100),
            fastest: arguments.fastest,
            ..standard
        };
        for &operations in &arguments.operations {
            bar.set_message(format!("{operations} operations"));
            let choices = choices(&Space::default(), operations as usize, arguments.seed);
            for figures in measure(choices, !arguments.fused, plan, memory)? {
                let text = if arguments.json {
                    serde_json::to_string(&figures)
                        .map_err(|error| Error::Failure(error.to_string()))?
                } else {
                    row(&figures)
                };
                bar.suspend(|| print(&text))?;
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(ExitCode::SUCCESS)
}

const TITLES: &str = "operations  mode       forward  forward+backward    kept    peak";

fn row(figures: &Figures) -> String {
    let mode = format!("{:?}", figures.mode).to_lowercase();
    format!(
        "{:<10}  {mode:<8} {:>9.2}  {:>16.2}  {:>6.1}  {:>6.1}",
        figures.operations,
        figures.forward_ns,
        figures.forward_backward_ns,
        figures.kept_bytes,
        figures.peak_bytes
    )
}
