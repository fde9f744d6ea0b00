//! Trainings one after the other in this process, or several at once in processes of their own.
//!
//! A process for each training, because the number of threads is that of a process: matrix products ask the environment for it.

use std::io::Read;
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::PoisonError;

use actsmith_search::evaluate::{Evaluation, Unit};
use actsmith_search::experiment::Registry;
use clap::builder::RangedU64ValueParser;

use super::progress::Progress;
use crate::error::{Error, Result};
use crate::threads;

/// Every so many-th training, from one on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shard {
    index: usize,
    count: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let numbers = text.split_once('/');
        let numbers = numbers.and_then(|(index, count)| {
            Some((index.trim().parse().ok()?, count.trim().parse().ok()?))
        });
        match numbers {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err("write the number of the shard and that of all, as `1/4` to `4/4`".to_owned()),
        }
    }
}

impl Shard {
    /// Its trainings.
    pub(super) fn of(self, units: &[Unit]) -> Vec<Unit> {
        let own = units.iter().skip(self.index - 1).step_by(self.count);
        own.cloned().collect()
    }
}

/// How trainings are made.
#[derive(Debug, clap::Args)]
pub(in crate::commands) struct Trainings {
    /// Trainings at once, which share the processors. They are not timed.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    jobs: usize,
    /// Show no progress; warnings stay.
    #[arg(long, short)]
    quiet: bool,
}

impl Trainings {
    /// Refuses more trainings at once than there are processors.
    pub(in crate::commands) fn check(&self) -> Result<()> {
        let (jobs, cores) = (self.jobs, threads::available());
        if jobs > cores {
            return Err(Error::Usage(format!(
                "there are {cores} processors for {jobs} trainings at once: choose `--jobs` from 1 to {cores}"
            )));
        }
        Ok(())
    }

    /// Makes what is left of these trainings of an evaluation, and shows how far it is.
    pub(in crate::commands) fn complete(
        &self,
        evaluation: &Evaluation,
        units: &[Unit],
        registry: &Registry,
    ) -> Result<()> {
        let progress = Progress::new(evaluation, units, self.quiet)?;
        run(evaluation, units, self.jobs, registry, &progress)?;
        progress.end();
        Ok(())
    }
}

/// Makes what is left of these trainings: those that find learning rates first, then those that have one.
fn run(
    evaluation: &Evaluation,
    units: &[Unit],
    jobs: usize,
    registry: &Registry,
    progress: &Progress,
) -> Result<()> {
    let (trials, scored): (Vec<&Unit>, Vec<&Unit>) =
        units.iter().partition(|unit| unit.rate.is_some());
    for units in [trials, scored] {
        let mut left = Vec::new();
        for unit in units {
            if evaluation.score(unit)?.is_some() {
                // Also removes what an interruption has left.
                evaluation.run(unit, registry, false, &mut |_| {})?;
            } else if evaluation.is_ready(unit)? {
                left.push(unit);
            }
        }
        match jobs.min(left.len()) {
            0 => {}
            1 => {
                for unit in left {
                    let run = evaluation.run(unit, registry, jobs > 1, &mut |update| {
                        progress.update(unit, update);
                    });
                    run.map_err(|error| go_on(&error.into(), evaluation, unit))?;
                }
            }
            jobs => at_once(evaluation, &left, jobs, progress)?,
        }
    }
    Ok(())
}

/// Makes trainings in several processes, which share the processors.
fn at_once(
    evaluation: &Evaluation,
    units: &[&Unit],
    jobs: usize,
    progress: &Progress,
) -> Result<()> {
    let program = std::env::current_exe().map_err(|error| {
        Error::Failure(format!(
            "the program does not find itself ({error}): leave out `--jobs`"
        ))
    })?;
    let threads = (threads::available() / jobs).max(1).to_string();
    let queue = Mutex::new((units.iter(), None::<Error>));
    let next = || {
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        // After a failure nothing new begins.
        match queue.1 {
            Some(_) => None,
            None => queue.0.next(),
        }
    };
    let work = || {
        while let Some(unit) = next() {
            let child = Command::new(&program)
                .args(["evaluate", "--quiet", "--resume"])
                .arg(evaluation.path())
                .args(["--unit", &unit.name()])
                .env(threads::RAYON, &threads)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn();
            // Its standard input stays open until it ends, or this process does.
            let ended = child.and_then(|mut child| {
                let input = child.stdin.take();
                let output = child.wait_with_output();
                drop(input);
                output
            });
            let failure = match ended {
                Ok(output) if output.status.success() => {
                    progress.finished(unit);
                    continue;
                }
                Ok(output) => {
                    let text = String::from_utf8_lossy(&output.stderr);
                    let text = text.trim();
                    let text = text.strip_prefix("error: ").unwrap_or(text);
                    match (text, output.status.code()) {
                        ("", _) => Error::Failure(format!("its process ended ({})", output.status)),
                        (text, Some(2)) => Error::Usage(text.to_owned()),
                        (text, _) => Error::Failure(text.to_owned()),
                    }
                }
                Err(error) => Error::Failure(error.to_string()),
            };
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.1.get_or_insert(go_on(&failure, evaluation, unit));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(work);
        }
    });
    let (_, failure) = queue.into_inner().unwrap_or_else(PoisonError::into_inner);
    failure.map_or(Ok(()), Err)
}

/// Makes one training for another process, and ends with it.
pub(super) fn serve(evaluation: &Evaluation, name: &str, registry: &Registry) -> Result<()> {
    let unit = evaluation.unit(name)?;
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(1);
    });
    evaluation.run(&unit, registry, true, &mut |_| {})?;
    Ok(())
}

/// Names the training that failed. All others are kept.
fn go_on(error: &Error, evaluation: &Evaluation, unit: &Unit) -> Error {
    let text = format!(
        "{unit}: {error}; nothing of {} is lost, and the same command goes on",
        evaluation.path().display()
    );
    match error.exit_code() {
        2 => Error::Usage(text),
        _ => Error::Failure(text),
    }
}
