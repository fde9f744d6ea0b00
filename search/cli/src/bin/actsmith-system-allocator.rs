//! The command `actsmith` with the allocator of the system: what `actsmith bench allocator` compares with.

use std::alloc::System;
use std::process::ExitCode;

use peakmem_alloc::PeakMemAlloc;

#[global_allocator]
static ALLOCATOR: PeakMemAlloc<System> = PeakMemAlloc::new(System);

fn main() -> ExitCode {
    actsmith_cli::main(&ALLOCATOR)
}
