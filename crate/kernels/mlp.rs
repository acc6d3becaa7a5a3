//! The second half of a block for some images: LayerNorm and MLP on a residual connection, forward and backward.

use std::ops::Range;

use patchwork_arch::MlpArrays;

use crate::dropout::{Branch, DropoutMasks, Site};
use crate::layer::{linear, linear_backward, normalise, split};
use crate::math;
use crate::scratch::Scratch;
use crate::shape::Norm;

/// The layers, and how they are connected.
#[derive(Debug)]
pub(crate) struct Mlp<'a> {
    /// Before the MLP.
    pub norm: &'a Norm,
    /// The MLP.
    pub layers: &'a MlpArrays<Range<usize>>,
    /// Tokens per image.
    pub tokens: usize,
    /// Whether the MLP's output is added to the normalised tokens instead of the tokens.
    pub between: bool,
}

/// Activations of some images that the backward pass needs.
#[derive(Debug)]
pub(crate) struct Saved<T> {
    /// Mean and reciprocal deviation of the norm, `[rows, 2]`.
    pub statistics: T,
    /// The hidden layer after GELU and dropout, `[rows, hidden]`.
    pub hidden: T,
    /// The derivatives of GELU and dropout, `[rows, hidden]`.
    pub slopes: T,
}

impl Mlp<'_> {
    fn width(&self) -> usize {
        self.norm.scale.len()
    }

    /// The forward pass.
    ///
    /// # Shapes
    /// - tokens, output (written): `[images, tokens, width]`
    pub fn forward(
        &self,
        weights: &[f32],
        tokens: &[f32],
        masks: DropoutMasks,
        output: &mut [f32],
        saved: Saved<&mut [f32]>,
    ) {
        let (width, MlpArrays { hidden, output: layer }) = (self.width(), self.layers);
        let mut normal = Scratch::of(tokens.len());
        math::statistics(tokens, width, saved.statistics);
        normalise(self.norm, weights, tokens, saved.statistics, &mut normal);
        linear(hidden, weights, &normal, saved.hidden);
        math::gelu(saved.hidden, saved.slopes);
        if let Some(dropout) = masks.regularization.at(Site::Hidden) {
            let first = masks.first * self.tokens * hidden.bias.len();
            dropout.apply_to_both([&mut *saved.hidden, &mut *saved.slopes], first);
        }
        linear(layer, weights, saved.hidden, output);
        masks.apply(Branch::Mlp, output, self.tokens * width);
        math::add(output, if self.between { &normal } else { tokens });
    }

    /// The backward pass; `masks` must be those of the forward pass.
    ///
    /// # Shapes
    /// - tokens, gradient (of the output): `[images, tokens, width]`
    /// - out (the tokens' gradient): `[images, tokens, width]`, written
    /// - sums (the weights' gradient): `[parameters]`, added to
    pub fn backward(
        &self,
        weights: &[f32],
        (tokens, saved): (&[f32], Saved<&[f32]>),
        masks: DropoutMasks,
        gradient: &[f32],
        out: &mut [f32],
        sums: &mut [f32],
    ) {
        let MlpArrays { hidden, output } = self.layers;
        let [mut normal, mut for_normal] = [(); 2].map(|()| Scratch::of(tokens.len()));
        let mut for_hidden = Scratch::of(saved.hidden.len());
        let masked = masks.of_branch(Branch::Mlp, gradient, self.tokens * self.width());
        let for_mlp = masked.as_deref().unwrap_or(gradient);
        linear_backward(output, weights, saved.hidden, for_mlp, &mut for_hidden, sums);
        math::multiply(&mut for_hidden, saved.slopes);
        normalise(self.norm, weights, tokens, saved.statistics, &mut normal);
        linear_backward(hidden, weights, &normal, &for_hidden, &mut for_normal, sums);
        if self.between {
            math::add(&mut for_normal, gradient);
            out.fill(0.0);
        } else {
            out.copy_from_slice(gradient);
        }
        let (scale, for_norm) = (&weights[self.norm.scale.clone()], split(self.norm, sums));
        math::norm_backward(tokens, saved.statistics, scale, &mut for_normal, for_norm, out);
    }
}
