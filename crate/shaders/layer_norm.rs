//! LayerNorm (Ba et al. 2016) with separate scale and shift arrays, forward and backward. Several units share a
//! row.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;
use patchwork_kernels::EPSILON;

use crate::buffer::{buffer, vector};
use crate::grid::{cube_count, cube_number};
use crate::math::sum;
use crate::norm::{CUBE_ROWS, SHARERS};
use crate::sums::{Parts, add_both};

/// Units of a cube that sums gradients; each holds a vector of columns.
const SUMS_UNITS: u32 = 64;

/// A LayerNorm of some rows, on a device.
pub struct LayerNorm {
    /// The device.
    pub client: Client,
    /// Rows of all images.
    pub rows: usize,
    /// Numbers of a row.
    pub width: usize,
    /// The number format of all buffers.
    pub dtype: ElemType,
}

/// The row of a unit, clamped to the last row.
#[cube]
fn own_row(rows: u32) -> usize {
    let row = cube_number() * comptime!(CUBE_ROWS as usize) + UNIT_POS_Y as usize;
    select(row < rows as usize, row, rows as usize - 1)
}

/// The sum of the values of the units that share a row.
#[cube]
fn row_sum(own: f32) -> f32 {
    let mut shared = Shared::<[f32]>::new_slice((SHARERS * CUBE_ROWS) as usize);
    shared[UNIT_POS as usize] = own;
    sync_cube();
    let mut sum = 0.0f32;
    #[unroll]
    for sharer in 0..SHARERS as usize {
        sum += shared[UNIT_POS_Y as usize * SHARERS as usize + sharer];
    }
    sum
}

/// The mean of a row.
#[cube]
fn mean<F: Float, N: Size>(rows: &[Vector<F, N>], row: usize, #[comptime] width: usize) -> f32 {
    let n = N::value();
    let size = comptime!(width / n);
    let mut part = Vector::<f32, N>::new(0.0f32);
    for k in range_stepped(UNIT_POS_X as usize, size, SHARERS as usize) {
        part += Vector::cast_from(rows[row * size + k]);
    }
    row_sum(sum(part)) / comptime!(width as f32)
}

/// The reciprocal deviation of a row with this mean.
#[cube]
fn inverse<F: Float, N: Size>(
    rows: &[Vector<F, N>],
    row: usize,
    mean: f32,
    #[comptime] width: usize,
) -> f32 {
    let n = N::value();
    let size = comptime!(width / n);
    let mut squares = Vector::<f32, N>::new(0.0f32);
    for k in range_stepped(UNIT_POS_X as usize, size, SHARERS as usize) {
        let off = Vector::<f32, N>::cast_from(rows[row * size + k]) - Vector::new(mean);
        squares += off * off;
    }
    let variance = row_sum(sum(squares)) / comptime!(width as f32);
    1.0f32 / (variance + EPSILON).sqrt()
}

/// Normalises rows.
///
/// # Shapes
/// - rows, out (written): `[rows, width]`
/// - scale, shift: `[width]`
#[cube(launch_unchecked)]
fn forward<F: Float, N: Size>(
    rows: &[Vector<F, N>],
    scale: &[Vector<F, N>],
    shift: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    count: u32,
    #[comptime] width: usize,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(width / n);
    let row = own_row(count);
    let mean = mean(rows, row, width);
    let inverse = Vector::<f32, N>::new(inverse(rows, row, mean, width));
    for k in range_stepped(UNIT_POS_X as usize, size, SHARERS as usize) {
        let place = row * size + k;
        let normal = (Vector::<f32, N>::cast_from(rows[place]) - Vector::new(mean)) * inverse;
        let value = normal * Vector::cast_from(scale[k]) + Vector::cast_from(shift[k]);
        out[place] = Vector::cast_from(value);
    }
}

/// The gradient of the rows. Also writes their mean and reciprocal deviation for the other gradients.
///
/// # Shapes
/// - rows, gradient, out (written): `[rows, width]`
/// - scale: `[width]`
/// - statistics: `[rows, 2]`, written
#[cube(launch_unchecked)]
fn rows_backward<F: Float, N: Size>(
    rows: &[Vector<F, N>],
    scale: &[Vector<F, N>],
    gradient: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    statistics: &mut [f32],
    count: u32,
    #[comptime] width: usize,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(width / n);
    let row = own_row(count);
    let mean = mean(rows, row, width);
    let inverse = inverse(rows, row, mean, width);
    if UNIT_POS_X == 0 {
        statistics[2 * row] = mean;
        statistics[2 * row + 1] = inverse;
    }
    let (mean, inverse) = (Vector::<f32, N>::new(mean), Vector::<f32, N>::new(inverse));
    let mut total = Vector::<f32, N>::new(0.0f32);
    let mut along = Vector::<f32, N>::new(0.0f32);
    for k in range_stepped(UNIT_POS_X as usize, size, SHARERS as usize) {
        let place = row * size + k;
        let slope = Vector::<f32, N>::cast_from(gradient[place]) * Vector::cast_from(scale[k]);
        total += slope;
        along += slope * (Vector::cast_from(rows[place]) - mean) * inverse;
    }
    let total = Vector::<f32, N>::new(row_sum(sum(total)) / comptime!(width as f32));
    let along = Vector::<f32, N>::new(row_sum(sum(along)) / comptime!(width as f32));
    for k in range_stepped(UNIT_POS_X as usize, size, SHARERS as usize) {
        let place = row * size + k;
        let slope = Vector::<f32, N>::cast_from(gradient[place]) * Vector::cast_from(scale[k]);
        let normal = (Vector::<f32, N>::cast_from(rows[place]) - mean) * inverse;
        out[place] = Vector::cast_from(inverse * (slope - total - along * normal));
    }
}

