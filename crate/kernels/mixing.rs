//! How attention sublayers mix tokens where it is not plain attention, for some images: the bias of relative positions,
//! linear attention, and attention of low rank.

use crate::attention::Attending;
use crate::attention_core::{self, Attention, AttentionGradients};
use crate::dropout::{DropoutMasks, Site};
use crate::gather::Index;
use crate::linear_attention::{self, LinearAttention};
use crate::math;
use crate::matrix::{Matrix, Onto, product};
use crate::scratch::Scratch;

/// The bias of the scores, `[groups, heads, pairs]`.
///
/// # Shapes
/// - pairs: for each pair of tokens a row of the table
/// - table: `[rows, heads]`
/// - mask: `[groups, pairs]`, or empty for one group without a mask
pub fn bias(pairs: &Index, table: &[f32], mask: &[f32]) -> Vec<f32> {
    let heads = table.len() / pairs.count();
    let of_head = |head: usize| move |&row: &u32| table[row as usize * heads + head];
    let all = || (0..heads).flat_map(move |head| pairs.tokens().iter().map(of_head(head)));
    if mask.is_empty() {
        return all().collect();
    }
    let groups = mask.chunks_exact(pairs.len());
    groups
        .flat_map(|mask| all().zip(mask.iter().cycle()).map(|(value, mask)| value + mask))
        .collect()
}

/// Adds the gradient of [`bias`], summed over groups, `[heads, pairs]`, to that of the table, `[rows, heads]`.
pub fn bias_backward(pairs: &Index, gradient: &[f32], table: &mut [f32]) {
    let heads = table.len() / pairs.count();
    for (head, gradient) in gradient.chunks_exact(pairs.len()).enumerate() {
        for (&row, slope) in pairs.tokens().iter().zip(gradient) {
            table[row as usize * heads + head] += slope;
        }
    }
}

/// The features of queries and keys of an image, and its values, `[tokens, width]` each.
fn features(of: &Attending, qkv: &[f32]) -> [Scratch; 3] {
    let head_width = of.width / of.heads;
    let mut parts = [(); 3].map(|()| Scratch::of(of.tokens * of.width));
    for (part, out) in parts.iter_mut().enumerate() {
        let rows = qkv.chunks_exact(3 * of.width).zip(out.chunks_exact_mut(of.width));
        for (row, out) in rows {
            for (head, out) in out.chunks_exact_mut(head_width).enumerate() {
                out.copy_from_slice(&row[of.start(head, part)..][..head_width]);
            }
        }
    }
    let [query, key, _] = &mut parts;
    math::elu_plus_one(query);
    math::elu_plus_one(key);
    parts
}

/// The inverse of the copy in [`features`].
fn put(of: &Attending, parts: [&[f32]; 3], qkv: &mut [f32]) {
    let head_width = of.width / of.heads;
    for (part, values) in parts.into_iter().enumerate() {
        let rows = qkv.chunks_exact_mut(3 * of.width).zip(values.chunks_exact(of.width));
        for (out, row) in rows {
            for (head, values) in row.chunks_exact(head_width).enumerate() {
                out[of.start(head, part)..][..head_width].copy_from_slice(values);
            }
        }
    }
}

fn linear_sizes(of: &Attending) -> LinearAttention {
    let &Attending { tokens, width, heads, .. } = of;
    LinearAttention { heads, queries: tokens, keys: tokens, features: width, value_width: width }
}

/// Linear attention with the features `elu(x) + 1`.
///
/// # Shapes
/// - qkv: `[images, tokens, 3 · width]`
/// - read: `[images, tokens, width]`, written
pub fn linear(of: &Attending, qkv: &[f32], read: &mut [f32]) {
    let (size, sizes) = (of.tokens * of.width, linear_sizes(of));
    for (qkv, read) in qkv.chunks_exact(3 * size).zip(read.chunks_exact_mut(size)) {
        let [query, key, value] = features(of, qkv);
        linear_attention::forward(&sizes, [&query, &key, &value], read);
    }
}

/// The backward pass of [`linear`]: writes the gradient of `qkv`.
pub fn linear_backward(of: &Attending, qkv: &[f32], gradient: &[f32], out: &mut [f32]) {
    let (size, sizes) = (of.tokens * of.width, linear_sizes(of));
    let images = qkv.chunks_exact(3 * size).zip(gradient.chunks_exact(size));
    for ((qkv, gradient), out) in images.zip(out.chunks_exact_mut(3 * size)) {
        let [query, key, value] = features(of, qkv);
        let mut found = [(); 3].map(|()| Scratch::of(size));
        let [for_query, for_key, for_value] = &mut found;
        let slopes = [&mut **for_query, for_key, for_value];
        linear_attention::backward(&sizes, [&query, &key, &value], gradient, slopes);
        math::elu_plus_one_backward(&query, for_query);
        math::elu_plus_one_backward(&key, for_key);
        put(of, [for_query, for_key, for_value], out);
    }
}

