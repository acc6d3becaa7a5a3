//! The backward pass of a block for some images.

use crate::attention::Attending;
use crate::dropout::{Branch, DropoutMasks};
use crate::forward::{Saved, second_half};
use crate::layer::{linear_backward, normalise, split};
use crate::mlp;
use crate::scratch::Scratch;
use crate::shape::BlockShape;
use crate::{attention, math, qk_norm};

/// Backpropagates through a block for some images; `masks` must be those of the forward pass.
///
/// # Shapes
/// - weights: `[parameters]`
/// - tokens, gradient (of the output): `[images, tokens, width]`
/// - saved: `[images, saved_size]`
/// - out (the tokens' gradient): `[images, tokens, width]`, written
/// - sums (the weights' gradient): `[parameters]`, added to
pub fn backward(
    shape: &BlockShape,
    weights: &[f32],
    [tokens, saved]: [&[f32]; 2],
    masks: DropoutMasks,
    gradient: &[f32],
    out: &mut [f32],
    sums: &mut [f32],
) {
    let parts = shape.parts();
    let image = shape.tokens * shape.width;
    let saved = Saved::read(shape, saved);

    // Through the MLP, to the tokens between attention and MLP.
    let mut for_middle = Scratch::of(tokens.len());
    let known =
        mlp::Saved { statistics: saved.statistics2, hidden: saved.hidden, slopes: saved.slopes };
    let half = second_half(shape, &parts);
    half.backward(weights, (saved.middle, known), masks, gradient, &mut for_middle, sums);

    // Through the attention, to the input tokens.
    let [mut normal, mut for_normal, mut for_read] = [(); 3].map(|()| Scratch::of(tokens.len()));
    let masked = masks.of_branch(Branch::Attention, &for_middle, image);
    let for_attention = masked.as_deref().unwrap_or(&for_middle);
    linear_backward(
        &parts.attention.projection,
        weights,
        saved.read,
        for_attention,
        &mut for_read,
        sums,
    );
    let mut for_qkv = Scratch::of(3 * tokens.len());
    let known = [saved.qkv, saved.weights];
    attention::backward(&Attending::from(shape), known, &for_read, &mut for_qkv, &mut [], masks);
    if let Some(norms) = &parts.attention.qk_norms {
        let known = [saved.before, saved.qk_statistics];
        qk_norm::backward(norms, weights, shape.width, known, &mut for_qkv, sums);
    }
    normalise(&parts.norm1, weights, tokens, saved.statistics1, &mut normal);
    linear_backward(&parts.attention.qkv, weights, &normal, &for_qkv, &mut for_normal, sums);
    out.copy_from_slice(&for_middle);
    let (known, scale) = (saved.statistics1, &weights[parts.norm1.scale.clone()]);
    let for_norm = split(&parts.norm1, sums);
    math::norm_backward(tokens, known, scale, &mut for_normal, for_norm, out);
}
