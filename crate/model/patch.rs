//! Patch embedding: an image becomes a row of tokens.

use burn::module::{Module, Param};
use burn::tensor::Tensor;

use crate::config::ModelConfig;
use crate::model::fused::{EmbeddingShape, embedding_shape, patch_embedding};
#[cfg(feature = "reference")]
use crate::model::reference::patch::ReferenceEmbedding;
use crate::model::slices::Slices;

/// Cuts an image into patches, maps each to a token, adds class token and positions (Dosovitskiy et al. 2020,
/// equation 1), in one of two forms that compute the same.
#[allow(clippy::large_enum_variant, reason = "a model has one patch embedding")]
#[derive(Module, Debug)]
pub enum PatchEmbedding {
    /// One layer after the other.
    #[cfg(feature = "reference")]
    Reference(ReferenceEmbedding),
    /// All in one operation.
    Fused(FusedEmbedding),
}

impl PatchEmbedding {
    #[cfg(feature = "reference")]
    pub(crate) fn reference(config: &ModelConfig, slices: &mut Slices) -> Self {
        Self::Reference(ReferenceEmbedding::new(config, slices))
    }

    pub(crate) fn fused(config: &ModelConfig, slices: &mut Slices) -> Self {
        let shape = embedding_shape(config);
        Self::Fused(FusedEmbedding { weights: slices.block(shape.parameters()), shape })
    }

    /// Embeds images.
    ///
    /// # Shapes
    /// - images: `[batch, 1, image_size, image_size]`
    /// - output: `[batch, tokens, width]`, the class token first, then the patches row by row
    pub fn forward(&self, images: Tensor<4>) -> Tensor<3> {
        match self {
            #[cfg(feature = "reference")]
            Self::Reference(reference) => reference.forward(images),
            Self::Fused(fused) => patch_embedding(images, fused.weights.val(), fused.shape),
        }
    }
}

/// A patch embedding whose weights are one parameter.
#[derive(Module, Debug)]
pub struct FusedEmbedding {
    /// All weights, in the order of [`crate::weights::layout`].
    weights: Param<Tensor<1>>,
    #[module(skip)]
    shape: EmbeddingShape,
}
