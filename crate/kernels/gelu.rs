//! GELU with the exact error function (Hendrycks and Gimpel 2016), forward and backward.

use crate::math;
use crate::scratch::Scratch;

/// The GELU of each number, without its derivative.
///
/// # Shapes
/// - values, out (written): any shape, the same
pub fn values(values: &[f32], out: &mut [f32]) {
    forward(values, out, &mut Scratch::of(values.len()));
}

/// The GELU of each number, and its derivative.
///
/// # Shapes
/// - values, out (written), slopes (written): any shape, the same
pub fn forward(values: &[f32], out: &mut [f32], slopes: &mut [f32]) {
    out.copy_from_slice(values);
    math::gelu(out, slopes);
}

/// The gradient of the numbers from that of their GELU.
///
/// # Shapes
/// - slopes (as [`forward`] wrote them), gradient, out (written): any shape, the same
pub fn backward(slopes: &[f32], gradient: &[f32], out: &mut [f32]) {
    out.copy_from_slice(gradient);
    math::multiply(out, slopes);
}