/// The images of an array of three parts, `[3, images, size]`: the three slices of each.
fn images(parts: &[f32], size: usize) -> impl Iterator<Item = [&[f32]; 3]> {
    let [one, two, three] = [0, 1, 2].map(|part| {
        let each = parts.len() / 3;
        parts[part * each..][..each].chunks_exact(size)
    });
    one.zip(two).zip(three).map(|((one, two), three)| [one, two, three])
}

fn low_rank_sizes(of: &Attending, rank: usize, masks: DropoutMasks) -> Attention {
    let &Attending { tokens, width, heads, .. } = of;
    Attention {
        heads,
        queries: tokens,
        keys: rank,
        width,
        value_width: width,
        scale: ((width / heads) as f32).sqrt().recip(),
        dropout: masks.regularization.at(Site::Attention),
    }
}

/// Attention to sums over all tokens (Wang et al. 2020).
///
/// # Shapes
/// - sums (of keys and of values): `[tokens, rank]` each
/// - qkv: `[3, images, tokens, width]`
/// - weights (before dropout): `[images, heads, tokens, rank]`, written
/// - read: `[images, tokens, width]`, written
/// - summed (keys and values): `[images, 2, rank, width]`, written
pub fn low_rank(
    of: &Attending,
    sums: [&[f32]; 2],
    qkv: &[f32],
    [weights, read, summed]: [&mut [f32]; 3],
    masks: DropoutMasks,
) {
    let (size, rank) = (of.tokens * of.width, sums[0].len() / of.tokens);
    let sizes = low_rank_sizes(of, rank, masks);
    let made = weights
        .chunks_exact_mut(sizes.weights())
        .zip(read.chunks_exact_mut(size))
        .zip(summed.chunks_exact_mut(2 * rank * of.width));
    for (image, ([query, key, value], ((weights, read), summed))) in
        (masks.first..).zip(images(qkv, size).zip(made))
    {
        let parts = summed.chunks_exact_mut(rank * of.width).zip([key, value]).zip(sums);
        for ((out, rows), sums) in parts {
            let sums = Matrix::rows(sums, rank).transposed();
            product(out, of.width, Onto::Nothing, 1.0, sums, Matrix::rows(rows, of.width));
        }
        let (key, value) = summed.split_at(rank * of.width);
        attention_core::forward(&sizes, image, [query, key, value], None, weights, read);
    }
}

/// The backward pass of [`low_rank`].
///
/// # Shapes
/// - saved: `qkv`, and the `weights` and `summed` that [`low_rank`] wrote
/// - gradient: as `read` in [`low_rank`]
/// - out: as `qkv`, written
/// - for_sums: as `sums`, added to
pub fn low_rank_backward(
    of: &Attending,
    sums: [&[f32]; 2],
    [qkv, weights, summed]: [&[f32]; 3],
    gradient: &[f32],
    out: &mut [f32],
    mut for_sums: [&mut [f32]; 2],
    masks: DropoutMasks,
) {
    let (size, rank) = (of.tokens * of.width, sums[0].len() / of.tokens);
    let sizes = low_rank_sizes(of, rank, masks);
    let known = weights
        .chunks_exact(sizes.weights())
        .zip(summed.chunks_exact(2 * rank * of.width))
        .zip(gradient.chunks_exact(size));
    let (for_query, rest) = out.split_at_mut(out.len() / 3);
    let (for_key, for_value) = rest.split_at_mut(rest.len() / 2);
    let found = for_query
        .chunks_exact_mut(size)
        .zip(for_key.chunks_exact_mut(size))
        .zip(for_value.chunks_exact_mut(size));
    let mut for_summed = Scratch::of(2 * rank * of.width);
    for (image, (([query, key, value], ((weights, summed), gradient)), found)) in
        (masks.first..).zip(images(qkv, size).zip(known).zip(found))
    {
        let ((for_query, for_key), for_value) = found;
        let (summed_key, summed_value) = summed.split_at(rank * of.width);
        let (slopes_key, slopes_value) = for_summed.split_at_mut(rank * of.width);
        let slopes = AttentionGradients { query: for_query, key: slopes_key, value: slopes_value };
        let given = [query, summed_key, summed_value];
        attention_core::backward(&sizes, image, given, weights, gradient, slopes, None);
        let parts = for_summed.chunks_exact(rank * of.width).zip(sums).zip(&mut for_sums);
        let rows = [(key, for_key), (value, for_value)];
        for (((slopes, sums), for_sums), (rows, out)) in parts.zip(rows) {
            let slopes = Matrix::rows(slopes, of.width);
            product(out, of.width, Onto::Nothing, 1.0, Matrix::rows(sums, rank), slopes);
            let rows = Matrix::rows(rows, of.width);
            product(for_sums, rank, Onto::Itself, 1.0, rows, slopes.transposed());
        }
    }
}
