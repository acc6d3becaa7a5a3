//! A linear layer with separate matrix and bias arrays, forward and backward.
//!
//! A unit computes [`ROWS`] rows of a vector of columns; a cube is a tile of these, and tiles are numbered, so that
//! any number of rows works.

use cubecl::client::Client;
use cubecl::ir::ElemType;
use cubecl::prelude::*;
use cubecl::server::Handle;

use crate::backward::accumulate;
use crate::buffer::{buffer, vector};
use crate::forward::{ACROSS, DOWN, ROWS, multiply};
use crate::grid::{cube_count, cube_number};
use crate::layer::Layer;
use crate::sums::{Parts, add_both};

/// Units along a row of a cube that sums gradients; each holds a vector of columns.
const SUMS_ACROSS: usize = 8;
/// Units along a column of such a cube; each holds [`INPUTS`] vectors of inputs.
const SUMS_DOWN: usize = 8;
/// Vectors of inputs of a unit.
const INPUTS: usize = 2;

/// A linear layer on some rows, on a device.
pub struct LinearLayer {
    /// The device.
    pub client: Client,
    /// Rows of all images.
    pub rows: usize,
    /// Inputs of the layer.
    pub input: usize,
    /// Outputs of the layer.
    pub output: usize,
    /// The number format of all buffers.
    pub dtype: ElemType,
}

/// The compile-time sizes of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Sizes {
    input: usize,
    output: usize,
    biased: bool,
}

/// The vector of columns of a unit; may be out of range.
#[cube]
fn own_column(#[comptime] columns: usize) -> usize {
    let tiles = comptime!(columns.div_ceil(ACROSS as usize));
    cube_number() % tiles * comptime!(ACROSS as usize) + UNIT_POS_X as usize
}

/// The first row of a unit; may be out of range.
#[cube]
fn own_row(#[comptime] columns: usize) -> usize {
    let tiles = comptime!(columns.div_ceil(ACROSS as usize));
    (cube_number() / tiles * comptime!(DOWN as usize) + UNIT_POS_Y as usize) * ROWS
}

/// The rows of a unit, clamped to the last row.
#[cube]
fn rows_from(first: usize, rows: u32) -> Array<usize> {
    let mut places = Array::<usize>::new(ROWS);
    #[unroll]
    for r in 0..ROWS {
        let row = first + r;
        places[r] = select(row < rows as usize, row, rows as usize - 1);
    }
    places
}

/// Rows times a matrix, plus a bias.
///
/// # Shapes
/// - input: `[rows, sizes.input]`
/// - matrix: `[sizes.input, sizes.output]`
/// - bias: `[sizes.output]`; unused without one
/// - output: `[rows, sizes.output]`, written
#[cube(launch_unchecked)]
fn forward<F: Float, N: Size>(
    input: &[Vector<F, N>],
    matrix: &[Vector<F, N>],
    bias: &[Vector<F, N>],
    output: &mut [Vector<F, N>],
    rows: u32,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(sizes.input / n);
    let columns = comptime!(sizes.output / n);
    let (column, first) = (own_column(columns), own_row(columns));
    if column >= columns || first >= rows as usize {
        terminate!();
    }
    let places = rows_from(first, rows);
    let mut sums = Array::<Vector<f32, N>>::new(ROWS);
    let mut left = Array::<Vector<f32, N>>::new(ROWS);
    let mut start = Vector::<f32, N>::new(0.0f32);
    if comptime!(sizes.biased) {
        start = Vector::cast_from(bias[column]);
    }
    #[unroll]
    for r in 0..ROWS {
        sums[r] = start;
    }
    for k in 0..size {
        #[unroll]
        for r in 0..ROWS {
            left[r] = Vector::cast_from(input[places[r] * size + k]);
        }
        multiply(&mut sums, &left, matrix, k * N::value() * columns + column, columns);
    }
    #[unroll]
    for r in 0..ROWS {
        output[places[r] * columns + column] = Vector::cast_from(sums[r]);
    }
}

/// The gradient of the rows.
///
/// # Shapes
/// - gradient: `[rows, layer.output]`
/// - matrix: `[layer.input, layer.output]`
/// - out: `[rows, layer.input]`, written
#[cube(launch_unchecked)]
fn rows_backward<F: Float, N: Size>(
    gradient: &[Vector<F, N>],
    matrix: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    rows: u32,
    #[comptime] layer: Layer,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let columns = comptime!(layer.input / n);
    let (column, first) = (own_column(columns), own_row(columns));
    if column >= columns || first >= rows as usize {
        terminate!();
    }
    let places = rows_from(first, rows);
    let sums = accumulate(gradient, matrix, &places, column, layer);
    #[unroll]
    for r in 0..ROWS {
        out[places[r] * columns + column] = Vector::cast_from(sums[r]);
    }
}

