//! The head: the final norm, pooling, and the linear layer to the classes.

use patchwork_arch::HeadArrays;

use crate::layer::{linear, linear_backward, normalise, split};
use crate::math;
use crate::shape::{HeadShape, Norm};

/// Intermediate values of the head for some images.
struct Seen {
    /// The input tokens of the head, `[images · read, width]`.
    rows: Vec<f32>,
    /// Their means and reciprocal deviations, `[images · read, 2]`.
    statistics: Vec<f32>,
    /// The input of the linear layer, `[images, width]`.
    pooled: Vec<f32>,
}

fn see(shape: &HeadShape, norm: &Norm, weights: &[f32], tokens: &[f32]) -> Seen {
    let (width, read) = (shape.width, shape.read());
    let images = tokens.chunks_exact(shape.tokens * width);
    let rows: Vec<f32> = images.flat_map(|image| &image[..read * width]).copied().collect();
    let mut statistics = vec![0.0; rows.len() / width * 2];
    math::statistics(&rows, width, &mut statistics);
    let mut normal = vec![0.0; rows.len()];
    normalise(norm, weights, &rows, &statistics, &mut normal);
    let mut pooled = vec![0.0; rows.len() / read];
    for (normal, pooled) in normal.chunks_exact(read * width).zip(pooled.chunks_exact_mut(width)) {
        math::add_rows(pooled, normal);
        pooled.iter_mut().for_each(|value| *value /= read as f32);
    }
    Seen { rows, statistics, pooled }
}

/// Computes the logits of some images.
///
/// # Shapes
/// - weights: `[parameters]`, see [`HeadShape::parameters`]
/// - tokens: `[images, tokens, width]`
/// - logits: `[images, classes]`, written
pub fn forward(shape: &HeadShape, weights: &[f32], tokens: &[f32], logits: &mut [f32]) {
    let HeadArrays { norm, classifier, .. } = shape.parts();
    let seen = see(shape, &norm, weights, tokens);
    linear(&classifier, weights, &seen.pooled, logits);
}

/// Backpropagates the gradient of the logits.
///
/// # Shapes
/// - weights, sums (the weights' gradient, written): `[parameters]`
/// - tokens, out (their gradient, written): `[images, tokens, width]`
/// - gradient: `[images, classes]`
pub fn backward(
    shape: &HeadShape,
    weights: &[f32],
    tokens: &[f32],
    gradient: &[f32],
    out: &mut [f32],
    sums: &mut [f32],
) {
    let &HeadShape { tokens: count, width, .. } = shape;
    let read = shape.read();
    let HeadArrays { norm, classifier, .. } = shape.parts();
    let seen = see(shape, &norm, weights, tokens);
    sums.fill(0.0);
    let mut for_pooled = vec![0.0; seen.pooled.len()];
    linear_backward(&classifier, weights, &seen.pooled, gradient, &mut for_pooled, sums);
    for_pooled.iter_mut().for_each(|slope| *slope /= read as f32);
    let mut for_normal: Vec<f32> =
        for_pooled.chunks_exact(width).flat_map(|row| row.repeat(read)).collect();
    let mut for_rows = vec![0.0; seen.rows.len()];
    math::norm_backward(
        &seen.rows,
        &seen.statistics,
        &weights[norm.scale.clone()],
        &mut for_normal,
        split(&norm, sums),
        &mut for_rows,
    );
    out.fill(0.0);
    let images = out.chunks_exact_mut(count * width).zip(for_rows.chunks_exact(read * width));
    images.for_each(|(out, rows)| out[..read * width].copy_from_slice(rows));
}
