//! The backward pass of LayerNorm.

use cubecl::prelude::*;

use crate::math::sum;

/// Units that share a row.
pub(crate) const SHARERS: u32 = 4;
/// Rows of a cube.
pub(crate) const CUBE_ROWS: u32 = 32;

/// The gradient of a norm's input, added to the residual's gradient.
///
/// # Shapes
/// - gradient (of the norm's output), normal (before scale and shift), past, out: `[rows, width]`
/// - inverse: `[rows]`, as [`norm_linear`](crate::forward::norm_linear()) wrote it
#[cube(launch_unchecked)]
pub(crate) fn backward<F: Float, N: Size>(
    gradient: &[Vector<F, N>],
    normal: &[Vector<F, N>],
    inverse: &[f32],
    past: &[Vector<F, N>],
    weights: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    rows: u32,
    #[comptime] width: usize,
    #[comptime] scale: usize,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(width / n);
    let scale = comptime!(scale / n);
    let row = CUBE_POS * CUBE_ROWS as usize + UNIT_POS_Y as usize;
    let row = select(row < rows as usize, row, rows as usize - 1);
    let mut means = Shared::<[f32]>::new_slice((2 * SHARERS * CUBE_ROWS) as usize);
    let mut total = Vector::<f32, N>::new(0.0f32);
    let mut along = Vector::<f32, N>::new(0.0f32);
    for k in range_stepped(UNIT_POS_X as usize, size, SHARERS as usize) {
        let slope = slope(gradient, weights, row * size + k, scale + k);
        total += slope;
        along += slope * Vector::cast_from(normal[row * size + k]);
    }
    means[2 * UNIT_POS as usize] = sum(total);
    means[2 * UNIT_POS as usize + 1] = sum(along);
    sync_cube();
    let mut mean = 0.0f32;
    let mut mean_along = 0.0f32;
    #[unroll]
    for sharer in 0..SHARERS as usize {
        let place = 2 * (UNIT_POS_Y as usize * SHARERS as usize + sharer);
        mean += means[place];
        mean_along += means[place + 1];
    }
    let mean = Vector::<f32, N>::new(mean / comptime!(width as f32));
    let mean_along = Vector::<f32, N>::new(mean_along / comptime!(width as f32));
    let inverse = Vector::<f32, N>::new(inverse[row]);
    for k in range_stepped(UNIT_POS_X as usize, size, SHARERS as usize) {
        let place = row * size + k;
        let slope = slope(gradient, weights, place, scale + k);
        let off = slope - mean - mean_along * Vector::cast_from(normal[place]);
        out[place] = Vector::cast_from(inverse * off + Vector::cast_from(past[place]));
    }
}

/// The gradient of a normalised row.
#[cube]
fn slope<F: Float, N: Size>(
    gradient: &[Vector<F, N>],
    weights: &[Vector<F, N>],
    place: usize,
    scale: usize,
) -> Vector<f32, N> {
    Vector::<f32, N>::cast_from(gradient[place]) * Vector::cast_from(weights[scale])
}
