//! Bytes to images: files of users, built-in digits, splits and batches.
//!
//! Nothing here does I/O or knows tensors.

pub mod augment;
pub mod batch;
mod blur;
mod bytes;
pub mod corrupt;
mod csv;
pub mod dataset;
pub mod drawing;
mod ids;
pub mod idx;
mod labels;
mod layout;
mod limits;
pub mod names;
pub mod not_digits;
pub mod orientation;
pub mod pairing;
pub mod pen;
pub mod reader;
mod sniff;
mod strokes;
pub mod synth;
pub mod train_test;

pub use dataset::Dataset;
pub use ids::Ids;
pub use limits::{MAX_SIDE, MIN_SIDE};
pub use orientation::Orientation;
pub use train_test::TrainTest;
