//! The Vision Transformer of Dosovitskiy et al. (2020), pre-norm, for small square images.
//!
//! Reads top to bottom: [`patch`] cuts an image into tokens, [`block`] is one encoder layer,
//! [`attention`] its heart, [`Vit`] the whole. Intermediate results come back as data in
//! [`VitOutput`], never through hooks.

pub mod attention;
pub mod block;
pub mod fused;
pub mod patch;
pub(crate) mod read;
mod slices;

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, LayerNorm, Linear};
use burn::tensor::{FloatDType, Tensor};

use crate::config::{ModelConfig, Pool};
use crate::model::block::{Block, FusedBlock, Layers};
use crate::model::fused::Kernels;
use crate::model::patch::PatchEmbedding;
use crate::model::slices::Slices;

/// A Vision Transformer.
#[derive(Module, Debug)]
pub struct Vit {
    patch_embedding: PatchEmbedding,
    blocks: Vec<Block>,
    norm: LayerNorm,
    head: Linear,
    dropout: Dropout,
    #[module(skip)]
    pool: Pool,
}

/// What a forward pass gives back.
#[derive(Debug, Clone)]
pub struct VitOutput {
    /// Class scores before the softmax, `[batch, classes]`.
    pub logits: Tensor<2>,
    /// What was seen on the way, when asked for.
    pub trace: Option<Trace>,
}

/// What a forward pass saw in each block.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// Attention weights of each block, `[batch, heads, tokens, tokens]`; a row is what one token
    /// reads, and sums to 1.
    pub attention: Vec<Tensor<4>>,
    /// The class token after each block, `[batch, width]`; the mean of all tokens where the model
    /// has no class token.
    pub class_token: Vec<Tensor<2>>,
}

impl Vit {
    /// The model whose weights are `flat`, in the order of [`crate::weights::layout`], layer by layer.
    ///
    /// `dtype` is the number format the model computes in; `flat` is cast to it. On a device with
    /// autodiff the weights are leaves that keep their gradient, and dropout is on.
    pub fn new(config: &ModelConfig, flat: Tensor<1>, dtype: FloatDType, train: bool) -> Self {
        Self::build(config, Slices::new(config, flat.cast(dtype), train), |index, slices| {
            Block::Layers(Layers::new(config, index, slices))
        })
    }

    /// The same model, with blocks in the form that `kernels` says.
    pub fn with_kernels(
        kernels: Kernels,
        config: &ModelConfig,
        flat: Tensor<1>,
        dtype: FloatDType,
        train: bool,
    ) -> Self {
        if !kernels.fuse(config, dtype, &flat, train) {
            return Self::new(config, flat, dtype, train);
        }
        let flat = flat.cast(dtype);
        Self::build(config, Slices::new(config, flat, train), |_, slices| {
            Block::Fused(FusedBlock::new(config, slices))
        })
    }

    fn build(
        config: &ModelConfig,
        mut slices: Slices,
        block: impl Fn(usize, &mut Slices) -> Block,
    ) -> Self {
        Self {
            patch_embedding: PatchEmbedding::new(config, &mut slices),
            blocks: (0..config.depth).map(|index| block(index, &mut slices)).collect(),
            norm: slices.norm(config.width),
            head: slices.linear(config.width, config.classes),
            dropout: DropoutConfig::new(config.dropout).init(),
            pool: config.pool,
        }
    }

    /// Scores images.
    ///
    /// # Shapes
    /// - images: `[batch, 1, image_size, image_size]`, values in [-1, 1]
    /// - logits: `[batch, classes]`
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.run(images, None)
    }

    /// Scores images and keeps attention and class token of every block.
    ///
    /// Call it on a model without autodiff: in training, dropout acts on the attention.
    pub fn explain(&self, images: Tensor<4>) -> VitOutput {
        let mut trace = Trace::default();
        let logits = self.run(images, Some(&mut trace));
        VitOutput { logits, trace: Some(trace) }
    }

    fn run(&self, images: Tensor<4>, mut trace: Option<&mut Trace>) -> Tensor<2> {
        let mut tokens = self.dropout.forward(self.patch_embedding.forward(images)); // [batch, tokens, width]
        for block in &self.blocks {
            let (next, attention) = block.forward(tokens, trace.is_some());
            tokens = next;
            if let Some(trace) = trace.as_deref_mut() {
                trace.attention.extend(attention);
                trace.class_token.push(self.pooled(tokens.clone()));
            }
        }
        // The norm acts on each token alone, so the class token may be taken out before it.
        match self.pool {
            Pool::ClassToken => self.head.forward(self.norm.forward(self.pooled(tokens))),
            Pool::Mean => self.head.forward(self.pooled(self.norm.forward(tokens))),
        }
    }

    /// What the head reads: `[batch, tokens, width]` to `[batch, width]`.
    fn pooled(&self, tokens: Tensor<3>) -> Tensor<2> {
        match self.pool {
            Pool::ClassToken => tokens.narrow(1, 0, 1).squeeze_dim(1),
            Pool::Mean => tokens.mean_dim(1).squeeze_dim(1),
        }
    }
}
