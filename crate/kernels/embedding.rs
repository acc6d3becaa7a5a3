//! Patch embedding: images to tokens, through a stem of two convolutions where there is one.
//!
//! Maps have their channels last, `[images, side, side, channels]`, so that a convolution is a product: its
//! windows, unfolded into rows, times its kernel. The kernel's rows must be in the order of a window's
//! numbers then, which [`pack`] and [`unpack`] see to, once for a batch.

use std::ops::Range;

use crate::backward::{linear as linear_backward, weights_of_linear};
use crate::forward::linear;
use crate::math;
use crate::room::Room;
use crate::shape::{Convolution, EmbeddingParts, EmbeddingShape};

/// The value of a pixel of empty paper, with which an image is padded.
pub const PAPER: f32 = -1.0;

/// The weights with their kernels as `[side, side, input, output]`.
pub fn pack(shape: &EmbeddingShape, weights: &[f32]) -> Vec<f32> {
    let mut packed = weights.to_vec();
    places(&shape.parts()).for_each(|(there, here)| packed[there] = weights[here]);
    packed
}

/// The opposite of [`pack`], for the gradient.
pub fn unpack(shape: &EmbeddingShape, packed: &[f32]) -> Vec<f32> {
    let mut weights = packed.to_vec();
    places(&shape.parts()).for_each(|(there, here)| weights[here] = packed[there]);
    weights
}

/// Where the numbers of the kernels lie packed, and where not.
fn places(parts: &EmbeddingParts) -> impl Iterator<Item = (usize, usize)> {
    parts.stem.iter().flatten().chain([&parts.projection]).flat_map(|convolution| {
        let Convolution { input, side, layer } = convolution;
        let (start, outputs, area) = (layer.matrix.start, layer.bias.len(), side * side);
        (0..layer.matrix.len()).map(move |here| {
            let (output, channel, place) = (here / area / input, here / area % input, here % area);
            (start + (place * input + channel) * outputs + output, start + here)
        })
    })
}

