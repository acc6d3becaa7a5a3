//! The head: the final norm, pooling, and the linear layer to the classes. A cube handles one image.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_arch::HeadArrays;
use patchwork_kernels::{EPSILON, HeadShape};

use crate::buffer::buffer;
use crate::grid::{cube_count, cubes};

/// Units of a cube.
const UNITS: u32 = 64;
/// The most numbers in a cube's shared memory: 16 KiB, which every adapter has.
const SHARED: usize = 4096;

/// The head on some images, on a device.
pub struct Head {
    /// The device.
    pub client: Client,
    /// The head's sizes.
    pub shape: HeadShape,
    /// Images.
    pub images: usize,
    /// The number format of all buffers.
    pub dtype: ElemType,
}

/// The offsets of the head's weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Places {
    scale: usize,
    shift: usize,
    matrix: usize,
    bias: usize,
}

fn places(shape: HeadShape) -> Places {
    let HeadArrays { norm, classifier, .. } = shape.parts();
    Places {
        scale: norm.scale.start,
        shift: norm.shift.start,
        matrix: classifier.matrix.start,
        bias: classifier.bias.start,
    }
}

/// The image of a cube; clamped to the last.
#[cube]
fn own_image(images: u32) -> usize {
    select(CUBE_POS < images as usize, CUBE_POS, images as usize - 1)
}

/// Mean and reciprocal deviation of each input token, `[read, 2]`.
#[cube]
fn statistics<F: Float>(tokens: &[F], image: usize, #[comptime] shape: HeadShape) -> Shared<[f32]> {
    let width = shape.width;
    let mut known = Shared::<[f32]>::new_slice(comptime!(2 * shape.read()));
    for token in range_stepped(UNIT_POS as usize, comptime!(shape.read()), UNITS as usize) {
        let row = (image * shape.tokens + token) * width;
        let mut sum = 0.0f32;
        for k in 0..width {
            sum += f32::cast_from(tokens[row + k]);
        }
        let mean = sum / comptime!(width as f32);
        let mut squares = 0.0f32;
        for k in 0..width {
            let off = f32::cast_from(tokens[row + k]) - mean;
            squares += off * off;
        }
        known[2 * token] = mean;
        known[2 * token + 1] = 1.0f32 / (squares / comptime!(width as f32) + EPSILON).sqrt();
    }
    sync_cube();
    known
}

/// The mean over the input tokens of their normalised values, at one position.
#[cube]
fn mean_normal<F: Float>(
    tokens: &[F],
    known: &Shared<[f32]>,
    image: usize,
    k: usize,
    #[comptime] shape: HeadShape,
) -> f32 {
    let mut sum = 0.0f32;
    for token in 0..comptime!(shape.read()) {
        let row = (image * shape.tokens + token) * shape.width;
        sum += (f32::cast_from(tokens[row + k]) - known[2 * token]) * known[2 * token + 1];
    }
    sum / comptime!(shape.read() as f32)
}

/// Computes the logits.
///
/// # Shapes
/// - tokens: `[images, tokens, width]`
/// - weights: `[parameters]`
/// - logits: `[images, classes]`, written
#[cube(launch_unchecked)]
fn forward<F: Float>(
    tokens: &[F],
    weights: &[F],
    logits: &mut [F],
    images: u32,
    #[comptime] shape: HeadShape,
    #[comptime] places: Places,
    #[define(F)] _dtype: ElemType,
) {
    let image = own_image(images);
    let known = statistics(tokens, image, shape);
    let mut pooled = Shared::<[f32]>::new_slice(shape.width);
    for k in range_stepped(UNIT_POS as usize, shape.width, UNITS as usize) {
        let normal = mean_normal(tokens, &known, image, k, shape);
        pooled[k] = normal * f32::cast_from(weights[places.scale + k])
            + f32::cast_from(weights[places.shift + k]);
    }
    sync_cube();
    for class in range_stepped(UNIT_POS as usize, shape.classes, UNITS as usize) {
        let mut score = f32::cast_from(weights[places.bias + class]);
        for k in 0..shape.width {
            score += pooled[k] * f32::cast_from(weights[places.matrix + k * shape.classes + class]);
        }
        logits[image * shape.classes + class] = F::cast_from(score);
    }
}

