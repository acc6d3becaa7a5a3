//! Patch embedding, block, head, loss and dropout on the CPU. A block runs on a few images at a time, so that they stay
//! in the cache; head and loss are too small for more than one core.

#[cfg(feature = "engine")]
use std::sync::Arc;

#[cfg(feature = "engine")]
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
#[cfg(feature = "engine")]
use burn::tensor::FloatDType;
use burn::tensor::{Shape, TensorData};

use patchwork_kernels::{
    DropoutMasks, Scratch, embedding, forward, head, kept_attention, saved_size,
};
#[cfg(feature = "engine")]
use patchwork_kernels::{add, backward, loss};

#[cfg(feature = "engine")]
use super::dropout::DropoutOps;
#[cfg(feature = "engine")]
use super::embedding::EmbeddingKernels;
use super::embedding::EmbeddingOps;
#[cfg(feature = "engine")]
use super::head::HeadKernels;
use super::head::HeadOps;
#[cfg(feature = "engine")]
use super::loss::{LossKernels, LossOps};
use super::slice::SliceOps;
#[cfg(feature = "engine")]
use super::{BlockKernels, Dropout};
use super::{BlockOps, BlockShape, EmbeddingShape, ExplainOps, HeadShape, Regularization};
use crate::platform;

/// The most rows (tokens of a group of images) that go through a block together: few enough for the cache, enough for
/// an efficient matrix product.
const ROWS: usize = 200;
/// Parts of a batch that sum the gradient of the weights separately. A constant, so that the order of summation, and
/// with it the last bit, does not depend on the number of threads.
pub(in crate::model) const PARTS: usize = 16;

/// How many images of a batch go through a block, or the patch embedding, together: groups of equal size, and equally
/// many groups in each part, so that no thread waits for another.
pub(in crate::model) fn group(images: usize, tokens: usize) -> usize {
    let most = (ROWS / tokens).max(1);
    let groups = PARTS * images.div_ceil(PARTS * most).max(1);
    images.div_ceil(groups).max(1)
}

/// How many images of a batch sum the gradient of the weights together: whole groups.
#[cfg(feature = "engine")]
pub(in crate::model) fn part(images: usize, group: usize) -> usize {
    images.div_ceil(PARTS).next_multiple_of(group)
}

/// The sum over all parts of `[parts, parameters]`.
#[cfg(feature = "engine")]
pub(in crate::model) fn total(sums: &[f32], parameters: usize) -> Vec<f32> {
    const SIZE: usize = 4096;
    let mut total = vec![0.0; parameters];
    platform::for_each_chunk(&mut total, SIZE, |index, total| {
        let start = index * SIZE;
        sums.chunks(parameters).for_each(|part| add(total, &part[start..start + total.len()]));
    });
    total
}

/// The number of values in an image's tokens.
fn image(shape: &BlockShape) -> usize {
    shape.tokens * shape.width
}

impl EmbeddingOps for Flex {
    fn patch_embedding(
        images: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: EmbeddingShape,
    ) -> FloatTensor<Self> {
        let (count, images, weights) = (images.shape()[0], floats(images), floats(weights));
        let packed = embedding::pack(&shape, slice(&weights));
        let (from, to) = (shape.image.pow(2), shape.tokens() * shape.width());
        let few = group(count, shape.tokens());
        let mut tokens = vec![0.0; count * to];
        let groups = slice(&images).chunks(few * from).zip(tokens.chunks_mut(few * to));
        platform::for_each(groups.collect(), |(images, tokens)| {
            embedding::forward(&shape, &packed, images, tokens);
        });
        tensor(tokens, Shape::new([count, shape.tokens(), shape.width()]))
    }
}

#[cfg(feature = "engine")]
impl EmbeddingKernels for Flex {
    fn patch_embedding_backward(
        images: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        shape: EmbeddingShape,
    ) -> FloatTensor<Self> {
        let count = images.shape()[0];
        let [images, weights, gradient] = [images, weights, gradient].map(floats);
        let [images, weights, gradient] = [&images, &weights, &gradient].map(slice);
        let packed = embedding::pack(&shape, weights);
        let (from, to) = (shape.image.pow(2), shape.tokens() * shape.width());
        let few = group(count, shape.tokens());
        let part = part(count, few);
        let mut sums = vec![0.0; count.div_ceil(part) * weights.len()];
        let parts = images
            .chunks(part * from)
            .zip(gradient.chunks(part * to))
            .zip(sums.chunks_mut(weights.len()));
        platform::for_each(parts.collect(), |((images, gradient), sums)| {
            for (images, gradient) in images.chunks(few * from).zip(gradient.chunks(few * to)) {
                embedding::backward(&shape, &packed, images, gradient, sums);
            }
        });
        let found = embedding::unpack(&shape, &total(&sums, weights.len()));
        tensor(found, Shape::new([weights.len()]))
    }
}

#[cfg(feature = "engine")]
impl BlockKernels for Flex {
    type Saved = SavedGroups;

