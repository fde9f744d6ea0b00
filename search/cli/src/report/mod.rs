//! Reports of runs and evaluations: one HTML file with everything in it, or Markdown.

pub(crate) mod chart;
mod clip;
pub(crate) mod curves;
pub(crate) mod figures;
mod load;
mod markdown;
pub(crate) mod page;
mod tables;

use std::path::PathBuf;

use actsmith_codegen::front::Effort;

use crate::error::Result;
use load::Folder;

/// How far fronts are searched while a reader waits.
pub(crate) const EFFORT: Effort = load::EFFORT;

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One HTML file, figures in it.
    Html,
    /// Markdown, without figures.
    Md,
}

/// The report of folders of searches and evaluations; `read` is told the number of each that has been read.
///
/// # Errors
/// [`crate::error::Error::Usage`] if a folder is none of these or not finished, [`crate::error::Error::Failure`] if a file in it is damaged.
pub fn report(folders: &[PathBuf], format: Format, mut read: impl FnMut(usize)) -> Result<String> {
    let mut found: Vec<Folder> = Vec::new();
    for (number, path) in folders.iter().enumerate() {
        found.push(load::folder(path)?);
        read(number + 1);
    }
    Ok(match format {
        Format::Html => page::page(&found),
        Format::Md => markdown::text(&found),
    })
}
