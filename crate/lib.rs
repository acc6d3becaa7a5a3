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
//! | [`limits`] | | the ranges of all settings, on 32 and on 64 bits alike |
//! | [`cost`] | | what settings take: parameters, arithmetic, memory, bytes of files |
//! | [`data`] | | bytes to images: CSV, IDX, built-in digits, drawings; splits, batches, deformation |
//! | [`checkpoint`] | | a training run as bytes, to go on later |
//! | [`weights`] | | the weights as plain data: names, shapes, first values, safetensors |
//! | `model` | `model` | the Vision Transformer; `reference`: also layer by layer |
//! | `predictor` | `model` | what a model makes of one image, and where it reads |
//! | `train` | `engine` | the training session: commands in, events out; evaluation |
//! | `device` | `model` | which device computes |
//! | [`protocol`] | | commands and events |
//! | [`metrics`] | | the figures of a run and of a model: epochs, confusion matrix, calibration |
//! | [`confidence`] | | when a model is sure |
//! | [`explain`] | | attention maps and rollout on plain arrays |
//! | `files` | `files` | paths, folders, the MNIST download, atomic writes (native) |
//! | `report` | `report` | plots, pictures and the report of a run |
//! | `cli` | `cli` | the command line (native) |
//! | `workspace` | `engine` | files and a run as the page uses them |
//! | `web` | `predictor`, `trainer` | what JavaScript sees (browser) |
//! | [`platform`] | | the one place where native and browser differ |
//! | [`rng`] | | seeded random streams, one per purpose, epoch and image |
//! | [`words`] | | numbers with their nouns |
//! | [`error`] | | the one error type: what went wrong, where, and what to do |

pub mod checkpoint;
#[cfg(feature = "cli")]
pub mod cli;
pub mod confidence;
pub mod config;
pub mod cost;
pub mod data;
#[cfg(feature = "model")]
pub mod device;
pub mod error;
pub mod explain;
#[cfg(feature = "files")]
pub mod files;
pub mod limits;
pub mod metrics;
#[cfg(feature = "model")]
pub mod model;
pub mod platform;
#[cfg(feature = "model")]
pub mod predictor;
pub mod protocol;
#[cfg(feature = "report")]
pub mod report;
pub mod rng;
#[cfg(feature = "engine")]
pub mod train;
#[cfg(any(feature = "predictor", feature = "trainer"))]
pub mod web;
pub mod weights;
pub mod words;
#[cfg(feature = "engine")]
pub mod workspace;

pub use error::{Error, ErrorKind, Place, Result};
