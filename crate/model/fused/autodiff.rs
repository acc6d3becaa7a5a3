//! A block in Burn's autodiff graph: one node, whose backward pass is the device's own.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend};

use super::{BlockKernels, BlockOps, BlockShape};

/// What the backward pass needs.
#[derive(Debug, Clone)]
struct State<B: Backend> {
    tokens: FloatTensor<B>,
    weights: FloatTensor<B>,
    saved: FloatTensor<B>,
    shape: BlockShape,
}

#[derive(Debug)]
struct BlockBackward;

impl<B: BlockKernels> Backward<B, 2> for BlockBackward {
    type State = State<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<B>(&ops.node);
        let State { tokens, weights, saved, shape } = ops.state;
        let (for_tokens, for_weights) = B::block_backward(tokens, weights, saved, gradient, shape);
        for (parent, gradient) in ops.parents.into_iter().zip([for_tokens, for_weights]) {
            if let Some(node) = parent {
                gradients.register::<B>(node.id, gradient);
            }
        }
    }
}

impl<B: BlockKernels + BlockOps, C: CheckpointStrategy> BlockOps for Autodiff<B, C> {
    fn encoder_block(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: BlockShape,
    ) -> FloatTensor<Self> {
        let ((tokens, from_tokens), (weights, from_weights)) =
            (tokens.into_parts(), weights.into_parts());
        let prepared =
            BlockBackward.prepare::<C>([from_tokens, from_weights]).compute_bound().stateful();
        match prepared {
            OpsKind::Tracked(prepared) => {
                let (output, saved) = B::block_forward(tokens.clone(), weights.clone(), shape);
                prepared.finish(State { tokens, weights, saved, shape }, output)
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::encoder_block(tokens, weights, shape))
            }
        }
    }
}
