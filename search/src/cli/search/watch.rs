//! The progress of a run on the standard error stream: bars on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use super::super::output::note;
use crate::run::{RowEvent, Stage, Update};

/// Shows the progress of a run.
pub(super) enum Watch {
    /// To nobody.
    Quiet,
    /// To a person at a terminal: the bar of the stage, and how many of its steps an epoch is.
    Bar { bar: ProgressBar, epoch: u64 },
    /// To a file or a program: a line an epoch, of that many.
    Lines { epochs: usize },
}

impl Watch {
    pub(super) fn new(quiet: bool, folder: &Path) -> Self {
        if quiet {
            return Self::Quiet;
        }
        note(&format!(
            "run folder {0}; after an interruption, go on with `actsmith search --resume {0}`",
            folder.display()
        ));
        if std::io::stderr().is_terminal() {
            Self::Bar {
                bar: ProgressBar::hidden(),
                epoch: 1,
            }
        } else {
            Self::Lines { epochs: 0 }
        }
    }

    pub(super) fn update(&mut self, update: Update<'_>) {
        match (self, update) {
            (
                Self::Bar { bar, epoch },
                Update::Begin {
                    stage,
                    epochs,
                    done,
                    steps_per_epoch,
                },
            ) => {
                *epoch = if stage == Stage::Search {
                    steps_per_epoch as u64
                } else {
                    1
                };
                *bar = ProgressBar::new(epochs as u64 * *epoch);
                bar.set_style(style());
                bar.set_prefix(title(stage));
                bar.set_position(done as u64 * *epoch);
                bar.tick();
            }
            (Self::Bar { bar, .. }, Update::Step) => bar.inc(1),
            (Self::Bar { bar, epoch }, Update::Row(row)) => {
                let Some(text) = describe(&row.event) else {
                    return;
                };
                bar.set_message(text);
                bar.set_position(row.place.epoch as u64 * *epoch);
                if bar.length() == Some(bar.position()) {
                    bar.abandon();
                }
            }
            (
                Self::Lines { epochs },
                Update::Begin {
                    stage,
                    epochs: all,
                    done,
                    ..
                },
            ) => {
                *epochs = all;
                if done > 0 {
                    note(&format!(
                        "{}: {done} of {all} epochs are done",
                        title(stage)
                    ));
                }
            }
            (Self::Lines { epochs }, Update::Row(row)) => {
                if let Some(text) = describe(&row.event) {
                    let title = title(row.place.stage);
                    note(&format!("{title} {:>2}/{epochs}  {text}", row.place.epoch));
                }
            }
            (Self::Lines { .. }, Update::Step) | (Self::Quiet, _) => {}
        }
    }
}

fn title(stage: Stage) -> &'static str {
    match stage {
        Stage::Search => "search",
        Stage::Found => "train found",
        Stage::Relu => "train ReLU ",
        Stage::Gelu => "train GELU ",
    }
}

/// The stage with its bar, and below it the state at the end of the last epoch.
fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix:11} {wide_bar} {percent:>3} % {elapsed:>4}\n  {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The state at the end of an epoch.
fn describe(event: &RowEvent) -> Option<String> {
    match event {
        RowEvent::Removed { .. } | RowEvent::Candidate { .. } => None,
        RowEvent::Searched {
            train_loss,
            validation_loss,
            test_accuracy,
            remaining,
            genotype,
            ..
        } => {
            let mut text = format!("train {train_loss:.3}  ");
            if let Some(loss) = validation_loss {
                text += &format!("validation {loss:.3}  ");
            }
            if let Some(share) = test_accuracy {
                text += &format!("accuracy {:5.2} %  ", 100.0 * share);
            }
            Some(text + &format!("{remaining:>3} left  {genotype}"))
        }
        RowEvent::Trained {
            train_loss,
            test_loss,
            test_accuracy,
        } => Some(format!(
            "train {train_loss:.3}  held out {test_loss:.3}  accuracy {:.2} %",
            100.0 * test_accuracy
        )),
    }
}
