//! `actsmith bench step`.

use std::process::ExitCode;

use clap::builder::PossibleValuesParser;

use super::super::output::print;
use crate::bench::Memory;
use crate::bench::step::{Figures, NETWORKS, Plan, measure};
use crate::error::{Error, Result};

/// Time a training step of small networks: with their usual activation, with a published one, and with the search cell
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Arguments {
    /// Networks, or families; all of them without it
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = names())]
    network: Vec<String>,

    /// Threads; as many as there are processors without it
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,

    /// How many operations are left in the cell's six slots together, from 6 to 110
    #[arg(long, value_name = "K", default_value_t = 110, value_parser = clap::value_parser!(u64).range(6..=110))]
    operations: u64,

    /// In how many rounds
    #[arg(long, value_name = "R", default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    rounds: u64,

    /// Steps of each network in a round, besides one that is not counted
    #[arg(long, value_name = "S", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    steps: u64,

    /// Print a JSON object a line
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Times are medians over all steps of all rounds, of forward, backward and optimiser, in which the activations take turns:
- step: in milliseconds
- ratio: the step as a multiple of that with the network's usual activation
- peak: the most memory that a step takes at a time, in MB, besides the weights and the optimiser's state

The published functions are those of Strack et al. (arXiv 2408.06820). The cell makes a weight step of a search, with a mixture of the \
operations that are left.";

fn names() -> PossibleValuesParser {
    let mut names: Vec<&str> = NETWORKS.iter().map(|network| network.name).collect();
    for network in NETWORKS {
        if !names.contains(&network.family) {
            names.push(network.family);
        }
    }
    names.into()
}

pub(super) fn run(arguments: &Arguments, memory: &Memory) -> Result<ExitCode> {
    let threads = super::default_threads(arguments.threads);
    if let Some(code) = super::with_threads(threads, 1)? {
        return Ok(code);
    }
    let plan = Plan {
        threads,
        rounds: arguments.rounds as usize,
        steps: arguments.steps as usize,
        operations: arguments.operations as usize,
    };
    let asked = |name: &str| arguments.network.iter().any(|asked| asked == name);
    for network in NETWORKS {
        if !arguments.network.is_empty() && !asked(network.name) && !asked(network.family) {
            continue;
        }
        let figures = crate::threads::inside(|| measure(network, plan, memory))?;
        if arguments.json {
            for figures in &figures {
                let line = serde_json::to_string(figures);
                print(&line.map_err(|error| Error::Failure(error.to_string()))?)?;
            }
            continue;
        }
        let rows: Vec<String> = figures.iter().map(row).collect();
        let title = format!("{}: {}, {threads} threads", network.name, network.title);
        print(&format!("{title}\n{TITLES}\n{}", rows.join("\n")))?;
    }
    Ok(ExitCode::SUCCESS)
}

const TITLES: &str = "activation                step   ratio    peak";

fn row(figures: &Figures) -> String {
    format!(
        "{:<22} {:>7.2} {:>7.2} {:>7.1}",
        figures.activation,
        figures.step_ms,
        figures.ratio,
        figures.peak_bytes as f64 / 1e6
    )
}
