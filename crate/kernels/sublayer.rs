//! Half a block as one operation: a LayerNorm, and attention, convolutions or an MLP, on a residual connection (a sublayer
//! of Vaswani et al. 2017, section 3.1).
//!
//! A few images at a time go through it, so that what its layers exchange stays in the cache.

use patchwork_arch::{Block, Norms, Places};

use crate::attention_sublayer::{AttentionSublayer, PreparedAttention};
use crate::convolutions_sublayer::{ConvolutionsSublayer, PreparedConvolutions};
use crate::dropout::DropoutMasks;
use crate::mlp::{Mlp, Saved};
use crate::saved::{parts, parts_mut};

/// The sizes of a sublayer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sublayer {
    /// With attention.
    Attention(AttentionSublayer),
    /// With convolutions.
    Convolutions(ConvolutionsSublayer),
    /// With an MLP.
    Mlp(MlpSublayer),
}

/// The sizes of an MLP sublayer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MlpSublayer {
    /// The block: its MLP and its norms count.
    pub block: Block,
    /// Width of a token.
    pub width: usize,
    /// Tokens per image.
    pub tokens: usize,
}

/// A sublayer with all that one call of it shares among images.
#[derive(Debug)]
pub enum PreparedSublayer {
    /// With attention.
    Attention(Box<PreparedAttention>),
    /// With convolutions.
    Convolutions(Box<PreparedConvolutions>),
    /// With an MLP.
    Mlp(MlpSublayer),
}

impl Sublayer {
    /// The mixer of a block; `None` where it is of a kind that has no such operation.
    pub fn mixer(block: &Block, width: usize, places: Places) -> Option<Self> {
        let attention = AttentionSublayer::of(block, width, places).map(Self::Attention);
        let convolutions = || ConvolutionsSublayer::of(block, width, places);
        attention.or_else(|| convolutions().map(Self::Convolutions))
    }

    /// The MLP of a block, if it has one.
    pub fn mlp(block: &Block, width: usize, tokens: usize) -> Option<Self> {
        (block.mlp > 0).then_some(Self::Mlp(MlpSublayer { block: *block, width, tokens }))
    }

    /// The number of its weights, in the order in which the block declares them.
    pub fn parameters(&self) -> usize {
        match self {
            Self::Attention(sublayer) => sublayer.parameters(),
            Self::Convolutions(sublayer) => sublayer.parameters(),
            Self::Mlp(sublayer) => sublayer.parameters(),
        }
    }

    /// How many sums of gradients a part of a batch collects; see [`PreparedSublayer::finish`].
    pub fn sums(&self) -> usize {
        match self {
            Self::Attention(sublayer) => sublayer.sums(),
            Self::Convolutions(sublayer) => sublayer.parameters(),
            Self::Mlp(sublayer) => sublayer.parameters(),
        }
    }

    /// The size of an image's saved activations.
    pub fn saved_size(&self) -> usize {
        match self {
            Self::Attention(sublayer) => sublayer.saved_size(),
            Self::Convolutions(sublayer) => sublayer.saved_size(),
            Self::Mlp(sublayer) => sublayer.saved_size(),
        }
    }

    /// Prepares a call for all images of a batch, all with the same weights.
    ///
    /// # Shapes
    /// - weights: `[parameters]`
    pub fn prepare(self, weights: &[f32]) -> PreparedSublayer {
        match self {
            Self::Attention(sublayer) => {
                PreparedSublayer::Attention(Box::new(sublayer.prepare(weights)))
            }
            Self::Convolutions(sublayer) => {
                PreparedSublayer::Convolutions(Box::new(sublayer.prepare()))
            }
            Self::Mlp(sublayer) => PreparedSublayer::Mlp(sublayer),
        }
    }
}

