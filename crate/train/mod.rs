//! Training: commands go in, events come out, nothing here knows who is watching.
//!
//! [`session::Session`] is the loop, [`loader::DataLoader`] brings it batches, [`step::TrainState`] is one step of it, which a
//! [`workers::WorkerPool`] may share, [`optimizer::Adam`] its update, [`eval::Evaluator`] the judge,
//! [`crate::checkpoint::Checkpoint`] its memory.

mod clock;
pub mod eval;
pub mod loader;
pub mod loss;
pub mod muon;
pub mod optimizer;
pub mod orientation;
pub mod schedule;
pub mod session;
pub mod step;
pub mod teacher;
pub mod update;
pub mod workers;

pub use session::Session;
