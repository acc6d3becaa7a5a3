//! Multi-head self-attention. A cube handles a head of an image, a unit one of its tokens; the scores of
//! a token stay in its unit (after Dao et al. 2022).

use cubecl::prelude::*;

use crate::dropout::{DropoutRule, factor as factor_of};
use crate::math::sum;

/// The sizes of attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Heads {
    pub tokens: usize,
    pub heads: usize,
    pub head_width: usize,
    /// Whether weights are dropped in training.
    pub dropped: bool,
}

/// Smaller than any score.
pub(crate) const LOWEST: f32 = -1e30;

/// `1 / sqrt(head_width)`, the factor of the queries.
fn factor(heads: Heads) -> f32 {
    (heads.head_width as f32).sqrt().recip()
}

/// The head of a cube, among those of all images; clamped to the last.
#[cube]
fn own_head(images: u32, #[comptime] sizes: Heads) -> usize {
    let heads = images as usize * sizes.heads;
    select(CUBE_POS < heads, CUBE_POS, heads - 1)
}

/// The dropout factor of the weight between two tokens; `head` is the index among the heads of all images.
#[cube]
fn mask(
    dropout: &DropoutRule,
    head: usize,
    token: usize,
    other: usize,
    #[comptime] sizes: Heads,
) -> f32 {
    let mut mask = 1.0f32;
    if comptime!(sizes.dropped) {
        mask = factor_of(dropout, ((head * sizes.tokens + token) * sizes.tokens + other) as u32);
    }
    mask
}

/// Loads `size` vectors.
#[cube]
pub(crate) fn read<F: Float, N: Size>(
    from: &[Vector<F, N>],
    place: usize,
    factor: f32,
    #[comptime] size: usize,
) -> Array<Vector<f32, N>> {
    let mut values = Array::<Vector<f32, N>>::new(size);
    #[unroll]
    for i in 0..size {
        values[i] = Vector::cast_from(from[place + i]) * Vector::new(factor);
    }
    values
}

/// The dot product of a row in registers with one in memory.
#[cube]
pub(crate) fn dot<F: Float, N: Size>(
    left: &Array<Vector<f32, N>>,
    right: &[Vector<F, N>],
    place: usize,
    #[comptime] size: usize,
) -> f32 {
    let mut products = Vector::<f32, N>::new(0.0f32);
    #[unroll]
    for i in 0..size {
        products += left[i] * Vector::cast_from(right[place + i]);
    }
    sum(products)
}

/// Adds `factor` times a row in memory to one in registers.
#[cube]
pub(crate) fn add<F: Float, N: Size>(
    sums: &mut Array<Vector<f32, N>>,
    factor: f32,
    row: &[Vector<F, N>],
    place: usize,
    #[comptime] size: usize,
) {
    #[unroll]
    for i in 0..size {
        sums[i] += Vector::new(factor) * Vector::cast_from(row[place + i]);
    }
}

/// Stores a row.
#[cube]
pub(crate) fn write<F: Float, N: Size>(
    to: &mut [Vector<F, N>],
    place: usize,
    row: &Array<Vector<f32, N>>,
    #[comptime] size: usize,
) {
    #[unroll]
    for i in 0..size {
        to[place + i] = Vector::cast_from(row[i]);
    }
}

/// Zeros in registers.
#[cube]
pub(crate) fn zeros<N: Size>(#[comptime] size: usize) -> Array<Vector<f32, N>> {
    let mut values = Array::<Vector<f32, N>>::new(size);
    #[unroll]
    for i in 0..size {
        values[i] = Vector::new(0.0f32);
    }
    values
}

/// Attention of every token to the tokens of its image, with a running maximum of its scores.
///
/// # Shapes
/// - qkv: `[images, tokens, 3, heads, head_width]`
/// - output: `[images, tokens, heads, head_width]`, written
/// - log_sums (the logarithm of the sum of a row's exponential scores): `[images, tokens, heads]`, written
#[cube(launch_unchecked)]
pub(crate) fn forward<F: Float, N: Size>(
    qkv: &[Vector<F, N>],
    output: &mut [Vector<F, N>],
    log_sums: &mut [f32],
    images: u32,
    dropout: DropoutRule,
    #[comptime] sizes: Heads,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(sizes.head_width / n);
    let width = comptime!(sizes.heads * size);
    let own_head = own_head(images, sizes);
    let (head, image) = (own_head % sizes.heads, own_head / sizes.heads);
    let first = image * sizes.tokens;
    for token in range_stepped(UNIT_POS as usize, sizes.tokens, CUBE_DIM as usize) {
        let row = first + token;
        let query = read(qkv, row * 3 * width + head * size, comptime!(factor(sizes)), size);
        let mut values = zeros(size);
        let highest = RuntimeCell::<f32>::new(LOWEST);
        let total = RuntimeCell::<f32>::new(0.0f32);
        for other in 0..sizes.tokens {
            let key = (first + other) * 3 * width + width + head * size;
            let score = dot(&query, qkv, key, size);
            let new = max(highest.read(), score);
            let shrink = (highest.read() - new).exp();
            let weight = (score - new).exp();
            #[unroll]
            for i in 0..size {
                values[i] *= Vector::new(shrink);
            }
            let shown = weight * mask(&dropout, own_head, token, other, sizes);
            add(&mut values, shown, qkv, key + width, size);
            total.store(total.read() * shrink + weight);
            highest.store(new);
        }
        #[unroll]
        for i in 0..size {
            values[i] /= Vector::new(total.read());
        }
        write(output, row * width + head * size, &values, size);
        log_sums[row * sizes.heads + head] = highest.read() + total.read().ln();
    }
}

