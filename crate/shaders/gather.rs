//! Assembles a batch from images that a device holds as bytes: gathered, augmented and scaled in
//! one kernel.

use cubecl::client::Client;
use cubecl::prelude::*;
use cubecl::server::Handle;

use crate::buffer::buffer;
use crate::grid::cube_count;

/// Units of a cube.
const UNITS: u32 = 256;
/// Numbers of an affine map: a matrix and a shift.
const AFFINE: usize = 6;

/// A batch on a device.
pub struct Gather {
    /// The device.
    pub client: Client,
    /// The sizes of the images and of their augmentation.
    pub shape: GatherShape,
    /// Images of the batch.
    pub images: usize,
}

/// The sizes of images and of the plan for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GatherShape {
    /// Pixels per side.
    pub side: usize,
    /// Words that hold the bytes of an image, four in each.
    pub words: usize,
    /// Numbers per image in the plan: its index alone, with an affine map, or with an elastic
    /// field, too.
    pub plan: usize,
    /// Cells of the elastic field in each direction.
    pub cells: usize,
}

impl GatherShape {
    /// Control points of the elastic field in each direction.
    fn controls(&self) -> usize {
        self.cells + 3
    }
}

/// A pixel of an image whose words start at `start`, from 0 (background) to 255; background outside the
/// frame.
#[cube]
fn pixel(bytes: &[u32], start: usize, column: i32, row: i32, #[comptime] side: usize) -> f32 {
    let limit = comptime!(side as i32);
    let inside = column >= 0 && row >= 0 && column < limit && row < limit;
    let place = select(inside, row * limit + column, 0) as usize;
    let byte = (bytes[start + place / 4] >> ((place % 4) as u32 * 8)) & 255u32;
    select(inside, f32::cast_from(byte), 0.0f32)
}

/// The bilinear mean of the four pixels around a point; background outside the frame.
#[cube]
fn sample(bytes: &[u32], start: usize, x: f32, y: f32, #[comptime] side: usize) -> f32 {
    let beyond = comptime!(side as f32);
    let seen = x > -1.0f32 && y > -1.0f32 && x < beyond && y < beyond;
    let x = select(seen, x, 0.0f32);
    let y = select(seen, y, 0.0f32);
    let (column, row) = (i32::cast_from(x.floor()), i32::cast_from(y.floor()));
    let (right, down) = (x - x.floor(), y - y.floor());
    let first = pixel(bytes, start, column, row, side);
    let second = pixel(bytes, start, column + 1, row, side);
    let upper = first + right * (second - first);
    let first = pixel(bytes, start, column, row + 1, side);
    let second = pixel(bytes, start, column + 1, row + 1, side);
    let lower = first + right * (second - first);
    select(seen, upper + down * (lower - upper), 0.0f32)
}

/// The weights of the four control points around a point in a uniform cubic B-spline; `t` runs from 0 to 1
/// between the middle two.
#[cube]
fn weights(t: f32) -> Array<f32> {
    let mut weights = Array::<f32>::new(4usize);
    let rest = 1.0f32 - t;
    weights[0] = rest * rest * rest / 6.0f32;
    weights[1] = (t * t * (3.0f32 * t - 6.0f32) + 4.0f32) / 6.0f32;
    weights[2] = (t * (t * (3.0f32 - 3.0f32 * t) + 3.0f32) + 1.0f32) / 6.0f32;
    weights[3] = t * t * t / 6.0f32;
    weights
}

/// The value at a pixel of an image after its augmentation, whose numbers start at `first`.
#[cube]
fn deformed(
    bytes: &[u32],
    start: usize,
    plan: &[f32],
    first: usize,
    column: u32,
    row: u32,
    #[comptime] shape: GatherShape,
) -> f32 {
    let middle = comptime!((shape.side as f32 - 1.0) / 2.0);
    let right = f32::cast_from(column) - middle - plan[first + 4];
    let down = f32::cast_from(row) - middle - plan[first + 5];
    let mut x = plan[first] * right + plan[first + 1] * down + middle;
    let mut y = plan[first + 2] * right + plan[first + 3] * down + middle;
    if comptime!(shape.plan > 1 + AFFINE) {
        let scale = comptime!(shape.cells as f32 / shape.side as f32);
        let along = (f32::cast_from(column) + 0.5f32) * scale;
        let across = (f32::cast_from(row) + 0.5f32) * scale;
        let last = comptime!(shape.cells as u32 - 1);
        let cell_x = min(u32::cast_from(along), last);
        let cell_y = min(u32::cast_from(across), last);
        let by_column = weights(along - f32::cast_from(cell_x));
        let by_row = weights(across - f32::cast_from(cell_y));
        #[unroll]
        for i in 0..4usize {
            #[unroll]
            for j in 0..4usize {
                let control = (cell_y as usize + i) * shape.controls() + cell_x as usize + j;
                let control = first + AFFINE + 2 * control;
                let weight = by_row[i] * by_column[j];
                x += weight * plan[control];
                y += weight * plan[control + 1];
            }
        }
    }
    sample(bytes, start, x, y, shape.side)
}

/// Gathers the batch; one unit per pixel.
///
/// # Shapes
/// - bytes: `[all images, words]`
/// - plan: `[images, plan]`
/// - out: `[images, side, side]`, from -1 (background) to 1, written
#[cube(launch_unchecked)]
fn gather(
    bytes: &[u32],
    plan: &[f32],
    out: &mut [f32],
    images: u32,
    #[comptime] shape: GatherShape,
) {
    let (side, area) = comptime!((shape.side, shape.side * shape.side));
    if ABSOLUTE_POS >= images as usize * area {
        terminate!();
    }
    let (image, place) = (ABSOLUTE_POS / area, ABSOLUTE_POS % area);
    let (row, column) = ((place / side) as u32, (place % side) as u32);
    let first = image * shape.plan;
    let start = u32::cast_from(plan[first]) as usize * shape.words;
    let value = if comptime!(shape.plan == 1) {
        pixel(bytes, start, column as i32, row as i32, side)
    } else {
        deformed(bytes, start, plan, first + 1, column, row, shape)
    };
    out[ABSOLUTE_POS] = value / 127.5f32 - 1.0f32;
}

impl Gather {
    /// Writes the batch to `out`, `[images, side, side]`.
    ///
    /// # Shapes
    /// - bytes: `[all images, words]`, 32-bit words
    /// - plan (index, then affine map and control points, see [`GatherShape::plan`]): `[images, plan]`
    pub fn run(&self, bytes: Handle, plan: Handle, out: Handle) {
        let pixels = self.images * self.shape.side.pow(2);
        // SAFETY: units stay within the batch; the caller ensures that every index is that of an image.
        unsafe {
            gather::launch_unchecked(
                &self.client,
                cube_count(pixels, UNITS),
                CubeDim::new_1d(UNITS),
                buffer(bytes, self.shape.words),
                buffer(plan, self.images * self.shape.plan),
                buffer(out, pixels),
                self.images as u32,
                self.shape,
            );
        }
    }
}