/// The gradients of matrix and bias, each summed over a part of the rows.
///
/// # Shapes
/// - input: `[rows, sizes.input]`
/// - gradient: `[rows, sizes.output]`
/// - sums: `[parts, sizes.input · sizes.output + sizes.output]`, written
#[cube(launch_unchecked)]
fn weights_backward<F: Float, N: Size>(
    input: &[Vector<F, N>],
    gradient: &[Vector<F, N>],
    sums: &mut [Vector<f32, N>],
    rows: u32,
    part: u32,
    #[comptime] sizes: Sizes,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let inputs = comptime!(sizes.input / n);
    let columns = comptime!(sizes.output / n);
    let column = CUBE_POS_X as usize * SUMS_ACROSS + UNIT_POS_X as usize;
    let first = (CUBE_POS_Y as usize * SUMS_DOWN + UNIT_POS_Y as usize) * INPUTS;
    if column >= columns || first >= inputs {
        terminate!();
    }
    let start = CUBE_POS_Z as usize * part as usize;
    let end = min(start + part as usize, rows as usize);
    let mut products = Array::<Vector<f32, N>>::new(comptime!(INPUTS * n));
    #[unroll]
    for i in 0..comptime!(INPUTS * n) {
        products[i] = Vector::new(0.0f32);
    }
    let mut places = Array::<usize>::new(INPUTS);
    #[unroll]
    for i in 0..INPUTS {
        places[i] = select(first + i < inputs, first + i, first);
    }
    let mut total = Vector::<f32, N>::new(0.0f32);
    for row in start..end {
        let slope = Vector::<f32, N>::cast_from(gradient[row * columns + column]);
        total += slope;
        #[unroll]
        for i in 0..INPUTS {
            let value = Vector::<f32, N>::cast_from(input[row * inputs + places[i]]);
            #[unroll]
            for lane in 0..N::value() {
                products[comptime!(i * n + lane)] += Vector::new(value.extract(lane)) * slope;
            }
        }
    }
    let to = CUBE_POS_Z as usize * comptime!((sizes.input + 1) * columns);
    #[unroll]
    for i in 0..INPUTS {
        #[unroll]
        for lane in 0..N::value() {
            let place = (places[i] * N::value() + lane) * columns + column;
            sums[to + place] = products[comptime!(i * n + lane)];
        }
    }
    if first == 0 {
        sums[to + comptime!(sizes.input * columns) + column] = total;
    }
}

impl LinearLayer {
    fn vector(&self) -> usize {
        vector(&[self.input, self.output])
    }

    fn sizes(&self, biased: bool) -> Sizes {
        Sizes { input: self.input, output: self.output, biased }
    }

    /// Cubes and units for rows with this many columns.
    fn grid(&self, columns: usize) -> (CubeCount, CubeDim) {
        let across = (columns / self.vector()).div_ceil(ACROSS as usize);
        let down = self.rows.div_ceil(DOWN as usize * ROWS);
        (cube_count(across * down, 1), CubeDim::new_2d(ACROSS, DOWN))
    }

    fn rows(&self, handle: &Handle, columns: usize) -> BufferArg {
        buffer(handle.clone(), self.rows * columns)
    }

    fn matrix(&self, handle: &Handle) -> BufferArg {
        buffer(handle.clone(), self.input * self.output)
    }

    /// Writes rows times a matrix, plus a bias if there is one, to `out`, `[rows, output]`.
    pub fn forward(&self, rows: &Handle, matrix: &Handle, bias: Option<&Handle>, out: &Handle) {
        let (cubes, units) = self.grid(self.output);
        // SAFETY: units compute only existing rows and columns.
        unsafe {
            forward::launch_unchecked(
                &self.client,
                cubes,
                units,
                self.vector(),
                self.rows(rows, self.input),
                self.matrix(matrix),
                // Without a bias the kernel ignores this buffer.
                buffer(bias.unwrap_or(matrix).clone(), self.output),
                self.rows(out, self.output),
                self.rows as u32,
                self.sizes(bias.is_some()),
                self.dtype,
            );
        }
    }

    /// Writes the gradient of the rows to `out`, `[rows, input]`.
    pub fn rows_backward(&self, matrix: &Handle, gradient: &Handle, out: &Handle) {
        let (cubes, units) = self.grid(self.input);
        let layer = Layer { input: self.input, output: self.output, matrix: 0, bias: 0 };
        // SAFETY: units compute only existing rows and columns.
        unsafe {
            rows_backward::launch_unchecked(
                &self.client,
                cubes,
                units,
                self.vector(),
                self.rows(gradient, self.output),
                self.matrix(matrix),
                self.rows(out, self.input),
                self.rows as u32,
                layer,
                self.dtype,
            );
        }
    }

    /// Writes the gradients of matrix and bias, where requested.
    pub fn weights_backward(
        &self,
        rows: &Handle,
        gradient: &Handle,
        for_matrix: Option<&Handle>,
        for_bias: Option<&Handle>,
    ) {
        let (matrix, all) = (self.input * self.output, (self.input + 1) * self.output);
        let parts = Parts::of_sums(self.rows, all);
        let sums = self.client.empty(parts.count * all * size_of::<f32>());
        let across = (self.output / self.vector()).div_ceil(SUMS_ACROSS);
        let down = (self.input / self.vector()).div_ceil(SUMS_DOWN * INPUTS);
        // SAFETY: units sum only existing rows, for existing inputs and columns.
        unsafe {
            weights_backward::launch_unchecked(
                &self.client,
                CubeCount::Static(across as u32, down as u32, parts.count as u32),
                CubeDim::new_2d(SUMS_ACROSS as u32, SUMS_DOWN as u32),
                self.vector(),
                self.rows(rows, self.input),
                self.rows(gradient, self.output),
                buffer(sums.clone(), parts.count * all),
                self.rows as u32,
                parts.rows as u32,
                self.sizes(false),
                self.dtype,
            );
        }
        let (out, counts) = ([for_matrix, for_bias], [matrix, self.output]);
        add_both(&self.client, &sums, out, parts.count, counts, self.dtype);
    }
}
