//! Weights that were trained on MNIST and on built-in digits, as a part of the program: those that the page
//! ships.

use crate::error::Result;
use crate::weights::{ModelCard, Weights};

/// The safetensors file.
pub const DIGITS: &[u8] = include_bytes!("../assets/model.safetensors");

/// The model that reads handwritten digits, 28×28 pixels, and what its file says of it.
///
/// # Errors
/// None but those of a broken build: the file is read as a stranger's would be.
pub fn digits() -> Result<(Weights, ModelCard)> {
    Weights::from_safetensors(DIGITS)
}