    fn block_forward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, Self::Saved) {
        let mut saved = saved_groups(&tokens, saved_size(&shape));
        let run = |given: Given, output: &mut [f32], saved: &mut Scratch| {
            forward(&shape, given.weights, given.tokens, given.masks, output, saved);
        };
        let output = in_groups(tokens, weights, regularization, &mut saved, run);
        (output, saved.into())
    }

    fn block_backward(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        saved: Self::Saved,
        gradient: FloatTensor<Self>,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let of = ForBackward { tokens, weights, regularization, saved, gradient };
        let (for_tokens, sums) =
            in_parts(of, shape.parameters(), |given, saved, gradient, out, sums| {
                let Given { weights, tokens, masks } = given;
                backward(&shape, weights, [tokens, saved], masks, gradient, out, sums);
            });
        (for_tokens, tensor(sums, Shape::new([shape.parameters()])))
    }
}

impl BlockOps for Flex {
    fn encoder_block(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        regularization: Regularization,
        shape: BlockShape,
    ) -> FloatTensor<Self> {
        let nothing = std::iter::repeat(());
        in_groups(tokens, weights, regularization, nothing, |given, output, ()| {
            let Given { weights, tokens, masks } = given;
            forward(&shape, weights, tokens, masks, output, &mut scratch(&shape, tokens));
        })
    }
}

impl ExplainOps for Flex {
    fn explained_block(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: BlockShape,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let BlockShape { tokens: count, heads, .. } = shape;
        let (images, size) = (tokens.shape()[0], heads * count * count);
        let mut attention = vec![0.0; images * size];
        let output = in_groups(
            tokens,
            weights,
            Regularization::default(),
            attention.chunks_mut(group(images, count) * size),
            |Given { weights, tokens, masks }, output, attention| {
                let mut saved = scratch(&shape, tokens);
                forward(&shape, weights, tokens, masks, output, &mut saved);
                attention.copy_from_slice(kept_attention(&shape, &saved));
            },
        );
        (output, tensor(attention, Shape::new([images, heads, count, count])))
    }
}

impl HeadOps for Flex {
    fn head(
        tokens: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        shape: HeadShape,
    ) -> FloatTensor<Self> {
        let images = tokens.shape()[0];
        let (tokens, weights) = (floats(tokens), floats(weights));
        let mut logits = vec![0.0; images * shape.classes];
        let (weights, tokens) = (slice(&weights), slice(&tokens));
        head::forward(&shape, weights, tokens, &mut logits);
        tensor(logits, Shape::new([images, shape.classes]))
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
        let [tokens, weights, gradient] = [tokens, weights, gradient].map(floats);
        let [tokens, weights, gradient] = [&tokens, &weights, &gradient].map(slice);
        let mut out = vec![0.0; tokens.len()];
        let mut sums = vec![0.0; shape.parameters()];
        head::backward(&shape, weights, tokens, gradient, &mut out, &mut sums);
        (tensor(out, out_shape), tensor(sums, Shape::new([shape.parameters()])))
    }
}

#[cfg(feature = "engine")]
impl LossOps for Flex {
    fn loss(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self> {
        let classes = logits.shape()[1];
        let [logits, targets] = [logits, targets].map(floats);
        let [logits, targets] = [&logits, &targets].map(slice);
        let figures = loss::forward(classes, logits, targets);
        tensor(figures.to_vec(), Shape::new([2]))
    }
}

#[cfg(feature = "engine")]
impl LossKernels for Flex {
    fn loss_backward(
        logits: FloatTensor<Self>,
        targets: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let shape = logits.shape();
        let [logits, targets, gradient] = [logits, targets, gradient].map(floats);
        let [logits, targets, gradient] = [&logits, &targets, &gradient].map(slice);
        let mut out = vec![0.0; logits.len()];
        loss::backward(shape[1], logits, targets, gradient[0], &mut out);
        tensor(out, shape)
    }
}

impl SliceOps for Flex {
    fn part(array: FloatTensor<Self>, start: usize, end: usize) -> FloatTensor<Self> {
        array.narrow(0, start, end - start)
    }
}

#[cfg(feature = "engine")]
impl DropoutOps for Flex {
    fn dropout(values: FloatTensor<Self>, rule: Dropout) -> FloatTensor<Self> {
        let (shape, dtype) = (values.shape(), FloatDType::from(values.dtype()));
        let values = floats(Self::float_cast(values, FloatDType::F32));
        let mut kept = slice(&values).to_vec();
        const SIZE: usize = 1 << 14;
        platform::for_each_chunk(&mut kept, SIZE, |index, kept| rule.apply(kept, index * SIZE));
        Self::float_cast(tensor(kept, shape), dtype)
    }
}

/// Memory for the values saved by the forward pass of a group of images, when no backward pass follows.
fn scratch(shape: &BlockShape, tokens: &[f32]) -> Scratch {
    Scratch::of(tokens.len() / image(shape) * saved_size(shape))
}

/// The inputs of a block for a group of images.
pub(in crate::model) struct Given<'a> {
    pub weights: &'a [f32],
    pub tokens: &'a [f32],
    pub masks: DropoutMasks,
}

