//! An image with its prediction.

use serde::{Deserialize, Serialize};

use super::confusion::name;
use super::format;
use crate::error::{Error, Result};

/// An image with its prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The pixels, `[side, side]` in row order, 0 is background and 255 is ink.
    pub pixels: Vec<u8>,
    /// The true class, if known.
    pub label: Option<usize>,
    /// The most likely class by the model.
    pub prediction: usize,
    /// The probability of that class, 0 to 1.
    pub confidence: f32,
}

impl Sample {
    /// Whether the prediction is wrong; false if the true class is not known.
    pub fn is_mistake(&self) -> bool {
        self.label.is_some_and(|label| label != self.prediction)
    }

    /// The result in words: the class, or the true and the predicted class.
    pub(super) fn verdict(&self, names: &[String]) -> String {
        let found = name(names, self.prediction);
        match self.label {
            Some(label) if label != self.prediction => format!("{} → {found}", name(names, label)),
            _ => found,
        }
    }

    /// The confidence as a percentage.
    pub(super) fn certainty(&self) -> String {
        format::percent(f64::from(self.confidence), 0)
    }
}

/// Checks that every image has `side` × `side` pixels.
pub(super) fn check_images<'a>(
    side: usize,
    images: impl IntoIterator<Item = &'a [u8]>,
) -> Result<()> {
    let area = side.saturating_mul(side);
    match images.into_iter().find(|pixels| area == 0 || pixels.len() != area) {
        Some(pixels) => {
            Err(Error::data(format!("{} pixels are no image of {side}×{side}", pixels.len())))
        }
        None => Ok(()),
    }
}