/// Turns some images into tokens.
///
/// # Shapes
/// - packed: `[parameters]`, see [`EmbeddingShape::parameters`] and [`pack`]
/// - images: `[images, image, image]`
/// - tokens: `[images, tokens, width]`, written
pub fn forward(shape: &EmbeddingShape, packed: &[f32], images: &[f32], tokens: &mut [f32]) {
    let parts = shape.parts();
    let seen = Seen::of(shape, &parts, packed, images);
    let size = shape.tokens() * shape.width;
    let patches = shape.grid * shape.grid * shape.width;
    let mut projected = Room::of(tokens.len() / size * patches);
    linear(&parts.projection.layer, packed, &seen.patches, &mut projected);
    for (tokens, projected) in tokens.chunks_exact_mut(size).zip(projected.chunks_exact(patches)) {
        let (class_token, rest) = tokens.split_at_mut(size - patches);
        if let Some(range) = &parts.class_token {
            class_token.copy_from_slice(&packed[range.clone()]);
        }
        rest.copy_from_slice(projected);
        math::add(tokens, &packed[parts.positions.clone()]);
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
    let size = shape.tokens() * shape.width;
    let before = size - shape.grid * shape.grid * shape.width;
    let mut for_projected = Vec::with_capacity(gradient.len());
    for gradient in gradient.chunks_exact(size) {
        math::add(&mut sums[parts.positions.clone()], gradient);
        if let Some(range) = &parts.class_token {
            math::add(&mut sums[range.clone()], &gradient[..before]);
        }
        for_projected.extend_from_slice(&gradient[before..]);
    }
    let Seen { patches, stem } = Seen::of(shape, &parts, packed, images);
    let layer = &parts.projection.layer;
    let (Some([first, second]), Some(convolutions)) = (stem, &parts.stem) else {
        return weights_of_linear(layer, &patches, &for_projected, sums);
    };
    let mut for_patches = Room::of(patches.len());
    linear_backward(layer, packed, &patches, &for_projected, &mut for_patches, sums);
    let mut for_values = Windows::patches(shape).fold(&for_patches);
    math::multiply(&mut for_values, &second.slopes);
    let layer = &convolutions[1].layer;
    let mut for_windows = Room::of(second.windows.len());
    linear_backward(layer, packed, &second.windows, &for_values, &mut for_windows, sums);
    let mut for_values = Windows::stem(shape)[1].fold(&for_windows);
    math::multiply(&mut for_values, &first.slopes);
    weights_of_linear(&convolutions[0].layer, &first.windows, &for_values, sums);
}

/// What the layers read of some images.
struct Seen {
    /// `[images · patches, numbers of a patch]`.
    patches: Room,
    stem: Option<[Activated; 2]>,
}

impl Seen {
    fn of(shape: &EmbeddingShape, parts: &EmbeddingParts, packed: &[f32], images: &[f32]) -> Self {
        let map = padded(shape, images);
        let Some(convolutions) = &parts.stem else {
            return Self { patches: Windows::patches(shape).unfold(&map), stem: None };
        };
        let windows = Windows::stem(shape);
        let first = Activated::of(&convolutions[0], packed, windows[0].unfold(&map));
        let second = Activated::of(&convolutions[1], packed, windows[1].unfold(&first.values));
        let patches = Windows::patches(shape).unfold(&second.values);
        Self { patches, stem: Some([first, second]) }
    }
}

/// A convolution with a GELU behind it.
struct Activated {
    /// What it read, `[places, numbers of a window]`.
    windows: Room,
    /// What came of it, `[places, channels]`.
    values: Room,
    /// The GELU's slopes, likewise.
    slopes: Room,
}

impl Activated {
    fn of(convolution: &Convolution, packed: &[f32], windows: Room) -> Self {
        let layer = &convolution.layer;
        let mut values = Room::of(windows.len() / layer.inputs() * layer.bias.len());
        let mut slopes = Room::of(values.len());
        linear(layer, packed, &windows, &mut values);
        math::gelu(&mut values, &mut slopes);
        Self { windows, values, slopes }
    }
}

/// Images in a frame of paper, `[images, side, side]`.
fn padded(shape: &EmbeddingShape, images: &[f32]) -> Room {
    let &EmbeddingShape { image, before, .. } = shape;
    let side = shape.side();
    let mut out = Room::of(images.len() / (image * image) * side * side);
    out.fill(PAPER);
    for (out, pixels) in out.chunks_exact_mut(side * side).zip(images.chunks_exact(image * image)) {
        let rows = out.chunks_exact_mut(side).skip(before).zip(pixels.chunks_exact(image));
        rows.for_each(|(out, row)| out[before..before + image].copy_from_slice(row));
    }
    out
}

/// The windows through which a convolution looks at a map.
struct Windows {
    /// Pixels per side of the map.
    side: usize,
    /// Channels of the map.
    channels: usize,
    /// Pixels per side of a window.
    window: usize,
    /// Pixels from one window to the next.
    stride: usize,
    /// How far the first window begins before the map. What lies outside is 0.
    margin: usize,
}

impl Windows {
    /// Those of the stem's two convolutions.
    fn stem(shape: &EmbeddingShape) -> [Self; 2] {
        let of =
            |channels, stride| Self { side: shape.side(), channels, window: 3, stride, margin: 1 };
        [of(1, 1), of(shape.stem, shape.stride)]
    }

    /// Patches of the image, or of what the stem made of it.
    fn patches(shape: &EmbeddingShape) -> Self {
        let (stride, channels) = match shape.stem {
            0 => (1, 1),
            stem => (shape.stride, 2 * stem),
        };
        let window = shape.patch / stride;
        Self { side: shape.side() / stride, channels, window, stride: window, margin: 0 }
    }

    /// Windows along a side of the map.
    fn count(&self) -> usize {
        (self.side + 2 * self.margin - self.window) / self.stride + 1
    }

    /// The numbers of an image's map.
    fn map(&self) -> usize {
        self.side * self.side * self.channels
    }

    /// The numbers of all windows of an image.
    fn rows(&self) -> usize {
        self.count().pow(2) * self.window.pow(2) * self.channels
    }

    /// The windows of some maps: `[images, side, side, channels]` to `[windows, window, window, channels]`.
    fn unfold(&self, maps: &[f32]) -> Room {
        let mut out = Room::zeroed(maps.len() / self.map() * self.rows());
        for (map, rows) in maps.chunks_exact(self.map()).zip(out.chunks_exact_mut(self.rows())) {
            self.runs(|there, here| rows[here].copy_from_slice(&map[there]));
        }
        out
    }

    /// The gradient of the maps from that of their windows: each number adds up what its windows say.
    fn fold(&self, rows: &[f32]) -> Room {
        let mut out = Room::zeroed(rows.len() / self.rows() * self.map());
        for (map, rows) in out.chunks_exact_mut(self.map()).zip(rows.chunks_exact(self.rows())) {
            self.runs(|there, here| {
                map[there].iter_mut().zip(&rows[here]).for_each(|(sum, value)| *sum += value);
            });
        }
        out
    }

    /// Calls `each` for every row of pixels of every window, but for what lies outside: where it lies in an
    /// image's map, and where in its windows.
    #[inline(always)]
    fn runs(&self, mut each: impl FnMut(Range<usize>, Range<usize>)) {
        let &Self { side, channels, window, stride, margin } = self;
        let inside =
            |start: usize| (margin.saturating_sub(start), window.min(side + margin - start));
        let count = self.count();
        for place in 0..count * count {
            let (top, left) = (place / count * stride, place % count * stride);
            let (first, last) = inside(left);
            let length = (last - first) * channels;
            let (above, below) = inside(top);
            for row in above..below {
                let there = ((top + row - margin) * side + left + first - margin) * channels;
                let here = ((place * window + row) * window + first) * channels;
                each(there..there + length, here..here + length);
            }
        }
    }
}
