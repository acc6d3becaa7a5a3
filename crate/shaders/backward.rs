//! The backward pass of linear layers, to their input.

use cubecl::prelude::*;

use crate::dropout::{DropoutRule, factors};
use crate::forward::{ROWS, unit_rows};
use crate::layer::Layer;
use crate::math::{gelu_slope, sum};

/// Adds to `sums` the products of each row's gradient with the rows of the matrix for a vector of inputs.
#[cube]
pub(crate) fn accumulate<F: Float, N: Size>(
    gradient: &[Vector<F, N>],
    weights: &[Vector<F, N>],
    places: &Array<usize>,
    column: usize,
    #[comptime] layer: Layer,
) -> Array<Vector<f32, N>> {
    let n = N::value();
    let size = comptime!(layer.output / n);
    let mut sums = Array::<Vector<f32, N>>::new(ROWS);
    let mut left = Array::<Vector<f32, N>>::new(ROWS);
    #[unroll]
    for r in 0..ROWS {
        sums[r] = Vector::new(0.0f32);
    }
    let first = comptime!(layer.matrix / n) + column * N::value() * size;
    for k in 0..size {
        #[unroll]
        for r in 0..ROWS {
            left[r] = Vector::cast_from(gradient[places[r] * size + k]);
        }
        #[unroll]
        for lane in 0..N::value() {
            let weight = Vector::<f32, N>::cast_from(weights[first + lane * size + k]);
            #[unroll]
            for r in 0..ROWS {
                let mut value = sums[r];
                value.insert(lane, value.extract(lane) + sum(left[r] * weight));
                sums[r] = value;
            }
        }
    }
    sums
}

/// The gradient of a linear layer's input.
///
/// # Shapes
/// - gradient: `[rows, layer.output]`
/// - out: `[rows, layer.input]`, written
#[cube(launch_unchecked)]
pub(crate) fn linear<F: Float, N: Size>(
    gradient: &[Vector<F, N>],
    weights: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    rows: u32,
    #[comptime] layer: Layer,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let columns = comptime!(layer.input / n);
    let column = ABSOLUTE_POS_X as usize;
    if column >= columns {
        terminate!();
    }
    let places = unit_rows(rows);
    let sums = accumulate(gradient, weights, &places, column, layer);
    #[unroll]
    for r in 0..ROWS {
        out[places[r] * columns + column] = Vector::cast_from(sums[r]);
    }
}

/// The gradient through a GELU and dropout, from that of the following linear layer's output.
///
/// # Shapes
/// - gradient: `[rows, layer.output]`
/// - before (the GELU), out: `[rows, layer.input]`
#[cube(launch_unchecked)]
pub(crate) fn linear_gelu<F: Float, N: Size>(
    gradient: &[Vector<F, N>],
    weights: &[Vector<F, N>],
    before: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    rows: u32,
    hidden: DropoutRule,
    #[comptime] layer: Layer,
    #[comptime] dropped: bool,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let columns = comptime!(layer.input / n);
    let column = ABSOLUTE_POS_X as usize;
    if column >= columns {
        terminate!();
    }
    let places = unit_rows(rows);
    let sums = accumulate(gradient, weights, &places, column, layer);
    #[unroll]
    for r in 0..ROWS {
        let place = places[r] * columns + column;
        let mut slope = gelu_slope(Vector::<f32, N>::cast_from(before[place]));
        if comptime!(dropped) {
            slope *= factors(&hidden, place);
        }
        out[place] = Vector::cast_from(sums[r] * slope);
    }
}
