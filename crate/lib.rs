//! Patchwork: a Vision Transformer that trains on handwritten digits, natively and in a browser tab.
//!
#![doc = include_str!("README.md")]
//!
//! # Modules
//!
//! Data flows one way: bytes → [`data`] → batches → `model` → `train` → events → terminal or page.
//!
//! | module | feature | duty |
//! | --- | --- | --- |
//! | [`config`] | | settings of a model and of its training, presets, one place that checks them |
//! | [`limits`] | | the ranges of all settings, on 32 and on 64 bits alike |
//! | [`cost`] | | the cost of settings: parameters, arithmetic, memory, file sizes |
//! | [`data`] | | bytes to images: CSV, IDX, built-in digits, drawings; splits, batches, augmentation |
//! | [`checkpoint`] | | a training run as bytes, for resuming |
//! | [`weights`] | | the weights as plain data: names, shapes, initial values, safetensors |
//! | `model` | `model` | the Vision Transformer; with `reference` also the reference implementation |
//! | `predictor` | `model` | the prediction for one image, with attention |
//! | `train` | `engine` | the training session: commands in, events out; evaluation |
//! | `device` | `model` | the devices that compute |
//! | [`protocol`] | | commands and events |
//! | [`metrics`] | | the figures of a run and of a model: epochs, confusion matrix, calibration |
//! | [`confidence`] | | when a model is sure |
//! | [`explain`] | | attention maps and rollout on plain arrays |
//! | [`structure`] | | the parts of a model as geometry, for views of any family |
//! | [`hugging_face`] | | a plain model as a folder of Hugging Face's transformers |
//! | `onnx` | `onnx` | a model as an ONNX graph, for other runtimes |
//! | `pretrained` | `pretrained` | trained weights for handwritten digits |
//! | `files` | `files`, `download` | paths, folders, atomic writes; the MNIST download (native) |
//! | `report` | `report`, `pictures` | tables, charts and the report of a run; as pictures (native) |
//! | `session_report` | `engine` and `report` | the report of a training session |
//! | `workspace` | `engine` | files and a run as the page uses them |
//! | [`platform`] | | the one place where native and browser differ |
//! | [`rng`] | | seeded random streams, one per purpose, epoch and image |
//! | [`words`] | | numbers with their nouns |
//! | [`error`] | | the error type: what went wrong, where, and what to do |
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod checkpoint;
pub mod confidence;
pub mod config;
pub mod cost;
pub mod data;
#[cfg(feature = "model")]
pub mod device;
pub mod error;
pub mod explain;
pub mod families;
#[cfg(feature = "files")]
pub mod files;
pub mod hugging_face;
pub mod limits;
pub mod metrics;
#[cfg(feature = "model")]
pub mod model;
#[cfg(feature = "onnx")]
pub mod onnx;
pub mod platform;
#[cfg(feature = "model")]
pub mod predictor;
#[cfg(feature = "pretrained")]
pub mod pretrained;
pub mod protocol;
#[cfg(feature = "report")]
pub mod report;
pub mod rng;
#[cfg(all(feature = "engine", feature = "report"))]
pub mod session_report;
pub mod structure;
#[cfg(feature = "engine")]
pub mod train;
pub mod weights;
pub mod words;
#[cfg(feature = "engine")]
pub mod workspace;

/// Burn, in the version whose tensors and devices this crate uses.
#[cfg(feature = "model")]
pub use burn;
pub use error::{Error, ErrorKind, Place, Result};
/// Architectures as plain data.
pub use patchwork_arch as arch;
