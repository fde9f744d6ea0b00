//! Data sets in files: what is read of them, and that what is wrong with them is one error which names the file.

mod arrays;
mod cifar;
#[cfg(feature = "images")]
mod folder;
mod fuzz;
mod idx;
mod made;
mod settings;
mod support;
mod text;

/// Counts what a reader allocates.
#[global_allocator]
static MEMORY: &peakmem_alloc::PeakMemAlloc<std::alloc::System> =
    &peakmem_alloc::INSTRUMENTED_SYSTEM;
