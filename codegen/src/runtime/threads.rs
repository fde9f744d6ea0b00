//! Spreads work over rayon's threads. A standalone file without rayon has another module of this name.

use rayon::prelude::*;

/// From this number of elements on threads share the work. Measured from outside the pool: handing work over takes about 20 µs,
/// and a chunk of a cheap gate 10, so that two threads begin to win here.
const PARALLEL: usize = 65_536;

/// What `job` returns for each of `chunks`, which hold `len` elements, in order; it is told the index.
pub(super) fn map<A: Send, R: Send>(
    len: usize,
    chunks: Vec<A>,
    job: impl Fn((usize, A)) -> R + Send + Sync,
) -> Vec<R> {
    if len < PARALLEL {
        chunks.into_iter().enumerate().map(job).collect()
    } else {
        chunks.into_par_iter().enumerate().map(job).collect()
    }
}
