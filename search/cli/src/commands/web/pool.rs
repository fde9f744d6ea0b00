//! Processes that answer questions: so many at a time, each question for so long. A question that nobody waits for any more, because the page
//! has asked another or was closed, ends with its process.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::worker::Job;
use crate::error::{Error, Result};
use crate::threads;

/// The most questions that wait at a time; a page has five.
const WAITING: usize = 64;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    #[error("too many questions are waiting: try again in a moment")]
    Busy,
    #[error(
        "no answer within {} seconds: try a shorter formula, or the command line, which has no limit", .0.as_secs()
    )]
    Late(Duration),
    #[error("the computation took too much memory: try a shorter formula")]
    Ended,
    #[error("no process for the computation can be started: {0}")]
    Start(std::io::Error),
}

/// The processes.
#[derive(Debug)]
pub(super) struct Pool {
    program: PathBuf,
    idle: Mutex<Vec<Worker>>,
    /// As many as may work at a time.
    working: Semaphore,
    waiting: Semaphore,
}

/// A process, which ends when this is dropped.
#[derive(Debug)]
struct Worker {
    /// None once it is being ended.
    child: Option<Child>,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Pool {
    /// A pool of as many processes as there are processors, and at least two; they start when they are needed.
    pub(super) fn new() -> Result<Self> {
        let program = std::env::current_exe()
            .map_err(|error| Error::Failure(format!("the program is not found: {error}")))?;
        Ok(Self {
            program,
            idle: Mutex::default(),
            working: Semaphore::new(threads::available().max(2)),
            waiting: Semaphore::new(WAITING),
        })
    }

    /// The answer to a question, a line of JSON.
    pub(super) async fn ask(&self, job: &Job, limit: Duration) -> Result<String, Unanswered> {
        let _waits = self.waiting.try_acquire().map_err(|_| Unanswered::Busy)?;
        let answer = timeout(limit, self.answered(job)).await;
        answer.map_err(|_| Unanswered::Late(limit))?
    }

    async fn answered(&self, job: &Job) -> Result<String, Unanswered> {
        let _works = self.working.acquire().await.map_err(|_| Unanswered::Busy)?;
        let idle = self.idle().pop();
        let mut worker = match idle {
            Some(worker) => worker,
            None => self.start().map_err(Unanswered::Start)?,
        };
        let mut line = serde_json::to_vec(job).map_err(|_| Unanswered::Ended)?;
        line.push(b'\n');
        let asked = worker.input.write_all(&line).await;
        let answer = match asked {
            Ok(()) => worker.output.next_line().await,
            Err(error) => Err(error),
        };
        // A process that gave no answer has ended, or ends here.
        let answer = answer.ok().flatten().ok_or(Unanswered::Ended)?;
        self.idle().push(worker);
        Ok(answer)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) -> std::io::Result<Worker> {
        let mut child = Command::new(&self.program)
            .args(["web", "--worker"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let streams = child.stdin.take().zip(child.stdout.take());
        let (input, output) = streams.ok_or(std::io::ErrorKind::BrokenPipe)?;
        Ok(Worker {
            child: Some(child),
            input,
            output: BufReader::new(output).lines(),
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        // What has ended already is not to be ended.
        let _ = child.start_kill();
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { child.wait().await });
        }
    }
}
