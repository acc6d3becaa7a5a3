//! The weights that the page ships, as a known-good model for digits.

use crate::subject;
use patchwork::data::Orientation;
use patchwork::device;
use patchwork::error::Result;
use patchwork::files::source::Single;
use patchwork::pretrained;

/// The notice for images of digits that seem to have rows and columns swapped.
pub fn transposed_notice(images: &Single, orientation: Orientation) -> Result<Option<String>> {
    let (weights, card) = pretrained::digits()?;
    let model = (&weights, card.class_names.as_slice());
    subject::transposed_notice(model, images, orientation, &device::cpu().device)
}
