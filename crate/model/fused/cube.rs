//! Patch embedding, block, head, loss and dropout on a graphics card: the kernels of `patchwork-shaders` on Burn's tensors.

use burn::backend::TensorMetadata;
use burn::backend::cubecl::dtype_to_elem_type;
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::{into_contiguous, slice};
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use patchwork_shaders::{Block, Buffers, DropoutKernel, Embedding, Head, Loss, Saved};

use super::dropout::DropoutOps;
use super::embedding::{EmbeddingKernels, EmbeddingOps};
use super::head::{HeadKernels, HeadOps};
use super::loss::{LossKernels, LossOps};
use super::slice::SliceOps;
use super::{
    BlockKernels, BlockOps, BlockShape, Dropout, EmbeddingShape, ExplainOps, HeadShape,
    Regularization,
};

impl BlockKernels for CubeBackend {
    type Saved = Saved;

    fn block_forward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, Saved) {
        let [tokens, weights] = [tokens, weights].map(into_contiguous);
        let block = block(&tokens, regularization, shape);
        let (output, saved) = (like(&tokens, tokens.shape()), block.saved());
        block.forward(&buffers(&tokens, &weights, &saved), &output.handle);
        (output, saved)
    }

    fn block_backward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        saved: Saved,
        gradient: FloatTensor<Self>,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let [tokens, weights, gradient] = [tokens, weights, gradient].map(into_contiguous);
        let for_tokens = like(&tokens, tokens.shape());
        let for_weights = like(&weights, weights.shape());
        block(&tokens, regularization, shape).backward(
            &buffers(&tokens, &weights, &saved),
            &gradient.handle,
            &for_tokens.handle,
            &for_weights.handle,
        );
        (for_tokens, for_weights)
    }
}

impl BlockOps for CubeBackend {
    fn encoder_block(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        shape: BlockShape,
    ) -> FloatTensor<Self> {
        Self::block_forward(tokens, weights, regularization, shape).0
    }
}

impl DropoutOps for CubeBackend {
    fn dropout(values: FloatTensor<Self>, rule: Dropout) -> FloatTensor<Self> {
        let values = into_contiguous(values);
        let kept = like(&values, values.shape());
        let dtype = dtype_to_elem_type(values.dtype);
        let (client, count) = (&values.client, values.shape().num_elements());
        DropoutKernel { client, values: &values.handle, count, dtype }.dropout(rule, &kept.handle);
        kept
    }
}

impl ExplainOps for CubeBackend {
    fn explained_block(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (output, saved) =
            Self::block_forward(tokens, weights, Regularization::default(), shape);
        let block = block(&output, Regularization::default(), shape);
        let BlockShape { tokens, heads, .. } = shape;
        let attention = like(&output, Shape::new([block.images, heads, tokens, tokens]));
        block.attention_weights(&saved, &attention.handle);
        (output, attention)
    }
}

impl EmbeddingOps for CubeBackend {
    fn patch_embedding(
        images: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: EmbeddingShape,
    ) -> FloatTensor<Self> {
        let [images, weights] = [images, weights].map(into_contiguous);
        let tokens = Shape::new([images.shape()[0], shape.tokens(), shape.width()]);
        let tokens = like(&images, tokens);
        embedding(&images, shape).forward(&images.handle, &weights.handle, &tokens.handle);
        tokens
    }
}

impl EmbeddingKernels for CubeBackend {
    fn patch_embedding_backward(
        images: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        shape: EmbeddingShape,
    ) -> FloatTensor<Self> {
        let [images, weights, gradient] = [images, weights, gradient].map(into_contiguous);
        let out = like(&weights, weights.shape());
        embedding(&images, shape).backward(
            &images.handle,
            &weights.handle,
            &gradient.handle,
            &out.handle,
        );
        out
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

impl SliceOps for CubeBackend {
    fn part(array: FloatTensor<Self>, start: usize, end: usize) -> FloatTensor<Self> {
        let bytes = |numbers: usize| (numbers * array.dtype.size()) as u64;
        let alignment = array.client.properties().memory.alignment;
        if !array.is_contiguous() || !bytes(start).is_multiple_of(alignment) {
            return slice(array, std::slice::from_ref(&(start..end)));
        }
        let after = bytes(array.shape()[0] - end);
        let handle = array.handle.clone().offset_start(bytes(start)).offset_end(after);
        let CubeTensor { client, device, dtype, .. } = array;
        CubeTensor::new_contiguous(client, device, Shape::new([end - start]), handle, dtype)
    }
}

fn embedding(images: &CubeTensor, shape: EmbeddingShape) -> Embedding {
    Embedding {
        client: images.client.clone(),
        shape,
        images: images.shape()[0],
        dtype: dtype_to_elem_type(images.dtype),
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

/// Whether there are kernels for a head of this size.
pub(super) fn has_head(shape: &HeadShape) -> bool {
    Head::fits(shape)
}

fn loss(logits: &CubeTensor) -> Loss {
    let shape = logits.shape();
    Loss { client: logits.client.clone(), images: shape[0], classes: shape[1] }
}

fn block(tokens: &CubeTensor, regularization: Regularization, shape: BlockShape) -> Block {
    Block {
        client: tokens.client.clone(),
        shape,
        images: tokens.shape()[0],
        dtype: dtype_to_elem_type(tokens.dtype),
        regularization,
    }
}

fn buffers<'a>(tokens: &'a CubeTensor, weights: &'a CubeTensor, saved: &'a Saved) -> Buffers<'a> {
    Buffers { weights: &weights.handle, tokens: &tokens.handle, saved }
}

/// An uninitialized tensor on the device and in the number format of another.
pub(in crate::model) fn like(tensor: &CubeTensor, shape: Shape) -> CubeTensor {
    let (client, device) = (tensor.client.clone(), tensor.device.clone());
    empty_device_contiguous_dtype(client, device, shape, tensor.dtype)
}
