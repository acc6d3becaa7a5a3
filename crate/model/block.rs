//! One encoder block.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use patchwork_arch::{Block as BlockArchitecture, Places, Stage};

#[cfg(feature = "operations")]
use crate::model::composed::block::ComposedBlock;
use crate::model::fused::{BlockShape, Regularization, encoder_block, explained_block};
use crate::model::leaves::Cutter;
#[cfg(not(feature = "operations"))]
use crate::model::plan::NOT_FUSED;
use crate::model::plan::Plan;
#[cfg(feature = "reference")]
use crate::model::reference::block::ReferenceBlock;
use crate::model::trace::BlockTrace;

/// An encoder block. A plain block is pre-norm attention and an MLP, each on a residual branch (Dosovitskiy et al.
/// 2020, equations 2 and 3), in one of several equivalent implementations; other blocks run operation by operation.
#[allow(clippy::large_enum_variant, reason = "a model has a handful of blocks")]
#[derive(Module, Debug)]
pub enum Block {
    /// Burn's layers.
    #[cfg(feature = "reference")]
    Reference(ReferenceBlock),
    /// Smaller operations.
    #[cfg(feature = "operations")]
    Composed(ComposedBlock),
    /// One fused operation.
    Fused(FusedBlock),
}

impl Block {
    pub(crate) fn new(
        plan: &Plan,
        block: &BlockArchitecture,
        stage: &Stage,
        regularization: Regularization,
        weights: &mut Cutter,
    ) -> Self {
        if let Some(shape) = plan.block(block, stage) {
            let weights = weights.parameter(shape.parameters());
            let places = stage.places();
            return Self::Fused(FusedBlock { weights, shape, places, regularization });
        }
        #[cfg(feature = "reference")]
        if let Some(attention) = block.as_plain().filter(|_| plan.reference()) {
            let block = ReferenceBlock::new(block, attention, stage, regularization, weights);
            return Self::Reference(block);
        }
        #[cfg(feature = "operations")]
        return Self::Composed(ComposedBlock::new(
            block,
            stage,
            regularization,
            plan.sublayers(),
            weights,
        ));
        #[cfg(not(feature = "operations"))]
        panic!("{NOT_FUSED}")
    }

    /// Runs tokens through the block.
    ///
    /// # Shapes
    /// - tokens: `[batch, tokens, width]`
    /// - output: `[batch, tokens, width]`, and the attention if `trace` asks for it and the block has any
    pub(crate) fn forward(
        &self,
        tokens: Tensor<3>,
        trace: bool,
    ) -> (Tensor<3>, Option<BlockTrace>) {
        match self {
            #[cfg(feature = "reference")]
            Self::Reference(reference) => reference.forward(tokens, trace),
            #[cfg(feature = "operations")]
            Self::Composed(block) => block.forward(tokens, trace),
            Self::Fused(block) => block.forward(tokens, trace),
        }
    }
}

/// A block whose weights are a single parameter.
#[derive(Module, Debug)]
pub struct FusedBlock {
    /// All weights, in the order in which the block declares them.
    weights: Param<Tensor<1>>,
    #[module(skip)]
    shape: BlockShape,
    #[module(skip)]
    places: Places,
    #[module(skip)]
    regularization: Regularization,
}

impl FusedBlock {
    fn forward(&self, tokens: Tensor<3>, trace: bool) -> (Tensor<3>, Option<BlockTrace>) {
        let weights = self.weights.val();
        if !trace {
            return (encoder_block(tokens, weights, self.regularization, self.shape), None);
        }
        let (output, attention) = explained_block(tokens, weights, self.shape);
        (output, Some(BlockTrace::plain(self.places, attention)))
    }
}
