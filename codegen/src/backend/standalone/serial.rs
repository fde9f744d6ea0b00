//! One thread does all the work.

/// What `job` returns for each of `chunks`, in order; it is told the index.
pub(super) fn map<A: Send, R: Send>(
    _: usize,
    chunks: Vec<A>,
    job: impl Fn((usize, A)) -> R + Send + Sync,
) -> Vec<R> {
    chunks.into_iter().enumerate().map(job).collect()
}
