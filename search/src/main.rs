//! The command `actsmith`.

use std::process::ExitCode;

/// Training allocates and frees tensors of the same sizes over and over: with the system allocator, the page faults of fresh
/// memory cost more than the arithmetic.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    actsmith_search::cli::main()
}
