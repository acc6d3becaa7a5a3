//! The core of attention (Vaswani et al. 2017, section 3.2): from queries, keys and values to the output.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Shape, Tensor};
use patchwork_kernels::Scratch;
use patchwork_kernels::attention_core::{self as kernels, Attention};

use crate::model::fused::Dropout;
use crate::model::fused::cpu::{floats, slice, tensor};
use crate::platform;

/// A device's forward and backward pass of attention.
#[cfg(feature = "engine")]
pub(crate) trait AttentionKernels: Backend {
    /// What the forward pass saves for the backward pass.
    type Saved: Clone + std::fmt::Debug + Send + 'static;

    /// The output, and the values saved for the backward pass.
    fn attention_forward(
        given: [FloatTensor<Self>; 3],
        bias: Option<FloatTensor<Self>>,
        of: Attention,
    ) -> (FloatTensor<Self>, Self::Saved);

    /// The gradients of queries, keys, values and bias from that of the output: at least those that are needed.
    fn attention_backward(
        given: [FloatTensor<Self>; 3],
        bias: Option<FloatTensor<Self>>,
        of: Attention,
        saved: Self::Saved,
        gradient: FloatTensor<Self>,
        wanted: [bool; 4],
    ) -> [Option<FloatTensor<Self>>; 4];
}

/// Attention, with autodiff.
#[backend_extension(Flex, Cube: cfg(feature = "cube"), Autodiff: cfg(feature = "engine"))]
pub(crate) trait AttentionOps: Backend {
    fn attention_op(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        of: Attention,
    ) -> FloatTensor<Self>;

    fn attention_with_bias_op(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        of: Attention,
    ) -> FloatTensor<Self>;
}

