//! A linear layer (rows times a matrix, plus a bias) on some rows, forward and backward.

use crate::math;
use crate::matrix::{Matrix, Onto, product};

/// Multiplies rows with a matrix, and adds a bias if there is one.
///
/// # Shapes
/// - rows: `[rows, input]`
/// - matrix: `[input, output]`
/// - bias: `[output]`
/// - out: `[rows, output]`, written
pub fn forward(
    outputs: usize,
    rows: &[f32],
    matrix: &[f32],
    bias: Option<&[f32]>,
    out: &mut [f32],
) {
    let rows = Matrix::rows(rows, matrix.len() / outputs);
    product(out, outputs, Onto::Nothing, 1.0, rows, Matrix::rows(matrix, outputs));
    if let Some(bias) = bias {
        math::add_to_rows(out, bias);
    }
}

/// The gradient of the rows from that of the output.
///
/// # Shapes
/// - matrix: `[input, output]`
/// - gradient: `[rows, output]`
/// - out: `[rows, input]`, written
pub fn rows_backward(outputs: usize, matrix: &[f32], gradient: &[f32], out: &mut [f32]) {
    let matrix = Matrix::rows(matrix, outputs);
    let gradient = Matrix::rows(gradient, outputs);
    product(out, matrix.rows_count(), Onto::Nothing, 1.0, gradient, matrix.transposed());
}

/// The gradient of matrix and bias, summed over some rows. Pass an empty slice for a gradient that is not
/// needed.
///
/// # Shapes
/// - rows: `[rows, input]`
/// - gradient: `[rows, output]`
/// - for_matrix: `[input, output]`, added to
/// - for_bias: `[output]`, added to
pub fn weights_backward(
    [inputs, outputs]: [usize; 2],
    rows: &[f32],
    gradient: &[f32],
    for_matrix: &mut [f32],
    for_bias: &mut [f32],
) {
    if !for_matrix.is_empty() {
        let rows = Matrix::rows(rows, inputs).transposed();
        product(for_matrix, outputs, Onto::Itself, 1.0, rows, Matrix::rows(gradient, outputs));
    }
    if !for_bias.is_empty() {
        math::add_rows(for_bias, gradient);
    }
}
