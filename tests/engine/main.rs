//! Model, training and checkpoints: against PyTorch, against themselves, on every device here.

mod checkpoint;
mod common;
mod fused;
mod golden;
mod invariants;
mod learning;
mod loader;
mod ops;
#[path = "../bench/start.rs"]
mod start;
mod update;
mod workers;
mod workspace;