/// Attention that also returns its weights.
#[backend_extension(Flex, Cube: cfg(feature = "cube"))]
pub(crate) trait ExplainedAttentionOps: Backend {
    fn explained_attention(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        of: Attention,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    fn explained_attention_with_bias(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        of: Attention,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// For each query, the sum of the values weighted with `softmax(scale · query keyᵀ + bias)`, head by head.
///
/// Image `b` of the batch uses group `b % groups` of the bias: relative positions have one group, a window mask has one
/// group per window of an image. A mask is a bias of very negative finite numbers that the number format can represent.
/// Dropout acts on the weights, by their index in `[batch, heads, queries, keys]`.
///
/// # Shapes
/// - query: `[batch, queries, width]`, heads side by side
/// - key: `[batch, keys, width]`
/// - value: `[batch, keys, value_width]`
/// - bias: `[groups, heads, queries, keys]`
/// - output: `[batch, queries, value_width]`
///
/// # Panics
/// If shapes or number formats do not match.
pub fn attention(
    query: Tensor<3>,
    key: Tensor<3>,
    value: Tensor<3>,
    bias: Option<Tensor<4>>,
    heads: usize,
    scale: f32,
    dropout: Option<Dropout>,
) -> Tensor<3> {
    let of = sizes([&query, &key, &value], bias.as_ref(), heads, scale, dropout);
    let (query, key, value) = (query.into_dispatch(), key.into_dispatch(), value.into_dispatch());
    Tensor::from_dispatch(match bias {
        None => <Dispatch as AttentionOps>::attention_op(query, key, value, of),
        Some(bias) => Dispatch::attention_with_bias_op(query, key, value, bias.into_dispatch(), of),
    })
}

/// Like [`attention`] without dropout, but also returns the attention weights `[batch, heads, queries, keys]`. Not
/// differentiable.
///
/// # Panics
/// Like [`attention`], and on a device with autodiff.
pub fn explained_attention(
    query: Tensor<3>,
    key: Tensor<3>,
    value: Tensor<3>,
    bias: Option<Tensor<4>>,
    heads: usize,
    scale: f32,
) -> (Tensor<3>, Tensor<4>) {
    let of = sizes([&query, &key, &value], bias.as_ref(), heads, scale, None);
    let (query, key, value) = (query.into_dispatch(), key.into_dispatch(), value.into_dispatch());
    let (output, weights) = match bias {
        None => <Dispatch as ExplainedAttentionOps>::explained_attention(query, key, value, of),
        Some(bias) => {
            Dispatch::explained_attention_with_bias(query, key, value, bias.into_dispatch(), of)
        }
    };
    (Tensor::from_dispatch(output), Tensor::from_dispatch(weights))
}

/// The sizes of attention over these tensors.
fn sizes(
    [query, key, value]: [&Tensor<3>; 3],
    bias: Option<&Tensor<4>>,
    heads: usize,
    scale: f32,
    dropout: Option<Dropout>,
) -> Attention {
    let [batch, queries, width] = query.dims();
    let [_, keys, value_width] = value.dims();
    assert_eq!(key.dims(), [batch, keys, width], "keys as wide as queries, as many as values");
    assert_eq!(value.dims()[0], batch, "values of each image");
    assert_eq!([width % heads, value_width % heads], [0, 0], "heads of equal width");
    assert_eq!([key.dtype(), value.dtype()], [query.dtype(); 2], "different formats");
    if let Some(bias) = bias {
        assert_eq!(bias.dims()[1..], [heads, queries, keys], "a bias for each score");
        assert_eq!(bias.dtype(), query.dtype(), "bias and queries of different formats");
    }
    Attention { heads, queries, keys, width, value_width, scale, dropout }
}

impl AttentionOps for Flex {
    fn attention_op(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        of: Attention,
    ) -> FloatTensor<Self> {
        attend([query, key, value], None, &of, None)
    }

    fn attention_with_bias_op(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        of: Attention,
    ) -> FloatTensor<Self> {
        attend([query, key, value], Some(bias), &of, None)
    }
}

impl ExplainedAttentionOps for Flex {
    fn explained_attention(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        of: Attention,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        explained([query, key, value], None, &of)
    }

    fn explained_attention_with_bias(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        of: Attention,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        explained([query, key, value], Some(bias), &of)
    }
}

/// Output and attention weights on the CPU.
fn explained(
    given: [FloatTensor<Flex>; 3],
    bias: Option<FloatTensor<Flex>>,
    of: &Attention,
) -> (FloatTensor<Flex>, FloatTensor<Flex>) {
    let batch = given[0].shape()[0];
    let mut weights = vec![0.0; batch * of.weights()];
    let output = attend(given, bias, of, Some(&mut weights));
    (output, tensor(weights, Shape::new([batch, of.heads, of.queries, of.keys])))
}

/// The output on the CPU, one image at a time; also writes `weights` `[batch, heads, queries, keys]` if given.
fn attend(
    given: [FloatTensor<Flex>; 3],
    bias: Option<FloatTensor<Flex>>,
    of: &Attention,
    mut weights: Option<&mut [f32]>,
) -> FloatTensor<Flex> {
    let batch = given[0].shape()[0];
    let (given, bias) = (given.map(floats), bias.map(floats));
    let (given, bias) = (given.each_ref().map(slice), bias.as_ref().map(slice));
    let mut out = vec![0.0; batch * of.queries * of.value_width];
    let images = out.chunks_mut(of.queries * of.value_width).enumerate().map(|(image, out)| {
        let weights = weights.as_mut().and_then(|weights| weights.split_off_mut(..of.weights()));
        (image, out, weights)
    });
    platform::for_each(images.collect(), |(image, out, weights)| {
        let (given, bias) = (image_of(of, given, image), group_of(of, bias, image));
        match weights {
            Some(weights) => kernels::forward(of, image, given, bias, weights, out),
            None => {
                let mut weights = Scratch::of(of.weights());
                kernels::forward(of, image, given, bias, &mut weights, out);
            }
        }
    });
    tensor(out, Shape::new([batch, of.queries, of.value_width]))
}

/// Queries, keys and values of one image of a batch.
fn image_of<'a>(
    of: &Attention,
    [query, key, value]: [&'a [f32]; 3],
    image: usize,
) -> [&'a [f32]; 3] {
    let part = |all: &'a [f32], size: usize| &all[image * size..][..size];
    [
        part(query, of.queries * of.width),
        part(key, of.keys * of.width),
        part(value, of.keys * of.value_width),
    ]
}

/// The bias of one image of a batch, `[heads, queries, keys]`.
fn group_of<'a>(of: &Attention, bias: Option<&'a [f32]>, image: usize) -> Option<&'a [f32]> {
    let size = of.weights();
    bias.map(|bias| &bias[image % (bias.len() / size) * size..][..size])
}

#[cfg(feature = "engine")]
mod cpu_backward {
    use std::sync::Arc;

    use patchwork_kernels::attention_core::AttentionGradients;

    use super::*;
    use crate::model::fused::cpu::{PARTS, total};

    impl AttentionKernels for Flex {
        /// The attention weights before dropout, `[batch, heads, queries, keys]`.
        type Saved = Arc<Scratch>;

