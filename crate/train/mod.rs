//! Training: commands go in, events come out; nothing here knows the observer.
//!
//! [`session::Session`] is the loop, [`loader::DataLoader`] makes its batches, [`step::TrainState`] takes a step, which a
//! [`workers::WorkerPool`] may share, [`optimizer::Adam`] updates the weights, [`eval::Evaluator`] evaluates them, and
//! [`crate::checkpoint::Checkpoint`] saves the run. A [`race::Race`] has several sessions train in turns.

pub mod adapt;
mod clock;
pub mod distillation;
pub mod eval;
mod generated;
pub mod loader;
pub mod loss;
pub mod muon;
pub mod optimizer;
pub mod orientation;
pub mod race;
pub mod schedule;
pub mod session;
pub mod step;
pub mod teacher;
pub mod update;
pub mod workers;

pub use race::Race;
pub use session::Session;
