//! A training run as bytes: everything needed to continue as if it had never stopped.
//!
//! A checkpoint is a safetensors file of flat `f32` arrays (in the order of
//! [`crate::weights::layout`]) with the rest as JSON in its metadata. Random streams are named by
//! seed, epoch and step (see [`crate::rng`]), so they need no saved state.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};

use crate::config::{self, ModelConfig, TrainConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::metrics::EpochRow;
use crate::weights::{self, ModelCard, Weights};

/// The version of the format; files of another version are refused.
pub const VERSION: u32 = 1;

const STATE_KEY: &str = "patchwork.checkpoint";

/// A training run that can be resumed.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Everything but the arrays.
    pub state: CheckpointState,
    /// Master weights.
    pub weights: Vec<f32>,
    /// First moment of the optimizer.
    pub first_moment: Vec<f32>,
    /// Second moment of the optimizer.
    pub second_moment: Vec<f32>,
    /// Running average of the weights, if the run keeps one.
    pub average: Option<Vec<f32>>,
    /// The weights of the best epoch, once an epoch has ended.
    pub best: Option<Vec<f32>>,
}

/// How far a run has got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointState {
    /// Version of the format.
    pub version: u32,
    /// The model.
    pub model: ModelConfig,
    /// The recipe.
    pub train: TrainConfig,
    /// Fingerprint of the data the run learns from.
    pub data: DataFingerprint,
    /// Epochs done.
    pub epoch: usize,
    /// Steps done in the current epoch.
    pub step: usize,
    /// Loss scale of `f16`.
    pub loss_scale: f64,
    /// Sum of the mean losses of the current epoch's steps.
    pub loss_sum: f64,
    /// Correctly classified images of the current epoch.
    pub correct: f64,
    /// Whether a gradient overflowed since the loss scale was last adapted.
    pub overflowed: bool,
    /// The epochs so far, from which the best one is found.
    pub history: Vec<EpochRow>,
    /// Seconds trained before this session.
    pub seconds: f64,
    /// Hash of the weights of the teacher, where the run learns from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<u64>,
}

/// Tells the data of two runs apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFingerprint {
    /// Hash of the training images (as given, before the split) and their labels.
    pub fingerprint: u64,
    /// Images given for training.
    pub images: usize,
    /// Pixels per side.
    pub side: usize,
    /// Classes.
    pub classes: usize,
    /// Class names; empty if the classes are plain numbers.
    #[serde(default)]
    pub class_names: Vec<String>,
    /// Hash of the test set, if one was given. Without one, test images are held back from the
    /// training images, so the split differs.
    pub test: Option<u64>,
}

impl Checkpoint {
    /// Whether a file is a checkpoint, whatever its version.
    pub fn is_checkpoint(bytes: &[u8]) -> bool {
        weights::metadata::<Version>(bytes, STATE_KEY).is_ok()
    }

    /// The model of the best epoch so far; before the first has ended, the current one.
    pub fn into_model(self) -> (Weights, ModelCard) {
        let flat = self.best.or(self.average).unwrap_or(self.weights);
        let card = ModelCard { class_names: self.state.data.class_names, ..ModelCard::default() };
        (Weights { config: self.state.model, flat }, card)
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// If the file format refuses the arrays.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let arrays = [
            ("weights", Some(&self.weights)),
            ("first_moment", Some(&self.first_moment)),
            ("second_moment", Some(&self.second_moment)),
            ("average", self.average.as_ref()),
            ("best", self.best.as_ref()),
        ];
        let stored: Vec<(&str, Vec<u8>)> = arrays
            .into_iter()
            .filter_map(|(name, values)| Some((name, values?)))
            .map(|(name, values)| (name, values.iter().flat_map(|v| v.to_le_bytes()).collect()))
            .collect();
        let views = stored
            .iter()
            .map(|(name, bytes)| {
                Ok((*name, TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes)?))
            })
            .collect::<std::result::Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|error| Error::from_cause(ErrorKind::Weights, error))?;
        let metadata = HashMap::from([(STATE_KEY.into(), weights::json(&self.state)?)]);
        safetensors::serialize(views, Some(metadata))
            .map_err(|error| Error::from_cause(ErrorKind::Weights, error))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it is cut off, damaged, of another version, or inconsistent.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let file = weights::open(bytes)?;
        let version: Version = weights::metadata(bytes, STATE_KEY)?;
        if version.version != VERSION {
            return Err(Error::weights(format!(
                "this checkpoint has version {}, not {VERSION}",
                version.version
            ))
            .help("Resume it with the Patchwork that wrote it"));
        }
        let stated: serde_json::Value = weights::metadata(bytes, STATE_KEY)?;
        config::check_json(stated.get("model"), stated.get("train")).map_err(impossible)?;
        let state: CheckpointState = weights::metadata(bytes, STATE_KEY)?;
        state.check()?;
        let count = weights::count(&state.model);
        let array = |name: &str| weights::floats(&file, name, &[count]);
        let optional = |name: &str, due: bool| due.then(|| array(name)).transpose();
        Ok(Self {
            weights: array("weights")?,
            first_moment: array("first_moment")?,
            second_moment: array("second_moment")?,
            average: optional("average", state.train.ema_decay > 0.0)?,
            best: optional("best", !state.history.is_empty())?,
            state,
        })
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// The error of a file whose settings are refused.
fn impossible(error: Error) -> Error {
    match error.kind {
        ErrorKind::Unsupported => error,
        _ => Error::weights(format!("the checkpoint holds an impossible setting: {error}")),
    }
}

impl CheckpointState {
    /// Checks that the numbers of an untrusted file are possible.
    fn check(&self) -> Result<()> {
        let refuse = |problem: String| Err(Error::weights(problem));
        for checked in [weights::validate(&self.model), self.train.validate()] {
            if let Err(error) = checked {
                return Err(impossible(error));
            }
        }
        let numbers = [self.loss_scale, self.loss_sum, self.correct, self.seconds];
        if self.epoch > self.train.epochs
            || self.history.len() != self.epoch
            || self.loss_scale < 1.0
            || numbers.iter().any(|number| !number.is_finite() || *number < 0.0)
        {
            return refuse("the checkpoint's counters do not fit together".into());
        }
        if self.data.side != self.model.image_size || self.data.classes != self.model.classes {
            return refuse("the checkpoint's model is not for its data".into());
        }
        Ok(())
    }
}
