//! Linear layers of the forward pass.

use cubecl::prelude::*;
use patchwork_kernels::EPSILON;

use crate::dropout::{DropoutRule, MaskKind, factors, mask};
use crate::grid::row_of_cube;
use crate::layer::Layer;
use crate::math::{gelu, sum};
use crate::sums::Input;

/// Units along a row of a cube; each computes a vector of columns.
pub(crate) const ACROSS: u32 = 16;
/// Units along a column of a cube; each computes [`ROWS`] rows.
pub(crate) const DOWN: u32 = 8;
/// Rows that a unit computes.
pub(crate) const ROWS: usize = 4;
/// Rows of a cube.
const CUBE_ROWS: usize = DOWN as usize * ROWS;
/// Units that share the statistics of a row.
const SHARERS: usize = (ACROSS * DOWN) as usize / CUBE_ROWS;

/// The rows of a unit, clamped to the last row.
#[cube]
pub(crate) fn unit_rows(rows: u32) -> Array<usize> {
    let mut places = Array::<usize>::new(ROWS);
    #[unroll]
    for r in 0..ROWS {
        let row = (row_of_cube() * DOWN as usize + UNIT_POS_Y as usize) * ROWS + r;
        places[r] = select(row < rows as usize, row, rows as usize - 1);
    }
    places
}

/// Adds to `sums` the product of a vector of each row's input with the corresponding rows of the matrix.
/// `right` is the offset of the first of these, `step` the distance to the next.
#[cube]
pub(crate) fn multiply<F: Float, N: Size>(
    sums: &mut Array<Vector<f32, N>>,
    left: &Array<Vector<f32, N>>,
    weights: &[Vector<F, N>],
    right: usize,
    step: usize,
) {
    #[unroll]
    for lane in 0..N::value() {
        let weight = Vector::<f32, N>::cast_from(weights[right + lane * step]);
        #[unroll]
        for r in 0..ROWS {
            sums[r] += Vector::new(left[r].extract(lane)) * weight;
        }
    }
}

/// LayerNorm (Ba et al. 2016) and the following linear layer.
///
/// # Shapes
/// - input: `[rows, layer.input]`
/// - normal (before scale and shift): as `input`, written
/// - inverse (reciprocal deviation of each row): `[rows]`, written
/// - output: `[rows, layer.output]`, written
#[cube(launch_unchecked)]
pub(crate) fn norm_linear<F: Float, N: Size>(
    input: &[Vector<F, N>],
    weights: &[Vector<F, N>],
    normal: &mut [Vector<F, N>],
    inverse: &mut [f32],
    output: &mut [Vector<F, N>],
    rows: u32,
    #[comptime] layer: Layer,
    #[comptime] scale: usize,
    #[comptime] shift: usize,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(layer.input / n);
    let columns = comptime!(layer.output / n);
    let unit = UNIT_POS as usize;
    let first = row_of_cube() * CUBE_ROWS;

    // Mean and deviation of the cube's rows, each computed by several units.
    let mut shared = Shared::<[f32]>::new_slice(CUBE_ROWS * SHARERS);
    let mut shared_squares = Shared::<[f32]>::new_slice(CUBE_ROWS * SHARERS);
    let own = first + unit / SHARERS;
    let own = select(own < rows as usize, own, rows as usize - 1);
    let mut part = Vector::<f32, N>::new(0.0f32);
    for k in range_stepped(unit % SHARERS, size, SHARERS) {
        part += Vector::cast_from(input[own * size + k]);
    }
    shared[unit] = sum(part);
    sync_cube();
    let mean = row_sum(&shared, unit / SHARERS) / comptime!(layer.input as f32);
    let mut squares = Vector::<f32, N>::new(0.0f32);
    for k in range_stepped(unit % SHARERS, size, SHARERS) {
        let off = Vector::<f32, N>::cast_from(input[own * size + k]) - Vector::new(mean);
        squares += off * off;
    }
    shared_squares[unit] = sum(squares);
    sync_cube();

    let places = unit_rows(rows);
    let mut means = Array::<Vector<f32, N>>::new(ROWS);
    let mut inverses = Array::<Vector<f32, N>>::new(ROWS);
    let mut sums = Array::<Vector<f32, N>>::new(ROWS);
    let column = ABSOLUTE_POS_X as usize;
    let inside = column < columns;
    let reachable = select(inside, column, 0);
    #[unroll]
    for r in 0..ROWS {
        let row = UNIT_POS_Y as usize * ROWS + r;
        let count = comptime!(layer.input as f32);
        means[r] = Vector::new(row_sum(&shared, row) / count);
        let variance = row_sum(&shared_squares, row) / count;
        inverses[r] = Vector::new(1.0f32 / (variance + EPSILON).sqrt());
        sums[r] = Vector::cast_from(weights[comptime!(layer.bias / n) + reachable]);
    }
    let mut left = Array::<Vector<f32, N>>::new(ROWS);
    for k in 0..size {
        let gain = Vector::<f32, N>::cast_from(weights[comptime!(scale / n) + k]);
        let offset = Vector::<f32, N>::cast_from(weights[comptime!(shift / n) + k]);
        #[unroll]
        for r in 0..ROWS {
            let value = Vector::<f32, N>::cast_from(input[places[r] * size + k]);
            let scaled = (value - means[r]) * inverses[r];
            // The normalised rows are written once, by the first cube of the row, each unit a part.
            if CUBE_POS_X == 0 && k % ACROSS as usize == UNIT_POS_X as usize {
                normal[places[r] * size + k] = Vector::cast_from(scaled);
            }
            left[r] = scaled * gain + offset;
        }
        let right = comptime!(layer.matrix / n) + k * N::value() * columns + reachable;
        multiply(&mut sums, &left, weights, right, columns);
    }
    #[unroll]
    for r in 0..ROWS {
        if inside {
            output[places[r] * columns + column] = Vector::cast_from(sums[r]);
        }
        if column == 0 {
            inverse[places[r]] = inverses[r].extract(0usize);
        }
    }
}

