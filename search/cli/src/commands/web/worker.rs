//! A process that answers questions, a line each, until its input ends. Whoever started it may end it in the middle of an answer: the only way
//! to stop a computation for certain, and no formula can take more than the process.

use std::io::{BufRead, Write};
use std::sync::mpsc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::{Question, answer};
use crate::error::{Error, Result};
use crate::threads;

/// The most memory that a process may take.
#[cfg(unix)]
const MEMORY: u64 = 4 << 30;

/// A line of the input. The page's own questions come as they were sent; only the server can ask for a report.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Job {
    /// What the page asks.
    Page(Value),
    /// The report of a folder.
    Report(std::path::PathBuf),
}

/// Answers what comes on standard input, each on a line of standard output.
pub(super) fn run() -> Result<()> {
    limit_memory()?;
    let (sender, lines) = mpsc::channel::<String>();
    // Where the server has ended, nobody wants the answer that is being worked at.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
        std::process::exit(0);
    });
    // What goes wrong is in the answer.
    std::panic::set_hook(Box::new(|_| {}));
    threads::inside(|| {
        for line in lines {
            let answered = std::panic::catch_unwind(|| answered(&line));
            let answer = answered.unwrap_or_else(|panic| failed(&panicked(&*panic)));
            let mut out = std::io::stdout().lock();
            if writeln!(out, "{answer}")
                .and_then(|()| out.flush())
                .is_err()
            {
                break;
            }
        }
    });
    Ok(())
}

fn answered(line: &str) -> Value {
    let question = match serde_json::from_str(line) {
        Ok(Job::Page(question)) => serde_json::from_value(question),
        Ok(Job::Report(folder)) => Ok(Question::Report { folder }),
        Err(error) => Err(error),
    };
    match question {
        Ok(question) => answer(&question),
        Err(error) => json!({ "error": {
            "kind": "usage", "message": format!("this is not a question: {error}"), "at": []
        } }),
    }
}

fn failed(message: &str) -> Value {
    json!({ "error": { "kind": "failure", "message": message, "at": [] } })
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!(
        "the computation failed; this is a mistake of actsmith: {}",
        text.unwrap_or("no reason is known")
    )
}

#[cfg(unix)]
fn limit_memory() -> Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let known = getrlimit(Resource::As);
    let limit = Rlimit {
        current: Some(known.maximum.map_or(MEMORY, |most| most.min(MEMORY))),
        ..known
    };
    setrlimit(Resource::As, limit)
        .map_err(|error| Error::Failure(format!("no limit of memory: {error}")))
}

#[cfg(not(unix))]
fn limit_memory() -> Result<()> {
    Ok(())
}
