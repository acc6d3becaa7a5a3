//! Training: commands go in, events come out, nothing here knows who is watching.
//!
//! [`session::Session`] is the loop, [`feed::Feed`] brings it batches, [`step::Learner`] is one step of it, which a
//! [`crew::Crew`] may share, [`optimizer::Adam`] its update, [`eval::Evaluator`] the judge,
//! [`crate::checkpoint::Checkpoint`] its memory.

mod clock;
pub mod crew;
pub mod eval;
pub mod feed;
pub mod loss;
pub mod muon;
pub mod optimizer;
pub mod orientation;
pub mod schedule;
pub mod session;
pub mod step;
pub mod update;

pub use session::Session;
