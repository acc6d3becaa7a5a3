//! A linear layer and a LayerNorm on rows, forward and backward: what all larger kernels are made of.

use crate::math;
use crate::matrix::{Matrix, Onto, product};
use crate::shape::{Linear, Norm};

/// LayerNorm with known statistics.
pub fn normalise(norm: &Norm, weights: &[f32], rows: &[f32], statistics: &[f32], out: &mut [f32]) {
    let affine = [&weights[norm.scale.clone()], &weights[norm.shift.clone()]];
    math::norm(rows, statistics, affine, out);
}

/// The sums of a LayerNorm's scale and shift, which lie side by side.
pub fn split<'a>(norm: &Norm, sums: &'a mut [f32]) -> [&'a mut [f32]; 2] {
    let (scale, shift) = sums[norm.scale.start..norm.shift.end].split_at_mut(norm.scale.len());
    [scale, shift]
}

/// Rows times a matrix, plus a bias.
pub fn linear(linear: &Linear, weights: &[f32], rows: &[f32], out: &mut [f32]) {
    let (matrix, bias) = (&weights[linear.matrix.clone()], &weights[linear.bias.clone()]);
    let columns = bias.len();
    let rows = Matrix::rows(rows, matrix.len() / columns);
    product(out, columns, Onto::Nothing, 1.0, rows, Matrix::rows(matrix, columns));
    math::add_to_rows(out, bias);
}

/// The gradient of a linear layer: of its input written, of its weights added.
pub fn linear_backward(
    linear: &Linear,
    weights: &[f32],
    input: &[f32],
    gradient: &[f32],
    out: &mut [f32],
    sums: &mut [f32],
) {
    let matrix = &weights[linear.matrix.clone()];
    let columns = linear.bias.len();
    let rows = Matrix::rows(gradient, columns);
    let matrix = Matrix::rows(matrix, columns).transposed();
    product(out, linear.inputs(), Onto::Nothing, 1.0, rows, matrix);
    weights_of_linear(linear, input, gradient, sums);
}

/// The gradient of a linear layer's weights, added.
pub fn weights_of_linear(linear: &Linear, input: &[f32], gradient: &[f32], sums: &mut [f32]) {
    let columns = linear.bias.len();
    let for_matrix = &mut sums[linear.matrix.clone()];
    let input = Matrix::rows(input, linear.inputs()).transposed();
    let rows = Matrix::rows(gradient, columns);
    product(for_matrix, columns, Onto::Itself, 1.0, input, rows);
    math::add_rows(&mut sums[linear.bias.clone()], gradient);
}
