//! Patch embedding, block, head, loss and dropout as one node each in Burn's autodiff graph, with the device's own
//! backward pass.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend};

use super::dropout::DropoutOps;
use super::embedding::{EmbeddingKernels, EmbeddingOps};
use super::head::{HeadKernels, HeadOps};
use super::loss::{LossKernels, LossOps};
use super::{
    BlockKernels, BlockOps, BlockShape, Dropout, EmbeddingShape, HeadShape, Regularization,
};
use crate::model::graph::backpropagate;

/// What the backward pass of a patch embedding or a head needs.
#[derive(Debug, Clone)]
struct State<B: Backend, Shape> {
    /// Images or tokens.
    input: FloatTensor<B>,
    weights: FloatTensor<B>,
    shape: Shape,
}

#[derive(Debug)]
struct EmbeddingBackward;

impl<B: EmbeddingKernels> Backward<B, 1> for EmbeddingBackward {
    type State = State<B, EmbeddingShape>;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        backpropagate::<B, _, _, 1, 1>(ops, gradients, |state, gradient, _| {
            let State { input, weights, shape } = state;
            [B::patch_embedding_backward(input, weights, gradient, shape)]
        });
    }
}

impl<B: EmbeddingKernels + EmbeddingOps, C: CheckpointStrategy> EmbeddingOps for Autodiff<B, C> {
    fn patch_embedding(
        images: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: EmbeddingShape,
    ) -> FloatTensor<Self> {
        let ((images, _), (weights, from_weights)) = (images.into_parts(), weights.into_parts());
        let tokens = B::patch_embedding(images.clone(), weights.clone(), shape.clone());
        match EmbeddingBackward.prepare::<C>([from_weights]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                prepared.finish(State { input: images, weights, shape }, tokens)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(tokens),
        }
    }
}

/// What a block's backward pass needs.
#[derive(Debug, Clone)]
struct BlockState<B: BlockKernels> {
    tokens: FloatTensor<B>,
    weights: FloatTensor<B>,
    regularization: Regularization,
    saved: B::Saved,
    shape: BlockShape,
}

#[derive(Debug)]
struct BlockBackward;

impl<B: BlockKernels> Backward<B, 2> for BlockBackward {
    type State = BlockState<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        backpropagate::<B, _, _, 2, 2>(ops, gradients, |state, gradient, _| {
            let BlockState { tokens, weights, regularization, saved, shape } = state;
            B::block_backward(tokens, weights, regularization, saved, gradient, shape).into()
        });
    }
}

impl<B: BlockKernels + BlockOps, C: CheckpointStrategy> BlockOps for Autodiff<B, C> {
    fn encoder_block(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        shape: BlockShape,
    ) -> FloatTensor<Self> {
        let ((tokens, from_tokens), (weights, from_weights)) =
            (tokens.into_parts(), weights.into_parts());
        let prepared =
            BlockBackward.prepare::<C>([from_tokens, from_weights]).compute_bound().stateful();
        match prepared {
            OpsKind::Tracked(prepared) => {
                let (output, saved) =
                    B::block_forward(tokens.clone(), weights.clone(), regularization, shape);
                prepared
                    .finish(BlockState { tokens, weights, regularization, saved, shape }, output)
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::encoder_block(tokens, weights, regularization, shape))
            }
        }
    }
}

#[derive(Debug)]
struct DropoutBackward;

impl<B: DropoutOps> Backward<B, 1> for DropoutBackward {
    type State = Dropout;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        backpropagate::<B, _, _, 1, 1>(ops, gradients, |rule, gradient, _| {
            [B::dropout(gradient, rule)]
        });
    }
}

impl<B: DropoutOps, C: CheckpointStrategy> DropoutOps for Autodiff<B, C> {
    fn dropout(values: FloatTensor<Self>, rule: Dropout) -> FloatTensor<Self> {
        let (values, from_values) = values.into_parts();
        let kept = B::dropout(values, rule);
        match DropoutBackward.prepare::<C>([from_values]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(rule, kept),
            OpsKind::UnTracked(prepared) => prepared.finish(kept),
        }
    }
}

#[derive(Debug)]
struct HeadBackward;

impl<B: HeadKernels> Backward<B, 2> for HeadBackward {
    type State = State<B, HeadShape>;

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        backpropagate::<B, _, _, 2, 2>(ops, gradients, |state, gradient, _| {
            let State { input, weights, shape } = state;
            B::head_backward(input, weights, gradient, shape).into()
        });
    }
}

impl<B: HeadKernels + HeadOps, C: CheckpointStrategy> HeadOps for Autodiff<B, C> {
    fn head(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: HeadShape,
    ) -> FloatTensor<Self> {
        let ((tokens, from_tokens), (weights, from_weights)) =
            (tokens.into_parts(), weights.into_parts());
        let logits = B::head(tokens.clone(), weights.clone(), shape);
        match HeadBackward.prepare::<C>([from_tokens, from_weights]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                prepared.finish(State { input: tokens, weights, shape }, logits)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(logits),
        }
    }
}

#[derive(Debug)]
struct LossBackward;

impl<B: LossKernels> Backward<B, 1> for LossBackward {
    /// Logits and targets.
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        backpropagate::<B, _, _, 1, 1>(ops, gradients, |(logits, targets), gradient, _| {
            [B::loss_backward(logits, targets, gradient)]
        });
    }
}

impl<B: LossKernels + LossOps, C: CheckpointStrategy> LossOps for Autodiff<B, C> {
    fn loss(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self> {
        let ((logits, from_logits), (targets, _)) = (logits.into_parts(), targets.into_parts());
        let figures = B::loss(logits.clone(), targets.clone());
        match LossBackward.prepare::<C>([from_logits]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((logits, targets), figures),
            OpsKind::UnTracked(prepared) => prepared.finish(figures),
        }
    }
}
