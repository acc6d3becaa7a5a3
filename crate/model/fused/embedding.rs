//! The patch embedding as one operation: stem, patches, class token and positions.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;
use patchwork_kernels::EmbeddingShape;

/// A device's backward pass of the patch embedding.
#[cfg(feature = "engine")]
pub(crate) trait EmbeddingKernels: Backend {
    /// The gradient of the weights `[parameters]`.
    fn patch_embedding_backward(
        images: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        shape: EmbeddingShape,
    ) -> FloatTensor<Self>;
}

/// The patch embedding, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff: cfg(feature = "engine"))]
pub(crate) trait EmbeddingOps: Backend {
    fn patch_embedding(
        images: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: EmbeddingShape,
    ) -> FloatTensor<Self>;
}

/// Turns images into tokens. The images get no gradient.
///
/// # Shapes
/// - images: `[batch, 1, image_size, image_size]`
/// - weights: `[parameters]`, see [`EmbeddingShape::parameters`]
/// - output: `[batch, tokens, width]`
///
/// # Panics
/// If images or weights have other shapes.
pub fn patch_embedding(images: Tensor<4>, weights: Tensor<1>, shape: EmbeddingShape) -> Tensor<3> {
    assert_eq!(images.dims()[1..], [1, shape.image, shape.image], "images of another shape");
    assert_eq!(weights.dims(), [shape.parameters()], "weights of another shape");
    let (images, weights) = (images.into_dispatch(), weights.into_dispatch());
    Tensor::from_dispatch(<Dispatch as EmbeddingOps>::patch_embedding(images, weights, shape))
}
