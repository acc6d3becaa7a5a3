//! The Vision Transformer of Dosovitskiy et al. (2020), pre-norm, for small square images.
//!
//! Reads top to bottom: [`patch`] cuts an image into tokens, [`block`] is one encoder layer, [`head`] scores the classes,
//! [`Vit`] is the whole. What each computes is in `reference`, how devices do it in [`fused`]. Intermediate results come
//! back as data in [`VitOutput`], never through hooks.

pub mod block;
mod dropout;
pub mod fused;
pub mod head;
pub mod ops;
pub mod patch;
pub(crate) mod read;
#[cfg(feature = "reference")]
pub mod reference;
mod slices;

use burn::module::Module;
use burn::tensor::{FloatDType, Tensor};

use crate::config::{ModelConfig, Pool};
use crate::model::block::{Block, FusedBlock};
use crate::model::dropout::{ModelRegularization, apply_dropout};
use crate::model::fused::{Dropout, Kernels, Regularization};
use crate::model::head::{Head, pooled};
use crate::model::patch::PatchEmbedding;
#[cfg(feature = "reference")]
use crate::model::reference::block::ReferenceBlock;
use crate::model::slices::Slices;

/// A Vision Transformer.
#[derive(Module, Debug)]
pub struct Vit {
    patch_embedding: PatchEmbedding,
    blocks: Vec<Block>,
    head: Head,
    /// Of the tokens before the first block.
    #[module(skip)]
    dropout: Option<Dropout>,
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
    /// `dtype` is the number format the model computes in; `flat` is cast to it. With the `seed` of a training
    /// step the weights are leaves that keep their gradient, and dropout and stochastic depth act.
    #[cfg(feature = "reference")]
    pub fn new(
        config: &ModelConfig,
        flat: Tensor<1>,
        dtype: FloatDType,
        seed: Option<u64>,
    ) -> Self {
        let slices = Slices::new(config, flat.cast(dtype), seed.is_some());
        let regularization = ModelRegularization::new(config, seed);
        let embedding = |slices: &mut _| PatchEmbedding::reference(config, slices);
        let block = |regularization, slices: &mut _| {
            Block::Reference(ReferenceBlock::new(config, regularization, slices))
        };
        let head = |slices: &mut _| Head::reference(config, slices);
        Self::build(config, regularization, slices, embedding, block, head)
    }

    /// The same model, with its parts in the form that `kernels` says, where they can have it.
    pub fn with_kernels(
        kernels: Kernels,
        config: &ModelConfig,
        flat: Tensor<1>,
        dtype: FloatDType,
        seed: Option<u64>,
    ) -> Self {
        #[cfg(feature = "reference")]
        if !kernels.fuse(config, dtype, &flat) {
            return Self::new(config, flat, dtype, seed);
        }
        #[cfg(not(feature = "reference"))]
        let Kernels::Fused = kernels;
        let slices = Slices::new(config, flat.cast(dtype), seed.is_some());
        let regularization = ModelRegularization::new(config, seed);
        let embedding = |slices: &mut _| PatchEmbedding::fused(config, slices);
        let block = |regularization, slices: &mut _| {
            Block::Fused(FusedBlock::new(config, regularization, slices))
        };
        let head = |slices: &mut _| Head::fused(config, slices);
        Self::build(config, regularization, slices, embedding, block, head)
    }

    fn build(
        config: &ModelConfig,
        regularization: ModelRegularization,
        mut slices: Slices,
        embedding: impl Fn(&mut Slices) -> PatchEmbedding,
        block: impl Fn(Regularization, &mut Slices) -> Block,
        head: impl Fn(&mut Slices) -> Head,
    ) -> Self {
        Self {
            patch_embedding: embedding(&mut slices),
            blocks: (0..config.depth)
                .map(|index| block(regularization.block(index), &mut slices))
                .collect(),
            head: head(&mut slices),
            dropout: regularization.tokens(),
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
    /// Call it on a model that no training step made, of which nothing is dropped.
    pub fn explain(&self, images: Tensor<4>) -> VitOutput {
        let mut trace = Trace::default();
        let logits = self.run(images, Some(&mut trace));
        VitOutput { logits, trace: Some(trace) }
    }

    fn run(&self, images: Tensor<4>, mut trace: Option<&mut Trace>) -> Tensor<2> {
        let mut tokens = apply_dropout(self.patch_embedding.forward(images), self.dropout); // [batch, tokens, width]
        for block in &self.blocks {
            let (next, attention) = block.forward(tokens, trace.is_some());
            tokens = next;
            if let Some(trace) = trace.as_deref_mut() {
                trace.attention.extend(attention);
                trace.class_token.push(pooled(self.pool, tokens.clone()));
            }
        }
        self.head.forward(tokens)
    }
}
