//! Pixels as PNG.

use crate::error::{Error, ErrorKind, Result};

/// A square grey image of `side` pixels as PNG, 8-bit grey.
///
/// # Errors
/// If the pixels are not `side` × `side`.
pub(super) fn grey_png(side: usize, pixels: &[u8]) -> Result<Vec<u8>> {
    let size = u32::try_from(side).map_err(|_| failed("an image too wide for PNG"))?;
    encode((size, size), png::ColorType::Grayscale, pixels)
}

/// Pixels as PNG, 8 bits per channel.
///
/// # Errors
/// If their number does not match the size.
pub(super) fn encode(
    (width, height): (u32, u32),
    colour: png::ColorType,
    data: &[u8],
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    // Marks the pictures as ours, so that the program replaces no others.
    encoder
        .add_text_chunk("Software".into(), "Patchwork".into())
        .and_then(|()| encoder.write_header())
        .and_then(|mut writer| {
            writer.write_image_data(data)?;
            writer.finish()
        })
        .map_err(|error| failed(format!("a PNG cannot be written: {error}")).because(error))?;
    Ok(bytes)
}

fn failed(problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::File, problem)
}