/// The total of all units that share a row.
#[cube]
fn row_sum(shared: &Shared<[f32]>, row: usize) -> f32 {
    let mut sum = 0.0f32;
    #[unroll]
    for sharer in 0..SHARERS {
        sum += shared[row * SHARERS + sharer];
    }
    sum
}

/// The end of a branch: a linear layer plus the residual.
///
/// # Shapes
/// - input: `[rows, layer.input]`
/// - residual, output: `[rows, layer.output]`
#[cube(launch_unchecked)]
pub(crate) fn linear_onto<F: Float, N: Size>(
    input: &[Vector<F, N>],
    weights: &[Vector<F, N>],
    residual: &[Vector<F, N>],
    output: &mut [Vector<F, N>],
    rows: u32,
    hidden: DropoutRule,
    dropout: DropoutRule,
    drop_path: DropoutRule,
    #[comptime] layer: Layer,
    #[comptime] read: Input,
    #[comptime] tokens: usize,
    #[comptime] kind: MaskKind,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(layer.input / n);
    let columns = comptime!(layer.output / n);
    let column = ABSOLUTE_POS_X as usize;
    if column >= columns {
        terminate!();
    }
    let places = unit_rows(rows);
    let mut sums = Array::<Vector<f32, N>>::new(ROWS);
    let mut left = Array::<Vector<f32, N>>::new(ROWS);
    let bias = Vector::<f32, N>::cast_from(weights[comptime!(layer.bias / n) + column]);
    #[unroll]
    for r in 0..ROWS {
        sums[r] = bias;
    }
    for k in 0..size {
        #[unroll]
        for r in 0..ROWS {
            let place = places[r] * size + k;
            left[r] = Vector::cast_from(input[place]);
            if comptime!(read.through_gelu()) {
                left[r] = gelu(left[r]);
            }
            if comptime!(read.dropped()) {
                left[r] *= factors(&hidden, place);
            }
        }
        let right = comptime!(layer.matrix / n) + k * N::value() * columns + column;
        multiply(&mut sums, &left, weights, right, columns);
    }
    #[unroll]
    for r in 0..ROWS {
        let place = places[r] * columns + column;
        let mut sum = sums[r];
        if comptime!(!kind.is_none()) {
            sum *= mask(&dropout, &drop_path, place, places[r] / tokens, kind);
        }
        output[place] = Vector::cast_from(sum + Vector::cast_from(residual[place]));
    }
}
