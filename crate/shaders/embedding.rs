//! Patch embedding without a stem: an image becomes a row of tokens.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_kernels::EmbeddingShape;

use crate::buffer::buffer;
use crate::forward::{ACROSS, DOWN, ROWS, unit_rows};
use crate::sums::add_parts;

/// Units of a cube that sums gradients.
const UNITS: u32 = 64;
/// Most parts that a gradient is summed in.
const PARTS: usize = 32;
/// The value of a pixel of empty paper.
const PAPER: f32 = -1.0;

/// The patch embedding of some images, on a device.
pub struct Embedding {
    /// The device.
    pub client: Client,
    /// Its sizes; there is no stem.
    pub shape: EmbeddingShape,
    /// Images.
    pub images: usize,
    /// The number format of all buffers.
    pub dtype: ElemType,
}

/// Where the weights begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Places {
    bias: usize,
    class_token: usize,
    positions: usize,
}

fn places(shape: EmbeddingShape) -> Places {
    let parts = shape.parts();
    Places {
        bias: parts.projection.layer.bias.start,
        class_token: parts.class_token.map_or(0, |range| range.start),
        positions: parts.positions.start,
    }
}

/// Tokens before the patches.
fn first_patch(shape: EmbeddingShape) -> usize {
    usize::from(shape.class_token)
}

/// A pixel of a patch; paper beyond the image.
#[cube]
fn pixel<F: Float>(
    images: &[F],
    image: usize,
    patch: usize,
    inner: usize,
    #[comptime] shape: EmbeddingShape,
) -> f32 {
    let (size, side, before) = comptime!((shape.patch, shape.image, shape.before));
    let row = patch / shape.grid * size + inner / size;
    let column = patch % shape.grid * size + inner % size;
    let inside = row >= before
        && row < comptime!(before + side)
        && column >= before
        && column < comptime!(before + side);
    let place = (image * side + row - before) * side + column - before;
    let value = f32::cast_from(images[select(inside, place, 0)]);
    select(inside, value, PAPER)
}

/// # Shapes
/// - images: `[images, side, side]`
/// - weights: `[parameters]`
/// - tokens: `[images, tokens, width]`, written
#[cube(launch_unchecked)]
fn forward<F: Float>(
    images: &[F],
    weights: &[F],
    tokens: &mut [F],
    rows: u32,
    #[comptime] shape: EmbeddingShape,
    #[comptime] places: Places,
    #[define(F)] _dtype: ElemType,
) {
    let column = ABSOLUTE_POS_X as usize;
    if column >= shape.width {
        terminate!();
    }
    let (count, first) = comptime!((shape.tokens(), first_patch(shape)));
    let area = comptime!(shape.patch * shape.patch);
    let rows = unit_rows(rows);
    #[unroll]
    for r in 0..ROWS {
        let row = rows[r];
        let (image, token) = (row / count, row % count);
        let mut sum = f32::cast_from(weights[places.positions + token * shape.width + column]);
        if token >= first {
            sum += f32::cast_from(weights[places.bias + column]);
            for inner in 0..area {
                sum += pixel(images, image, token - first, inner, shape)
                    * f32::cast_from(weights[column * area + inner]);
            }
        } else {
            sum += f32::cast_from(weights[places.class_token + column]);
        }
        tokens[row * shape.width + column] = F::cast_from(sum);
    }
}

/// The sums of the weights' gradient over some images: those of part `CUBE_POS_Y`, a unit a weight.
///
/// # Shapes
/// - images: `[images, side, side]`
/// - gradient: `[images, tokens, width]`
/// - sums: `[parts, parameters]`, written
#[cube(launch_unchecked)]
fn partial<F: Float>(
    images: &[F],
    gradient: &[F],
    sums: &mut [f32],
    count: u32,
    part: u32,
    #[comptime] shape: EmbeddingShape,
    #[comptime] places: Places,
    #[define(F)] _dtype: ElemType,
) {
    let place = ABSOLUTE_POS_X as usize;
    let parameters = comptime!(shape.parameters());
    if place >= parameters {
        terminate!();
    }
    let (width, tokens, first) = comptime!((shape.width, shape.tokens(), first_patch(shape)));
    let area = comptime!(shape.patch * shape.patch);
    let start = CUBE_POS_Y as usize * part as usize;
    let end = start + part as usize;
    let end = select(end < count as usize, end, count as usize);
    let mut sum = 0.0f32;
    if place < places.bias {
        let (column, inner) = (place / area, place % area);
        for image in start..end {
            for patch in 0..comptime!(tokens - first) {
                let slope = gradient[(image * tokens + first + patch) * width + column];
                sum += f32::cast_from(slope) * pixel(images, image, patch, inner, shape);
            }
        }
    } else if place < comptime!(places.bias + width) {
        for image in start..end {
            for patch in 0..comptime!(tokens - first) {
                let place = (image * tokens + first + patch) * width + place - places.bias;
                sum += f32::cast_from(gradient[place]);
            }
        }
    } else {
        // The class token has the gradient of the first position.
        let place =
            select(place < places.positions, place - places.class_token, place - places.positions);
        for image in start..end {
            sum += f32::cast_from(gradient[image * tokens * width + place]);
        }
    }
    sums[CUBE_POS_Y as usize * parameters + ABSOLUTE_POS_X as usize] = sum;
}

impl Embedding {
    fn images(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.images * self.shape.image.pow(2))
    }

    fn tokens(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.images * self.shape.tokens() * self.shape.width)
    }

    /// Turns images into tokens.
    pub fn forward(&self, images: &Handle, weights: &Handle, tokens: &Handle) {
        let rows = self.images * self.shape.tokens();
        let across = self.shape.width.div_ceil(ACROSS as usize);
        let down = rows.div_ceil(DOWN as usize * ROWS);
        // SAFETY: units go no further than the buffers, which are as large as the shapes say.
        unsafe {
            forward::launch_unchecked(
                &self.client,
                CubeCount::Static(across as u32, down as u32, 1),
                CubeDim::new_2d(ACROSS, DOWN),
                self.images(images),
                buffer(weights.clone(), self.shape.parameters()),
                self.tokens(tokens),
                rows as u32,
                self.shape,
                places(self.shape),
                self.dtype,
            );
        }
    }

    /// Runs the gradient of the tokens back to the weights.
    pub fn backward(&self, images: &Handle, gradient: &Handle, for_weights: &Handle) {
        let parameters = self.shape.parameters();
        let part = self.images.div_ceil(PARTS);
        let parts = self.images.div_ceil(part);
        let sums = self.client.empty(parts * parameters * size_of::<f32>());
        let across = parameters.div_ceil(UNITS as usize);
        // SAFETY: units go no further than the buffers, which are as large as the shapes say.
        unsafe {
            partial::launch_unchecked(
                &self.client,
                CubeCount::Static(across as u32, parts as u32, 1),
                CubeDim::new_1d(UNITS),
                self.images(images),
                self.tokens(gradient),
                buffer(sums.clone(), parts * parameters),
                self.images as u32,
                part as u32,
                self.shape,
                places(self.shape),
                self.dtype,
            );
        }
        add_parts(&self.client, &sums, for_weights, parts, parameters, self.dtype);
    }
}
