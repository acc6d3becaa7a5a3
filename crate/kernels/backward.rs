//! The backward pass of a block for some images.

use crate::dropout::{Branch, DropoutMasks};
use crate::forward::Saved;
use crate::layer::{linear_backward, normalise, split};
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
    let rows = tokens.len() / shape.width;
    let image = shape.tokens * shape.width;
    let saved = Saved::read(shape, saved);
    let mut normal = Scratch::of(tokens.len());
    let mut for_normal = Scratch::of(tokens.len());

    // Through the MLP, to the tokens between attention and MLP.
    let mut for_hidden = Scratch::of(rows * shape.mlp);
    let masked = of_branch(gradient, masks, Branch::Mlp, image);
    let for_mlp = masked.as_deref().unwrap_or(gradient);
    linear_backward(&parts.mlp.output, weights, saved.hidden, for_mlp, &mut for_hidden, sums);
    math::multiply(&mut for_hidden, saved.slopes);
    normalise(&parts.norm2, weights, saved.middle, saved.statistics2, &mut normal);
    linear_backward(&parts.mlp.hidden, weights, &normal, &for_hidden, &mut for_normal, sums);
    let mut for_middle = Scratch::copy(gradient);
    let (known, scale) = (saved.statistics2, &weights[parts.norm2.scale.clone()]);
    let for_norm = split(&parts.norm2, sums);
    math::norm_backward(saved.middle, known, scale, &mut for_normal, for_norm, &mut for_middle);

    // Through the attention, to the input tokens.
    let mut for_read = Scratch::of(tokens.len());
    let masked = of_branch(&for_middle, masks, Branch::Attention, image);
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
    attention::backward(shape, [saved.qkv, saved.weights], &for_read, &mut for_qkv, masks);
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

/// The gradient of a branch's output, if it differs from that of the residual sum.
fn of_branch(
    gradient: &[f32],
    masks: DropoutMasks,
    branch: Branch,
    image: usize,
) -> Option<Scratch> {
    (!masks.regularization.is_identity_for(branch)).then(|| {
        let mut masked = Scratch::copy(gradient);
        masks.apply(branch, &mut masked, image);
        masked
    })
}
