//! Model, training and checkpoints: against PyTorch, against themselves, on every device here.

mod checkpoint;
mod common;
mod golden;
mod invariants;
mod learning;
mod studio;
