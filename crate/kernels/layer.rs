//! A linear layer and a LayerNorm on rows, forward and backward: building blocks of the larger
//! kernels.

use crate::shape::{Linear, Norm};
use crate::{linear, math};

/// LayerNorm with given statistics.
pub fn normalise(norm: &Norm, weights: &[f32], rows: &[f32], statistics: &[f32], out: &mut [f32]) {
    let affine = [&weights[norm.scale.clone()], &weights[norm.shift.clone()]];
    math::norm(rows, statistics, affine, out);
}

/// The gradient sums of a LayerNorm's scale and shift, which are adjacent.
pub fn split<'a>(norm: &Norm, sums: &'a mut [f32]) -> [&'a mut [f32]; 2] {
    let (scale, shift) = sums[norm.scale.start..norm.shift.end].split_at_mut(norm.scale.len());
    [scale, shift]
}

/// Rows times a matrix, plus a bias.
pub fn linear(linear: &Linear, weights: &[f32], rows: &[f32], out: &mut [f32]) {
    let (matrix, bias) = (&weights[linear.matrix.clone()], &weights[linear.bias.clone()]);
    linear::forward(bias.len(), rows, matrix, Some(bias), out);
}

/// The gradient of a linear layer: that of its input is written, that of its weights added.
pub fn linear_backward(
    linear: &Linear,
    weights: &[f32],
    input: &[f32],
    gradient: &[f32],
    out: &mut [f32],
    sums: &mut [f32],
) {
    linear::rows_backward(linear.bias.len(), &weights[linear.matrix.clone()], gradient, out);
    weights_of_linear(linear, input, gradient, sums);
}

/// The gradient of a linear layer's weights, added.
pub fn weights_of_linear(linear: &Linear, input: &[f32], gradient: &[f32], sums: &mut [f32]) {
    // The bias follows the matrix.
    let sums = &mut sums[linear.matrix.start..linear.bias.end];
    let (for_matrix, for_bias) = sums.split_at_mut(linear.matrix.len());
    let sizes = [linear.inputs(), linear.bias.len()];
    linear::weights_backward(sizes, input, gradient, for_matrix, for_bias);
}
