//! The command `actsmith` with the allocator of the system: what `actsmith bench allocator` compares with.

use std::alloc::System;
use std::process::ExitCode;

use actsmith_cli::allocator::CountTensors;

#[global_allocator]
static ALLOCATOR: CountTensors<System> = CountTensors::new(System, System);

fn main() -> ExitCode {
    // SAFETY: nothing has started a thread yet.
    unsafe { actsmith_cli::threads::set_defaults() };
    actsmith_cli::main(&ALLOCATOR)
}
