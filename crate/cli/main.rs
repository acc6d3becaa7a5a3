//! The program `patchwork`; everything is in [`patchwork_cli`].

use std::process::ExitCode;

/// A training step allocates and frees some megabytes for every operation. The system's allocator
/// returns them to the kernel each time and pays for fresh pages again, which took up to half of a
/// step.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    patchwork_cli::main()
}
