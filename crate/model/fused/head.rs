//! The head as one operation: final norm, pooling and the linear layer to the classes.

#[cfg(feature = "engine")]
use burn::backend::Autodiff;
#[cfg(feature = "engine")]
use burn::backend::autodiff::checkpoint::base::Checkpointer;
#[cfg(feature = "engine")]
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
#[cfg(feature = "engine")]
use burn::backend::autodiff::grads::Gradients;
#[cfg(feature = "engine")]
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Shape, Tensor};
use patchwork_kernels::HeadShape;

use super::cpu;
use crate::config::{ModelConfig, Pool};

/// The sizes of a model's head.
pub fn head_shape(config: &ModelConfig) -> HeadShape {
    let &ModelConfig { width, classes, pool, .. } = config;
    HeadShape { tokens: config.tokens(), width, classes, mean: pool == Pool::Mean }
}

/// What a device does for the gradient of the head.
#[cfg(feature = "engine")]
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Fusion: cfg(feature = "cube"))]
pub(crate) trait HeadKernels: Backend {
    /// The gradients of the tokens `[batch, tokens, width]` and the weights `[parameters]`.
    #[fusion(meta = |tokens, weights, _gradient, _shape| (tokens.clone(), weights.clone()))]
    fn head_backward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        shape: HeadShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// A head that autodiff knows.
#[backend_extension(
    Flex,
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "cube"),
    Autodiff: cfg(feature = "engine")
)]
pub(crate) trait HeadOps: Backend {
    #[fusion(dtype = tokens, shape = Shape::new([tokens[0], shape.classes]))]
    fn head(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: HeadShape,
    ) -> FloatTensor<Self>;
}

/// Scores the classes.
///
/// # Shapes
/// - tokens: `[batch, tokens, width]`
/// - weights: `[parameters]`, see [`HeadShape::parameters`]
/// - output: `[batch, classes]`
///
/// # Panics
/// Where tokens or weights have other shapes than these.
pub fn head(tokens: Tensor<3>, weights: Tensor<1>, shape: HeadShape) -> Tensor<2> {
    let [_, count, width] = tokens.dims();
    assert_eq!((count, width), (shape.tokens, shape.width), "tokens of another shape");
    assert_eq!(weights.dims(), [shape.parameters()], "weights of another shape");
    let (tokens, weights) = (tokens.into_dispatch(), weights.into_dispatch());
    Tensor::from_dispatch(<Dispatch as HeadOps>::head(tokens, weights, shape))
}

impl HeadOps for Flex {
    fn head(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: HeadShape,
    ) -> FloatTensor<Self> {
        let images = tokens.shape()[0];
        let (tokens, weights) = (cpu::floats(tokens), cpu::floats(weights));
        let mut logits = vec![0.0; images * shape.classes];
        let (weights, tokens) = (cpu::slice(&weights), cpu::slice(&tokens));
        patchwork_kernels::head::forward(&shape, weights, tokens, &mut logits);
        cpu::tensor(logits, Shape::new([images, shape.classes]))
    }
}

#[cfg(feature = "engine")]
impl HeadKernels for Flex {
    fn head_backward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        shape: HeadShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let out_shape = tokens.shape();
        let [tokens, weights, gradient] = [tokens, weights, gradient].map(cpu::floats);
        let [tokens, weights, gradient] = [&tokens, &weights, &gradient].map(cpu::slice);
        let mut out = vec![0.0; tokens.len()];
        let mut sums = vec![0.0; shape.parameters()];
        patchwork_kernels::head::backward(&shape, weights, tokens, gradient, &mut out, &mut sums);
        (cpu::tensor(out, out_shape), cpu::tensor(sums, Shape::new([shape.parameters()])))
    }
}

/// What the backward pass needs.
#[cfg(feature = "engine")]
#[derive(Debug, Clone)]
struct State<B: Backend> {
    tokens: FloatTensor<B>,
    weights: FloatTensor<B>,
    shape: HeadShape,
}

#[cfg(feature = "engine")]
#[derive(Debug)]
struct HeadBackward;

#[cfg(feature = "engine")]
impl<B: HeadKernels> Backward<B, 2> for HeadBackward {
    type State = State<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = gradients.consume::<B>(&ops.node);
        let State { tokens, weights, shape } = ops.state;
        let (for_tokens, for_weights) = B::head_backward(tokens, weights, gradient, shape);
        for (parent, gradient) in ops.parents.into_iter().zip([for_tokens, for_weights]) {
            if let Some(node) = parent {
                gradients.register::<B>(node.id, gradient);
            }
        }
    }
}

#[cfg(feature = "engine")]
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
            OpsKind::Tracked(prepared) => prepared.finish(State { tokens, weights, shape }, logits),
            OpsKind::UnTracked(prepared) => prepared.finish(logits),
        }
    }
}
