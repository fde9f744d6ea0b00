//! `actsmith search`.

use crate::error::Result;

/// Search for an activation function.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments) -> Result<()> {
    Ok(())
}
