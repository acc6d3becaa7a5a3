//! Half a block as one operation on the CPU: a LayerNorm, and attention, convolutions or an MLP, on a residual connection.
//!
//! A few images at a time go through all of its layers while they are in the cache. On graphics cards the second half is one
//! operation, too (`mlp.rs`), and the first half is computed with the smaller operations.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
#[cfg(feature = "engine")]
use burn::tensor::Shape;
use burn::tensor::Tensor;
use patchwork_kernels::{Regularization, Scratch, Sublayer};

#[cfg(feature = "engine")]
use crate::model::fused::cpu::{ForBackward, SavedGroups, in_parts, saved_groups, tensor};
use crate::model::fused::cpu::{Given, floats, in_groups, slice};

/// A device's forward and backward pass of a sublayer in training.
#[cfg(feature = "engine")]
pub(crate) trait SublayerKernels: Backend {
    /// What the forward pass saves for the backward pass.
    type Saved: Clone + std::fmt::Debug + Send + 'static;

    /// The output `[batch, tokens, width]`, and the values saved for the backward pass.
    fn sublayer_forward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        shape: Sublayer,
    ) -> (FloatTensor<Self>, Self::Saved);

    /// The gradients of the tokens `[batch, tokens, width]` and the weights `[parameters]`.
    fn sublayer_backward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        saved: Self::Saved,
        gradient: FloatTensor<Self>,
        shape: Sublayer,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// A sublayer, with autodiff.
#[backend_extension(Flex, Autodiff: cfg(feature = "engine"))]
pub(crate) trait SublayerOps: Backend {
    fn sublayer_op(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        shape: Sublayer,
    ) -> FloatTensor<Self>;
}

/// Runs tokens through half a block.
///
/// # Shapes
/// - tokens, output: `[batch, tokens, width]`
/// - weights: `[parameters]`, see [`Sublayer::parameters`]
///
/// # Panics
/// On graphics cards, and if a shape differs.
pub fn sublayer(
    tokens: Tensor<3>,
    weights: Tensor<1>,
    regularization: Regularization,
    shape: Sublayer,
) -> Tensor<3> {
    assert_eq!(weights.dims(), [shape.parameters()], "weights of another shape");
    let (tokens, weights) = (tokens.into_dispatch(), weights.into_dispatch());
    let output = <Dispatch as SublayerOps>::sublayer_op(tokens, weights, regularization, shape);
    Tensor::from_dispatch(output)
}

impl SublayerOps for Flex {
    fn sublayer_op(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        shape: Sublayer,
    ) -> FloatTensor<Self> {
        let weights = floats(weights);
        let (of, size) = (shape.prepare(slice(&weights)), shape.saved_size());
        let image = tokens.shape()[1] * tokens.shape()[2];
        let nothing = std::iter::repeat(());
        in_groups(tokens, weights.clone(), regularization, nothing, |given, output, ()| {
            let Given { weights, tokens, masks } = given;
            let mut saved = Scratch::of(tokens.len() / image * size);
            of.forward(weights, tokens, masks, output, &mut saved);
        })
    }
}

#[cfg(feature = "engine")]
impl SublayerKernels for Flex {
    type Saved = SavedGroups;

    fn sublayer_forward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        shape: Sublayer,
    ) -> (FloatTensor<Self>, Self::Saved) {
        let weights = floats(weights);
        let of = shape.prepare(slice(&weights));
        let mut saved = saved_groups(&tokens, shape.saved_size());
        let run = |given: Given, output: &mut [f32], saved: &mut Scratch| {
            of.forward(given.weights, given.tokens, given.masks, output, saved);
        };
        let output = in_groups(tokens, weights.clone(), regularization, &mut saved, run);
        (output, saved.into())
    }

    fn sublayer_backward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        saved: Self::Saved,
        gradient: FloatTensor<Self>,
        shape: Sublayer,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let weights = floats(weights);
        let prepared = shape.prepare(slice(&weights));
        let of = ForBackward { tokens, weights: weights.clone(), regularization, saved, gradient };
        let (for_tokens, sums) = in_parts(of, shape.sums(), |given, saved, gradient, out, sums| {
            let Given { weights, tokens, masks } = given;
            prepared.backward(weights, [tokens, saved], masks, gradient, out, sums);
        });
        (for_tokens, tensor(prepared.finish(sums), Shape::new([shape.parameters()])))
    }
}

#[cfg(feature = "engine")]
mod autodiff {
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};

    use super::{FloatTensor, Regularization, Sublayer, SublayerKernels, SublayerOps};
    use crate::model::graph::backpropagate;

    #[derive(Debug, Clone)]
    struct State<B: SublayerKernels> {
        tokens: FloatTensor<B>,
        weights: FloatTensor<B>,
        regularization: Regularization,
        saved: B::Saved,
        shape: Sublayer,
    }

    #[derive(Debug)]
    struct SublayerBackward;

    impl<B: SublayerKernels> Backward<B, 2> for SublayerBackward {
        type State = State<B>;

        fn backward(
            self,
            ops: Ops<Self::State, 2>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            backpropagate::<B, _, _, 2, 2>(ops, gradients, |state, gradient, _| {
                let State { tokens, weights, regularization, saved, shape } = state;
                B::sublayer_backward(tokens, weights, regularization, saved, gradient, shape).into()
            });
        }
    }

    impl<B: SublayerKernels + SublayerOps, C: CheckpointStrategy> SublayerOps for Autodiff<B, C> {
        fn sublayer_op(
            tokens: FloatTensor<Self>,
            weights: FloatTensor<Self>,
            regularization: Regularization,
            shape: Sublayer,
        ) -> FloatTensor<Self> {
            let ((tokens, from_tokens), (weights, from_weights)) =
                (tokens.into_parts(), weights.into_parts());
            let parents = [from_tokens, from_weights];
            match SublayerBackward.prepare::<C>(parents).compute_bound().stateful() {
                OpsKind::Tracked(prepared) => {
                    let (output, saved) =
                        B::sublayer_forward(tokens.clone(), weights.clone(), regularization, shape);
                    prepared.finish(State { tokens, weights, regularization, saved, shape }, output)
                }
                OpsKind::UnTracked(prepared) => {
                    prepared.finish(B::sublayer_op(tokens, weights, regularization, shape))
                }
            }
        }
    }
}
