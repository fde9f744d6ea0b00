//! The command `actsmith`.

use std::process::ExitCode;

use actsmith_cli::allocator::CountTensors;
use mimalloc::MiMalloc;

/// Training allocates and frees tensors of the same sizes over and over: with the system allocator, the page faults of fresh
/// memory cost more than the arithmetic. The counter around it tells `bench` how much memory a step takes.
#[global_allocator]
static ALLOCATOR: CountTensors<MiMalloc> = CountTensors::new(MiMalloc, MiMalloc);

fn main() -> ExitCode {
    // SAFETY: nothing has started a thread yet.
    unsafe { actsmith_cli::threads::set_defaults() };
    actsmith_cli::allocator::keep_memory();
    actsmith_cli::main(&ALLOCATOR)
}