/// Calls `run(given, output, kept)` for each group of images, on all cores; `kept` has one entry per group. Returns the
/// output, in the shape of the tokens.
pub(in crate::model) fn in_groups<Kept: Send>(
    tokens: FloatTensor<Flex>,
    weights: FloatTensor<Flex>,
    regularization: Regularization,
    kept: impl IntoIterator<Item = Kept>,
    run: impl Fn(Given, &mut [f32], Kept) + Send + Sync,
) -> FloatTensor<Flex> {
    let (out_shape, tokens, weights) = (tokens.shape(), floats(tokens), floats(weights));
    let (tokens, weights) = (slice(&tokens), slice(&weights));
    let mut output = vec![0.0; tokens.len()];
    let [images, count, width] = out_shape.dims();
    let group = group(images, count);
    let size = group * count * width;
    let given = (0..).step_by(group).zip(tokens.chunks(size));
    let groups = given.zip(output.chunks_mut(size)).zip(kept);
    platform::for_each(groups.collect(), |(((first, tokens), output), kept)| {
        run(Given { weights, tokens, masks: DropoutMasks { regularization, first } }, output, kept)
    });
    tensor(output, out_shape)
}

/// What the forward pass saves: one entry per group of images.
#[cfg(feature = "engine")]
pub(in crate::model) type SavedGroups = Arc<[Scratch]>;

/// Buffers for the activations that the forward pass saves of tokens `[images, tokens, width]`: `size` numbers of each image.
#[cfg(feature = "engine")]
pub(in crate::model) fn saved_groups(tokens: &FloatTensor<Flex>, size: usize) -> Vec<Scratch> {
    let [images, count, _] = tokens.shape().dims();
    let group = group(images, count);
    let sizes = (0..images).step_by(group).map(|first| group.min(images - first));
    sizes.map(|images| Scratch::of(images * size)).collect()
}

/// What the backward pass of a block, or of half a block, is given.
#[cfg(feature = "engine")]
pub(in crate::model) struct ForBackward {
    pub tokens: FloatTensor<Flex>,
    pub weights: FloatTensor<Flex>,
    pub regularization: Regularization,
    pub saved: SavedGroups,
    pub gradient: FloatTensor<Flex>,
}

/// Calls `run(given, saved, gradient, out, sums)` for each group of images, on all cores. Returns the gradient of the
/// tokens, and `sums` numbers, each added over all images in an order that does not depend on the number of threads.
#[cfg(feature = "engine")]
pub(in crate::model) fn in_parts(
    of: ForBackward,
    sums: usize,
    run: impl Fn(Given, &[f32], &[f32], &mut [f32], &mut [f32]) + Send + Sync,
) -> (FloatTensor<Flex>, Vec<f32>) {
    let ForBackward { tokens, weights, regularization, saved, gradient } = of;
    let out_shape = tokens.shape();
    let [tokens, weights, gradient] = [tokens, weights, gradient].map(floats);
    let [tokens, weights, gradient] = [&tokens, &weights, &gradient].map(slice);
    let [images, count, width] = out_shape.dims();
    let group = group(images, count);
    let part = part(images, group);
    let [of_group, of_part] = [group, part].map(|images| images * count * width);
    let mut for_tokens = vec![0.0; tokens.len()];
    let mut all_sums = vec![0.0; images.div_ceil(part) * sums];
    let parts = tokens
        .chunks(of_part)
        .zip(saved.chunks(part / group))
        .zip(gradient.chunks(of_part))
        .zip(for_tokens.chunks_mut(of_part))
        .zip(all_sums.chunks_mut(sums));
    let parts = (0..).step_by(part).zip(parts).collect();
    platform::for_each(parts, |(first, ((((tokens, saved), gradient), out), sums))| {
        let groups = tokens.chunks(of_group).zip(saved).zip(gradient.chunks(of_group));
        let groups = groups.zip(out.chunks_mut(of_group));
        for (first, (((tokens, saved), gradient), out)) in (first..).step_by(group).zip(groups) {
            let masks = DropoutMasks { regularization, first };
            run(Given { weights, tokens, masks }, saved, gradient, out, sums);
        }
    });
    (tensor(for_tokens, out_shape), total(&all_sums, sums))
}

/// The tensor with contiguous values.
pub(in crate::model) fn floats(tensor: FloatTensor<Flex>) -> FloatTensor<Flex> {
    if tensor.as_slice::<f32>().is_some() { tensor } else { tensor.to_contiguous() }
}

pub(in crate::model) fn slice(tensor: &FloatTensor<Flex>) -> &[f32] {
    tensor.as_slice().expect("32-bit floats in a row")
}

pub(in crate::model) fn tensor(values: Vec<f32>, shape: Shape) -> FloatTensor<Flex> {
    FloatTensor::<Flex>::from_data(TensorData::new(values, shape))
}
