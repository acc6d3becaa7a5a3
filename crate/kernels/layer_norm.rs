//! LayerNorm (Ba et al. 2016) on some rows, forward and backward.

use crate::math;
use crate::scratch::Scratch;

/// Normalises each row, then scales and shifts it.
///
/// # Shapes
/// - rows: `[rows, width]`
/// - affine (scale and shift): `[width]` each
/// - out: `[rows, width]`, written
pub fn forward(rows: &[f32], affine: [&[f32]; 2], out: &mut [f32]) {
    let width = affine[0].len();
    math::norm(rows, &statistics(rows, width), affine, out);
}

/// The gradient of rows, scale and shift from that of the output.
///
/// # Shapes
/// - rows, gradient: `[rows, width]`
/// - scale: `[width]`
/// - out (the rows' gradient): `[rows, width]`, added to
/// - sums (the gradients of scale and shift): `[2, width]`, added to
pub fn backward(rows: &[f32], scale: &[f32], gradient: &[f32], out: &mut [f32], sums: &mut [f32]) {
    let width = scale.len();
    // Recomputing the row's mean and deviation is cheaper than storing them.
    let known = statistics(rows, width);
    let mut gradient = Scratch::copy(gradient);
    let (for_scale, for_shift) = sums.split_at_mut(width);
    math::norm_backward(rows, &known, scale, &mut gradient, [for_scale, for_shift], out);
}

/// Mean and reciprocal standard deviation of each row, `[rows, 2]`.
fn statistics(rows: &[f32], width: usize) -> Scratch {
    let mut statistics = Scratch::of(2 * (rows.len() / width));
    math::statistics(rows, width, &mut statistics);
    statistics
}
