//! Weights trained on MNIST and on built-in digits, compiled into the program: the ones the page ships.

use crate::error::Result;
use crate::weights::{ModelCard, Weights};

/// The safetensors file.
pub const DIGITS: &[u8] = include_bytes!("../assets/model.safetensors");

/// The model for handwritten digits, 28×28 pixels, and its model card.
///
/// # Errors
/// Only in a broken build: the file is checked like any foreign file.
pub fn digits() -> Result<(Weights, ModelCard)> {
    Weights::from_safetensors(DIGITS)
}
