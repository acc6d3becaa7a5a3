//! One encoder block.

use burn::module::{Module, Param};
use burn::tensor::Tensor;

use crate::config::ModelConfig;
use crate::model::fused::{
    BlockShape, Regularization, block_shape, encoder_block, explained_block,
};
#[cfg(feature = "reference")]
use crate::model::reference::block::ReferenceBlock;
use crate::model::slices::Slices;

/// One encoder block, attention and MLP, each behind a LayerNorm and added to what came in (Dosovitskiy et al. 2020,
/// equations 2 and 3), in one of two forms that compute the same.
#[allow(clippy::large_enum_variant, reason = "a model has a handful of blocks")]
#[derive(Module, Debug)]
pub enum Block {
    /// One layer after the other.
    #[cfg(feature = "reference")]
    Reference(ReferenceBlock),
    /// All in one operation.
    Fused(FusedBlock),
}

impl Block {
    /// One encoder step.
    ///
    /// # Shapes
    /// - tokens: `[batch, tokens, width]`
    /// - output: `[batch, tokens, width]`, and the attention weights
    ///   `[batch, heads, tokens, tokens]` when `trace` asks for them
    pub fn forward(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<Tensor<4>>) {
        match self {
            #[cfg(feature = "reference")]
            Self::Reference(reference) => reference.forward(tokens, trace),
            Self::Fused(block) => block.forward(tokens, trace),
        }
    }
}

/// A block whose weights are one parameter.
#[derive(Module, Debug)]
pub struct FusedBlock {
    /// All weights, in the order of [`crate::weights::layout`].
    weights: Param<Tensor<1>>,
    #[module(skip)]
    shape: BlockShape,
    #[module(skip)]
    regularization: Regularization,
}

impl FusedBlock {
    pub(crate) fn new(
        config: &ModelConfig,
        regularization: Regularization,
        slices: &mut Slices,
    ) -> Self {
        let shape = block_shape(config);
        Self { weights: slices.block(shape.parameters()), shape, regularization }
    }

    fn forward(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<Tensor<4>>) {
        let weights = self.weights.val();
        if !trace {
            return (encoder_block(tokens, weights, self.regularization, self.shape), None);
        }
        let (output, attention) = explained_block(tokens, weights, self.shape);
        (output, Some(attention))
    }
}