        fn attention_forward(
            given: [FloatTensor<Self>; 3],
            bias: Option<FloatTensor<Self>>,
            of: Attention,
        ) -> (FloatTensor<Self>, Self::Saved) {
            let mut weights = Scratch::of(given[0].shape()[0] * of.weights());
            let output = attend(given, bias, &of, Some(&mut weights));
            (output, Arc::new(weights))
        }

        fn attention_backward(
            given: [FloatTensor<Self>; 3],
            bias: Option<FloatTensor<Self>>,
            of: Attention,
            weights: Self::Saved,
            gradient: FloatTensor<Self>,
            [.., for_bias]: [bool; 4],
        ) -> [Option<FloatTensor<Self>>; 4] {
            let shapes = given.each_ref().map(|tensor| tensor.shape());
            let bias_shape = bias.map(|bias| bias.shape()).filter(|_| for_bias);
            let (given, gradient) = (given.map(floats), floats(gradient));
            let (given, gradient) = (given.each_ref().map(slice), slice(&gradient));
            let mut out = given.map(|values| vec![0.0; values.len()]);
            let mut buckets = Buckets::new(&of, shapes[0][0], bias_shape.as_ref().map(|s| s[0]));
            buckets.share_out(images(&of, &mut out));
            let sums = buckets.run(|Image { image, out }, sums| {
                let given = image_of(&of, given, image);
                let weights = &weights[image * of.weights()..][..of.weights()];
                let size = of.queries * of.value_width;
                let gradient = &gradient[image * size..][..size];
                kernels::backward(&of, image, given, weights, gradient, out, sums);
            });
            let mut shapes = shapes.into_iter();
            let [query, key, value] =
                out.map(|values| shapes.next().map(|shape| tensor(values, shape)));
            [query, key, value, bias_shape.map(|shape| tensor(sums, shape))]
        }
    }

    /// An image and its gradients to compute.
    struct Image<'a> {
        image: usize,
        out: AttentionGradients<'a>,
    }

    /// The gradients of all images, in order.
    fn images<'a>(
        of: &Attention,
        [query, key, value]: &'a mut [Vec<f32>; 3],
    ) -> impl Iterator<Item = Image<'a>> {
        query
            .chunks_mut(of.queries * of.width)
            .zip(key.chunks_mut(of.keys * of.width))
            .zip(value.chunks_mut(of.keys * of.value_width))
            .enumerate()
            .map(|(image, ((query, key), value))| Image {
                image,
                out: AttentionGradients { query, key, value },
            })
    }

    /// Images that sum the gradient of their bias together. How images are distributed depends on their number only, so
    /// the order of summation, and with it the last bit, does not depend on the number of threads.
    struct Buckets<'a> {
        images: Vec<Vec<Image<'a>>>,
        /// The number of groups of the bias.
        groups: usize,
        /// The most images in a bucket; all of them have the same group.
        most: usize,
        /// The number of values in a group's gradient; 0 if none is needed.
        size: usize,
    }

    impl<'a> Buckets<'a> {
        /// Buckets for a batch; `groups` is the number of bias groups if their gradient is needed.
        fn new(of: &Attention, batch: usize, groups: Option<usize>) -> Self {
            let Some(groups) = groups else {
                return Self { images: Vec::new(), groups: 1, most: 1, size: 0 };
            };
            let most = batch.div_ceil(groups).div_ceil(PARTS.div_ceil(groups)).max(1);
            Self { images: Vec::new(), groups, most, size: of.weights() }
        }

        /// Distributes images over buckets; the buckets of a group are adjacent.
        fn share_out(&mut self, images: impl Iterator<Item = Image<'a>>) {
            let images: Vec<Image> = images.collect();
            let parts = images.len().div_ceil(self.groups).div_ceil(self.most).max(1);
            self.images.resize_with(self.groups * parts, Vec::new);
            for image in images {
                let (group, rank) = (image.image % self.groups, image.image / self.groups);
                self.images[group * parts + rank / self.most].push(image);
            }
        }

        /// Calls `run(image, sums)` for every image and returns the sums of all groups.
        fn run(self, run: impl Fn(Image, Option<&mut [f32]>) + Send + Sync) -> Vec<f32> {
            let Self { images, groups, size, .. } = self;
            let parts = images.len() / groups;
            let mut all = vec![0.0; images.len() * size];
            let mut rest = &mut *all;
            let work: Vec<_> = images
                .into_iter()
                .map(|images| (images, rest.split_off_mut(..size).expect("sums of each bucket")))
                .collect();
            platform::for_each(work, |(images, sums)| {
                for image in images {
                    run(image, (!sums.is_empty()).then_some(&mut *sums));
                }
            });
            if size == 0 {
                return Vec::new();
            }
            all.chunks(parts * size).flat_map(|sums| total(sums, size)).collect()
        }
    }
}

