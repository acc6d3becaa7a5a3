//! Softmax cross-entropy as one operation.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::{DType, Tensor};

/// A device's backward pass of the loss.
pub(crate) trait LossKernels: Backend {
    /// The gradient of the logits `[batch, classes]` from that of the output `[2]`.
    fn loss_backward(
        logits: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// The loss, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff)]
pub(crate) trait LossOps: Backend {
    fn loss(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// The mean cross-entropy of a batch, and the number of correct images, whose largest logit is at their largest target:
/// `[2]`. Only the first has a gradient.
///
/// # Shapes
/// - logits, targets (distributions over the classes): `[batch, classes]`
///
/// # Panics
/// If the shapes differ, or a tensor is not 32-bit floats.
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    assert_eq!(logits.dims(), targets.dims(), "a distribution for each image");
    assert_eq!((logits.dtype(), targets.dtype()), (DType::F32, DType::F32), "32-bit floats");
    let (logits, targets) = (logits.into_dispatch(), targets.into_dispatch());
    Tensor::from_dispatch(<Dispatch as LossOps>::loss(logits, targets))
}
