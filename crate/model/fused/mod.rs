//! Patch embedding, encoder block, head, loss and dropout as one operation each, with a backward pass of its own.
//!
//! [`Block`](crate::model::block::Block) and its neighbours define what each computes, layer by layer. The operations
//! here compute the same in one piece, so that a device can keep related data close together: the CPU takes a few
//! images at a time through a whole block while they are in its cache. All weights of an operation come as one slice of
//! the flat array, in the order of their declaration, and so does their gradient.
//!
//! Compared with the layers in `tests/engine/fused.rs`, and with PyTorch by the golden tests.

#[cfg(feature = "engine")]
mod autodiff;
mod choice;
pub(super) mod cpu;
#[cfg(feature = "cube")]
pub(super) mod cube;
#[cfg(feature = "engine")]
mod dropout;
mod embedding;
mod head;
#[cfg(feature = "engine")]
mod loss;
mod slice;

#[cfg(feature = "engine")]
use std::fmt::Debug;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

pub use choice::Kernels;
pub(crate) use choice::has_head;
#[cfg(feature = "engine")]
pub(crate) use choice::{card_has_head, is_cpu};
#[cfg(feature = "engine")]
pub use dropout::dropout;
pub use embedding::patch_embedding;
pub use head::head;
#[cfg(feature = "engine")]
pub use loss::cross_entropy;
pub use patchwork_kernels::{
    BlockShape, Branch, Dropout, EmbeddingShape, HeadShape, Regularization, Site,
};
pub(crate) use slice::part;

/// A device's forward and backward pass of a block.
#[cfg(feature = "engine")]
pub(crate) trait BlockKernels: Backend {
    /// What the forward pass saves for the backward pass.
    type Saved: Clone + Debug + Send + 'static;

    /// The block's output `[batch, tokens, width]`, and the values saved for the backward pass.
    fn block_forward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, Self::Saved);

    /// The gradients of the tokens `[batch, tokens, width]` and the weights `[parameters]`.
    fn block_backward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        saved: Self::Saved,
        gradient: FloatTensor<Self>,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// A block that also returns its attention.
#[backend_extension(Flex, Cube: cfg(feature = "cube"))]
pub(crate) trait ExplainOps: Backend {
    /// The block's output `[batch, tokens, width]` and the attention weights
    /// `[batch, heads, tokens, tokens]`.
    fn explained_block(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// An encoder block, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff: cfg(feature = "engine"))]
pub(crate) trait BlockOps: Backend {
    fn encoder_block(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        shape: BlockShape,
    ) -> FloatTensor<Self>;
}

/// Runs tokens through an encoder block.
///
/// # Shapes
/// - tokens, output: `[batch, tokens, width]`
/// - weights: `[parameters]`, see [`BlockShape::parameters`]
///
/// # Panics
/// If a shape differs, or tokens and weights have different number formats.
pub fn encoder_block(
    tokens: Tensor<3>,
    weights: Tensor<1>,
    regularization: Regularization,
    shape: BlockShape,
) -> Tensor<3> {
    check(&tokens, &weights, shape);
    let (tokens, weights) = (tokens.into_dispatch(), weights.into_dispatch());
    Tensor::from_dispatch(<Dispatch as BlockOps>::encoder_block(
        tokens,
        weights,
        regularization,
        shape,
    ))
}

/// Like [`encoder_block`], but also returns the attention weights `[batch, heads, tokens, tokens]`. Not differentiable.
///
/// # Panics
/// Like [`encoder_block`], and on a device with autodiff.
pub fn explained_block(
    tokens: Tensor<3>,
    weights: Tensor<1>,
    shape: BlockShape,
) -> (Tensor<3>, Tensor<4>) {
    check(&tokens, &weights, shape);
    let (tokens, weights) = (tokens.into_dispatch(), weights.into_dispatch());
    let (output, attention) = <Dispatch as ExplainOps>::explained_block(tokens, weights, shape);
    (Tensor::from_dispatch(output), Tensor::from_dispatch(attention))
}

fn check(tokens: &Tensor<3>, weights: &Tensor<1>, shape: BlockShape) {
    let [_, count, width] = tokens.dims();
    assert_eq!((count, width), (shape.tokens, shape.width), "tokens of another shape");
    assert_eq!(weights.dims(), [shape.parameters()], "weights of another shape");
    assert_eq!(tokens.dtype(), weights.dtype(), "tokens and weights of different formats");
}
