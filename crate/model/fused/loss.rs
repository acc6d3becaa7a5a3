//! Softmax cross-entropy as one operation.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, Shape, Tensor};

use super::cpu;

/// What a device does for the gradient of the loss.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Fusion: cfg(feature = "cube"))]
pub(crate) trait LossKernels: Backend {
    /// The gradient of the logits `[batch, classes]` from that of the figures `[2]`.
    #[fusion(dtype = logits, shape = logits)]
    fn loss_backward(
        logits: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// A loss that autodiff knows.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Fusion: cfg(feature = "cube"), Autodiff)]
pub(crate) trait LossOps: Backend {
    #[fusion(dtype = logits, shape = { let _ = (logits, targets); Shape::new([2]) })]
    fn loss(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// The mean cross-entropy of a batch, and the number of images whose largest logit is at their largest
/// target: `[2]`. Only the first has a gradient.
///
/// # Shapes
/// - logits, targets (distributions over the classes): `[batch, classes]`
///
/// # Panics
/// Where the two have different shapes, or are not 32-bit floats.
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    assert_eq!(logits.dims(), targets.dims(), "a distribution for each image");
    assert_eq!((logits.dtype(), targets.dtype()), (DType::F32, DType::F32), "32-bit floats");
    let (logits, targets) = (logits.into_dispatch(), targets.into_dispatch());
    Tensor::from_dispatch(<Dispatch as LossOps>::loss(logits, targets))
}

impl LossOps for Flex {
    fn loss(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self> {
        let classes = logits.shape()[1];
        let [logits, targets] = [logits, targets].map(cpu::floats);
        let [logits, targets] = [&logits, &targets].map(cpu::slice);
        let figures = patchwork_kernels::loss::forward(classes, logits, targets);
        cpu::tensor(figures.to_vec(), Shape::new([2]))
    }
}

impl LossKernels for Flex {
    fn loss_backward(
        logits: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let shape = logits.shape();
        let [logits, targets, gradient] = [logits, targets, gradient].map(cpu::floats);
        let [logits, targets, gradient] = [&logits, &targets, &gradient].map(cpu::slice);
        let mut out = vec![0.0; logits.len()];
        patchwork_kernels::loss::backward(shape[1], logits, targets, gradient[0], &mut out);
        cpu::tensor(out, shape)
    }
}

#[derive(Debug)]
struct LossBackward;

impl<B: LossKernels> Backward<B, 1> for LossBackward {
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<B>(&ops.node);
        let (logits, targets) = ops.state;
        let [parent] = ops.parents;
        if let Some(node) = parent {
            gradients.register::<B>(node.id, B::loss_backward(logits, targets, gradient));
        }
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