#[cfg(feature = "engine")]
mod autodiff {
    use burn::backend::Autodiff;
    use burn::backend::autodiff::checkpoint::base::Checkpointer;
    use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    use burn::backend::autodiff::grads::Gradients;
    use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};

    use super::{Attention, AttentionKernels, AttentionOps, FloatTensor};
    use crate::model::graph::backpropagate;

    #[derive(Debug, Clone)]
    struct State<B: AttentionKernels> {
        given: [FloatTensor<B>; 3],
        bias: Option<FloatTensor<B>>,
        of: Attention,
        saved: B::Saved,
    }

    #[derive(Debug)]
    struct AttentionBackward;

    /// The node's parents are queries, keys, values and, if there is one, the bias.
    impl<B: AttentionKernels, const N: usize> Backward<B, N> for AttentionBackward {
        type State = State<B>;

        fn backward(
            self,
            ops: Ops<Self::State, N>,
            gradients: &mut Gradients,
            _checkpointer: &mut Checkpointer,
        ) {
            backpropagate::<B, _, _, N, 4>(ops, gradients, |state, gradient, wanted| {
                let State { given, bias, of, saved } = state;
                B::attention_backward(given, bias, of, saved, gradient, wanted)
            });
        }
    }

    impl<B: AttentionKernels + AttentionOps, C: CheckpointStrategy> AttentionOps for Autodiff<B, C> {
        fn attention_op(
            query: FloatTensor<Self>,
            key: FloatTensor<Self>,
            value: FloatTensor<Self>,
            of: Attention,
        ) -> FloatTensor<Self> {
            let ((query, from_query), (key, from_key), (value, from_value)) =
                (query.into_parts(), key.into_parts(), value.into_parts());
            let parents = [from_query, from_key, from_value];
            tracked::<B, C, 3>([query, key, value], None, of, parents)
        }

        fn attention_with_bias_op(
            query: FloatTensor<Self>,
            key: FloatTensor<Self>,
            value: FloatTensor<Self>,
            bias: FloatTensor<Self>,
            of: Attention,
        ) -> FloatTensor<Self> {
            let ((query, from_query), (key, from_key), (value, from_value), (bias, from_bias)) =
                (query.into_parts(), key.into_parts(), value.into_parts(), bias.into_parts());
            let parents = [from_query, from_key, from_value, from_bias];
            tracked::<B, C, 4>([query, key, value], Some(bias), of, parents)
        }
    }

    fn tracked<B: AttentionKernels + AttentionOps, C: CheckpointStrategy, const N: usize>(
        given: [FloatTensor<B>; 3],
        bias: Option<FloatTensor<B>>,
        of: Attention,
        parents: [NodeGuard; N],
    ) -> FloatTensor<Autodiff<B, C>> {
        match AttentionBackward.prepare::<C>(parents).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let (output, saved) = B::attention_forward(given.clone(), bias.clone(), of);
                prepared.finish(State { given, bias, of, saved }, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(untracked::<B>(given, bias, of)),
        }
    }

    fn untracked<B: AttentionOps>(
        [query, key, value]: [FloatTensor<B>; 3],
        bias: Option<FloatTensor<B>>,
        of: Attention,
    ) -> FloatTensor<B> {
        match bias {
            None => B::attention_op(query, key, value, of),
            Some(bias) => B::attention_with_bias_op(query, key, value, bias, of),
        }
    }
}

#[cfg(feature = "cube")]
mod card {
    use burn::backend::cubecl::dtype_to_elem_type;
    use burn::tensor::DType;
    use burn_cubecl::CubeBackend;
    use burn_cubecl::kernel::into_contiguous;
    use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
    use burn_cubecl::tensor::CubeTensor;
    use patchwork_shaders::{AttentionCore, Biased, Columns};

    use super::{
        Attention, AttentionKernels, AttentionOps, ExplainedAttentionOps, FloatTensor, Shape,
        TensorMetadata,
    };
    use crate::model::fused::cube::like;

    /// Contiguous queries, keys, values and, if there is one, bias.
    struct Given {
        parts: [CubeTensor; 3],
        bias: Option<CubeTensor>,
    }

    impl Given {
        fn new(parts: [CubeTensor; 3], bias: Option<CubeTensor>) -> Self {
            Self { parts: parts.map(into_contiguous), bias: bias.map(into_contiguous) }
        }