impl PreparedSublayer {
    /// The forward pass for some images; `masks` is its regularization.
    ///
    /// # Shapes
    /// - weights: `[parameters]`, those of [`Sublayer::prepare`]
    /// - tokens, output (written): `[images, tokens, width]`
    /// - saved: `[images, saved_size]`, written
    pub fn forward(
        &self,
        weights: &[f32],
        tokens: &[f32],
        masks: DropoutMasks,
        output: &mut [f32],
        saved: &mut [f32],
    ) {
        match self {
            Self::Attention(sublayer) => sublayer.forward(weights, tokens, masks, output, saved),
            Self::Convolutions(sublayer) => {
                sublayer.forward(weights, tokens, masks, output, saved);
            }
            Self::Mlp(sublayer) => sublayer.forward(weights, tokens, masks, output, saved),
        }
    }

    /// The backward pass for some images; `masks` must be those of the forward pass.
    ///
    /// # Shapes
    /// - weights: `[parameters]`, those of [`Sublayer::prepare`]
    /// - tokens, gradient (of the output): `[images, tokens, width]`
    /// - saved: `[images, saved_size]`
    /// - out (the tokens' gradient): `[images, tokens, width]`, written
    /// - sums: [`Sublayer::sums`], added to
    pub fn backward(
        &self,
        weights: &[f32],
        known: [&[f32]; 2],
        masks: DropoutMasks,
        gradient: &[f32],
        out: &mut [f32],
        sums: &mut [f32],
    ) {
        match self {
            Self::Attention(sublayer) => {
                sublayer.backward(weights, known, masks, gradient, out, sums);
            }
            Self::Convolutions(sublayer) => {
                sublayer.backward(weights, known, masks, gradient, out, sums);
            }
            Self::Mlp(sublayer) => sublayer.backward(weights, known, masks, gradient, out, sums),
        }
    }

    /// The gradient of the weights, `[parameters]`, from the sums of all images.
    pub fn finish(&self, sums: Vec<f32>) -> Vec<f32> {
        match self {
            Self::Attention(sublayer) => sublayer.finish(sums),
            Self::Convolutions(sublayer) => sublayer.finish(sums),
            Self::Mlp(_) => sums,
        }
    }
}

impl MlpSublayer {
    /// Calls `work` with the layers.
    fn layers<T>(&self, work: impl FnOnce(Mlp) -> T) -> T {
        let (norm, layers) = self.block.mlp_ranges(self.width).expect("a block with an MLP");
        let between = self.block.norms == Norms::PreAndBetween;
        work(Mlp { norm: &norm, layers: &layers, tokens: self.tokens, between })
    }

    fn parameters(&self) -> usize {
        self.layers(|mlp| mlp.layers.output.bias.end)
    }

    fn saved_size(&self) -> usize {
        let mut size = 0;
        self.saved(1, |count| size += count);
        size
    }

    fn saved<T>(&self, images: usize, mut take: impl FnMut(usize) -> T) -> Saved<T> {
        let mut rows = |columns| take(images * self.tokens * columns);
        let hidden = self.block.mlp;
        Saved { statistics: rows(2), hidden: rows(hidden), slopes: rows(hidden) }
    }

    fn images(&self, tokens: &[f32]) -> usize {
        tokens.len() / (self.tokens * self.width)
    }

    fn forward(
        &self,
        weights: &[f32],
        tokens: &[f32],
        masks: DropoutMasks,
        output: &mut [f32],
        saved: &mut [f32],
    ) {
        let saved = self.saved(self.images(tokens), parts_mut(saved));
        self.layers(|mlp| mlp.forward(weights, tokens, masks, output, saved));
    }

    fn backward(
        &self,
        weights: &[f32],
        [tokens, saved]: [&[f32]; 2],
        masks: DropoutMasks,
        gradient: &[f32],
        out: &mut [f32],
        sums: &mut [f32],
    ) {
        let saved = self.saved(self.images(tokens), parts(saved));
        let known = (tokens, saved);
        self.layers(|mlp| mlp.backward(weights, known, masks, gradient, out, sums));
    }
}
