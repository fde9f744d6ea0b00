//! `actsmith data`: data sets in files.

mod check;
mod sheet;

use crate::error::Result;

/// Data sets in files
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Check(check::Arguments),
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.what {
        What::Check(arguments) => check::run(arguments),
    }
}
