//! How far an evaluation is, for a person at a terminal.

use actsmith_search::evaluate::{Evaluation, Unit};
use actsmith_search::experiment::{RecordEvent, Update};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::super::output::{note, quoted};
use crate::error::Result;

/// A bar over the epochs of all trainings; without a terminal, it is not seen.
pub(super) struct Progress {
    bar: ProgressBar,
    epochs: u64,
}

impl Progress {
    pub(super) fn new(evaluation: &Evaluation, units: &[Unit], quiet: bool) -> Result<Self> {
        let epochs = evaluation.plan().task.retrain.epochs as u64;
        let mut done = 0;
        for unit in units {
            done += u64::from(evaluation.score(unit)?.is_some());
        }
        let all = units.len() as u64;
        let target = match quiet || done == all {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(Some(all * epochs), target);
        bar.set_style(style());
        if !bar.is_hidden() {
            note(&format!(
                "folder {0}; after an interruption, go on with `actsmith evaluate --resume {0}`",
                quoted(evaluation.path())
            ));
            bar.set_position(done * epochs);
            // What was done before says nothing of the pace.
            bar.reset_eta();
        }
        Ok(Self { bar, epochs })
    }

    /// An epoch of a training that runs in this process.
    pub(super) fn update(&self, unit: &Unit, update: Update<'_>) {
        match update {
            Update::Begin { done, .. } => {
                self.bar.inc(done as u64);
                self.bar.set_message(unit.to_string());
            }
            Update::Record(record) => {
                self.bar.inc(1);
                if let RecordEvent::Trained {
                    train_loss,
                    test_loss,
                    ..
                } = &record.event
                {
                    self.bar.set_message(format!(
                        "{unit}: train {train_loss:.3}  held out {test_loss:.3}"
                    ));
                }
            }
            _ => {}
        }
    }

    /// A training that another process has finished.
    pub(super) fn finished(&self, unit: &Unit) {
        self.bar.inc(self.epochs);
        self.bar.set_message(format!("{unit} is finished"));
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn style() -> ProgressStyle {
    let template = "{wide_bar} {percent:>3} % {elapsed:>4}, {eta:>4} left\n  {wide_msg}";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
