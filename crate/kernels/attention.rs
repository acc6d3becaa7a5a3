//! Multi-head self-attention of some images, one image and head after the other.

use crate::dropout::{DropoutMasks, Site};
use crate::math;
use crate::matrix::{Matrix, Onto, product};
use crate::scratch::Scratch;
use crate::shape::BlockShape;

/// The sizes of attention, and what is added to its scores.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attending<'a> {
    /// Tokens that attend to each other: those of an image, or of a window.
    pub tokens: usize,
    /// Width of a token.
    pub width: usize,
    /// Heads; divides the width.
    pub heads: usize,
    /// Whether queries, keys and values lie head by head: `[heads, 3, head_width]` instead of `[3, heads, head_width]`.
    pub by_head: bool,
    /// Added to the scores, `[groups, heads, tokens, tokens]`: image `i` has group `i % groups`. Empty for nothing.
    pub bias: &'a [f32],
}

impl From<&BlockShape> for Attending<'_> {
    fn from(shape: &BlockShape) -> Self {
        let &BlockShape { tokens, width, heads, .. } = shape;
        Self { tokens, width, heads, by_head: false, bias: &[] }
    }
}

impl<'a> Attending<'a> {
    fn head_width(&self) -> usize {
        self.width / self.heads
    }

    /// The first column of a head's queries (part 0), keys (1) or values (2).
    pub fn start(&self, head: usize, part: usize) -> usize {
        let head_width = self.head_width();
        match self.by_head {
            true => (3 * head + part) * head_width,
            false => part * self.width + head * head_width,
        }
    }

    /// What is added to the scores of an image's head, if anything.
    fn bias(&self, image: usize, head: usize) -> Option<&'a [f32]> {
        let size = self.tokens * self.tokens;
        let groups = self.bias.len() / (self.heads * size);
        (groups > 0).then(|| &self.bias[(image % groups * self.heads + head) * size..][..size])
    }
}

/// Queries, keys and values of one image and head: three matrices `[tokens, head_width]` whose rows lie
/// `3 · width` apart.
fn parts<'a>(shape: &Attending, qkv: &'a [f32], head: usize) -> [Matrix<'a>; 3] {
    let size = [shape.tokens, shape.head_width()];
    [0, 1, 2].map(|part| Matrix::strided(&qkv[shape.start(head, part)..], size, 3 * shape.width))
}

/// Multi-head self-attention within each image.
///
/// # Shapes
/// - qkv: `[images, tokens, 3, heads, head_width]`
/// - weights (before dropout): `[images, heads, tokens, tokens]`, written
/// - read (the heads' output): `[images, tokens, heads, head_width]`, written
pub(crate) fn forward(
    shape: &Attending,
    qkv: &[f32],
    weights: &mut [f32],
    read: &mut [f32],
    masks: DropoutMasks,
) {
    let (tokens, width, head_width) = (shape.tokens, shape.width, shape.head_width());
    let factor = (head_width as f32).sqrt().recip();
    let images = qkv.chunks_exact(3 * tokens * width).zip(read.chunks_exact_mut(tokens * width));
    let all_weights = weights.chunks_exact_mut(shape.heads * tokens * tokens);
    let dropout = masks.regularization.at(Site::Attention);
    let mut scratch = Scratch::of(tokens * tokens);
    for (image, ((qkv, read), weights)) in images.zip(all_weights).enumerate() {
        for (head, weights) in weights.chunks_exact_mut(tokens * tokens).enumerate() {
            let [query, key, value] = parts(shape, qkv, head);
            product(weights, tokens, Onto::Nothing, factor, query, key.transposed());
            if let Some(bias) = shape.bias(image, head) {
                math::add(weights, bias);
            }
            math::softmax(weights, tokens);
            let mut applied = &*weights;
            if let Some(dropout) = dropout {
                scratch.copy_from_slice(weights);
                dropout.apply(&mut scratch, place(shape, masks, image, head));
                applied = &scratch;
            }
            let read = &mut read[head * head_width..];
            product(read, width, Onto::Nothing, 1.0, Matrix::rows(applied, tokens), value);
        }
    }
}

/// The offset of the weights of an image's head in those of the whole batch.
fn place(shape: &Attending, masks: DropoutMasks, image: usize, head: usize) -> usize {
    ((masks.first + image) * shape.heads + head) * shape.tokens.pow(2)
}

/// The gradient of queries, keys and values from that of the heads' output.
///
/// # Shapes
/// - qkv, weights, gradient: as `qkv`, `weights` and `read` in [`forward`]
/// - out: as `qkv`, written
/// - for_bias: `[heads, tokens, tokens]`, added to; empty if none is needed
pub(crate) fn backward(
    shape: &Attending,
    [qkv, weights]: [&[f32]; 2],
    gradient: &[f32],
    out: &mut [f32],
    for_bias: &mut [f32],
    masks: DropoutMasks,
) {
    let (tokens, width, head_width) = (shape.tokens, shape.width, shape.head_width());
    let factor = (head_width as f32).sqrt().recip();
    let (dropout, biased) = (masks.regularization.at(Site::Attention), !for_bias.is_empty());
    let [mut scores, mut scratch] = [(); 2].map(|()| Scratch::of(tokens * tokens));
    let images = qkv.chunks_exact(3 * tokens * width).zip(out.chunks_exact_mut(3 * tokens * width));
    let known = weights
        .chunks_exact(shape.heads * tokens * tokens)
        .zip(gradient.chunks_exact(tokens * width));
    for (image, ((qkv, out), (weights, gradient))) in images.zip(known).enumerate() {
        for (head, weights) in weights.chunks_exact(tokens * tokens).enumerate() {
            let [query, key, value] = parts(shape, qkv, head);
            let size = [tokens, head_width];
            let gradient = Matrix::strided(&gradient[head * head_width..], size, width);
            product(&mut scores, tokens, Onto::Nothing, 1.0, gradient, value.transposed());
            let mut applied = weights;
            if let Some(dropout) = dropout {
                scratch.copy_from_slice(weights);
                dropout
                    .apply_to_both([&mut scratch, &mut scores], place(shape, masks, image, head));
                applied = &scratch;
            }
            let read_by = Matrix::rows(applied, tokens).transposed();
            let [for_query, for_key, for_value] = [0, 1, 2].map(|part| shape.start(head, part));
            product(&mut out[for_value..], 3 * width, Onto::Nothing, 1.0, read_by, gradient);
            math::softmax_backward(weights, &mut scores, tokens, if biased { 1.0 } else { factor });
            if biased {
                math::add(&mut for_bias[head * tokens * tokens..][..tokens * tokens], &scores);
                math::scale(&mut scores, factor);
            }
            let scores = Matrix::rows(&scores, tokens);
            product(&mut out[for_query..], 3 * width, Onto::Nothing, 1.0, scores, key);
            product(&mut out[for_key..], 3 * width, Onto::Nothing, 1.0, scores.transposed(), query);
        }
    }
}