        fn handles(&self) -> Biased<'_> {
            let [query, key, value] = self.parts.each_ref().map(|part| &part.handle);
            Biased { query, key, value, bias: self.bias.as_ref().map(|bias| &bias.handle) }
        }

        fn core(&self, of: Attention) -> AttentionCore {
            let [query, ..] = &self.parts;
            let alone = Columns::alone(of.heads, of.head_width());
            AttentionCore {
                client: query.client.clone(),
                of,
                images: query.shape()[0],
                dtype: dtype_to_elem_type(query.dtype),
                groups: self.bias.as_ref().map_or(0, |bias| bias.shape()[0]),
                columns: [alone, alone, Columns::alone(of.heads, of.value_head_width())],
            }
        }

        /// Output and log-sum-exp of the scores.
        fn forward(&self, of: Attention) -> [CubeTensor; 2] {
            let [query, ..] = &self.parts;
            let core = self.core(of);
            let output = like(query, Shape::new([core.images, of.queries, of.value_width]));
            let (client, device) = (query.client.clone(), query.device.clone());
            let shape = Shape::new([core.log_sums()]);
            let log_sums = empty_device_contiguous_dtype(client, device, shape, DType::F32);
            core.forward(&self.handles(), &output.handle, &log_sums.handle);
            [output, log_sums]
        }
    }

    impl AttentionKernels for CubeBackend {
        /// Output and log-sum-exp of the scores.
        type Saved = [CubeTensor; 2];

        fn attention_forward(
            given: [FloatTensor<Self>; 3],
            bias: Option<FloatTensor<Self>>,
            of: Attention,
        ) -> (FloatTensor<Self>, Self::Saved) {
            let saved = Given::new(given, bias).forward(of);
            (saved[0].clone(), saved)
        }

        fn attention_backward(
            given: [FloatTensor<Self>; 3],
            bias: Option<FloatTensor<Self>>,
            of: Attention,
            saved: Self::Saved,
            gradient: FloatTensor<Self>,
            wanted: [bool; 4],
        ) -> [Option<FloatTensor<Self>>; 4] {
            let (given, gradient) = (Given::new(given, bias), into_contiguous(gradient));
            let [query, key, value] = given.parts.each_ref().map(Some);
            let inputs = [query, key, value, given.bias.as_ref()];
            let out: [Option<CubeTensor>; 4] = std::array::from_fn(|input| {
                let wanted = inputs[input].filter(|_| wanted[input]);
                wanted.map(|tensor| like(tensor, tensor.shape()))
            });
            given.core(of).backward(
                &given.handles(),
                saved.each_ref().map(|saved| &saved.handle),
                &gradient.handle,
                out.each_ref().map(|out| out.as_ref().map(|out| &out.handle)),
            );
            out
        }
    }

    impl AttentionOps for CubeBackend {
        fn attention_op(
            query: FloatTensor<Self>,
            key: FloatTensor<Self>,
            value: FloatTensor<Self>,
            of: Attention,
        ) -> FloatTensor<Self> {
            Self::attention_forward([query, key, value], None, of).0
        }

        fn attention_with_bias_op(
            query: FloatTensor<Self>,
            key: FloatTensor<Self>,
            value: FloatTensor<Self>,
            bias: FloatTensor<Self>,
            of: Attention,
        ) -> FloatTensor<Self> {
            Self::attention_forward([query, key, value], Some(bias), of).0
        }
    }

    impl ExplainedAttentionOps for CubeBackend {
        fn explained_attention(
            query: FloatTensor<Self>,
            key: FloatTensor<Self>,
            value: FloatTensor<Self>,
            of: Attention,
        ) -> (FloatTensor<Self>, FloatTensor<Self>) {
            explained(&Given::new([query, key, value], None), of)
        }

        fn explained_attention_with_bias(
            query: FloatTensor<Self>,
            key: FloatTensor<Self>,
            value: FloatTensor<Self>,
            bias: FloatTensor<Self>,
            of: Attention,
        ) -> (FloatTensor<Self>, FloatTensor<Self>) {
            explained(&Given::new([query, key, value], Some(bias)), of)
        }
    }

    /// Output and attention weights.
    fn explained(given: &Given, of: Attention) -> (CubeTensor, CubeTensor) {
        let [output, log_sums] = given.forward(of);
        let core = given.core(of);
        let shape = Shape::new([core.images, of.heads, of.queries, of.keys]);
        let weights = like(&output, shape);
        core.weights(&given.handles(), &log_sums.handle, &weights.handle);
        (output, weights)
    }
}
