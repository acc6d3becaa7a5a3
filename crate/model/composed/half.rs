//! Halves of a block that a device computes as one operation each.

use burn::tensor::Tensor;
use patchwork_arch::{Block, Stage};
use patchwork_kernels::Sublayer;

use crate::model::fused::Regularization;
use crate::model::leaves::Cutter;
use crate::model::ops;
use crate::model::plan::Plan;

/// Half a block as one operation, and its weights.
#[derive(Debug, Clone)]
pub(super) struct Half {
    operation: Operation,
    weights: Tensor<1>,
}

#[derive(Debug, Clone, Copy)]
enum Operation {
    /// On the CPU.
    Sublayer(Sublayer),
    /// Norm and MLP on a graphics card.
    #[cfg(feature = "cube")]
    CardMlp { hidden: usize },
}

impl Half {
    /// The first half of a block, if the device has an operation for it: takes its weights as one part, and returns them
    /// also to be cut for the smaller operations, which say what attention saw.
    pub(super) fn first(
        plan: &Plan,
        block: &Block,
        stage: &Stage,
        weights: &mut Cutter,
    ) -> Option<(Self, Cutter)> {
        let shape = Sublayer::mixer(block, stage.width(), stage.places());
        let shape = shape.filter(|_| plan.sublayers())?;
        let (weights, parts) = weights.joined(shape.parameters());
        Some((Self { operation: Operation::Sublayer(shape), weights }, parts))
    }

    /// The second half of a block, if it has one and the device an operation for it: takes its weights.
    pub(super) fn second(
        plan: &Plan,
        block: &Block,
        stage: &Stage,
        weights: &mut Cutter,
    ) -> Option<Self> {
        let shape = Sublayer::mlp(block, stage.width(), stage.tokens())?;
        let operation = match plan.sublayers() {
            true => Operation::Sublayer(shape),
            #[cfg(feature = "cube")]
            false if plan.card_mlp(block, stage) => Operation::CardMlp { hidden: block.mlp },
            false => return None,
        };
        Some(Self { operation, weights: weights.take(shape.parameters()) })
    }

    /// # Shapes
    /// - tokens, output: `[batch, tokens, width]`
    pub(super) fn forward(&self, tokens: Tensor<3>, regularization: Regularization) -> Tensor<3> {
        let weights = self.weights.clone();
        match self.operation {
            Operation::Sublayer(shape) => ops::sublayer(tokens, weights, regularization, shape),
            #[cfg(feature = "cube")]
            Operation::CardMlp { hidden } => ops::card_mlp(tokens, weights, regularization, hidden),
        }
    }
}
