//! The progress of a run on the standard error stream: bars on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use super::output::{note, quoted};
use actsmith_search::experiment::{GroupState, RecordEvent, SEARCH, TRAINING, Update};

/// Shows the progress of a run.
pub(super) enum Watch {
    /// To nobody.
    Quiet,
    /// To a person at a terminal: the bar of the stage, and how many of its steps an epoch is.
    Bar {
        bar: ProgressBar,
        epoch: u64,
        titles: Titles,
    },
    /// To a file or a program: a line an epoch.
    Lines { pace: Pace, titles: Titles },
}

/// How far a stage is, and how fast.
pub(super) struct Pace {
    start: Instant,
    /// Epochs that were done at the start.
    before: usize,
    epochs: usize,
}

impl Pace {
    fn new(before: usize, epochs: usize) -> Self {
        Self {
            start: Instant::now(),
            before,
            epochs,
        }
    }

    /// How long the rest of the stage takes, as its epochs since the start took; nothing after the last.
    fn left(&self, epoch: usize) -> Option<Duration> {
        let rest = self.epochs.checked_sub(epoch).filter(|rest| *rest > 0)?;
        let done = epoch.checked_sub(self.before).filter(|done| *done > 0)?;
        Some(self.start.elapsed().mul_f64(rest as f64 / done as f64))
    }
}

/// What the stages are called.
pub(super) struct Titles {
    /// Whether a training has to be told from the same one with another seed.
    seeds: bool,
}

impl Titles {
    fn of(&self, stage: &str, seed: u64) -> String {
        let name = match stage {
            SEARCH | TRAINING => return stage.to_owned(),
            "relu" => "ReLU",
            "gelu" => "GELU",
            name => name,
        };
        // Below each other, as wide as `found`.
        let name = format!("train {name:5}");
        if self.seeds {
            format!("{name} seed {seed}")
        } else {
            name
        }
    }
}

impl Watch {
    /// A watch of a run of `command` in `folder`, whose trainings have so many seeds.
    pub(super) fn new(quiet: bool, command: &str, folder: &Path, seeds: u64) -> Self {
        if quiet {
            return Self::Quiet;
        }
        note(&format!(
            "run folder {0}; after an interruption, go on with `actsmith {command} --resume {0}`",
            quoted(folder)
        ));
        let titles = Titles { seeds: seeds > 1 };
        if std::io::stderr().is_terminal() {
            Self::Bar {
                bar: ProgressBar::hidden(),
                epoch: 1,
                titles,
            }
        } else {
            Self::Lines {
                pace: Pace::new(0, 0),
                titles,
            }
        }
    }

    pub(super) fn update(&mut self, update: Update<'_>) {
        match (self, update) {
            (
                Self::Bar { bar, epoch, titles },
                Update::Begin {
                    stage,
                    epochs,
                    done,
                    steps_per_epoch,
                    ..
                },
            ) => {
                *epoch = if stage.is_search() {
                    steps_per_epoch as u64
                } else {
                    1
                };
                *bar = ProgressBar::new(epochs as u64 * *epoch);
                bar.set_style(style());
                bar.set_prefix(titles.of(&stage.name, stage.seed));
                bar.set_position(done as u64 * *epoch);
                // What was done before says nothing of the pace.
                bar.reset_eta();
                bar.tick();
            }
            (Self::Bar { bar, .. }, Update::Step) => bar.inc(1),
            (Self::Bar { bar, epoch, .. }, Update::Record(record)) => {
                let Some(text) = describe(&record.event) else {
                    return;
                };
                bar.set_message(text);
                bar.set_position(record.epoch.epoch as u64 * *epoch);
                if bar.length() == Some(bar.position()) {
                    bar.abandon();
                }
            }
            (
                Self::Lines { pace, titles },
                Update::Begin {
                    stage,
                    epochs,
                    done,
                    ..
                },
            ) => {
                *pace = Pace::new(done, epochs);
                if done > 0 {
                    let title = titles.of(&stage.name, stage.seed);
                    let title = title.trim_end();
                    note(&format!("{title}: {done} of {epochs} epochs are done"));
                }
            }
            (Self::Lines { pace, titles }, Update::Record(record)) => {
                if let Some(text) = describe(&record.event) {
                    let title = titles.of(&record.epoch.stage, record.epoch.seed);
                    let (epoch, epochs) = (record.epoch.epoch, pace.epochs);
                    let left = pace.left(epoch).map_or_else(String::new, |left| {
                        format!("  {:#} left", HumanDuration(left))
                    });
                    note(&format!("{title} {epoch:>2}/{epochs}  {text}{left}"));
                }
            }
            _ => {}
        }
    }
}

/// The stage with its bar and the time that it takes, and below it the state at the end of the last epoch.
fn style() -> ProgressStyle {
    let template =
        "{prefix:11} {wide_bar} {percent:>3} % {elapsed:>4}, {eta:>4} left\n  {wide_msg}";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The state at the end of an epoch.
fn describe(event: &RecordEvent) -> Option<String> {
    match event {
        RecordEvent::Searched {
            train_loss,
            validation_loss,
            test_accuracy,
            groups,
            ..
        } => {
            let mut text = format!("train {train_loss:.3}  ");
            if let Some(loss) = validation_loss {
                text += &format!("validation {loss:.3}  ");
            }
            if let Some(share) = test_accuracy {
                text += &format!("accuracy {:5.2} %  ", 100.0 * share);
            }
            let states: Vec<&GroupState> = groups.values().collect();
            let remaining: usize = states.iter().map(|state| state.remaining).sum();
            let genotypes: Vec<&str> = states.iter().map(|state| &state.genotype[..]).collect();
            Some(text + &format!("{remaining:>3} left  {}", genotypes.join("  ")))
        }
        RecordEvent::Trained {
            train_loss,
            test_loss,
            test_accuracy,
        } => {
            let mut text = format!("train {train_loss:.3}  held out {test_loss:.3}");
            if let Some(share) = test_accuracy {
                text += &format!("  accuracy {:.2} %", 100.0 * share);
            }
            Some(text)
        }
        _ => None,
    }
}
