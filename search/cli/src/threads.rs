//! How many threads a process computes with.
//!
//! Both variables are read by the libraries below, the first again at every matrix product: candle 0.11 asks for the number of physical
//! cores where it is not set, and finds it by reading and parsing the system's description of its processors.

/// The threads of rayon's pool, in which fused operations and matrix products run.
pub(crate) const RAYON: &str = "RAYON_NUM_THREADS";

/// The threads of candle's second pool, for its own elementwise operations. Its threads spin between two operations, on the processors
/// that rayon's threads need.
pub(crate) const CANDLE: &str = "CANDLE_NUM_THREADS";

/// As many threads as there are processors for this process.
pub(crate) fn available() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Sets what the environment leaves open: a thread for each processor in rayon's pool, and one, the caller, in candle's.
///
/// # Safety
/// No other thread runs yet.
pub unsafe fn set_defaults() {
    for (name, threads) in [(RAYON, available()), (CANDLE, 1)] {
        if std::env::var_os(name).is_none() {
            // SAFETY: the caller promises that no other thread could read the environment at this moment.
            unsafe { std::env::set_var(name, threads.to_string()) };
        }
    }
}

/// Runs some work as one of rayon's threads: it would wait for them at every operation otherwise, and be woken by them.
pub(crate) fn inside<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    // Commands expect the stack of a main thread. Where a pool exists already, it is as good.
    let pool = rayon::ThreadPoolBuilder::new().stack_size(8 << 20);
    let _ = pool.build_global();
    rayon::scope(|_| work())
}
