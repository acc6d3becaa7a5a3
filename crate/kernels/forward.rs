//! The forward pass of a block for some images.

use std::ops::Range;

use patchwork_arch::PlainBlockArrays;

use crate::attention::Attending;
use crate::dropout::{Branch, DropoutMasks};
use crate::layer::{linear, normalise};
use crate::mlp::{self, Mlp};
use crate::saved;
use crate::scratch::Scratch;
use crate::shape::BlockShape;
use crate::{attention, math, qk_norm};

/// Activations of some images that the backward pass needs.
pub struct Saved<T> {
    /// Mean and reciprocal deviation of the norm before the attention, `[rows, 2]`.
    pub statistics1: T,
    /// Queries, keys and values, `[rows, 3 · width]`.
    pub qkv: T,
    /// Queries, then keys, before their norms, `[2, rows, width]`; empty without QK-norm.
    pub before: T,
    /// Mean and reciprocal deviation of each head's queries and keys, `[2, rows, heads, 2]`; empty
    /// without QK-norm.
    pub qk_statistics: T,
    /// Attention weights, `[images, heads, tokens, tokens]`.
    pub weights: T,
    /// The output of the heads, `[rows, width]`.
    pub read: T,
    /// The tokens between attention and MLP, `[rows, width]`.
    pub middle: T,
    /// Mean and reciprocal deviation of the norm before the MLP, `[rows, 2]`.
    pub statistics2: T,
    /// The hidden layer after GELU and dropout, `[rows, mlp]`.
    pub hidden: T,
    /// The derivatives of GELU and dropout, `[rows, mlp]`.
    pub slopes: T,
}

impl<T> Saved<T> {
    /// The arrays of `images` images: `take` provides the next ones by size.
    pub fn of(shape: &BlockShape, images: usize, mut take: impl FnMut(usize) -> T) -> Self {
        let &BlockShape { tokens, width, heads, mlp, qk_norm } = shape;
        let [before, known] = if qk_norm { [2 * width, 4 * heads] } else { [0; 2] };
        let mut rows = |columns| take(images * tokens * columns);
        Self {
            statistics1: rows(2),
            qkv: rows(3 * width),
            before: rows(before),
            qk_statistics: rows(known),
            weights: rows(heads * tokens),
            read: rows(width),
            middle: rows(width),
            statistics2: rows(2),
            hidden: rows(mlp),
            slopes: rows(mlp),
        }
    }
}

impl<'a> Saved<&'a [f32]> {
    /// Splits the saved array of a forward pass for some images, `[images, saved_size]`.
    pub fn read(shape: &BlockShape, all: &'a [f32]) -> Self {
        Self::of(shape, all.len() / saved_size(shape), saved::parts(all))
    }
}

/// The size of an image's saved activations.
pub fn saved_size(shape: &BlockShape) -> usize {
    let mut size = 0;
    Saved::of(shape, 1, |count| size += count);
    size
}

/// The attention weights in a forward pass's saved array, `[images, heads, tokens, tokens]`.
///
/// # Shapes
/// - saved: `[images, saved_size]`
pub fn kept_attention<'a>(shape: &BlockShape, saved: &'a [f32]) -> &'a [f32] {
    Saved::read(shape, saved).weights
}

/// The forward pass of a block for some images; `masks` is its regularization.
///
/// # Shapes
/// - weights: `[parameters]`, see [`BlockShape::parameters`]
/// - tokens, output: `[images, tokens, width]`
/// - saved: `[images, saved_size]`
pub fn forward(
    shape: &BlockShape,
    weights: &[f32],
    tokens: &[f32],
    masks: DropoutMasks,
    output: &mut [f32],
    saved: &mut [f32],
) {
    let parts = shape.parts();
    let image = shape.tokens * shape.width;
    let images = tokens.len() / image;
    let saved = Saved::of(shape, images, saved::parts_mut(saved));
    let mut normal = Scratch::of(tokens.len());

    math::statistics(tokens, shape.width, saved.statistics1);
    normalise(&parts.norm1, weights, tokens, saved.statistics1, &mut normal);
    linear(&parts.attention.qkv, weights, &normal, saved.qkv);
    if let Some(norms) = &parts.attention.qk_norms {
        let keep = [saved.before, saved.qk_statistics];
        qk_norm::forward(norms, weights, shape.width, saved.qkv, keep);
    }
    attention::forward(&Attending::from(shape), saved.qkv, saved.weights, saved.read, masks);
    linear(&parts.attention.projection, weights, saved.read, saved.middle);
    masks.apply(Branch::Attention, saved.middle, image);
    math::add(saved.middle, tokens);

    let kept =
        mlp::Saved { statistics: saved.statistics2, hidden: saved.hidden, slopes: saved.slopes };
    second_half(shape, &parts).forward(weights, saved.middle, masks, output, kept);
}

/// The norm and the MLP of a plain block.
pub(crate) fn second_half<'a>(
    shape: &BlockShape,
    parts: &'a PlainBlockArrays<Range<usize>>,
) -> Mlp<'a> {
    Mlp { norm: &parts.norm2, layers: &parts.mlp, tokens: shape.tokens, between: false }
}
