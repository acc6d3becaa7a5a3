//! The input and output of a training session: plain data.
//!
//! The command line prints these events, the page draws them. No tensors, handles or closures.

#[cfg(all(test, feature = "operations"))]
mod page_types;
mod race;

use serde::{Deserialize, Serialize};

use crate::config::{ModelConfig, TrainConfig};
use crate::data::Orientation;
use crate::error::Result;
use crate::metrics::{Confusion, EpochRow};
use crate::weights;

pub use race::{CONTESTANTS, Contestant, RaceBudget, RaceEvent, RacePoint};

/// A command for a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Command {
    /// Do nothing until resumed.
    Pause,
    /// Continue.
    Resume,
    /// While paused: take one more step.
    StepOnce,
    /// End now and keep the best weights so far.
    Stop,
}

/// An event of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// Loss and accuracy of the last few steps.
    Progress(Progress),
    /// A part of an evaluation is done.
    Evaluating {
        /// Which images.
        part: EvaluatedSplit,
        /// Images done.
        done: usize,
        /// Images in all.
        total: usize,
    },
    /// An epoch has ended and was validated.
    Epoch(EpochReport),
    /// The test images were evaluated, once.
    Tested(Evaluation),
    /// Nothing happens until [`Command::Resume`] or [`Command::StepOnce`].
    Paused,
    /// The session continues.
    Resumed,
    /// The session has ended.
    Finished {
        /// Why.
        reason: Reason,
    },
}

/// A part of the data that is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum EvaluatedSplit {
    /// The images that choose the best epoch.
    Validation,
    /// The images evaluated once, at the end.
    Test,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// All epochs are done.
    Completed,
    /// The validation accuracy had not risen for `patience` epochs.
    EarlyStop,
    /// The user stopped it.
    Stopped,
}

/// Loss and accuracy of the last few steps, and their speed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Progress {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Epochs in all.
    pub epochs: usize,
    /// Steps done in this epoch.
    pub step: usize,
    /// Steps of an epoch.
    pub steps_per_epoch: usize,
    /// Mean training loss since the last report.
    pub loss: f64,
    /// Share of training images classified correctly since the last report.
    pub accuracy: f64,
    /// The learning rate of the last step.
    pub learning_rate: f64,
    /// Training images per second.
    pub images_per_second: f64,
    /// Seconds until the last epoch is validated, estimated from the run so far.
    pub seconds_left: f64,
}

/// The end of an epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct EpochReport {
    /// The figures.
    pub row: EpochRow,
    /// Whether this is the best epoch on validation so far.
    pub best: bool,
}

/// The result of evaluating a model on a set of images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Evaluation {
    /// Mean cross-entropy.
    pub loss: f64,
    /// Share classified correctly.
    pub accuracy: f64,
    /// The confusion matrix.
    pub confusion: Confusion,
    /// Probability of each class for each image, `[images, classes]`.
    pub probabilities: Vec<f32>,
}

/// The settings of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RunSettings {
    /// The model.
    pub model: ModelConfig,
    /// The recipe.
    pub train: TrainConfig,
}

impl RunSettings {
    /// Checks every setting and how they fit together.
    ///
    /// # Errors
    /// The first impossible setting, by name and with the reason.
    pub fn validate(&self) -> Result<()> {
        weights::validate(&self.model)?;
        self.train.validate()
    }
}

/// A preset by its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PresetReport {
    /// Its name as it is typed.
    pub name: String,
    /// The model.
    pub model: ModelConfig,
    /// The recipe.
    pub train: TrainConfig,
}

/// What a file is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum FileRole {
    /// For training and validation.
    Train,
    /// Evaluated once, at the end.
    Test,
    /// To be predicted: the file has no labels.
    Unlabelled,
    /// Not used.
    Ignored,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct FileReport {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// How it was interpreted, in one line for people.
    pub layout: String,
    /// Images.
    pub images: usize,
    /// Pixels per side of an image.
    pub side: usize,
    /// Whether its images have labels.
    pub labelled: bool,
    /// Images of each class, `[classes]`; empty without labels.
    pub class_counts: Vec<usize>,
    /// Class names; empty if the classes are plain numbers.
    pub class_names: Vec<String>,
    /// What it is used for.
    pub part: FileRole,
    /// Whether a person chose that; else it follows from the names of all files.
    pub part_chosen: bool,
    /// What was done to its images to make them ink on a blank background, rows first.
    pub orientation: Orientation,
    /// What the user should know about it, one sentence each.
    pub notices: Vec<String>,
    /// Changes to its images that the notices offer, in addition to `orientation`.
    pub offers: Orientation,
    /// For a file of labels whose name does not identify its images: the image files they could belong
    /// to.
    pub candidates: Vec<u32>,
}

/// How a file is to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default)]
pub struct ReadOptions {
    /// Accepts the labels as they are, even if one of them is too rare or too high to look like a class.
    pub any_labels: bool,
}

/// An image whose label a person corrects, or that they leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Correction {
    /// Its number: among the images given for training, or in its file.
    pub index: u32,
    /// The number of its class; nothing where it is left out.
    pub label: Option<u32>,
}

/// The corrections of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FileCorrections {
    /// The file's number.
    pub file: u32,
    /// Its images, by their places in it.
    pub corrections: Vec<Correction>,
}

/// What all files together provide for a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct DataReport {
    /// Training images.
    pub train: usize,
    /// Images that choose the best epoch.
    pub validation: usize,
    /// Images evaluated once, at the end.
    pub test: usize,
    /// Pixels per side of an image.
    pub side: usize,
    /// Classes.
    pub classes: usize,
    /// Images of each class in training and validation, `[classes]`.
    pub class_counts: Vec<usize>,
    /// Class names; empty if the classes are plain numbers.
    pub class_names: Vec<String>,
    /// Test images that are also among the training images.
    pub shared: usize,
    /// What the user should know.
    pub notices: Vec<String>,
}

/// One image and its prediction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct SamplePrediction {
    /// Its number among the images given for training.
    pub index: usize,
    /// The true class.
    pub label: usize,
    /// The predicted class.
    pub prediction: usize,
    /// The probability of the predicted class.
    pub confidence: f32,
}

/// The validation results of an epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct EpochDetail {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Mean cross-entropy.
    pub loss: f64,
    /// Share classified correctly.
    pub accuracy: f64,
    /// The confusion matrix.
    pub confusion: Confusion,
    /// Mistakes, the most confident first.
    pub mistakes: Vec<SamplePrediction>,
    /// The same images in every epoch, whether misclassified or not.
    pub samples: Vec<SamplePrediction>,
}
