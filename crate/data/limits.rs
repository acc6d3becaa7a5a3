//! Limits on what a file may demand: image sizes and memory.

use crate::error::{Error, Result};

/// The fewest pixels per side of an image.
pub const MIN_SIDE: usize = 4;

/// The most pixels per side of an image.
pub const MAX_SIDE: usize = 256;

/// The largest step a buffer grows by.
const STEP: usize = 16 << 20;

/// The error for square images that are too small or too large.
pub(super) fn side_error(side: u64) -> Error {
    let limit = if side < MIN_SIDE as u64 {
        format!("smaller than {MIN_SIDE}×{MIN_SIDE}")
    } else {
        format!("larger than {MAX_SIDE}×{MAX_SIDE}")
    };
    Error::data(format!("{side}×{side} images are {limit}"))
        .help(format!("Use images of {MIN_SIDE} to {MAX_SIDE} pixels per side"))
}

/// Reserves `more` bytes. Doubles small buffers and adds [`STEP`] to large ones, so that the peak
/// stays near the size of the data.
///
/// # Errors
/// If memory does not suffice.
pub(super) fn reserve(buffer: &mut Vec<u8>, more: usize) -> Result<()> {
    if buffer.capacity() - buffer.len() >= more {
        return Ok(());
    }
    let step = buffer.len().clamp(4096, STEP).max(more);
    buffer.try_reserve_exact(step).map_err(|_| {
        Error::data(format!("not enough memory after {} MB of pixels", buffer.len() >> 20))
            .help("Use a file with fewer images")
    })
}
