//! Block, head and loss on a graphics card: the kernels of `patchwork-shaders` on Burn's tensors.

use burn::backend::TensorMetadata;
use burn::backend::cubecl::dtype_to_elem_type;
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use patchwork_shaders::{Block, Buffers, Head, Loss};

use super::head::{HeadKernels, HeadOps};
use super::loss::{LossKernels, LossOps};
use super::{BlockKernels, BlockOps, BlockShape, ExplainOps, HeadShape};

impl BlockKernels for CubeBackend {
    fn block_forward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (tokens, weights) = (into_contiguous(tokens), into_contiguous(weights));
        let block = block(&tokens, shape);
        let output = like(&tokens, tokens.shape());
        let saved = like(&tokens, Shape::new([block.saved()]));
        let buffers = buffers(&tokens, &weights, &saved);
        block.forward(&buffers, output.handle.clone());
        (output, saved)
    }

    fn block_backward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        saved: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [tokens, weights, gradient] = [tokens, weights, gradient].map(into_contiguous);
        let block = block(&tokens, shape);
        let for_tokens = like(&tokens, tokens.shape());
        let for_weights = like(&weights, weights.shape());
        block.backward(
            &buffers(&tokens, &weights, &saved),
            &gradient.handle,
            for_tokens.handle.clone(),
            for_weights.handle.clone(),
        );
        (for_tokens, for_weights)
    }
}

impl BlockOps for CubeBackend {
    fn encoder_block(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: BlockShape,
    ) -> FloatTensor<Self> {
        Self::block_forward(tokens, weights, shape).0
    }
}

impl ExplainOps for CubeBackend {
    fn explained_block(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let tokens = into_contiguous(tokens);
        let weights = into_contiguous(weights);
        let (output, saved) = Self::block_forward(tokens.clone(), weights.clone(), shape);
        let block = block(&tokens, shape);
        let attention = like(&tokens, attention_shape(block.images, &shape));
        let handle = attention.handle.clone();
        block.attention_weights(&buffers(&tokens, &weights, &saved), handle);
        (output, attention)
    }
}

impl HeadOps for CubeBackend {
    fn head(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: HeadShape,
    ) -> FloatTensor<Self> {
        let [tokens, weights] = [tokens, weights].map(into_contiguous);
        let logits = like(&tokens, Shape::new([tokens.shape()[0], shape.classes]));
        head(&tokens, shape).forward(tokens.handle, weights.handle, logits.handle.clone());
        logits
    }
}

impl HeadKernels for CubeBackend {
    fn head_backward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        shape: HeadShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [tokens, weights, gradient] = [tokens, weights, gradient].map(into_contiguous);
        let for_tokens = like(&tokens, tokens.shape());
        let for_weights = like(&weights, weights.shape());
        head(&tokens, shape).backward(
            tokens.handle,
            weights.handle,
            gradient.handle,
            for_tokens.handle.clone(),
            for_weights.handle.clone(),
        );
        (for_tokens, for_weights)
    }
}

impl LossOps for CubeBackend {
    fn loss(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self> {
        let [logits, targets] = [logits, targets].map(into_contiguous);
        let figures = like(&logits, Shape::new([2]));
        loss(&logits).forward(logits.handle, targets.handle, figures.handle.clone());
        figures
    }
}

impl LossKernels for CubeBackend {
    fn loss_backward(
        logits: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let [logits, targets, gradient] = [logits, targets, gradient].map(into_contiguous);
        let out = like(&logits, logits.shape());
        let loss = loss(&logits);
        loss.backward(logits.handle, targets.handle, gradient.handle, out.handle.clone());
        out
    }
}

fn head(tokens: &CubeTensor, shape: HeadShape) -> Head {
    Head {
        client: tokens.client.clone(),
        shape,
        images: tokens.shape()[0],
        dtype: dtype_to_elem_type(tokens.dtype),
    }
}

/// Whether there are kernels for a head of these sizes.
pub(super) fn has_head(shape: &HeadShape) -> bool {
    Head::fits(shape)
}

fn loss(logits: &CubeTensor) -> Loss {
    let shape = logits.shape();
    Loss { client: logits.client.clone(), images: shape[0], classes: shape[1] }
}

/// What a forward pass gives, before it runs.
pub(super) fn outputs(tokens: &TensorSpec, shape: &BlockShape) -> (TensorSpec, TensorSpec) {
    let saved = patchwork_shaders::saved(shape, tokens.shape[0]);
    (tokens.clone(), TensorSpec::new(Shape::new([saved]), tokens.dtype))
}

/// What an explained block gives, before it runs.
pub(super) fn explained(tokens: &TensorSpec, shape: &BlockShape) -> (TensorSpec, TensorSpec) {
    let attention = attention_shape(tokens.shape[0], shape);
    (tokens.clone(), TensorSpec::new(attention, tokens.dtype))
}

fn attention_shape(images: usize, &BlockShape { tokens, heads, .. }: &BlockShape) -> Shape {
    Shape::new([images, heads, tokens, tokens])
}

fn block(tokens: &CubeTensor, shape: BlockShape) -> Block {
    Block {
        client: tokens.client.clone(),
        shape,
        images: tokens.shape()[0],
        dtype: dtype_to_elem_type(tokens.dtype),
    }
}

fn buffers(tokens: &CubeTensor, weights: &CubeTensor, saved: &CubeTensor) -> Buffers {
    let [tokens, weights, saved] = [tokens, weights, saved].map(|tensor| tensor.handle.clone());
    Buffers { weights, tokens, saved }
}

/// An empty tensor on the device of another, in its number format.
fn like(tensor: &CubeTensor, shape: Shape) -> CubeTensor {
    let (client, device) = (tensor.client.clone(), tensor.device.clone());
    empty_device_contiguous_dtype(client, device, shape, tensor.dtype)
}
