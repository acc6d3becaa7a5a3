//! Patch embedding: images to tokens, through a stem of convolutions if there is one.
//!
//! Maps are channels-last, `[images, side, side, channels]`, so that a convolution is a matrix product of
//! its windows, unfolded into rows, with its kernel. The kernel must then be in the order of a window's
//! numbers: [`pack`] and [`unpack`] convert it, once per batch.

use crate::geometry::{fold, unfold};
use crate::layer::{linear, linear_backward, weights_of_linear};
use crate::math;
use crate::scratch::Scratch;
use crate::shape::{Convolution, EmbeddingParts, EmbeddingShape, Linear};

/// The value of a background pixel, with which an image is padded.
pub const PAPER: f32 = -1.0;

/// The weights with their kernels as `[side, side, input, output]`.
pub fn pack(shape: &EmbeddingShape, weights: &[f32]) -> Vec<f32> {
    let mut packed = weights.to_vec();
    places(&shape.parts()).for_each(|(there, here)| packed[there] = weights[here]);
    packed
}

/// The inverse of [`pack`], for the gradient.
pub fn unpack(shape: &EmbeddingShape, packed: &[f32]) -> Vec<f32> {
    let mut weights = packed.to_vec();
    places(&shape.parts()).for_each(|(there, here)| weights[here] = packed[there]);
    weights
}

/// The packed and the unpacked index of each kernel element.
fn places(parts: &EmbeddingParts) -> impl Iterator<Item = (usize, usize)> {
    parts.convolutions.iter().flat_map(|Convolution { channels, window, layer, .. }| {
        let (start, outputs, area) = (layer.matrix.start, layer.bias.len(), window * window);
        (0..layer.matrix.len()).map(move |here| {
            let (output, channel, place) =
                (here / area / channels, here / area % channels, here % area);
            (start + (place * channels + channel) * outputs + output, start + here)
        })
    })
}

/// Embeds some images as tokens.
///
/// # Shapes
/// - packed: `[parameters]`, see [`EmbeddingShape::parameters`] and [`pack`]
/// - images: `[images, image, image]`
/// - tokens: `[images, tokens, width]`, written
pub fn forward(shape: &EmbeddingShape, packed: &[f32], images: &[f32], tokens: &mut [f32]) {
    let parts = shape.parts();
    let size = shape.tokens() * shape.width();
    let patches = shape.grid * shape.grid * shape.width();
    let mut projected = Scratch::of(tokens.len() / size * patches);
    let Seen { windows, .. } = Seen::of(&parts, packed, padded(shape, images));
    if let Some((last, windows)) = windows.last() {
        linear(&last.layer, packed, windows, &mut projected);
    }
    for (tokens, projected) in tokens.chunks_exact_mut(size).zip(projected.chunks_exact(patches)) {
        let (front, rest) = tokens.split_at_mut(size - patches);
        if let Some(range) = &parts.front {
            front.copy_from_slice(&packed[range.clone()]);
        }
        rest.copy_from_slice(projected);
        if let Some(range) = &parts.positions {
            math::add(tokens, &packed[range.clone()]);
        }
    }
}

/// The gradient of the weights from that of the tokens of some images.
///
/// # Shapes
/// - packed, images: as in [`forward`]
/// - gradient: `[images, tokens, width]`
/// - sums: `[parameters]`, packed, added to
pub fn backward(
    shape: &EmbeddingShape,
    packed: &[f32],
    images: &[f32],
    gradient: &[f32],
    sums: &mut [f32],
) {
    let parts = shape.parts();
    let size = shape.tokens() * shape.width();
    let patches = shape.grid * shape.grid * shape.width();
    let mut for_made = Scratch::of(gradient.len() / size * patches);
    for (to, gradient) in for_made.chunks_exact_mut(patches).zip(gradient.chunks_exact(size)) {
        let (front, rest) = gradient.split_at(size - patches);
        if let Some(range) = &parts.positions {
            math::add(&mut sums[range.clone()], gradient);
        }
        if let Some(range) = &parts.front {
            math::add(&mut sums[range.clone()], front);
        }
        to.copy_from_slice(rest);
    }
    let Seen { windows, mut slopes } = Seen::of(&parts, packed, padded(shape, images));
    for (convolution, windows) in windows.iter().rev() {
        let layer = &convolution.layer;
        let Some(slopes) = slopes.pop() else {
            return weights_of_linear(layer, windows, &for_made, sums);
        };
        let mut for_windows = Scratch::of(windows.len());
        linear_backward(layer, packed, windows, &for_made, &mut for_windows, sums);
        for_made = Scratch::zeroed(slopes.len());
        fold(&convolution.geometry(), convolution.channels, &for_windows, &mut for_made);
        math::multiply(&mut for_made, &slopes);
    }
}

/// The inputs of the convolutions for some images, the first convolution first.
struct Seen<'a> {
    /// Each with its unfolded windows, `[places, numbers of a window]`.
    windows: Vec<(&'a Convolution, Scratch)>,
    /// The derivatives of the GELU after each stem convolution, `[places, channels]`.
    slopes: Vec<Scratch>,
}

impl<'a> Seen<'a> {
    fn of(parts: &'a EmbeddingParts, packed: &[f32], mut map: Scratch) -> Self {
        let mut seen = Self { windows: Vec::new(), slopes: Vec::new() };
        for convolution in &parts.convolutions {
            if let Some((last, windows)) = seen.windows.last() {
                let (made, slopes) = activated(&last.layer, packed, windows);
                map = made;
                seen.slopes.push(slopes);
            }
            let windows = unfold(&convolution.geometry(), convolution.channels, &map);
            seen.windows.push((convolution, windows));
        }
        seen
    }
}

/// The output of a convolution followed by GELU, `[places, channels]`, from its windows, and the GELU's
/// derivatives.
fn activated(layer: &Linear, packed: &[f32], windows: &[f32]) -> (Scratch, Scratch) {
    let mut values = Scratch::of(windows.len() / layer.inputs() * layer.bias.len());
    let mut slopes = Scratch::of(values.len());
    linear(layer, packed, windows, &mut values);
    math::gelu(&mut values, &mut slopes);
    (values, slopes)
}

/// Images padded with background, `[images, side, side]`.
fn padded(shape: &EmbeddingShape, images: &[f32]) -> Scratch {
    let (image, before, side) = (shape.image, shape.before(), shape.side());
    let mut out = Scratch::of(images.len() / (image * image) * side * side);
    out.fill(PAPER);
    for (out, pixels) in out.chunks_exact_mut(side * side).zip(images.chunks_exact(image * image)) {
        let rows = out.chunks_exact_mut(side).skip(before).zip(pixels.chunks_exact(image));
        rows.for_each(|(out, row)| out[before..before + image].copy_from_slice(row));
    }
    out
}