/// The gradient of the tokens; and for that of the weights, the pooled values before scale and shift
/// with the gradient of those after.
///
/// # Shapes
/// - tokens, out (written): `[images, tokens, width]`
/// - gradient: `[images, classes]`
/// - pooled: `[images, 2, width]`, written
#[cube(launch_unchecked)]
fn backward<F: Float>(
    tokens: &[F],
    weights: &[F],
    gradient: &[F],
    out: &mut [F],
    pooled: &mut [f32],
    images: u32,
    #[comptime] shape: HeadShape,
    #[comptime] places: Places,
    #[define(F)] _dtype: ElemType,
) {
    let image = own_image(images);
    let width = shape.width;
    let known = statistics(tokens, image, shape);
    let mut slopes = Shared::<[f32]>::new_slice(width);
    for k in range_stepped(UNIT_POS as usize, width, UNITS as usize) {
        let mut slope = 0.0f32;
        for class in 0..shape.classes {
            slope += f32::cast_from(gradient[image * shape.classes + class])
                * f32::cast_from(weights[places.matrix + k * shape.classes + class]);
        }
        pooled[2 * image * width + k] = mean_normal(tokens, &known, image, k, shape);
        pooled[(2 * image + 1) * width + k] = slope;
        slopes[k] =
            slope * f32::cast_from(weights[places.scale + k]) / comptime!(shape.read() as f32);
    }
    sync_cube();
    for token in range_stepped(UNIT_POS as usize, shape.tokens, UNITS as usize) {
        let row = (image * shape.tokens + token) * width;
        if token < comptime!(shape.read()) {
            let (mean, inverse) = (known[2 * token], known[2 * token + 1]);
            let mut sum = 0.0f32;
            let mut along = 0.0f32;
            for k in 0..width {
                sum += slopes[k];
                along += slopes[k] * (f32::cast_from(tokens[row + k]) - mean) * inverse;
            }
            let (sum, along) = (sum / comptime!(width as f32), along / comptime!(width as f32));
            for k in 0..width {
                let normal = (f32::cast_from(tokens[row + k]) - mean) * inverse;
                out[row + k] = F::cast_from(inverse * (slopes[k] - sum - along * normal));
            }
        } else {
            for k in 0..width {
                out[row + k] = F::cast_from(0.0f32);
            }
        }
    }
}

/// The gradient of the weights, one unit per weight.
///
/// # Shapes
/// - pooled: as [`backward()`] wrote it
/// - gradient: `[images, classes]`
/// - out: `[parameters]`, written
#[cube(launch_unchecked)]
fn weights<F: Float>(
    pooled: &[f32],
    weights: &[F],
    gradient: &[F],
    out: &mut [F],
    images: u32,
    #[comptime] shape: HeadShape,
    #[comptime] places: Places,
    #[define(F)] _dtype: ElemType,
) {
    let place = ABSOLUTE_POS;
    let width = shape.width;
    if place >= comptime!(shape.parameters()) {
        terminate!();
    }
    let mut sum = 0.0f32;
    if place < places.matrix {
        let k = place % width;
        for image in 0..images as usize {
            let slope = pooled[(2 * image + 1) * width + k];
            sum += select(place < places.shift, slope * pooled[2 * image * width + k], slope);
        }
    } else if place < places.bias {
        let (k, class) =
            ((place - places.matrix) / shape.classes, (place - places.matrix) % shape.classes);
        let scale = f32::cast_from(weights[places.scale + k]);
        let shift = f32::cast_from(weights[places.shift + k]);
        for image in 0..images as usize {
            let value = pooled[2 * image * width + k] * scale + shift;
            sum += value * f32::cast_from(gradient[image * shape.classes + class]);
        }
    } else {
        for image in 0..images as usize {
            sum += f32::cast_from(gradient[image * shape.classes + place - places.bias]);
        }
    }
    out[place] = F::cast_from(sum);
}

impl Head {
    /// Whether the head is small enough for a cube.
    pub fn fits(shape: &HeadShape) -> bool {
        2 * shape.read() + shape.width <= SHARED
    }

    fn tokens(&self, handle: Handle) -> BufferArg {
        buffer(handle, self.images * self.shape.tokens * self.shape.width)
    }

    fn logits(&self, handle: Handle) -> BufferArg {
        buffer(handle, self.images * self.shape.classes)
    }

    fn weights(&self, handle: Handle) -> BufferArg {
        buffer(handle, self.shape.parameters())
    }

    fn grid(&self) -> (CubeCount, CubeDim) {
        (cubes(self.images), CubeDim::new_1d(UNITS))
    }

    /// Computes `logits` `[images, classes]` from `tokens` `[images, tokens, width]`.
    pub fn forward(&self, tokens: Handle, weights: Handle, logits: Handle) {
        let (count, units) = self.grid();
        // SAFETY: cubes and units match the sizes of the buffers.
        unsafe {
            forward::launch_unchecked(
                &self.client,
                count,
                units,
                self.tokens(tokens),
                self.weights(weights),
                self.logits(logits),
                self.images as u32,
                self.shape,
                places(self.shape),
                self.dtype,
            );
        }
    }

    /// Backpropagates the gradient of the logits to tokens and weights.
    pub fn backward(
        &self,
        tokens: Handle,
        weights: Handle,
        gradient: Handle,
        for_tokens: Handle,
        for_weights: Handle,
    ) {
        let (count, units) = self.grid();
        let numbers = 2 * self.images * self.shape.width;
        let pooled = self.client.empty(numbers * size_of::<f32>());
        // SAFETY: cubes and units match the sizes of the buffers.
        unsafe {
            backward::launch_unchecked(
                &self.client,
                count,
                units,
                self.tokens(tokens),
                self.weights(weights.clone()),
                self.logits(gradient.clone()),
                self.tokens(for_tokens),
                buffer(pooled.clone(), numbers),
                self.images as u32,
                self.shape,
                places(self.shape),
                self.dtype,
            );
            weights::launch_unchecked(
                &self.client,
                cube_count(self.shape.parameters(), UNITS),
                CubeDim::new_1d(UNITS),
                buffer(pooled, numbers),
                self.weights(weights),
                self.logits(gradient),
                self.weights(for_weights),
                self.images as u32,
                self.shape,
                places(self.shape),
                self.dtype,
            );
        }
    }
}
