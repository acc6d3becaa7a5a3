//! # Patchwork
//!
//! A Vision Transformer (Dosovitskiy et al. 2020) for handwritten digits that trains natively and
//! in a browser tab from the same code. Data flows one way:
//!
//! bytes → [`data`] → batches → `model` → `train` → events → terminal or page
//!
//! | module | feature | duty |
//! | --- | --- | --- |
//! | [`config`] | | settings of a model and of its training, presets, one place that checks them |
//! | [`data`] | | bytes to images: CSV, IDX, built-in digits, drawings; splits, batches, deformation |
//! | [`checkpoint`] | | a training run as bytes, to go on later |
//! | [`weights`] | | the weights as plain data: names, shapes, first values, safetensors |
//! | `model` | `engine` | the Vision Transformer |
//! | `train` | `engine` | the training session: commands in, events out; evaluation |
//! | `device` | `engine` | which device computes |
//! | [`protocol`] | | commands and events |
//! | [`metrics`] | | the figures of a run: epochs, confusion matrix |
//! | [`explain`] | | attention maps and rollout on plain arrays |
//! | `files` | `files` | paths, folders, the MNIST download, atomic writes (native) |
//! | `report` | `files` | plots, pictures and the report of a run |
//! | `cli` | `cli` | the command line (native) |
//! | [`platform`] | | the one place where native and browser differ |
//! | [`rng`] | | seeded random streams, one per purpose, epoch and image |
//! | [`error`] | | the one error type: what went wrong, where, and what to do |

pub mod checkpoint;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod data;
#[cfg(feature = "engine")]
pub mod device;
pub mod error;
pub mod explain;
#[cfg(feature = "files")]
pub mod files;
pub mod metrics;
#[cfg(feature = "engine")]
pub mod model;
pub mod platform;
pub mod protocol;
#[cfg(feature = "files")]
pub mod report;
pub mod rng;
#[cfg(feature = "engine")]
pub mod train;
pub mod weights;

pub use error::{Error, ErrorKind, Place, Result};
