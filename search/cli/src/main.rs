//! The command `actsmith`.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use peakmem_alloc::PeakMemAlloc;

/// Training allocates and frees tensors of the same sizes over and over: with the system allocator, the page faults of fresh
/// memory cost more than the arithmetic. The counter around it tells `bench` how much memory a step takes.
#[global_allocator]
static ALLOCATOR: PeakMemAlloc<MiMalloc> = PeakMemAlloc::new(MiMalloc);

fn main() -> ExitCode {
    actsmith_cli::main(&ALLOCATOR)
}
