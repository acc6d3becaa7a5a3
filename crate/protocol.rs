//! What goes into a training session and what comes out: plain data.
//!
//! The command line prints these events, the page draws them. No tensor, no handle, no closure.

use serde::{Deserialize, Serialize};

use crate::metrics::{Confusion, EpochRow};

/// What a person can tell a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
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
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// Loss and accuracy of the last few steps.
    Progress(Progress),
    /// A part of an evaluation is done.
    Evaluating {
        /// Which images.
        part: Part,
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
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The images that choose the best epoch.
    Validation,
    /// The images looked at once, at the end.
    Test,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
pub struct EpochReport {
    /// The figures.
    pub row: EpochRow,
    /// Whether no epoch before was better on validation.
    pub best: bool,
}

/// How a model did on a set of images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
