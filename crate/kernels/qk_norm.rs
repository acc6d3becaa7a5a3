//! QK-norm: a LayerNorm of each head's queries, and one of its keys (Henry et al. 2020; Dehghani et al. 2023,
//! section 2).

use crate::layer::{normalise, split};
use crate::math;
use crate::scratch::Scratch;
use crate::shape::Norm;

/// Normalises queries and keys in place.
///
/// # Shapes
/// - qkv: `[rows, 3, width]`
/// - before (queries, then keys, before the norms): `[2, rows, width]`, written
/// - statistics (means and reciprocal deviations of their heads): `[2, rows, heads, 2]`, written
pub fn forward(
    norms: &[Norm; 2],
    weights: &[f32],
    width: usize,
    qkv: &mut [f32],
    [before, statistics]: [&mut [f32]; 2],
) {
    let (size, known) = (before.len() / 2, statistics.len() / 2);
    let parts = before.chunks_exact_mut(size).zip(statistics.chunks_exact_mut(known));
    let mut normal = Scratch::of(size);
    for (part, (norm, (before, statistics))) in norms.iter().zip(parts).enumerate() {
        take(qkv, width, part, before);
        math::statistics(before, norm.scale.len(), statistics);
        normalise(norm, weights, before, statistics, &mut normal);
        put(&normal, width, part, qkv);
    }
}

/// Backpropagates the gradient of normalised queries and keys in place; that of the values is
/// unchanged.
///
/// # Shapes
/// - before, statistics: as [`forward`] wrote them
/// - gradient: `[rows, 3, width]`
/// - sums (the weights' gradient): `[parameters]`, added to
pub fn backward(
    norms: &[Norm; 2],
    weights: &[f32],
    width: usize,
    [before, statistics]: [&[f32]; 2],
    gradient: &mut [f32],
    sums: &mut [f32],
) {
    let (size, known) = (before.len() / 2, statistics.len() / 2);
    let parts = before.chunks_exact(size).zip(statistics.chunks_exact(known));
    let mut for_normal = Scratch::of(size);
    for (part, (norm, (before, statistics))) in norms.iter().zip(parts).enumerate() {
        take(gradient, width, part, &mut for_normal);
        let (scale, sums) = (&weights[norm.scale.clone()], split(norm, sums));
        let mut out = Scratch::zeroed(size);
        math::norm_backward(before, statistics, scale, &mut for_normal, sums, &mut out);
        put(&out, width, part, gradient);
    }
}

/// Extracts the queries (`part` 0) or keys (1) of all rows.
fn take(qkv: &[f32], width: usize, part: usize, out: &mut [f32]) {
    for (row, out) in qkv.chunks_exact(3 * width).zip(out.chunks_exact_mut(width)) {
        out.copy_from_slice(&row[part * width..][..width]);
    }
}

/// Puts them back into all rows.
fn put(values: &[f32], width: usize, part: usize, qkv: &mut [f32]) {
    for (row, values) in qkv.chunks_exact_mut(3 * width).zip(values.chunks_exact(width)) {
        row[part * width..][..width].copy_from_slice(values);
    }
}
