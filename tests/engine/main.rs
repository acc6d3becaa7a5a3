//! Model, training and checkpoints: compared with PyTorch and across all devices of this machine.

mod checkpoint;
mod common;
mod families;
mod fused;
mod golden;
mod invariants;
mod kept;
mod launches;
mod learning;
mod loader;
mod onnx;
mod ops;
mod ops_maps;
mod port;
mod race;
mod record;
mod reference;
#[path = "../bench/start.rs"]
mod start;
mod toy_family;
mod update;
mod workers;
mod workspace;

/// The allocator of the program `patchwork`: it halves the time of a step.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
