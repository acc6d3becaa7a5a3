//! Model, training and checkpoints: against PyTorch, against themselves, on every device here.

mod checkpoint;
mod common;
mod families;
mod fused;
mod golden;
mod invariants;
mod kept;
mod learning;
mod loader;
mod ops;
mod ops_maps;
mod port;
mod record;
mod reference;
#[path = "../bench/start.rs"]
mod start;
mod toy_family;
mod update;
mod workers;
mod workspace;

/// That of the program `patchwork`: a step takes half the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