/// The attention weights, for display.
///
/// # Shapes
/// - qkv, log_sums: as in [`forward()`]
/// - output: `[images, heads, tokens, tokens]`, written
#[cube(launch_unchecked)]
pub(crate) fn weights<F: Float, N: Size>(
    qkv: &[Vector<F, N>],
    log_sums: &[f32],
    output: &mut [F],
    images: u32,
    #[comptime] sizes: Heads,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(sizes.head_width / n);
    let width = comptime!(sizes.heads * size);
    let own_head = own_head(images, sizes);
    let (head, image) = (own_head % sizes.heads, own_head / sizes.heads);
    let first = image * sizes.tokens;
    for token in range_stepped(UNIT_POS as usize, sizes.tokens, CUBE_DIM as usize) {
        let row = first + token;
        let query = read(qkv, row * 3 * width + head * size, comptime!(factor(sizes)), size);
        let log_sum = log_sums[row * sizes.heads + head];
        let place = ((image * sizes.heads + head) * sizes.tokens + token) * sizes.tokens;
        for other in 0..sizes.tokens {
            let key = (first + other) * 3 * width + width + head * size;
            let weight = (dot(&query, qkv, key, size) - log_sum).exp();
            output[place + other] = F::cast_from(weight);
        }
    }
}

/// The gradient of queries, keys and values from that of the output. Scores are recomputed.
///
/// # Shapes
/// - qkv, log_sums: as in [`forward()`]
/// - values, gradient: as `output` in [`forward()`] and its gradient
/// - out: as `qkv`, written
#[cube(launch_unchecked)]
pub(crate) fn backward<F: Float, N: Size>(
    qkv: &[Vector<F, N>],
    values: &[Vector<F, N>],
    log_sums: &[f32],
    gradient: &[Vector<F, N>],
    out: &mut [Vector<F, N>],
    images: u32,
    dropout: DropoutRule,
    #[comptime] sizes: Heads,
    #[define(F)] _dtype: ElemType,
) {
    let n = N::value();
    let size = comptime!(sizes.head_width / n);
    let width = comptime!(sizes.heads * size);
    let factor = comptime!(factor(sizes));
    let own_head = own_head(images, sizes);
    let (head, image) = (own_head % sizes.heads, own_head / sizes.heads);
    let first = image * sizes.tokens;
    for token in range_stepped(UNIT_POS as usize, sizes.tokens, CUBE_DIM as usize) {
        let row = first + token;
        let own = row * width + head * size;
        let place = row * 3 * width + head * size;

        // This token as a query: the gradient of its query.
        let query = read(qkv, place, factor, size);
        let for_read = read(gradient, own, 1.0f32, size);
        let expected = dot(&for_read, values, own, size);
        let log_sum = log_sums[row * sizes.heads + head];
        let mut for_query = zeros(size);
        for other in 0..sizes.tokens {
            let key = (first + other) * 3 * width + width + head * size;
            let weight = (dot(&query, qkv, key, size) - log_sum).exp();
            let for_weight = dot(&for_read, qkv, key + width, size)
                * mask(&dropout, own_head, token, other, sizes);
            let for_score = weight * (for_weight - expected);
            add(&mut for_query, for_score * factor, qkv, key, size);
        }
        write(out, place, &for_query, size);

        // This token as a key: the gradient of its key and value.
        let key = read(qkv, place + width, factor, size);
        let value = read(qkv, place + 2 * width, 1.0f32, size);
        let mut for_key = zeros(size);
        let mut for_value = zeros(size);
        for other in 0..sizes.tokens {
            let reader = first + other;
            let query = reader * 3 * width + head * size;
            let place = reader * width + head * size;
            let log_sum = log_sums[reader * sizes.heads + head];
            let weight = (dot(&key, qkv, query, size) - log_sum).exp();
            let mask = mask(&dropout, own_head, other, token, sizes);
            let mut slope = Vector::<f32, N>::new(0.0f32);
            #[unroll]
            for i in 0..size {
                let off = value[i] * Vector::new(mask) - Vector::cast_from(values[place + i]);
                slope += off * Vector::cast_from(gradient[place + i]);
            }
            add(&mut for_key, weight * sum(slope) * factor, qkv, query, size);
            add(&mut for_value, weight * mask, gradient, place, size);
        }
        write(out, place + width, &for_key, size);
        write(out, place + 2 * width, &for_value, size);
    }
}
