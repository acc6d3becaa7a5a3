//! The weights that the page ships, as a model that is known to read digits.

use crate::cli::subject;
use crate::data::Orientation;
use crate::device;
use crate::error::Result;
use crate::files::source::Single;
use crate::weights::Weights;

static MODEL: &[u8] = include_bytes!("../../assets/model.safetensors");

/// What is to be said where images of digits seem to have rows and columns swapped.
pub fn transposed_notice(images: &Single, orientation: Orientation) -> Result<Option<String>> {
    let (weights, card) = Weights::from_safetensors(MODEL)?;
    let model = (&weights, card.class_names.as_slice());
    subject::transposed_notice(model, images, orientation, &device::cpu().device)
}
