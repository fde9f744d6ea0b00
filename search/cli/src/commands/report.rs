//! `actsmith report`.

use std::path::PathBuf;

use indicatif::ProgressBar;

use super::found::folders_once;
use super::output::{self, STREAM, print, quoted};
use crate::error::Result;
use crate::report::{Format, report};

/// Write a report of runs: one HTML file with everything in it, or Markdown
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Write a report of the folders of searches and evaluations: one HTML file with everything in it, or Markdown. It shows what was \
        found, beside well-known functions and where the pre-activations lie; its passport; the cell, simplification and cheaper forms; the \
        weights and losses of the search; the trainings from scratch with every seed; cost, code to paste, settings and seeds. Several folders \
        stand beside one another."
)]
pub(super) struct Arguments {
    /// Folders of runs or evaluations, such as runs/digits-seed1
    #[arg(required = true, value_name = "RUN")]
    folders: Vec<PathBuf>,

    /// What to write
    #[arg(long, value_enum, default_value = "html", hide_default_value = true)]
    format: Format,

    /// The file to write; `-` is standard output. Without it, report.html or report.md
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    folders_once(&arguments.folders)?;
    // Without a terminal, it is not seen.
    let bar = ProgressBar::new(arguments.folders.len() as u64);
    let text = report(&arguments.folders, arguments.format, |read| {
        bar.set_position(read as u64)
    });
    bar.finish_and_clear();
    let text = text?;
    let path = arguments
        .output
        .clone()
        .unwrap_or_else(|| match arguments.format {
            Format::Html => "report.html".into(),
            Format::Md => "report.md".into(),
        });
    output::write(&path, &text)?;
    match path.as_os_str() == STREAM {
        true => Ok(()),
        false => print(&format!("The report is {}.", quoted(&path))),
    }
}
