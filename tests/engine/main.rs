//! Model, training and checkpoints: against PyTorch, against themselves, on every device here.

mod checkpoint;
mod common;
mod crew;
mod feed;
mod fused;
mod golden;
mod invariants;
mod learning;
mod ops;
#[path = "../bench/start.rs"]
mod start;
mod studio;
mod update;
