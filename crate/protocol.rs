//! What goes into a training session and what comes out: plain data.
//!
//! The command line prints these events, the page draws them. No tensor, no handle, no closure.

#[cfg(test)]
mod page_types;

use serde::{Deserialize, Serialize};

use crate::config::{ModelConfig, TrainConfig};
use crate::data::Orientation;
use crate::error::Result;
use crate::metrics::{Confusion, EpochRow};
use crate::weights;

/// What a person can tell a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Command {
    /// Do nothing until told to go on.
    Pause,
    /// Go on.
    Resume,
    /// While paused: one more step.
    StepOnce,
    /// End here; the best weights so far stay.
    Stop,
}

/// What a session says.
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
    /// The test images were looked at, once.
    Tested(Evaluation),
    /// Nothing happens until [`Command::Resume`] or [`Command::StepOnce`].
    Paused,
    /// Going on.
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
    /// The images looked at once, at the end.
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
    /// The validation accuracy had not risen for the epochs of the `patience` setting.
    EarlyStop,
    /// A person stopped it.
    Stopped,
}

/// Loss and accuracy of the last few steps, and how fast they went.
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
    /// Share of training images read correctly since the last report.
    pub accuracy: f64,
    /// The learning rate of the last step.
    pub learning_rate: f64,
    /// Images learned from in a second.
    pub images_per_second: f64,
    /// Seconds until the last epoch is validated, by what was measured so far.
    pub seconds_left: f64,
}

/// The end of an epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct EpochReport {
    /// The figures.
    pub row: EpochRow,
    /// Whether no epoch before was better on validation.
    pub best: bool,
}

/// How a model did on a set of images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Evaluation {
    /// Mean cross-entropy.
    pub loss: f64,
    /// Share read correctly.
    pub accuracy: f64,
    /// What was read as what.
    pub confusion: Confusion,
    /// Probability of each class for each image, `[images, classes]`.
    pub probabilities: Vec<f32>,
}

/// What a run is made with.
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
    /// The first impossible setting, by name, with its reason.
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
    /// To learn from and to validate on.
    Train,
    /// To be looked at once, at the end.
    Test,
    /// To be predicted: it has no labels.
    Unlabelled,
    /// For nothing.
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
    /// How it was understood, as one line for people.
    pub layout: String,
    /// Images.
    pub images: usize,
    /// Pixels per side of an image.
    pub side: usize,
    /// Whether its images have labels.
    pub labelled: bool,
    /// Images of each class, `[classes]`; empty without labels.
    pub class_counts: Vec<usize>,
    /// What the classes are called; empty where they are called by their numbers.
    pub class_names: Vec<String>,
    /// What it is used for.
    pub part: FileRole,
    /// Whether a person chose that; else it follows from the names of all files.
    pub part_chosen: bool,
    /// What was done to its images so that they are ink on paper, rows first.
    pub orientation: Orientation,
    /// What a person should know of it, a sentence each.
    pub notices: Vec<String>,
    /// What the notices offer to do to its images, beside what was done.
    pub offers: Orientation,
    /// Where it holds labels whose images its name does not tell: the images that they could belong to.
    pub candidates: Vec<u32>,
}

/// How a file is to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default)]
pub struct ReadOptions {
    /// Takes the labels as they are, also where one of them is too rare or too high to look like a class.
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

/// What all files together give a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct DataReport {
    /// Images to learn from.
    pub train: usize,
    /// Images that choose the best epoch.
    pub validation: usize,
    /// Images looked at once, at the end.
    pub test: usize,
    /// Pixels per side of an image.
    pub side: usize,
    /// Classes.
    pub classes: usize,
    /// Images of each class in training and validation, `[classes]`.
    pub class_counts: Vec<usize>,
    /// What the classes are called; empty where they are called by their numbers.
    pub class_names: Vec<String>,
    /// Test images that are among the training images, too.
    pub shared: usize,
    /// What a person should know.
    pub notices: Vec<String>,
}

/// One image and what was made of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct SamplePrediction {
    /// Its number among the images given for training.
    pub index: usize,
    /// What it is.
    pub label: usize,
    /// What it was taken for.
    pub prediction: usize,
    /// The probability of that.
    pub confidence: f32,
}

/// What the validation of an epoch saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[non_exhaustive]
pub struct EpochDetail {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Mean cross-entropy.
    pub loss: f64,
    /// Share read correctly.
    pub accuracy: f64,
    /// What was read as what.
    pub confusion: Confusion,
    /// Mistakes, the most confident first.
    pub mistakes: Vec<SamplePrediction>,
    /// The same images in every epoch, mistaken or not.
    pub samples: Vec<SamplePrediction>,
}
