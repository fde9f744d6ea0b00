//! Runs with tiny budgets: what lies in the folder, going on after an interruption, refusals.

mod evaluation;
mod extended;
mod folder;
mod front;
mod options;
mod results;
mod resume;
mod support;
mod text;
mod training;

use std::path::Path;
use std::sync::LazyLock;

use actsmith_search::error::Result;
use actsmith_search::experiment::{Folder, Registry, Update};

use support::{Files, config, run, straight};

/// The files of a run that nobody interrupted.
static STRAIGHT: LazyLock<Files> = LazyLock::new(|| straight(&config(), &[]));

/// The folder as it was when the metrics had so many lines, and not one more thing was done.
fn interrupted(path: &Path, lines: usize) {
    let mut folder = Folder::create(path, &config()).expect("a new folder");
    let mut seen = 0;
    let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        run(&config(), &mut folder, &mut |update| {
            seen += usize::from(matches!(update, Update::Record(_)));
            if seen == lines {
                // Past everything that could still write.
                std::panic::resume_unwind(Box::new(()));
            }
        })
    }));
    assert!(stopped.is_err(), "the run has fewer than {lines} lines");
}

fn resume(path: &Path) -> Result<()> {
    let (mut folder, experiment) = Folder::open(path, &Registry::default())?;
    experiment.run(&mut folder, &[], &mut |_| {}).map(|_| ())
}
