//! The second half of a block as one operation on graphics cards: LayerNorm and MLP on their residual connection, with the
//! kernels of the fused block.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::cubecl::dtype_to_elem_type;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use patchwork_kernels::Regularization;
use patchwork_shaders::{Mlp, SavedMlp};

use crate::model::fused::cube::like;
use crate::model::graph::backpropagate;

/// A device's forward and backward pass in training.
pub(crate) trait CardMlpKernels: Backend {
    /// What the forward pass saves for the backward pass.
    type Saved: Clone + std::fmt::Debug + Send + 'static;

    /// The output `[batch, tokens, width]`, and the values saved for the backward pass.
    fn card_mlp_forward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        hidden: usize,
    ) -> (FloatTensor<Self>, Self::Saved);

    /// The gradients of the tokens `[batch, tokens, width]` and the weights `[parameters]`.
    fn card_mlp_backward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        hidden: usize,
        saved: Self::Saved,
        gradient: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 2];
}

/// LayerNorm and MLP, with autodiff.
#[backend_extension(Cube, Autodiff)]
pub(crate) trait CardMlpOps: Backend {
    fn card_mlp(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        hidden: usize,
    ) -> FloatTensor<Self>;
}

/// Adds to tokens the MLP of their LayerNorm, on a graphics card.
///
/// # Shapes
/// - tokens, output: `[batch, tokens, width]`
/// - weights: those of a block from its second norm on, `[parameters]`; the hidden layer has `hidden` numbers
///
/// # Panics
/// On the CPU.
pub(crate) fn card_mlp(
    tokens: Tensor<3>,
    weights: Tensor<1>,
    regularization: Regularization,
    hidden: usize,
) -> Tensor<3> {
    let (tokens, weights) = (tokens.into_dispatch(), weights.into_dispatch());
    let output = <Dispatch as CardMlpOps>::card_mlp(tokens, weights, regularization, hidden);
    Tensor::from_dispatch(output)
}

#[derive(Debug, Clone)]
struct State<B: CardMlpKernels> {
    tokens: FloatTensor<B>,
    weights: FloatTensor<B>,
    regularization: Regularization,
    hidden: usize,
    saved: B::Saved,
}

#[derive(Debug)]
struct CardMlpBackward;

impl<B: CardMlpKernels> Backward<B, 2> for CardMlpBackward {
    type State = State<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        backpropagate::<B, _, _, 2, 2>(ops, gradients, |state, gradient, _| {
            let State { tokens, weights, regularization, hidden, saved } = state;
            B::card_mlp_backward(tokens, weights, regularization, hidden, saved, gradient)
        });
    }
}

impl<B: CardMlpKernels + CardMlpOps, C: CheckpointStrategy> CardMlpOps for Autodiff<B, C> {
    fn card_mlp(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        hidden: usize,
    ) -> FloatTensor<Self> {
        let ((tokens, from_tokens), (weights, from_weights)) =
            (tokens.into_parts(), weights.into_parts());
        let parents = [from_tokens, from_weights];
        match CardMlpBackward.prepare::<C>(parents).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let (output, saved) =
                    B::card_mlp_forward(tokens.clone(), weights.clone(), regularization, hidden);
                prepared.finish(State { tokens, weights, regularization, hidden, saved }, output)
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::card_mlp(tokens, weights, regularization, hidden))
            }
        }
    }
}

impl CardMlpOps for CubeBackend {
    fn card_mlp(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        hidden: usize,
    ) -> FloatTensor<Self> {
        Self::card_mlp_forward(tokens, weights, regularization, hidden).0
    }
}

impl CardMlpKernels for CubeBackend {
    type Saved = SavedMlp;

    fn card_mlp_forward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        hidden: usize,
    ) -> (FloatTensor<Self>, SavedMlp) {
        let [tokens, weights] = [tokens, weights].map(into_contiguous);
        let mlp = mlp(&tokens, regularization, hidden);
        let (output, saved) = (like(&tokens, tokens.shape()), mlp.saved());
        mlp.forward(&tokens.handle, &weights.handle, &saved, &output.handle);
        (output, saved)
    }

    fn card_mlp_backward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        hidden: usize,
        saved: SavedMlp,
        gradient: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 2] {
        let [tokens, weights, gradient] = [tokens, weights, gradient].map(into_contiguous);
        let out = [like(&tokens, tokens.shape()), like(&weights, weights.shape())];
        let [for_tokens, for_weights] = out.each_ref().map(|out| &out.handle);
        mlp(&tokens, regularization, hidden).backward(
            &weights.handle,
            &saved,
            &gradient.handle,
            for_tokens,
            for_weights,
        );
        out
    }
}

fn mlp(tokens: &CubeTensor, regularization: Regularization, hidden: usize) -> Mlp {
    let dtype = dtype_to_elem_type(tokens.dtype);
    Mlp::new(tokens.client.clone(), tokens.shape().dims(), hidden, regularization, dtype)
}
