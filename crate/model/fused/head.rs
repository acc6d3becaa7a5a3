//! The head as one operation: final norm, pooling and the linear classifier.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;
use patchwork_kernels::HeadShape;

/// A device's backward pass of the head.
#[cfg(feature = "engine")]
pub(crate) trait HeadKernels: Backend {
    /// The gradients of the tokens `[batch, tokens, width]` and the weights `[parameters]`.
    fn head_backward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        shape: HeadShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// The head, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff: cfg(feature = "engine"))]
pub(crate) trait HeadOps: Backend {
    fn head(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: HeadShape,
    ) -> FloatTensor<Self>;
}

/// Computes the class scores (logits).
///
/// # Shapes
/// - tokens: `[batch, tokens, width]`
/// - weights: `[parameters]`, see [`HeadShape::parameters`]
/// - output: `[batch, classes]`
///
/// # Panics
/// If tokens or weights have other shapes.
pub fn head(tokens: Tensor<3>, weights: Tensor<1>, shape: HeadShape) -> Tensor<2> {
    let [_, count, width] = tokens.dims();
    assert_eq!((count, width), (shape.tokens, shape.width), "tokens of another shape");
    assert_eq!(weights.dims(), [shape.parameters()], "weights of another shape");
    let (tokens, weights) = (tokens.into_dispatch(), weights.into_dispatch());
    Tensor::from_dispatch(<Dispatch as HeadOps>::head(tokens, weights, shape))
}
