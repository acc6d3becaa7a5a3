//! Attention from queries, keys and values (Vaswani et al. 2017, section 3.2) for one image: one head after the other,
//! forward and backward.
//!
//! The numbers of queries and keys may differ. A bias may be added to the scores: relative positions, or a mask of
//! very negative numbers.

use crate::dropout::Dropout;
use crate::math;
use crate::matrix::{Matrix, Onto, product};
use crate::scratch::Scratch;

/// The sizes of attention, its scale and dropout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attention {
    /// Attention heads; divides both widths.
    pub heads: usize,
    /// Queries per image.
    pub queries: usize,
    /// Keys, and values, per image.
    pub keys: usize,
    /// Width of queries and keys, all heads together.
    pub width: usize,
    /// Width of values, all heads together.
    pub value_width: usize,
    /// The factor of the scores.
    pub scale: f32,
    /// Dropout of the attention weights, by their index in `[images, heads, queries, keys]`.
    pub dropout: Option<Dropout>,
}

/// Gradients of one image's queries, keys and values, of the same shapes; written.
#[derive(Debug)]
pub struct AttentionGradients<'a> {
    /// `[queries, width]`
    pub query: &'a mut [f32],
    /// `[keys, width]`
    pub key: &'a mut [f32],
    /// `[keys, value_width]`
    pub value: &'a mut [f32],
}

impl Attention {
    /// The number of an image's attention weights, `[heads, queries, keys]`.
    pub fn weights(&self) -> usize {
        self.heads * self.queries * self.keys
    }

    /// Width of queries and keys in one head.
    pub fn head_width(&self) -> usize {
        self.width / self.heads
    }

    /// Width of values in one head.
    pub fn value_head_width(&self) -> usize {
        self.value_width / self.heads
    }

    /// The weights of one head, `[queries, keys]`.
    fn head<'a>(&self, all: &'a [f32], head: usize) -> &'a [f32] {
        let size = self.queries * self.keys;
        &all[head * size..][..size]
    }

    /// Queries, keys and values of one head.
    fn parts<'a>(&self, [query, key, value]: [&'a [f32]; 3], head: usize) -> [Matrix<'a>; 3] {
        let part = |all: &'a [f32], rows, width: usize| {
            let columns = width / self.heads;
            Matrix::strided(&all[head * columns..], [rows, columns], width)
        };
        [
            part(query, self.queries, self.width),
            part(key, self.keys, self.width),
            part(value, self.keys, self.value_width),
        ]
    }

    /// The offset of the weights of an image's head in those of the batch.
    fn place(&self, image: usize, head: usize) -> usize {
        (image * self.heads + head) * self.queries * self.keys
    }
}

/// Attention for all queries of an image.
///
/// # Shapes
/// - given: queries `[queries, width]`, keys `[keys, width]`, values `[keys, value_width]`
/// - bias: `[heads, queries, keys]`
/// - weights (before dropout): `[heads, queries, keys]`, written
/// - output: `[queries, value_width]`, written
pub fn forward(
    of: &Attention,
    image: usize,
    given: [&[f32]; 3],
    bias: Option<&[f32]>,
    weights: &mut [f32],
    output: &mut [f32],
) {
    let (size, columns) = (of.queries * of.keys, of.value_head_width());
    for (head, weights) in weights.chunks_exact_mut(size).enumerate() {
        let [query, key, value] = of.parts(given, head);
        product(weights, of.keys, Onto::Nothing, of.scale, query, key.transposed());
        if let Some(bias) = bias {
            math::add(weights, of.head(bias, head));
        }
        math::softmax(weights, of.keys);
        let dropped = dropped(of, weights, of.place(image, head));
        let read_with = Matrix::rows(dropped.as_deref().unwrap_or(&*weights), of.keys);
        let output = &mut output[head * columns..];
        product(output, of.value_width, Onto::Nothing, 1.0, read_with, value);
    }
}

/// The weights of a head after dropout; `None` without dropout.
fn dropped(of: &Attention, weights: &[f32], place: usize) -> Option<Scratch> {
    of.dropout.map(|dropout| {
        let mut dropped = Scratch::copy(weights);
        dropout.apply(&mut dropped, place);
        dropped
    })
}

/// The gradient of an image's queries, keys, values and bias from that of the output.
///
/// # Shapes
/// - given, weights: as in [`forward`]
/// - gradient: `[queries, value_width]`
/// - out: written
/// - for_bias: `[heads, queries, keys]`, added to
pub fn backward(
    of: &Attention,
    image: usize,
    given: [&[f32]; 3],
    weights: &[f32],
    gradient: &[f32],
    out: AttentionGradients,
    mut for_bias: Option<&mut [f32]>,
) {
    let (size, [columns, value_columns]) =
        (of.queries * of.keys, [of.head_width(), of.value_head_width()]);
    let mut scores = Scratch::of(size);
    for head in 0..of.heads {
        let [query, key, value] = of.parts(given, head);
        let weights = of.head(weights, head);
        let gradient = &gradient[head * value_columns..];
        let gradient = Matrix::strided(gradient, [of.queries, value_columns], of.value_width);
        product(&mut scores, of.keys, Onto::Nothing, 1.0, gradient, value.transposed());
        let dropped = dropped(of, weights, of.place(image, head));
        if let Some(dropout) = of.dropout {
            dropout.apply(&mut scores, of.place(image, head));
        }
        let read_with = Matrix::rows(dropped.as_deref().unwrap_or(weights), of.keys);
        let for_value = &mut out.value[head * value_columns..];
        let read_by = read_with.transposed();
        product(for_value, of.value_width, Onto::Nothing, 1.0, read_by, gradient);
        math::softmax_backward(weights, &mut scores, of.keys, 1.0);
        if let Some(sums) = &mut for_bias {
            math::add(&mut sums[head * size..][..size], &scores);
        }
        let for_scores = Matrix::rows(&scores, of.keys);
        let for_query = &mut out.query[head * columns..];
        product(for_query, of.width, Onto::Nothing, of.scale, for_scores, key);
        let for_key = &mut out.key[head * columns..];
        product(for_key, of.width, Onto::Nothing, of.scale, for_scores.transposed(), query);
    }
}
