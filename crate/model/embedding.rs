//! The embedding of a stage: it turns an image, or the map of the previous stage, into tokens.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use patchwork_arch::Stage;

#[cfg(feature = "operations")]
use crate::model::composed::embedding::ComposedEmbedding;
use crate::model::fused::{EmbeddingShape, patch_embedding};
use crate::model::leaves::Cutter;
#[cfg(not(feature = "operations"))]
use crate::model::plan::NOT_FUSED;
use crate::model::plan::Plan;
#[cfg(feature = "reference")]
use crate::model::reference::embedding::ReferenceEmbedding;

/// Cuts a map into patches, projects each to a token, prepends front tokens and adds positions (Dosovitskiy et al.
/// 2020, equation 1), in one of several equivalent implementations.
#[allow(clippy::large_enum_variant, reason = "a model has a few embeddings")]
#[derive(Module, Debug)]
pub enum StageEmbedding {
    /// Burn's layers.
    #[cfg(feature = "reference")]
    Reference(ReferenceEmbedding),
    /// Smaller operations.
    #[cfg(feature = "operations")]
    Composed(ComposedEmbedding),
    /// One fused operation.
    Fused(FusedEmbedding),
}

impl StageEmbedding {
    pub(crate) fn new(plan: &Plan, stage: &Stage, side: usize, weights: &mut Cutter) -> Self {
        if let Some(shape) = plan.embedding(stage, side) {
            let weights = weights.parameter(shape.parameters());
            return Self::Fused(FusedEmbedding { weights, shape });
        }
        #[cfg(feature = "reference")]
        if plan.reference() && stage.embedding.is_plain() {
            return Self::Reference(ReferenceEmbedding::new(stage, weights));
        }
        #[cfg(feature = "operations")]
        return Self::Composed(ComposedEmbedding::new(stage, weights));
        #[cfg(not(feature = "operations"))]
        panic!("{NOT_FUSED}")
    }

    /// Embeds images or maps.
    ///
    /// # Shapes
    /// - map: `[batch, channels, side, side]`
    /// - output: `[batch, tokens, width]`, front tokens first, then the patches row by row
    pub fn forward(&self, map: Tensor<4>) -> Tensor<3> {
        match self {
            #[cfg(feature = "reference")]
            Self::Reference(reference) => reference.forward(map),
            #[cfg(feature = "operations")]
            Self::Composed(operations) => operations.forward(map),
            Self::Fused(fused) => patch_embedding(map, fused.weights.val(), fused.shape.clone()),
        }
    }
}

/// An embedding whose weights are a single parameter.
#[derive(Module, Debug)]
pub struct FusedEmbedding {
    /// All weights, in the order in which the embedding declares them.
    weights: Param<Tensor<1>>,
    #[module(skip)]
    shape: EmbeddingShape,
}