/// The gradients of scale and shift, each summed over a part of the rows.
///
/// # Shapes
/// - rows, gradient: `[rows, width]`
/// - statistics: `[rows, 2]`, as [`rows_backward()`] wrote them
/// - sums: `[parts, 2, width]`, written
#[cube(launch_unchecked)]
fn affine_backward<F: Float, N: Size>(
    rows: &[Vector<F, N>],
    gradient: &[Vector<F, N>],
    statistics: &[f32],
    sums: &mut [Vector<f32, N>],
    count: u32,
    part: u32,
    #[comptime] width: usize,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(width / n);
    let column = (CUBE_POS_X * SUMS_UNITS + UNIT_POS_X) as usize;
    if column >= size {
        terminate!();
    }
    let start = CUBE_POS_Y as usize * part as usize;
    let end = min(start + part as usize, count as usize);
    let mut for_scale = Vector::<f32, N>::new(0.0f32);
    let mut for_shift = Vector::<f32, N>::new(0.0f32);
    for row in start..end {
        let slope = Vector::<f32, N>::cast_from(gradient[row * size + column]);
        let off = Vector::<f32, N>::cast_from(rows[row * size + column])
            - Vector::new(statistics[2 * row]);
        for_scale += slope * off * Vector::new(statistics[2 * row + 1]);
        for_shift += slope;
    }
    let to = CUBE_POS_Y as usize * comptime!(2 * size) + column;
    sums[to] = for_scale;
    sums[to + size] = for_shift;
}

impl LayerNorm {
    fn vector(&self) -> usize {
        vector(&[self.width])
    }

    fn grid(&self) -> (CubeCount, CubeDim) {
        let cubes = self.rows.div_ceil(CUBE_ROWS as usize);
        (cube_count(cubes, 1), CubeDim::new_2d(SHARERS, CUBE_ROWS))
    }

    fn rows(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.rows * self.width)
    }

    fn row(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.width)
    }

    /// Writes the normalised rows to `out`, `[rows, width]`.
    pub fn forward(&self, rows: &Handle, scale: &Handle, shift: &Handle, out: &Handle) {
        let (cubes, units) = self.grid();
        // SAFETY: units access only existing rows.
        unsafe {
            forward::launch_unchecked(
                &self.client,
                cubes,
                units,
                self.vector(),
                self.rows(rows),
                self.row(scale),
                self.row(shift),
                self.rows(out),
                self.rows as u32,
                self.width,
                self.dtype,
            );
        }
    }

    /// Writes the gradients of rows `[rows, width]`, scale and shift `[width]` to `out`.
    pub fn backward(&self, rows: &Handle, scale: &Handle, gradient: &Handle, out: [&Handle; 3]) {
        let [for_rows, for_scale, for_shift] = out;
        let statistics = self.client.empty(2 * self.rows * size_of::<f32>());
        let (cubes, units) = self.grid();
        // SAFETY: units access only existing rows.
        unsafe {
            rows_backward::launch_unchecked(
                &self.client,
                cubes,
                units,
                self.vector(),
                self.rows(rows),
                self.row(scale),
                self.rows(gradient),
                self.rows(for_rows),
                buffer(statistics.clone(), 2 * self.rows),
                self.rows as u32,
                self.width,
                self.dtype,
            );
        }
        self.affine_backward(rows, gradient, &statistics, [for_scale, for_shift]);
    }

    fn affine_backward(
        &self,
        rows: &Handle,
        gradient: &Handle,
        statistics: &Handle,
        out: [&Handle; 2],
    ) {
        let all = 2 * self.width;
        let parts = Parts::new(self.rows);
        let sums = self.client.empty(parts.count * all * size_of::<f32>());
        let cubes = ((self.width / self.vector()) as u32).div_ceil(SUMS_UNITS);
        // SAFETY: units sum only existing columns and rows.
        unsafe {
            affine_backward::launch_unchecked(
                &self.client,
                CubeCount::Static(cubes, parts.count as u32, 1),
                CubeDim::new_1d(SUMS_UNITS),
                self.vector(),
                self.rows(rows),
                self.rows(gradient),
                buffer(statistics.clone(), 2 * self.rows),
                buffer(sums.clone(), parts.count * all),
                self.rows as u32,
                parts.rows as u32,
                self.width,
                self.dtype,
            );
        }
        add_both(&self.client, &sums, out.map(Some), parts.count, [self.width; 2], self.dtype);
    }
}
